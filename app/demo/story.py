"""The steps of the demo: kader send their families, one of them twice, and the figures are shown.

A kader is refused in another village, and under the code of a village that was split.
"""

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
from app.demo.rounds import ROUNDS, SPLIT, SPLIT_ROWS, DemoRound, draw_again, draw_round, shown_regions
from app.language.catalogue import language, say
from app.regions.codes import COUNTRY
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument

WEAKEST: Final = 3
"""The number of a region's weak indicators that the table names."""


class OtherDemoError(Exception):
    """The database holds accounts or families from another version of the demo."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket at this port, or at a free one if it is taken."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, port))
        except OSError:
            found.bind((host, 0))
        yield found


@contextmanager
def serving(app: FastAPI, at: socket.socket) -> Iterator[str]:
    """Serves the application over HTTP in a thread and yields its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, server_header=False, proxy_headers=False)
    )
    thread = threading.Thread(target=server.run, args=([at],), name="http")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the HTTP server did not start")
            time.sleep(0.02)
        host, port = at.getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


def send_rounds(address: str, tokens: Mapping[str, str], instruments: Path, console: Console) -> dict[str, int]:
    """Sends every kader's families. Returns how many are `new`, and how many are `old`, which were sent before.

    Raises OtherDemoError if the service knows these kader or these ids from another version of the demo.
    """
    outcomes = {"new": 0, "old": 0}

    async def send(http: httpx.AsyncClient, username: str, families: list[tuple[UUID, dict[str, Any]]]) -> None:
        headers = {"Authorization": f"Bearer {tokens[username]}"}
        for key, body in families:
            answer = await http.put(f"/v1/submissions/{key}", json=body, headers=headers)
            if answer.status_code in (httpx.codes.FORBIDDEN, httpx.codes.CONFLICT):
                raise OtherDemoError
            answer.raise_for_status()
            outcomes["new" if answer.status_code == httpx.codes.CREATED else "old"] += 1
            progress.advance(task)

    async def send_all() -> None:
        async with httpx.AsyncClient(base_url=address, timeout=30) as http:
            for year in sorted({each.year for each in ROUNDS}):
                shares = [share for each in ROUNDS if each.year == year for share in _share_out(each, instruments)]
                await asyncio.gather(*(send(http, username, families) for username, families in shares))

    with Progress(console=console, disable=not console.is_interactive) as progress:
        task = progress.add_task(say("sending families"), total=sum(each.families for each in ROUNDS))
        asyncio.run(send_all())
    return outcomes


def _share_out(each: DemoRound, instruments: Path) -> Iterator[tuple[str, list[tuple[UUID, dict[str, Any]]]]]:
    """Each kader of the round's village, with the families that this kader sends."""
    families = draw_round(each, _read(each, instruments))
    working = [username for username, village in KADER.items() if village == each.region]
    for turn, username in enumerate(working):
        yield username, families[turn :: len(working)]


def _read(each: DemoRound, instruments: Path) -> Instrument:
    return read_instrument((instruments / f"{each.instrument}.toml").read_bytes())


def interview_again(http: httpx.Client, tokens: Mapping[str, str], reader: str, instruments: Path) -> str:
    """Sends a second interview of a family by another kader, and describes in a sentence what counts."""
    surveyed = next(each for each in ROUNDS if each.year == SPLIT.valid_from.year)
    one, other = (username for username, village in KADER.items() if village == surveyed.region)
    first, second, body = draw_again(surveyed, _read(surveyed, instruments))
    sent = http.put(f"/v1/submissions/{second}", json=body, headers=_bearer(tokens[other])).raise_for_status().json()
    earlier = http.get(f"/v1/submissions/{first}", headers=_bearer(tokens[one])).raise_for_status().json()
    path = f"/v1/aggregates/{surveyed.region}/{surveyed.year}"
    village = http.get(path, headers=_bearer(reader)).raise_for_status().json()
    warnings = ", ".join(each["code"] for each in sent["warnings"] if each["code"] == "interviewed_before")
    return say(
        "{other} interviews a family that {one} interviewed before ({warnings}). The first interview no longer counts "
        "({why}): {interviews} interviews of {village} are {families} families",
        other=other,
        one=one,
        warnings=warnings,
        why=earlier["uncounted"],
        interviews=surveyed.families + 1,
        village=village["region"]["name"],
        families=village["families"],
    )


