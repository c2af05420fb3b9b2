"""Finds everything that is wrong with a submission at once, without SQL and HTTP.

It checks the shape, answers, numbers and moments of a JSON body. From a valid body it makes warnings, the content hash
and, apart from them, the family's identity. Both taking and correcting a submission use it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar
from uuid import UUID

from app.identity.checks import MOST_PEOPLE, Findings, check_family
from app.identity.merging import NEED_BASIS, Identity, make_identity
from app.identity.numbers import holds_number
from app.platform.encryption import ContentHash
from app.problems import FAULT_LIMIT, Fault, fault_in, pointer, read_shape
from app.problems.fault_texts import Texts
from app.problems.warning_texts import WarningCode
from app.regions.codes import undot
from app.regions.editions import read_districts
from app.regions.local_time import at_region, local_day, start_of_day
from app.schemas.families.consent import ConsentIn
from app.schemas.families.identity import Sex
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.score import ScoreIn
from app.schemas.intake.submission import SubmissionIn
from app.schemas.lines import find_cleaned
from app.schemas.moments import read_birth_date, read_instant
from app.scoring.catalogue import Catalogue, Published
from app.scoring.compiled import PlainlyTaken
from app.scoring.compiled_answers import Taken
from app.scoring.evaluation import Answers, Row
from app.scoring.instrument import Instrument, Question
from app.services.intake.answer_faults import answer_fault
from app.services.intake.content_hash import content_hash
from app.services.intake.device_clock import RIGHT, is_past
from app.services.reference.retired import retired_fault

CORRECTION: Final = "correction"
_ALONE: Final[Texts] = (
    "Perbaikan hanya diterima dengan PUT /v1/submissions/{{id}} dan If-Match. Hapus bagian ini.",
    "Corrections are taken only with PUT /v1/submissions/{{id}} and If-Match. Remove this.",
)
Shape = TypeVar("Shape", SubmissionIn, ScoreIn)
_SECONDS_PER_QUESTION: Final = 3
"""Nobody reads a question aloud and hears its answer in less. Provisional, and of no official source."""
_FAST: Final[WarningCode] = "too_fast"
_CLOCK: Final[WarningCode] = "device_clock"
_TOO_FAST: Final = f"{_FAST} /started_at"
_DEVICE_CLOCK: Final = f"{_CLOCK} /surveyed_at"


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid submission, and what was made from it."""

    published: Published
    taken: Taken | PlainlyTaken
    """The answers, with what is scored and stored of them."""
    region: str
    started_at: datetime | None
    surveyed_at: datetime
    day: date
    """The local day of the interview at the region."""
    purpose: Purpose | None
    """The purpose that the body states."""
    head_sex: Sex
    members: int
    card_number: str | None
    consent: ConsentIn | None
    hashed: ContentHash
    warnings: list[str]
    """They have the form in which they are stored. `WarningOut.of` reads it."""
    identity: Identity | None
    """The family's identity, still to be encrypted. None if the interview does not state it."""
    retired: Fault | None = None
    """Why it cannot be stored unless it is stored already: its version was retired before the interview."""


def check_submission(
    id: UUID | None,
    content: Mapping[str, Any],
    catalogue: Catalogue,
    latest: datetime,
    ahead: timedelta = RIGHT,
) -> tuple[Checked | None, list[Fault]]:
    """Returns the checked submission, or all its faults. `latest` is the last moment an interview may have.

    `ahead` is by how much the device's clock is wrong (`device_clock.py`). `id` is None if there is no valid one.
    It does not check whether the region exists and is the caller's. Whoever takes a correction takes the member
    `correction` out before.
    """
    region = region_of(content)
    surveyed_at = read_instant(content.get("surveyed_at"))
    sent = content.get("family")
    day = interview_day(content, latest, ahead)
    people = sent.get("people") if isinstance(sent, Mapping) else None
    submission, published, taken, faults = read_body(content, SubmissionIn, catalogue, day, people)
    untimely = [] if surveyed_at is None else _time_faults(surveyed_at, region, published, latest, ahead)
    faults += untimely
    found = check_family(sent, read_districts()) if isinstance(sent, Mapping) else Findings()
    faults += [Fault(code, pointer=pointer(("family", *path))) for code, path in found.faults]
    faults += _start_faults(content, region, surveyed_at)
    faults += _basis_faults(content)
    faults += _salt_faults(id, content)
    if content.get(CORRECTION) is not None:
        faults.append(Fault("not_allowed", pointer=f"/{CORRECTION}", texts=_ALONE))
    interview = latest if surveyed_at is None or untimely else surveyed_at
    faults += _later_faults(content, region, interview, latest, ahead)
    retired = None if region is None else retired_fault(published, day, catalogue)
    if submission is None or published is None or taken is None or day is None or faults:
        return None, faults if retired is None else [*faults, retired]
    stated = {**vars(submission), "family": submission.family.model_dump(mode="json", exclude_none=True)}
    hashed = content_hash(content, submission.region)
    checked = make_checked(
        stated, sent, taken.answers, found, published=published, taken=taken, day=day, hashed=hashed, ahead=ahead
    )
    return replace(checked, retired=retired) if retired is not None else checked, []


