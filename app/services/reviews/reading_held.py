"""Reads a submission that is held, with its answers, its faults, and what differs from what is stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.checks import MOST_PEOPLE
from app.identity.numbers import holds_number
from app.models import HeldSubmission, Submission
from app.platform.database import raw_connection
from app.platform.encryption import Vault
from app.problems import FAULT_LIMIT, Fault, Language
from app.schemas.moments import read_instant
from app.schemas.reviews.held import HeldFamilyOut, HeldOut
from app.scoring.catalogue import Catalogue, Published
from app.scoring.coding import decode_answers
from app.scoring.evaluation import Answers, Row
from app.services.audit.queue import record
from app.services.intake.answers import as_sent
from app.services.intake.checking import check_submission, interview_day, region_of
from app.services.intake.held import read_held
from app.services.intake.sent_before import find_region_faults
from app.services.intake.submission_table import read_texts
from app.services.reviews.held import find_held, row_members

_SPECIFY: Final = "_specify"


async def read_one(
    session: AsyncSession,
    caller: Caller,
    id: UUID,
    *,
    catalogue: Catalogue,
    vault: Vault,
    latest: datetime,
    language: Language,
) -> HeldOut:
    """Returns and audits one that the caller sent or may review. Never an identity.

    Raises not-found and family-restricted, and VaultError if the body cannot be decrypted.
    """
    held = await find_held(session, caller, id)
    content = read_held(held, vault)
    whole = held.sent_by == UUID(caller.id) or caller.holds("submissions:sensitive", held.region)
    stored = await session.get(Submission, held.submission_id)
    answers, published = _read_answers(content, catalogue, latest)
    hidden: frozenset[str] = frozenset()
    if not whole and published is not None:
        hidden = published.instrument.sensitive_codes
    # Who sent other content under an id could otherwise guess what is stored, answer by answer.
    knows = stored is not None and caller.reads_whole(
        stored.region, stored.sent_by, stored.revision, stored.corrected_by
    )
    faults = await _faults_of(session, held, content, catalogue, latest)
    shown = _without(answers, hidden)
    await record(
        session,
        caller,
        "held.read",
        region=held.region,
        subject=f"held:{held.id}",
        submission=str(held.submission_id),
        sensitive=whole,
    )
    family = content.get("family")
    return HeldOut(
        **row_members(held),
        instrument=None if published is None else published.instrument.code,
        version=None if published is None else published.instrument.version,
        surveyed_at=None if read_instant(content.get("surveyed_at")) is None else content["surveyed_at"],
        family=_show_family(family if isinstance(family, Mapping) else {}),
        answers=_as_sent(shown),
        withheld=bool(hidden),
        faults=[each.render(language) for each in faults[:FAULT_LIMIT]],
        stored_revision=None if stored is None else stored.revision,
        differs=[] if stored is None else _differing(content, answers, stored, catalogue, vault, whole=whole and knows),
    )


def _read_answers(
    content: Mapping[str, Any], catalogue: Catalogue, latest: datetime
) -> tuple[Answers, Published | None]:
    """Returns the valid answers to questions of the instrument that a body names. Texts with a number are left out."""
    code, version, sent = (content.get(name) for name in ("instrument", "version", "answers"))
    published = catalogue.find(code, version) if isinstance(code, str) and isinstance(version, str) else None
    if published is None or not isinstance(sent, dict):
        return {}, published
    taken, _ = published.compiled.take(sent, interview_day(content, latest))
    return _without_numbers(taken.answers), published


def _without_numbers(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {code: _clean(each) for code, each in answers.items() if not (isinstance(each, str) and holds_number(each))}


def _clean(answer: Any) -> Any:
    if not isinstance(answer, tuple):
        return answer
    return tuple(Row(_without_numbers(each.answers)) if isinstance(each, Row) else each for each in answer)


def _without(answers: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """The answers without those to hidden questions, also in rows."""
    return {
        code: tuple(Row(_without(each.answers, hidden)) if isinstance(each, Row) else each for each in answer)
        if isinstance(answer, tuple)
        else answer
        for code, answer in answers.items()
        if code.removesuffix(_SPECIFY) not in hidden
    }


def _as_sent(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        code: [_as_sent(each.answers) if isinstance(each, Row) else as_sent(each) for each in answer]
        if isinstance(answer, tuple)
        else as_sent(answer)
        for code, answer in answers.items()
    }


def _show_family(family: Mapping[str, Any]) -> HeldFamilyOut:
    sex, members = family.get("head_sex"), family.get("members")
    counted = type(members) is int and 0 <= members <= MOST_PEOPLE
    return HeldFamilyOut(head_sex=sex if sex in ("female", "male") else None, members=members if counted else None)


async def _faults_of(
    session: AsyncSession, held: HeldSubmission, content: Mapping[str, Any], catalogue: Catalogue, latest: datetime
) -> list[Fault]:
    """Returns the faults as they are now. An instrument may have been published since."""
    checked, faults = check_submission(held.submission_id, content, catalogue, latest)
    retired = [] if checked is None or checked.retired is None else [checked.retired]
    connection = await raw_connection(session)
    return [*faults, *retired, *await find_region_faults(connection, content, interview_day(content, latest))]


def _differing(
    content: Mapping[str, Any], answers: Answers, stored: Submission, catalogue: Catalogue, vault: Vault, *, whole: bool
) -> list[str]:
    """Returns the names of what differs from what is stored."""
    instrument = catalogue[stored.instrument_id].instrument
    kept = _without_numbers(decode_answers(stored.answers, read_texts(stored, vault), instrument))
    hidden = frozenset() if whole else instrument.sensitive_codes
    mine, theirs = _without(answers, hidden), _without(kept, hidden)
    names = [f"answers.{code}" for code in sorted(mine.keys() | theirs.keys()) if mine.get(code) != theirs.get(code)]
    family = content.get("family")
    told = _show_family(family if isinstance(family, Mapping) else {})
    pairs = {
        "instrument": (content.get("instrument"), instrument.code),
        "version": (content.get("version"), instrument.version),
        "region": (region_of(content), stored.region),
        "started_at": (read_instant(content.get("started_at")), stored.started_at),
        "surveyed_at": (read_instant(content.get("surveyed_at")), stored.surveyed_at),
        "family.head_sex": (told.head_sex, stored.head_sex),
        "family.members": (told.members, stored.members),
    }
    return [*names, *(name for name, (one, other) in pairs.items() if one != other)]
