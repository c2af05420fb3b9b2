"""Measures what a row of `GET /v1/submissions` costs, as CPU of the server process in pages of 1,000 rows.

The readers see a whole regency: one without sensitive outcomes, one with them, and the sender of all interviews, who
gets signed receipts. `python -m bench.lists --help`
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID, uuid4

import httpx
import uvloop

from app.config import Settings
from bench.data_folder import cpu_seconds, durable_server, own_database, scratch_folder
from bench.families import REGENCY
from bench.load import LoadError, send_all
from bench.stored import our_server, send_interviews, token_of

TARGET: Final = 25.0
"""The most microseconds of CPU that a row may cost an ordinary reader."""
_PAGE: Final = 1000
_PAGES: Final = 30
"""Pages in a turn. The clock of a process has steps of 10 milliseconds."""


@dataclass(frozen=True, slots=True)
class RowCost:
    """What a row costs a reader, in microseconds of CPU. `target` is None if there is none."""

    reader: str
    micros: float
    target: float | None = TARGET

    @property
    def holds(self) -> bool:
        return self.target is None or self.micros <= self.target


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    token: str
    query: str = ""
    target: float | None = TARGET


async def measure_lists(
    server: str, folder: Path, settings: Settings, *, interviews: int, rounds: int
) -> list[RowCost]:
    """Stores interviews and reads them in turns, round after round. Raises LoadError if a response is not 200."""
    agency = uuid4()
    async with own_database(server, settings) as dsn:
        with our_server(dsn, folder, settings) as (port, pid):
            await send_interviews(port, agency, settings, interviews, named=False)
            readers = _readers(agency, settings)
            pages = {each.name: await _find_pages(port, each) for each in readers}
            costs: dict[str, list[float]] = {each.name: [] for each in readers}
            for _ in range(rounds):
                for each in readers:
                    costs[each.name].append(await _take_turn(port, pid, pages[each.name]))
    return [RowCost(each.name, median(costs[each.name]), each.target) for each in readers]


def _readers(agency: UUID, settings: Settings) -> list[_Reader]:
    scopes = ("submissions:read", "submissions:sensitive")
    return [
        _Reader("without sensitive outcomes", token_of(uuid4(), settings, scopes[0])),
        _Reader("with sensitive outcomes", token_of(uuid4(), settings, *scopes)),
        _Reader("mine=true", token_of(agency, settings, "submissions:write"), "&mine=true", None),
    ]


async def _find_pages(port: int, reader: _Reader) -> Sequence[bytes]:
    """Requests for every whole page of a reader's list."""
    head = {"Authorization": f"Bearer {reader.token}", "Host": "127.0.0.1"}
    path, found = f"/v1/submissions?region={REGENCY}&limit={_PAGE}{reader.query}", list[bytes]()
    cursor = ""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=head, trust_env=False) as http:
        while True:
            page = (await http.get(path + cursor)).raise_for_status().json()
            if len(page["items"]) == _PAGE:
                lines = [f"GET {path}{cursor} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
                found.append("\r\n".join([*lines, "", ""]).encode())
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"


async def _take_turn(port: int, pid: int, pages: Sequence[bytes]) -> float:
    """Microseconds of the server's CPU for each row."""
    await asyncio.sleep(1.5)  # until the audit entries of the turn before are sealed
    before = cpu_seconds(pid)
    await send_all(port, [pages[at % len(pages)] for at in range(_PAGES)], expected=200, connections=1)
    after = cpu_seconds(pid)
    if before is None or after is None:
        raise LoadError("this system does not tell the CPU time of a process")
    return (after - before) / (_PAGES * _PAGE) * 1e6


def show(costs: Sequence[RowCost]) -> None:
    print(f"GET /v1/submissions, pages of {_PAGE:,}{'CPU µs a row':>26}")
    for each in costs:
        verdict = (
            "" if each.target is None else f"   at most {each.target:.0f}: {'ok' if each.holds else 'falls short'}"
        )
        print(f"  {each.reader:<44}{each.micros:>12.1f}{verdict}")


async def _main(server: str, folder: Path, settings: Settings, interviews: int, rounds: int) -> None:
    show(await measure_lists(server, folder, settings, interviews=interviews, rounds=rounds))


def main() -> int:
    """Exit status 0 if every response was as expected, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--interviews", type=int, default=3000, help="how many there are, 1,000 or more (default 3,000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each reader (default 3)")
    chosen = parser.parse_args()
    with scratch_folder() as folder:
        settings = Settings(folder=folder)
        with durable_server(folder, settings.database_url) as server:
            try:
                uvloop.run(_main(server, folder, settings, chosen.interviews, chosen.rounds))
            except LoadError as error:
                print(f"failed: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
