"""GET /v1/regions/{code}/profile/{year}: the index beside case figures and context indicators."""

import csv
import io
from typing import Any

import pytest
from httpx import Response

from app.platform.database import Connection
from app.schemas.profiles.table import COLUMNS
from tests.support.accounts import act_as
from tests.support.cases import path_of, report
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.releases import release
from tests.support.rounds import plan_round, settle
from tests.support.sums import insert_sums, sums_of_family

PROFILE = "/v1/regions/63/profile/2023"
BELOW = "/v1/profiles?parent=63&level=regency&year=2023"
SOURCE = {"name": "Kementerian Agama Kalimantan Selatan", "url": "https://example.go.id/perkawinan-anak"}


async def put_context(client: Client, indicator: str, region: str, year: int, **figure: Any) -> None:
    path = f"/v1/statistics/context/{indicator}/{region}/{year}"
    answer = await client.http.put(path, json={"status": "verified", "source": SOURCE, **figure})
    assert answer.status_code == 201, answer.text


@pytest.fixture
async def reported(client: Client, connection: Connection) -> Client:
    """Families of a village, with cases of the province and of two regencies, and context figures. Nobody is signed in
    as a reader yet."""
    shipped = instrument()
    one = sums_of_family("".join("FUNM"[place % 4] for place in range(len(shipped.main.indicators))), shipped)
    sums = [40 * each for each in one]
    await insert_sums(connection, shipped, sums, region=LANDASAN_ULIN_SELATAN, year=2023)
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    published: list[dict[str, Any]] = [
        {"cases": 69},
        {"age_status": "child", "victims": 49},
        {"age_status": "adult", "sex": "female", "victims": 27},
    ]
    for path, body in (
        (path_of("63", "2023"), report(*published, status="provisional", through="2023-02-28")),
        (path_of("6371", "2023"), report({"cases": 30, "victims": 33}, status="provisional", through="2023-02-28")),
        (path_of("6372", "2023"), report({"cases": 3, "victims": 4}, status="provisional", through="2023-02-28")),
    ):
        assert (await client.http.put(path, json=body)).status_code == 201
    await put_context(client, "child-marriage", "63", 2022, value=10.53)
    await put_context(client, "families-registered", "63", 2023, value=1000)
    await put_context(client, "kla-award", "6372", 2023, category="madya")
    return client


