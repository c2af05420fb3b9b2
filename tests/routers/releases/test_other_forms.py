"""Released figures as a table of all villages, as ranks, and as metadata."""

import csv
import re
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from app.schemas.releases.village_table import COLUMNS
from app.services.releases import village_table
from tests.support.accounts import OTHER_VILLAGE, act_as
from tests.support.batches import families, send, statuses
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, PROJECT, Client, codes_of
from tests.support.releases import release

VILLAGES = (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, OTHER_VILLAGE)
RANKS = "/v1/aggregates/ranks?parent=6372&level=village&year=2025"


@pytest.fixture
async def released(client: Client) -> tuple[Client, str]:
    """A client who reads releases of Kalimantan Selatan, and the release of three villages with 40 to 50 families."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    for number, (village, strength) in enumerate(zip(VILLAGES, (0.3, 0.7, 0.9), strict=True)):
        entries = families(40 + 5 * number, region=village, strength=strength)
        assert set(statuses(await send(client, entries))) == {201}
    made = str(await release(client.app))
    return await act_as(client, ("analyst", "63")), made


async def test_the_table_of_villages_shows_what_their_cards_show(released: tuple[Client, str]) -> None:
    client, made = released
    answer = await client.get(f"/v1/releases/{made}/villages", region="63")
    assert answer.status_code == 200
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert len(rows) == 29 * len(VILLAGES)
    for village in VILLAGES:
        card = (await client.get(f"/v1/aggregates/{village}/2025")).json()
        own = {row["indicator"]: row for row in rows if row["region"] == village}
        assert list(own) == [each["code"] for each in card["indicators"]]
        for each in card["indicators"]:
            row = own[each["code"]]
            assert int(row["families"]) == card["families"]
            for name in ("fulfilled", "unfulfilled", "answered", "missing", "not_applicable", "share", "reason"):
                assert row[name] == written(each[name]), (village, each["code"], name)
            for name in ("share_at_least", "share_at_most"):
                assert row[name] == written(each.get(name))
            for name in ("standard_error", "low", "high", "mark"):
                assert row[name] == written((each.get("uncertainty") or {}).get(name)), (village, each["code"], name)
            rounding = each.get("rounding") or {}
            assert row["base"] == written(rounding.get("base"))
            for name in ("fulfilled", "unfulfilled", "missing", "not_applicable"):
                assert row[f"{name}_within"] == written(rounding.get(name))
            assert row["weak"] == {None: "", True: "yes", False: "no"}[each["weak"]]
    assert {row["weak"] for row in rows} >= {"yes", "no"}


async def test_the_table_of_villages_keeps_its_entity_tag(released: tuple[Client, str]) -> None:
    client, made = released
    path = f"/v1/releases/{made}/villages?region="
    first = await client.http.get(f"{path}63")
    tag = first.headers["etag"]
    # It is strong, because it stands for the same bytes.
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    assert (await client.http.head(f"{path}63")).headers["etag"] == tag
    again = await client.http.get(f"{path}63", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]
    other = await client.http.get(f"{path}6372", headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["etag"] == tag) == (200, False)


async def test_an_unchanged_table_reads_no_village(
    released: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, made = released
    path = f"/v1/releases/{made}/villages?region=63"
    tag = (await client.http.get(path)).headers["etag"]
    monkeypatch.delattr(village_table, "read_page")
    assert (await client.http.get(path, headers={"If-None-Match": tag})).status_code == 304


async def test_the_table_of_a_region_that_is_not_there_is_not_found(released: tuple[Client, str]) -> None:
    client, made = released
    for unknown, status in (("6399", 404), ("9999", 403)):
        table = await client.get(f"/v1/releases/{made}/villages", region=unknown)
        card = await client.get(f"/v1/aggregates/{unknown}/2025")
        assert table.status_code == card.status_code == status
        assert table.json()["type"] == card.json()["type"]


async def test_openapi_says_what_each_column_of_the_villages_means(released: tuple[Client, str]) -> None:
    client, _ = released
    described = client.app.openapi()["paths"]["/v1/releases/{id}/villages"]["get"]["responses"]["200"]["description"]
    guide = (PROJECT / "docs" / "guides" / "dashboard-builders.md").read_text("utf-8")
    for name in COLUMNS:
        assert f"| `{name}` |" in described
        assert re.search(rf"\|[^|]*`{name}`[^|]*\|", guide), name


def written(value: Any) -> str:
    return "" if value is None else str(value)


def uncertainties_in(card: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """By kind, code and measure of the figures of the first index that have an uncertainty."""
    index = card["index"]
    found = {
        ("index", "", "mean"): index["uncertainty"],
        ("index", "", "of_indicators"): index["uncertainty_of_indicators"],
        **{("dimension", each["code"], "of_indicators"): each.get("uncertainty") for each in card["dimensions"]},
        **{("category", each["code"], "share"): each.get("uncertainty") for each in card["categories"]},
        **{("indicator", each["code"], "share"): each.get("uncertainty") for each in card["indicators"]},
    }
    return {figure: each for figure, each in found.items() if each is not None}


def left_out_in(card: dict[str, Any]) -> dict[tuple[Any, ...], str]:
    """By kind, code and measure of the figures of the first index that leave out indicators."""
    found = {
        ("index", "", "of_indicators"): card["index"]["left_out"],
        **{("dimension", each["code"], "of_indicators"): each["left_out"] for each in card["dimensions"]},
    }
    return {figure: ", ".join(each) for figure, each in found.items() if each}


@pytest.mark.parametrize("region", [VILLAGES[1], "6372"])
async def test_every_figure_has_its_uncertainty_beside_it_in_its_own_unit(
    released: tuple[Client, str], region: str
) -> None:
    client, _ = released
    path = f"/v1/aggregates/{region}/2025"
    card = (await client.get(path)).json()
    cells = list(csv.DictReader((await client.get(path, format="csv")).text.splitlines()))
    rows = {(each["kind"], each["code"], each["measure"]): each for each in cells}
    expected = uncertainties_in(card)
    assert {kind for kind, _, _ in expected} == {"index", "dimension", "category", "indicator"}
    for figure, each in expected.items():
        row = rows[figure]
        assert row["mark"] == written(each["mark"])
        assert row["uncertainty_reason"] == written(each["reason"])
        assert row["uncertainty_method"] == written(each["method"])
        for name in ("within", "standard_error", "low", "high"):
            assert (float(row[name]) if row[name] else None) == each[name], (figure, name)
    for figure, row in rows.items():
        assert figure in expected or row["within"] == row["uncertainty_reason"] == ""
    assert "chosen" in {row["uncertainty_reason"] for row in cells} or region in VILLAGES
    counted = {each["code"]: each["rounding"]["fulfilled"] for each in card["indicators"] if "rounding" in each}
    assert {row["code"]: int(row["count_within"]) for row in cells if row["count_within"]} == counted


async def test_a_table_names_the_indicators_that_a_figure_leaves_out(client: Client) -> None:
    """Of the families of this village, too few answer to one indicator or another."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, families(31, region=VILLAGES[0], strength=0.6)))) == {201}
    await release(client.app)
    await act_as(client, ("analyst", "63"))
    path = f"/v1/aggregates/{VILLAGES[0]}/2025"
    expected = left_out_in((await client.get(path)).json())
    assert expected
    rows = csv.DictReader((await client.get(path, format="csv")).text.splitlines())
    named = {(each["kind"], each["code"], each["measure"]): each["left_out"] for each in rows if each["left_out"]}
    assert named == expected


