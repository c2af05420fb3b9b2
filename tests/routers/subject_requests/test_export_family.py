"""GET /v1/subject-requests/{id}/export returns all that is stored of a family, and its trail, as JSON."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.jobs.handed_over import close_exports
from app.models import Submission
from app.platform.database import Connection, Database
from app.schemas.subject_requests.export import ExportedSubmissionOut
from tests.support.factories import (
    EVERYTHING,
    LANDASAN_ULIN_SELATAN,
    Client,
    codes_of,
    instrument,
    make_body,
)
from tests.support.families import PURPOSE, state_purpose
from tests.support.subject_requests import REQUESTS, ask, fulfil, hours_ago, request_body, send_family, serve
from tests.support.wire import eventually

FAMILY = {
    "head_sex": "female",
    "members": 4,
    "card_number": "6372010101100001",
    "address": "Jalan Contoh 1",
    "people": [
        {"name": "Siti Contoh", "nik": "6372014101900001", "relation": "head"},
        {"name": "Budi Contoh", "nik": "6372010101150002", "relation": "child", "birth_date": "2015-01-01"},
    ],
}
NEEDED = "urn:ikk:problem:identification-needed"
CONSENT = {"version": "2025-1", "channel": "paper", "given_at": "2025-07-29T09:00:00+08:00"}


async def sent_whole(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sends a submission with identity and consent. Returns its receipt and its body."""
    body = {**make_body(1, family=FAMILY), "consent": CONSENT}
    response = await client.put(body, uuid4())
    assert response.status_code == 201, response.text
    return response.json(), body


async def export(client: Client, family: str, **query: Any) -> dict[str, Any]:
    assert (await state_purpose(client, family)).status_code == 201
    response = await client.get(f"{REQUESTS}/{await ask(client, family, 'export')}/export", **query)
    assert response.status_code == 200, response.text
    whole: dict[str, Any] = response.json()
    return whole


async def test_it_works(caller: Client) -> None:
    sent, body = await sent_whole(caller)
    whole = await export(caller, sent["family"])
    assert (whole["format"], whole["version"]) == ("ikk-family-export", 1)
    assert (
        whole["family"].items()
        >= {
            "id": sent["family"],
            "region": LANDASAN_ULIN_SELATAN,
            "dotted": "63.72.06.1004",
            "restricted_at": None,
        }.items()
    )
    identity = whole["identity"]
    assert (identity["card_number"], identity["address"]) == (FAMILY["card_number"], FAMILY["address"])
    assert [each["name"] for each in identity["people"]] == ["Siti Contoh", "Budi Contoh"]
    assert sorted(each["kind"] for each in whole["numbers"]) == ["card", "nik", "nik"]
    assert [(each["version"], each["channel"]) for each in whole["consents"]] == [("2025-1", "paper")]
    assert [(each["kind"], each["status"]) for each in whole["requests"]] == [("export", "open")]
    [submission] = whole["submissions"]
    assert submission["score"] == sent["score"]
    assert submission["receipt"] == {**sent["receipt"], "signature": None}
    assert {each["question"]: each["answer"] for each in submission["answers"]} == body["answers"]


async def test_answers_come_with_the_words_of_question_and_option(caller: Client) -> None:
    sent, body = await sent_whole(caller)
    [submission] = (await export(caller, sent["family"]))["submissions"]
    told = {each["question"]: each for each in submission["answers"]}
    question = instrument().question["head_sex"]
    assert told["head_sex"]["text"] == question.text.model_dump()
    options = instrument().option_lists[str(question.options)]
    chosen = next(option for option in options if option.code == body["answers"]["head_sex"])
    assert told["head_sex"]["answer_text"] == chosen.text.model_dump()
    assert told["members"]["answer_text"] is None


