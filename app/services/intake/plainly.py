"""Checks submissions that are plainly valid, in a fraction of the time that `checking.py` takes.

`check_submission` is the definition. What is accepted here, it accepts with an equal result. Everything else it has to
look at itself: whatever has a fault, and a few valid bodies, such as those with escapes, nulls or numbers like 3.0.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json

from app.identity.checks import check_family
from app.identity.merging import NEED_BASIS
from app.platform.canonical_json import canonical
from app.regions.editions import read_districts
from app.regions.local_time import local_day, start_of_day
from app.schemas.families.consent import ConsentIn
from app.schemas.intake.purpose import DEFAULT_PURPOSE
from app.schemas.intake.submission import SubmissionIn
from app.schemas.plain import plain_validator
from app.scoring.catalogue import Catalogue, Published
from app.scoring.compiled import PlainlyTaken
from app.scoring.compiled_answers import Taken
from app.services.intake.checking import CORRECTION, Checked, make_checked, numbers_in
from app.services.intake.content_hash import digest_of
from app.services.intake.device_clock import RIGHT, is_past
from app.services.reference.retired import retired_fault

_ANSWERS: Final = "answers"
_validate: Final = plain_validator(SubmissionIn, kept=ConsentIn, unread=_ANSWERS).validate_python
_OTHERS: Final = tuple(sorted(SubmissionIn.model_fields.keys() - {_ANSWERS}))
"""The members in the order of canonical JSON. `answers` comes before them."""
_BACKSLASH: Final = b"\\"
_QUOTE: Final = b'"'


def check_plainly(
    id: UUID, body: bytes, catalogue: Catalogue, latest: datetime, ahead: timedelta = RIGHT
) -> Checked | None:
    """The checked submission, equal to that of `check_submission`. None if the body is not plainly valid.

    `latest` is the last moment an interview may have, and `ahead` by how much the device's clock is wrong.
    """
    # Without escapes, every quote begins or ends a text.
    if _BACKSLASH in body:
        return None
    try:
        content = from_json(body, allow_inf_nan=False, cache_strings="keys")
        stated = _validate(content)
    except ValueError:
        return None
    if CORRECTION in stated:
        return None
    published = catalogue.find(stated["instrument"], stated["version"])
    if published is None or not _is_timely(stated, published, latest, ahead):
        return None
    sent, region = content["family"], stated["region"]
    day = local_day(stated["surveyed_at"], region)
    found = check_family(sent, read_districts())
    if found.faults or not _may_keep(id, stated) or not _were_born(stated["family"], sent, day):
        return None
    taken = published.compiled.take_plainly(content[_ANSWERS], day, sent.get("people"))
    if taken is None or any(numbers_in(taken)) or retired_fault(published, day, catalogue) is not None:
        return None
    hashed = _hash(body, content, stated, taken)
    if hashed is None:
        return None
    # What was read by tables is what was sent.
    answers = content[_ANSWERS] if isinstance(taken, Taken) else taken.answers
    return make_checked(
        stated, sent, answers, found, published=published, taken=taken, day=day, hashed=hashed, ahead=ahead
    )


def _is_timely(stated: Mapping[str, Any], published: Published, latest: datetime, ahead: timedelta) -> bool:
    """Whether the interview, its start and the consent lie where they may lie."""
    surveyed_at, consent, region = stated["surveyed_at"], stated.get("consent"), stated["region"]
    return (
        start_of_day(published.instrument.valid_from, region) <= surveyed_at
        and is_past(surveyed_at, region, latest, ahead)
        and ("started_at" not in stated or stated["started_at"] <= surveyed_at)
        and (consent is None or is_past(consent.given_at, region, latest, ahead))
    )


def _may_keep(id: UUID, stated: Mapping[str, Any]) -> bool:
    """Whether people and address have a basis, and the salt is a secret."""
    if "consent" not in stated and "basis" not in stated:
        family = stated["family"]
        for name in NEED_BASIS:
            if family.get(name):
                return False
    return stated.get("salt") != id


def _were_born(family: Mapping[str, Any], sent: Mapping[str, Any], day: date) -> bool:
    """Whether nobody was born after the interview. Writes the birth dates into `family` as they are in JSON."""
    for person, told in zip(family.get("people", ()), sent.get("people", ()), strict=True):
        if "birth_date" in person:
            if person["birth_date"] > day:
                return False
            person["birth_date"] = told["birth_date"]
    return True


def _hash(
    body: bytes, content: Mapping[str, Any], stated: Mapping[str, Any], taken: Taken | PlainlyTaken
) -> bytes | None:
    """The content hash. None if the body repeats a name, which its canonical form does not."""
    answers = content[_ANSWERS]
    if isinstance(taken, Taken):
        written = taken.canonical.encode()
    elif _is_plain(answers):
        written = canonical(answers)
    else:
        return None
    rest = {name: content[name] for name in _OTHERS if name in content}
    rest["region"] = stated["region"]
    # What was validated has its names in order.
    family = stated["family"]
    rest["family"] = family if family == content["family"] else _in_order(content["family"])
    if "consent" in rest:
        rest["consent"] = _in_order(rest["consent"])
    quotes = body.count(_QUOTE)
    if rest.get("purpose") == DEFAULT_PURPOSE:
        del rest["purpose"]
        quotes -= 4
    text = b"".join((b'{"answers":', written, b",", to_json(rest)[1:]))
    return digest_of(text) if text.count(_QUOTE) == quotes else None


def _in_order(value: Any) -> Any:
    """The members of objects in the order of their names, as lists of objects keep theirs."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def _is_plain(value: Any) -> bool:
    """Whether answers hold neither nulls nor fractions, at every depth."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, str | int)
