"""What the storm plays on: a PostgreSQL of its own and two servers, all of which can be ended at any moment."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from app import embedded
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.config import Settings
from app.embedded.data_folder import locate
from app.embedded.supervisor import is_server, read_number
from app.platform.database import Database
from app.platform.migrations import migrate
from app.platform.tokens import Tokens
from app.services.reference.instruments import publish_instrument
from bench.data_folder import scratch_folder
from tests.storm.interviews import FILE, VILLAGES
from tests.storm.scale import Scale
from tests.support.factories import PROJECT
from tests.support.keys import good_ring
from tests.support.programs import free_port
from tests.support.small_regions import load_edition
from tests.support.wire import eventually

_REGIONS: Final = "\n".join(
    ["new,,63,Kalimantan Selatan", "new,,6372,Kota Banjarbaru", "new,,637201,Contoh"]
    + [f"new,,{village},Contoh {number}" for number, village in enumerate(VILLAGES, start=1)]
)
ISSUER: Final = "http://127.0.0.1:8000"
_READY_SECONDS: Final = 180.0


class Server:
    """An `ikk serve` at one port, which can be started again after it ended."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.log = log
        self._environment = {**environment, "IKK_PORT": str(self.port)}
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "app.cli", "serve"]
            self._program = subprocess.Popen(
                command, cwd=PROJECT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    async def end(self, number: signal.Signals) -> None:
        if self._program is not None:
            self._program.send_signal(number)
            await asyncio.to_thread(self._program.wait)

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait()

    async def ready(self) -> None:
        """Returns as soon as the server is ready, whatever became of the database meanwhile."""
        assert self._program is not None
        end = time.monotonic() + _READY_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            while time.monotonic() < end and self._program.poll() is None:
                try:
                    if (await http.get(f"http://127.0.0.1:{self.port}/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError(f"the server was not ready in time:\n{self.log.read_text()[-3000:]}")


class Stage:
    """dsn: as the owner of the database, who sees everything"""

    def __init__(self, folder: Path, scale: Scale, databases: ExitStack) -> None:
        self._folder = folder / "postgres"
        self._databases = databases
        off = {"fsync": "off", "full_page_writes": "off"}
        self._options = {} if scale.durable else off
        self.dsn = self._start_database()
        self.settings = Settings(folder=folder, issuer=ISSUER)
        self.keys = good_ring(self.settings.key_ring_file)
        self.tokens = Tokens(self.settings, self.keys)
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.dsn,
            "IKK_FOLDER": str(folder),
            "IKK_ISSUER": self.settings.issuer,
            "IKK_PERSON_REQUESTS_PER_MINUTE": str(scale.requests_per_minute),
        }
        self.servers = [Server(folder / f"server-{number}.log", environment) for number in (1, 2)]

    def _start_database(self) -> str:
        return self._databases.enter_context(embedded.running(self._folder, options=self._options))

    async def fill(self) -> None:
        await migrate(self.dsn)
        async with Database.open(self.dsn, self.settings) as database:
            await load_edition(database, _REGIONS, date(2023, 1, 1))
            async with database.session() as session:
                await publish_instrument(session, (SHIPPED_INSTRUMENTS / f"{FILE}.toml").read_bytes())

    async def crash_database(self) -> None:
        """Ends PostgreSQL at once, as if its machine had gone, without the time to write anything."""
        server = locate(self._folder)
        number = read_number(server.pid_files[0])
        os.kill(number, signal.SIGQUIT)

        async def is_gone() -> bool:
            return not is_server(number, server)

        await eventually(is_gone)

    async def recover_database(self) -> None:
        await asyncio.to_thread(self._start_database)

    async def cut_sessions(self) -> None:
        """Ends all sessions of the servers, in the midst of their statements."""
        owner = await asyncpg.connect(self.dsn)
        try:
            await owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        finally:
            await owner.close()

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def staged(scale: Scale) -> Iterator[Stage]:
    """A stage in a folder of its own. Its programs end with the block."""
    with scratch_folder() as folder, ExitStack() as databases:
        stage = Stage(folder, scale, databases)
        try:
            yield stage
        finally:
            for each in stage.servers:
                each.kill()
