"""Takes an interview that a phone sends, the same way as `PUT /v1/submissions/{id}?keep=faulty`.

A phone cannot repair what was refused, and sends it again and again. So whatever a known sender sends is stored or
kept, unless the family said no or nobody can read it. Only what may succeed later is refused for now.
"""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import Database
from app.platform.encryption import Vault, VaultError
from app.problems import Fault, Language, Problem, kinds
from app.problems.fault_texts import FaultCode, Texts
from app.problems.language import pick
from app.problems.phone_texts import (
    ERASED,
    NO_CONSENT,
    NO_SUCH_FORM,
    REFUSED,
    REFUSED_EDIT,
    REPLACED,
    SEND_AGAIN,
    UNREADABLE,
)
from app.schemas.ids import RESERVED
from app.schemas.intake.correction_reasons import CorrectionReason
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument
from app.services.intake.device_clock import RIGHT
from app.services.intake.held import close_followed, close_superseded, read_held
from app.services.intake.refused_consent import tells_of_refusal
from app.services.intake.taking import Besides, Intake, Kept, Note, Reply, no_note
from app.services.phones.edits import Base, find_base, find_waiting, name_edit
from app.services.phones.messages import say_conflict, say_held, say_stored
from app.services.phones.shown_scores import ScoreOutcome, compare_with, outcome_of
from app.services.reference.phone_forms import find_form
from app.xforms.instances import Instance, Shown, UnreadableInstanceError, body_of, read_instance

Fate = Literal["stored", "corrected", "resent", "held", "dropped"]
_KEPT_APART: Final = frozenset((kinds.ROUND_CLOSED, kinds.ROUND_SETTLED, kinds.FAMILY_RESTRICTED, kinds.REQUEST_OPEN))
"""Why a correction is refused that a supervisor may still choose."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a phone is told. `score` compares the score that it showed, if a submission was stored or corrected."""

    status: Literal[201, 202]
    message: str
    fate: Fate
    score: ScoreOutcome | None = None


@dataclass(frozen=True, slots=True)
class Receiving:
    """Who sends, and what takes it. `latest` is the last moment an interview may have."""

    caller: Caller
    language: Language
    latest: datetime
    database: Database
    catalogue: Catalogue
    intake: Intake
    vault: Vault


@dataclass(frozen=True, slots=True)
class _Sent:
    """An interview as it was sent. `body` is that of `PUT /v1/submissions/{id}`."""

    body: Mapping[str, Any]
    shown: Shown | None
    instrument: Instrument
    to: Receiving

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction in the sender's area."""
        return self.to.database.session(self.to.caller.regions)


async def take_instance(xml: bytes, to: Receiving) -> Answered:
    """Stores or keeps the interview in an instance of a form, and says what became of it.

    Raises malformed-json (unreadable), not-found (no such form), and what may succeed later: contended,
    unavailable, too-many-held. What is sent again gets the same answer.
    """
    instance = _read(xml)
    instrument = await _find_instrument(instance, to)
    told = body_of(instance, instrument)
    if told.refused:
        return _dropped(REFUSED if instance.deprecated_id is None else REFUSED_EDIT, to.language)
    sent = _Sent(told.body, told.shown, instrument, to)
    done = await _take_one(instance.instance_id, instance.deprecated_id, sent)
    if done.fate != "dropped":
        await _take_waiting(instance.instance_id, sent)
    return done


async def _take_one(id: UUID, edited: UUID | None, sent: _Sent) -> Answered:
    try:
        if edited is None or edited == id:
            return _answer(await _put_or_keep_apart(id, sent), sent)
        return await _take_edit(id, edited, sent)
    except Problem as problem:
        return _explain(problem, sent)


