"""POST /v1/submissions/reconcile: what became of interviews, and to whom that is told."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import Response

from app.access import SCOPES
from app.config import Settings
from app.models import Submission
from app.platform.database import EVERYWHERE, Connection, Database
from app.problems.reconcile_texts import ACTION_TEXTS, ActionCode, SentState
from app.schemas.intake.reconcile import MOST_PAIRS
from app.services.intake.submission_table import erase_rows
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.families import put
from tests.support.gaps import watching
from tests.support.limits import limited
from tests.support.subject_requests import serve

RECONCILE = "/v1/submissions/reconcile"
WRONG = "sha-256:" + "00" * 32
NOWHERE = "5d0f6c1e-7a51-4c0b-9d0f-5a1be1f1f0d2"
SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"


def pair(id: str | UUID, sha: str | None = None) -> dict[str, Any]:
    return {"id": str(id), "hash": sha}


async def ask(client: Client, pairs: Sequence[Any]) -> Response:
    return await client.http.post(RECONCILE, json={"items": list(pairs)})


async def states(client: Client, *pairs: Any) -> list[str]:
    """The state of each pair. The response must name them in their order, with actions and counts that fit."""
    answer = await ask(client, pairs)
    assert answer.status_code == 200, answer.text
    told, counts = answer.json()["items"], answer.json()["counts"]
    assert [each["id"] for each in told] == [each["id"].lower() for each in pairs]
    for each, sent in zip(told, pairs, strict=True):
        code: ActionCode = (
            "stored_uncompared" if each["state"] == "stored" and sent.get("hash") is None else each["state"]
        )
        if each["purpose"] != "training":
            assert (each["action"]["id"], each["action"]["en"]) == ACTION_TEXTS[code]
    assert counts == dict.fromkeys(get_args(SentState), 0) | Counter(each["state"] for each in told)
    return [each["state"] for each in told]


async def send(client: Client, seed: int = 1, **changed: Any) -> tuple[str, str, dict[str, Any]]:
    """Id, content hash and the whole response of a submission that is stored now."""
    sent = await put(client, make_body(seed, **changed))
    return sent["id"], sent["receipt"]["content_hash"], sent


async def as_another(client: Client, *regions: str) -> None:
    """Signs in as another agency with every scope."""
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=regions or ["63"])


async def test_it_works(caller: Client) -> None:
    own, sha, _ = await send(caller)
    absent = uuid4()
    answer = await ask(caller, [pair(own, sha), pair(absent, sha), pair(own, WRONG)])
    assert answer.status_code == 200, answer.text
    assert [(each["id"], each["state"], each["revision"]) for each in answer.json()["items"]] == [
        (own, "stored", 1),
        (str(absent), "missing", None),
        (own, "differs", 1),
    ]
    counts = {"stored": 1, "missing": 1, "differs": 1, "superseded": 0, "erased": 0, "not_yours": 0}
    assert answer.json()["counts"] == counts


async def test_without_a_hash_it_tells_only_that_it_is_there(caller: Client) -> None:
    own, _, _ = await send(caller)
    assert await states(caller, {"id": own}, pair(own), {"id": str(uuid4())}) == ["stored", "stored", "missing"]


async def test_ids_and_hashes_may_be_in_capitals(caller: Client) -> None:
    own, sha, _ = await send(caller)
    loud = "sha-256:" + sha.removeprefix("sha-256:").upper()
    assert await states(caller, pair(own.upper(), loud)) == ["stored"]


async def test_an_id_that_comes_twice_is_answered_twice(caller: Client) -> None:
    own, sha, _ = await send(caller)
    assert await states(caller, pair(own, sha), pair(own, WRONG), pair(own), pair(own, sha)) == [
        *("stored", "differs", "stored", "stored"),
    ]


async def test_the_hash_of_the_device_is_as_good_as_that_of_the_receipt(caller: Client) -> None:
    """Also for a lost receipt: the device holds the body alone. A salt is part of the content."""
    own, sha, _ = await send(caller, salt=SALT)
    again = await caller.put(make_body(salt=SALT), own)
    assert again.json()["receipt"]["content_hash"] == sha
    _, without, _ = await send(caller)
    assert await states(caller, pair(own, sha), pair(own, without)) == ["stored", "differs"]


async def test_a_correction_supersedes_whatever_the_hash(caller: Client, connection: Connection, app: FastAPI) -> None:
    """Not even who knows the officer's content is told that it is equal."""
    own, sha, sent = await send(caller, salt=SALT)
    right = {"submissions": {own: make_body(2, salt=SALT)}}
    await serve(caller, sent["family"], "correct", right)
    row = await connection.fetchrow("SELECT hash_key_id, encrypted_hash FROM submission")
    stored = app.state.vault.decrypt_hash(UUID(own), *row.values())
    equal = f"sha-256:{stored.value.hex()}"
    assert equal not in (sha, WRONG)
    assert await states(caller, pair(own, sha), pair(own, equal), pair(own, WRONG)) == ["superseded"] * 3
    answer = await ask(caller, [pair(own, sha), pair(own)])
    assert [(each["state"], each["revision"]) for each in answer.json()["items"]] == [("superseded", 2), ("stored", 2)]


