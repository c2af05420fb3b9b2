"""/regions/{code}/{year} shows what GET /v1/aggregates returns to the same person, and nothing else."""

import re
from math import ceil, floor
from typing import Any

import pytest

from app.pages.texts import write_number
from app.platform.database import Connection, Database
from app.schemas.aggregates.basis import REPORTED, Basis
from app.scoring.instrument import Instrument
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.pages import Visitor, rows_of, words_of
from tests.support.people import PASSWORD, add_person
from tests.support.releases import release
from tests.support.sums import insert_sums, sums_of_family

REGION = "/regions/6372/2025"
INDICATORS = "Keluarga yang memenuhi setiap indikator"
BELOW = "Satu baris untuk setiap wilayah"


async def survey(
    connection: Connection,
    region: str,
    families: int,
    *,
    year: int = 2025,
    shipped: Instrument | None = None,
    by: int = 2,
    basis: Basis = REPORTED,
) -> None:
    """Families of a village that fulfil every `by`th indicator."""
    shipped = shipped or instrument()
    outcomes = "".join("U" if place % by == 0 else "F" for place in range(len(shipped.main.indicators)))
    one = sums_of_family(outcomes, shipped)
    await insert_sums(connection, shipped, [families * each for each in one], region=region, year=year, basis=basis)


@pytest.fixture
async def surveyed(connection: Connection) -> None:
    """Two villages of two districts in two years. One of them has few families."""
    for year, by in ((2024, 2), (2025, 5)):
        await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=year, by=by)
        await survey(connection, GUNTUNG_MANGGIS, 29, year=year, by=by)


async def of_api(visitor: Visitor, path: str, **query: Any) -> dict[str, Any]:
    """What the API returns to the same person, who signs in there too."""
    form = {"grant_type": "password", "username": visitor.username, "password": PASSWORD}
    token = (await visitor.http.post("/v1/token", data=form)).raise_for_status().json()["access_token"]
    answer = await visitor.http.get(path, params=query, headers={"Authorization": f"Bearer {token}"})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


async def test_it_works(reviewer: Visitor, surveyed: None) -> None:
    answer = await reviewer.look(REGION)
    assert answer.status_code == 200
    card = await of_api(reviewer, "/v1/aggregates/6372/2025")
    told = words_of(answer.text)
    assert "Kota Banjarbaru 2025" in told
    assert "63.72" in told
    assert write_number(card["index"]["mean"], "id", 2) in told
    assert write_number(card["index"]["of_indicators"], "id", 2) in told
    assert card["index"]["category"]["name"]["id"] in told
    assert "Keluarga terdata 69" in told
    assert "sementara" in told
    assert "kurang dari 50" in told
    assert "dari 50 sampai 75" in told
    assert "lebih dari 75" in told


async def test_indicators_are_weakest_first_with_numerator_and_denominator(reviewer: Visitor, surveyed: None) -> None:
    card = await of_api(reviewer, "/v1/aggregates/6372/2025")
    rows = rows_of((await reviewer.look(REGION)).text, INDICATORS)
    expected = sorted(card["indicators"], key=lambda each: each["share"])
    assert [row[0].split(" · ")[0].rpartition(" ")[2] for row in rows] == [each["code"] for each in expected]
    for row, each in zip(rows, expected, strict=True):
        assert row[1].startswith(write_number(each["share"], "id", 1) + " %")
        assert ("lemah" in row[1]) == each["weak"]
        assert row[3] == f"{each['fulfilled']} / {each['answered']}"
    assert [each["code"] for each in expected if each["weak"]] == card["weak_indicators"]


async def test_the_table_of_regions_below_has_the_rows_of_the_list(reviewer: Visitor, surveyed: None) -> None:
    listed = await of_api(reviewer, "/v1/aggregates", parent="6372", level="district", year=2025)
    rows = rows_of((await reviewer.look(REGION)).text, BELOW)
    assert [row[:3] for row in rows] == [
        [each["region"]["name"], each["region"]["dotted"], str(each["families"])] for each in listed["items"]
    ]
    for row, each in zip(rows, listed["items"], strict=True):
        mean = each["index"]["mean"]
        assert row[3] == (
            write_number(mean, "id", 2)
            if mean is not None
            else "disembunyikan"
            if each["families"]
            else "tidak ada data"
        )