async def _take_waiting(id: UUID, sent: _Sent) -> None:
    """Takes what came before the instance that it edits: edits of an instance, edits of those, and so on.

    Edits that were taken already do not end the search, because the server may have been killed after one of them.
    Raises what may succeed later, so that the phone sends the instance once more and its edits do not wait for good.
    """
    async with sent.session() as session:
        waiting = await find_waiting(session, id, sent.to.caller)
    unknown = set[UUID]()
    for edited, held in waiting:
        if edited in unknown:
            # Nor will be known what comes from this one.
            unknown.add(held.submission_id)
            continue
        async with sent.session() as session:
            base = await find_base(session, edited, sent.to.caller)
        if not base.known:
            unknown |= {edited, held.submission_id}
            continue
        try:
            body = read_held(held, sent.to.vault)
            await _take_known(held.submission_id, edited, base, replace(sent, body=body, shown=None))
        except VaultError:
            continue
        except Problem as problem:
            if problem.kind is kinds.MALFORMED:
                continue
            raise


async def _find_instrument(instance: Instance, to: Receiving) -> Instrument:
    async with to.database.session() as session:
        form = await find_form(session, instance.form_id, instance.version)
    if form is None:
        raise Problem(kinds.NOT_FOUND, detail=NO_SUCH_FORM)
    return to.catalogue[form.instrument_id].instrument


async def _take_edit(id: UUID, edited: UUID, sent: _Sent) -> Answered:
    async with sent.session() as session:
        base = await find_base(session, edited, sent.to.caller)
    if base.known:
        return await _take_known(id, edited, base, sent)
    return await _keep_waiting(id, edited, base, sent)


async def _take_known(id: UUID, edited: UUID, base: Base, sent: _Sent) -> Answered:
    """Takes an edit of what was received. Afterwards it waits no more, if it did."""
    try:
        done = _answer(await _correct_and_name(id, edited, base, sent), sent)
    except Problem as problem:
        done = _explain(problem, sent)
    async with sent.session() as session:
        await close_followed(session, id, sent.to.caller)
    return done


async def _correct_and_name(id: UUID, edited: UUID, base: Base, sent: _Sent) -> Reply | Kept:
    async def note(session: AsyncSession, revision: int | None, made: bool) -> None:
        await name_edit(session, id, edited, base, sent.to.caller, revision=revision)
        # What was sent again follows nothing. A later edit may be held by now.
        if made:
            await close_superseded(session, base.root, sent.to.caller)

    try:
        taken = await _correct(base, sent, note)
    except Problem as problem:
        if "held" in problem.members:
            async with sent.session() as session:
                await note(session, None, False)
        raise
    async with sent.session() as session:
        # A correction has noted it already. What was stored anew, or is held, has not.
        await note(session, json.loads(taken.text)["revision"] if isinstance(taken, Reply) else None, False)
    return taken


async def _keep_waiting(id: UUID, edited: UUID, base: Base, sent: _Sent) -> Answered:
    """Keeps an edit that came before what it edits, under its own id, so that it is not in the way of that."""

    async def note(session: AsyncSession, revision: int | None, made: bool) -> None:
        await name_edit(session, id, edited, base, sent.to.caller)

    kept = await _keep_apart(id, "base_unknown", sent, note)
    # What it edits may have come at the same moment, or waits only because a server was killed.
    await _take_waiting(base.root, sent)
    async with sent.session() as session:
        now = await find_base(session, edited, sent.to.caller)
    return await _take_known(id, edited, now, sent) if now.known else _answer(kept, sent)


async def _correct(base: Base, sent: _Sent, note: Note) -> Reply | Kept:
    """Replaces what the phone knew. Where that is not what is stored, a supervisor chooses."""
    reason: CorrectionReason = "returned" if base.returned else "other"
    why = replace(sent, body={**sent.body, "correction": {"reason": reason}})
    try:
        return await _put(base.root, why, f'"{base.replaces}"', note=note)
    except Problem as problem:
        stale = problem.kind is kinds.REVISION_STALE and "held" not in problem.members
        if problem.kind is not kinds.FAULTS and problem.kind not in _KEPT_APART and not stale:
            if (fault := _why_apart(problem)) is None:
                raise
            return await _keep_apart(base.root, fault, sent)
    # Without the revision it is new, or a conflict with what is stored, and is kept with its faults.
    return await _put_or_keep_apart(base.root, sent)


