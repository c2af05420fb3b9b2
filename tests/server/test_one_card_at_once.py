"""Many interviews of one card at the same instant, at a real server: all are stored, and they are one family."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.platform.database import Connection
from tests.support.families import counted, told
from tests.support.serving import put_body


async def send_at_once(http: AsyncClient, bodies: list[dict[str, Any]]) -> list[Response]:
    return list(await asyncio.gather(*(put_body(http, body) for body in bodies)))


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize("count", [8, 40])
async def test_interviews_of_one_card_at_once_are_all_stored_as_one_family(
    http: AsyncClient, connection: Connection, count: int, known: bool
) -> None:
    if known:
        assert (await put_body(http, told(100))).status_code == 201
    answers = await send_at_once(http, [told(seed) for seed in range(count)])
    assert Counter(each.status_code for each in answers) == {201: count}
    assert len({each.json()["family"] for each in answers}) == 1
    there = await counted(connection)
    assert (there["family"], there["submission"]) == (1, count + known)
    assert there["audited"] == count + known


async def test_a_family_that_others_hold_for_too_long_is_said_to_be_held(
    http: AsyncClient, connection: Connection, other: Any
) -> None:
    assert (await put_body(http, told(1))).status_code == 201
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT FROM family FOR UPDATE")
    answer = await put_body(http, told(2))
    await transaction.rollback()
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:ikk:problem:contended")
    assert int(answer.headers["retry-after"]) > 0
    assert (await counted(connection))["submission"] == 1
    assert (await put_body(http, told(2))).status_code == 201
