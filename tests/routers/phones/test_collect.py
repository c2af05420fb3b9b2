"""ODK Collect's own way with the service: updating its forms, and sending its queue."""

from uuid import uuid4

import pytest

from app.platform.database import Connection, Database
from tests.support.accounts import VILLAGE
from tests.support.collect_queue import Collect
from tests.support.factories import Client, make_body
from tests.support.phones import Phone, add_phone, make_faulty, revoke, write_instance


@pytest.fixture
def collect(phone: Phone) -> Collect:
    return Collect(phone.http, [f"http://ikk.test{phone.server}"])


async def test_it_works(collect: Collect, connection: Connection) -> None:
    await collect.update()
    assert ("ikk-29", "2026.2-1") in collect.forms
    assert VILLAGE in collect.media["villages.csv"].decode()
    for seed in (1, 2, 3):
        made = uuid4()
        collect.finalise(write_instance(make_body(seed), made), made)
    assert await collect.send_all() == 0
    assert all(each.message.startswith("Tersimpan.") for each in collect.queue)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 3


async def test_what_it_has_is_not_fetched_again(collect: Collect) -> None:
    """getodk/collect#1693 and onaio/onadata#2767: a phone knows by the hash what is new, and nothing else is."""
    await collect.update()
    fetched = collect.fetched
    await collect.update()
    assert collect.fetched == fetched


async def test_one_with_faults_does_not_stop_the_rest(collect: Collect, connection: Connection) -> None:
    for body in (make_body(1), make_faulty(2), make_body(3)):
        collect.finalise(write_instance(body))
    collect.finalise(b"<no-instance/>")
    collect.finalise(write_instance(make_body(4)))
    assert await collect.send_all() == 1
    assert [each.statuses for each in collect.queue] == [[201], [202], [201], [400], [201]]
    assert collect.queue[3].message
    # It is sent again at each later run, and each answer is the same.
    for _ in range(3):
        assert await collect.send_all() == 1
    assert collect.queue[3].statuses == [400] * 4
    assert await connection.fetchval("SELECT count(*) FROM submission") == 3


async def test_large_files_are_split_over_several_posts(collect: Collect, connection: Connection) -> None:
    sent = collect.finalise(write_instance(make_body(1)), a_jpg=b"a" * 300_000, b_jpg=b"b" * 300_000)
    assert await collect.send_all() == 0
    assert sent.statuses == [201, 201]
    assert "b.jpg" in sent.message
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1


async def test_a_file_that_is_too_large_fails_with_words(collect: Collect, connection: Connection) -> None:
    sent = collect.finalise(write_instance(make_body(1)), a_jpg=b"a" * 600_000)
    assert await collect.send_all() == 1
    assert sent.statuses == [413]
    assert sent.message
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0


async def test_a_revoked_phone_keeps_its_queue(
    collect: Collect, phone: Phone, client: Client, database: Database
) -> None:
    for seed in (1, 2):
        collect.finalise(write_instance(make_body(seed)))
    await revoke(database, phone)
    assert await collect.send_all() == 2
    assert [each.statuses for each in collect.queue] == [[403], [403]]
    assert "QR" in collect.queue[0].message
    fresh = await add_phone(client.http, database, phone.person)
    collect.servers = [f"http://ikk.test{fresh.server}"]
    assert await collect.send_all() == 0


async def test_a_user_sends_sent_ones_again(collect: Collect, connection: Connection) -> None:
    """getodk/collect#3517."""
    sent = collect.finalise(write_instance(make_body(1)))
    await collect.send_all()
    first = sent.message
    for _ in range(2):
        await collect.send(sent)
    assert (sent.statuses, sent.message) == ([201, 201, 201], first)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1
