"""The thin layer in front changes nothing but the time: two servers, one with it and one without, answer alike."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from app.config import Settings
from app.platform.database import UnavailableError
from app.platform.log import configure_logging
from app.problems import Problem, kinds
from app.synthetic import name_family
from tests.platform.test_telemetry import Log
from tests.platform.test_telemetry import written as written
from tests.support.databases import fresh_database
from tests.support.factories import make_body
from tests.support.two_ways import AGENCY, MASKED, REQUEST_ID, Served, served


@pytest.fixture(scope="module")
async def pair(
    server_dsn: str, filled: str, worker_id: str, settings: Settings
) -> AsyncIterator[tuple[Served, Served]]:
    """A server with the layer in front and one without, each on a database of its own."""
    changed = settings.model_copy(update={"agency_requests_per_minute": 0, "body_seconds": 0.5})
    async with AsyncExitStack() as stack:
        both = []
        for fronted in (True, False):
            name = f"ikk_test_front_{fronted}_{worker_id}_{os.getpid()}".lower()
            dsn = await stack.enter_async_context(fresh_database(server_dsn, name, filled))
            both.append(await stack.enter_async_context(served(changed, dsn, fronted=fronted)))
        yield both[0], both[1]


def put(body: bytes | dict[str, Any], token: str | None, id: UUID | str | None = None, **changed: str | None) -> bytes:
    """A PUT request. `changed` sets headers, with _ for -, or leaves those out that are None."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers: dict[str, str | None] = {
        "host": "ikk.test",
        "authorization": None if token is None else f"Bearer {token}",
        "content-type": "application/json",
        "content-length": str(len(sent)),
        "x-request-id": REQUEST_ID,
        "accept-language": "en",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value is not None]
    return f"PUT /v1/submissions/{id or uuid4()} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + sent


async def both_answer(pair: tuple[Served, Served], *parts: bytes) -> bytes:
    """The response of both servers, which is the same."""
    with_front, without = [await each.send(*parts) for each in pair]
    assert with_front == without
    return with_front


def named(seed: int) -> dict[str, Any]:
    return name_family(make_body(seed), Random(seed))


SOUND: Final[dict[str, Any]] = {
    "plain": make_body(1),
    "named": named(2),
    "pretty": json.dumps(named(3), indent=2).encode(),
    "dotted": make_body(4, region="63.72.06.1004"),
    "another instrument": make_body(5, file="ketahanan-24-2016.3"),
    "with warnings": make_body(6, family={"head_sex": "male", "members": 50, "card_number": "9999990101200001"}),
    "a second interview": {**make_body(7), "purpose": "reinterview"},
    "for training": {**make_body(8), "purpose": "training"},
    "with a salt": {**make_body(9), "salt": "d94a1c76-2b8e-4f05-a3d1-6e70b9c52f48"},
    "without a card": make_body(10, family={"head_sex": "male", "members": 3}),
}


@pytest.mark.parametrize("name", SOUND)
async def test_a_sound_submission(name: str, pair: tuple[Served, Served]) -> None:
    pair[0].ordinary.clear()
    sent, token = uuid4(), pair[0].token()
    answer = await both_answer(pair, put(SOUND[name], token, sent))
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert f"x-request-id: {REQUEST_ID}".encode() in answer
    assert pair[0].ordinary == []

    again = await both_answer(pair, put(SOUND[name], token, sent))
    assert again.startswith(b"HTTP/1.1 200 ")
    assert pair[0].ordinary == ["PUT"]


async def test_somebody_in_training(pair: tuple[Served, Served]) -> None:
    pair[0].ordinary.clear()
    answer = await both_answer(pair, put(make_body(20), pair[0].token(training=True)))
    assert b"in_training" in answer
    assert pair[0].ordinary == []


@pytest.mark.parametrize("length", [1, 100, 1300])
async def test_a_body_in_parts(length: int, pair: tuple[Served, Served]) -> None:
    pair[0].ordinary.clear()
    whole = put(make_body(30 + length), pair[0].token())
    body = len(whole.partition(b"\r\n\r\n")[2])
    parts = whole[:-body], whole[-body : -body + min(length, body - 1)], whole[-body + min(length, body - 1) :]
    assert (await both_answer(pair, *parts)).startswith(b"HTTP/1.1 201 ")
    assert pair[0].ordinary == []