def send_under_an_ended_code(http: httpx.Client, tokens: Mapping[str, str], instruments: Path) -> str:
    """Sends an interview under the code of the village that was split, and describes the refusal in a sentence."""
    ended = SPLIT_ROWS[0].old
    kader = next(username for username, village in KADER.items() if village == ended)
    late = next(each for each in ROUNDS if each.region == SPLIT_ROWS[0].new)
    key, body = draw_round(late, _read(late, instruments))[0]
    answer = http.put(f"/v1/submissions/{key}", json={**body, "region": ended}, headers=_bearer(tokens[kader]))
    (fault,) = answer.json()["faults"]
    first, second = (f"{each['code']} {each['name']}" for each in fault["successors"])
    return say(
        "{kader} sends an interview of {day} under {code}: {fault}, followed by {first} and {second}",
        kader=kader,
        day=body["surveyed_at"][:10],
        code=ended,
        fault=f"{answer.status_code}, {fault['code']}",
        first=first,
        second=second,
    )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept-Language": language()}


def send_elsewhere(http: httpx.Client, tokens: Mapping[str, str], instruments: Path) -> str:
    """Sends a family of another village as a kader, and describes the refusal in a sentence."""
    ours, theirs = ROUNDS[:2]
    kader = next(username for username, village in KADER.items() if village == ours.region)
    key, body = draw_round(theirs, _read(theirs, instruments))[0]
    answer = http.put(f"/v1/submissions/{key}", json=body, headers=_bearer(tokens[kader]))
    return say(
        "{kader}, of {own}, sends a family of {other}: {refusal}",
        kader=kader,
        own=ours.region,
        other=theirs.region,
        refusal=f"{answer.status_code}, {answer.json()['title']}",
    )


def show_aggregates(http: httpx.Client, token: str, console: Console) -> None:
    """Prints the index of each village, and of every region above with two or more parts, year by year."""
    table = Table(
        title=say("Indeks Kualitas Keluarga (provisional)"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    for heading in (say("region"), say("year"), say("instrument")):
        table.add_column(heading)
    for heading in (say("families"), say("index"), say("of indicators")):
        table.add_column(heading, justify="right")
    table.add_column(say("category"))
    table.add_column(say("weak, weakest first"))
    for found in _read_regions(http, token):
        for before, aggregate in zip([None, *found], found, strict=False):
            above = aggregate["region"]["level"] != "village"
            table.add_row(*_row(aggregate, before), style="bold" if above else None, end_section=aggregate is found[-1])
    console.print(table)
    notes = (
        say("A region with only one part in this table is left out, as it would repeat that part."),
        say("▲ ▼ say how the index moved since the previous survey, where its version is comparable."),
        say("Mandiangin Timur was split on 1 August 2025 (made up). What came before stays under its code."),
        say("The team (TPK2D) reads these exact figures. A dashboard reads released ones, which are protected."),
    )
    console.print("\n".join(f" {each}" for each in notes), style="dim", highlight=False, end="\n\n")


def _read_regions(http: httpx.Client, token: str) -> Iterator[list[dict[str, Any]]]:
    """The aggregates of each region by year, with `break` as a trend has it. Parts of a region come before it."""
    instruments = {each.year: each.instrument.rpartition("-")[0] for each in ROUNDS}
    years = {year: shown_regions(year) for year in sorted(instruments)}
    headers = {"Authorization": f"Bearer {token}"}
    for region in sorted({region for shown in years.values() for region in shown}, key=_place):
        found = []
        for year in (year for year, shown in years.items() if region in shown):
            query = {"instrument": instruments[year]}
            card = http.get(f"/v1/aggregates/{region}/{year}", params=query, headers=headers).raise_for_status()
            period = {**query, "from": str(min(years)), "to": str(year)}
            trend = http.get(f"/v1/aggregates/{region}/trend", params=period, headers=headers).raise_for_status()
            found.append({**card.json(), "break": trend.json()["years"][-1]["break"]})
        yield found


def _place(region: str) -> str:
    """A sort key that puts a region after all its parts."""
    return region.removeprefix(COUNTRY).ljust(10, "~")


def _row(aggregate: dict[str, Any], before: dict[str, Any] | None) -> list[str]:
    index = aggregate["index"]
    weak = aggregate["weak_indicators"]
    return [
        aggregate["region"]["name"],
        str(aggregate["year"]),
        aggregate["instrument"]["code"],
        str(aggregate["families"]),
        f"{say('{value:.2f}', value=index['mean'])} {_move(aggregate, before)}",
        say("{value:.2f}", value=index["of_indicators"]),
        index["category"]["code"],
        f"{len(weak)}: {' '.join(weak[:WEAKEST])}{' …' if len(weak) > WEAKEST else ''}",
    ]


def _move(aggregate: dict[str, Any], before: dict[str, Any] | None) -> str:
    """Shows whether the index rose or fell. Blank if there is no survey before, or none that is comparable."""
    if before is None or before["instrument"]["code"] != aggregate["instrument"]["code"] or aggregate["break"]:
        return " "
    return "[green]▲[/]" if aggregate["index"]["mean"] > before["index"]["mean"] else "[red]▼[/]"
