"""What happens in the demo: kader send their families, one tries a village that is not theirs, the figures are read."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.demo.accounts import KADER
from app.demo.rounds import ROUNDS, draw_round
from app.scoring.load import read_instrument

WEAKEST: Final = 3
"""How many of a region's weak indicators the table names."""


@contextmanager
def serving(app: FastAPI, host: str, port: int) -> Iterator[str]:
    """The application on a real HTTP server in a thread of this process, at a free port if this one is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.bind((host, 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, server_header=False, proxy_headers=False)
    )
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


def send_rounds(address: str, tokens: Mapping[str, str], instruments: Path, console: Console) -> dict[str, int]:
    """Every kader sends families of their village; how many were stored and how many had been sent before."""
    outcomes = {"stored": 0, "sent before": 0}

    async def send(username: str, families: list[tuple[UUID, dict[str, Any]]]) -> None:
        headers = {"Authorization": f"Bearer {tokens[username]}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as http:
            for key, body in families:
                answer = (await http.put(f"/v1/submissions/{key}", json=body)).raise_for_status()
                outcomes["stored" if answer.status_code == httpx.codes.CREATED else "sent before"] += 1
                progress.advance(task)

    async def send_all() -> None:
        for each in ROUNDS:
            instrument = read_instrument((instruments / f"{each.instrument}.toml").read_bytes())
            families = draw_round(each, instrument)
            working = [username for username, village in KADER.items() if village == each.region]
            await asyncio.gather(
                *(send(username, families[turn :: len(working)]) for turn, username in enumerate(working))
            )

    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending families", total=sum(each.families for each in ROUNDS))
        asyncio.run(send_all())
    return outcomes


def send_elsewhere(http: httpx.Client, tokens: Mapping[str, str], instruments: Path) -> str:
    """A kader of one village sends a family of the other; what comes of it, in a sentence."""
    first, last = ROUNDS[0], ROUNDS[-1]
    kader = next(username for username, village in KADER.items() if village == first.region)
    instrument = read_instrument((instruments / f"{last.instrument}.toml").read_bytes())
    key, body = draw_round(last, instrument)[0]
    headers = {"Authorization": f"Bearer {tokens[kader]}", "Accept-Language": "en"}
    answer = http.put(f"/v1/submissions/{key}", json=body, headers=headers)
    return (
        f"{kader}, of {first.region}, sends a family of {last.region}: {answer.status_code}, {answer.json()['title']}"
    )


def show_aggregates(http: httpx.Client, token: str, console: Console) -> None:
    """Prints the index of each village, and of every region above them, year by year."""
    table = Table(title="Indeks Kualitas Keluarga (provisional)", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("region", "year", "instrument"):
        table.add_column(heading)
    for heading in ("families", "index", "of indicators"):
        table.add_column(heading, justify="right")
    table.add_column("category")
    table.add_column("weak, weakest first")
    years = sorted({(each.year, each.instrument) for each in ROUNDS})
    headers = {"Authorization": f"Bearer {token}"}
    for region in _regions():
        for year, file in years:
            code, _, version = file.rpartition("-")
            query = {"instrument": code, "version": version}
            found = http.get(f"/v1/aggregates/{region}/{year}", params=query, headers=headers)
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
