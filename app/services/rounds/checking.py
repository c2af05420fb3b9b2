"""Checks what somebody wants of a round before it is stored."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import raw_connection
from app.problems import Fault, Problem, kinds, read_shape
from app.regions.codes import undot
from app.regions.local_time import start_of_day
from app.schemas.moments import read_day
from app.schemas.rounds.round import MOST_VILLAGES, RoundIn
from app.scoring.catalogue import Catalogue
from app.services.reference.retired import retired_fault
from app.services.reference.standing import find_standings

_VILLAGE_LENGTH = 10


class Moments(NamedTuple):
    """When a round opens in a village, and when its last day is over there."""

    opens_at: datetime
    ends_at: datetime


def moments_of(region: str, wanted: RoundIn) -> Moments:
    """The local days of a round as moments of a village."""
    return Moments(start_of_day(wanted.opens_on, region), start_of_day(wanted.closes_on + timedelta(days=1), region))


def refuse_outside(caller: Caller, content: Mapping[str, Any]) -> None:
    """Raises region-outside-caller if the body names a village outside, even if it has faults."""
    if not all(caller.covers(code) for _, code in _villages_in(content)):
        raise Problem(kinds.FORBIDDEN_REGION)


async def read_round(
    session: AsyncSession, content: Mapping[str, Any], catalogue: Catalogue
) -> tuple[RoundIn | None, list[Fault]]:
    """Returns the body in its shape, or None, and all its faults."""
    body, faults = read_shape(RoundIn, content)
    opens_on, closes_on = (read_day(content.get(name)) for name in ("opens_on", "closes_on"))
    faults += _day_faults(opens_on, closes_on)
    faults += _instrument_faults(content, opens_on, catalogue, faults)
    faults += await _village_faults(session, content, opens_on)
    return body, faults


def _villages_in(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The pointer and the code of each village that the body names by a code."""
    listed = content.get("villages")
    for at, each in enumerate(listed[:MOST_VILLAGES] if isinstance(listed, list) else ()):
        region = each.get("region") if isinstance(each, dict) else None
        code = undot(region) if isinstance(region, str) else None
        if code is not None:
            yield f"/villages/{at}/region", code


def _day_faults(opens_on: date | None, closes_on: date | None) -> Iterator[Fault]:
    if opens_on is None or closes_on is None:
        return
    if closes_on < opens_on:
        limits = {"minimum": opens_on, "example": opens_on}
        yield Fault("too_early", pointer="/closes_on", limits=limits)
    elif closes_on.year != opens_on.year:
        last = date(opens_on.year, 12, 31)
        yield Fault("too_late", pointer="/closes_on", limits={"maximum": last, "example": last})


def _instrument_faults(
    content: Mapping[str, Any], opens_on: date | None, catalogue: Catalogue, known: Sequence[Fault]
) -> Iterator[Fault]:
    code, version = content.get("instrument"), content.get("version")
    if {"/instrument", "/version"} & {each.pointer for each in known}:
        return
    published = catalogue.find(code, version) if isinstance(code, str) and isinstance(version, str) else None
    if published is None:
        yield Fault("unknown_instrument", pointer="/version", limits={"options": catalogue.names()})
        return
    begins = published.instrument.valid_from
    if opens_on is not None and opens_on < begins:
        yield Fault("too_early", pointer="/opens_on", limits={"minimum": begins, "example": begins})
    if (retired := retired_fault(published, opens_on, catalogue)) is not None:
        yield retired


async def _village_faults(session: AsyncSession, content: Mapping[str, Any], opens_on: date | None) -> list[Fault]:
    """Returns a fault for each code that names no village on the opening day, or names one again."""
    faults, seen = list[Fault](), set[str]()
    asked = list(_villages_in(content))
    days = [] if opens_on is None else [(code, opens_on) for _, code in asked]
    standings = await find_standings(await raw_connection(session), days) if days else {}
    for pointer, code in asked:
        standing = None if opens_on is None else standings[code, opens_on]
        if code in seen:
            faults.append(Fault("village_twice", pointer=pointer))
        elif len(code) != _VILLAGE_LENGTH:
            faults.append(Fault("unknown_region", pointer=pointer))
        elif standing is not None and standing.edition is None:
            faults.append(standing.fault(pointer, unknown="unknown_region"))
        seen.add(code)
    return faults
