"""`ikk serve` as a separate program: HTTP over TCP, its end, and clients that disconnect."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.config import Settings
from app.platform.database import Connection, Database
from tests.support.factories import LANDASAN_ULIN_SELATAN, PROJECT, make_body
from tests.support.serving import POOL, Server, put, rows, serving
from tests.support.wire import eventually


async def waiting_for_a_lock(session: Any) -> int:
    """The number of statements of the service that wait for a lock in this database."""
    counted: int = await session.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return counted


AT_ONCE = 2
"""So many submissions wait at once for what others hold."""
BROKEN, GONE = "1c6f802f-7b63-4f0b-9a55-b7f1c7f0a001", "0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0"


def raw_request(server: Server, body: bytes, *, request_id: str, length: int | None = None) -> bytes:
    """The bytes of a PUT, which may announce another length than it has."""
    return (
        f"PUT /v1/submissions/{uuid4()} HTTP/1.1\r\nHost: ikk.test\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: application/json\r\nX-Request-ID: {request_id}\r\nContent-Length: {length or len(body)}\r\n\r\n"
    ).encode() + body


async def test_it_works(http: httpx.AsyncClient, connection: Connection) -> None:
    uuid = uuid4()
    sent = await put(http, 1, uuid)
    assert sent.status_code == 201
    assert (await put(http, 1, uuid)).content == sent.content
    assert (await http.get(f"/v1/submissions/{uuid}")).json() == sent.json()
    assert (await http.get("/v1/aggregates/63/2025")).json()["families"] == await rows(connection) == 1


async def test_it_does_not_say_what_it_runs_on(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health/live")
    assert answer.status_code == 200
    assert "server" not in answer.headers


async def test_a_head_leaves_the_connection_in_step(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    asked = f"/openapi.json HTTP/1.1\r\nHost: ikk.test\r\nAuthorization: Bearer {server.token}\r\n"
    writer.write(f"HEAD {asked}\r\nGET {asked}Connection: close\r\n\r\n".encode())
    async with asyncio.timeout(30):
        head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    (length,) = re.findall(rb"content-length: (\d+)", head)
    assert head.startswith(b"HTTP/1.1 200")
    assert rest.startswith(b"HTTP/1.1 200")
    assert len(rest.partition(b"\r\n\r\n")[2]) == int(length) > 100_000


async def test_a_body_that_grows_too_long_is_refused(http: httpx.AsyncClient, connection: Connection) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    answer = await http.put(f"/v1/submissions/{uuid4()}", content=parts(), headers=headers)
    assert answer.status_code == 413
    assert await rows(connection) == 0


async def test_a_body_that_announces_to_be_far_too_long_is_refused(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await http.put(f"/v1/submissions/{uuid4()}", content=b" " * 20_000_000, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:ikk:problem:body-too-large"


async def test_an_upload_that_breaks_off_stores_nothing(
    server: Server, http: httpx.AsyncClient, connection: Connection
) -> None:
    body = json.dumps(make_body()).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    # The half that arrives is complete JSON. Only the announced length shows that more should have come.
    writer.write(raw_request(server, body.ljust(2500), length=5000, request_id=BROKEN))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""

    async def is_over() -> bool:
        return any(line.get("request_id") == BROKEN for line in server.lines())

    await eventually(is_over)
    assert await rows(connection) == 0
    assert (await put(http)).status_code == 201


async def test_clients_that_go_away_while_waiting_hold_nothing_up(
    server: Server, http: httpx.AsyncClient, other: Any
) -> None:
    assert (await put(http, 0)).status_code == 201
    async with other.transaction():
        await other.execute("SELECT 1 FROM village_sums FOR UPDATE")
        ends = []
        for number in range(32):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            body = json.dumps(make_body(number + 1)).encode()
            writer.write(raw_request(server, body, request_id=f"{GONE}{number:04x}"))
            await writer.drain()
            ends.append(writer)

        async def are_waiting() -> bool:
            return await waiting_for_a_lock(other) >= AT_ONCE

        await eventually(are_waiting)
        assert (await http.get("/health/ready")).status_code == 200
        for writer in ends:
            writer.transport.abort()
    async with asyncio.timeout(30):
        assert (await put(http, 99)).status_code == 201

    async def are_over() -> bool:
        return sum(str(line.get("request_id")).startswith(GONE) for line in server.lines()) == 32

    await eventually(are_over)
    assert (await http.get("/v1/aggregates/63/2025")).json()["families"] == await rows(other)
    assert (await asyncio.gather(*(put(http, seed) for seed in range(POOL))))[-1].status_code == 201


async def test_told_to_stop_it_first_answers_what_is_running(
    dsn: str, database: Database, connection: Connection, other: Any, settings: Settings, tmp_path: Path
) -> None:
    assert database is not None
    # The same key ring as the application on this database, because both seal one audit log.
    async with serving(tmp_path, dsn, IKK_KEYS_FILE=str(settings.key_ring_file)) as server, server.client() as http:
        assert (await put(http, 1)).status_code == 201
        async with other.transaction():
            await other.execute("SELECT 1 FROM village_sums WHERE region = $1 FOR UPDATE", LANDASAN_ULIN_SELATAN)
            running = asyncio.create_task(put(http, 2))

            async def is_waiting() -> bool:
                return await waiting_for_a_lock(other) == 1

            await eventually(is_waiting)
            server.program.send_signal(signal.SIGTERM)
            await eventually(server.refuses)
            assert not running.done()
        assert (await running).status_code == 201
        status = await asyncio.to_thread(server.program.wait, 20)
    # A shell reports such an end as status 128 + 15.
    assert status == -signal.SIGTERM
    assert await rows(connection) == 2
    assert all("event" in line for line in server.lines())
    assert not [line for line in server.lines() if line["level"] in ("error", "critical")]


async def test_a_wrong_setting_ends_it_with_the_setting_s_name(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "IKK_FOLDER": str(tmp_path), "IKK_PORT": "70000"}
    command = [sys.executable, "-m", "app.cli", "serve"]
    ended = await asyncio.to_thread(
        subprocess.run, command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "port" in ended.stderr
