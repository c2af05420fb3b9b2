"""What must be true after the storm of corrections, of what is held, and of reviews."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.platform.encryption import Vault
from app.schemas.aggregates.basis import Basis
from tests.storm.interviews import FILE, VILLAGES, YEARS, Interview
from tests.storm.stage import Stage
from tests.storm.wire import exchange, make_request
from tests.support.bases import BOTH, admits
from tests.support.factories import EVERYTHING, instrument
from tests.support.recount import answered, recount

Row = Mapping[str, Any]
LEVELS: Final = ("ID", "63", VILLAGES[0][:4], VILLAGES[0][:6], *VILLAGES)
_QUERIES: Final = {
    "revisions": "SELECT submission_id, revision FROM submission_revision",
    "held": "SELECT * FROM held_submission",
    "reviews": "SELECT * FROM submission_review ORDER BY id",
    "events": "SELECT submission_id, kind::text, count(*) AS times FROM change_event GROUP BY 1, 2",
    "audited": """
        SELECT kind, subject, count(*) AS times FROM (
            SELECT kind, subject FROM audit_queue UNION ALL SELECT kind, subject FROM audit_log
        ) AS audited WHERE kind LIKE 'submission.%' GROUP BY kind, subject
    """,
}


@dataclass(slots=True)
class Stored:
    """All rows of the tables beside that of submissions."""

    revisions: Sequence[Row]
    held: Sequence[Row]
    reviews: Sequence[Row]
    events: Sequence[Row]
    audited: Sequence[Row]

    @classmethod
    async def read(cls, stage: Stage) -> "Stored":
        async with stage.owner() as owner:
            found = {name: [dict(row) for row in await owner.fetch(query)] for name, query in _QUERIES.items()}
        return cls(**found)


def check_revisions(interviews: Iterable[Interview], rows: Iterable[Row], stored: Stored) -> Iterable[str]:
    """Whether each revision that a device knows is there, once, and every earlier one is kept."""
    by_id, kept = {row["id"]: row for row in rows}, defaultdict[UUID, list[int]](list)
    for row in stored.revisions:
        kept[row["submission_id"]].append(row["revision"])
    chosen = Counter(row["submission_id"] for row in stored.held if row["status"] == "chosen")
    for each in interviews:
        current = by_id.get(each.id)
        if current is None:
            continue
        told = [content.revision for content in each.others if content.revision is not None]
        if sorted(kept[each.id]) != list(range(1, current["revision"])):
            yield f"{each.id} has revision {current['revision']} and keeps {sorted(kept[each.id])}"
        if len(set(told)) < len(told) or not set(told) <= set(range(2, current["revision"] + 1)):
            yield f"{each.id} has revision {current['revision']}, and its device was told of {told}"
        if current["revision"] - 1 > len(told) + chosen[each.id]:
            yield f"{each.id} has revision {current['revision']}, which nobody was told"


def check_held(interviews: Iterable[Interview], rows: Iterable[Row], stored: Stored) -> Iterable[str]:
    """Whether each held body whose receipt a device has is kept once, and what was repaired is no longer open."""
    held = {str(row["id"]): row for row in stored.held}
    there = {row["id"] for row in rows}
    told = set[str]()
    for each in interviews:
        conflicts = {content.held for content in each.others if content.held is not None}
        told |= conflicts | set(each.faulty)
        for number in (*conflicts, *each.faulty):
            if number not in held:
                yield f"{number} of {each.id} was held and is lost"
        if len(set(each.faulty)) > 1:
            yield f"a body of {each.id} with faults is kept more than once"
        for number in each.faulty:
            if number in held and held[number]["status"] != ("repaired" if each.id in there else "open"):
                yield f"{number} of {each.id} is {held[number]['status']}"
    for number, row in held.items():
        # A device whose reply was lost may learn that its content was chosen meanwhile.
        if number not in told and row["status"] != "chosen":
            yield f"{number} is held, and its device has no receipt"
    marks = Counter((row["submission_id"], row["sent_by"], row["content_mark"]) for row in stored.held)
    yield from (f"{key[0]} holds the same body {times} times" for key, times in marks.items() if times > 1)


def check_reviews(rows: Iterable[Row], stored: Stored) -> Iterable[str]:
    """Whether each interview is in the state of its last review, and each review and correction has its event."""
    last, moves = dict[UUID, Row](), Counter[UUID]()
    for row in stored.reviews:
        last[row["submission_id"]] = row
        moves[row["submission_id"]] += 1
    events = {(row["submission_id"], row["kind"]): row["times"] for row in stored.events}
    audited = {row["subject"]: row["times"] for row in stored.audited if row["kind"] == "submission.correct"}
    for row in rows:
        moved = last.get(row["id"])
        state = moved["status"] if moved is not None and moved["revision"] == row["revision"] else None
        if row["review"] != state:
            yield f"{row['id']} is {row['review']}, and its last review says {state}"
        if events.get((row["id"], "c"), 0) != row["revision"] - 1:
            yield f"{row['id']} has revision {row['revision']} and {events.get((row['id'], 'c'), 0)} events of it"
        if audited.get(f"submission:{row['id']}", 0) != row["revision"] - 1:
            yield f"{row['id']} has revision {row['revision']}, and the audit log has another number of corrections"
        if events.get((row["id"], "v"), 0) < moves[row["id"]]:
            yield f"{row['id']} was reviewed {moves[row['id']]} times, and has {events.get((row['id'], 'v'), 0)} events"


def read_contents(
    stage: Stage, interviews: Iterable[Interview], rows: Iterable[Row]
) -> tuple[dict[UUID, dict[str, Any]], list[str]]:
    """The body that each interview has now, by its encrypted hash, and what was wrong. Devices learn the revisions."""
    vault, by_id = Vault(stage.keys), {row["id"]: row for row in rows}
    bodies, wrong = dict[UUID, dict[str, Any]](), list[str]()
    for each in interviews:
        row = by_id.get(each.id)
        if row is None:
            continue
        each.known = row["revision"]
        found = vault.decrypt_hash(each.id, row["hash_key_id"], row["encrypted_hash"])
        sent = {each.content_hash: each.body, **{other.content_hash: other.body for other in each.others}}
        told = None if found is None else "sha-256:" + found.value.hex()
        if told in sent:
            bodies[each.id] = sent[told]
        else:
            wrong.append(f"revision {row['revision']} of {each.id} holds what its device never sent")
    return bodies, wrong


def count_in(interviews: Iterable[Interview], rows: Iterable[Row], basis: Basis) -> list[Interview]:
    """The interviews that count in a basis: the last of each family that it admits, by what the devices know."""
    stored = {row["id"]: {**row, "restricted": False} for row in rows}
    last: dict[object, Interview] = {}
    for each in sorted(interviews, key=lambda each: each.moment):
        if each.id in stored and admits(stored[each.id], basis):
            last[each.counts_with] = each
    return list(last.values())


def check_verdicts(interviews: Sequence[Interview], rows: Sequence[Row]) -> Iterable[str]:
    for basis in BOTH:
        counted = {each.id for each in count_in(interviews, rows, basis)}
        for row in rows:
            counts = row["uncounted"] is None if basis == "reported" else row["in_approved"]
            if counts != (row["id"] in counted):
                yield f"{row['id']} is {'' if counts else 'not '}counted as {basis}, unlike in a recount"


async def check_figures(
    stage: Stage, interviews: Sequence[Interview], rows: Sequence[Row], bodies: Mapping[UUID, dict[str, Any]]
) -> list[str]:
    """Whether the figures of every level, year and basis are those of its interviews, counted again in plain Python."""
    token = stage.tokens.issue("agency", str(UUID(int=1)), dict.fromkeys(EVERYTHING, ("ID",))).token
    wrong = []
    for basis in BOTH:
        counted = count_in(interviews, rows, basis)
        for region in LEVELS:
            for year in YEARS:
                path = f"/v1/aggregates/{region}/{year}?basis={basis}"
                found = answered((await exchange(stage.servers[0].port, make_request("GET", path, token, b""))).read())
                below = [each for each in counted if each.year == year and each.village.startswith(region.strip("ID"))]
                if found != recount([bodies.get(each.id, each.body)["answers"] for each in below], instrument(FILE)):
                    wrong.append(f"{region} {year} has {found['families']} {basis} families, unlike in a recount")
    return wrong
