"""POST /v1/subject-requests/{id}/fulfil: rules for every kind of subject request, and restricting and lifting."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.subject_requests import REQUESTS, ask, count_families, fulfil, send_family, serve

CARD = {"head_sex": "female", "members": 4, "card_number": "6372010101100001"}


async def test_it_works(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    await send_family(caller, 2)
    body = await serve(caller, family, "restrict")
    assert body["request"].items() >= {"status": "done", "closed_by": caller.agency_id, "hours_left": None}.items()
    assert body["affected"] == [
        {
            "region": LANDASAN_ULIN_SELATAN,
            "dotted": "63.72.06.1004",
            "above": ["637206", "6372", "63", "ID"],
            "year": 2025,
            "instrument": "ikk-29",
            "version": "2025.1",
            "basis": "reported",
            "families": {"before": 2, "after": 1},
        }
    ]
    assert "not recalled" in body["published"]["en"]
    assert await count_families(caller) == 1


async def test_lifting_counts_the_family_again(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    before = (await caller.get("/v1/aggregates/6372/2025")).json()
    await serve(caller, family, "restrict")
    body = await serve(caller, family, "lift")
    assert [each["families"] for each in body["affected"]] == [{"before": 0, "after": 1}]
    after = (await caller.get("/v1/aggregates/6372/2025")).json()
    assert {**after, "as_of": None} == {**before, "as_of": None}


async def test_a_region_whose_only_family_is_out_is_as_one_where_nobody_was_surveyed(caller: Client) -> None:
    before = (await caller.get("/v1/aggregates/6372/2025")).json()
    await serve(caller, (await send_family(caller))["family"], "restrict")
    after = (await caller.get("/v1/aggregates/6372/2025")).json()
    assert after["families"] == 0
    assert {**after, "as_of": None} == {**before, "as_of": None}


@pytest.mark.parametrize("kind", ["restrict", "lift"])
async def test_what_is_so_already_changes_nothing_and_closes_the_request(caller: Client, kind: str) -> None:
    family = (await send_family(caller))["family"]
    if kind == "restrict":
        await serve(caller, family, "restrict")
    body = await serve(caller, family, kind)
    assert (body["request"]["status"], body["affected"], body["published"]) == ("done", [], None)
    assert await count_families(caller) == (0 if kind == "restrict" else 1)


async def test_a_restricted_family_s_submissions_are_not_read(caller: Client) -> None:
    sent = await send_family(caller)
    await serve(caller, sent["family"], "restrict")
    response = await caller.get(f"/v1/submissions/{sent['id']}")
    assert (response.status_code, response.json()["type"]) == (403, "urn:ikk:problem:family-restricted")
    assert "score" not in response.json()
    await serve(caller, sent["family"], "lift")
    assert (await caller.get(f"/v1/submissions/{sent['id']}")).json()["score"] == sent["score"]


async def test_a_restricted_family_s_submissions_are_listed_without_their_scores(caller: Client) -> None:
    sent, other = await send_family(caller), await send_family(caller, 2)
    await serve(caller, sent["family"], "restrict")
    rows = {each["id"]: each for each in (await caller.get("/v1/submissions")).json()["items"]}
    hidden, shown = rows[sent["id"]], rows[other["id"]]
    assert (hidden["status"], hidden["index"], hidden["category"]) == ("restricted", None, None)
    assert (shown["status"], shown["index"]) == ("accepted", other["score"]["index"])
    for status, expected in (("restricted", sent), ("accepted", other)):
        rows = (await caller.get("/v1/submissions", status=status)).json()["items"]
        assert [each["id"] for each in rows] == [expected["id"]]


async def test_a_new_interview_of_a_restricted_family_is_stored_and_not_counted_until_it_is_lifted(
    caller: Client,
) -> None:
    family = (await send_family(caller, family=CARD))["family"]
    await serve(caller, family, "restrict")
    assert (await send_family(caller, 2, family=CARD))["family"] == family
    assert await count_families(caller) == 0
    body = await serve(caller, family, "lift")
    assert [each["families"] for each in body["affected"]] == [{"before": 0, "after": 1}]


async def test_every_year_and_instrument_of_the_family_is_named(caller: Client) -> None:
    family = (await send_family(caller, family=CARD))["family"]
    await send_family(caller, 2, family=CARD, surveyed_at="2026-03-01T09:00:00+08:00")
    await send_family(caller, 3, family=CARD, file="ketahanan-24-2016.1")
    body = await serve(caller, family, "restrict")
    assert sorted((each["instrument"], each["year"]) for each in body["affected"]) == [
        ("ikk-29", 2025),
        ("ikk-29", 2026),
        ("ketahanan-24", 2025),
    ]
    assert await count_families(caller, instrument="ketahanan-24") == 0


async def test_of_many_at_once_one_wins_and_the_others_are_told(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "restrict")
    answers = await asyncio.gather(*(fulfil(caller, request) for _ in range(6)))
    assert sorted(each.status_code for each in answers) == [200, *[409] * 5]
    problem = next(each.json() for each in answers if each.status_code == 409)
    assert (problem["type"], problem["request_status"]) == ("urn:ikk:problem:request-closed", "done")
    assert problem["closed_at"] is not None
    assert await count_families(caller) == 0


@pytest.mark.parametrize("kind", ["export", "restrict", "lift", "erase"])
@pytest.mark.parametrize("body", [{"sure": True}, {"identity": {}}, {"submissions": {}}])
async def test_only_a_correction_takes_members(caller: Client, kind: str, body: dict[str, Any]) -> None:
    request = await ask(caller, (await send_family(caller))["family"], kind)
    response = await fulfil(caller, request, body)
    assert codes_of(response) == {f"/{name}": "unknown_member" for name in body}
    assert (await caller.get(f"{REQUESTS}/{request}")).json()["status"] == "open"
    assert await count_families(caller) == 1


async def test_null_members_are_absent(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "restrict")
    assert codes_of(await fulfil(caller, request, {"sure": None})) == {"/sure": "unknown_member"}
    assert (await fulfil(caller, request, {"identity": None, "submissions": None})).status_code == 200


async def test_it_is_audited_with_what_it_changed(caller: Client, connection: Connection) -> None:
    family = (await send_family(caller))["family"]
    await serve(caller, family, "restrict")
    entries = await connection.fetch(
        "SELECT kind, subject FROM audit_queue UNION ALL SELECT kind, subject FROM audit_log"
    )
    kinds = sorted(each["kind"] for each in entries if each["subject"] == f"family:{family}")
    assert kinds == ["family.restrict", "request.close", "request.open"]


async def test_one_outside_the_caller_s_regions_is_not_found_and_nothing_done(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    await caller.sign_in(scopes=EVERYTHING, regions=["637202"])
    assert (await fulfil(caller, request)).status_code == 404
    assert (await fulfil(caller, str(uuid4()))).status_code == 404
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    assert await count_families(caller) == 1


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await fulfil(client, str(uuid4()))).status_code == 403


async def test_what_is_no_json_is_refused(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    json = {"Content-Type": "application/json"}
    assert (await caller.http.post(f"{REQUESTS}/{request}/fulfil", content=b"{", headers=json)).status_code == 400
    assert (await caller.http.post(f"{REQUESTS}/{request}/fulfil", content=b"{}")).status_code == 415