async def test_it_holds_what_was_done_with_the_family(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    await caller.get(f"/v1/submissions/{sent['id']}")
    words = {"letter": "460/112", "note": "Atas permintaan keluarga"}
    await state_purpose(caller, sent["family"], **words)
    await caller.get(f"/v1/families/{sent['family']}/identity")
    number = {"card_number": FAMILY["card_number"], "purpose": "subject_request"}
    await caller.http.post("/v1/families/find", json=number)
    whole = await export(caller, sent["family"])
    assert [each["kind"] for each in whole["trail"]] == [
        "submission.take",
        "submission.read",
        "identification.create",
        "identity.read",
        "family.find",
        "identification.create",
        "request.open",
        "family.export",
    ]
    assert {each["caller_id"] for each in whole["trail"]} == {caller.agency_id}
    assert whole["trail"][1]["meaning"] == "A submission was read"
    [told] = [each for each in whole["identifications"] if each["note"] is not None]
    assert (told["purpose"], told["letter"], told["note"]) == (PURPOSE, words["letter"], words["note"])
    assert told["purpose_text"]["en"] == "To serve what a family asks for by right."
    part = await export(caller, sent["family"], people=0)
    assert {(each["letter"], each["note"]) for each in part["identifications"]} == {(None, None)}


async def test_the_trail_is_whole_before_and_after_it_is_sealed(caller: Client, connection: Connection) -> None:
    sent, _ = await sent_whole(caller)

    async def is_sealed() -> bool:
        return bool(await connection.fetchval("SELECT count(*) = 0 FROM audit_queue"))

    await eventually(is_sealed)
    kinds = [each["kind"] for each in (await export(caller, sent["family"]))["trail"]]
    assert kinds == ["submission.take", "identification.create", "request.open", "family.export"]


async def test_people_can_be_left_out(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    identity = (await export(caller, sent["family"], people=1))["identity"]
    assert [each["name"] for each in identity["people"]] == ["Budi Contoh"]
    assert identity["people_withheld"] == 1
    identity = (await export(caller, sent["family"], people=[0, 1]))["identity"]
    assert (len(identity["people"]), identity["people_withheld"]) == (2, 0)


async def test_sensitive_answers_can_be_left_out_with_what_tells_them(caller: Client) -> None:
    sent, body = await sent_whole(caller)
    private = instrument().sensitive_questions
    assert private & body["answers"].keys()
    [submission] = (await export(caller, sent["family"], sensitive="false"))["submissions"]
    assert not private & {each["question"] for each in submission["answers"]}
    assert submission["answers_withheld"] == len(private & body["answers"].keys())
    assert submission["score"] is None


@pytest.mark.parametrize("withheld", [{"sensitive": "false"}, {"people": 0}])
async def test_what_is_left_out_cannot_be_told_or_tried_out_by_what_is_left(
    caller: Client, withheld: dict[str, Any]
) -> None:
    sent, body = await sent_whole(caller)
    asked = (each for each in instrument().questions if each.code in body["answers"])
    private = next(each for each in asked if each.sensitive)
    corrected = {**body, "answers": {**body["answers"], private.code: "refused"}}
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: corrected}})
    found = await caller.http.post("/v1/families/find", json={"nik": "6372014101900001", "purpose": "subject_request"})
    assert found.status_code == 200, found.text
    whole = await export(caller, sent["family"], **withheld)
    assert whole["submissions"][0]["receipt"] is None
    assert "submission.correct" in {each["kind"] for each in whole["trail"]}
    assert "content_hash" not in str(whole)
    if "sensitive" in withheld:
        assert private.code not in str(whole)


async def test_the_trail_does_not_name_other_families_that_a_search_found(
    caller: Client,
) -> None:
    sent, _ = await sent_whole(caller)
    other = await send_family(caller, 2, family={**FAMILY, "card_number": "6372010101100002"})
    search = {"nik": "6372014101900001", "purpose": "subject_request"}
    found = await caller.http.post("/v1/families/find", json=search)
    assert len(found.json()["items"]) == 2
    trail = (await export(caller, sent["family"]))["trail"]
    assert [each["detail"]["found"] for each in trail if each["kind"] == "family.find"] == [[sent["family"]]]
    assert other["family"] not in str(trail)


