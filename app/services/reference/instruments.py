"""Publishes instruments for good, keeps the catalogue of a server up to date, and shows what is published.

The only writer of `instrument`.
"""

from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND
from app.models import PublishedInstrument
from app.problems import Problem, kinds
from app.schemas.reference.instrument import InstrumentOut, InstrumentWholeOut
from app.scoring.catalogue import Catalogue, Published, Retirement
from app.scoring.follows import check_follows
from app.scoring.instrument import Instrument
from app.scoring.reading.faults import InstrumentFaults
from app.scoring.reading.files import check_instrument_file, digest_of, read_instrument
from app.scoring.schema import schema_of
from app.services.audit.queue import record
from app.services.reference.phone_forms import find_xlsform, keep_form
from app.xforms.form import CannotCarryError, faults_of, make_rows


class FrozenInstrumentError(Exception):
    """This code and version is already published with other content. A change needs a new version."""


class UnknownVersionError(Exception):
    """This version is not published. The message names it."""


class RetiredItselfError(Exception):
    """The version to use instead is retired no later. The message names it."""


class UnreadableInstrumentError(Exception):
    """This version of the service cannot read some published instruments. The message names them."""


async def publish_instrument(session: AsyncSession, file: bytes) -> bool:
    """Publishes a file. Returns True if it is new, or False if the same bytes were published before.

    A file that is published already stays valid, also where later versions of the service are stricter.
    Its form for phones is made with it. Publishing the same file again makes a form that is missing.
    Raises InstrumentFaults for an invalid file, also if it follows a version in a way that it cannot, or if a phone
    cannot ask its questions. Raises FrozenInstrumentError for other bytes under a published version.
    """
    published = await _find_published(session, digest_of(file))
    if published is not None:
        # It was published before it had to fit on a phone, and stays valid if it does not.
        with suppress(CannotCarryError):
            await keep_form(session, published, read_instrument(file))
        return False
    checked = check_instrument_file(file)
    instrument = checked.instrument
    if instrument is None:
        raise InstrumentFaults(checked.faults)
    try:
        make_rows(instrument)
    except CannotCarryError as error:
        raise InstrumentFaults(faults_of(error)) from error
    if instrument.follows is not None:
        earlier = await _read_published(session, instrument.code, instrument.follows.version)
        check_follows(file, instrument, earlier)
    written = await session.execute(
        insert(PublishedInstrument)
        .values(
            code=instrument.code,
            version=instrument.version,
            digest=instrument.digest,
            file=file.decode("utf-8-sig"),
            published_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing()
        .returning(col(PublishedInstrument.id))
    )
    new = written.scalar_one_or_none()
    if new is not None:
        await keep_form(session, new, instrument)
        return True
    stored = await session.scalar(
        select(col(PublishedInstrument.digest))
        .where(col(PublishedInstrument.code) == instrument.code)
        .where(col(PublishedInstrument.version) == instrument.version)
    )
    if stored != instrument.digest:
        raise FrozenInstrumentError(
            f"{instrument.code} {instrument.version} is published with digest {stored} and never changes; "
            f"this file has {instrument.digest}: give it a new version"
        )
    return False


async def _find_published(session: AsyncSession, digest: str) -> int | None:
    query = select(col(PublishedInstrument.id)).where(col(PublishedInstrument.digest) == digest)
    found: int | None = await session.scalar(query)
    return found


async def _read_published(session: AsyncSession, code: str, version: str) -> Instrument | None:
    """Returns a published version, or None if there is none."""
    file = await session.scalar(
        select(col(PublishedInstrument.file))
        .where(col(PublishedInstrument.code) == code)
        .where(col(PublishedInstrument.version) == version)
    )
    return None if file is None else read_instrument(file.encode("utf-8"))


async def retire_instrument(session: AsyncSession, code: str, version: str, retirement: Retirement | None) -> bool:
    """Retires a version, changes when it is retired, or takes that back (None). Returns False if nothing changed.

    Interviews up to the day are taken for ever. Raises UnknownVersionError for a version that is not published, and
    RetiredItselfError for a version to use instead that is retired no later.
    """
    stored = await _find_version(session, code, version)
    after, use = (None, None) if retirement is None else (retirement.after, retirement.use)
    if use is not None and after is not None:
        other = await _find_version(session, code, use)
        if use == version or (other.retired_after is not None and other.retired_after <= after):
            raise RetiredItselfError(use)
    if (stored.retired_after, stored.use_instead) == (after, use):
        return False
    stored.retired_after, stored.use_instead = after, use
    await session.flush()
    await record(
        session,
        COMMAND,
        "instrument.retire",
        instrument=f"{code} {version}",
        retired_after=None if after is None else after.isoformat(),
        use_instead=use,
    )
    return True


async def _find_version(session: AsyncSession, code: str, version: str) -> PublishedInstrument:
    """Returns a published version, locked. Raises UnknownVersionError."""
    query = select(PublishedInstrument).where(
        col(PublishedInstrument.code) == code, col(PublishedInstrument.version) == version
    )
    stored: PublishedInstrument | None = await session.scalar(query.with_for_update())
    if stored is None:
        raise UnknownVersionError(f"{code} {version}")
    return stored


async def refresh_catalogue(session: AsyncSession, catalogue: Catalogue) -> None:
    """Adds instruments that the catalogue does not have yet, and notes which are retired. Reads only new files.

    A newer version of the service may publish an instrument that this version cannot read. The catalogue leaves it out.
    UnreadableInstrumentError then names it, after all others were added.
    """
    kept = (PublishedInstrument.id, PublishedInstrument.retired_after, PublishedInstrument.use_instead)
    rows = (await session.execute(select(*map(col, kept)))).all()
    missing = [each.id for each in rows if each.id not in catalogue]
    unreadable = []
    if missing:
        query = select(PublishedInstrument).where(col(PublishedInstrument.id).in_(missing))
        for row in await session.scalars(query.order_by(col(PublishedInstrument.id))):
            assert row.id is not None  # noqa: S101 (a stored row has its key)
            file = row.file.encode("utf-8")
            try:
                instrument = read_instrument(file)
            except InstrumentFaults:
                unreadable.append(f"{row.code} {row.version}")
            else:
                catalogue.add(Published(row.id, instrument, row.published_at))
    for each in rows:
        catalogue.set_retired(
            each.id, None if each.retired_after is None else Retirement(each.retired_after, each.use_instead)
        )
    catalogue.loaded = True
    if unreadable:
        raise UnreadableInstrumentError(", ".join(unreadable))


def list_instruments(catalogue: Catalogue) -> list[InstrumentOut]:
    """Returns all published instruments, by code and version."""
    return sorted(
        (InstrumentOut.of(each.instrument, each.published_at, catalogue.retirement(each)) for each in catalogue),
        key=lambda each: (each.code, each.version),
    )


def find_instrument(catalogue: Catalogue, code: str, version: str) -> InstrumentWholeOut:
    """Returns an instrument with all its content. Raises not-found."""
    published = _find(catalogue, code, version)
    return InstrumentWholeOut(
        **dict(InstrumentOut.of(published.instrument, published.published_at, catalogue.retirement(published))),
        content=dict(published.instrument.content),
    )


def find_schema(catalogue: Catalogue, code: str, version: str) -> dict[str, object]:
    """Returns the JSON Schema of an instrument's answers. Raises not-found."""
    return schema_of(_find(catalogue, code, version).instrument)


async def find_workbook(session: AsyncSession, catalogue: Catalogue, code: str, version: str) -> bytes:
    """Returns the form of an instrument as a workbook (XLSForm). Raises not-found."""
    workbook = await find_xlsform(session, _find(catalogue, code, version).id)
    if workbook is None:
        raise Problem(kinds.NOT_FOUND)
    return workbook


def _find(catalogue: Catalogue, code: str, version: str) -> Published:
    published = catalogue.find(code, version)
    if published is None:
        raise Problem(kinds.NOT_FOUND)
    return published