@pytest.mark.parametrize("by", ["name", "code", "families", "value", "weak"])
async def test_the_table_is_sorted_by_links_in_both_directions(reviewer: Visitor, surveyed: None, by: str) -> None:
    found = {}
    for direction in ("asc", "desc"):
        page = (await reviewer.look(f"{REGION}?sort={by}&direction={direction}")).text
        assert f'aria-sort="{direction}ending"' in page
        found[direction] = [row[1] for row in rows_of(page, BELOW)]
    assert sorted(found["asc"]) == sorted(found["desc"])
    if by in ("name", "code"):
        assert found["asc"] == found["desc"][::-1]
    else:  # what has no figure is last in both directions
        assert found["asc"] != found["desc"] or by in ("value", "weak")


async def test_the_trend_has_the_years_of_the_trend(reviewer: Visitor, surveyed: None) -> None:
    page = (await reviewer.look(REGION)).text
    trend = await of_api(reviewer, "/v1/aggregates/6372/trend", **{"from": 2024, "to": 2025})
    rows = rows_of(page, "Tahun yang memiliki pendataan")
    assert [row[:3] for row in rows] == [
        [str(each["year"]), str(each["families"]), write_number(each["index"]["mean"], "id", 2)]
        for each in trend["years"]
    ]
    assert page.count("<polyline") == 1


async def test_years_of_versions_that_cannot_be_compared_are_no_line(reviewer: Visitor, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=2025)
    await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=2026, shipped=instrument("ikk-29-2026.1"))
    page = (await reviewer.look("/regions/6372/2026")).text
    trend = await of_api(reviewer, "/v1/aggregates/6372/trend", **{"from": 2025, "to": 2026})
    broken = trend["years"][1]["break"] is not None and "ikk-29" not in trend["years"][1]["break"]["comparable"]
    assert ("tidak: versi 2026.1 menggantikan" in words_of(page)) == broken
    assert page.count("<polyline") == (0 if broken else 1)
    assert page.count('class="break"') == (1 if broken else 0)


async def test_what_tells_of_sensitive_outcomes_is_hidden_from_who_may_not_read_them(
    visitor: Visitor, database: Database, surveyed: None
) -> None:
    await add_person(database, username="peninjau", grants=[("agency_administrator", "6372")])
    both = [("agency_administrator", "6372"), ("sensitive_reader", "6372")]
    await add_person(database, username="peka", grants=both)
    pages = {}
    for name in ("peninjau", "peka"):
        await visitor.sign_in(name)
        pages[name] = (await visitor.look(f"/regions/{GUNTUNG_MANGGIS}/2025")).text
        card = await of_api(visitor, f"/v1/aggregates/{GUNTUNG_MANGGIS}/2025")
        assert (card["index"]["mean"] is None) == (name == "peninjau")
        shares = {each["code"]: each["share"] for each in card["indicators"]}
        shown = {row[0].split(" · ")[0].rpartition(" ")[2]: row[1] for row in rows_of(pages[name], INDICATORS)}
        assert {code for code, cell in shown.items() if cell == "disembunyikan"} == {
            code for code, share in shares.items() if share is None
        }
        visitor.http.cookies.clear()
    assert "Disembunyikan" in words_of(pages["peninjau"])
    assert "<polyline" not in pages["peninjau"]
    assert "Disembunyikan" not in words_of(pages["peka"])


