"""What the contestants share: the database, our server and the bare ones, the kinds of requests, and who watches."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any, Final
from uuid import uuid4

import asyncpg

from app.config import Settings
from app.platform.key_ring import make_ring
from app.platform.tokens import Tokens
from bench.contest import Contestant, Source
from bench.cpu import postmaster_of
from bench.data_folder import free_port, serving
from bench.fresh import Drawing, Round, read_villages
from bench.load import LoadError, Run, send_all
from bench.sender import Kinds, Ledger

PROVINCE: Final = "63"
"""Kalimantan Selatan, with 2,016 villages."""
NOW: Final = Round("2026.1", 2026, 6)
BEFORE: Final = Round("2025.2", 2025)
OTHER: Final = Round("2016.3", 2026, 6)
_SAMPLE: Final = 8
_SCOPES: Final = ("submissions:write", "submissions:review", "submissions:sensitive", "aggregates:read", "audit:read")
_SETTLE_SECONDS: Final = 120.0
_NO_LIMIT: Final = {"IKK_AGENCY_REQUESTS_PER_MINUTE": "0", "IKK_BATCHES_PER_MINUTE": "0"}
"""One agency sends everything."""


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One database with what is sent to it.

    token: of a team, which sends interviews and gets exact figures
    reader: the token of whoever gets released figures
    owner: a connection that sees everything
    """

    dsn: str
    folder: Path
    settings: Settings
    token: str
    reader: str
    kinds: Kinds
    villages: Sequence[str]
    ikk: Drawing
    other: Drawing
    owner: Any
    postmaster: int | None

    @property
    def ledger(self) -> Ledger:
        return self.kinds.ledger

    @contextmanager
    def ours(self, *arguments: str) -> Iterator[Server]:
        """`ikk serve` with its default settings, but without limits of requests."""
        port = free_port()
        environment = {"DATABASE_URL": self.dsn, "IKK_FOLDER": str(self.folder), "IKK_HOST": "127.0.0.1", **_NO_LIMIT}
        environment |= {"IKK_PORT": str(port), "IKK_ISSUER": self.settings.issuer}  # the one that the token names
        started = serving("app.cli", "serve", *arguments, port=port, ready="/health/ready", environment=environment)
        with started as pid:
            yield Server(port, pid)

    @contextmanager
    def bare(self, module: str, *arguments: str) -> Iterator[Server]:
        port = free_port()
        started = serving(
            module, str(port), *arguments, port=port, ready="/openapi.json", environment={"DATABASE_URL": self.dsn}
        )
        with started as pid:
            yield Server(port, pid)

    def contestant(
        self,
        name: str,
        server: Server,
        source: Source,
        levels: Sequence[int],
        *,
        status: int = 201,
        settles: bool = True,
        weight: int = 1,
    ) -> Contestant:
        """One that sends requests to a server. Ours has settled when the audit log is sealed."""

        async def send(requests: Sequence[bytes], level: int, seconds: float) -> Run:
            return await send_all(server.port, requests, expected=status, connections=level, seconds=seconds)

        settle = self.settle if settles else None
        return Contestant(name, source, send, server.pid, self.postmaster, levels, settle, weight)

    async def settle(self) -> None:
        """Waits until nothing is left in the audit queue."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while await self.owner.fetchval("SELECT EXISTS (SELECT FROM audit_queue)"):
            if time.monotonic() > deadline:
                raise LoadError(f"the audit queue was not sealed within {_SETTLE_SECONDS:.0f} s")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def staged(dsn: str, folder: Path, settings: Settings) -> AsyncIterator[Stage]:
    """A stage on a new database of the folder's key ring."""
    villages = read_villages(PROVINCE)
    issue = partial(Tokens(settings, make_ring(settings.key_ring_file)).issue, "agency", str(uuid4()))
    token = issue({scope: [PROVINCE] for scope in _SCOPES}).token
    reader = issue({"aggregates:read": [PROVINCE]}).token
    kinds = Kinds(token, Ledger(frozenset(SystemRandom().sample(villages, _SAMPLE))))
    drawings = Drawing("ikk-29-2026.1", villages), Drawing("ketahanan-24-2016.3", villages)
    owner = await asyncpg.connect(dsn)
    try:
        yield Stage(dsn, folder, settings, token, reader, kinds, villages, *drawings, owner, await postmaster_of(owner))
    finally:
        await owner.close()