async def test_every_row_of_released_figures_names_its_release(released: tuple[Client, str]) -> None:
    client, made = released
    for path in (f"/v1/aggregates/{VILLAGES[1]}/2025?", RANKS.replace("/ranks", "")):
        body = (await client.http.get(path)).json()
        of = (body.get("items") or [body])[0]["release"]
        rows = list(csv.DictReader((await client.http.get(f"{path}&format=csv")).text.splitlines()))
        named = {(row["release"], row["release_id"], row["release_made_at"]) for row in rows}
        assert named == {(str(of["number"]), made, of["made_at"])}


async def test_the_table_holds_the_reader_s_regions_only(released: tuple[Client, str]) -> None:
    client, made = released
    await act_as(client, ("analyst", "6372"))
    assert (await client.get(f"/v1/releases/{made}/villages", region="63")).status_code == 403
    text = (await client.get(f"/v1/releases/{made}/villages", region="6372")).text
    assert OTHER_VILLAGE not in text
    assert text.count("\r\n") == 1 + 2 * 29


async def test_ranks_come_with_ties_and_intervals(released: tuple[Client, str]) -> None:
    client, _ = released
    answer = await client.http.get(f"{RANKS}&limit=1000")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    ranked = {each["region"]["code"]: each for each in items if each["rank"] is not None}
    assert ranked.keys() == set(VILLAGES[:2])
    assert {each["ranked"] for each in items} == {2}
    for village, each in ranked.items():
        card = (await client.get(f"/v1/aggregates/{village}/2025")).json()
        headline = card["indices"][0]["headline"]
        assert headline["figure"] == "mean"
        assert each["value"] == card["index"]["mean"] == headline["value"]
        assert each["low"] <= each["rank"] <= each["high"]
    by_value = sorted(ranked.values(), key=lambda each: -each["value"])
    # One village fulfils 0.3 of its indicators and the other one 0.7, which no rounding turns round.
    assert [(each["rank"], each["low"], each["high"]) for each in by_value] == [(1, 1, 1), (2, 2, 2)]