HEADS: Final[dict[str, tuple[bytes, dict[str, str | None]]]] = {
    "no accept header": (b" 201 ", {"accept": None}),
    "anything": (b" 201 ", {"accept": "*/*"}),
    "a charset": (b" 201 ", {"content_type": "application/json; charset=utf-8"}),
    "no request id": (b" 201 ", {"x_request_id": None}),
    "another type is wanted": (b" 406 ", {"accept": "text/html"}),
    "another type": (b" 415 ", {"content_type": "text/plain"}),
    "no type": (b" 415 ", {"content_type": None}),
    "an encoding": (b" 400 ", {"content_encoding": "gzip"}),
    "an unknown encoding": (b" 415 ", {"content_encoding": "zstd"}),
    "a page elsewhere": (b" 201 ", {"origin": "https://dashboard.example.go.id"}),
    "no token": (b" 401 ", {"authorization": None}),
    "another token": (b" 401 ", {"authorization": "Bearer x.y.z"}),
    "an empty token": (b" 401 ", {"authorization": "Bearer "}),
    "a password": (b" 401 ", {"authorization": "Basic eDp5"}),
    "in small letters": (b" 201 ", {"authorization": "bearer {token}"}),
    "a head that is too long": (b" 431 ", {"x_long": "x" * 40_000}),
    "a large body": (b" 413 ", {"content_length": "70000"}),
    "a huge body": (b" 413 ", {"content_length": "9999999999999"}),
    "a wrong clock": (b" 201 ", {"sent_at": "2019-12-31T23:59:59+08:00"}),
    "no moment": (b" 422 ", {"sent_at": "now"}),
    "an empty moment": (b" 422 ", {"sent_at": ""}),
    "a request id of another form": (b" 201 ", {"x_request_id": "6372010101900001"}),
}


@pytest.mark.parametrize("name", HEADS)
async def test_a_head(name: str, pair: tuple[Served, Served]) -> None:
    status, changed = HEADS[name]
    token = pair[0].token()
    changed = {key: value and value.replace("{token}", token) for key, value in changed.items()}
    request = put(make_body(100 + list(HEADS).index(name)), token, **changed)
    answers = [await each.send(request) for each in pair]
    if changed.get("x_request_id", REQUEST_ID) != REQUEST_ID:
        answers = [re.sub(rb"(?<=\nx-request-id: )[0-9a-f-]{36}", b"*", each) for each in answers]
    assert answers[0] == answers[1]
    assert status in answers[0].partition(b"\r\n")[0]


def _changed(body: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**body, **changed}


BODIES: Final[dict[str, tuple[bytes, Any]]] = {
    "a fault": (b" 422 ", _changed(make_body(50), surveyed_at="2019-01-01T00:00:00Z", members=1)),
    "no village": (b" 422 ", make_body(51, region="6372069999")),
    "a region of others": (b" 403 ", make_body(52, region="1101012001")),
    "not JSON": (b" 400 ", b'{"instrument":'),
    "a list": (b" 400 ", b"[]"),
    "nothing": (b" 400 ", b""),
    "a repeated name": (b" 400 ", json.dumps(make_body(53)).replace("{", '{"version": "2025.1", ', 1).encode()),
    "an escape": (b" 201 ", json.dumps(make_body(54)).replace('"ikk-29"', '"ikk\\u002d29"').encode()),
    "a null": (b" 201 ", _changed(make_body(55), consent=None)),
    "a byte order mark": (b" 201 ", b"\xef\xbb\xbf" + json.dumps(make_body(56)).encode()),
    "another version": (b" 422 ", _changed(make_body(57), version="1999.1")),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body(name: str, pair: tuple[Served, Served]) -> None:
    status, body = BODIES[name]
    assert status in (await both_answer(pair, put(body, pair[0].token()))).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("PUT /v1/submissions/00000000-0000-0000-0000-000000000000", b" 422 "),
        ("PUT /v1/submissions/FFFFFFFF-ffff-ffff-ffff-ffffffffffff", b" 422 "),
        ("PUT /v1/submissions/3F0C1F0E-7a51-4c0b-9d0f-5a1be1f1f0d2", b" 201 "),
        ("PUT /v1/submissions/3f0c1f0e7a514c0b9d0f5a1be1f1f0d2", b" 422 "),
        ("PUT /v1/submissions/3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d3?x=1", b" 422 "),
        ("PUT /v1/submissions/3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d4?", b" 201 "),
        ("PUT /v1/submissions/3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d5/", b" 404 "),
        ("PUT /v1/submissions/%33f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d6", b" 201 "),
        ("POST /v1/submissions/3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d7", b" 405 "),
        ("OPTIONS /v1/submissions/3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d7", b" 405 "),
        ("HEAD /v1/submissions/3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d7", b" 404 "),
    ],
)
async def test_an_address(line: str, status: bytes, pair: tuple[Served, Served]) -> None:
    # The seed must give the same body in each case but another family.
    request = put(make_body(200 + len(line) + ord(line[-1])), pair[0].token())
    request = line.encode() + request[request.index(b" HTTP/1.1") :]
    if line.startswith("HEAD"):
        heads = [(await _head(each, request)) for each in pair]
        assert heads[0] == heads[1]
        assert status in heads[0].partition(b"\r\n")[0]
        return
    assert status in (await both_answer(pair, request)).partition(b"\r\n")[0]


