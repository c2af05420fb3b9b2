"""What the page of somebody's own interviews reads, from the services that the routes of the API call.

Each look is audited as the API audits it: the lists, the comments of each returned interview, and the faults of each
that is held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.problems import Problem, kinds
from app.regions.local_time import local_day
from app.routers.dependencies import catalogue_of, latest_of, open_session, receipts_of, throttle_of, vault_of
from app.routers.pages.route import language_of_page
from app.schemas.intake.submission import SubmissionRowOut
from app.schemas.reviews.held import HeldRowOut
from app.schemas.reviews.review import ReviewMoveOut
from app.schemas.rounds.round import RoundRowOut, RoundVillageOut
from app.schemas.shapes import Page
from app.scoring.instrument import Instrument
from app.scoring.parts import Text
from app.services.intake.listing import Wanted, list_submissions
from app.services.reference.standing import find_names
from app.services.reviews import held as held_service
from app.services.reviews import reading_held
from app.services.reviews.history import read_history
from app.services.rounds import reading as rounds_service

PER_PAGE: Final = 25
MOST_TO_CORRECT: Final = 20
"""Returned interviews, and those that are held, whose reasons one page shows."""
MOST_ROUNDS: Final = 5
MOST_VILLAGES: Final = 30
_GONE: Final = (kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED)
"""What became of one of a list while the page was read."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with an interview. question: in its words, if it is about one"""

    question: Text | None
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An own interview that is stored. remarks: why it was returned"""

    row: SubmissionRowOut
    decimals: int
    remarks: Sequence[Remark] = ()
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An own interview that is kept but not stored. remarks: its faults, in the language of the page"""

    row: HeldRowOut
    remarks: Sequence[Remark] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """A round in the sender's villages. more: whether it has others than these"""

    row: RoundRowOut
    villages: Sequence[RoundVillageOut]
    more: bool


@dataclass(slots=True)
class Own:
    """All of the page. names: of the villages, by code"""

    year: int
    this_year: int
    sent: Sequence[Sent] = ()
    next: str | None = None
    returned: Sequence[Sent] = ()
    more_returned: bool = False
    held: Sequence[Held] = ()
    more_held: bool = False
    rounds: Sequence[Progress] = ()
    names: Mapping[str, str] = field(default_factory=dict)


async def read_own(request: Request, caller: Caller, year: int | None, cursor: str | None) -> Own:
    """What the caller sent in a year. Only the first page has what is to be done. Raises faults for a wrong cursor."""
    this_year = local_day(datetime.now(UTC), caller.regions[0]).year
    own = Own(year or this_year, this_year)
    async with open_session(request) as session:
        sent = await _list(request, session, caller, Wanted(year=own.year, mine=True), cursor, PER_PAGE)
        own.sent, own.next = [_show(request, each) for each in sent.items], sent.next
        if cursor is None:
            await _read_returned(request, session, caller, own)
            await _read_held(request, session, caller, own)
            await _read_rounds(session, caller, own)
        own.names = await find_names(session, _villages_of(own), local_day(datetime.now(UTC), caller.regions[0]))
    return own


async def _list(
    request: Request, session: AsyncSession, caller: Caller, wanted: Wanted, cursor: str | None, limit: int
) -> Page[SubmissionRowOut]:
    page = await list_submissions(
        session,
        caller,
        wanted,
        limit=limit,
        cursor=cursor,
        catalogue=catalogue_of(request),
        vault=vault_of(request),
        receipts=receipts_of(request),
        newest=True,
    )
    return Page[SubmissionRowOut].model_validate_json(page)


def _instrument(request: Request, code: str | None, version: str | None) -> Instrument | None:
    found = catalogue_of(request).find(code, version) if code is not None and version is not None else None
    return None if found is None else found.instrument


