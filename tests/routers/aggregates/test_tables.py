"""The figures of aggregates as CSV and as a workbook: the same figures as JSON has, for each reader."""

import csv
import io
import re
from datetime import datetime
from typing import Any

import pytest
from httpx import Response

from app.formats.negotiation import CSV, XLSX
from app.platform.database import Connection
from app.problems.wording import say_day
from app.regions.local_time import local_day
from app.schemas.aggregates.table import COLUMNS, rows_per_region
from app.services.aggregates import reading
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, PROJECT, Client, codes_of, instrument
from tests.support.releases import release
from tests.support.sums import insert_sums, sums_of_family
from tests.support.workbooks import read_sheets

CARD = f"/v1/aggregates/{LANDASAN_ULIN_SELATAN}/2025"
LIST = "/v1/aggregates?parent=6372&level=village&year=2025"
TREND = "/v1/aggregates/6372/trend?from=2024&to=2025"
ALL = "&fields=categories,indicators"
READERS = [("agency_administrator", "63"), ("operator", "ID"), ("analyst", "63"), ("sensitive_reader", "63")]
"""The first two get exact figures, the others released ones."""


@pytest.fixture
async def surveyed(client: Client, connection: Connection) -> Client:
    """A reviewer, and 30 families in one village and 29 in another, in two years."""
    shipped = instrument()
    outcomes = "".join("FUNM"[place % 4] for place in range(len(shipped.main.indicators)))
    one = sums_of_family(outcomes, shipped)
    for region, families in ((LANDASAN_ULIN_SELATAN, 30), (GUNTUNG_MANGGIS, 29)):
        for year in (2024, 2025):
            await insert_sums(connection, shipped, [families * each for each in one], region=region, year=year)
    await act_as(client, ("agency_administrator", "63"))
    return client


def read_csv(answer: Response, separator: str = ",") -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=separator))


def code_of(category: Any) -> Any:
    return category and category["code"]