def make_checked(
    stated: Mapping[str, Any],
    sent: Any,
    answers: Answers,
    found: Findings,
    *,
    published: Published,
    taken: Taken | PlainlyTaken,
    day: date,
    hashed: bytes,
    ahead: timedelta,
) -> Checked:
    """What is made from a body without faults.

    stated: the members of SubmissionIn, with `family` as JSON
    sent: `family` as it was sent, in which `found` was found
    answers: those of `taken`
    hashed: the content hash
    ahead: by how much the device's clock is wrong
    """
    family, surveyed_at, consent = stated["family"], stated["surveyed_at"], stated.get("consent")
    if family != sent:
        found.warnings.extend(("text_cleaned", path) for path in find_cleaned(sent, family))
    warnings = _differing(family, answers, published.instrument)
    warnings += [f"{code} {pointer(('family', *path))}" for code, path in found.warnings]
    warnings += [f"implausible {code}" for code in taken.implausible]
    started_at = stated.get("started_at")
    if started_at is not None and surveyed_at - started_at < quickest(published.instrument):
        warnings.append(_TOO_FAST)
    if ahead:
        warnings.append(_DEVICE_CLOCK)
    basis = stated.get("basis") or ("consent" if consent is not None else None)
    return Checked(
        published=published,
        taken=taken,
        region=stated["region"],
        started_at=started_at,
        surveyed_at=surveyed_at,
        day=day,
        purpose=stated.get("purpose"),
        head_sex=family["head_sex"],
        members=family["members"],
        card_number=family.get("card_number"),
        consent=consent,
        hashed=ContentHash(hashed, stated.get("salt")),
        warnings=warnings,
        identity=make_identity(family, surveyed_at, basis),
    )


@lru_cache(maxsize=256)
def quickest(instrument: Instrument) -> timedelta:
    """The shortest time in which an interview can be held, from the number of questions that every family is asked."""
    asked = [each for each in instrument.asked if isinstance(each, Question) and each.ask_when is None]
    return timedelta(seconds=_SECONDS_PER_QUESTION * len(asked))


def read_body(
    content: Mapping[str, Any], shape: type[Shape], catalogue: Catalogue, day: date | None, people: object = None
) -> tuple[Shape | None, Published | None, Taken | PlainlyTaken | None, list[Fault]]:
    """Returns the body in its shape, its instrument, its answers, and all faults of shape and answers.

    Body and instrument are None where invalid. `day` is that of the interview, None if nobody knows it, and `people`
    are those of the family.
    """
    body, faults = read_shape(shape, content)
    code, version, sent = (content.get(name) for name in ("instrument", "version", "answers"))
    published = catalogue.find(code, version) if isinstance(code, str) and isinstance(version, str) else None
    taken: Taken | PlainlyTaken | None = None
    if published is None:
        if not {"/instrument", "/version"} & {fault.pointer for fault in faults}:
            faults.append(Fault("unknown_instrument", pointer="/version", limits={"options": catalogue.names()}))
    elif isinstance(sent, dict):
        instrument = published.instrument
        taken, found = published.compiled.take(sent, day, people if isinstance(people, list) else None)
        listed = [answer_fault(each, instrument) for each in found[:FAULT_LIMIT]]
        faults += listed + listed[-1:] * (len(found) - len(listed))
        faults += [Fault("looks_like_nik", pointer=pointer(path)) for path in numbers_in(taken)]
    return body, published, taken, faults


def numbers_in(taken: Taken | PlainlyTaken) -> Iterator[tuple[str | int, ...]]:
    """The paths of texts that hold a NIK or a card number. It would be kept outside of the identity."""
    # Answers that were read by tables hold no texts but codes of options.
    if isinstance(taken, PlainlyTaken) or _options_hold_numbers(taken.instrument):
        yield from _numbers_in(taken.answers, ("answers",))


@lru_cache(maxsize=256)
def _options_hold_numbers(instrument: Instrument) -> bool:
    return any(holds_number(each) for options in instrument.options.values() for each in options)


