"""PUT /v1/submissions/{uuid}?keep=faulty: what has faults is kept until somebody repairs it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.platform.database import Connection
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import make_named_body, put
from tests.support.held import broken, keep
from tests.support.jws import said_by

SALT = "5a2b9c36-0f5f-4e0e-9a71-3f1f7c2b8d10"


async def count_held(connection: Connection) -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM held_submission")
    return count


async def test_it_works(caller: Client, connection: Connection) -> None:
    kader, uuid = await a_kader(caller), uuid4()
    answer = await keep(kader, uuid, broken(salt=SALT))
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["id"], told["status"], told["held"]["kind"]) == (str(uuid), "held", "faulty")
    assert [each["pointer"] for each in told["held"]["faults"]] == ["/answers/no_such_question"]
    said = said_by(told["held"]["receipt"])
    assert (said["id"], said["revision"]) == (told["held"]["id"], 0)
    assert said["content_hash"] == told["held"]["receipt"]["content_hash"]
    row = await connection.fetchrow("SELECT * FROM held_submission")
    assert (row["submission_id"], row["status"], row["sent_by"]) == (uuid, "open", UUID(kader.agency_id))
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0
    assert await connection.fetchval("SELECT count(*) FROM village_sums WHERE families > 0") == 0


async def test_what_is_sound_is_stored_as_always(caller: Client, connection: Connection) -> None:
    uuid, body = uuid4(), make_body(1)
    assert (await keep(caller, uuid, body)).status_code == 201
    assert (await keep(caller, uuid, body)).status_code == 200
    assert await count_held(connection) == 0


async def test_it_is_kept_once_with_one_receipt(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    first = await keep(caller, uuid, broken())
    again = await keep(caller, uuid, dict(reversed(list(broken().items()))))
    assert (again.status_code, again.json()) == (202, first.json())
    assert await count_held(connection) == 1


async def test_it_is_kept_once_if_it_is_sent_many_times_at_once(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    answers = await asyncio.gather(*(keep(caller, uuid, broken()) for _ in range(8)))
    assert {each.status_code for each in answers} == {202}
    assert len({each.text for each in answers}) == 1
    assert await count_held(connection) == 1


async def test_several_contents_of_one_id_are_kept(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    receipts = {(await keep(caller, uuid, broken(seed))).json()["held"]["receipt"]["code"] for seed in (1, 2)}
    assert (len(receipts), await count_held(connection)) == (2, 2)


async def test_a_sound_one_by_its_sender_repairs_it(caller: Client, connection: Connection) -> None:
    kader, uuid = await a_kader(caller), uuid4()
    await keep(kader, uuid, broken())
    answer = await kader.http.put(f"/v1/submissions/{uuid}", json=make_body(1))
    assert answer.status_code == 201
    row = await connection.fetchrow("SELECT * FROM held_submission")
    assert (row["status"], row["closed_by"]) == ("repaired", UUID(kader.agency_id))
    assert row["closed_at"] is not None
    again = await keep(kader, uuid, broken())
    assert again.status_code == 202
    assert await count_held(connection) == 1


async def test_a_sound_one_of_somebody_else_leaves_it_open(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    await keep(await a_kader(caller), uuid, broken())
    await put(await a_kader(caller), make_body(1), uuid)
    assert await connection.fetchval("SELECT status FROM held_submission") == "open"


async def test_a_supervisor_repairs_it(caller: Client, connection: Connection) -> None:
    kader, supervisor, uuid = await a_kader(caller), await a_supervisor(caller), uuid4()
    await keep(kader, uuid, broken())
    answer = await correct(supervisor, uuid, make_named_body(1), 0)
    assert answer.status_code == 201, answer.text
    row = await connection.fetchrow("SELECT * FROM submission")
    assert (row["sent_by"], row["corrected_by"]) == (UUID(kader.agency_id), UUID(supervisor.agency_id))
    assert row["uncounted"] is None
    assert await connection.fetchval("SELECT status FROM held_submission") == "repaired"
    again = await correct(supervisor, uuid, make_named_body(1), 0)
    assert again.status_code == 200, again.text
    own = await kader.http.put(f"/v1/submissions/{uuid}", json=make_named_body(1))
    assert own.status_code == 200, own.text


async def test_two_supervisors_repair_it_at_once(caller: Client, connection: Connection) -> None:
    kader, uuid = await a_kader(caller), uuid4()
    first, second = await a_supervisor(caller), await a_supervisor(caller)
    await keep(kader, uuid, broken())
    answers = await asyncio.gather(correct(first, uuid, make_body(1), 0), correct(second, uuid, make_body(2), 0))
    assert sorted(each.status_code for each in answers)[0] == 201
    assert sorted(each.status_code for each in answers)[1] in (409, 412)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1


async def test_a_repair_with_faults_is_refused(caller: Client, connection: Connection) -> None:
    kader, supervisor, uuid = await a_kader(caller), await a_supervisor(caller), uuid4()
    await keep(kader, uuid, broken())
    assert (await correct(supervisor, uuid, broken(), 0)).status_code == 422
    assert await connection.fetchval("SELECT status FROM held_submission") == "open"


async def test_a_supervisor_of_elsewhere_repairs_nothing(caller: Client) -> None:
    kader, supervisor, uuid = await a_kader(caller), await a_supervisor(caller, "6301"), uuid4()
    await keep(kader, uuid, broken())
    assert (await correct(supervisor, uuid, make_body(1), 0)).status_code == 403


async def test_faulty_content_of_a_stored_id_is_kept_beside_it(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    answer = await keep(kader, first["id"], broken(2))
    assert (answer.status_code, answer.json()["held"]["kind"]) == (202, "conflict")
    row = await connection.fetchrow("SELECT * FROM submission")
    assert (row["revision"], row["family_id"]) == (1, UUID(first["family"]))


async def test_faulty_content_of_an_id_of_somebody_else_is_not_kept(caller: Client, connection: Connection) -> None:
    first = await put(await a_kader(caller), make_body(1))
    answer = await keep(await a_kader(caller), first["id"], broken(2))
    assert problem_of(answer) == (409, "submission-differs")
    assert await count_held(connection) == 0


async def test_another_region_is_refused(caller: Client, connection: Connection) -> None:
    answer = await keep(await a_kader(caller), uuid4(), broken(region="6301010001"))
    assert problem_of(answer) == (403, "region-outside-caller")
    assert await count_held(connection) == 0


@pytest.mark.parametrize(
    "region", [None, "", "6372", "63.7206.1004", "kampung", 6372061004, ["6372061004"], "6372069999"]
)
async def test_a_region_that_is_none_is_kept(caller: Client, connection: Connection, region: Any) -> None:
    answer = await keep(caller, uuid4(), broken(region=region))
    assert answer.status_code == 202, answer.text
    assert await count_held(connection) == 1


@pytest.mark.parametrize("body", ["{", "[]", "null", '"text"', '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": "\\ud800"}'])
async def test_what_cannot_be_read_is_not_kept(caller: Client, connection: Connection, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await caller.http.put(f"/v1/submissions/{uuid4()}?keep=faulty", content=body, headers=headers)
    assert answer.status_code == 400
    assert await count_held(connection) == 0


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"region": "6372061004"},
        {"a": 10**30},
        {"a": [[[]]], "b": {"": {"": None}}},
        {"family": None, "answers": [], "nama": "Zoë 🏠 ‮abc‬ \u0000"},
        {"answers": {"x": 1.000000000000000000001}},
    ],
)
async def test_odd_bodies_are_kept(caller: Client, connection: Connection, odd: dict[str, Any]) -> None:
    uuid = uuid4()
    first, again = await keep(caller, uuid, odd), await keep(caller, uuid, odd)
    assert (first.status_code, first.json()) == (202, again.json())
    assert await count_held(connection) == 1


@pytest.mark.parametrize(
    "no",
    [
        {"consent": False},
        {"consent": "no"},
        {"consent": "Tidak"},
        {"consent": {"given": False}},
        {"consent": {"version": "2025-1", "status": "refused"}},
        {"consent": {"version": "2025-1", "withdrawn_at": "2025-01-01T00:00:00Z"}},
        {"persetujuan": "tidak setuju"},
        {"refused": True},
        {"status": "refused"},
        {"answers": {"consent": "no", "members": 3}},
        {"answers": {"members": "refused", "savings": "refused"}},
        {"family": {"bersedia": False}},
    ],
)
async def test_a_family_that_said_no_is_never_kept(caller: Client, connection: Connection, no: dict[str, Any]) -> None:
    answer = await keep(caller, uuid4(), {**broken(), **no})
    assert problem_of(answer) == (422, "faults")
    assert await count_held(connection) == 0
    assert await connection.fetchval("SELECT count(*) FROM held_number") == 0


async def test_a_consent_with_faults_is_no_refusal(caller: Client) -> None:
    assert (await keep(caller, uuid4(), broken(consent={"version": "2025-1"}))).status_code == 202


async def test_a_caller_has_only_so_many(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    kader.app.state.intake._faulty = 2
    try:
        ids = [uuid4() for _ in range(3)]
        assert [(await keep(kader, uuid, broken())).status_code for uuid in ids[:2]] == [202, 202]
        answer = await keep(kader, ids[2], broken())
        assert problem_of(answer) == (429, "too-many-held")
        assert answer.json()["most"] == 2
        assert (await keep(kader, ids[0], broken())).status_code == 202
        assert (await keep(await a_kader(caller), uuid4(), broken())).status_code == 202
        assert (await kader.http.put(f"/v1/submissions/{ids[0]}", json=make_body(1))).status_code == 201
        assert (await keep(kader, ids[2], broken())).status_code == 202
    finally:
        kader.app.state.intake._faulty = 200
    assert await count_held(connection) == 4


async def test_nothing_of_it_can_be_read_in_the_database(caller: Client, connection: Connection) -> None:
    body = make_named_body(1)
    body = {**body, "6372010101100001": 1, "answers": {**body["answers"], "ibu_siti": "x"}}
    await keep(caller, uuid4(), body)
    shown = str(dict(await connection.fetchrow("SELECT * FROM held_submission")))
    shown += str(await connection.fetch("SELECT * FROM audited WHERE kind LIKE 'held%'"))
    assert "ibu_siti" not in shown
    assert body["family"]["card_number"] not in shown
    assert await connection.fetchval("SELECT count(*) FROM held_number") > 0


async def test_another_value_of_keep_is_a_fault(caller: Client) -> None:
    answer = await caller.http.put(f"/v1/submissions/{uuid4()}?keep=all", json=make_body(1))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "consent",
    [
        {"version": "2025-1", "given_at": None, "channel": "in_person"},
        {"version": "2025-1", "given_at": "2099-01-01T08:00:00+07:00", "channel": "in_person"},
        {"version": "", "given_at": "2025-07-29T08:00:00+08:00", "channel": "in_person"},
        {},
    ],
    ids=range(4),
)
async def test_people_without_a_valid_consent_are_not_kept(
    caller: Client, connection: Connection, consent: dict[str, Any]
) -> None:
    body = {**make_named_body(1), "consent": consent}
    body.pop("basis", None)
    answer = await keep(await a_kader(caller), uuid4(), body)
    assert problem_of(answer) == (422, "faults")
    assert await count_held(connection) == 0


async def test_a_repair_closes_all_that_waits_under_the_id(caller: Client, connection: Connection) -> None:
    first, second, uuid = await a_kader(caller), await a_kader(caller), uuid4()
    for each, body in ((first, broken()), (first, broken(2)), (second, broken(3))):
        assert (await keep(each, uuid, body)).status_code == 202
    assert (await correct(await a_supervisor(caller), uuid, make_body(4), 0)).status_code == 201
    rows = await connection.fetch("SELECT status FROM held_submission")
    assert [row["status"] for row in rows] == ["repaired"] * 3
