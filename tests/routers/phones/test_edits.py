"""POST /odk/k/{token}/submission with a deprecatedID: interviews that were edited on the phone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.platform.database import Connection, Database
from app.problems import Problem, kinds
from app.services.phones import edits, taking
from tests.support.corrections import VILLAGE, a_supervisor, correct
from tests.support.factories import GUNTUNG_MANGGIS, Client, instrument, make_body
from tests.support.held import settle
from tests.support.phones import ASKED, Phone, add_phone, make_faulty, make_phone, message_of, write_instance
from tests.support.round_rows import make_round


async def state_of(connection: Connection) -> tuple[int, int]:
    """The number of submissions, and the revision of the only one, 0 without one."""
    rows = await connection.fetch("SELECT revision FROM submission")
    return len(rows), rows[0]["revision"] if len(rows) == 1 else 0


async def held_of(connection: Connection) -> list[tuple[str, str]]:
    rows = await connection.fetch("SELECT * FROM held_submission ORDER BY received_at, id")
    return [(row["kind"], row["status"]) for row in rows]


async def test_it_works(phone: Phone, connection: Connection) -> None:
    root, edit, later = uuid4(), uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    answer = await phone.send(write_instance(make_body(2), edit, edits=root))
    assert answer.status_code == 201, answer.text
    assert message_of(answer).startswith("Perbaikan tersimpan sebagai revisi 2.")
    then = await phone.send(write_instance(make_body(3), later, edits=edit))
    assert message_of(then).startswith("Perbaikan tersimpan sebagai revisi 3.")
    assert await state_of(connection) == (1, 3)
    assert await held_of(connection) == []
    rows = await connection.fetch("SELECT * FROM phone_instance ORDER BY revision")
    assert [(row["instance_id"], row["submission_id"], row["replaces"], row["revision"]) for row in rows] == [
        (edit, root, 1, 2),
        (later, root, 2, 3),
    ]
    reasons = await connection.fetch("SELECT reason FROM submission_revision")
    assert {row["reason"] for row in reasons} == {"other"}


async def test_an_edit_that_is_sent_again_is_found(phone: Phone, connection: Connection) -> None:
    root, edit = uuid4(), uuid4()
    first = write_instance(make_body(1), root)
    edited = write_instance(make_body(2), edit, edits=str(root).upper())
    answers = [await phone.send(each) for each in (first, edited, edited, first, edited)]
    assert {each.status_code for each in answers} == {201}
    assert answers[1].content == answers[2].content == answers[4].content
    assert answers[0].content == answers[3].content
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [])


async def test_an_edit_whose_answer_was_lost_is_found(phone: Phone, connection: Connection) -> None:
    """It is found by its content, even if its name was lost."""
    root, edit = uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    xml = write_instance(make_body(2), edit, edits=root)
    first = await phone.send(xml)
    await connection.execute("DELETE FROM phone_instance")
    assert (await phone.send(xml)).content == first.content
    assert await connection.fetchval("SELECT revision FROM phone_instance") == 2
    assert (await phone.send(write_instance(make_body(3), uuid4(), edits=edit))).status_code == 201
    assert (await state_of(connection), await held_of(connection)) == ((1, 3), [])


async def test_two_at_once_make_one_revision(phone: Phone, connection: Connection) -> None:
    root, edit = uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    xml = write_instance(make_body(2), edit, edits=root)
    answers = await asyncio.gather(*(phone.send(xml) for _ in range(6)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [])


async def test_two_edits_of_one_base(phone: Phone, connection: Connection) -> None:
    """getodk/central#804: an edit of an outdated copy."""
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    edits = [write_instance(make_body(seed), uuid4(), edits=root) for seed in (2, 3)]
    answers = await asyncio.gather(*(phone.send(each) for each in edits))
    assert sorted(each.status_code for each in answers) == [201, 202]
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [("conflict", "open")])
    again = [await phone.send(each) for each in edits]
    assert [each.content for each in again] == [each.content for each in answers]
    assert len(await held_of(connection)) == 1


async def test_an_edit_without_a_change(phone: Phone, connection: Connection) -> None:
    root, edit = uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    assert (await phone.send(write_instance(make_body(1), edit, edits=root))).status_code == 201
    assert await state_of(connection) == (1, 1)
    assert (await phone.send(write_instance(make_body(2), uuid4(), edits=edit))).status_code == 201
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [])


