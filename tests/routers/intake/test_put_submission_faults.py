"""PUT /v1/submissions/{id} lists all faults of shape, region, time and answers together, and stores nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, Client, codes_of, make_body

NO_DISTRICT_VILLAGE = "6372011004"


@pytest.fixture(autouse=True)
async def nothing_stored(connection: Connection) -> AsyncIterator[None]:
    """Checks after each test of this module that no table holds a row of what it sent."""
    yield
    for table in ("submission", "family", "family_key", "family_identity", "consent", "village_sums", "audited"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def faults_of(client: Client, **changed: Any) -> dict[str, str]:
    """The faults of a body with these members replaced, which must be refused."""
    return refused(await client.put(make_body(**changed)))


async def answer_faults(client: Client, **changed: Any) -> dict[str, str]:
    """The faults of a body with these answers replaced. None is the same as a question that is left out."""
    answers = {**make_body()["answers"], **changed}
    kept = {question: answer for question, answer in answers.items() if answer is not None}
    found = await faults_of(client, answers=kept)
    assert await faults_of(client, answers=answers) == found
    return found


def refused(response: Response) -> dict[str, str]:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:ikk:problem:faults"
    assert problem["instance"] == f"urn:ikk:request:{response.headers['x-request-id']}"
    return codes_of(response)


@pytest.mark.parametrize("member", ["instrument", "version", "region", "surveyed_at", "family", "answers"])
async def test_a_member_left_out_is_named(caller: Client, member: str) -> None:
    body = make_body()
    del body[member]
    left_out = refused(await caller.put(body))
    assert left_out[f"/{member}"] == "missing"
    assert refused(await caller.put({**body, member: None})) == left_out


@pytest.mark.parametrize("member", ["instrument", "version", "region", "family", "answers"])
@pytest.mark.parametrize("value", [True, 7, 2.5, ["ikk-29"]])
async def test_a_member_of_the_wrong_type_is_named(caller: Client, member: str, value: object) -> None:
    assert refused(await caller.put({**make_body(), member: value})) == {f"/{member}": "wrong_type"}


@pytest.mark.parametrize("member", ["instrument", "version", "region"])
async def test_an_object_in_place_of_a_text_is_named(caller: Client, member: str) -> None:
    assert refused(await caller.put({**make_body(), member: {}})) == {f"/{member}": "wrong_type"}


@pytest.mark.parametrize("member", ["family", "answers"])
async def test_a_text_in_place_of_an_object_is_named(caller: Client, member: str) -> None:
    assert await faults_of(caller, **{member: "members"}) == {f"/{member}": "wrong_type"}


@pytest.mark.parametrize(
    "instant",
    [
        1753751520,
        True,
        "",
        "2025-07-29",
        "2025-07-29T09:12:00",
        "2025-07-29 09:12:00+08:00",
        "2025-02-30T09:12:00+08:00",
        "2025-07-29T24:00:00+08:00",
        "2025-07-29T09:12:00+25:00",
        "2025-07-29T09:12:00+08:00\n",
        "٢٠٢٥-07-29T09:12:00+08:00",
        "2025-07-29T09:12:60+08:00",
        "2025-07-29T09:12:00+14:01",
        "2025-07-29T09:12:00.0000000001Z",
    ],
)
async def test_what_is_no_instant_with_offset_is_named(caller: Client, instant: object) -> None:
    assert await faults_of(caller, surveyed_at=instant) == {"/surveyed_at": "bad_format"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"head_sex": "other"}, "not_allowed"),
        ({"head_sex": 1}, "not_allowed"),
        ({"members": "3"}, "wrong_type"),
        ({"members": 3.5}, "wrong_type"),
        ({"members": True}, "wrong_type"),
        ({"members": None}, "missing"),
        ({"head_sex": None}, "missing"),
        ({"members": 0}, "too_small"),
        ({"members": 51}, "too_large"),
        ({"card_number": 6372012509122180}, "wrong_type"),
        ({"card_number": "637201250912218"}, "bad_format"),
        ({"card_number": "6372012509122180\n"}, "bad_format"),
        ({"card_number": "٦٣٧٢٠١٢٥٠٩١٢٢١٨٠"}, "bad_format"),
        ({"name": "x"}, "unknown_member"),
    ],
)
async def test_a_fault_in_family_is_named(caller: Client, changed: dict[str, object], code: str) -> None:
    body = make_body()
    found = refused(await caller.put({**body, "family": {**body["family"], **changed}}))
    assert found == {f"/family/{next(iter(changed))}": code}


async def test_an_unknown_member_of_the_body_is_named(caller: Client) -> None:
    assert await faults_of(caller, surveyor="x") == {"/surveyor": "unknown_member"}
    assert await faults_of(caller, surveyor=None) == {"/surveyor": "unknown_member"}


@pytest.mark.parametrize(
    "region",
    [
        pytest.param("6372069999", id="no such village"),
        pytest.param("6372010007", id="a code of BPS"),
        pytest.param("637202", id="a district"),
        pytest.param("6372", id="a regency"),
        pytest.param("63", id="a province"),
        pytest.param(NO_DISTRICT_VILLAGE, id="a district that does not exist"),
    ],
)
async def test_a_region_that_is_no_village_of_the_list_is_named(caller: Client, region: str) -> None:
    assert await faults_of(caller, region=region) == {"/region": "unknown_region"}


async def test_the_country_is_no_village(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert await faults_of(client, region="ID") == {"/region": "unknown_region"}


@pytest.mark.parametrize("region", ["", "6372.06.1004", "id", " 6372061004", "63720610041", "٦٣٧٢٠٦١٠٠٤"])
async def test_a_region_of_the_wrong_shape_is_named(caller: Client, region: str) -> None:
    assert await faults_of(caller, region=region) == {"/region": "bad_format"}


@pytest.mark.parametrize(("member", "value"), [("instrument", "ikk-30"), ("version", "2024.9"), ("version", "")])
async def test_an_unknown_instrument_or_version_is_named(caller: Client, member: str, value: str) -> None:
    assert await faults_of(caller, **{member: value}) == {"/version": "unknown_instrument"}


@pytest.mark.parametrize(("member", "length"), [("instrument", 41), ("version", 21)])
async def test_an_overlong_instrument_or_version_is_named(caller: Client, member: str, length: int) -> None:
    assert await faults_of(caller, **{member: "x" * length}) == {f"/{member}": "bad_format"}


async def test_an_interview_ahead_of_the_clock_is_refused(caller: Client) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=6)
    assert await faults_of(caller, surveyed_at=ahead.isoformat()) == {"/surveyed_at": "surveyed_in_future"}


@pytest.mark.parametrize("member", ["surveyed_at", "consent"])
@pytest.mark.parametrize(
    "moment", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59-14:00", "2101-01-01T00:00:00Z"]
)
async def test_a_moment_beyond_the_calendar_of_the_service_is_named(caller: Client, member: str, moment: str) -> None:
    consent = {"version": "2025-1", "channel": "in_person", "given_at": moment}
    pointer = "/surveyed_at" if member == "surveyed_at" else "/consent/given_at"
    assert await faults_of(caller, **{member: moment if member == "surveyed_at" else consent}) == {
        pointer: "out_of_range"
    }


async def test_the_local_day_before_the_instrument_is_refused(caller: Client) -> None:
    last_moment_before = "2023-09-30T15:59:59Z"
    assert await faults_of(caller, surveyed_at=last_moment_before) == {"/surveyed_at": "surveyed_before_instrument"}


async def test_the_first_moment_of_the_service_is_before_the_instrument(caller: Client) -> None:
    moment = "2000-01-01T00:00:00+14:00"
    assert await faults_of(caller, surveyed_at=moment) == {"/surveyed_at": "surveyed_before_instrument"}


async def test_an_unknown_question_is_named(caller: Client) -> None:
    assert await answer_faults(caller, pets=2) == {"/answers/pets": "unknown_question"}
    assert await faults_of(caller, answers={**make_body()["answers"], "pets": None}) == {
        "/answers/pets": "unknown_question"
    }


async def test_an_unknown_option_is_named(caller: Client) -> None:
    assert await answer_faults(caller, toilet="gold") == {"/answers/toilet": "unknown_option"}


@pytest.mark.parametrize("answer", [True, 1.5, "3", "", [], {}, [1], [None]])
async def test_what_is_no_whole_number_is_named(caller: Client, answer: object) -> None:
    found = refused(await put_answer(caller, "protein_days", answer))
    assert found == {"/answers/protein_days": "wrong_type"}


@pytest.mark.parametrize("answer", [True, 1, 1.5, [], {}, ["yes"]])
async def test_what_is_no_text_is_named_where_there_are_options(caller: Client, answer: object) -> None:
    found = refused(await put_answer(caller, "savings", answer))
    assert found == {"/answers/savings": "wrong_type"}


async def put_answer(client: Client, question: str, answer: object) -> Response:
    body = make_body()
    return await client.put({**body, "answers": {**body["answers"], question: answer}})


@pytest.mark.parametrize("answer", [-1, 8, 10**15, -(10**15), 10**400])
async def test_a_number_out_of_range_is_named(caller: Client, answer: int) -> None:
    assert await answer_faults(caller, protein_days=answer) == {"/answers/protein_days": "out_of_range"}


async def test_a_message_names_the_range(caller: Client) -> None:
    response = await caller.put(make_body(answers={**make_body()["answers"], "protein_days": 99}))
    assert response.json()["faults"][0]["message"] == "Use a value between 0 and 7, such as 1."


async def test_a_count_above_the_count_it_is_part_of_is_named(caller: Client) -> None:
    assert await answer_faults(caller, members_insured=4) == {"/answers/members_insured": "exceeds"}


async def test_an_answer_to_a_question_that_is_not_asked_is_named(caller: Client) -> None:
    assert await answer_faults(caller, difficulty_served="yes") == {"/answers/difficulty_served": "not_asked"}


@pytest.mark.parametrize("said", [None, "refused", "dont_know"])
async def test_a_required_question_without_answer_is_named(caller: Client, said: str | None) -> None:
    assert await answer_faults(caller, members_60_up=said) == {
        "/answers/members_60_up": "unanswered",
        "/answers/elderly_cared_for": "not_asked",
        "/answers/elderly_heard": "not_asked",
    }


async def test_no_answers_at_all_leave_every_required_question_unanswered(caller: Client) -> None:
    found = await faults_of(caller, answers={})
    assert len(found) == 8
    assert set(found.values()) == {"unanswered"}


async def test_all_faults_of_every_kind_are_listed_at_once(caller: Client) -> None:
    body = make_body(region="6372069999", surveyed_at="2099-01-01T00:00:00Z", extra=1)
    family = {"head_sex": "x", "members": 0, "card_number": "1"}
    answers = {**body["answers"], "toilet": "gold", "protein_days": 9, "members_insured": 9, "pets": 1, "savings": 4}
    assert refused(await caller.put({**body, "family": family, "answers": answers})) == {
        "/region": "unknown_region",
        "/surveyed_at": "surveyed_in_future",
        "/extra": "unknown_member",
        "/family/head_sex": "not_allowed",
        "/family/members": "too_small",
        "/family/card_number": "bad_format",
        "/answers/toilet": "unknown_option",
        "/answers/protein_days": "out_of_range",
        "/answers/members_insured": "exceeds",
        "/answers/pets": "unknown_question",
        "/answers/savings": "wrong_type",
    }


@pytest.mark.parametrize("surveyed_at", ["2099-01-01T00:00:00Z", "yesterday", 5, None])
async def test_an_interview_whose_day_is_unknown_has_no_faults_of_ages(caller: Client, surveyed_at: Any) -> None:
    body = make_body(surveyed_at=surveyed_at)
    assert set(refused(await caller.put(body))) == {"/surveyed_at"}


async def test_a_region_and_a_time_are_judged_though_family_is_missing(caller: Client) -> None:
    body = make_body(region="6372069999", surveyed_at="2099-01-01T00:00:00Z")
    del body["family"]
    assert refused(await caller.put(body)) == {
        "/region": "unknown_region",
        "/surveyed_at": "surveyed_in_future",
        "/family": "missing",
    }


@pytest.mark.parametrize("place", ["answers", "body"])
async def test_of_four_thousand_faults_a_hundred_are_listed_and_all_counted(caller: Client, place: str) -> None:
    body = make_body()
    many = {f"u{number}": 1 for number in range(4000)}
    response = await caller.put({**body, **many} if place == "body" else {**body, "answers": body["answers"] | many})
    refused(response)
    problem = response.json()
    assert (len(problem["faults"]), problem["faults_total"], problem["faults_truncated"]) == (100, 4000, True)


async def test_few_faults_are_not_called_truncated(caller: Client) -> None:
    response = await caller.put(make_body(region="6372069999"))
    assert (response.json()["faults_total"], response.json()["faults_truncated"]) == (1, False)
