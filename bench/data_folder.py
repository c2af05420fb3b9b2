"""What a benchmark runs on: a new database on a durable server, and servers as separate programs."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from app import embedded
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.config import Settings
from app.platform.database import Database
from app.platform.migrations import migrate
from app.regions.editions import CURRENT
from app.services.reference.instruments import publish_instrument
from app.services.reference.regions import load_regions

PROJECT: Final = Path(__file__).resolve().parent.parent
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 10.0
_DATABASES: Final = count()
_FILLED: Final = f"ikk_bench_{os.getpid()}_filled"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder. Other accounts may enter it, because PostgreSQL runs under another account for root."""
    with tempfile.TemporaryDirectory(prefix="ikk-bench-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextmanager
def durable_server(folder: Path, configured: str | None) -> Iterator[str]:
    """The server of DATABASE_URL if it is set, otherwise an embedded one in the folder with its usual settings."""
    if configured is not None:
        try:
            yield configured
        finally:
            asyncio.run(_run(configured, f"DROP DATABASE IF EXISTS {_FILLED} WITH (FORCE)"))
        return
    with embedded.running(folder / "postgres") as dsn:
        yield dsn


@asynccontextmanager
async def own_database(server: str, settings: Settings) -> AsyncIterator[str]:
    """A database with tables, regions and the shipped instruments. It is dropped at the end."""
    if not await _run(server, f"SELECT FROM pg_database WHERE datname = '{_FILLED}'"):
        await _fill(server, settings)
    name = f"ikk_bench_{os.getpid()}_{next(_DATABASES)}"
    await _run(server, f"CREATE DATABASE {name} TEMPLATE {_FILLED} STRATEGY FILE_COPY")
    try:
        yield _named(server, name)
    finally:
        await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _fill(server: str, settings: Settings) -> None:
    """Makes the database that all others of this process are copies of."""
    await _run(server, f"CREATE DATABASE {_FILLED} TEMPLATE template0 ENCODING 'UTF8'")
    dsn = _named(server, _FILLED)
    await migrate(dsn)
    async with Database.open(dsn, settings) as database, database.session() as session:
        await load_regions(session, CURRENT)
        for file in sorted(SHIPPED_INSTRUMENTS.glob("*.toml")):
            await publish_instrument(session, file.read_bytes())


def _named(server: str, name: str) -> str:
    """The DSN of a database."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def _run(dsn: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        rows: list[Any] = await connection.fetch(statement)
    finally:
        await connection.close()
    return rows


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def serving(module: str, *arguments: str, port: int, ready: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Runs a server as a separate program. Yields its process id as soon as `ready` returns 200."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            _await_ready(server, f"http://127.0.0.1:{port}{ready}")
            yield server.pid
        finally:
            server.terminate()
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _await_ready(server: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False) as http:
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise RuntimeError(f"{server.args!r} ended with status {server.returncode}")
            try:
                if http.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise RuntimeError(f"{url} was not ready within {_START_SECONDS:.0f} s")


def cpu_seconds(pid: int) -> float | None:
    """CPU seconds, user and system, that a program has used so far. None if the system has no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
