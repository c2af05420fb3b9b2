"""What the round of an interview allows: a sender corrects while it is open, and a supervisor at any time."""

from uuid import UUID

from app.platform.database import Connection
from tests.support.corrections import VILLAGE, a_kader, a_supervisor, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import put
from tests.support.round_rows import make_round


async def test_while_it_is_open(caller: Client, connection: Connection) -> None:
    await make_round(connection, VILLAGE)
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    assert (await correct(kader, first["id"], make_body(2))).status_code == 200


async def test_a_closed_round(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await make_round(connection, VILLAGE, closed=True)
    assert problem_of(await correct(kader, first["id"], make_body(2))) == (409, "round-closed")
    assert await connection.fetchval("SELECT revision FROM submission") == 1


async def test_a_closed_round_and_a_returned_interview(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await make_round(connection, VILLAGE, closed=True)
    await connection.execute("UPDATE submission SET review = 'returned'")
    answer = await correct(kader, first["id"], make_body(2), reason="returned")
    assert answer.status_code == 200, answer.text
    # It is accepted again, so the round is closed to it again.
    assert problem_of(await correct(kader, first["id"], make_body(3), 2)) == (409, "round-closed")


async def test_a_settled_round(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await make_round(connection, VILLAGE, settled=True)
    await connection.execute("UPDATE submission SET review = 'returned'")
    assert problem_of(await correct(kader, first["id"], make_body(2))) == (409, "round-settled")


async def test_a_supervisor_corrects_in_a_closed_round(caller: Client, connection: Connection) -> None:
    first = await put(await a_kader(caller), make_body(1))
    await make_round(connection, VILLAGE, closed=True)
    assert (await correct(await a_supervisor(caller), first["id"], make_body(2))).status_code == 200


async def test_a_supervisor_corrects_in_a_settled_round_on_record(caller: Client, connection: Connection) -> None:
    first = await put(await a_kader(caller), make_body(1))
    settled = await make_round(connection, VILLAGE, settled=True)
    answer = await correct(await a_supervisor(caller), first["id"], make_body(2))
    assert (answer.status_code, answer.json()["counts"]) == (200, True)
    rows = await connection.fetch("SELECT * FROM round_change")
    assert [(row["round_id"], row["submission_id"], row["kind"]) for row in rows] == [
        (settled, UUID(first["id"]), b"c")
    ]


async def test_what_came_after_settlement_still_awaits_approval(caller: Client, connection: Connection) -> None:
    await make_round(connection, VILLAGE, settled=True)
    first = await put(await a_kader(caller), make_body(1))
    assert first["uncounted"] == "after_settlement"
    answer = await correct(await a_supervisor(caller), first["id"], make_body(2))
    assert answer.json()["uncounted"] == "after_settlement"


async def test_a_day_in_another_round(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    await make_round(connection, VILLAGE, year=2026, closed=True)
    body = make_body(1)
    first = await put(kader, body)
    later = {**body, "surveyed_at": body["surveyed_at"].replace("2025-", "2026-")}
    assert problem_of(await correct(kader, first["id"], later)) == (409, "round-closed")


async def test_whoever_corrects_in_the_place_of_the_sender(caller: Client, connection: Connection) -> None:
    kader, other = await a_kader(caller), await a_kader(caller)
    first = await put(kader, make_body(1))
    await connection.execute("UPDATE submission SET assigned_to = $1", UUID(other.agency_id))
    answer = await correct(other, first["id"], make_body(2))
    assert answer.status_code == 200, answer.text
    row = await connection.fetchrow("SELECT sent_by, corrected_by FROM submission")
    assert tuple(row) == (UUID(kader.agency_id), UUID(other.agency_id))


async def test_a_resend_needs_no_open_round(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await correct(kader, first["id"], make_body(2))
    await make_round(connection, VILLAGE, settled=True)
    for seed in (1, 2):
        assert (await correct(kader, first["id"], make_body(seed))).status_code == 200
