"""Takes a submission, which a device can safely send again.

The submission is checked (`checking.py`), scored and drafted (`drafts.py`). Then it waits until its batch is stored
(`batcher.py`). Whatever is not stored is explained (`sent_before.py`).
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.merging import NEED_BASIS
from app.platform.database import Connection, Database
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.platform.sql import Statement
from app.problems import FAULT_LIMIT, Fault, Language, Problem, kinds, unauthenticated
from app.schemas.intake.correction import RevisionOut
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.submission_json import write_submission
from app.schemas.kept import HeldFaultyOut, KeptOut
from app.schemas.problem import FaultOut
from app.scoring.catalogue import Catalogue
from app.services.intake.batcher import Batcher
from app.services.intake.checking import CORRECTION, Checked, check_submission, interview_day, region_of
from app.services.intake.contention import contended_if_held_up
from app.services.intake.correcting import Asked, Sending, answer_sent, find_own, read_asked
from app.services.intake.device_clock import RIGHT
from app.services.intake.drafts import Draft, make_draft
from app.services.intake.held import keep_faulty
from app.services.intake.receipts import sign_for_sender
from app.services.intake.refused_consent import tells_of_refusal
from app.services.intake.repairing import repair
from app.services.intake.revising import lock_submission
from app.services.intake.sent_before import find_region_faults, find_sent, is_own, refuse_erased
from app.services.intake.storing import Stored

_OUTDATED: Final = Statement("SELECT EXISTS (SELECT FROM person WHERE id = :id AND training <> :in_training)")


_BASES: Final = ("/consent", "/basis")

Remark = Callable[[Checked], Sequence[str]]
"""Returns further warnings of a checked submission, in their stored form."""
Note = Callable[[AsyncSession, int | None, bool], Awaitable[None]]
"""Stores more in the transaction of a correction, a repair, or of what is kept apart.

