"""PUT /v1/submissions/{id}: faults and warnings in a family's identity and consent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import Client, codes_of, make_body

CARD = "6372010101100001"
NIK = "6372010101900001"
LATER_NIK = "6372010101900002"
CONSENT = {"version": "2025-1", "given_at": "2025-07-29T09:00:00+08:00", "channel": "paper"}


def told(**family: Any) -> dict[str, Any]:
    body = make_body()
    del body["family"]["card_number"]
    return {**body, "basis": "public_task", "family": {**body["family"], **family}}


async def faults_of(client: Client, connection: Connection, body: dict[str, Any]) -> dict[str, str]:
    """The faults of a body that must be refused. Nothing of it may be stored or repeated in the response."""
    answer = await client.put(body)
    assert answer.status_code == 422, answer.text
    for table in ("submission", "family", "family_key", "family_identity", "consent", "audited"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    for value in ("zebra", CARD, NIK, "1990", "Orang"):
        assert value not in answer.text.replace(answer.headers["x-request-id"], "")
    return codes_of(answer)


async def warnings_of(client: Client, body: dict[str, Any]) -> dict[str, str]:
    answer = await client.put(body)
    assert answer.status_code == 201, answer.text
    return {each["pointer"]: each["code"] for each in answer.json()["warnings"]}


@pytest.mark.parametrize(
    ("family", "pointer", "code"),
    [
        ({"card_number": "6372014101100001"}, "/card_number", "card_without_date"),
        ({"card_number": "6372010101100000"}, "/card_number", "serial_zero"),
        ({"address": ""}, "/address", "bad_format"),
        ({"address": "\u2068\u200b\u2069 \n"}, "/address", "bad_format"),
        ({"address": "\u200b\u0301zebra"}, "/address", "loose_marks"),
        ({"address": "zebra\x00"}, "/address", "unreadable"),
        ({"address": "zebra\x1bzebra"}, "/address", "unreadable"),
        ({"address": "x" * 201}, "/address", "bad_format"),
        ({"address": 7}, "/address", "wrong_type"),
        ({"people": {}}, "/people", "wrong_type"),
        ({"people": [{}] * 51}, "/people", "bad_format"),
        ({"people": ["zebra"]}, "/people/0", "wrong_type"),
        ({"people": [{"height": 1}]}, "/people/0/height", "unknown_member"),
        ({"people": [{"name": "x" * 101}]}, "/people/0/name", "bad_format"),
        ({"people": [{"name": "\ue000"}]}, "/people/0/name", "unreadable"),
        ({"people": [{"sex": "zebra"}]}, "/people/0/sex", "not_allowed"),
        ({"people": [{"relation": "zebra"}]}, "/people/0/relation", "not_allowed"),
        ({"people": [{"nik": 6372010101900001}]}, "/people/0/nik", "wrong_type"),
        ({"people": [{"nik": "637201010190000"}]}, "/people/0/nik", "bad_format"),
        ({"people": [{"nik": "6372013201900001"}]}, "/people/0/nik", "nik_without_date"),
        ({"people": [{"nik": "6372010101900000"}]}, "/people/0/nik", "serial_zero"),
        ({"people": [{"birth_date": "1990-02-30"}]}, "/people/0/birth_date", "bad_format"),
        ({"people": [{"birth_date": "1899-12-31"}]}, "/people/0/birth_date", "out_of_range"),
        ({"people": [{"birth_date": "1990-01-01T00:00:00Z"}]}, "/people/0/birth_date", "bad_format"),
        ({"people": [{"birth_date": 631152000}]}, "/people/0/birth_date", "bad_format"),
        ({"people": [{"birth_date": "2025-07-30"}]}, "/people/0/birth_date", "in_future"),
        ({"people": [{"relation": "head"}, {"relation": "head"}]}, "/people/1/relation", "second_head"),
        ({"people": [{"nik": NIK}, {"nik": NIK}]}, "/people/1/nik", "repeated_nik"),
    ],
)
async def test_a_fault_is_named(
    caller: Client, connection: Connection, family: dict[str, Any], pointer: str, code: str
) -> None:
    found = await faults_of(caller, connection, told(**family))
    assert found == {f"/family{pointer}": code}


async def test_a_nik_that_is_the_card_number_is_a_fault(caller: Client, connection: Connection) -> None:
    body = told(card_number=CARD, people=[{"nik": CARD}])
    assert await faults_of(caller, connection, body) == {"/family/people/0/nik": "nik_is_card"}


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"version": ""}, "/version", "bad_format"),
        ({"version": "x" * 41}, "/version", "bad_format"),
        ({"version": "zebra zebra"}, "/version", "bad_format"),
        ({"channel": "zebra"}, "/channel", "not_allowed"),
        ({"given_at": "2025-07-29"}, "/given_at", "bad_format"),
        ({"by": "Orang"}, "/by", "unknown_member"),
    ],
)
async def test_a_fault_in_a_consent_is_named(
    caller: Client, connection: Connection, changed: dict[str, Any], pointer: str, code: str
) -> None:
    body = {**told(), "consent": {**CONSENT, **changed}}
    assert await faults_of(caller, connection, body) == {f"/consent{pointer}": code}


async def test_a_consent_that_is_yet_to_come_is_a_fault(caller: Client, connection: Connection) -> None:
    ahead = (datetime.now(UTC) + timedelta(minutes=6)).isoformat(timespec="seconds")
    body = {**told(), "consent": {**CONSENT, "given_at": ahead}}
    assert await faults_of(caller, connection, body) == {"/consent/given_at": "in_future"}


async def test_all_faults_come_at_once_with_those_of_the_answers(caller: Client, connection: Connection) -> None:
    people = [{"nik": "6372013201900001", "sex": 1}, {"birth_date": "2099-01-01", "nik": NIK}, {"nik": NIK}]
    body = told(card_number="6372010101100000", people=people, address="\n\x07")
    body = {**body, "answers": {**body["answers"], "toilet": "zebra"}, "consent": {}, "surveyed_at": "zebra"}
    assert await faults_of(caller, connection, body) == {
        "/family/card_number": "serial_zero",
        "/family/people/0/nik": "nik_without_date",
        "/family/people/0/sex": "not_allowed",
        "/family/people/1/birth_date": "in_future",
        "/family/people/2/nik": "repeated_nik",
        "/family/address": "unreadable",
        "/answers/toilet": "unknown_option",
        "/consent/version": "missing",
        "/consent/given_at": "missing",
        "/consent/channel": "missing",
        "/surveyed_at": "bad_format",
    }


async def test_what_is_odd_is_stored_and_warned_of(caller: Client) -> None:
    people = [
        {"nik": NIK, "sex": "female", "birth_date": "1991-01-01", "relation": "head"},
        {"nik": LATER_NIK, "sex": "male", "birth_date": "1990-01-01"},
    ]
    body = told(card_number=CARD, people=people)
    body["family"]["head_sex"] = body["answers"]["head_sex"] = "male"
    assert await warnings_of(caller, body) == {
        "/family/card_number": "card_region_unknown",
        "/family/people/0/nik": "nik_region_unknown",
        "/family/people/0/sex": "head_sex_differs",
        "/family/people/0/birth_date": "nik_birth_date_differs",
        "/family/people/1/nik": "nik_region_unknown",
    }


async def test_more_people_than_members_is_warned_of(caller: Client) -> None:
    body = told(people=[{"name": "Orang"}] * 12)
    assert await warnings_of(caller, body) == {"/family/people": "more_people_than_members"}


@pytest.mark.parametrize("born", ["1908-02-29", "2008-02-29"])
async def test_a_leap_day_of_either_century_is_taken(caller: Client, born: str) -> None:
    body = told(people=[{"nik": "6372012902080001", "birth_date": born}])
    assert await warnings_of(caller, body) == {"/family/people/0/nik": "nik_region_unknown"}


async def test_a_child_born_on_the_day_of_the_interview_is_taken(caller: Client) -> None:
    body = {**told(people=[{"birth_date": "2025-07-30"}]), "surveyed_at": "2025-07-29T17:00:00Z"}
    assert await warnings_of(caller, body) == {}


async def test_warnings_say_the_same_when_the_submission_is_read_again(caller: Client) -> None:
    sent = (await caller.put(told(card_number=CARD, people=[{"nik": NIK, "sex": "female"}]))).json()
    assert len(sent["warnings"]) == 3
    assert all(set(each["message"]) == {"id", "en"} for each in sent["warnings"])
    assert (await caller.get(f"/v1/submissions/{sent['id']}")).json()["warnings"] == sent["warnings"]


async def test_the_identity_enters_the_content_hash(caller: Client) -> None:
    answers = [await caller.put(told(address=f"Jalan Melati {number}")) for number in (1, 2)]
    assert len({each.json()["receipt"]["content_hash"] for each in answers}) == 2


async def test_the_content_hash_is_nowhere_in_clear(caller: Client, connection: Connection) -> None:
    """With a plain hash and the rest of the body, anybody could find a number by trial."""
    answer = await caller.put(make_body())
    content_hash = answer.json()["receipt"]["content_hash"].removeprefix("sha-256:")
    for table in ("submission", "family_identity", "family_key", "audit_queue", "audit_entry"):
        rows = await connection.fetch(f"SELECT row::text FROM {table} AS row")
        assert not any(content_hash in row[0] for row in rows), table


async def test_a_receipt_whose_key_is_lost_is_told_without_its_hash(caller: Client, connection: Connection) -> None:
    sent, body = uuid4(), make_body()
    first = await caller.put(body, sent)
    await connection.execute("UPDATE submission SET hash_key_id = 'lost'")
    read = await caller.get(f"/v1/submissions/{sent}")
    assert (read.status_code, read.json()["receipt"]["content_hash"]) == (200, None)
    assert read.json()["score"] == first.json()["score"]
    again = await caller.put(body, sent)
    assert (again.status_code, again.json()["stored"]["content_hash"]) == (409, None)
