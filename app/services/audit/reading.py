"""Reads the audit log, the newest entries first, filtered by caller, region, kind, subject and time."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, Row, Select, any_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.access import Caller
from app.models import AUDIT_LOG, Agency, AuditEntry, AuditLabel, Person
from app.platform.cursors import BAD_CURSOR, bad_cursor, is_position
from app.platform.database import inside
from app.platform.encryption import MARK_LENGTH
from app.problems import Expected, Fault, Problem, kinds, shaped
from app.problems.wording import AsTyped
from app.regions.codes import COUNTRY
from app.schemas.audit.entry import AuditCallerOut, AuditEntryOut
from app.schemas.shapes import Page
from app.services.audit.kinds import KINDS
from app.services.audit.queue import record

Point = tuple[datetime, int]
"""The time and position of an entry, which order the list. The position orders entries of the same time."""

# The best plan depends on how rare a caller or a kind is. One plan for all of them would be bad for some.
_PLAN_EACH_TIME: Final = select(func.set_config("plan_cache_mode", "force_custom_plan", True))
_NEWEST: Final = 4000
"""How many entries the first search walks. No more, as PostgreSQL expects row-level security to hide 19 of 20."""
_NEWEST_FIRST: Final = (col(AuditEntry.at).desc(), col(AuditEntry.position).desc())
_WITH_LETTERS: Final = ("family.find", "identification.create")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a reader. None allows any value.

    `region` includes all regions below it. The moments `first` and `last` are both included.
    """

    caller_id: UUID | None = None
    region: str | None = None
    kind: str | None = None
    subject: str | None = None
    first: datetime | None = None
    last: datetime | None = None


async def list_entries(
    session: AsyncSession, caller: Caller, *, wanted: Wanted, limit: int, cursor: str | None
) -> Page[AuditEntryOut]:
    """Returns a page of the entries of the caller's regions, the newest first. Audits the reading itself.

    Entries without a region belong to the country. Raises faults and region-outside-caller.
    """
    _check(wanted, caller, cursor)
    await session.execute(_PLAN_EACH_TIME)
    before = None if cursor is None else await _read_cursor(session, cursor)
    labels = await _labels_of(session, wanted)
    rows: Sequence[Row[Any]] = []
    if COUNTRY in caller.regions:
        rows = await _read(session, _among_newest(wanted, labels, before, limit))
    if len(rows) <= limit:
        rows = await _read(session, _among_all(wanted, labels, caller, before, limit))
    names = await _names(session, rows[:limit])
    asked = {name: _audited(value) for name, value in asdict(wanted).items() if value is not None}
    own = caller.regions[0] if len(caller.regions) == 1 else None
    await record(session, caller, "audit.read", region=wanted.region or own, wanted=asked, entries=len(rows[:limit]))
    return await Page[AuditEntryOut].of(
        rows, limit, shape=lambda row: _entry_out(row, names), cursor=lambda row: str(row.position)
    )


async def list_by_letter(session: AsyncSession, caller: Caller, marks: Sequence[str]) -> list[AuditEntryOut]:
    """Returns the entries whose purpose named a letter, by its marks, the newest first. Audits the reading itself."""
    mark = func.left(AUDIT_LOG.c.detail["letter"].as_string(), MARK_LENGTH)
    query = select(AUDIT_LOG).where(AUDIT_LOG.c.kind.in_(_WITH_LETTERS), mark.in_(marks))
    rows = (await session.execute(query.order_by(AUDIT_LOG.c.at.desc(), AUDIT_LOG.c.position.desc()))).all()
    await record(session, caller, "audit.read", wanted={"letter": marks[0]}, entries=len(rows))
    names = await _names(session, rows)
    return [_entry_out(row, names) for row in rows]


