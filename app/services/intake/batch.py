"""Takes many submissions in one request. Each is taken alone, so that one that is refused stops no other."""

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.access import Caller
from app.platform.database import Database, UnavailableError, area_of
from app.platform.encryption import VaultError
from app.platform.json_parts import split_lines, split_parts
from app.platform.json_reading import JSON_BYTES, read_object
from app.platform.log import log
from app.platform.request_id import REQUEST_ID
from app.platform.sql import Statement
from app.platform.unavailable import problem_of
from app.problems import Fault, Language, Problem, below, kinds, read_shape
from app.schemas.intake.batch import MOST_SUBMISSIONS, BatchedIn, BatchIn, EnvelopeIn, OutlineIn
from app.schemas.intake.correction import RevisionOut
from app.schemas.intake.counts import Uncounted
from app.scoring.catalogue import Catalogue
from app.services.intake.checking import check_submission
from app.services.intake.plainly import check_plainly
from app.services.intake.sent_before import find_faults
from app.services.intake.taking import Intake, Reply
from app.turns import in_turns

BATCH_BYTES: Final = 4 * 1024 * 1024
"""The largest batch. 500 interviews of 8 KiB fill it."""
_SECONDS: Final = 20.0
"""What is not taken by then is refused, so that the response comes within the minute that a proxy waits.

On a server that is full, 10 s can pass until the batch is admitted, and 10 s each until the last interview and the
statement at the end get a connection.
"""
_PLAIN: Final = re.compile(
    rb'\s*\{\s*"id"\s*:\s*"((?!0{8}|f{8})[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"\s*,'
    rb'\s*"submission"\s*:\s*(\{.*\})\s*\}\s*',
    re.DOTALL,
)
"""An entry as most apps write it. If its submission is JSON, the entry has no further members."""
_COUNTS: Final = Statement(
    """
SELECT stored.* FROM (SELECT set_config('ikk.area', :area, true) AS area) AS viewer CROSS JOIN LATERAL (
    SELECT id, uncounted FROM submission WHERE id = ANY (:ids::uuid[]) AND viewer.area IS NOT NULL
    OFFSET 0
) AS stored
"""
)


@dataclass(slots=True)
class Taker:
    """Who sends a batch, and what each of its submissions is taken with."""

    database: Database
    intake: Intake
    caller: Caller
    catalogue: Catalogue
    latest: datetime
    """The last moment that an interview may have."""
    language: Language
    ahead: timedelta
    """By how much the device's clock is wrong."""
    given_up: Problem | None = None
    """Why the rest is refused."""


@dataclass(slots=True)
class Entry:
    """What became of one interview.

    `submission` and `problem` are JSON already. As objects, those of 500 interviews would take ten times the room.
    """

    id: UUID | None = None
    status: int = 0
    submission: str | None = None
    uncounted: str | None = None
    problem: str | None = None
    retry_after: int | None = None

    def name(self, id: UUID) -> None:
        self.id = id

    def store(self, taken: Reply) -> None:
        self.status, self.uncounted, self.submission = 201 if taken.new else 200, taken.uncounted, taken.text

    def refuse(self, problem: Problem, language: Language) -> None:
        told = problem.render(language, REQUEST_ID.get() or "")
        self.status, self.problem = problem.kind.status, _dump(told)
        self.retry_after = int(problem.headers["Retry-After"]) if "Retry-After" in problem.headers else None

    def count(self, uncounted: Uncounted | None) -> None:
        """Writes the submission anew with what counts now."""
        submission = RevisionOut.model_validate_json(self.submission or "")
        counted = submission.model_copy(update={"counts": uncounted is None, "uncounted": uncounted})
        self.uncounted, self.submission = uncounted, counted.model_dump_json()


async def split_batch(body: bytes, *, by_lines: bool) -> list[bytes]:
    """The interviews of a batch, each still to be read. Raises malformed-json (400) and faults (422).

    It raises them only for what is wrong with the batch as a whole.
    """
    await asyncio.sleep(0)  # unpacking 4 MiB was a turn of its own
    if by_lines:
        lines = split_lines(body, MOST_SUBMISSIONS + 1)
        _check_whole({"items": lines})
        return lines
    outline, parts = await split_parts(body, MOST_SUBMISSIONS + 1)
    if len(parts) > MOST_SUBMISSIONS:
        _check_whole({"items": parts})
    if len(outline) > JSON_BYTES:
        raise Problem(kinds.MALFORMED)
    entries, following = _check_whole(read_object(outline)), iter(parts)
    return [next(following) if isinstance(each, dict) else json.dumps(each, default=str).encode() for each in entries]


def _check_whole(content: Mapping[str, Any]) -> list[Any]:
    """The list of interviews. Raises faults (422) of the batch as a whole."""
    outline, faults = read_shape(OutlineIn, content, published=BatchIn)
    if outline is None:
        raise Problem(kinds.FAULTS, faults=faults)
    return outline.items


async def take_batch(taker: Taker, sent: Sequence[bytes]) -> list[Entry]:
    """Takes each interview as PUT does, in their order. What is stored stays, whatever follows.

    Interviews wait together until they are stored. If the database goes away or time runs out, the rest is refused with
    503. It holds no connection while it reads.
    """
    entries, waiting, clock = list[Entry](), list[asyncio.Task[None]](), asyncio.get_running_loop().time
    ends = clock() + _SECONDS
    async for each in in_turns(sent):
        entries.append(entry := Entry())
        if taker.given_up is None and clock() > ends:
            taker.given_up = Problem(kinds.BUSY)
        try:
            work, plain = _begin(taker, each, entry)
        except Exception as error:
            entry.refuse(_problem_of(error), taker.language)
            continue
        if plain:
            waiting.append(asyncio.create_task(_end(taker, work, entry)))
        else:
            await _end(taker, work, entry)
    await asyncio.gather(*waiting)
    await _refresh(taker, entries)
    return entries


