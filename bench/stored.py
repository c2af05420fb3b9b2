"""Stores interviews through a running server, each of another family, for benchmarks of what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from app.config import Settings
from app.platform.key_ring import make_ring
from app.platform.tokens import Tokens
from app.regions.editions import CURRENT
from bench.data_folder import free_port, serving
from bench.families import REGENCY, Sender, draw_families, read_villages
from bench.load import send_all

_CONNECTIONS: Final = 32
_PART: Final = 250
"""Requests that are sent together, fewer than even a busy machine answers within the time limit."""


@contextmanager
def our_server(dsn: str, folder: Path, settings: Settings) -> Iterator[tuple[int, int]]:
    """Port and process id of a server of the service, which limits no agency."""
    port = free_port()
    make_ring(settings.key_ring_file)
    environment = {"DATABASE_URL": dsn, "IKK_FOLDER": str(folder), "IKK_HOST": "127.0.0.1", "IKK_PORT": str(port)}
    environment |= {"IKK_ISSUER": settings.issuer, "IKK_AGENCY_REQUESTS_PER_MINUTE": "0"}
    with serving("app.cli", "serve", port=port, ready="/health/ready", environment=environment) as pid:
        yield port, pid


def token_of(agency_id: UUID, settings: Settings, *scopes: str) -> str:
    """A token of an agency with these scopes in the regency."""
    areas = {scope: [REGENCY] for scope in scopes}
    return Tokens(settings, make_ring(settings.key_ring_file)).issue("agency", str(agency_id), areas).token


async def send_interviews(port: int, agency_id: UUID, settings: Settings, count: int, *, named: bool) -> int:
    """Sends interviews of as many families. Returns the bytes of all bodies. Raises LoadError if one is refused."""
    families = draw_families(read_villages(), 1, CURRENT.code, agency_id, named=named, count=count)
    requests = Sender(families, token_of(agency_id, settings, "submissions:write")).puts(count)
    for first in range(0, count, _PART):
        await send_all(port, requests[first : first + _PART], expected=201, connections=_CONNECTIONS)
    return sum(len(each.body) for each in families)
