"""Two servers in this process, one with the layer in front and one without, whose responses must be the same."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from app.config import Settings
from app.main import create_app
from app.routers.front import Front
from tests.support.wire import eventually

REQUEST_ID: Final = "3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11"
AGENCY: Final = "0b8f4c1e-7d0a-4c62-8d7c-1d6f1b7d2f3a"
MASKED: Final = re.compile(
    rb'(?<="family":")[0-9a-f-]{36}|(?<="received_at":")[^"]+|(?<="code":")[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{4}'
    rb'|(?<="held":\{"id":")[0-9a-f-]{36}|(?<="signature":")[^"]+|(?<=\ndate: )[^\r]+|(?<="timestamp": ")[^"]+'
)
"""What differs between two responses to the same request: what is drawn, and moments."""


@dataclass
class Served:
    """A server in this process. `ordinary` counts the requests that went the ordinary way."""

    app: FastAPI
    dsn: str
    port: int
    ordinary: list[str] = field(default_factory=list)

    async def send(self, *parts: bytes, pause: float = 0.02) -> bytes:
        """Sends bytes over a connection of their own, in parts, and returns the whole masked response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause if len(parts) > 1 else 0)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: ([0-9]+)", head)
        body = await reader.readexactly(int(length[1])) if length is not None and b" 304 " not in head else b""
        writer.close()
        return MASKED.sub(b"*", head + body)

    def token(
        self, *, regions: tuple[str, ...] = ("63",), scope: str = "submissions:write", training: bool = False
    ) -> str:
        areas = {scope: regions}
        issued: str = self.app.state.tokens.issue("agency", AGENCY, areas, training=training).token
        return issued


@asynccontextmanager
async def served(settings: Settings, dsn: str, *, fronted: bool) -> AsyncIterator[Served]:
    app = create_app(settings, dsn, fronted=fronted)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
        found = Served(app, dsn, listening.getsockname()[1])
        running = asyncio.create_task(server._serve([listening]))

        async def started() -> bool:
            return server.started

        await eventually(started)
        front = app.middleware_stack
        if isinstance(front, Front):
            _spy(front, found.ordinary)
        try:
            yield found
        finally:
            server.should_exit = True
            await running


def _spy(front: Front, ordinary: list[str]) -> None:
    inner = front._app

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        ordinary.append(scope["method"])
        await inner(scope, receive, send)

    front._app = counting