It gets the revision, which is None for what is held, and whether this request made it.
"""


def _no_remark(checked: Checked) -> Sequence[str]:
    return ()


async def no_note(session: AsyncSession, revision: int | None, made: bool) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Besides:
    """What is done besides for a way of sending that knows more than its body says."""

    remark: Remark = _no_remark
    note: Note = no_note


NOTHING: Final = Besides()


class Reply(NamedTuple):
    """The reply to a submission that is stored, now or before. `text` is the JSON of SubmissionOut."""

    text: str
    uncounted: Uncounted | None
    new: bool
    corrected: bool = False


class Kept(NamedTuple):
    """The reply to a submission with faults that is held. `text` is the JSON of KeptOut."""

    text: str


class Intake:
    """Takes submissions in one server process."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        vault: Vault,
        receipts: ReceiptSigner,
        *,
        conflicts: int = 50,
        faulty: int = 200,
    ) -> None:
        """conflicts: how many open conflicts a device may have. faulty: how many open ones with faults a person may"""
        self._database = database
        self._catalogue = catalogue
        self._vault = vault
        self._receipts = receipts
        self._conflicts = conflicts
        self._faulty = faulty
        self._batcher = Batcher(database, catalogue, vault)

    async def start(self) -> None:
        """Prepares for the first submission."""
        await self._batcher.start()

    async def finish(self) -> None:
        """Stores what still waits."""
        await self._batcher.finish()

    async def store(self, id: UUID, checked: Checked, caller: Caller) -> Reply | None:
        """Stores a checked submission of the caller's regions, and returns after the commit.

        None if it was not stored, because it was sent before, its id was erased, its region was no village that day, or
        the sender was put in training or taken out. Raises UnavailableError, and contended.
        """
        draft = make_draft(id, checked, caller, self._vault)
        stored = await self._batcher.put(draft)
        return None if stored is None else self._taken(draft, stored)

    def hand_in(
        self, id: UUID, read: Callable[[], Mapping[str, Any]], checked: Checked, caller: Caller
    ) -> Coroutine[Any, Any, Reply]:
        """Begins to store a checked submission of the caller's regions, after those that were begun before.

        `read` returns its body, if it turns out that somebody has to look at that.

        Everything that takes time before the commit is done when it returns. What it returns ends as `take` does.
        """
        draft = make_draft(id, checked, caller, self._vault)
        waiting = self._batcher.put(draft)

        async def end() -> Reply:
            stored = await waiting
            if stored is not None:
                return self._taken(draft, stored)
            return await self._find_sent(id, read(), checked, caller)

        return end()

    async def take(
        self,
        content: Mapping[str, Any],
        *,
        id: UUID,
        caller: Caller,
        latest: datetime,
        ahead: timedelta = RIGHT,
        besides: Besides = NOTHING,
    ) -> Reply:
        """Checks and stores the submission in a body.

        `latest` is the last moment an interview may have, and `ahead` by how much the device's clock is wrong. If it
        raises faults, region-outside-caller or submission-erased, it stores nothing. If it raises submission-differs or
        submission-corrected, it keeps what is stored. No matter how many send the same submission at once, one is
        stored and all get its receipt. No matter how many send one card from a village at once, they become one family,
        which counts once a year. The sender gets the receipt of what was sent before also if the region is no longer
        the caller's. Raises `unauthenticated` if the sender was put in training or taken out after the token was read.
        """
        checked, outside = await self._check(content, id, caller, latest, [], ahead, besides)
        if outside or checked.retired is not None:
            return await self._find_sent(id, content, checked, caller, may_store=False)
        return await self.hand_in(id, lambda: content, checked, caller)

    async def put(
        self,
        content: Mapping[str, Any],
        if_match: Sequence[str],
        *,
        id: UUID,
        caller: Caller,
        latest: datetime,
        ahead: timedelta = RIGHT,
        besides: Besides = NOTHING,
    ) -> Reply:
        """Takes what is sent with one address: a new submission, or a correction of a stored one.

        `if_match` are the values of that header. Without one and without the member `correction` it does what `take`
        does. Raises what that raises, missing-scope, and what `answer_sent` raises and returns.
        """
        content, asked, faults = read_asked(content, if_match)
        if asked.nothing and not faults:
            if "submissions:write" not in caller.areas:
                raise Problem(kinds.FORBIDDEN_SCOPE, scope="submissions:write")
            return await self.take(
                content, id=id, caller=caller.within("submissions:write"), latest=latest, ahead=ahead, besides=besides
            )
        checked, _ = await self._check(content, id, caller, latest, faults, ahead, besides)
        async with self._database.connection() as connection:
            await _refuse_outdated(connection, caller)
        return await self._answer(id, content, checked, caller, asked, besides)

    async def put_or_keep(
        self,
        content: Mapping[str, Any],
        if_match: Sequence[str],
        *,
        id: UUID,
        caller: Caller,
        latest: datetime,
        ahead: timedelta,
        language: Language,
        besides: Besides = NOTHING,
    ) -> Reply | Kept:
        """Does what `put` does, but keeps a new submission that has faults. Raises too-many-held.

        A correction with faults is not kept, and neither is what a family refused, or what names people or an address
        without a basis for it.
        """
        try:
            return await self.put(content, if_match, id=id, caller=caller, latest=latest, ahead=ahead, besides=besides)
        except Problem as problem:
            if problem.kind is not kinds.FAULTS or not _may_be_kept(content, if_match, problem.faults, caller):
                raise
            faults = problem.faults
        return await self._keep(id, content, faults, caller, language)

    async def keep_apart(
        self,
        content: Mapping[str, Any],
        fault: Fault,
        *,
        id: UUID,
        caller: Caller,
        latest: datetime,
        language: Language,
        note: Note = no_note,
    ) -> Kept:
        """Keeps what a known sender cannot store under the id, with its faults: it must not be lost on a phone.

        `fault` says why. A body of a region outside of the caller's is kept in the smallest that the caller has.
        It is a conflict also with what somebody else sent under the id. Raises what `put_or_keep` raises for what may
        not be kept.
        """
        _, found = check_submission(id, content, self._catalogue, latest)
        faults = [fault, *found]
        if not _is_keepable(content, faults):
            raise Problem(kinds.FAULTS, faults=faults)
        return await self._keep(id, content, faults, caller, language, apart=True, note=note)

    async def _keep(
        self,
        id: UUID,
        content: Mapping[str, Any],
        faults: Sequence[Fault],
        caller: Caller,
        language: Language,
        *,
        apart: bool = False,
        note: Note = no_note,
    ) -> Kept:
        async with self._database.connection() as connection:
            await _refuse_outdated(connection, caller)
            await refuse_erased(connection, id, caller)
        async with self._database.session(caller.regions) as session:
            if apart:
                locked = await lock_submission(session, id, None, self._vault)
                stored = None if locked is None else locked.row
            else:
                stored = await find_own(session, id, caller, self._vault)
            held = await keep_faulty(
                session,
                id=id,
                content=content,
                faults=faults,
                caller=caller.within("submissions:write"),
                vault=self._vault,
                receipts=self._receipts,
                most=self._faulty if stored is None else self._conflicts,
                family_id=None if stored is None else stored.family_id,
            )
            await note(session, None, False)
        told = [FaultOut.model_validate(each.render(language)) for each in faults[:FAULT_LIMIT]]
        shown = HeldFaultyOut(id=held.id, kind=held.kind, receipt=held.receipt, faults=told)
        return Kept(KeptOut(id=id, status="held", held=shown).model_dump_json(exclude_unset=True))

    async def _check(
        self,
        content: Mapping[str, Any],
        id: UUID,
        caller: Caller,
        latest: datetime,
        faults: Sequence[Fault],
        ahead: timedelta,
        besides: Besides,
    ) -> tuple[Checked, bool]:
        """Returns a checked submission, and whether it is of a region that is not the caller's any more.

        faults: those that were found already. Raises all faults, and region-outside-caller.
        """
        region = region_of(content)
        outside = region is not None and not caller.covers(region)
        if outside:
            async with self._database.connection() as connection:
                if not await is_own(connection, id, caller):
                    raise Problem(kinds.FORBIDDEN_REGION)
        checked, found = check_submission(id, content, self._catalogue, latest, ahead)
        if checked is None or faults:
            day = interview_day(content, latest, ahead)
            async with self._database.connection() as connection:
                of_region = await find_region_faults(connection, content, day)
            raise Problem(kinds.FAULTS, faults=[*faults, *found, *of_region])
        further = besides.remark(checked)
        return replace(checked, warnings=[*checked.warnings, *further]) if further else checked, outside

    async def _find_sent(
        self, id: UUID, content: Mapping[str, Any], checked: Checked, caller: Caller, *, may_store: bool = True
    ) -> Reply:
        """Returns what was sent before under the id, or raises why nothing was stored.

        may_store: whether it would have been stored if it was not sent before
        """
        async with self._database.connection() as connection:
            if may_store:
                await _refuse_outdated(connection, caller)
            known: dict[str, Any] = {"content": content, "checked": checked, "caller": caller}
            sent = await find_sent(connection, id, **known, vault=self._vault, receipts=self._receipts)
        if sent is None:
            return await self._answer(id, content, checked, caller, Asked())
        return Reply(sent.model_dump_json(), sent.uncounted, False)

    async def _answer(
        self,
        id: UUID,
        content: Mapping[str, Any],
        checked: Checked,
        caller: Caller,
        asked: Asked,
        besides: Besides = NOTHING,
    ) -> Reply:
        """Answers content under an id that may be stored. Raises a problem only after what it keeps is committed."""
        sending = Sending(
            id, content, checked, caller, asked, self._catalogue, self._vault, self._receipts, self._conflicts
        )
        with contended_if_held_up():
            async with self._database.session(list(dict.fromkeys([*caller.regions, checked.region]))) as session:
                repaired = await repair(session, sending) if asked.revision == 0 else None
                answer = repaired or await answer_sent(session, sending)
                corrected = isinstance(answer, RevisionOut) and answer.corrected is not None
                if not isinstance(answer, Problem):
                    await besides.note(session, answer.revision, corrected or repaired is not None)
        if isinstance(answer, Problem):
            raise answer
        return Reply(answer.model_dump_json(), answer.uncounted, repaired is not None, corrected)

    def _taken(self, draft: Draft, stored: Stored) -> Reply:
        return Reply(self._write(draft, stored), stored.uncounted, True)

    def _write(self, draft: Draft, stored: Stored) -> str:
        row, checked = draft.row, draft.checked
        told = {"revision": row.revision, "region": row.region, "received_at": stored.received_at, "code": row.code}
        told["corrected_by"] = None
        content_hash, code, signature = sign_for_sender(row.id, told, checked.hashed, self._receipts)
        return write_submission(
            id=row.id,
            family=stored.family_id,
            purpose=row.purpose,
            received_at=stored.received_at,
            code=code,
            content_hash=content_hash,
            signature=signature,
            uncounted=stored.uncounted,
            score=draft.score.text,
            warnings=stored.warnings,
            instrument=checked.published.instrument,
        )