def _audited(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def _labels_of(session: AsyncSession, wanted: Wanted) -> list[int] | None:
    """Returns the labels with the wanted kind and the noun of the wanted subject, or None if all will do."""
    if wanted.kind is None and wanted.subject is None:
        return None
    query = select(col(AuditLabel.id))
    if wanted.kind is not None:
        query = query.where(col(AuditLabel.kind) == wanted.kind)
    if wanted.subject is not None:
        query = query.where(col(AuditLabel.noun) == wanted.subject.partition(":")[0])
    return [each for each in await session.scalars(query) if each is not None]


async def _read(session: AsyncSession, positions: Select[Any]) -> Sequence[Row[Any]]:
    """Returns the entries of these positions as texts, the newest first."""
    query = select(AUDIT_LOG).where(AUDIT_LOG.c.position.in_(positions))
    return (await session.execute(query.order_by(AUDIT_LOG.c.at.desc(), AUDIT_LOG.c.position.desc()))).all()


def _among_newest(wanted: Wanted, labels: list[int] | None, before: Point | None, limit: int) -> Select[Any]:
    """Returns a query that finds the page in one short walk down an index. It may find too few entries.

    It looks only at the newest entries of the requested time. Without that limit PostgreSQL keeps walking if it takes
    two filters for independent that never meet. Do not use the query where row-level security hides most entries, as
    the walk would have to pass all of them.
    """
    newest = select(AuditEntry).where(*_times(wanted, before)).order_by(*_NEWEST_FIRST).limit(_NEWEST).subquery()
    entry = aliased(AuditEntry, newest)
    roots = [] if wanted.region is None else [wanted.region]
    order = (col(entry.at).desc(), col(entry.position).desc())
    return select(col(entry.position)).where(*_filters(entry, wanted, labels, roots)).order_by(*order).limit(limit + 1)


def _among_all(
    wanted: Wanted, labels: list[int] | None, caller: Caller, before: Point | None, limit: int
) -> Select[Any]:
    """Returns a query that finds the page by the indexes of the filters. PostgreSQL intersects and sorts them."""
    roots = list(caller.regions) if wanted.region is None else [wanted.region]
    point = (col(AuditEntry.at), col(AuditEntry.position))
    filters = _filters(AuditEntry, wanted, labels, roots)
    # OFFSET 0 makes PostgreSQL find the entries by the filters, never by walking in order.
    found = select(*point).where(*_times(wanted, before), *filters).offset(0).subquery().columns
    return select(found.position).order_by(found.at.desc(), found.position.desc()).limit(limit + 1)


async def _read_cursor(session: AsyncSession, cursor: str) -> Point:
    position = int(cursor)
    at = await session.scalar(select(col(AuditEntry.at)).where(col(AuditEntry.position) == position))
    if at is None:
        raise bad_cursor()
    return at, position


_PERIOD: Final = {
    "example_from": AsTyped("2026-01-01T00:00:00+07:00"),
    "example_to": AsTyped("2026-12-31T23:59:59+07:00"),
}


def _check(wanted: Wanted, caller: Caller, cursor: str | None) -> None:
    faults = []
    if wanted.kind is not None and wanted.kind not in KINDS:
        faults.append(shaped("not_allowed", Expected(options=tuple(KINDS)), parameter="kind"))
    if wanted.first is not None and wanted.last is not None and wanted.first > wanted.last:
        faults.append(Fault("bad_period", parameter="from", limits=_PERIOD))
    if cursor is not None and not is_position(cursor):
        faults.append(BAD_CURSOR)
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    if wanted.region is not None and not caller.covers(wanted.region):
        raise Problem(kinds.FORBIDDEN_REGION)


def _times(wanted: Wanted, before: Point | None) -> Iterator[ColumnElement[bool]]:
    if wanted.first is not None:
        yield col(AuditEntry.at) >= wanted.first
    if wanted.last is not None:
        yield col(AuditEntry.at) <= wanted.last
    if before is not None:
        yield tuple_(col(AuditEntry.at), col(AuditEntry.position)) < before


def _filters(
    entry: type[AuditEntry], wanted: Wanted, labels: list[int] | None, roots: Sequence[str]
) -> Iterator[ColumnElement[bool]]:
    if roots:
        yield inside(col(entry.region), roots)
    if wanted.caller_id is not None:
        yield col(entry.caller_id) == wanted.caller_id
    if labels is not None:
        yield col(entry.label) == any_(literal(labels, ARRAY(Integer)))
    if wanted.subject is not None:
        # The id of a key is the end of a UUID that is zero before it.
        yield col(entry.subject_id) == UUID(wanted.subject.partition(":")[2].replace("-", "").zfill(32))


async def _names(session: AsyncSession, rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Returns the names of agencies and the usernames of people among the callers, by id."""
    ids = {UUID(row.caller_id) for row in rows if _UUID.fullmatch(row.caller_id)}
    agencies = select(col(Agency.id), col(Agency.name)).where(col(Agency.id).in_(ids))
    people = select(col(Person.id), col(Person.username)).where(col(Person.id).in_(ids))
    return {str(key): name for query in (agencies, people) for key, name in await session.execute(query)}


def _entry_out(row: Row[Any], names: Mapping[str, str]) -> AuditEntryOut:
    return AuditEntryOut(
        position=row.position,
        at=row.at,
        kind=row.kind,
        caller=AuditCallerOut(kind=row.caller_kind, id=row.caller_id, name=names.get(row.caller_id)),
        region=row.region,
        subject=row.subject,
        request_id=row.request_id,
        detail=row.detail,
        hash=row.hash.hex(),
    )
