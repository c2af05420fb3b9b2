"""Runs a storm from the first interview to the verdict."""

import asyncio
import time
from dataclasses import replace
from random import Random
from typing import Final
from uuid import UUID

from tests.storm.checks import Verdict, judge
from tests.storm.device import Device
from tests.storm.disturbances import disturb
from tests.storm.interviews import VILLAGES, draw_interviews
from tests.storm.ledger import Ledger
from tests.storm.line import Line
from tests.storm.reconciling import reconcile
from tests.storm.scale import Scale
from tests.storm.stage import Stage, staged
from tests.storm.supervisor import Supervisor, open_round, settle_round
from tests.storm.wire import exchange, make_request
from tests.support.offered import offered

_SHARED: Final = 20
"""So many devices use one account, as in an office."""


async def blow(scale: Scale) -> Verdict:
    """Runs a storm and prints what happened. Returns the verdict."""
    with staged(scale) as stage:
        await stage.fill()
        for each in stage.servers:
            each.start()
        await asyncio.gather(*(each.ready() for each in stage.servers))
        jwks = (await exchange(stage.servers[0].port, make_request("GET", "/.well-known/jwks.json", "", b""))).read()
        ledger = Ledger()
        described = await exchange(stage.servers[0].port, make_request("GET", "/openapi.json", "", b""))
        able = offered(described.read())
        devices = [replace(each, offered=able) for each in make_devices(stage, scale, ledger)]
        interviews = [each for device in devices for each in device.interviews]
        lead = make_line(stage, ledger, Random(scale.seed), VILLAGES[0][:4], able)
        number = await open_round(lead)
        started = time.monotonic()
        disturbing = asyncio.create_task(disturb(stage, interviews, scale.disturbances * scale.rounds))
        working = [asyncio.create_task(each.work()) for each in devices]
        reviewing = [each.work(working) for each in make_supervisors(stage, scale, ledger, able)]
        await asyncio.gather(*working, *reviewing, settle_round(lead, number, working))
        seconds = time.monotonic() - started
        if not disturbing.done():
            ledger.wrong.append("the devices were done before all disturbances had come")
        await disturbing
        await asyncio.gather(*(each.ready() for each in stage.servers))
        verdict = await judge(stage, devices, jwks)
        verdict.wrong += await reconcile(devices)
        verdict.wrong += ledger.wrong + [f"{kind} has the same Retry-After for all" for kind in ledger.unspread()]
        tell(ledger, seconds)
    for line in verdict.wrong[:20]:
        print(f"WRONG: {line}")
    print(verdict)
    return verdict


def make_devices(stage: Stage, scale: Scale, ledger: Ledger) -> list[Device]:
    random = Random(scale.seed)
    ports = [each.port for each in stage.servers]
    devices = []
    for number, interviews in enumerate(draw_interviews(scale.devices, scale.interviews, random)):
        account = UUID(int=random.getrandbits(128) if number >= _SHARED else 1, version=4)
        area = (interviews[0].village,) if number >= _SHARED else ("6372",)
        token = stage.tokens.issue("person", str(account), {"submissions:write": area}).token
        devices.append(Device(account, token, interviews, ports, ledger, Random(random.random())))
    return devices


def make_line(stage: Stage, ledger: Ledger, random: Random, region: str, able: frozenset[str]) -> Line:
    """The line of a supervisor of a region."""
    scopes = dict.fromkeys(("submissions:review", "submissions:read"), (region,))
    token = stage.tokens.issue("person", str(UUID(int=random.getrandbits(128), version=4)), scopes).token
    return Line(token, [each.port for each in stage.servers], ledger, random, able)


def make_supervisors(stage: Stage, scale: Scale, ledger: Ledger, able: frozenset[str]) -> list[Supervisor]:
    found = []
    for number in range(scale.supervisors):
        village, random = VILLAGES[number % len(VILLAGES)], Random(scale.seed + 1 + number)
        found.append(Supervisor(make_line(stage, ledger, random, village, able), village))
    return found


def tell(ledger: Ledger, seconds: float) -> None:
    print(f"the devices worked for {seconds:.0f} s")
    print("sent: " + ", ".join(f"{way} {times:,}" for way, times in ledger.ways.most_common()))
    print("answered:")
    for answer, times in ledger.answers.most_common():
        waits = ledger.waits.get(answer, [])
        said = f", Retry-After {min(waits)} to {max(waits)} s in {len(waits):,} of them" if waits else ""
        print(f"  {answer}: {times:,}{said}")
    taken = sorted(ledger.seconds)
    half, most, last = (taken[int((len(taken) - 1) * share)] for share in (0.5, 0.99, 1))
    print(f"a response took {half:.2f} s (half of them), {most:.2f} s (99 %), {last:.2f} s (the slowest)")