async def test_an_edit_of_itself_is_new(phone: Phone, connection: Connection) -> None:
    uuid = uuid4()
    assert (await phone.send(write_instance(make_body(1), uuid, edits=uuid))).status_code == 201
    assert await state_of(connection) == (1, 1)


async def test_a_supervisor_has_corrected_it_meanwhile(phone: Phone, client: Client, connection: Connection) -> None:
    root, edit = uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    supervisor = await a_supervisor(client)
    assert (await correct(supervisor, root, make_body(4))).status_code == 200
    answer = await phone.send(write_instance(make_body(2), edit, edits=root))
    assert answer.status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [("conflict", "open")])
    held = await connection.fetchrow("SELECT * FROM held_submission")
    assert (held["based_on"], held["submission_id"]) == (1, root)
    settled = await settle(supervisor, str(held["id"]), "held", 2)
    assert settled.status_code == 200, settled.text
    assert await state_of(connection) == (1, 3)


async def test_a_faulty_base_is_repaired(phone: Phone, connection: Connection) -> None:
    root, worse, edit = uuid4(), uuid4(), uuid4()
    assert (await phone.send(write_instance(make_faulty(1), root))).status_code == 202
    xml = write_instance(make_faulty(2), worse, edits=root)
    still = await phone.send(xml)
    assert still.status_code == 202
    assert (await phone.send(xml)).content == still.content
    assert await held_of(connection) == [("faulty", "open")] * 2
    answer = await phone.send(write_instance(make_body(1), edit, edits=worse))
    assert answer.status_code == 201, answer.text
    assert await held_of(connection) == [("faulty", "repaired")] * 2
    assert await connection.fetchval("SELECT id FROM submission") == root
    again = await phone.send(write_instance(make_body(1), edit, edits=worse))
    assert again.content == answer.content
    # What it repaired is not its base any more, but itself.
    then = await phone.send(write_instance(make_body(3), uuid4(), edits=edit))
    assert (then.status_code, await state_of(connection)) == (201, (1, 2))
    outdated = await phone.send(write_instance(make_body(4), uuid4(), edits=root))
    assert (outdated.status_code, await state_of(connection)) == (202, (1, 2))


async def test_a_supervisor_has_repaired_it_meanwhile(phone: Phone, client: Client, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_faulty(1), root))
    assert (await correct(await a_supervisor(client), root, make_body(1), 0)).status_code == 201
    answer = await phone.send(write_instance(make_body(2), uuid4(), edits=root))
    assert answer.status_code == 202
    assert (await state_of(connection), await held_of(connection)) == (
        (1, 1),
        [("faulty", "repaired"), ("conflict", "open")],
    )


async def test_a_dismissed_base_is_stored_once_it_is_sound(
    phone: Phone, client: Client, connection: Connection
) -> None:
    root = uuid4()
    await phone.send(write_instance(make_faulty(1), root))
    held = await connection.fetchval("SELECT id FROM held_submission")
    assert (await settle(await a_supervisor(client), str(held), "stored", 0)).status_code == 200
    assert (await phone.send(write_instance(make_body(1), uuid4(), edits=root))).status_code == 201
    assert await connection.fetchval("SELECT id FROM submission") == root


async def test_a_faulty_edit_of_what_is_stored(phone: Phone, connection: Connection) -> None:
    root, faulty, sound = uuid4(), uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    answer = await phone.send(write_instance(make_faulty(2), faulty, edits=root))
    assert answer.status_code == 202
    assert message_of(answer).startswith("Diterima dan disimpan terpisah, karena ada yang harus diperiksa.")
    assert instrument().question[ASKED].text.id in message_of(answer)
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [("conflict", "open")])
    then = await phone.send(write_instance(make_body(2), sound, edits=faulty))
    assert then.status_code == 201, then.text
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [("conflict", "repaired")])