async def test_the_token_of_a_session_gets_no_exact_figures_and_reviews_nothing(
    reviewer: Visitor, surveyed: None
) -> None:
    headers = {"Authorization": f"Bearer {reviewer.http.cookies['ikk']}"}
    card = (await reviewer.http.get("/v1/aggregates/6372/2025", headers=headers)).json()
    assert (card["protected"], card["families"]) == (True, 0)
    wanted = {"status": "approved", "filter": {"region": "6372", "year": 2025, "status": "in_review"}}
    refused = await reviewer.http.post("/v1/submissions/reviews", json=wanted, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:ikk:problem:missing-scope")


async def test_exact_figures_end_with_the_role(reviewer: Visitor, surveyed: None, connection: Connection) -> None:
    assert "Keluarga terdata 69" in words_of((await reviewer.look(REGION)).text)
    await connection.execute("UPDATE role_grant SET ended_at = now() WHERE role = 'agency_administrator'")
    assert "Angka tahun ini belum dirilis." in words_of((await reviewer.look(REGION)).text)


async def test_who_does_not_review_sees_the_released_figures(analyst: Visitor, surveyed: None, client: Client) -> None:
    before = words_of((await analyst.look(REGION)).text)
    assert "Angka tahun ini belum dirilis." in before
    assert "Keluarga yang sudah diwawancarai: 69" in before
    assert re.findall(r"\d+,\d", before.partition("Dibaca pada")[0]) == []
    for year in (2024, 2025):
        await release(client.app, year=year)
    page = (await analyst.look(REGION)).text
    card = await of_api(analyst, "/v1/aggregates/6372/2025")
    assert (card["protected"], card["release"]["number"], card["families"]) == (True, 1, 40)
    told = words_of(page)
    assert "Angka rilis nomor 1 tanggal" in told
    for name in ("mean", "of_indicators"):
        assert f"{write_number(card['index'][name], 'id', 1)} " in told
    assert re.findall(r"\d+,\d\d", told) == []
    assert re.findall(r"\d\.\d+ %", told) == []
    figures = {each["code"]: each for each in card["indicators"]}
    rows = rows_of(page, INDICATORS)
    assert len(rows) == len(figures)
    for row in rows:
        own = figures[row[0].split(" · ")[0].rpartition(" ")[2]]
        assert row[1].startswith(share_of(own))
        assert row[1].endswith("▼ lemah") == bool(own["weak"])
    assert any(each["weak"] and each["share"] is None for each in figures.values())
    known = [bound_of(figures[row[0].split(" · ")[0].rpartition(" ")[2]]) for row in rows]
    assert known == sorted(known)
    assert "Semua wawancara yang dilaporkan dihitung" in told
    assert "basis=approved" not in page


def bound_of(figures: dict[str, Any]) -> float:
    """The share or its bound, beyond all of them if there is neither."""
    return next(
        (figures[name] for name in ("share", "share_at_most", "share_at_least") if figures.get(name) is not None), 101
    )


def share_of(figures: dict[str, Any]) -> str:
    """A released share as the page has it: itself, its bound, or why there is none."""
    for name, sign in (("share_at_least", "≥ "), ("share_at_most", "≤ "), ("share", "")):
        if figures.get(name) is not None:
            return f"{sign}{write_number(figures[name], 'id', 1)} %"
    return "disembunyikan"


async def test_released_shares_have_their_interval_and_their_mark(
    analyst: Visitor, client: Client, connection: Connection
) -> None:
    shipped = instrument()
    none, all_fulfil = (sums_of_family(letter * len(shipped.main.indicators), shipped) for letter in "UF")
    sums = [34 * one + 6 * other for one, other in zip(none, all_fulfil, strict=True)]
    await insert_sums(connection, shipped, sums, region=LANDASAN_ULIN_SELATAN, year=2025)
    await release(client.app)
    page = (await analyst.look(f"/regions/{LANDASAN_ULIN_SELATAN}/2025")).text
    card = await of_api(analyst, f"/v1/aggregates/{LANDASAN_ULIN_SELATAN}/2025")
    rows = {row[0].split(" · ")[0].rpartition(" ")[2]: row[1] for row in rows_of(page, INDICATORS)}
    marks = {None: "", "use_with_care": " perlu hati-hati", "not_reliable": " tidak akurat"}
    shown = [each for each in card["indicators"] if each["share"] is not None]
    for each in shown:
        low = write_number(floor(each["uncertainty"]["low"] * 10) / 10, "id", 1)
        high = write_number(ceil(each["uncertainty"]["high"] * 10) / 10, "id", 1)
        mark = marks[each["uncertainty"]["mark"]]
        assert rows[each["code"]] == f"{write_number(each['share'], 'id', 1)} % ({low}–{high}){mark} ▼ lemah"
    assert any(each["uncertainty"]["mark"] for each in shown)
    left_out = card["dimensions"][0]["left_out"]
    assert (f"tanpa {', '.join(left_out)}" in words_of(page)) == bool(left_out)


async def test_a_village_of_few_families_has_no_released_figure(
    analyst: Visitor, surveyed: None, client: Client
) -> None:
    await release(client.app)
    told = words_of((await analyst.look(f"/regions/{GUNTUNG_MANGGIS}/2025")).text)
    assert "Keluarga yang sudah diwawancarai: 29" in told
    assert "Disembunyikan" in told
    assert re.findall(r"\d+,\d", told.partition("Dibaca pada")[0]) == []
    assert "Angka ditampilkan mulai 30 keluarga" in told


async def test_a_region_without_interviews_has_no_figure_and_no_zero(reviewer: Visitor) -> None:
    told = words_of((await reviewer.look(REGION)).text)
    assert "Belum ada keluarga yang didata di sini pada tahun 2025" in told
    assert "0,0" not in told
    assert "Indeks dari persentase wilayah tidak ada data" in told


async def test_the_regions_above_are_links_only_inside_the_area(reviewer: Visitor, surveyed: None) -> None:
    page = (await reviewer.look(f"/regions/{LANDASAN_ULIN_SELATAN}/2025")).text
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page, re.DOTALL)
    assert crumbs is not None
    assert re.findall(r'href="([^"]+)"', crumbs[0]) == ["/regions/6372/2025", "/regions/637206/2025"]
    assert "Indonesia › Kalimantan Selatan" in words_of(crumbs[0]).replace(" ", " › ", 1)