def _begin(taker: Taker, sent: bytes, entry: Entry) -> tuple[Coroutine[Any, Any, Reply], bool]:
    """Reads an interview. Returns what is left to do, and whether it only has to be stored. Raises what is wrong."""
    if taker.given_up is None and (work := _begin_plainly(taker, sent, entry)) is not None:
        return work, True
    content, faults = _open(sent, entry)
    if faults and taker.given_up is None:
        return _refuse(taker, content, faults, entry), False
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    if taker.given_up is not None:
        raise taker.given_up
    assert entry.id is not None  # noqa: S101 (`_open` has read it)
    checked, _ = check_submission(entry.id, content, taker.catalogue, taker.latest, taker.ahead)
    if checked is not None and checked.retired is None and taker.caller.covers(checked.region):
        return taker.intake.hand_in(entry.id, lambda: content, checked, taker.caller), True
    taking = taker.intake.take(content, id=entry.id, caller=taker.caller, latest=taker.latest, ahead=taker.ahead)
    return taking, False


def _begin_plainly(taker: Taker, sent: bytes, entry: Entry) -> Coroutine[Any, Any, Reply] | None:
    """Begins to store an interview that is plainly valid. None if it has to be looked at."""
    found = _PLAIN.fullmatch(sent) if len(sent) <= JSON_BYTES else None
    if found is None:
        return None
    key, body = UUID(found[1].decode("ascii")), found[2]
    checked = check_plainly(key, body, taker.catalogue, taker.latest, taker.ahead)
    if checked is None or not taker.caller.covers(checked.region):
        return None
    entry.name(key)
    return taker.intake.hand_in(key, lambda: read_object(body), checked, taker.caller)


async def _end(taker: Taker, work: Coroutine[Any, Any, Reply], entry: Entry) -> None:
    try:
        entry.store(await work)
    except UnavailableError as error:
        taker.given_up = problem_of(error)
        entry.refuse(taker.given_up, taker.language)
    except Exception as error:
        entry.refuse(_problem_of(error), taker.language)


async def _refuse(taker: Taker, content: Mapping[str, Any], faults: Sequence[Fault], entry: Entry) -> Reply:
    """Raises all faults of a submission that cannot be taken, because something around it is wrong too."""
    found: list[Fault] = []
    with suppress(UnavailableError):  # it is refused in any case
        async with taker.database.connection() as connection:
            found = await find_faults(
                connection,
                entry.id,
                content,
                caller=taker.caller,
                catalogue=taker.catalogue,
                latest=taker.latest,
                ahead=taker.ahead,
            )
    raise Problem(kinds.FAULTS, faults=[*faults, *below("/submission", found)])


def _problem_of(error: Exception) -> Problem:
    """What PUT would return. An interview that the service cannot take must not keep all the others away for good."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, VaultError):
        log.error("identity unreadable", request_id=REQUEST_ID.get(), reason=str(error))
        return Problem(kinds.IDENTITY_UNREADABLE)
    log.error("unexpected", request_id=REQUEST_ID.get(), exc_info=error)
    return Problem(kinds.INTERNAL)


def _open(sent: bytes, entry: Entry) -> tuple[dict[str, Any], list[Fault]]:
    """The body of the submission, and the faults of what stands around it. Raises body-too-large and malformed-json.

    Raises faults if there is no body to look into.
    """
    if len(sent) > JSON_BYTES:
        raise Problem(kinds.TOO_LARGE, limit_bytes=JSON_BYTES)
    content = read_object(sent)
    envelope, faults = read_shape(EnvelopeIn, content, published=BatchedIn)
    if not any(fault.pointer == "/id" for fault in faults):
        entry.name(UUID(content["id"]))
    if envelope is None and not isinstance(content.get("submission"), dict):
        raise Problem(kinds.FAULTS, faults=faults)
    return content["submission"], faults


async def _refresh(taker: Taker, entries: Sequence[Entry]) -> None:
    """Brings what counts to the end of the batch, where a later interview of a family may count instead."""
    ids = list({entry.id for entry in entries if entry.submission is not None})
    if not ids:
        return
    try:
        async with taker.database.connection() as connection:
            rows = await connection.fetch(*_COUNTS.bind(ids=ids, area=area_of(taker.caller.regions)))
    except UnavailableError as error:
        # Each keeps what was true when it was taken.
        problem_of(error)
        return
    now = {row["id"]: row["uncounted"] for row in rows}
    async for entry in in_turns(entries):
        if entry.submission is not None and now.get(entry.id, entry.uncounted) != entry.uncounted:
            entry.count(now[entry.id])


async def write_batch(entries: Sequence[Entry]) -> str:
    """The JSON of BatchOut."""
    written = [_write(position, entry) async for position, entry in in_turns(enumerate(entries))]
    stored = sum(entry.submission is not None for entry in entries)
    return f'{{"items":[{",".join(written)}],"stored":{stored},"refused":{len(entries) - stored}}}'


def _write(position: int, entry: Entry) -> str:
    head = {
        "position": position,
        "id": entry.id and str(entry.id),
        "outcome": "refused" if entry.submission is None else "stored",
        "status": entry.status,
        "retry_after": entry.retry_after,
    }
    return f'{_dump(head)[:-1]},"submission":{entry.submission or "null"},"problem":{entry.problem or "null"}}}'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
