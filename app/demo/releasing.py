"""Makes the releases of the demo's figures, and shows what a dashboard reads of one beside what the team reads."""

from typing import Final

import httpx

from app.demo.rounds import ROUNDS
from app.jobs.catalogue import refresh
from app.language.catalogue import language, say
from app.platform.database import EVERYWHERE, Database, raw_connection
from app.platform.key_ring import KeyRing
from app.protection.grouping import HEAD_SEX, REGION_KIND
from app.scoring.catalogue import Catalogue
from app.services.access.key_use import judge_ring
from app.services.releases.making import finish_release
from app.services.releases.requests import request_release

_SHOWN: Final = ROUNDS[7]
"""A village and year whose round is settled."""
_DIVIDED: Final = "63/2024"
"""A province and year whose rounds are all settled."""


async def release_all(database: Database, ring: KeyRing) -> None:
    """Makes a release of each instrument and year, unless nothing changed since the last one."""
    catalogue = Catalogue()
    await judge_ring(database, ring)
    await refresh(database, catalogue)
    for instrument, year in sorted({(each.instrument.rpartition("-")[0], each.year) for each in ROUNDS}):
        async with database.session(EVERYWHERE) as session:
            connection = await raw_connection(session)
            requested = await request_release(
                connection, catalogue, ring, instrument=instrument, year=year, cause="command"
            )
        if requested is not None:
            await finish_release(database, catalogue, ring, requested)


def tell_release(http: httpx.Client, dashboard: str, team: str) -> str:
    """Describes in a sentence how the first indicator of a village is released."""
    path = f"/v1/aggregates/{_SHOWN.region}/{_SHOWN.year}"
    released, exact = (
        http.get(path, headers={"Authorization": f"Bearer {token}"}).raise_for_status().json()
        for token in (dashboard, team)
    )
    pairs = zip(released["indicators"], exact["indicators"], strict=True)
    shown, own = next(pair for pair in pairs if pair[0]["unfulfilled"])
    return say(
        "Release {number} of {year}: a dashboard reads that {released} families of {village} do not fulfil {indicator}"
        ", rounded at random to a multiple of {base}. The team reads {exact}",
        number=released["release"]["number"],
        year=_SHOWN.year,
        village=released["region"]["name"],
        indicator=shown["code"],
        released=shown["unfulfilled"],
        base=shown["rounding"]["base"],
        exact=own["unfulfilled"],
    )


def tell_breakdown(http: httpx.Client, dashboard: str) -> str:
    """Describes in a sentence how an indicator of a province is released by groups of families.

    The secrets of each demo decide whether there are enough women, so it takes the first breakdown that there is.
    """
    path, headers = f"/v1/aggregates/{_DIVIDED}/breakdowns", {"Authorization": f"Bearer {dashboard}"}
    found = http.get(path, headers=headers).raise_for_status().json()
    breakdown, shown = next(
        (by, each)
        for by in sorted(found["breakdowns"], key=lambda by: (by["code"] != HEAD_SEX, by["code"] == REGION_KIND))
        for each in by["indicators"]
        if each["groups"] and all(of["share"] for of in each["groups"])
    )
    names = {each["code"]: each["name"][language()] for each in breakdown["groups"]}
    return say(
        "{region} {year}, {breakdown}: {name} is fulfilled by (percent): {groups}",
        region=found["region"]["name"],
        year=found["year"],
        breakdown=breakdown["name"][language()],
        name=f"{shown['code']} {shown['name'][language()]}",
        groups=", ".join(f"{names[each['group']]} {each['share']}" for each in shown["groups"]),
    )