async def test_a_region_without_a_year_leads_to_the_latest_year_that_is_shown(
    analyst: Visitor, client: Client, connection: Connection, surveyed: None
) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN, 3, year=2026)
    for year in (2024, 2025, 2026):
        await release(client.app, year=year)
    answer = await analyst.look("/regions/6372")
    assert (answer.status_code, answer.headers["location"]) == (303, "/regions/6372/2025")
    page = (await analyst.look(answer.headers["location"])).text
    assert 'aria-current="page">2025' in page
    assert ">2026</a>" in page


async def test_a_reviewer_is_led_to_a_year_of_few_families(
    reviewer: Visitor, connection: Connection, surveyed: None
) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN, 3, year=2026)
    assert (await reviewer.look("/regions/6372")).headers["location"] == "/regions/6372/2026"


async def test_another_instrument_is_found_where_only_it_has_figures(reviewer: Visitor, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN, 40, shipped=instrument("ketahanan-24-2016.1"))
    answer = await reviewer.look("/regions/6372")
    assert answer.headers["location"] == "/regions/6372/2025?instrument=ketahanan-24"
    page = await reviewer.look(answer.headers["location"])
    assert "Indeks ketahanan keluarga" in page.text
    assert "/regions/637206/2025?instrument=ketahanan-24" in page.text, "links keep the instrument"
    assert "ketahanan-24</a>" in (await reviewer.look(REGION)).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/regions/64/2025", 403),
        ("/regions/63/2025", 403),
        ("/regions/ID", 403),
        ("/regions/6372990001/2025", 404),
        ("/regions/banjarbaru/2025", 422),
        ("/regions/6372/1999", 422),
        ("/regions/6372/2025?sort=nik", 422),
        ("/regions/6372/2025?instrument=x", 422),
        ("/regions/6372/2025?lang=jv", 422),
        ("/regions/6372/2025?unknown=1", 422),
        ("/regions/6372/2025/", 404),
        ("/nowhere", 404),
        ("/search?q=" + "x" * 9000, 414),
    ],
)
async def test_what_is_not_there_or_not_theirs_is_said_on_a_page(reviewer: Visitor, path: str, status: int) -> None:
    answer = await reviewer.look(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == "id"
    assert "<h1>" in answer.text
    assert answer.headers["x-request-id"] in answer.text


async def test_programs_get_problems_where_there_is_no_page(reviewer: Visitor) -> None:
    for path in ("/nowhere", "/v1/nowhere"):
        answer = await reviewer.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await reviewer.look("/v1/nowhere")).headers["content-type"] == "application/problem+json"


