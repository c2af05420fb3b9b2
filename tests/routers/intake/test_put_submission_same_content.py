"""PUT /v1/submissions/{id}: what is the same content, the salt in it, and who is told whether content is equal."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.platform.database import Connection
from app.schemas.families.consent import ConsentIn
from app.schemas.families.identity import FamilyMemberIn
from app.schemas.intake.submission import FamilyIn, SubmissionIn
from app.schemas.shapes import In
from tests.support.factories import (
    EVERYTHING,
    GUNTUNG_MANGGIS,
    LANDASAN_ULIN_SELATAN,
    Client,
    codes_of,
    instrument,
    make_body,
)
from tests.support.jws import assert_corrected
from tests.support.subject_requests import serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"
NIL, MAX = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
Body = dict[str, Any]


def make_whole() -> Body:
    """A body with people and a consent, but without any optional member."""
    body = make_body(
        consent={"version": "2025-1", "given_at": "2025-07-29T09:00:00+08:00", "channel": "paper"},
        family={"head_sex": "female", "members": 4, "people": [{"name": "Siti"}, {}]},
    )
    del body["answers"]["savings"]
    return body


def optional(shape: type[In]) -> list[str]:
    return [name for name, field in shape.model_fields.items() if not field.is_required()]


def objects_of(body: Body) -> Iterator[tuple[Body, list[str]]]:
    """Each object in the body, with the names of its members that may be absent."""
    yield body, optional(SubmissionIn)
    yield body["family"], optional(FamilyIn)
    for person in body["family"]["people"]:
        yield person, optional(FamilyMemberIn)
    yield body["consent"], optional(ConsentIn)
    asked = instrument().questions
    yield body["answers"], [each.code for each in asked if not each.required and each.code not in body["answers"]]


def with_nulls(draw: Callable[[st.SearchStrategy[bool]], bool]) -> Body:
    """The same body with null for some of the members that are absent."""
    body = make_whole()
    for found, names in list(objects_of(body)):
        found.update({name: None for name in names if name not in found and draw(st.booleans())})
    return body


async def send_text(client: Client, text: str, id: object) -> Response:
    return await client.http.put(f"/v1/submissions/{id}", content=text, headers={"Content-Type": "application/json"})


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
async def test_null_and_absent_are_the_same_at_every_depth(caller: Client, draw: st.DataObject) -> None:
    key = uuid4()
    first = await caller.put(make_whole(), key)
    assert first.status_code == 201, first.text
    again = await caller.put(with_nulls(draw.draw), key)
    assert (again.status_code, again.content) == (200, first.content)


async def test_a_null_in_a_list_is_a_fault(caller: Client) -> None:
    body = make_whole()
    body["family"]["people"] = [None]
    assert codes_of(await caller.put(body)) == {"/family/people/0": "wrong_type"}


@pytest.mark.parametrize("written", ["3.0", "3e0", "0.3E1", "30e-1", "3.000"])
async def test_a_whole_number_is_the_same_however_it_is_written(caller: Client, written: str) -> None:
    key, body = uuid4(), make_body(family={"head_sex": "female", "members": 3})
    body["answers"]["protein_days"] = 3
    first = await caller.put(body, key)
    text = json.dumps(body).replace('"protein_days": 3,', f'"protein_days": {written},')
    text = text.replace('"members": 3}', f'"members": {written}}}')
    assert text.count(written) >= 2
    again = await send_text(caller, text, key)
    assert (first.status_code, again.status_code, again.content) == (201, 200, first.content)


async def test_a_number_of_another_body_may_be_written_so_too(caller: Client) -> None:
    sent = (await caller.put(make_body())).json()
    path = f"/v1/families/{sent['family']}/identifications"
    text = '{"purpose": "assistance_matching", "minutes": 5.0}'
    answer = await caller.http.post(path, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text


async def test_text_is_hashed_as_it_was_sent(caller: Client) -> None:
    """The service stores both names in composed form, but they are other content."""
    key = uuid4()
    composed, decomposed = (
        make_body(basis="public_task", family={**make_body()["family"], "address": f"Jalan {each}"})
        for each in ("\u00e9", "e\u0301")
    )
    assert (await caller.put(composed, key)).status_code == 201
    assert (await caller.put(decomposed, key)).status_code == 409


async def test_the_salt_enters_the_hash_and_nothing_else(caller: Client, connection: Connection) -> None:
    first, other = [(await caller.put(make_body(salt=salt))).json() for salt in (SALT, str(uuid4()))]
    assert first["receipt"]["content_hash"] != other["receipt"]["content_hash"]
    assert first["score"] == other["score"]
    assert SALT not in json.dumps(first)
    for table in ("submission", "family", "family_identity", "audited"):
        stored = await connection.fetch(f"SELECT row::text FROM {table} AS row")
        assert not any(SALT in each[0] or SALT.replace("-", "") in each[0] for each in stored), table


async def test_another_salt_is_other_content(caller: Client) -> None:
    key = uuid4()
    assert (await caller.put(make_body(salt=SALT), key)).status_code == 201
    assert (await caller.put(make_body(), key)).status_code == 409
    assert (await caller.put(make_body(salt=str(uuid4())), key)).status_code == 409
    assert (await caller.put(make_body(salt=SALT), key)).status_code == 200


@pytest.mark.parametrize(
    ("salt", "code"),
    [
        *((NIL, "reserved_uuid"), (MAX, "reserved_uuid"), (MAX.upper(), "reserved_uuid")),
        *((SALT.replace("-", ""), "bad_format"), (f"{{{SALT}}}", "bad_format"), (f"urn:uuid:{SALT}", "bad_format")),
        *((SALT + "\n", "bad_format"), ("", "bad_format"), (7, "wrong_type")),
    ],
)
async def test_a_salt_that_is_no_uuid_is_a_fault(caller: Client, salt: object, code: str) -> None:
    answer = await caller.put(make_body(salt=salt))
    assert codes_of(answer) == {"/salt": code}
    assert answer.status_code == 422


@pytest.mark.parametrize("id", [NIL, MAX, MAX.upper(), "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF"])
async def test_an_id_that_nobody_made_is_a_fault(caller: Client, connection: Connection, id: str) -> None:
    answer = await caller.put(make_body(), id)
    assert (answer.status_code, codes_of(answer)) == (422, {"id": "reserved_uuid"})
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0


@pytest.mark.parametrize(
    "id", [SALT.replace("-", ""), f"urn:uuid:{SALT}", f"{{{SALT}}}", f"{SALT}%0A", SALT[:-1], "0" * 32, "x"]
)
async def test_an_id_in_another_form_is_a_fault(caller: Client, connection: Connection, id: str) -> None:
    for answer in (await caller.put(make_body(), id), await caller.get(f"/v1/submissions/{id}")):
        assert (answer.status_code, codes_of(answer)) == (422, {"id": "bad_format"})
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0


@pytest.mark.parametrize("id", ["00000000-0000-0000-0000-000000000001", "C56A4180-65AA-12EC-A945-5FD21DEC0538"])
async def test_every_version_of_uuid_is_taken(caller: Client, id: str) -> None:
    assert (await caller.put(make_body(), id)).status_code == 201


async def sent_by_another(client: Client, *contents: Body, region: str = "637206") -> list[Body]:
    """What another caller of the region gets for these contents under an id that is taken."""
    key = uuid4()
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    assert (await client.put(make_body(salt=SALT), key)).status_code == 201
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=[region])
    answers = [await client.put(content, key) for content in contents]
    assert {each.status_code for each in answers} == {409}
    return [{**each.json(), "instance": None} for each in answers]


async def test_only_the_sender_is_told_whether_content_is_equal(client: Client) -> None:
    equal, other = await sent_by_another(client, make_body(salt=SALT), make_body(2))
    assert equal == other
    assert equal["type"] == "urn:ikk:problem:submission-differs"
    assert equal.keys() == {"type", "title", "status", "detail", "hint", "instance"}


async def test_another_caller_is_not_told_of_a_correction_either(client: Client) -> None:
    key = uuid4()
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    sent = (await client.put(make_body(1), key)).json()
    right = make_body(2, salt=SALT)
    await serve(client, sent["family"], "correct", {"submissions": {str(key): right}})
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    answers = [(await client.put(content, key)).json() for content in (right, make_body(1), make_body(3))]
    assert {each["type"] for each in answers} == {"urn:ikk:problem:submission-differs"}
    assert all("stored" not in each and "revision" not in each for each in answers)


async def test_outside_one_s_regions_the_answer_is_the_same(client: Client) -> None:
    (inside,) = await sent_by_another(client, make_body(2, region=LANDASAN_ULIN_SELATAN))
    (outside,) = await sent_by_another(client, make_body(2, region=GUNTUNG_MANGGIS), region="637202")
    assert inside == outside


async def test_a_correction_without_a_salt_cannot_be_guessed(caller: Client) -> None:
    key = uuid4()
    sent = (await caller.put(make_body(1, salt=SALT), key)).json()
    right = make_body(2)
    await serve(caller, sent["family"], "correct", {"submissions": {str(key): right}})
    for guess in (right, {**right, "salt": SALT}):
        answer = await caller.put(guess, key)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:submission-corrected")
        assert_corrected(answer.json()["stored"], sent["receipt"])