async def test_an_edit_that_comes_before_its_base(phone: Phone, connection: Connection) -> None:
    root, edit = uuid4(), uuid4()
    first, edited = write_instance(make_body(1), root), write_instance(make_body(2), edit, edits=root)
    early = await phone.send(edited)
    assert early.status_code == 202
    assert message_of(early).startswith("Diterima dan disimpan terpisah. Belum dihitung.\n– Wawancara yang diperbaiki ")
    assert (await state_of(connection), await held_of(connection)) == ((0, 0), [("faulty", "open")])
    assert (await phone.send(edited)).content == early.content
    answer = await phone.send(first)
    assert message_of(answer).startswith("Tersimpan.")
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [("faulty", "repaired")])
    assert message_of(await phone.send(edited)).startswith("Perbaikan tersimpan sebagai revisi 2.")
    assert (await phone.send(first)).content == answer.content
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [("faulty", "repaired")])


async def test_edits_that_come_in_the_wrong_order(phone: Phone, connection: Connection) -> None:
    root, edit, later = uuid4(), uuid4(), uuid4()
    sent = (
        write_instance(make_body(3), later, edits=edit),
        write_instance(make_body(2), edit, edits=root),
        write_instance(make_faulty(1), root),
    )
    for xml in sent:
        assert (await phone.send(xml)).status_code == 202
    assert (await state_of(connection), {status for _, status in await held_of(connection)}) == ((1, 2), {"repaired"})
    answers = [await phone.send(xml) for xml in sent]
    assert [each.status_code for each in answers] == [201, 201, 202]
    assert (await state_of(connection), {status for _, status in await held_of(connection)}) == ((1, 2), {"repaired"})


async def test_a_closed_round_keeps_it_for_the_supervisor(phone: Phone, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    await make_round(connection, VILLAGE, closed=True)
    answer = await phone.send(write_instance(make_body(2), uuid4(), edits=root))
    assert answer.status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [("conflict", "open")])


async def test_a_settled_round_keeps_it_for_the_supervisor(phone: Phone, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    await make_round(connection, VILLAGE, settled=True)
    await connection.execute("UPDATE submission SET review = 'returned'")
    assert (await phone.send(write_instance(make_body(2), uuid4(), edits=root))).status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [("conflict", "open")])


async def test_what_was_returned_is_corrected_in_a_closed_round(phone: Phone, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    await make_round(connection, VILLAGE, closed=True)
    await connection.execute("UPDATE submission SET review = 'returned'")
    assert (await phone.send(write_instance(make_body(2), uuid4(), edits=root))).status_code == 201
    assert await connection.fetchval("SELECT reason FROM submission_revision") == "returned"


async def test_a_restricted_family_keeps_it_for_the_supervisor(phone: Phone, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    await connection.execute("UPDATE family SET restricted_at = now()")
    answer = await phone.send(write_instance(make_body(2), uuid4(), edits=root))
    assert answer.status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [("conflict", "open")])


async def test_an_edit_that_moves_it_to_a_village_of_others(phone: Phone, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    answer = await phone.send(write_instance(make_body(1, region=GUNTUNG_MANGGIS), uuid4(), edits=root))
    assert answer.status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [("conflict", "open")])


async def test_an_edit_that_says_no_keeps_nothing(phone: Phone, connection: Connection) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    answer = await phone.send(write_instance(make_body(1), uuid4(), edits=root, refused=True))
    assert answer.status_code == 202
    assert "tetap ada" in message_of(answer)
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [])


async def test_somebody_elses_interview_is_not_edited(
    phone: Phone, client: Client, database: Database, connection: Connection
) -> None:
    root = uuid4()
    await phone.send(write_instance(make_body(1), root))
    other = await make_phone(client.http, database, username="lain")
    answer = await other.send(write_instance(make_body(2), uuid4(), edits=root))
    assert answer.status_code == 202
    assert "Jangan kirim lagi" in message_of(answer)
    assert (await state_of(connection), await held_of(connection)) == ((1, 1), [("conflict", "open")])
    assert await connection.fetchval("SELECT sent_by FROM held_submission") == UUID(other.person)


