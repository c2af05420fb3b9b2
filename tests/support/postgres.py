"""Runs a PostgreSQL of the distribution, which can do TLS and listens at TCP ports, unlike the embedded one."""

import asyncio
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.embedded.data_folder import Server, find_account, run_as
from app.embedded.supervisor import attempts

BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)
needs_postgresql = pytest.mark.skipif(
    BINARIES is None, reason="PostgreSQL is not installed (Debian: apt-get install postgresql)"
)


class Postgres:
    """A server in a folder of its own. It has one database, `ikk`, and trusts everybody on this machine."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.folder = folder
        self.cluster = folder / "cluster"
        self.dsn = f"postgresql://postgres@/ikk?host={folder}&port={self.port}"
        # PostgreSQL refuses to run as root.
        self._account: dict[str, Any] = run_as(Server(folder, *find_account()))
        self._program: subprocess.Popen[bytes] | None = None
        give(folder)
        command = [str(BINARIES / "initdb") if BINARIES else "", "-D", str(self.cluster)]
        command += ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, **self._account)

    def start(self, options: Mapping[str, str]) -> None:
        """Starts the server and waits until it has the database."""
        assert BINARIES is not None
        own = {"fsync": "off", "port": str(self.port), "unix_socket_directories": str(self.folder), **options}
        command = [str(BINARIES / "postgres"), "-D", str(self.cluster)]
        command += [part for name, value in own.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._program = subprocess.Popen(command, stdout=log, stderr=log, **self._account)
        for _ in attempts(60):
            assert self._program.poll() is None, (self.folder / "log").read_text()
            try:
                asyncio.run(self._create())
            except (OSError, asyncpg.CannotConnectNowError):
                continue
            return
        raise AssertionError((self.folder / "log").read_text())

    async def _create(self) -> None:
        owner = await asyncpg.connect(self.dsn, database="postgres")
        if not await owner.fetchval("SELECT true FROM pg_database WHERE datname = 'ikk'"):
            await owner.execute("CREATE DATABASE ikk TEMPLATE template0 ENCODING 'UTF8'")
        await owner.close()

    def stop(self) -> None:
        if self._program is not None:
            self._program.send_signal(2)  # SIGINT, a fast shutdown
            self._program.wait()


def give(path: Path) -> None:
    """Gives a file or folder to the account that runs the server."""
    if os.geteuid() == 0:
        os.chown(path, *find_account())


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server that is not started yet. It is stopped, and its folder removed, after the block."""
    # Not tmp_path, because no other account may enter it, and root's server runs under another.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ikk-test-") as base:
        Path(base).chmod(0o755)
        server = Postgres(Path(base))
        try:
            yield server
        finally:
            server.stop()
