"""HTTP as a device speaks it over a bad line: a connection for each request, which may break at any point."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httptools

PATIENCE: Final = 60.0
"""Seconds without a whole response after which a device counts the request as unanswered. The service has limits of
its own, which are shorter."""


@dataclass(slots=True)
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    whole: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.whole = True

    def read(self) -> Any:
        return json.loads(self.body)


def make_request(method: str, path: str, token: str, body: bytes, **headers: str) -> bytes:
    head = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {token}",
        "Connection": "close",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def exchange(port: int, request: bytes) -> Answer:
    """Sends a request and returns the response. Raises OSError if the connection breaks, and TimeoutError."""
    started, answer = time.monotonic(), Answer()
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            parser = httptools.HttpResponseParser(answer)
            while not answer.whole:
                part = await reader.read(65536)
                if not part:
                    raise ConnectionResetError
                parser.feed_data(part)
        finally:
            writer.close()
    answer.status, answer.seconds = parser.get_status_code(), time.monotonic() - started
    return answer


async def send_only(port: int, request: bytes) -> None:
    """Sends what may be part of a request, and closes without waiting for a response. Raises OSError."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
    finally:
        writer.close()
