"""POST /v1/subject-requests/{id}/fulfil to correct makes all changes, or lists all faults and makes none."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.platform.database import Connection
from app.platform.encryption import Vault
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.jws import assert_corrected
from tests.support.subject_requests import REQUESTS, ask, count_families, fulfil, send_family, serve

NUMBER, OTHER_NUMBER = "6372010101100001", "6372010202110002"
NIK = "6372014101900001"


def family(card: str | None = NUMBER, **more: Any) -> dict[str, Any]:
    return {"head_sex": "female", "members": 4, **({} if card is None else {"card_number": card}), **more}


async def find(client: Client, **number: str) -> list[str]:
    body = {**number, "purpose": "subject_request"}
    response = await client.http.post("/v1/families/find", json=body)
    assert response.status_code == 200, response.text
    return [each["family"] for each in response.json()["items"]]


async def test_it_works(caller: Client) -> None:
    sent = await send_family(caller, 1, family=family())
    right = make_body(2, family=family(), strength=0.9)
    body = await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: right}})
    assert body["request"]["status"] == "done"
    assert [each["families"] for each in body["affected"]] == [{"before": 1, "after": 1}]
    now = (await caller.get(f"/v1/submissions/{sent['id']}")).json()
    fresh = (await caller.put(right, uuid4())).json()
    assert (now["revision"], now["family"], now["status"]) == (2, sent["family"], "accepted")
    assert now["score"] == fresh["score"] != sent["score"]
    assert_corrected(now["receipt"], sent["receipt"])


async def test_aggregates_are_those_of_what_is_right(caller: Client) -> None:
    right = make_body(2, family=family(None), strength=0.9)
    expected = await send_family(caller, 2, family=family(None), strength=0.9)
    before = (await caller.get("/v1/aggregates/6372/2025")).json()
    await serve(caller, expected["family"], "erase")
    sent = await send_family(caller, 1, family=family(None))
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: right}})
    assert {**(await caller.get("/v1/aggregates/6372/2025")).json(), "as_of": None} == {**before, "as_of": None}


async def test_another_year_village_and_instrument_take_the_family_out_of_the_old_sums(caller: Client) -> None:
    sent = await send_family(caller, 1, family=family())
    right = make_body(
        2,
        file="ketahanan-24-2016.1",
        region=GUNTUNG_MANGGIS,
        family=family(),
        surveyed_at="2026-03-01T09:00:00+08:00",
    )
    body = await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: right}})
    changed = {(each["region"], each["year"], each["instrument"]): each["families"] for each in body["affected"]}
    assert changed == {
        (LANDASAN_ULIN_SELATAN, 2025, "ikk-29"): {"before": 1, "after": 0},
        (GUNTUNG_MANGGIS, 2026, "ketahanan-24"): {"before": 0, "after": 1},
    }
    assert await count_families(caller) == 0
    assert await count_families(caller, GUNTUNG_MANGGIS, 2026, instrument="ketahanan-24") == 1
    assert body["request"]["region"] == GUNTUNG_MANGGIS
    # The whole family moved. Its card finds it in the new village, and no longer in the old one.
    again = await send_family(caller, 3, region=GUNTUNG_MANGGIS, family=family())
    assert again["family"] == sent["family"]
    assert (await send_family(caller, 3, family=family()))["family"] != sent["family"]


async def test_a_device_that_sends_the_original_again_undoes_nothing_and_is_told(caller: Client) -> None:
    original, sent = make_body(1), uuid4()
    first = (await caller.put(original, sent)).json()
    right = make_body(2)
    await serve(caller, first["family"], "correct", {"submissions": {str(sent): right}})
    response = await caller.put(original, sent)
    assert (response.status_code, response.json()["type"]) == (409, "urn:ikk:problem:submission-corrected")
    assert response.json()["revision"] == 2
    assert_corrected(response.json()["stored"], first["receipt"])
    now = (await caller.get(f"/v1/submissions/{sent}")).json()
    assert (now["revision"], now["score"]) == (2, (await caller.put(right)).json()["score"])


async def test_the_first_receipt_stays_provable(caller: Client, connection: Connection) -> None:
    sent = await send_family(caller, 1)
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2)}})
    detail = await connection.fetchval(
        "SELECT detail::text FROM (SELECT kind, detail FROM audit_queue UNION ALL "
        "SELECT kind, detail FROM audit_log) AS entry WHERE kind = 'submission.correct'"
    )
    content_hash = bytes.fromhex(sent["receipt"]["content_hash"].removeprefix("sha-256:"))
    vault: Vault = caller.app.state.vault
    assert vault.marks(UUID(sent["id"]), content_hash)[0] in detail


async def test_the_identity_is_replaced_whole(caller: Client) -> None:
    sent = await send_family(caller, 1, family=family(address="Jalan Keliru 9", people=[{"name": "Keliru"}]))
    right = {"card_number": OTHER_NUMBER, "people": [{"name": "Siti Contoh", "nik": NIK, "relation": "head"}]}
    await serve(caller, sent["family"], "correct", {"identity": right})
    purpose = {"purpose": "subject_request", "minutes": 5}
    path = f"/v1/families/{sent['family']}"
    assert (await caller.http.post(f"{path}/identifications", json=purpose)).status_code == 201
    identity = (await caller.get(f"{path}/identity")).json()
    assert (identity["card_number"], identity["earlier_cards"], identity["address"]) == (OTHER_NUMBER, [], None)
    assert [(each["name"], each["nik"]) for each in identity["people"]] == [("Siti Contoh", NIK)]
    assert await find(caller, card_number=NUMBER) == []
    assert await find(caller, card_number=OTHER_NUMBER) == await find(caller, nik=NIK) == [sent["family"]]
    assert (await send_family(caller, 2, family=family(OTHER_NUMBER)))["family"] == sent["family"]


async def test_an_empty_identity_makes_the_family_nobody(caller: Client, connection: Connection) -> None:
    sent = await send_family(caller, 1, family=family())
    await serve(caller, sent["family"], "correct", {"identity": {}})
    assert await connection.fetchval("SELECT count(*) FROM family_identity") == 0
    assert await connection.fetchval("SELECT count(*) FROM family_key") == 0


async def test_a_card_of_another_family_of_the_village_is_a_fault_and_nothing_changes(caller: Client) -> None:
    one = await send_family(caller, 1, family=family())
    other = await send_family(caller, 2, family=family(OTHER_NUMBER))
    request = await ask(caller, one["family"], "correct")
    response = await fulfil(caller, request, {"identity": {"card_number": OTHER_NUMBER}})
    assert codes_of(response) == {"/identity/card_number": "number_in_use"}
    assert await find(caller, card_number=NUMBER) == [one["family"]]
    assert await find(caller, card_number=OTHER_NUMBER) == [other["family"]]
    assert (await caller.get(f"{REQUESTS}/{request}")).json()["status"] == "open"


async def test_what_is_the_same_already_gets_no_revision(caller: Client) -> None:
    body, sent = make_body(1), str(uuid4())
    first = (await caller.put(body, sent)).json()
    done = await serve(caller, first["family"], "correct", {"submissions": {sent: body}})
    assert (done["affected"], done["published"]) == ([], None)
    assert (await caller.get(f"/v1/submissions/{sent}")).json() == first


async def test_a_restricted_family_is_corrected_and_stays_out(caller: Client) -> None:
    sent = await send_family(caller, 1)
    await serve(caller, sent["family"], "restrict")
    done = await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2)}})
    assert done["affected"] == []
    assert await count_families(caller) == 0
    lifted = await serve(caller, sent["family"], "lift")
    assert [each["families"] for each in lifted["affected"]] == [{"before": 0, "after": 1}]


async def test_every_fault_is_listed_with_its_place(caller: Client) -> None:
    one = await send_family(caller, 1, family=family())
    two = await send_family(caller, 2, family=family())
    assert one["family"] == two["family"]
    wrong = {**make_body(1), "surveyed_at": "2099-01-01T00:00:00Z", "family": family("6372019901100001")}
    del wrong["answers"]["members"]
    body = {
        "identity": {
            "card_number": "12",
            "earlier_cards": ["6372019901100001"],
            "people": [{"nik": NIK}, {"nik": NIK}],
            "basis": "public_task",
        },
        "submissions": {one["id"]: wrong, two["id"]: [], str(uuid4()): make_body(1), one["id"].replace("-", ""): {}},
        "reason": "x",
    }
    response = await fulfil(caller, await ask(caller, one["family"], "correct"), body)
    assert response.status_code == 422
    found = codes_of(response)
    assert (
        found.items()
        >= {
            "/reason": "unknown_member",
            "/identity/card_number": "bad_format",
            "/identity/people/1/nik": "repeated_nik",
            f"/submissions/{one['id']}/surveyed_at": "surveyed_in_future",
            f"/submissions/{one['id']}/family/card_number": "card_without_date",
            f"/submissions/{one['id']}/answers/members": "unanswered",
            f"/submissions/{two['id']}": "wrong_type",
            "/submissions/…": "unknown_submission",
        }.items()
    )
    later = {"counts": False, "uncounted": "later_interview"}
    assert (await caller.get(f"/v1/submissions/{one['id']}")).json() == {**one, **later}


async def test_earlier_cards_are_checked_too(caller: Client) -> None:
    sent = await send_family(caller, 1, family=family())
    body = {"identity": {"earlier_cards": [OTHER_NUMBER, "6372019901100001"]}}
    response = await fulfil(caller, await ask(caller, sent["family"], "correct"), body)
    assert codes_of(response) == {"/identity/earlier_cards/1": "card_without_date"}


async def test_another_family_s_submission_is_not_corrected(caller: Client) -> None:
    one, other = await send_family(caller, 1), await send_family(caller, 2)
    body = {"submissions": {other["id"]: make_body(3)}}
    response = await fulfil(caller, await ask(caller, one["family"], "correct"), body)
    assert codes_of(response) == {"/submissions/…": "unknown_submission"}


async def test_a_submission_named_twice_is_a_repeated_name(caller: Client) -> None:
    sent = await send_family(caller, 1)
    body = {"submissions": {sent["id"]: make_body(2), sent["id"].upper(): make_body(3)}}
    response = await fulfil(caller, await ask(caller, sent["family"], "correct"), body)
    assert (response.status_code, response.json()["type"]) == (400, "urn:ikk:problem:malformed-json")


async def test_a_correction_with_the_salt_of_its_officer_is_hashed_with_it(caller: Client) -> None:
    sent = await send_family(caller, 1)
    right = make_body(2, salt=str(uuid4()))
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: right}})
    assert (await caller.put(right, sent["id"])).status_code == 200


@pytest.mark.parametrize("body", [{}, {"submissions": {}}, {"identity": None, "submissions": None}])
async def test_a_correction_of_nothing_is_a_fault(caller: Client, body: dict[str, Any]) -> None:
    sent = await send_family(caller, 1)
    response = await fulfil(caller, await ask(caller, sent["family"], "correct"), body)
    assert [(each["pointer"], each["code"]) for each in response.json()["faults"]] == [("", "nothing_to_correct")]


async def test_submissions_of_a_family_move_together_or_not_at_all(caller: Client) -> None:
    one = await send_family(caller, 1, family=family())
    two = await send_family(caller, 2, family=family())
    moved = {each["id"]: make_body(3, region=GUNTUNG_MANGGIS, family=family()) for each in (one, two)}
    request = await ask(caller, one["family"], "correct")
    response = await fulfil(caller, request, {"submissions": {one["id"]: moved[one["id"]]}})
    assert codes_of(response) == {f"/submissions/{one['id']}/region": "one_village"}
    assert (await fulfil(caller, request, {"submissions": moved})).status_code == 200
    assert await count_families(caller, GUNTUNG_MANGGIS) == 1
    listed = (await caller.get("/v1/submissions", region=GUNTUNG_MANGGIS)).json()["items"]
    assert {each["id"]: each["uncounted"] for each in listed} == {one["id"]: "later_interview", two["id"]: None}


async def test_a_village_that_is_not_there_is_a_fault(caller: Client) -> None:
    sent = await send_family(caller, 1)
    body = {"submissions": {sent["id"]: make_body(1, region="6372069999")}}
    response = await fulfil(caller, await ask(caller, sent["family"], "correct"), body)
    assert codes_of(response) == {f"/submissions/{sent['id']}/region": "unknown_region"}


async def test_a_village_outside_the_caller_s_regions_is_refused(caller: Client) -> None:
    sent = await send_family(caller, 1)
    await caller.sign_in(scopes=EVERYTHING, regions=["637206"])
    body = {"submissions": {sent["id"]: make_body(1, region=GUNTUNG_MANGGIS)}}
    response = await fulfil(caller, await ask(caller, sent["family"], "correct"), body)
    assert (response.status_code, response.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


async def test_the_record_tells_what_changed_and_not_to_what(caller: Client, connection: Connection) -> None:
    sent = await send_family(caller, 1, family=family())
    right = make_body(2, family=family(), surveyed_at="2025-08-01T09:00:00+08:00")
    identity = {"card_number": OTHER_NUMBER, "address": "Jalan Contoh 1", "people": [{"name": "Siti", "nik": NIK}]}
    identity["basis"] = "public_task"
    await serve(caller, sent["family"], "correct", {"identity": identity, "submissions": {sent["id"]: right}})
    rows = await connection.fetch(
        "SELECT kind, detail::text FROM audit_queue UNION ALL SELECT kind, detail::text FROM audit_log"
    )
    told = {row["kind"]: row["detail"] for row in rows}
    assert '"fields":["card_number","address","people"]' in told["identity.correct"]
    assert "surveyed_at" in told["submission.correct"]
    assert "answers." in told["submission.correct"]
    for value in (NUMBER, OTHER_NUMBER, NIK, "Jalan", "Siti"):
        assert not any(value in detail for detail in told.values())