async def test_only_the_sender_is_told_of_what_was_erased(caller: Client) -> None:
    own, sha, sent = await send(caller)
    await serve(caller, sent["family"], "erase")
    assert await states(caller, pair(own, sha), pair(own, WRONG), pair(own)) == ["erased"] * 3
    await as_another(caller)
    assert await states(caller, pair(own, sha), pair(own)) == ["not_yours"] * 2


@pytest.mark.parametrize("purpose", ["interview", "training"])
async def test_what_is_stored_for_training_is_told_apart(caller: Client, database: Database, purpose: str) -> None:
    """Otherwise a device would delete a real interview that was sent in training."""
    own, sha, _ = await send(caller, purpose=purpose)
    (stored,) = (await ask(caller, [pair(own, sha)])).json()["items"]
    assert (stored["state"], stored["purpose"]) == ("stored", purpose)
    assert ("under a new id" in stored["action"]["en"]) is (purpose == "training")
    (unseen,) = (await ask(caller, [pair(own)])).json()["items"]
    assert unseen["action"] != stored["action"] or purpose == "training"
    async with database.session(EVERYWHERE) as session:
        rows = [await session.get_one(Submission, UUID(own))]
        await erase_rows(session, rows)
    (erased,) = (await ask(caller, [pair(own, sha)])).json()["items"]
    assert (erased["state"], erased["purpose"]) == ("erased", purpose)
    again = await caller.put(make_body(purpose=purpose), own)
    assert again.status_code == 410
    for told in (erased["action"]["en"], again.json()["detail"]):
        assert ("real interview" in told) is (purpose == "training")


async def test_a_restricted_family_is_stored(caller: Client) -> None:
    own, sha, sent = await send(caller)
    await serve(caller, sent["family"], "restrict")
    assert await states(caller, pair(own, sha), pair(own, WRONG)) == ["stored", "differs"]


@pytest.mark.parametrize("purpose", ["reinterview", "training"])
async def test_every_purpose_is_found(caller: Client, purpose: str) -> None:
    own, sha, _ = await send(caller, purpose=purpose)
    assert await states(caller, pair(own, sha)) == ["stored"]


async def test_another_account_learns_only_that_the_id_is_in_use(caller: Client) -> None:
    """The same bytes for the right sha, for a wrong one and for none."""
    own, sha, _ = await send(caller)
    await as_another(caller)
    answer = await ask(caller, [pair(own, sha), pair(own, WRONG), pair(own)])
    told = answer.json()["items"]
    assert [each["state"] for each in told] == ["not_yours"] * 3
    assert told[0] == told[1] == told[2]
    assert told[0]["revision"] is None


async def test_hashes_of_others_tried_by_the_thousand_tell_nothing(caller: Client) -> None:
    own, sha, _ = await send(caller)
    await as_another(caller)
    tried = [sha, *(f"sha-256:{number:064x}" for number in range(MOST_PAIRS - 1))]
    answer = await ask(caller, [pair(own, each) for each in tried])
    assert answer.status_code == 200
    assert len({json.dumps(each) for each in answer.json()["items"]}) == 1
    assert answer.json()["counts"]["not_yours"] == MOST_PAIRS