def figures_in(row: dict[str, Any]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """By kind, code and measure of JSON's figures: value, families, count, missing, not applicable, category, weak."""
    index, families = row["index"], row["families"]
    none = (None, None, None)
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {
        ("families", None, "families"): (families, None, *none, None, None),
        ("families", None, "families_without_card"): (row["families_without_card"], families, *none, None, None),
        ("index", None, "mean"): (index["mean"], index["families"], *none, code_of(index["category"]), None),
        ("index", None, "of_indicators"): (
            *(index["of_indicators"], None, *none),
            *(code_of(index["category_of_indicators"]), None),
        ),
    }
    for each in row["dimensions"]:
        found["dimension", each["code"], "mean"] = (each["mean"], each["families"], *none, None, None)
        found["dimension", each["code"], "of_indicators"] = (each["of_indicators"], None, *none, None, None)
    for each in row.get("categories", ()):
        counts = (each["share"], row["indices"][0]["families"]["scored"], each["families"], None, None)
        found["category", each["code"], "share"] = (*counts, None, None)
    for each in row.get("indicators", ()):
        counts = tuple(each[name] for name in ("share", "answered", "fulfilled", "missing", "not_applicable"))
        weak = {None: None, True: "yes", False: "no"}[each["weak"]]
        found["indicator", each["code"], "share"] = (*counts, None, weak)
    return found


FIGURES = ("value", "families", "count", "missing", "not_applicable", "category", "weak")


def figures_of(cells: list[dict[str, Any]], region: str, year: int) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The same from the rows of a region and year of a table."""

    def number(text: Any) -> Any:
        return float(text) if isinstance(text, str) and text.replace(".", "").isdigit() else text or None

    mine = [each for each in cells if (each["region"], int(each["year"])) == (region, year)]
    return {
        (each["kind"], each["code"] or None, each["measure"]): tuple(
            each[name] if isinstance(each[name], int | float) else number(each[name]) for name in FIGURES
        )
        for each in mine
    }


@pytest.mark.parametrize("path", [CARD, LIST, LIST + ALL, TREND, TREND + ALL], ids=lambda path: path[15:])
@pytest.mark.parametrize(("role", "held"), READERS)
async def test_every_reader_gets_what_json_shows_and_no_more(surveyed: Client, path: str, role: str, held: str) -> None:
    await release(surveyed.app)
    await act_as(surveyed, (role, held))
    body = (await surveyed.http.get(path)).json()
    shown = body.get("items") or body.get("years") or [body]
    rows = [(each.get("region") or body["region"], each) for each in shown]
    for media_type, read in ((CSV, read_csv), (XLSX, lambda answer: read_sheets(answer)["figures"])):
        cells = read(await surveyed.http.get(path, headers={"Accept": media_type}))
        assert list(cells[0]) == list(COLUMNS)
        total = 0
        for region, row in rows:
            expected = figures_in(row)
            assert figures_of(cells, region["code"], row["year"]) == expected, (region, media_type)
            total += len(expected)
        assert len(cells) == total


async def test_an_empty_cell_says_why(surveyed: Client) -> None:
    cells = read_csv(await surveyed.http.get(LIST + ALL, headers={"Accept": CSV}))
    assert all(bool(each["value"]) != bool(each["reason"]) for each in cells)
    few = {each["reason"] for each in cells if each["region"] == GUNTUNG_MANGGIS and not each["value"]}
    assert few == {"small", "too_few_answers"}
    assert {each["reason"] for each in cells if each["region"] == "6372061001" and not each["value"]} == {"no_families"}


async def test_an_empty_cell_says_why_a_figure_is_not_released(surveyed: Client) -> None:
    async def read_reasons() -> dict[str, set[str]]:
        cells = read_csv(await surveyed.http.get(LIST + ALL, headers={"Accept": CSV}))
        assert all(bool(each["value"]) != bool(each["reason"]) for each in cells)
        reasons: dict[str, set[str]] = {}
        for each in cells:
            if each["reason"] and each["kind"] != "families":
                reasons.setdefault(each["region"], set()).add(each["reason"])
        return reasons

    few, nobody = GUNTUNG_MANGGIS, "6372061001"
    await act_as(surveyed, ("analyst", "63"))
    before = await read_reasons()
    assert before[LANDASAN_ULIN_SELATAN] == before[few] == {"not_released"}
    assert before[nobody] == {"not_collected"}
    await release(surveyed.app)
    after = await read_reasons()
    assert {"small", "not_released"} <= after[LANDASAN_ULIN_SELATAN]
    assert (after[few], after[nobody]) == ({"small"}, {"not_collected"})


async def test_a_row_names_its_region_in_full(surveyed: Client) -> None:
    row = next(iter(read_csv(await surveyed.get(CARD, format="csv"))))
    assert row["region"] == LANDASAN_ULIN_SELATAN
    assert (row["dotted"], row["name"], row["level"]) == ("63.72.06.1004", "Landasan Ulin Selatan", "village")
    assert (row["parent"], row["instrument"], row["version"]) == ("637206", "ikk-29", "2025.1")
    assert (row["status"], row["versions"]) == ("provisional", "2025.1 (30)")


async def test_format_outweighs_the_header(surveyed: Client) -> None:
    for wanted, content_type in (("csv", "text/csv; charset=utf-8"), ("xlsx", XLSX), ("json", "application/json")):
        for accept in (CSV, XLSX, "application/json", "image/png"):
            answer = await surveyed.http.get(CARD, params={"format": wanted}, headers={"Accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (CARD, "ikk-29-6372061004-2025"),
        (LIST, "ikk-29-6372-village-2025"),
        (TREND, "ikk-29-6372-2024-2025"),
    ],
)
async def test_the_file_has_a_name(surveyed: Client, path: str, name: str) -> None:
    for media_type, ending in ((CSV, "csv"), (XLSX, "xlsx")):
        answer = await surveyed.http.get(path, headers={"Accept": media_type})
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.{ending}"'


async def test_semicolons_come_with_decimal_commas_and_a_byte_order_mark(surveyed: Client) -> None:
    plain = await surveyed.get(CARD, format="csv")
    office = await surveyed.get(CARD, format="csv", separator="semicolon")
    assert office.content.startswith(b"\xef\xbb\xbfregion;dotted;")
    assert not plain.content.startswith(b"\xef\xbb\xbf")
    commas = [{name: cell.replace(".", ",") for name, cell in row.items()} for row in read_csv(plain)]
    assert [{**row, "dotted": ""} for row in commas if row["kind"] == "indicator"] == [
        {**{name: cell.replace(".", ",") for name, cell in row.items()}, "dotted": ""}
        for row in read_csv(office, ";")
        if row["kind"] == "indicator"
    ]
    means = [row["value"] for row in read_csv(office, ";") if row["measure"] == "mean" and row["value"]]
    assert any("," in each for each in means)
    assert not any("." in each for each in means)


async def test_the_workbook_explains_itself(surveyed: Client) -> None:
    sheets = read_sheets(await surveyed.http.get(LIST, headers={"Accept": XLSX}))
    assert list(sheets) == ["figures", "indicators", "regions", "notes"]
    shipped = instrument("ikk-29-2025.2")
    texts = {each["code"]: (each["text_id"], each["text_en"]) for each in sheets["indicators"]}
    assert {each.code: (each.name.id, each.name.en) for each in shipped.main.indicators}.items() <= texts.items()
    assert len(sheets["regions"]) == 20
    assert {type(each["region"]) for each in (*sheets["regions"], *sheets["figures"])} == {str}
    explained = [each["column"] for each in sheets["notes"] if each["column"]]
    assert explained == list(COLUMNS)
    assert all(each["id"] and each["en"] for each in sheets["notes"])


async def test_the_same_figures_make_the_same_file(surveyed: Client) -> None:
    for wanted in ("csv", "xlsx"):
        first, second = [await surveyed.get(CARD, format=wanted) for _ in range(2)]
        assert first.content == second.content


@pytest.mark.parametrize("path", [CARD, LIST, TREND])
@pytest.mark.parametrize("role", ["agency_administrator", "analyst"])
async def test_a_file_that_the_client_has_is_not_sent_again(surveyed: Client, path: str, role: str) -> None:
    await release(surveyed.app)
    await act_as(surveyed, (role, "63"))
    tags = set()
    for media_type in (CSV, XLSX, "application/json"):
        headers = {"Accept": media_type}
        answer = await surveyed.http.get(path, headers=headers)
        assert answer.headers["vary"].startswith("Authorization, Accept")
        again = await surveyed.http.get(path, headers={**headers, "If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        tags.add(answer.headers["etag"])
    assert len(tags) == 3


async def test_a_trend_says_which_figures_are_not_comparable(surveyed: Client) -> None:
    cells = read_csv(await surveyed.http.get(TREND, headers={"Accept": CSV}))
    assert {each["comparable"] for each in cells} == {"yes"}


async def test_a_list_is_whole_beyond_a_page(surveyed: Client) -> None:
    cells = read_csv(await surveyed.get("/v1/aggregates", parent="63", level="village", year=2025, format="csv"))
    assert len({each["region"] for each in cells}) == 2016


async def test_a_list_that_is_too_long_is_refused(surveyed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", rows_per_region(instrument("ikk-29-2026.1"), ()) * 20)
    cells = read_csv(await surveyed.http.get(LIST + "&format=csv"))
    assert len({each["region"] for each in cells}) == 20
    assert len(cells) <= reading.MOST_ROWS
    for path in (LIST + ALL, LIST.replace("6372", "63")):
        answer = await surveyed.http.get(path + "&format=csv")
        assert (answer.status_code, codes_of(answer)) == (422, {"parent": "table_too_long"})


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("&format=csv&limit=10", {"limit": "other_format"}),
        ("&format=xlsx&limit=10&cursor=6372061004", {"limit": "other_format", "cursor": "other_format"}),
        ("&separator=semicolon", {"separator": "other_format"}),
        ("&format=xlsx&separator=comma", {"separator": "other_format"}),
        ("&format=pdf", {"format": "not_allowed"}),
        ("&format=csv&separator=tab", {"separator": "not_allowed"}),
    ],
)
async def test_faults(surveyed: Client, query: str, faults: dict[str, str]) -> None:
    answer = await surveyed.http.get(LIST + query)
    assert (answer.status_code, codes_of(answer)) == (422, faults)


@pytest.mark.parametrize("path", [CARD, LIST, TREND])
async def test_a_region_outside_is_refused_in_every_format(surveyed: Client, path: str) -> None:
    await act_as(surveyed, ("analyst", "64"))
    for media_type in (CSV, XLSX):
        answer = await surveyed.http.get(path, headers={"Accept": media_type})
        assert answer.json()["type"] == "urn:ikk:problem:region-outside-caller"


async def notes_of(client: Client, path: str, language: str) -> list[str]:
    sheets = read_sheets(await client.http.get(path, headers={"Accept": XLSX}))
    return [each[language] for each in sheets["notes"] if each["column"] is None]


async def test_the_notes_of_released_figures_have_the_footnote_of_the_release(surveyed: Client) -> None:
    guide = (PROJECT / "docs" / "guides" / "releases.md").read_text("utf-8").partition("## The footnote")[2]
    quoted = re.findall(r"^> (.+)\n> (.+)$", guide, re.MULTILINE)
    rests = {
        language: " ".join(lines).partition(start)[1:]
        for language, start, lines in zip(("id", "en"), ("Jumlah keluarga", "Numbers of families"), quoted, strict=True)
    }
    await act_as(surveyed, ("analyst", "63"))
    assert any("Belum ada rilis" in each for each in await notes_of(surveyed, CARD, "id"))
    await release(surveyed.app)
    made_at = datetime.fromisoformat((await surveyed.http.get(CARD)).json()["release"]["made_at"])
    for path in (CARD, LIST, TREND):
        for language, form in (("id", "rilis nomor 1 tanggal {}. "), ("en", "release number 1 of {}. ")):
            notes = await notes_of(surveyed, path, language)
            footnote = notes[-1]
            assert footnote.endswith("".join(rests[language]))
            day = say_day(local_day(made_at, "ID"), "id" if language == "id" else "en")
            assert form.format(day) in footnote
            assert not any("wawancara masih masuk" in each or "interviews arrive" in each for each in notes)


async def test_the_notes_of_a_trend_name_the_release_of_each_year(surveyed: Client) -> None:
    for year in (2024, 2025):
        await release(surveyed.app, year=year)
    await act_as(surveyed, ("analyst", "63"))
    footnote = (await notes_of(surveyed, TREND, "en"))[-1]
    assert re.search(r", 2024 release number 1 of [^,]+, 2025 release number 1 of [^,.]+\. Numbers of", footnote)


async def test_the_notes_of_exact_figures_say_that_they_change(surveyed: Client) -> None:
    for path in (CARD, LIST, TREND):
        assert any("wawancara masih masuk" in each for each in await notes_of(surveyed, path, "id"))
        assert not any("rilis" in each for each in await notes_of(surveyed, path, "id"))


def test_a_column_is_explained_in_the_words_of_the_glossary() -> None:
    """A supervisor is `penyelia` in the glossary."""
    assert not any("pengawas" in indonesian for indonesian, _ in COLUMNS.values())