def _show(request: Request, row: SubmissionRowOut, move: ReviewMoveOut | None = None) -> Sent:
    instrument = _instrument(request, row.instrument, row.version)
    decimals = 2 if instrument is None else instrument.main.decimals
    if move is None:
        return Sent(row, decimals)
    remarks = [Remark(_words(instrument, each.question), each.text) for each in move.comments]
    return Sent(row, decimals, remarks, move.reviewed_at)


def _words(instrument: Instrument | None, code: str | None) -> Text | None:
    if instrument is None or code is None:
        return None
    found = instrument.question.get(code)
    return None if found is None else found.text


async def _read_returned(request: Request, session: AsyncSession, caller: Caller, own: Own) -> None:
    """What the caller is to correct, of every year, also in place of another kader."""
    wanted = Wanted(status="returned", mine=True)
    page = await _list(request, session, caller, wanted, None, MOST_TO_CORRECT)
    found = []
    for row in page.items:
        try:
            history = await read_history(
                session, caller, row.id, catalogue=catalogue_of(request), vault=vault_of(request)
            )
        except Problem as problem:
            if problem.kind not in _GONE:
                raise
            continue
        move = next((each for each in history.items if each.status == "returned"), None)
        found.append(_show(request, row, move))
    own.returned, own.more_returned = found, page.next is not None


async def _read_held(request: Request, session: AsyncSession, caller: Caller, own: Own) -> None:
    """What is kept but not stored, and the faults of each."""
    wanted = held_service.WantedHeld(status="open", mine=True)
    page = await held_service.list_held(session, caller, wanted, limit=MOST_TO_CORRECT, cursor=None)
    found = []
    for row in reversed(page.items):
        remarks: Sequence[Remark] | None = ()
        if row.kind == "faulty":
            remarks = await _read_faults(request, session, caller, row)
        if remarks is not None:
            found.append(Held(row, remarks))
    own.held, own.more_held = found, page.next is not None


async def _read_faults(
    request: Request, session: AsyncSession, caller: Caller, row: HeldRowOut
) -> Sequence[Remark] | None:
    """The faults in words. None if it is gone. Empty if the caller has read as many answers as it may in an hour."""
    try:
        await throttle_of(request).admit_own_answers(caller)
    except Problem as problem:
        if problem.kind is not kinds.TOO_MANY_REQUESTS:
            raise
        return ()
    try:
        held = await reading_held.read_one(
            session,
            caller,
            row.id,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
            latest=latest_of(request),
            language=language_of_page(request),
        )
    except Problem as problem:
        if problem.kind not in _GONE:
            raise
        return None
    instrument = _instrument(request, held.instrument, held.version)
    return [Remark(_words(instrument, _question_of(each)), each["message"]) for each in held.faults]


def _question_of(fault: Mapping[str, Any]) -> str | None:
    """The code of the question that a fault is about. Of an answer in a row, that of the row's question."""
    parts = str(fault.get("pointer") or "").split("/")
    return parts[-1] if parts[1:2] == ["answers"] else None


async def _read_rounds(session: AsyncSession, caller: Caller, own: Own) -> None:
    """Rounds of the year that are not settled, those that end first at the top."""
    page = await rounds_service.list_rounds(
        session, caller, region=None, year=own.year, status=None, limit=100, cursor=None
    )
    live = sorted((each for each in page.items if each.status in ("open", "closed")), key=_urgency)
    found = []
    for row in live[:MOST_ROUNDS]:
        villages = await rounds_service.list_villages(session, caller, row.id, limit=MOST_VILLAGES, cursor=None)
        found.append(Progress(row, villages.items, villages.next is not None))
    own.rounds = found


def _urgency(row: RoundRowOut) -> tuple[bool, Any]:
    return row.status != "open", row.closes_on


def _villages_of(own: Own) -> set[str]:
    rows: list[SubmissionRowOut | HeldRowOut] = [each.row for each in (*own.sent, *own.returned)]
    rows += [each.row for each in own.held]
    return {each.region for each in rows} | {village.region for each in own.rounds for village in each.villages}
