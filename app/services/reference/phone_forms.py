"""Keeps the form of each published instrument for phones, made once and then served for good.

The only writer of `phone_form`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from app.models import PhoneForm
from app.scoring.instrument import Instrument
from app.xforms.form import GENERATOR, make_form


@dataclass(frozen=True, slots=True)
class KnownForm:
    """A form without its bytes. md5: of the XForm. scores: whether the phone shows the score"""

    instrument_id: int
    form_id: str
    version: str
    md5: str
    scores: bool
    made_at: datetime


async def keep_form(session: AsyncSession, instrument_id: int, instrument: Instrument) -> bool:
    """Makes the form of an instrument unless this generator made it before. Returns whether it is new.

    Raises CannotCarryError if a phone cannot ask something of it.
    """
    known = select(col(PhoneForm.generator)).where(
        col(PhoneForm.instrument_id) == instrument_id, col(PhoneForm.generator) == GENERATOR
    )
    if await session.scalar(known) is not None:
        return False
    made = make_form(instrument)
    written = await session.execute(
        insert(PhoneForm)
        .values(
            instrument_id=instrument_id,
            generator=GENERATOR,
            form_id=made.form_id,
            version=made.version,
            xform=made.xform,
            xlsform=made.xlsform,
            md5=made.md5,
            scores=made.scores,
            made_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing()
        .returning(col(PhoneForm.instrument_id))
    )
    return written.scalar_one_or_none() is not None


async def list_forms(session: AsyncSession) -> Sequence[KnownForm]:
    """Returns the form of each instrument, made by the newest generator, by id and version."""
    query = select(PhoneForm).options(defer(col(PhoneForm.xform)), defer(col(PhoneForm.xlsform)))  # type: ignore[arg-type]
    newest = {each.instrument_id: each for each in await session.scalars(query.order_by(col(PhoneForm.generator)))}
    found = [
        KnownForm(each.instrument_id, each.form_id, each.version, each.md5, each.scores, each.made_at)
        for each in newest.values()
    ]
    return sorted(found, key=lambda each: (each.form_id, each.version))


async def find_form(session: AsyncSession, form_id: str, version: str) -> PhoneForm | None:
    """Returns a form with its bytes, also one of an earlier generator, which phones may still fill."""
    if not (form_id + version).isprintable():
        # The database takes no NUL and no half of a surrogate pair.
        return None
    query = select(PhoneForm).where(col(PhoneForm.form_id) == form_id, col(PhoneForm.version) == version)
    found: PhoneForm | None = await session.scalar(query)
    return found


async def find_xlsform(session: AsyncSession, instrument_id: int) -> bytes | None:
    """Returns the workbook of an instrument's form, made by the newest generator."""
    query = select(col(PhoneForm.xlsform)).where(col(PhoneForm.instrument_id) == instrument_id)
    found: bytes | None = await session.scalar(query.order_by(col(PhoneForm.generator).desc()).limit(1))
    return found