async def test_an_edit_that_waits_is_tried_again_if_it_is_in_somebodys_way(
    phone: Phone, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would wait for good, as a phone does not send again what was taken."""
    root, edit = uuid4(), uuid4()
    early = await phone.send(write_instance(make_body(2), edit, edits=root))
    assert early.status_code == 202
    take_known = taking._take_known

    async def held_up(*_: Any) -> Any:
        raise Problem(kinds.CONTENDED)

    monkeypatch.setattr(taking, "_take_known", held_up)
    base = write_instance(make_body(1), root)
    assert (await phone.send(base)).status_code == 503
    assert await state_of(connection) == (1, 1)
    monkeypatch.setattr(taking, "_take_known", take_known)
    assert (await phone.send(base)).status_code == 201
    assert await state_of(connection) == (1, 2)
    assert [status for _, status in await held_of(connection)] == ["repaired"]


async def test_what_a_supervisor_is_to_choose_waits_for_the_choice(phone: Phone, connection: Connection) -> None:
    """Edits of one interview from two copies of a phone. A later edit decides nothing about the others."""
    root, first, second, later = uuid4(), uuid4(), uuid4(), uuid4()
    await phone.send(write_instance(make_body(1), root))
    assert (await phone.send(write_instance(make_body(2), first, edits=root))).status_code == 201
    assert (await phone.send(write_instance(make_body(3), second, edits=root))).status_code == 202
    assert await held_of(connection) == [("conflict", "open")]
    assert (await phone.send(write_instance(make_body(4), later, edits=first))).status_code == 201
    assert (await state_of(connection), await held_of(connection)) == ((1, 3), [("conflict", "open")])


class Mishap:
    """A server that breaks off once, at the given step of its work. `came`: whether it got so far."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.step, self.came = 0, True
        for name in ("find_base", "find_waiting", "name_edit", "close_superseded", "close_followed", "_put"):
            patch.setattr(taking, name, self._watch(getattr(taking, name)))
        patch.setattr(taking, "_keep_apart", self._watch(taking._keep_apart))

    def at(self, step: int) -> None:
        self.step, self.came = step, False

    def _watch(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watched(*given: Any, **named: Any) -> Any:
            self.step -= 1
            if self.step == 0:
                self.came = True
                raise Problem(kinds.CONTENDED)
            return await work(*given, **named)

        return watched


async def told_of(connection: Connection, ids: Sequence[UUID]) -> tuple[list[int], list[str]]:
    """The revision that is stored under these ids, and what kinds of content are held open under them."""
    stored = await connection.fetch("SELECT revision FROM submission WHERE id = ANY ($1)", ids)
    held = await connection.fetch(
        "SELECT kind FROM held_submission WHERE submission_id = ANY ($1) AND status = 'open'", ids
    )
    return [row["revision"] for row in stored], [row["kind"] for row in held]


@pytest.mark.parametrize("last", [make_body, make_faulty])
@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1)])
async def test_a_server_that_breaks_off_loses_no_edit(
    phone: Phone,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    order: tuple[int, ...],
    last: Callable[[int], dict[str, Any]],
) -> None:
    """Wherever it breaks off, the phone sends again only what was not answered, after what came meanwhile."""
    mishap = Mishap(monkeypatch)
    expected = ([3], []) if last is make_body else ([2], ["conflict"])
    for step in count(1):
        ids = uuid4(), uuid4(), uuid4()
        sent = [
            write_instance(make_body(10 * step), ids[0]),
            write_instance(make_body(10 * step + 1), ids[1], edits=ids[0]),
            write_instance(last(10 * step + 2), ids[2], edits=ids[1]),
        ]
        mishap.at(step)
        answers = [(each, await phone.send(sent[each])) for each in order]
        failed = [each for each, answer in answers if answer.status_code == 503]
        for each in failed:
            assert (await phone.send(sent[each])).status_code in (201, 202)
        if not mishap.came:
            break
        assert len(failed) == 1
        assert await told_of(connection, ids) == expected, step
        # Once more everything, as after a phone was restored from a copy.
        for xml in sent:
            assert (await phone.send(xml)).status_code in (201, 202)
        assert await told_of(connection, ids) == expected, step
    assert step > 10


async def test_a_waiting_edit_is_taken_from_another_phone(
    phone: Phone, client: Client, database: Database, connection: Connection
) -> None:
    """What was sent first comes from a copy on the kader's next phone."""
    root, edit = uuid4(), uuid4()
    assert (await phone.send(write_instance(make_body(2), edit, edits=root))).status_code == 202
    other = await add_phone(client.http, database, phone.person)
    assert (await other.send(write_instance(make_body(1), root))).status_code == 201
    assert (await state_of(connection), await held_of(connection)) == ((1, 2), [("faulty", "repaired")])
    assert (await other.send(write_instance(make_body(3), uuid4(), edits=edit))).status_code == 201
    assert await state_of(connection) == (1, 3)


