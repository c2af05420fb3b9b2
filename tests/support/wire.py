"""A line to PostgreSQL that a test can cut, and a wait with a time limit."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Break = Literal["before the statement", "before the answer"]
_SOCKET = ".s.PGSQL.5432"


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Returns as soon as the condition holds. Fails if it does not hold within this many seconds."""
    end = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < end, f"did not come about within {seconds} s"
        await asyncio.sleep(0.02)


class Line:
    """A Unix socket in front of a PostgreSQL server. It forwards everything until it is cut, stalled or broken off."""

    def __init__(self, dsn: str) -> None:
        url = urlsplit(dsn)
        query = dict(parse_qsl(url.query))
        host, port = query.pop("host", url.hostname or "localhost"), query.pop("port", url.port or 5432)
        self._upstream = (host, int(port))
        self._folder = Path(tempfile.mkdtemp(prefix="ikk-line-"))
        who = url.netloc.rpartition("@")[0]  # the host after it would take precedence over the socket
        self.dsn = urlunsplit(
            url._replace(netloc=f"{who}@", query=urlencode({**query, "host": str(self._folder), "port": 5432}))
        )
        self._server: asyncio.Server | None = None
        self._past: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self.stalled = False
        self._breaks: Break | None = None
        self._at = b""

    def break_off(self, breaks: Break, statement: bytes) -> None:
        """Cuts the line just before or after the statement that contains these bytes. Until then all else passes."""
        self._breaks, self._at = breaks, statement

    async def restore(self) -> None:
        """Accepts connections, for the first time or again."""
        self._breaks, self.stalled = None, False
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._join, self._folder / _SOCKET)

    def cut(self) -> None:
        """Ends every connection and accepts no more."""
        if self._server is not None:
            # No client finds this server any more, but it is kept until the line is closed. Otherwise asyncio would
            # forget, without closing it, a connection that the server accepted just as it closed.
            self._past.append(self._server)
            self._server = None
            (self._folder / _SOCKET).unlink(missing_ok=True)
        for end in self._open:
            end.transport.abort()

    async def close(self) -> None:
        self.cut()
        await eventually(self._is_quiet)
        for server in self._past:
            server.close()
        shutil.rmtree(self._folder)

    async def _is_quiet(self) -> bool:
        return not self._open

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        both = {writer}
        self._open |= both
        try:
            if self._server is None:  # it came just as the line was cut
                return
            host, port = self._upstream
            if host.startswith("/"):
                opened = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            else:
                opened = await asyncio.open_connection(host, port)
            both.add(opened[1])
            self._open |= both
            reached = asyncio.Event()
            await asyncio.gather(
                self._forward(reader, opened[1], "before the statement", reached),
                self._forward(opened[0], writer, "before the answer", reached),
            )
        finally:
            self._open -= both
            for end in both:
                end.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Break, reached: asyncio.Event
    ) -> None:
        """Forwards one direction. reached: set when this connection has carried the statement to break off at"""
        try:
            while part := await reader.read(65_536):
                if self._breaks is not None and way == "before the statement" and self._at in part:
                    reached.set()
                if reached.is_set() and self._breaks == way:
                    self.cut()
                if not self.stalled:
                    writer.write(part)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()
