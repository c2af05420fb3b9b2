"""The forms that phones fetch: a list of those to fill now, and the frozen bytes of any that was ever published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import PhoneForm, Round, RoundVillage
from app.platform.database import inside
from app.problems import Problem, kinds
from app.problems.phone_texts import NO_SUCH_FORM
from app.regions.codes import COUNTRY
from app.regions.local_time import local_day
from app.scoring.catalogue import Catalogue
from app.scoring.parts import Text
from app.services.reference.phone_forms import find_form, list_forms
from app.services.reference.retired import retired_fault


@dataclass(frozen=True, slots=True)
class FormInForce:
    """A form of an instrument that is in force. `md5` has hexadecimal digits."""

    form_id: str
    version: str
    name: Text
    md5: str


async def list_forms_in_force(
    session: AsyncSession, catalogue: Catalogue, regions: Sequence[str], form_id: str | None = None
) -> list[FormInForce]:
    """Returns one form for each instrument with which interviews can be made today.

    It is that of the version which an open round in these regions names, and otherwise of the latest version. A phone
    that got several versions of a form would show whichever it fetched last.

    form_id: only that form. Raises NotYetLoadedError for a version that another process has just published.
    """
    today = local_day(datetime.now(UTC), COUNTRY)
    wanted = await _versions_of_open_rounds(session, regions)
    found = dict[str, tuple[tuple[bool, date, datetime], FormInForce]]()
    for form in await list_forms(session):
        published = catalogue[form.instrument_id]
        instrument = published.instrument
        begun = instrument.valid_from <= today
        if form_id in (None, form.form_id) and begun and retired_fault(published, today, catalogue) is None:
            rank = wanted.get(instrument.code) == instrument.version, instrument.valid_from, published.published_at
            listed = FormInForce(form.form_id, form.version, instrument.title, form.md5)
            found[form.form_id] = max(found.get(form.form_id, (rank, listed)), (rank, listed), key=lambda each: each[0])
    return [each for _, (_, each) in sorted(found.items())]


async def _versions_of_open_rounds(session: AsyncSession, regions: Sequence[str]) -> dict[str, str]:
    """The version of each instrument that open rounds name, of several rounds that which opened last."""
    now = datetime.now(UTC)
    query = select(Round, col(RoundVillage.opens_at)).join(RoundVillage, col(RoundVillage.round_id) == col(Round.id))
    query = query.where(
        inside(col(RoundVillage.region), regions),
        col(RoundVillage.opens_at) <= now,
        col(RoundVillage.late_from) > now,
        col(RoundVillage.settled_at).is_(None),
    )
    rows = await session.scalars(query.order_by(col(RoundVillage.opens_at), col(Round.id)))
    return {each.instrument: each.version for each in rows}


async def find_frozen_form(session: AsyncSession, form_id: str, version: str) -> PhoneForm:
    """Returns a form with its bytes. Raises not-found."""
    form = await find_form(session, form_id, version)
    if form is None:
        raise Problem(kinds.NOT_FOUND, detail=NO_SUCH_FORM)
    return form