async def test_the_language_is_chosen_once(reviewer: Visitor, surveyed: None) -> None:
    assert "Indicators, the weakest first" in (await reviewer.look(f"{REGION}?lang=en&sort=value")).text
    page = await reviewer.look(REGION)
    assert (page.headers["content-language"], 'lang="en"' in page.text) == ("en", True)
    assert "This region is not one of yours" in (await reviewer.look("/regions/64/2025")).text
    assert "Indikator, dari yang terlemah" in (await reviewer.look(f"{REGION}?lang=id")).text
    assert "Kota Banjarbaru" in (await reviewer.look("/", **{"Accept-Language": "en"})).text


async def test_the_start_page_shows_the_own_regions_with_their_latest_figures(
    reviewer: Visitor, surveyed: None
) -> None:
    card = await of_api(reviewer, "/v1/aggregates/6372/2025")
    told = words_of((await reviewer.look("/")).text)
    assert f"Kota Banjarbaru {write_number(card['index']['mean'], 'id', 2)} sementara" in told
    assert "2025 · 69 keluarga" in told


async def test_pages_say_how_they_may_be_used(reviewer: Visitor, client: Client, surveyed: None) -> None:
    for path in (REGION, "/", "/search", "/compare", "/regions/64/2025", "/nowhere", "/sign-in?lang=en"):
        answer = await reviewer.look(path)
        policy = answer.headers["content-security-policy"]
        assert policy == (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'"
        ), path
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text), path
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
        assert all(each.startswith(("/", "#")) and not each.startswith("//") for each in addresses), path


async def test_files_never_change_under_their_name(reviewer: Visitor) -> None:
    for name in re.findall(r'href="(/assets/[^"]+)"', (await reviewer.look("/sign-in")).text or ""):
        file = await reviewer.http.get(name)
        assert file.status_code == 200
    page = (await reviewer.look("/")).text
    names = re.findall(r'href="(/assets/[^"]+)"', page)
    assert {name.rpartition(".")[2] for name in names} == {"css", "svg"}
    for name in names:
        file = await reviewer.http.get(name)
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["content-type"].startswith(("text/css", "image/svg+xml"))
    for other in ("/assets/x.css", "/assets/..%2Fpages.css", "/assets/pages.css", "/assets/"):
        assert (await reviewer.look(other)).status_code == 404


async def test_the_foot_leads_to_the_figures_of_approved_interviews(
    reviewer: Visitor, surveyed: None, connection: Connection
) -> None:
    for year in (2024, 2025):
        await survey(connection, GUNTUNG_MANGGIS, 29, year=year, by=5, basis="approved")
    first = await reviewer.look(REGION)
    assert f'href="{REGION}?basis=approved"' in first.text
    assert "Semua wawancara yang dilaporkan dihitung" in words_of(first.text)
    page = await reviewer.look(f"{REGION}?basis=approved")
    assert f'href="{REGION}"' in page.text
    assert "Hanya wawancara yang disetujui penyelia yang dihitung." in words_of(page.text)
    card = await of_api(reviewer, "/v1/aggregates/6372/2025", basis="approved")
    assert card["families"] == 29
    families = {row[0]: row[2] for row in rows_of(page.text, BELOW)}
    assert {name: number for name, number in families.items() if number != "0"} == {"Landasan Ulin": "29"}


async def test_a_year_without_approved_interviews_says_so(reviewer: Visitor, surveyed: None) -> None:
    told = words_of((await reviewer.look(f"{REGION}?basis=approved")).text)
    assert "Belum ada wawancara tahun 2025 yang disetujui di sini" in told
    assert "diwawancarai di sini" not in told
