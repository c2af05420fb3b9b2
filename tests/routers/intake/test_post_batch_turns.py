"""POST /v1/submissions/batch: neither the longest batch nor a body made to be slow keeps other requests waiting."""

import gc
import gzip
import json
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from app.commands.serve import prepare
from app.platform.database import Connection
from app.schemas.intake.batch import MOST_SUBMISSIONS
from app.services.intake.batch import BATCH_BYTES
from tests.support.batches import LINES, as_lines, families, send_text, statuses
from tests.support.factories import Client
from tests.support.gaps import watching

JSON = "application/json"
GZIP = {"Content-Encoding": "gzip"}
MOST_SECONDS = 0.1
"""CPU of one piece of work. On a quiet machine the longest takes about a third of this."""


@pytest.fixture(scope="module", autouse=True)
def prepared(app: FastAPI) -> None:
    """The application is prepared as in a server."""
    prepare(app)


def nasty() -> Iterator[tuple[str, str, bytes]]:
    """Bodies of 4 MiB that would take long if they were read at once."""
    begin, most = b'{"items":[', BATCH_BYTES - 20
    yield "brackets", JSON, b"[" * most
    yield "pairs in one interview", JSON, begin + b"[" + b"[]" * (most // 2) + b"]]}"
    yield "objects in one interview", JSON, begin + b"[" + b'{"a":1},' * (most // 8) + b"1]]}"
    yield "quotes", JSON, begin + b'"' * (most // 2) + b"]}"
    yield "escapes", JSON, begin + b'"' + b'\\"' * (most // 2) + b'"]}'
    yield "numbers", JSON, begin + b"1," * (most // 2) + b"1]}"
    yield "blanks", JSON, b" " * most
    yield "brackets in lines", LINES, (b"[" * 65_000 + b"\n") * 64
    yield "objects in lines", LINES, (b'{"id":"a","submission":{"answers":[' + b'{"a":1},' * 8000 + b"1]}}\n") * 64
    yield (
        "unknown members in lines",
        LINES,
        (b'{"id":"a",' + b",".join(b'"%d":1' % number for number in range(6000)) + b"}\n") * 64,
    )
    yield "blank lines", LINES, b" \n" * (most // 2)
    yield "short lines", LINES, b"1\n" * (most // 2)


@pytest.mark.parametrize(("media_type", "content"), [pytest.param(*each, id=name) for name, *each in nasty()])
async def test_no_body_holds_the_loop_or_takes_long(caller: Client, media_type: str, content: bytes) -> None:
    packed, began = gzip.compress(content, 1), time.process_time()
    async with watching() as held:
        answer = await send_text(caller, packed, media_type, **GZIP)
    assert answer.status_code in (200, 400, 422)
    if answer.status_code == 200:
        assert set(statuses(answer)) <= {400, 422}
    assert held.seconds < MOST_SECONDS
    assert time.process_time() - began < 4


async def test_500_interviews_are_taken_and_do_not_hold_the_loop(caller: Client, connection: Connection) -> None:
    sent = families(MOST_SUBMISSIONS)
    for content, media_type, status in ((json.dumps({"items": sent}), JSON, 201), (as_lines(sent), LINES, 200)):
        gc.collect()  # what the test itself has made
        async with watching() as held:
            answer = await send_text(caller, content.encode(), media_type)
        assert statuses(answer) == [status] * MOST_SUBMISSIONS
        assert held.seconds < MOST_SECONDS
    assert await connection.fetchval("SELECT count(*) FROM submission") == MOST_SUBMISSIONS
