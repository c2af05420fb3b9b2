"""Runs a real PgBouncer in front of the tests' PostgreSQL."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.platform.database_address import read_address
from tests.support.wire import eventually

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None, reason="PgBouncer is not installed (Debian: apt-get install pgbouncer)"
)


@dataclass
class Pooler:
    """A running PgBouncer. Its console takes `RELOAD` and `RECONNECT`."""

    dsn: str
    file: Path
    port: int

    def configure(self, upstream: str, **settings: str) -> None:
        address = read_address(upstream)
        place = {
            "host": address.hosts[0],
            "port": str(address.ports[0] if address.ports else 5432),
            "user": address.user,
            "password": address.password,
            "dbname": address.database,
        }
        lines = ["[databases]", "ikk = " + " ".join(f"{name}={value}" for name, value in place.items() if value)]
        own = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "any",
            "admin_users": "console",
            "max_client_conn": "100",
            "default_pool_size": "20",
            "query_wait_timeout": "5",
        }
        lines += ["[pgbouncer]", *(f"{name} = {value}" for name, value in {**own, **settings}.items())]
        self.file.write_text("\n".join(lines) + "\n")

    async def tell(self, command: str) -> None:
        """A command to the console, which knows only the simple protocol."""
        console: Any = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="console", database="pgbouncer", ssl=False
        )
        await console.execute(command)
        await console.close()


@asynccontextmanager
async def pooling(upstream: str, **settings: str) -> AsyncIterator[Pooler]:
    """PgBouncer with these settings in front of a database. No password is needed to connect to it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ikk-test-") as folder, socket.socket() as probe:
        os.chmod(folder, 0o755)
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        probe.close()
        pooler = Pooler(f"postgresql://anybody@127.0.0.1:{port}/ikk", Path(folder, "pgbouncer.ini"), port)
        pooler.configure(upstream, **settings)
        with program(pooler.file):
            await eventually(partial(listens, port))
            yield pooler


@contextmanager
def program(file: Path) -> Iterator[None]:
    assert PGBOUNCER is not None
    # PgBouncer refuses to run as root, and only the account of the embedded server may enter its socket's folder.
    account: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
    running = subprocess.Popen([PGBOUNCER, "--quiet", str(file)], **account)
    try:
        yield
    finally:
        running.kill()
        running.wait()


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
