"""The forms that phones fetch: a list of those to fill now, and the frozen bytes of any that was ever published."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import PhoneForm
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
    session: AsyncSession, catalogue: Catalogue, form_id: str | None = None
) -> list[FormInForce]:
    """Returns the newest form of each version of an instrument with which interviews can be made today.

    form_id: only those with this id. Raises NotYetLoadedError for a version that another process has just published.
    """
    today = local_day(datetime.now(UTC), COUNTRY)
    found = []
    for form in await list_forms(session):
        published = catalogue[form.instrument_id]
        begun = published.instrument.valid_from <= today
        if form_id in (None, form.form_id) and begun and retired_fault(published, today, catalogue) is None:
            found.append(FormInForce(form.form_id, form.version, published.instrument.title, form.md5))
    return found


async def find_frozen_form(session: AsyncSession, form_id: str, version: str) -> PhoneForm:
    """Returns a form with its bytes. Raises not-found."""
    form = await find_form(session, form_id, version)
    if form is None:
        raise Problem(kinds.NOT_FOUND, detail=NO_SUCH_FORM)
    return form
