"""`ikk demo`: two villages of Banjarbaru surveyed over three years, sent through the HTTP API, and what they add up to.

Everything it sends is drawn from fixed seeds: a second run sends the same submissions again, and nothing changes.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.scoring.instrument import Indicator, Instrument
from app.scoring.load import read_instrument
from app.services.agencies import AgencyError, create_agency, find_credentials, rotate_secret
from app.synthetic import draw_submission

REGENCY: Final = "6372"
SENDERS: Final = 8
WEAKEST: Final = 3
"""How many of a region's weak indicators the table names."""
KADER: Final = ("demo-kader", "Demo: kader app of Banjarbaru", ["submissions:write", "submissions:read"], [REGENCY])
DASHBOARD: Final = ("demo-dashboard", "Demo: dashboard", ["aggregates:read", "submissions:read"], ["ID"])


@dataclass(frozen=True, slots=True)
class Round:
    """One village surveyed in one year. families: as many as such a village may have; strength: 0 to 1."""

    region: str
    year: int
    instrument: str
    families: int
    strength: float


ROUNDS: Final = (
    Round("6372021005", 2022, "ketahanan-24-2016.1", 148, 0.42),
    Round("6372061004", 2022, "ketahanan-24-2016.1", 121, 0.34),
    Round("6372021005", 2024, "ikk-29-2025.1", 152, 0.55),
    Round("6372061004", 2024, "ikk-29-2025.1", 125, 0.46),
    Round("6372021005", 2025, "ikk-29-2025.1", 155, 0.64),
    Round("6372061004", 2025, "ikk-29-2025.1", 129, 0.58),
)
"""The 24 indicators were used in 2022, the 29 since October 2023. Sizes are those of real survey villages."""


def draw_round(each: Round, instrument: Instrument) -> list[tuple[UUID, dict[str, Any]]]:
    """The submissions of a round, always the same ones."""
    random = Random(f"{each.region} {each.year}")
    first = datetime(each.year, 10 if each.year < 2025 else 7, 3, 1, 0, tzinfo=UTC)
    return [
        draw_submission(
            instrument,
            each.region,
            first + timedelta(days=number // 6, minutes=55 * (number % 6)),
            random,
            lambda indicator: _strength(each, indicator),
        )
        for number in range(each.families)
    ]


def _strength(each: Round, indicator: Indicator) -> float:
    """Some indicators are weak in a village year after year, as in life; which ones hangs on the village."""
    draw = sha256(f"{each.region} {indicator.code}".encode()).digest()[0] / 255
    return min(0.97, max(0.0, each.strength + 0.75 * (draw - 0.35)))


@contextmanager
def serving(app: FastAPI, host: str, port: int) -> Iterator[str]:
    """The application on a real HTTP server in a thread of this process, at a free port if this one is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.bind((host, 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
    thread = threading.Thread(target=server.run, args=([listening],), name="http")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the HTTP server did not start")
            time.sleep(0.02)
        yield f"http://{host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


async def make_agencies(session: AsyncSession, kept: dict[str, str]) -> dict[str, str]:
    """The demo agencies' secrets by client id: those kept from an earlier run, as far as they still hold."""
    return {agency[0]: await _secret_of(session, agency, kept.get(agency[0], "")) for agency in (KADER, DASHBOARD)}


def read_secrets(file: Path) -> dict[str, str]:
    """What an earlier run kept; nothing where there was none."""
    kept: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return kept


def keep_secrets(file: Path, secrets: dict[str, str]) -> None:
    """For the next run, and for its owner's eyes only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(secrets), "utf-8")


async def _secret_of(session: AsyncSession, agency: tuple[str, str, list[str], list[str]], kept: str) -> str:
    client_id, name, scopes, regions = agency
    if await (await find_credentials(session, client_id)).match(kept) is not None:
        return kept
    try:
        return await create_agency(session, client_id, name=name, scopes=scopes, regions=regions)
    except AgencyError:
        return await rotate_secret(session, client_id)


def get_token(address: str, client_id: str, secret: str) -> str:
    """An access token, got as any client gets it."""
    answer = httpx.post(
        f"{address}/v1/token",
        data={"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret},
    )
    token: str = answer.raise_for_status().json()["access_token"]
    return token


def send_rounds(address: str, token: str, instruments: Path, console: Console) -> dict[str, int]:
    """Sends every family of every round; answers how many were stored and how many had been sent before."""
    outcomes = {"stored": 0, "sent before": 0}

    async def send(queue: "asyncio.Queue[tuple[UUID, dict[str, Any]]]", http: httpx.AsyncClient) -> None:
        while not queue.empty():
            key, body = queue.get_nowait()
            answer = (await http.put(f"/v1/submissions/{key}", json=body)).raise_for_status()
            outcomes["stored" if answer.status_code == 201 else "sent before"] += 1
            progress.advance(task)

    async def send_all() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as http:
            for each in ROUNDS:
                queue: asyncio.Queue[tuple[UUID, dict[str, Any]]] = asyncio.Queue()
                instrument = read_instrument((instruments / f"{each.instrument}.toml").read_bytes())
                for submission in draw_round(each, instrument):
                    queue.put_nowait(submission)
                await asyncio.gather(*(send(queue, http) for _ in range(SENDERS)))

    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending families", total=sum(each.families for each in ROUNDS))
        asyncio.run(send_all())
    return outcomes


def show_aggregates(address: str, token: str, console: Console) -> None:
    """Prints the index of each village, and of every region above them, year by year."""
    table = Table(title="Indeks Kualitas Keluarga (provisional)", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("region", "year", "instrument"):
        table.add_column(heading)
    for heading in ("families", "index", "of indicators"):
        table.add_column(heading, justify="right")
    table.add_column("category")
    table.add_column("weak, weakest first")
    years = sorted({(each.year, each.instrument) for each in ROUNDS})
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        for region in _regions():
            for year, file in years:
                code, _, version = file.rpartition("-")
                found = http.get(f"/v1/aggregates/{region}/{year}", params={"instrument": code, "version": version})
                table.add_row(*_row(found.raise_for_status().json()), end_section=year == years[-1][0])
    console.print(table)


def _regions() -> list[str]:
    """Every region that one of the villages lies in, villages first."""
    villages = sorted({each.region for each in ROUNDS})
    above = {village[:length] for village in villages for length in (6, 4, 2)}
    return [*villages, *sorted(above, key=lambda code: (-len(code), code)), "ID"]


def _row(aggregate: dict[str, Any]) -> list[str]:
    index = aggregate["index"]
    weak = aggregate["weak_indicators"]
    return [
        aggregate["region"]["name"],
        str(aggregate["year"]),
        aggregate["instrument"]["code"],
        str(aggregate["families"]),
        f"{index['mean']:.2f}",
        f"{index['of_indicators']:.2f}",
        index["category"]["code"],
        f"{len(weak)}: {' '.join(weak[:WEAKEST])}{' …' if len(weak) > WEAKEST else ''}",
    ]