async def test_an_edit_that_takes_the_last_one_back(phone: Phone, connection: Connection) -> None:
    """It says again what was stored at first, and is a revision like any other."""
    root, edit, back = uuid4(), uuid4(), uuid4()
    sent = [
        write_instance(make_body(1), root),
        write_instance(make_body(2), edit, edits=root),
        write_instance(make_body(1), back, edits=edit),
        write_instance(make_body(2), uuid4(), edits=back),
    ]
    answers = [await phone.send(xml) for xml in sent]
    assert [each.status_code for each in answers] == [201] * 4
    assert message_of(answers[2]).startswith("Perbaikan tersimpan sebagai revisi 3.")
    for xml in sent:
        assert (await phone.send(xml)).status_code == 201
    assert (await state_of(connection), await held_of(connection)) == ((1, 4), [])
    # Each is still what it became first, so an edit of the first one is outdated.
    assert (await phone.send(write_instance(make_body(3), uuid4(), edits=edit))).status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((1, 4), [("conflict", "open")])


async def test_an_edit_that_begins_to_wait_at_the_same_moment_is_no_first_interview(
    phone: Phone, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, edit, later = uuid4(), uuid4(), uuid4()
    was_sent, others = edits._was_sent, [write_instance(make_faulty(2), edit, edits=root)]

    async def meanwhile(*given: Any) -> bool:
        if others:
            assert (await phone.send(others.pop())).status_code == 202
        return await was_sent(*given)

    monkeypatch.setattr(edits, "_was_sent", meanwhile)
    assert (await phone.send(write_instance(make_body(3), later, edits=edit))).status_code == 202
    assert await state_of(connection) == (0, 0)
    await phone.send(write_instance(make_body(1), root))
    assert await connection.fetchval("SELECT id FROM submission") == root
    assert (await state_of(connection), {status for _, status in await held_of(connection)}) == ((1, 2), {"repaired"})


async def test_many_that_wait_make_no_other_wait_longer(
    phone: Phone, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each comes before the one that it edits, and looks for that, but not for those of all others."""
    ids, looked = [uuid4() for _ in range(9)], [0]
    find_base = edits.find_base

    async def counted(*given: Any) -> Any:
        looked[-1] += 1
        return await find_base(*given)

    monkeypatch.setattr(taking, "find_base", counted)
    for place in range(len(ids) - 1, 0, -1):
        xml = write_instance(make_body(place), ids[place], edits=ids[place - 1])
        assert (await phone.send(xml)).status_code == 202
        looked.append(0)
    assert max(looked) <= 4, looked
    assert (await phone.send(write_instance(make_body(0), ids[0]))).status_code == 201
    assert await state_of(connection) == (1, len(ids))


async def test_edits_that_name_each_other_wait(phone: Phone, connection: Connection) -> None:
    one, two = uuid4(), uuid4()
    for _ in range(2):
        assert (await phone.send(write_instance(make_body(1), one, edits=two))).status_code == 202
        assert (await phone.send(write_instance(make_body(2), two, edits=one))).status_code == 202
    assert (await state_of(connection), await held_of(connection)) == ((0, 0), [("faulty", "open")] * 2)


async def test_an_interview_and_its_edit_at_once(phone: Phone, connection: Connection) -> None:
    for seed in range(6):
        root, edit = uuid4(), uuid4()
        sent = [write_instance(make_body(seed), root), write_instance(make_body(seed + 50), edit, edits=root)]
        answers = await asyncio.gather(*(phone.send(xml) for xml in sent))
        again = [await phone.send(xml) for xml in sent]
        assert {each.status_code for each in answers} <= {201, 202, 503}
        assert [each.status_code for each in again] == [201, 201]
    rows = await connection.fetch("SELECT revision FROM submission")
    assert [row["revision"] for row in rows] == [2] * 6
    assert ("conflict", "open") not in await held_of(connection)