async def test_a_family_without_identity_is_exported_too(caller: Client) -> None:
    sent = await send_family(caller, 1, family={"head_sex": "male", "members": 3})
    whole = await export(caller, sent["family"])
    assert (whole["identity"], whole["numbers"], len(whole["submissions"])) == (None, [], 1)


async def test_a_restricted_family_may_have_its_data(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    await serve(caller, sent["family"], "restrict")
    whole = await export(caller, sent["family"])
    assert whole["family"]["restricted_at"] is not None
    assert whole["submissions"][0]["score"] == sent["score"]


async def test_it_does_not_hold_another_family(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    other = await send_family(caller, 2)
    text = str(await export(caller, sent["family"]))
    assert other["id"] not in text
    assert other["family"] not in text


async def test_it_can_be_read_until_the_request_is_closed(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    request = await ask(caller, sent["family"], "export")
    await state_purpose(caller, sent["family"])
    for _ in range(2):
        assert (await caller.get(f"{REQUESTS}/{request}/export")).status_code == 200
    assert (await fulfil(caller, request)).json()["affected"] == []
    closed = await caller.get(f"{REQUESTS}/{request}/export")
    assert (closed.status_code, closed.json()["type"]) == (409, "urn:ikk:problem:request-closed")


async def test_without_a_stated_purpose_it_is_refused(caller: Client, connection: Connection) -> None:
    sent, _ = await sent_whole(caller)
    request = await ask(caller, sent["family"], "export")
    path = f"{REQUESTS}/{request}/export"
    refused = await caller.get(path)
    assert (refused.status_code, refused.json()["type"]) == (403, NEEDED)
    assert str(FAMILY["card_number"]) not in refused.text
    assert (await caller.get(f"{REQUESTS}/{request}")).json()["handed_over_at"] is None
    await state_purpose(caller, sent["family"])
    await connection.execute("UPDATE identification SET expires_at = now()")
    assert (await caller.get(path)).json()["type"] == NEEDED
    await state_purpose(caller, sent["family"])
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    assert (await caller.get(path)).json()["type"] == NEEDED


async def test_a_day_after_the_first_export_the_next_reading_closes_it(caller: Client, connection: Connection) -> None:
    sent, _ = await sent_whole(caller)
    request = await ask(caller, sent["family"], "export")
    await state_purpose(caller, sent["family"], minutes=240)
    path = f"{REQUESTS}/{request}/export"
    assert (await caller.get(path)).status_code == 200
    assert (await caller.get(f"{REQUESTS}/{request}")).json()["handed_over_at"] is not None
    await connection.execute("UPDATE subject_request SET handed_over_at = now() - interval '23 hours 59 minutes'")
    assert (await caller.get(path)).status_code == 200
    await connection.execute("UPDATE subject_request SET handed_over_at = now() - interval '24 hours'")
    for _ in range(2):
        closed = await caller.get(path)
        assert (closed.status_code, closed.json()["request_status"]) == (409, "done")
    shown = (await caller.get(f"{REQUESTS}/{request}")).json()
    assert (shown["status"], shown["closed_by"]) == ("done", str(UUID(int=0)))
    kinds = [row[0] for row in await connection.fetch("SELECT caller_kind FROM audited WHERE kind = 'request.close'")]
    assert kinds == ["command"]


async def test_a_job_closes_it_too(caller: Client, connection: Connection, database: Database) -> None:
    requests = []
    for seed, hours in ((1, 25), (2, 1)):
        family = (await send_family(caller, seed))["family"]
        requests.append(await ask(caller, family, "export"))
        await state_purpose(caller, family)
        assert (await caller.get(f"{REQUESTS}/{requests[-1]}/export")).status_code == 200
        await connection.execute(
            "UPDATE subject_request SET handed_over_at = now() - $2 * interval '1 hour' WHERE id::text = $1",
            requests[-1],
            hours,
        )
    await close_exports(database)
    shown = [(await caller.get(f"{REQUESTS}/{each}")).json()["status"] for each in requests]
    assert shown == ["done", "open"]


async def test_long_after_its_clock_it_opens_nothing(caller: Client, connection: Connection) -> None:
    sent, _ = await sent_whole(caller)
    request = await ask(caller, sent["family"], "export", received_at=hours_ago(24 * 17 - 1))
    await state_purpose(caller, sent["family"])
    earlier = "received_at = received_at - interval '2 hours', due_at = due_at - interval '2 hours'"
    await connection.execute(f"UPDATE subject_request SET {earlier}")
    expired = await caller.get(f"{REQUESTS}/{request}/export")
    assert (expired.status_code, expired.json()["type"]) == (409, "urn:ikk:problem:request-expired")
    assert str(FAMILY["card_number"]) not in expired.text
    assert (await fulfil(caller, request)).status_code == 200


async def test_one_received_long_ago_is_not_recorded(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    for kind, status in (("export", 422), ("erase", 201)):
        body = request_body(sent["family"], kind, received_at=hours_ago(24 * 17 + 1))
        assert (await caller.http.post(REQUESTS, json=body)).status_code == status


async def test_every_export_is_audited(caller: Client, connection: Connection) -> None:
    sent, _ = await sent_whole(caller)
    await asyncio.gather(*(export(caller, sent["family"]) for _ in range(3)))
    query = "SELECT kind FROM audit_queue UNION ALL SELECT kind FROM audit_log"
    assert [row["kind"] for row in await connection.fetch(query)].count("family.export") == 3


ELSEWHERE = {
    "family_id": "the export is of one family",
    "carded": "numbers lists the family's card numbers",
    "instrument_id": "score names the instrument",
    "outcomes": "score",
    "index_units": "score",
    "received_at": "receipt",
    "code": "receipt",
    "texts_key_id": "answers",
    "encrypted_texts": "answers",
    "hash_key_id": "receipt",
    "encrypted_hash": "receipt",
    "salt_mark": "says nothing of the family, only whether its sender used a salt twice",
    "review": "status",
    "in_approved": "approved",
    "edition": "says which list of regions was in force, not anything of the family",
}
"""Columns of a submission without a member of their own, and why."""


def test_every_column_of_a_submission_is_exported() -> None:
    shown = ExportedSubmissionOut.model_fields.keys()
    assert Submission.model_fields.keys() - shown == ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["correct", "restrict", "lift", "erase"])
async def test_only_a_request_to_export_opens_it(caller: Client, kind: str) -> None:
    sent, _ = await sent_whole(caller)
    request = await ask(caller, sent["family"], kind)
    assert (await caller.get(f"{REQUESTS}/{request}/export")).status_code == 404


async def test_one_outside_the_caller_s_regions_is_not_found(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    request = await ask(caller, sent["family"], "export")
    await caller.sign_in(scopes=EVERYTHING, regions=["637202", "6371"])
    assert (await caller.get(f"{REQUESTS}/{request}/export")).status_code == 404


async def test_it_is_never_cached(caller: Client) -> None:
    sent, _ = await sent_whole(caller)
    await state_purpose(caller, sent["family"])
    response = await caller.get(f"{REQUESTS}/{await ask(caller, sent['family'], 'export')}/export")
    assert response.headers["cache-control"] == "no-store"


async def test_a_place_that_cannot_be_is_a_fault(caller: Client) -> None:
    response = await caller.get(f"{REQUESTS}/{uuid4()}/export", people="-1", sensitive="perhaps")
    assert response.status_code == 422
    assert codes_of(response).keys() == {"people", "sensitive"}


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.get(f"{REQUESTS}/{uuid4()}/export")).status_code == 403
