"""Runs `ikk serve` as a separate program for tests, sends it requests, reads its log and ends it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.config import Settings
from app.platform.key_ring import make_ring
from app.platform.tokens import Tokens
from tests.support.factories import EVERYTHING, PROJECT, make_body
from tests.support.wire import eventually

POOL = 4


class Server:
    """A running `ikk serve`. `changed` sets more environment variables, in which {port} stands for its port."""

    def __init__(self, folder: Path, dsn: str, **changed: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.folder = folder
        self._log = folder / "log"
        settings = Settings(folder=folder).at_port(self.port)
        if "IKK_ISSUER" in changed:
            settings = settings.model_copy(update={"issuer": changed["IKK_ISSUER"]})
        tokens = Tokens(settings, make_ring(Path(changed.get("IKK_KEYS_FILE", settings.key_ring_file))))
        # Metrics are for the country only.
        scopes = {**dict.fromkeys(EVERYTHING, ("63",)), "metrics:read": ("ID",)}
        self.token = tokens.issue("agency", str(uuid4()), scopes).token
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": dsn,
            "IKK_FOLDER": str(folder),
            "IKK_PORT": str(self.port),
            "IKK_POOL_SIZE": str(POOL),
            # Releases of the day would come at any moment of a test.
            "IKK_RELEASE_HOUR": "",
            **{name: value.replace("{port}", str(self.port)) for name, value in changed.items()},
        }
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "app.cli", "serve"]
            self.program = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"}
        # Without `verify=False` it would read all trusted authorities each time, and need none of them.
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30, verify=False)

    async def is_ready(self) -> bool:
        assert self.program.poll() is None, self.text()
        try:
            async with self.client() as http:
                return (await http.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def refuses(self) -> bool:
        """Whether it accepts no new connection."""
        try:
            async with self.client() as http:
                await http.get("/health/live")
        except httpx.ConnectError:
            return True
        except httpx.TransportError:
            pass  # the kernel accepted it just as the server closed, and the next one is refused
        return False

    def text(self) -> str:
        return self._log.read_text("utf-8")

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@asynccontextmanager
async def serving(folder: Path, dsn: str, **changed: str) -> AsyncIterator[Server]:
    """A server that is ready. `changed` sets more environment variables."""
    server = Server(folder, dsn, **changed)
    try:
        try:
            await eventually(server.is_ready, 60)
        except AssertionError as error:
            error.add_note(server.text())
            raise
        yield server
    finally:
        server.program.kill()
        server.program.wait()


async def put(http: httpx.AsyncClient, seed: int = 1, uuid: UUID | None = None) -> httpx.Response:
    return await http.put(f"/v1/submissions/{uuid or uuid4()}", json=make_body(seed))


async def rows(session: Any) -> int:
    counted: int = await session.fetchval("SELECT count(*) FROM submission")
    return counted


async def put_body(http: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    """Sends a submission under a new id."""
    return await http.put(f"/v1/submissions/{uuid4()}", json=body)
