"""What must be true after the storm: nothing lost, nothing doubled, and every figure equal to a recount."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.commands.audit_verify import check_chain
from app.platform.database import Database
from app.services.audit.chain import Checker
from tests.storm.device import Device
from tests.storm.interviews import Interview
from tests.storm.settled import (
    Stored,
    check_figures,
    check_held,
    check_reviews,
    check_revisions,
    check_verdicts,
    read_contents,
)
from tests.storm.stage import ISSUER, Stage

_TAKINGS: Final = """
SELECT subject, count(*) AS times FROM (
    SELECT kind, subject FROM audit_queue UNION ALL SELECT kind, subject FROM audit_log
) AS audited WHERE kind = 'submission.take' GROUP BY subject
"""
_EVENTS: Final = """
SELECT submission_id, count(*) AS times FROM change_event WHERE kind = 't' GROUP BY submission_id
"""
_SECRET: Final = re.compile(r"\b637201\d{10}\b|Orang |Jalan ")
"""Card numbers, NIKs, names and addresses of the storm's families."""


@dataclass(slots=True)
class Verdict:
    sent: int
    acknowledged: int
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.wrong) and self.sent == self.acknowledged

    def __str__(self) -> str:
        return f"sent {self.sent}, acknowledged {self.acknowledged}, lost {self.lost}, doubled {self.doubled}"


async def judge(stage: Stage, devices: Sequence[Device], jwks: Mapping[str, Any]) -> Verdict:
    """jwks: the service's public keys, as they were published before the storm"""
    interviews = [each for device in devices for each in device.interviews]
    verdict = Verdict(len(interviews), sum(bool(each.receipts) for each in interviews))
    async with stage.owner() as owner:
        rows = [dict(row) for row in await owner.fetch("SELECT * FROM submission")]
        takings = {row["subject"]: row["times"] for row in await owner.fetch(_TAKINGS)}
        events = {f"submission:{row['submission_id']}": row["times"] for row in await owner.fetch(_EVENTS)}
    verdict.lost = sum(1 for _ in find_lost(interviews, rows))
    verdict.doubled = count_doubles(interviews, rows)
    verdict.wrong += [*check_receipts(interviews, jwks), *check_rows(interviews, rows)]
    verdict.wrong += [*check_takings(rows, takings, "the audit log"), *check_takings(rows, events, "the events")]
    stored = await Stored.read(stage)
    for check in (check_revisions, check_held):
        verdict.wrong += check(interviews, rows, stored)
    verdict.wrong += [*check_reviews(rows, stored), *check_verdicts(interviews, rows)]
    bodies, wrong = read_contents(stage, interviews, rows)
    verdict.wrong += [*wrong, *await check_figures(stage, interviews, rows, bodies)]
    verdict.wrong += [*read_logs(stage), *await verify_chain(stage)]
    return verdict


def find_lost(interviews: Sequence[Interview], rows: Sequence[Mapping[str, Any]]) -> Iterable[Interview]:
    """Interviews whose receipt a device holds, but which are not stored as the receipt says."""
    stored = {row["id"]: row["received_at"] for row in rows}
    for each in interviews:
        if each.receipts and stored.get(each.id) != each.received_at:
            yield each


def count_doubles(interviews: Sequence[Interview], rows: Sequence[Mapping[str, Any]]) -> int:
    """How many rows there are beyond one for each interview, and how many count beyond one for each family and year."""
    of_interview = Counter(row["surveyed_at"] for row in rows)
    by_id = {each.id: each for each in interviews}
    known = [row for row in rows if row["id"] in by_id]
    reported = Counter(by_id[row["id"]].counts_with for row in known if row["uncounted"] is None)
    approved = Counter(by_id[row["id"]].counts_with for row in known if row["in_approved"])
    return sum(times - 1 for each in (of_interview, reported, approved) for times in each.values())


def check_receipts(interviews: Sequence[Interview], jwks: Mapping[str, Any]) -> Iterable[str]:
    """Whether each receipt verifies with the published keys alone, and says what the device sent."""
    keys = KeySet.import_key_set(cast(Any, jwks))
    for each in interviews:
        payloads = set()
        firsts = [(found["receipt"], 1, each.content_hash) for found in each.receipts]
        corrections = [(other.receipt, other.revision, other.content_hash) for other in each.others if other.receipt]
        for told, revision, hashed in (*firsts, *corrections):
            try:
                signed = jws.deserialize_compact(told["signature"], keys, algorithms=["ES256"])
            except (JoseError, ValueError) as error:
                yield f"the receipt of {each.id} does not verify: {error}"
                continue
            if revision == 1:
                payloads.add(signed.payload)
            said, expected = json.loads(signed.payload), _said_by(each, told, revision, hashed)
            if said != expected or signed.headers()["typ"] != "ikk-receipt+jws":
                yield f"the receipt of {each.id} says {said} and not {expected}"
        if len(payloads) > 1:
            yield f"{each.id} has receipts that differ"


def _said_by(interview: Interview, told: Mapping[str, Any], revision: int | None, hashed: str) -> dict[str, Any]:
    """What the signed part of a receipt must say. Only the service knows its moment and its code."""
    return {
        "iss": ISSUER,
        "id": str(interview.id),
        "revision": revision,
        "region": interview.village,
        "received_at": told["received_at"],
        "code": told["code"],
        "content_hash": hashed,
    }


def check_rows(interviews: Sequence[Interview], rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    by_id = {each.id: each for each in interviews}
    families = defaultdict(set)
    for row in rows:
        each = by_id.get(row["id"])
        if each is None:
            yield f"{row['id']} was never sent"
        elif not each.receipts:
            yield f"{row['id']} is stored, but its device got no receipt"
        elif (row["region"], row["year"], row["surveyed_at"], row["purpose"]) != (
            *(each.village, each.year, each.moment),
            each.purpose,
        ):
            yield f"{row['id']} is stored as another interview"
        elif each.purpose != "interview" and row["uncounted"] != each.purpose:
            yield f"{row['id']} is a {each.purpose} and may not count"
        elif each.card is not None:
            families[each.village, each.card].add(row["family_id"])
    for (_, card), found in families.items():
        if len(found) > 1:
            yield f"the card that ends in {card[-4:]} became {len(found)} families"


def check_takings(rows: Sequence[Mapping[str, Any]], takings: Mapping[str, int], told_by: str) -> Iterable[str]:
    """Whether the audit log, or the events, have one taking for each row and none without a row."""
    stored = {f"submission:{row['id']}" for row in rows}
    for subject in stored ^ set(takings):
        yield f"{subject} is stored or in {told_by}, but not both"
    for subject, times in takings.items():
        if times > 1:
            yield f"{subject} was taken {times} times, say {told_by}"


def read_logs(stage: Stage) -> Iterable[str]:
    """What the servers logged and should not have."""
    for server in stage.servers:
        text = server.log.read_text("utf-8")
        if _SECRET.search(text):
            yield "a log holds what identifies a family"
        for line in text.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                yield f"a log holds a line that is no JSON: {line[:200]}"
                continue
            if entry["level"] in ("error", "critical"):
                yield f"a server logged an error: {line[:600]}"


async def verify_chain(stage: Stage) -> list[str]:
    """Whether the audit log is as it was sealed."""
    keys = {key.id: key.raw for key in stage.keys.all("audit")}
    async with Database.open(stage.dsn, stage.settings) as database:
        findings, _ = await check_chain(database, Checker(keys.get, {}), -(2**63))
    return [f"the audit log at {each.position}: {each.text}" for each in findings]