def read_csv(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_it_works(reported: Client) -> None:
    await act_as(reported, ("agency_administrator", "63"))
    found = (await reported.http.get(PROFILE)).json()
    card = (await reported.http.get("/v1/aggregates/63/2023")).json()
    assert found["region"] == card["region"]
    assert found["index"]["families"] == card["families"] == 40
    assert (found["index"]["protected"], found["index"]["release"]) == (False, None)
    assert found["index"]["instrument"] == card["instrument"]
    assert [each["headline"] for each in found["index"]["indices"]] == [each["headline"] for each in card["indices"]]
    assert [each["code"] for each in found["index"]["weak_indicators"]] == card["weak_indicators"]
    shares = {each["code"]: each["share"] for each in card["indicators"]}
    assert {each["code"]: each["share"] for each in found["index"]["weak_indicators"]}.items() <= shares.items()
    (cases,) = found["cases"]
    assert (cases["status"], cases["periods"], cases["through"]) == ("provisional", ["2023"], "2023-02-28")
    assert (cases["cases"], cases["victims"], cases["hidden"]) == (69, None, [])
    assert {"age_status": "child", "victims": 49} in cases["reports"][0]["counts"]
    context = {each["indicator"]: each for each in found["context"]}
    assert (context["child-marriage"]["value"], context["child-marriage"]["year"]) == (10.53, 2022)
    assert context["child-marriage"]["source"] == SOURCE
    assert (found["coverage"]["families"], found["coverage"]["share"]) == (40, 4)


async def test_a_region_of_which_nothing_is_known_has_no_zeros(client: Client) -> None:
    await act_as(client, ("agency_administrator", "63"))
    found = (await client.http.get("/v1/regions/6301/profile/2023")).json()
    assert (found["index"]["families"], found["cases"], found["context"]) == (0, [], [])
    assert found["index"]["indices"][0]["headline"]["value"] is None
    assert found["coverage"] == {"families": 0, "registered": None, "share": None}


@pytest.mark.parametrize("role", ["analyst", "sensitive_reader"])
async def test_who_does_not_review_gets_the_released_index(reported: Client, role: str) -> None:
    await act_as(reported, (role, "63"))
    before = (await reported.http.get(PROFILE)).json()
    assert (before["index"]["families"], before["index"]["protected"], before["index"]["release"]) == (0, True, None)
    assert before["index"]["indices"][0]["reason"] == "not_released"
    made = await release(reported.app, year=2023)
    found = (await reported.http.get(PROFILE)).json()
    card = (await reported.http.get("/v1/aggregates/63/2023")).json()
    assert found["index"]["release"] == card["release"]
    assert (card["release"]["id"], found["index"]["protected"]) == (str(made), True)
    assert [each["headline"] for each in found["index"]["indices"]] == [each["headline"] for each in card["indices"]]
    assert [each["code"] for each in found["index"]["weak_indicators"]] == card["weak_indicators"]
    shares = {each["code"]: each["share"] for each in card["indicators"]}
    assert {each["code"]: each["share"] for each in found["index"]["weak_indicators"]}.items() <= shares.items()
    of = card["release"]
    for row in read_csv(await reported.http.get(f"{PROFILE}?format=csv")):
        named = (row["release"], row["release_id"], row["release_made_at"])
        of_index = row["section"] in ("index", "dimension", "weak_indicator")
        assert named == ((str(of["number"]), of["id"], of["made_at"]) if of_index else ("", "", ""))


async def test_coverage_counts_the_families_that_were_interviewed_by_now(
    reported: Client, connection: Connection
) -> None:
    """Also those of villages that have too few families for figures of their own."""
    one = sums_of_family("F" * len(instrument().main.indicators), instrument())
    await insert_sums(connection, instrument(), [10 * each for each in one], region=GUNTUNG_MANGGIS, year=2023)
    await release(reported.app, year=2023)
    await act_as(reported, ("analyst", "63"))
    found = (await reported.http.get(PROFILE)).json()
    assert found["index"]["families"] == 40
    assert (found["coverage"]["families"], found["coverage"]["share"]) == (50, 5)


async def test_the_profile_of_a_region_may_mix_both_bases(reported: Client, connection: Connection) -> None:
    one = sums_of_family("F" * len(instrument().main.indicators), instrument())
    planned = await plan_round(reported, GUNTUNG_MANGGIS, opens_on="2023-10-01", closes_on="2023-10-31")
    for basis in ("reported", "approved"):
        await insert_sums(
            connection, instrument(), [40 * each for each in one], region=GUNTUNG_MANGGIS, year=2023, basis=basis
        )
    await settle(reported, planned)
    await release(reported.app, year=2023)
    await act_as(reported, ("analyst", "63"))
    assert (await reported.http.get(PROFILE)).json()["index"]["basis"] == "mixed"
    for row in read_csv(await reported.http.get(f"{PROFILE}?format=csv")):
        assert row["basis"] in ("", "mixed")


async def test_small_counts_are_hidden_as_where_they_are_read_alone(reported: Client) -> None:
    await act_as(reported, ("agency_administrator", "63"))
    found = (await reported.http.get("/v1/regions/6372/profile/2023")).json()
    (cases,) = found["cases"]
    assert (cases["cases"], cases["victims"]) == (None, None)
    assert cases["hidden"] == ["cases", "victims"]
    alone = (await reported.http.get("/v1/statistics/cases/6372/2023")).json()
    assert cases["reports"][0]["counts"] == alone["provisional"]["counts"]
    await act_as(reported, ("sensitive_reader", "63"))
    (cases,) = (await reported.http.get("/v1/regions/6372/profile/2023")).json()["cases"]
    assert (cases["cases"], cases["victims"], cases["hidden"]) == (3, 4, [])


async def test_months_are_added_up_and_the_missing_ones_are_not_zero(reported: Client) -> None:
    for month, victims in (("2022-01", 12), ("2022-03", 20)):
        body = report({"victims": victims, "cases": 11}, status="verified")
        assert (await reported.http.put(path_of("63", month), json=body)).status_code == 201
    (cases,) = (await reported.http.get("/v1/regions/63/profile/2022")).json()["cases"]
    assert (cases["periods"], cases["victims"], cases["cases"]) == (["2022-01", "2022-03"], 32, 22)


async def test_the_list_has_the_profiles_of_the_regions_below(reported: Client) -> None:
    await act_as(reported, ("agency_administrator", "63"))
    items = (await reported.http.get(BELOW)).json()["items"]
    assert len(items) == 13
    for each in items:
        alone = (await reported.http.get(f"/v1/regions/{each['region']['code']}/profile/2023")).json()
        for profile in (each, alone):
            profile["index"].pop("as_of")
        assert each == alone
    first = (await reported.http.get(BELOW + "&limit=5")).json()
    rest = (await reported.http.get(BELOW + f"&cursor={first['next']}")).json()
    assert [each["region"]["code"] for each in (*first["items"], *rest["items"])] == [
        each["region"]["code"] for each in items
    ]


@pytest.mark.parametrize("path", [PROFILE, BELOW])
async def test_a_table_holds_the_figures(reported: Client, path: str) -> None:
    await act_as(reported, ("agency_administrator", "63"))
    joined = "&" if "?" in path else "?"
    rows = read_csv(await reported.http.get(f"{path}{joined}format=csv"))
    assert rows[0].keys() == COLUMNS.keys()
    profiles = (await reported.http.get(path)).json()
    for profile in profiles.get("items", [profiles]):
        mine = [each for each in rows if each["region"] == profile["region"]["code"]]
        by_section = {each["section"]: each for each in mine}
        assert by_section["coverage"]["value"] != ""
        for cases in profile["cases"]:
            (total,) = [each for each in mine if each["section"] == "cases" and each["measure"] == "total"]
            for unit in ("cases", "victims", "perpetrators"):
                assert total[unit] == ("" if cases[unit] is None else str(cases[unit]))
            assert total["hidden"] == ", ".join(cases["hidden"])
        context = {each["code"]: each for each in mine if each["section"] == "context"}
        assert context.keys() == {each["indicator"] for each in profile["context"]}
        for each in profile["context"]:
            shown = context[each["indicator"]]
            assert (shown["period"], shown["source"], shown["url"]) == (
                str(each["year"]),
                SOURCE["name"],
                SOURCE["url"],
            )
    workbook = await reported.http.get(f"{path}{joined}format=xlsx")
    assert workbook.status_code == 200
    assert workbook.content[:2] == b"PK"


async def test_another_area_is_refused(reported: Client) -> None:
    await act_as(reported, ("agency_administrator", "6301"))
    for path in (PROFILE, BELOW, "/v1/regions/6372/profile/2023"):
        assert (await reported.http.get(path)).status_code == 403


async def test_an_unknown_region_is_not_found(client: Client) -> None:
    await act_as(client, ("agency_administrator", "63"))
    assert (await client.http.get("/v1/regions/6399/profile/2023")).status_code == 404
