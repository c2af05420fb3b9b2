"""PUT /v1/statistics/cases/{region}/{period}: taking the counts of a region and period."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from httpx import Response

from app.platform.database import Connection
from app.regions.local_time import local_day
from app.statistics.code_lists import CODE_LISTS, Code
from tests.support.accounts import act_as
from tests.support.cases import path_of, report
from tests.support.factories import EVERYTHING, Client, codes_of


async def put(client: Client, body: Any, region: str = "63", period: str = "2023") -> Response:
    return await client.http.put(path_of(region, period), json=body)


async def count(connection: Connection) -> int:
    found: int = await connection.fetchval("SELECT count(*) FROM case_report")
    return found


async def test_it_works(caller: Client) -> None:
    answer = await put(caller, report(through="2023-02-28"))
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt == {
        "region": "63",
        "dotted": "63",
        "period": "2023",
        "status": "verified",
        "revision": 1,
        "outcome": "created",
        "replaced": None,
        "warnings": [],
    }
    found = (await caller.get(path_of("63", "2023"))).json()
    assert found["region"]["name"] == "Kalimantan Selatan"
    assert found["granularity"] == "year"
    assert found["provisional"] is None
    stored = found["verified"]
    assert (stored["through"], stored["own"], stored["note"]) == ("2023-02-28", True, None)
    assert stored["counts"] == [
        {"cases": 69, "victims": 76},
        {"age_status": "child", "victims": 49},
        {"sex": "female", "age_status": "adult", "victims": 27},
    ]


async def test_the_same_content_changes_nothing(caller: Client, connection: Connection) -> None:
    await put(caller, report())
    body = report()
    body["counts"] = [{**each, "place": None} for each in reversed(body["counts"])]
    again = await put(caller, body)
    assert (again.status_code, again.json()["outcome"], again.json()["revision"]) == (200, "unchanged", 1)
    assert await count(connection) == 1


async def test_another_content_replaces_it_and_keeps_the_history(caller: Client, connection: Connection) -> None:
    first = (await put(caller, report())).json()
    answer = await put(caller, report({"cases": 70}))
    assert answer.status_code == 200
    receipt = answer.json()
    assert (receipt["outcome"], receipt["revision"], receipt["replaced"]["revision"]) == ("replaced", 2, 1)
    assert receipt["warnings"] == []
    assert await count(connection) == 2
    assert await connection.fetchval("SELECT count(*) FROM case_report WHERE ended_at IS NULL") == 1
    assert first["revision"] == 1


async def test_the_statuses_are_kept_apart(caller: Client) -> None:
    await put(caller, report({"cases": 40}))
    assert (await put(caller, report({"cases": 50}, status="provisional"))).json()["revision"] == 1
    found = (await caller.get(path_of("63", "2023"))).json()
    assert [found[each]["counts"] for each in ("verified", "provisional")] == [[{"cases": 40}], [{"cases": 50}]]


async def test_a_year_has_one_granularity_for_each_status(caller: Client, connection: Connection) -> None:
    assert (await put(caller, report(), period="2023-01")).status_code == 201
    answer = await put(caller, report(), period="2023-Q2")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:periods-differ")
    assert answer.json()["periods"] == ["2023-01"]
    assert "DELETE /v1/statistics/cases" in answer.json()["hint"]
    assert (await put(caller, report())).status_code == 409
    assert (await put(caller, report(status="provisional"))).status_code == 201
    assert (await put(caller, report(), period="2022")).status_code == 201
    assert (await put(caller, report(), region="6372")).status_code == 201
    assert await count(connection) == 4
    await caller.http.delete(path_of("63", "2023-01"), params={"status": "verified"})
    assert (await put(caller, report(), period="2023-Q2")).status_code == 201


async def test_who_replaces_what_another_sent_is_told(caller: Client) -> None:
    await put(caller, report())
    await act_as(caller, ("agency_administrator", "63"))
    receipt = (await put(caller, report({"cases": 70}))).json()
    assert [each["code"] for each in receipt["warnings"]] == ["other_sender"]


async def test_of_several_at_once_each_is_a_revision(caller: Client, connection: Connection) -> None:
    bodies = [report({"cases": 40 + each}) for each in range(6)]
    answers = await asyncio.gather(*(put(caller, body) for body in bodies))
    assert sorted(each.json()["revision"] for each in answers) == [1, 2, 3, 4, 5, 6]
    assert sorted(each.status_code for each in answers) == [200] * 5 + [201]
    assert await connection.fetchval("SELECT count(*) FROM case_report WHERE ended_at IS NULL") == 1


async def test_two_granularities_at_once_do_not_both_stay(caller: Client) -> None:
    periods = ("2023", "2023-Q1", "2023-01")
    answers = await asyncio.gather(*(put(caller, report(), period=each) for each in periods))
    assert sorted(each.status_code for each in answers) == [201, 409, 409]


PLACES = [
    ({"sex": "femal", "victims": 20}, "/counts/0/sex", "unknown_code"),
    ({"victims": -1}, "/counts/0/victims", "too_small"),
    ({"victims": 10_000_001}, "/counts/0/victims", "too_large"),
    ({"victims": "20"}, "/counts/0/victims", "wrong_type"),
    ({"victims": "1.045"}, "/counts/0/victims", "wrong_type"),
    ({"victims": 20.5}, "/counts/0/victims", "wrong_type"),
    ({"victims": True}, "/counts/0/victims", "wrong_type"),
    ({"sex": "female"}, "/counts/0", "nothing_counted"),
    ({"sex": "female", "cases": 20}, "/counts/0/cases", "not_divided"),
    ({"place": "household", "perpetrators": 20}, "/counts/0/perpetrators", "not_divided"),
    ({"age_group": "age_0_5", "age_status": "child", "victims": 20}, "/counts/0/age_status", "age_twice"),
    (
        {"sex": "female", "place": "school", "kind": "physical", "service": "health", "victims": 20},
        "/counts/0",
        "too_many_dimensions",
    ),
    ({"region": "63", "victims": 20}, "/counts/0/region", "unknown_member"),
]


@pytest.mark.parametrize(("row", "pointer", "code"), PLACES)
async def test_a_wrong_row_is_named(
    caller: Client, connection: Connection, row: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await put(caller, report(row, {"cases": 69}))
    assert (answer.status_code, codes_of(answer)) == (422, {pointer: code})
    assert await count(connection) == 0


async def test_a_misspelt_code_is_answered_with_the_one_that_it_resembles(caller: Client) -> None:
    fault = (await put(caller, report({"sex": "femal", "victims": 20}))).json()["faults"][0]
    assert fault["meant"] == "female"
    assert "female" in fault["message"]
    assert "femal." not in fault["message"]


@pytest.fixture
def withdrawn() -> Iterator[str]:
    """A code of the list `place` that periods from 2023 on refuse."""
    codes = CODE_LISTS["place"].codes
    with pytest.MonkeyPatch.context() as patch:
        entry = replace(codes["short_course"], withdrawn=date(2023, 1, 1), use="other")
        patch.setitem(cast("dict[str, Code]", codes), "short_course", entry)
        yield "short_course"


async def test_a_withdrawn_code_holds_for_earlier_periods_only(caller: Client, withdrawn: str) -> None:
    body = report({"place": withdrawn, "victims": 20})
    answer = await put(caller, body)
    assert codes_of(answer) == {"/counts/0/place": "code_withdrawn"}
    assert "1 January 2023" in answer.json()["faults"][0]["message"]
    assert "other" in answer.json()["faults"][0]["message"]
    assert (await put(caller, body, period="2022")).status_code == 201
    lists = {each["code"]: each for each in (await caller.get("/v1/codelists")).json()["items"]}
    shown = {each["code"]: each for each in lists["place"]["codes"]}
    assert (shown[withdrawn]["withdrawn"], shown[withdrawn]["use"]) == ("2023-01-01", "other")


async def test_more_of_a_group_than_in_all_is_a_fault(caller: Client) -> None:
    answer = await put(caller, report({"victims": 20}, {"sex": "female", "victims": 21}))
    assert codes_of(answer) == {"/counts/1/victims": "above_whole"}
    assert answer.json()["faults"][0]["whole"] == "/counts/0/victims"
    assert "/counts/0" in answer.json()["faults"][0]["message"]


async def test_parts_that_add_up_to_more_are_a_fault(caller: Client) -> None:
    sexes = ({"sex": "female", "victims": 15}, {"sex": "male", "victims": 15})
    answer = await put(caller, report({"victims": 20}, *sexes))
    assert codes_of(answer) == {"/counts/0/victims": "parts_above_whole"}
    assert answer.json()["faults"][0]["parts"] == ["/counts/1/victims", "/counts/2/victims"]
    kinds = ({"kind": "physical", "victims": 15}, {"kind": "sexual", "victims": 15})
    assert (await put(caller, report({"victims": 20}, *kinds))).status_code == 201


async def test_a_breakdown_stands_once(caller: Client) -> None:
    twice = ({"sex": "female", "victims": 15}, {"sex": "female", "perpetrators": 15}, {"victims": 15, "sex": "female"})
    answer = await put(caller, report(*twice))
    assert codes_of(answer) == {"/counts/2/victims": "counted_twice"}


async def test_all_faults_come_at_once(caller: Client) -> None:
    body = report({"sex": "x", "victims": 1}, {"victims": 5}, {"place": "school", "victims": 6}, {"cases": -1})
    body["source"] = {"name": "", "url": "javascript:alert(1)"}
    answer = await put(caller, {**body, "status": "final", "extra": 1})
    assert set(codes_of(answer)) == {
        "/counts/0/sex",
        "/counts/2/victims",
        "/counts/3/cases",
        "/source/name",
        "/source/url",
        "/status",
        "/extra",
    }


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://contoh.go.id",
        "https://admin:rahasia@contoh.go.id/",
        "//contoh.go.id",
        "https://contoh.go.id/a b",
        'https://contoh.go.id/"><script>',
        "https://",
        "x" * 501,
    ],
)
async def test_a_link_is_plain(caller: Client, url: str) -> None:
    answer = await put(caller, report(source={"name": "Simfoni", "url": url}))
    assert codes_of(answer).keys() == {"/source/url"}


@pytest.mark.parametrize("member", ["source", "counts", "status"])
async def test_source_status_and_counts_are_needed(caller: Client, member: str) -> None:
    body = report()
    del body[member]
    assert codes_of(await put(caller, body)) == {f"/{member}": "missing"}


async def test_a_report_counts_something(caller: Client) -> None:
    assert codes_of(await put(caller, report(counts=[]))) == {"/counts": "missing"}
    assert codes_of(await put(caller, report({"victims": None}))) == {"/counts": "nothing_counted"}
    assert (await put(caller, report({"victims": None}, {"cases": 0}))).status_code == 201


async def test_a_note_holds_no_number_of_a_person(caller: Client) -> None:
    answer = await put(caller, report(note="NIK 6372010101900001"))
    assert codes_of(answer) == {"/note": "looks_like_nik"}
    assert "6372010101900001" not in answer.text


async def test_text_is_cleaned_with_a_warning(caller: Client) -> None:
    receipt = (await put(caller, report(note="Januari\ndan Februari"))).json()
    assert [(each["code"], each["pointer"]) for each in receipt["warnings"]] == [("text_cleaned", "/note")]


@pytest.mark.parametrize(
    "period", ["23", "2023-13", "2023-Q5", "2023-1", "2023-00", "2023-q1", "1999", "2023-01-01", "٢٠٢٣"]
)
async def test_a_period_is_a_year_a_quarter_or_a_month(caller: Client, period: str) -> None:
    assert codes_of(await put(caller, report(), period=period)) == {"period": "bad_format"}


async def test_a_period_has_begun(caller: Client) -> None:
    answer = await put(caller, report(), period="2099-01")
    assert codes_of(answer) == {"period": "period_not_begun"}
    assert "1 January 2099" in answer.json()["faults"][0]["message"]


async def test_an_open_period_is_provisional_and_says_until_when(caller: Client) -> None:
    today = local_day(datetime.now(UTC), "63")
    period = f"{today.year}-{today.month:02}"
    assert codes_of(await put(caller, report(), period=period)) == {
        "/status": "period_open",
        "/through": "through_missing",
    }
    body = report(status="provisional", through=today.isoformat())
    assert (await put(caller, body, period=period)).status_code == 201
    late = report(status="provisional", through=(today + timedelta(days=1)).isoformat())
    assert codes_of(await put(caller, late, period=period)) == {"/through": "out_of_range"}


@pytest.mark.parametrize("through", ["2022-12-31", "2024-01-01", "2023-02-30", "28/02/2023", 20230228])
async def test_the_last_day_lies_in_the_period(caller: Client, through: Any) -> None:
    assert codes_of(await put(caller, report(through=through))).keys() == {"/through"}


async def test_a_region_is_listed(caller: Client) -> None:
    assert (await put(caller, report(), region="6399")).status_code == 404
    answer = await put(caller, report(), region="64")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


async def test_the_country_needs_the_country(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    assert (await put(client, report(), region="ID")).status_code == 403
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert (await put(client, report(), region="ID")).status_code == 201
    assert (await client.get(path_of("ID", "2023"))).json()["verified"]["counts"][0] == {"cases": 69, "victims": 76}


async def test_odd_numbers_are_warnings(caller: Client) -> None:
    rows = (
        {"cases": 30, "victims": 20},
        {"sex": "female", "victims": 10},
        {"sex": "male", "victims": 5},
    )
    receipt = (await put(caller, report(*rows))).json()
    assert [(each["code"], each["pointer"]) for each in receipt["warnings"]] == [
        ("parts_below_whole", "/counts/0/victims"),
        ("fewer_victims_than_cases", "/counts/0/cases"),
    ]
    assert "sex" in receipt["warnings"][0]["message"]["en"]


async def test_a_region_that_differs_from_its_parts_is_a_warning(caller: Client) -> None:
    assert (await put(caller, report({"victims": 20}), region="6372")).json()["warnings"] == []
    assert (await put(caller, report({"victims": 30}))).json()["warnings"] == []
    above = (await put(caller, report({"victims": 15}, {"cases": 9}), region="63")).json()["warnings"]
    assert [(each["code"], each["pointer"]) for each in above] == [("differs_from_parts", "")]
    assert "victims" in above[0]["message"]["en"]
    assert "cases" not in above[0]["message"]["en"]
    below = (await put(caller, report({"victims": 21}), region="6372")).json()["warnings"]
    assert [each["code"] for each in below] == ["differs_from_parts"]


async def test_an_agency_of_one_regency_learns_nothing_of_the_others(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    await put(client, report({"victims": 15}))
    await client.sign_in(scopes=EVERYTHING, regions=["6372"])
    assert (await put(client, report({"victims": 20}), region="6372")).json()["warnings"] == []


async def test_it_is_audited_without_counts(caller: Client, connection: Connection) -> None:
    await put(caller, report(note="Catatan"))
    rows = await connection.fetch(
        "SELECT kind, region, subject, detail::text FROM audited WHERE kind LIKE 'statistics.%'"
    )
    assert [(row["kind"], row["region"]) for row in rows] == [("statistics.report", "63")]
    stored = await connection.fetchval("SELECT id FROM case_report")
    assert rows[0]["subject"] == f"case_report:{stored}"
    assert "69" not in rows[0]["detail"]
    assert "Catatan" not in rows[0]["detail"]


async def test_two_thousand_rows_are_taken_and_more_are_not(caller: Client) -> None:
    codes = [
        {"sex": sex, "age_group": age, "place": place}
        for sex in CODE_LISTS["sex"].codes
        for age in CODE_LISTS["age_group"].codes
        for place in CODE_LISTS["place"].codes
    ]
    answer = await put(caller, report(*({**each, "victims": 1} for each in codes)))
    assert answer.status_code == 201
    answer = await put(caller, report(*({"victims": 1} for _ in range(2001))))
    assert answer.status_code == 422
    assert codes_of(answer)["/counts"] == "bad_format"