async def test_ranks_are_paged_and_refuse_unknown_figures(released: tuple[Client, str]) -> None:
    client, _ = released
    first = (await client.http.get(f"{RANKS}&limit=2&figure=KLS")).json()
    second = (await client.http.get(f"{RANKS}&limit=2&figure=KLS&cursor={first['next']}")).json()
    codes = [each["region"]["code"] for page in (first, second) for each in page["items"]]
    assert codes == sorted(codes)
    assert len(codes) == 4
    answer = await client.http.get(f"{RANKS}&figure=KLS99")
    assert (answer.status_code, codes_of(answer)) == (422, {"figure": "unknown_figure"})
    (fault,) = answer.json()["faults"]
    assert fault["options"][:3] == ["index", "KLS", "KKF"]
    assert fault["options_total"] == 1 + 5 + 29


async def test_the_metadata_of_a_release_name_every_figure(released: tuple[Client, str]) -> None:
    client, made = released
    found = (await client.get(f"/v1/releases/{made}/metadata")).json()
    kinds = [each["kind"] for each in found["indicators"]]
    assert (kinds.count("indicator"), kinds.count("group"), found["year"]) == (29, 5, 2025)
    assert (found["release"]["id"], found["release"]["number"]) == (made, 1)
    assert {each["status"] for each in found["indicators"]} == {"provisional"}
    answer = await client.get(f"/v1/releases/{made}/metadata", format="xlsx")
    assert "metadata-ikk-29-2025-release-1" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.content))
    assert book["metadata"].max_row == 1 + len(kinds)


async def test_a_year_can_be_restated_where_nothing_changed(released: tuple[Client, str]) -> None:
    client, made = released
    card = (await client.get("/v1/aggregates/6372/2025")).json()
    found = (await client.get("/v1/aggregates/6372/2025/restated")).json()
    assert found["restated"]["reason"] is None
    assert set(VILLAGES[:2]) <= set(found["restated"]["villages"])
    assert found["release"]["id"] == made
    assert found["figures"]["families"] == card["families"] == 85
    assert found["figures"]["index"]["of_indicators"] == card["index"]["of_indicators"]


async def test_a_restated_village_is_as_certain_as_its_card(released: tuple[Client, str]) -> None:
    client, _ = released
    path = f"/v1/aggregates/{VILLAGES[0]}/2025"
    card, restated = (await client.get(path)).json(), (await client.get(f"{path}/restated")).json()
    assert restated["restated"]["villages"] == [VILLAGES[0]]
    for name in ("index", "dimensions", "indicators", "categories"):
        assert restated["figures"][name] == card[name]
    assert card["index"]["uncertainty"]["method"] == "rounding"
    regency = (await client.get("/v1/aggregates/6372/2025/restated")).json()
    assert regency["figures"]["index"]["uncertainty"]["reason"] == "chosen"