async def _put_or_keep_apart(id: UUID, sent: _Sent) -> Reply | Kept:
    try:
        return await _put(id, sent)
    except Problem as problem:
        if (fault := _why_apart(problem)) is None:
            raise
    return await _keep_apart(id, fault, sent)


async def _put(id: UUID, sent: _Sent, *if_match: str, note: Note = no_note) -> Reply | Kept:
    return await sent.to.intake.put_or_keep(
        sent.body,
        if_match,
        id=id,
        caller=sent.to.caller,
        latest=sent.to.latest,
        ahead=RIGHT,
        language=sent.to.language,
        besides=Besides(compare_with(sent.shown), note),
    )


async def _keep_apart(id: UUID, why: FaultCode, sent: _Sent, note: Note = no_note) -> Kept:
    fault = Fault(why, pointer="/region" if why == "village_elsewhere" else "")
    return await sent.to.intake.keep_apart(
        sent.body,
        fault,
        id=id,
        caller=sent.to.caller,
        latest=sent.to.latest,
        language=sent.to.language,
        note=note,
    )


def _answer(taken: Reply | Kept, sent: _Sent) -> Answered:
    told = json.loads(taken.text)
    if isinstance(taken, Kept):
        return Answered(202, say_held(told["held"], sent.instrument, sent.to.language), "held")
    fate: Fate = "stored" if taken.new else "corrected" if taken.corrected else "resent"
    codes = [each["code"] for each in told["warnings"]]
    score = None if fate == "resent" else outcome_of(sent.shown, codes)
    return Answered(201, say_stored(told, sent.to.language), fate, score)


def _read(xml: bytes) -> Instance:
    try:
        instance = read_instance(xml)
    except UnreadableInstanceError:
        raise Problem(kinds.MALFORMED, detail=UNREADABLE) from None
    if instance.instance_id in RESERVED:
        raise Problem(kinds.MALFORMED, detail=UNREADABLE)
    return instance


def _why_apart(problem: Problem) -> FaultCode | None:
    """Why it cannot be stored under its id by this caller, although it must not be lost. None for other problems."""
    if problem.kind is kinds.FORBIDDEN_REGION:
        return "village_elsewhere"
    if problem.kind is kinds.CONFLICT and "held" not in problem.members:
        return "sent_by_other"
    return None


def _explain(problem: Problem, sent: _Sent) -> Answered:
    """Answers what is decided, so that the phone lets go of it. Raises what may succeed later."""
    held: Any = problem.members.get("held")
    if held is not None:
        return Answered(202, say_conflict(held, sent.to.language), "held")
    if problem.kind is kinds.SUBMISSION_ERASED:
        return _dropped(ERASED, sent.to.language)
    if problem.kind is kinds.CORRECTED:
        return _dropped(REPLACED, sent.to.language)
    if problem.kind is kinds.FAULTS:
        return _dropped(_why_dropped(problem, sent), sent.to.language)
    if problem.kind.status < 500 and problem.kind is not kinds.TOO_MANY_HELD:
        raise Problem(kinds.CONTENDED, detail=SEND_AGAIN) from problem
    raise problem


def _why_dropped(problem: Problem, sent: _Sent) -> Texts:
    """Why a body with faults was not kept. Raises malformed-json for one that states more numbers than can be kept."""
    if any(each.code == "basis_missing" for each in problem.faults):
        return NO_CONSENT
    if tells_of_refusal(sent.body):
        return REFUSED
    raise Problem(kinds.MALFORMED, detail=UNREADABLE) from problem


def _dropped(texts: Texts, language: Language) -> Answered:
    return Answered(202, pick(texts, language), "dropped")
