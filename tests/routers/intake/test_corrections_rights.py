"""Families' rights and corrections: what was said before goes with a correction by right, an erasure, and in time."""

from uuid import UUID

from app.platform.database import Connection
from app.services.subject_requests.retention import take_batch
from tests.support.corrections import a_kader, correct
from tests.support.factories import Client, make_body
from tests.support.families import put
from tests.support.subject_requests import serve


async def kept(connection: Connection) -> int:
    counted: int = await connection.fetchval("SELECT count(*) FROM submission_revision")
    return counted


async def test_a_correction_by_right_removes_the_earlier_revisions(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2))
    await connection.execute("UPDATE submission SET review = 'in_review'")
    await serve(caller, first["family"], "correct", {"submissions": {first["id"]: make_body(3)}})
    row = await connection.fetchrow("SELECT revision, review, corrected_by, revised_at FROM submission")
    assert (row["revision"], row["review"], row["corrected_by"]) == (3, None, None)
    assert await kept(connection) == 0


async def test_it_leaves_those_of_other_submissions(caller: Client, connection: Connection) -> None:
    first, other = await put(caller, make_body(1)), await put(caller, make_body(2))
    await correct(caller, first["id"], make_body(3))
    await correct(caller, other["id"], make_body(4))
    await serve(caller, first["family"], "correct", {"submissions": {first["id"]: make_body(5)}})
    assert await connection.fetchval("SELECT submission_id FROM submission_revision") == UUID(other["id"])


async def test_after_it_the_sender_may_correct_again(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await serve(caller, first["family"], "correct", {"submissions": {first["id"]: make_body(2)}})
    answer = await correct(kader, first["id"], make_body(3), 2)
    assert (answer.status_code, answer.json()["revision"]) == (200, 3)
    # Nobody is told that the officer's content is equal.
    assert await connection.fetchval("SELECT sent_by FROM submission_revision") is None


async def test_erasing_removes_them(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2), note="Salah ketik")
    await serve(caller, first["family"], "erase")
    assert await kept(connection) == 0
    assert await connection.fetchval("SELECT coalesce(sum(families), 0) FROM village_sums") == 0


async def test_retention_takes_the_words(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2), note="Salah ketik")
    await connection.execute("DELETE FROM family_identity")
    await connection.execute("DELETE FROM family_key")
    await connection.execute("DELETE FROM earlier_identity")
    async with caller.app.state.database.session(["ID"]) as session:
        assert (await take_batch(session, "identity", 1, after=UUID(int=0))).count == 1
    row = await connection.fetchrow("SELECT note_key_id, encrypted_note, texts_key_id FROM submission_revision")
    assert tuple(row) == (None, None, None)


async def test_retention_takes_earlier_answers(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2))
    async with caller.app.state.database.session(["ID"]) as session:
        assert (await take_batch(session, "answers", 1, after=UUID(int=0))).count == 1
    assert await connection.fetchval("SELECT octet_length(answers) FROM submission_revision") == 0


async def test_a_correction_after_retention(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    async with caller.app.state.database.session(["ID"]) as session:
        await take_batch(session, "identity", 1, after=UUID(int=0))
        await take_batch(session, "answers", 1, after=UUID(int=0))
    answer = await correct(caller, first["id"], make_body(2))
    assert answer.status_code == 200, answer.text
    assert await connection.fetchval("SELECT sum(families) FROM village_sums") == 1