async def _head(server: Served, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return MASKED.sub(b"*", head)


async def test_a_token_for_something_else(pair: tuple[Served, Served]) -> None:
    request = put(make_body(60), pair[0].token(scope="aggregates:read"))
    assert b" 403 " in (await both_answer(pair, request)).partition(b"\r\n")[0]


async def test_other_content_under_one_id(pair: tuple[Served, Served]) -> None:
    sent, token = uuid4(), pair[0].token()
    await both_answer(pair, put(make_body(61), token, sent))
    assert b" 409 " in (await both_answer(pair, put(make_body(62), token, sent))).partition(b"\r\n")[0]


async def test_a_slow_body(pair: tuple[Served, Served]) -> None:
    request = put(make_body(63), pair[0].token())
    assert b" 408 " in (await both_answer(pair, request[:-10])).partition(b"\r\n")[0]


async def test_chunks(pair: tuple[Served, Served]) -> None:
    request = put(make_body(64), pair[0].token(), content_length=None, transfer_encoding="chunked")
    head, _, body = request.partition(b"\r\n\r\n")
    chunked = b"%s\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (head, len(body), body)
    assert b" 201 " in (await both_answer(pair, chunked)).partition(b"\r\n")[0]


async def test_who_hangs_up_in_the_middle_stores_nothing(pair: tuple[Served, Served]) -> None:
    sent, token = uuid4(), pair[0].token()
    for each in pair:
        _, writer = await asyncio.open_connection("127.0.0.1", each.port)
        writer.write(put(make_body(65), token, sent)[:-10])
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
    assert b" 201 " in (await both_answer(pair, put(make_body(65), token, sent))).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("error", "status"),
    [(UnavailableError(), b" 503 "), (Problem(kinds.CONTENDED), b" 503 "), (KeyError("x"), b" 500 ")],
    ids=["unavailable", "contended", "unforeseen"],
)
async def test_an_error_while_it_is_stored(
    error: Exception, status: bytes, pair: tuple[Served, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    async def fail(*_: Any, **__: Any) -> None:
        tried.append(1)
        raise error

    monkeypatch.setattr("secrets.randbelow", lambda most: 0)  # how long to wait
    monkeypatch.setattr(pair[0].app.state.intake, "store", fail)
    monkeypatch.setattr(pair[1].app.state.intake, "take", fail)
    request = put(make_body(66), pair[0].token())
    assert status in (await both_answer(pair, request)).partition(b"\r\n")[0]
    assert len(tried) == 2


async def test_a_mistake_in_the_layer_keeps_nothing_out(
    pair: tuple[Served, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.routers.intake.front.check_plainly", fail)
    assert b" 201 " in (await both_answer(pair, put(make_body(67), pair[0].token()))).partition(b"\r\n")[0]


async def test_metrics_count_each_request_once(pair: tuple[Served, Served]) -> None:
    """This counts what the tests above sent, whichever way each request ended."""
    for seed in (70, 71):
        await both_answer(pair, put(make_body(seed), pair[0].token()))
    counted = []
    for each in pair:
        lines = each.app.state.metrics.render().decode().splitlines()
        counted.append([line for line in lines if re.match(r"ikk_(request_seconds_count|submissions_total)", line)])
        assert "ikk_requests_running 0.0" in lines
    assert counted[0] == counted[1]
    assert any('route="/v1/submissions/{id}",status="201"' in line for line in counted[0])


async def test_a_caller_is_limited_as_before(
    settings: Settings, dsn: str, server_dsn: str, filled: str, worker_id: str
) -> None:
    """Requests that the layer answers, hands on before it knows the caller, and hands on after it tried."""
    changed = settings.model_copy(update={"agency_requests_per_minute": 4})
    answers = []
    for fronted in (True, False):
        name = f"ikk_test_limit_{fronted}_{worker_id}_{os.getpid()}".lower()
        async with (
            fresh_database(server_dsn, name, filled) as address,
            served(changed, address, fronted=fronted) as server,
        ):
            token, first = server.token(), UUID(int=7)
            requests = [put(make_body(1), token, first), put(make_body(1), token, first), put(b"{}", token, first)]
            requests += [put(make_body(2), token), put(make_body(3), token), put(make_body(4), token)]
            answers.append([(await server.send(each)).partition(b"\r\n")[0] for each in requests])
            seen = server.app.state.addresses.take()
            assert sum(each.uses for each in seen.values()) == 6
    assert answers[0] == answers[1]
    assert [int(each.split()[1]) for each in answers[0]] == [201, 200, 422, 201, 429, 429]


async def test_the_log_line_is_the_same(pair: tuple[Served, Served], written: Log) -> None:
    written.start()
    told = []
    for each in pair:
        await each.send(put(make_body(80), each.token(), UUID(int=80)))
        (line,) = [line for line in written.lines() if line["event"] == "request"]
        assert line.pop("milliseconds") > 0
        assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{6})?Z", line.pop("timestamp"))
        told.append(list(line.items()))
    assert told[0] == told[1]
    assert dict(told[0])["caller"] == AGENCY
    written.start("warning")
    await pair[0].send(put(make_body(81), pair[0].token()))
    assert written.lines() == []


def test_a_line_is_written_as_structlog_writes_it(written: Log, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    from app.platform import log

    members = {"request_id": REQUEST_ID, "method": "PUT", "route": "/x/{id}", "status": 201}
    log.log_request(**members, seconds=0.001234, caller=None)  # type: ignore[arg-type]
    log.log.info("request", **members, milliseconds=1.23, caller=None)
    one, other = [re.sub('(?<="timestamp": ")[^"]+', "*", line) for line in capsys.readouterr().out.splitlines()]
    assert one == other