def _may_be_kept(content: Mapping[str, Any], if_match: Sequence[str], faults: Sequence[Fault], caller: Caller) -> bool:
    region = region_of(content)
    return (
        not if_match
        and content.get(CORRECTION) is None
        and "submissions:write" in caller.areas
        and (region is None or caller.within("submissions:write").covers(region))
        and _is_keepable(content, faults)
    )


def _is_keepable(content: Mapping[str, Any], faults: Sequence[Fault]) -> bool:
    """Whether a body is neither what a family refused, nor names people or an address without a basis for it."""
    return (
        not any(each.code == "basis_missing" for each in faults)
        and not (_names_people(content) and any((each.pointer or "").startswith(_BASES) for each in faults))
        and not tells_of_refusal(content)
    )


def _names_people(content: Mapping[str, Any]) -> bool:
    """Whether a body names people or an address, which are kept only with a valid consent or basis."""
    family = content.get("family")
    return isinstance(family, Mapping) and any(family.get(each) for each in NEED_BASIS)


async def _refuse_outdated(connection: Connection, caller: Caller) -> None:
    """Raises `unauthenticated` if the sender was put in training, or taken out, after the token was read.

    The app then gets a new token, sends again, and the submission is stored under the new mark.
    """
    if await connection.fetchval(*_OUTDATED.bind(id=UUID(caller.id), in_training=caller.training)):
        raise unauthenticated()