def _numbers_in(answers: Answers, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    for code, answer in answers.items():
        if isinstance(answer, str) and holds_number(answer):
            yield (*path, code)
        for position, row in enumerate(answer if isinstance(answer, tuple) else ()):
            if isinstance(row, Row):
                yield from _numbers_in(row.answers, (*path, code, position))


def region_of(content: Mapping[str, Any]) -> str | None:
    """Returns the canonical code of the region that a body names, or None if that is no code."""
    region = content.get("region")
    return undot(region) if isinstance(region, str) else None


def interview_day(content: Mapping[str, Any], latest: datetime, ahead: timedelta = RIGHT) -> date | None:
    """Returns the local day of the interview at the region, or None if the body states no moment up to `latest`.

    `ahead` is by how much the device's clock is wrong.
    """
    surveyed_at, region = read_instant(content.get("surveyed_at")), region_of(content) or ""
    if surveyed_at is None or not is_past(surveyed_at, region, latest, ahead):
        return None
    return local_day(surveyed_at, region)


def _time_faults(
    surveyed_at: datetime, region: str | None, published: Published | None, latest: datetime, ahead: timedelta
) -> list[Fault]:
    if not is_past(surveyed_at, region or "", latest, ahead):
        limits = {"maximum": at_region(latest, region or "")}
        return [Fault("surveyed_in_future", pointer="/surveyed_at", limits=limits)]
    if region is None or published is None:
        return []
    # The first moment of the day, as the interview's local day can lie before the first year of the calendar.
    first = start_of_day(published.instrument.valid_from, region)
    if surveyed_at >= first:
        return []
    days, members = {"minimum": published.instrument.valid_from}, {"minimum": first.isoformat()}
    return [Fault("surveyed_before_instrument", pointer="/surveyed_at", limits=days, members=members)]


def _start_faults(content: Mapping[str, Any], region: str | None, surveyed_at: datetime | None) -> list[Fault]:
    """Returns a fault for an interview that began after it was done."""
    started_at = read_instant(content.get("started_at"))
    if started_at is None or surveyed_at is None or started_at <= surveyed_at:
        return []
    return [Fault("in_future", pointer="/started_at", limits={"maximum": at_region(surveyed_at, region or "")})]


def without_identity(checked: Checked) -> Checked:
    """The same submission of a family that nobody can find or name, as for training."""
    return replace(checked, card_number=None, consent=None, identity=None)


def _basis_faults(content: Mapping[str, Any]) -> list[Fault]:
    """Returns a fault at each member that may be stored only with a basis, if the body has neither."""
    family = content.get("family")
    if not isinstance(family, Mapping) or content.get("consent") is not None or content.get("basis") is not None:
        return []
    return [Fault("basis_missing", pointer=f"/family/{name}") for name in NEED_BASIS if family.get(name)]


def _salt_faults(id: UUID | None, content: Mapping[str, Any]) -> list[Fault]:
    """Returns a fault for a salt that is the submission's id, and so no secret."""
    salt = content.get("salt")
    same = isinstance(salt, str) and salt.lower() == str(id)
    return [fault_in(SubmissionIn, "salt_is_id", ("salt",))] if same else []


def _later_faults(
    content: Mapping[str, Any], region: str | None, interview: datetime, latest: datetime, ahead: timedelta
) -> list[Fault]:
    """Returns faults for a consent in the future and for people who were born after the day of the interview."""
    faults = []
    consent, family = content.get("consent"), content.get("family")
    given_at = read_instant(consent.get("given_at")) if isinstance(consent, Mapping) else None
    if given_at is not None and not is_past(given_at, region or "", latest, ahead):
        faults.append(
            Fault("in_future", pointer="/consent/given_at", limits={"maximum": at_region(latest, region or "")})
        )
    people = family.get("people") if isinstance(family, Mapping) else None
    day = local_day(interview, region or "")
    for position, person in enumerate(people[:MOST_PEOPLE] if isinstance(people, list) else ()):
        born = read_birth_date(person.get("birth_date")) if isinstance(person, Mapping) else None
        if born is not None and born > day:
            where = pointer(("family", "people", position, "birth_date"))
            faults.append(Fault("in_future", pointer=where, limits={"maximum": day}))
    return faults


def _differing(family: Mapping[str, Any], answers: Answers, instrument: Instrument) -> list[str]:
    """Returns the codes of questions that ask a fact of `family` again and have a different answer."""
    asked = [(each.code, family[each.same_as]) for each in instrument.asking_again if each.same_as is not None]
    return [code for code, fact in asked if answers.get(code, fact) != fact]