async def test_the_hash_of_another_is_not_even_decrypted(
    caller: Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the time tells nothing either."""
    own, sha, _ = await send(caller)
    await as_another(caller)
    mine, _, _ = await send(caller, 2)
    opened, decrypt = list[UUID](), app.state.vault.decrypt_hash

    def note(key: UUID, *rest: Any) -> Any:
        opened.append(key)
        return decrypt(key, *rest)

    monkeypatch.setattr(app.state.vault, "decrypt_hash", note)
    assert await states(caller, pair(own, sha), pair(mine, sha)) == ["not_yours", "differs"]
    assert opened == [UUID(mine)]


async def test_it_finds_what_was_sent_where_the_sender_no_longer_works(caller: Client) -> None:
    own, sha, _ = await send(caller, region=LANDASAN_ULIN_SELATAN)
    await caller.sign_in(scopes=["submissions:write"], regions=[GUNTUNG_MANGGIS])
    assert (await caller.get(f"/v1/submissions/{own}")).status_code == 404
    assert await states(caller, pair(own, sha), pair(own, WRONG)) == ["stored", "differs"]
    await as_another(caller, GUNTUNG_MANGGIS)
    assert await states(caller, pair(own, sha)) == ["not_yours"]


async def test_a_key_that_was_lost_leaves_nothing_to_compare(caller: Client, connection: Connection) -> None:
    own, sha, _ = await send(caller)
    await connection.execute("UPDATE submission SET hash_key_id = 'gone'")
    assert await states(caller, pair(own, sha), pair(own)) == ["differs", "stored"]


async def test_it_stores_one_audit_entry_without_ids(caller: Client, connection: Connection) -> None:
    own, sha, _ = await send(caller)
    before = await connection.fetchval("SELECT count(*) FROM submission")
    await states(caller, pair(own, sha), pair(own, WRONG), pair(uuid4(), sha))
    query = "SELECT * FROM audited WHERE kind = 'submission.reconcile'"
    (entry,) = await connection.fetch(query)
    assert (entry["caller_id"], entry["region"], entry["subject"]) == (caller.agency_id, "63", None)
    counts = {"stored": 1, "missing": 1, "differs": 1, "superseded": 0, "erased": 0, "not_yours": 0}
    assert json.loads(entry["detail"]) == {"states": counts}
    assert await connection.fetchval("SELECT count(*) FROM submission") == before


@pytest.mark.parametrize("scope", sorted(SCOPES.keys() - {"submissions:write"}))
async def test_it_needs_the_scope_to_send(caller: Client, scope: str) -> None:
    await caller.sign_in(scopes=[scope], regions=["63"])
    assert (await ask(caller, [pair(uuid4())])).status_code == 403


@pytest.mark.parametrize("count", [0, MOST_PAIRS + 1])
async def test_no_pairs_and_too_many_are_one_fault(caller: Client, connection: Connection, count: int) -> None:
    answer = await ask(caller, [pair(uuid4())] * count)
    assert answer.status_code == 422
    assert codes_of(answer) == {"/items": "missing" if count == 0 else "bad_format"}
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'submission.reconcile'") == 0


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"id": "x", "hash": WRONG}, {"/items/1/id": "bad_format"}),
        ({"id": f"{{{NOWHERE}}}"}, {"/items/1/id": "bad_format"}),
        ({"id": str(UUID(int=0))}, {"/items/1/id": "reserved_uuid"}),
        ({"id": 7}, {"/items/1/id": "wrong_type"}),
        ({"hash": WRONG}, {"/items/1/id": "missing"}),
        ({"id": NOWHERE, "hash": WRONG[:-1]}, {"/items/1/hash": "bad_format"}),
        ({"id": NOWHERE, "hash": WRONG + "\n"}, {"/items/1/hash": "bad_format"}),
        ({"id": NOWHERE, "hash": WRONG.replace("-", "")}, {"/items/1/hash": "bad_format"}),
        ({"id": NOWHERE, "hash": 5}, {"/items/1/hash": "wrong_type"}),
        ({"id": NOWHERE, "hsah": WRONG}, {"/items/1/hsah": "unknown_member"}),
        ([NOWHERE, WRONG], {"/items/1": "wrong_type"}),
        (None, {"/items/1": "wrong_type"}),
    ],
    ids=str,
)
async def test_a_pair_with_a_fault_is_named_by_its_place(caller: Client, sent: Any, code: dict[str, str]) -> None:
    answer = await ask(caller, [pair(uuid4(), WRONG), sent])
    assert answer.status_code == 422
    assert codes_of(answer) == code


async def test_every_fault_of_thousands_of_pairs_is_counted_in_time(caller: Client) -> None:
    """Only the first hundred say what is right, because each of those takes time."""
    await ask(caller, [pair("x")])
    pairs = [{"id": "x", "hash": "y", **{f"name{number}": 1 for number in range(8)}} for _ in range(MOST_PAIRS)]
    async with watching() as held:
        answer = await ask(caller, pairs)
    assert answer.status_code == 422
    assert answer.json()["faults_total"] == 10 * MOST_PAIRS
    assert len(answer.json()["faults"]) == 100
    assert held.seconds < 0.2


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"items":[{"id":"a","id":"b"}]}', b'{"items":[', b'{"items":[{"id":"\\ud800"}]}', b"[" * 100_000],
    ids=lambda content: str(content[:30]),
)
async def test_what_is_no_json_object_is_malformed(caller: Client, content: bytes) -> None:
    answer = await caller.http.post(RECONCILE, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ikk:problem:malformed-json")


async def test_the_longest_request_leaves_others_their_turn(caller: Client) -> None:
    """Half of the pairs are the caller's own, so that a hash is decrypted for each."""
    own, sha, _ = await send(caller)
    pairs = [pair(own if number % 2 else uuid4(), sha) for number in range(MOST_PAIRS)]
    body = json.dumps({"items": pairs}, indent=1)
    assert len(body) < 1024 * 1024
    async with watching() as held:
        answer = await caller.http.post(RECONCILE, content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["counts"]["stored"] == MOST_PAIRS // 2
    assert held.seconds < 0.2


async def test_it_has_a_limit_of_its_own(caller: Client, settings: Settings, database: Database) -> None:
    changed = settings.model_copy(update={"reconciliations_per_minute": 2})
    async with limited(caller.app, changed, database):
        answers = [await ask(caller, [pair(uuid4())]) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) >= 25
        assert (await caller.put(make_body())).status_code == 201


async def test_many_at_once_get_the_same(caller: Client) -> None:
    own, sha, _ = await send(caller)
    found = await asyncio.gather(*(states(caller, pair(own, sha), pair(uuid4())) for _ in range(8)))
    assert found == [["stored", "missing"]] * 8
