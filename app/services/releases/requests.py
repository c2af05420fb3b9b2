"""Requests releases and keeps how far each is made. The only writer of `release`.

A release is made in steps, each in one transaction that holds the row of the release. So one process makes one release
at a time, whatever the number of processes, and another one goes on where a killed one stopped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from app.platform.database import Connection
from app.platform.key_ring import KeyRing
from app.platform.sql import Statement
from app.protection.parameters import Parameters
from app.scoring.catalogue import Catalogue, Published

Cause = Literal["daily", "settled", "command"]
Stage = Literal["villages", "breakdowns", "regencies", "provinces", "country"]
METHOD: Final = "fixed random rounding, additive"
"""The name of the method (docs/decisions/0052-releases.md)."""

_LAST: Final = Statement("""
SELECT id, number, rules::text AS rules, made_at IS NULL AS unfinished, changes FROM release
WHERE instrument = :instrument AND year = :year::smallint ORDER BY number DESC LIMIT 1
""")
_KEY_OF_YEAR: Final = Statement("SELECT key_id FROM release WHERE year = :year::smallint ORDER BY requested_at LIMIT 1")
_STANDING: Final = Statement("""
SELECT coalesce(sum(changes), 0)::bigint AS changes, coalesce(max(families), 0)::bigint AS most,
    coalesce(max(together), 0)::bigint AS most_of_regency
FROM (
    SELECT region, basis, sum(changes) AS changes, sum(families) AS families,
        sum(sum(families)) OVER (PARTITION BY left(region, 4), basis) AS together
    FROM village_sums
    WHERE year = :year::smallint AND instrument_id = ANY (:instrument_ids::smallint[]) GROUP BY region, basis
) AS village
""")
_FAMILIES: Final = Statement("""
SELECT instrument_id, sum(families)::bigint AS families FROM village_sums
WHERE year = :year::smallint AND basis = 'r' AND instrument_id = ANY (:instrument_ids::smallint[])
GROUP BY instrument_id
""")
_REQUEST: Final = Statement("""
INSERT INTO release (
    id, instrument, year, number, cause, requested_at, key_id, rules, stage, done, villages, changed, changes,
    settled_rounds
) VALUES (
    :id::uuid, :instrument::text, :year::smallint, :number::int, :cause, now(), :key_id, :rules::jsonb, 'villages', '',
    0, 0, :changes::bigint, (
        SELECT count(*) FROM round
        WHERE instrument = :instrument::text AND year = :year::smallint AND settled_at IS NOT NULL
    )
) ON CONFLICT DO NOTHING
RETURNING id
""")
# The first unfinished release or none. A second one waits even if another process holds the first. One whose key is
# lost for good can never be made, and others do not wait for it.
_LOCK: Final = """
SELECT id, instrument, year, number, key_id, rules::text AS rules, stage, done, villages, changed, requested_at
FROM release WHERE id = (
    SELECT id FROM release WHERE made_at IS NULL AND key_id NOT IN (SELECT id FROM lost_key)
    ORDER BY requested_at, id LIMIT 1
)
FOR UPDATE SKIP LOCKED
"""
_ADVANCE: Final = Statement("""
UPDATE release SET stage = :stage, done = :done, villages = villages + :villages::int,
    changed = changed + :changed::int
WHERE id = :id::uuid
""")
_FINISH: Final = Statement(
    "UPDATE release SET digest = :digest, made_at = clock_timestamp() WHERE id = :id::uuid RETURNING made_at"
)


@dataclass(frozen=True, slots=True)
class Making:
    """A release that is being made. rules: as in `Release`."""

    id: UUID
    instrument: str
    year: int
    number: int
    key_id: str
    rules: Mapping[str, Any]
    stage: Stage
    done: str
    villages: int
    changed: int
    requested_at: datetime

    @property
    def parameters(self) -> Parameters:
        return Parameters(**{name: self.rules[name] for name in Parameters.__dataclass_fields__})

    def head(self, catalogue: Catalogue) -> Published:
        """The version whose rules protect the figures of the year."""
        found = catalogue.find(self.instrument, self.rules["version"])
        if found is None:
            raise LookupError(f"{self.instrument} {self.rules['version']}")
        return found

    def group(self, catalogue: Catalogue) -> Sequence[Published]:
        """The versions whose families are counted."""
        head = self.head(catalogue)
        return next(group for group in catalogue.groups(self.instrument) if head.id in [each.id for each in group])


async def request_release(
    connection: Connection, catalogue: Catalogue, ring: KeyRing, *, instrument: str, year: int, cause: Cause
) -> UUID | None:
    """Requests a release of an instrument and year. The transaction must see every region.

    Returns the id of the release that is being made already if there is one. Returns None if no village has enough
    families (nor any regency, if a round was settled), if nothing changed since the last release and the cause is not
    `settled`, or if the year's key is lost.
    """
    versions = catalogue.versions(instrument)
    ids = [each.id for each in versions]
    last = await connection.fetchrow(*_LAST.bind(instrument=instrument, year=year))
    if last is not None and last["unfinished"]:
        found: UUID = last["id"]
        return found
    standing = await connection.fetchrow(*_STANDING.bind(year=year, instrument_ids=ids))
    if last is None:
        rules = await _make_rules(connection, catalogue, instrument, year)
    else:
        rules = json.loads(last["rules"])
        if cause != "settled" and last["changes"] == standing["changes"]:
            return None
    # Small villages have figures together, but not before their rounds are settled.
    most = standing["most_of_regency" if cause == "settled" else "most"]
    if rules is None or (last is None and most < rules["families"]):
        return None
    key_id = await connection.fetchval(*_KEY_OF_YEAR.bind(year=year))
    ring.require()
    if key_id is not None and ring.find("figures", key_id) is None:
        # The key was accepted as lost. What was released stays, and counts rounded with another one would open it.
        return None
    requested: UUID | None = await connection.fetchval(
        *_REQUEST.bind(
            id=uuid4(),
            instrument=instrument,
            year=year,
            number=1 if last is None else last["number"] + 1,
            cause=cause,
            key_id=key_id or ring.current("figures").id,
            rules=json.dumps(rules),
            changes=standing["changes"],
        )
    )
    return requested


async def _make_rules(
    connection: Connection, catalogue: Catalogue, instrument: str, year: int
) -> dict[str, Any] | None:
    """The rules of a year, which its first release decides for good. None without families.

    The versions are those that may be added up and have the most families.
    """
    groups = catalogue.groups(instrument)
    ids = [each.id for group in groups for each in group]
    rows = await connection.fetch(*_FAMILIES.bind(year=year, instrument_ids=ids))
    families = {row["instrument_id"]: row["families"] for row in rows}
    counts = [sum(families.get(each.id, 0) for each in group) for group in groups]
    if not any(counts):
        return None
    group = groups[counts.index(max(counts))]
    head = next(each for each in group if families.get(each.id)).instrument
    return {"method": METHOD, "version": head.version, "digest": head.digest, **asdict(Parameters.of(head))}


async def lock_unfinished(connection: Connection) -> Making | None:
    """The release to go on with, held until the transaction ends. None if there is none, or another process has it."""
    row = await connection.fetchrow(_LOCK)
    return None if row is None else Making(**{**row, "rules": json.loads(row["rules"])})


async def advance(
    connection: Connection, making: Making, stage: Stage, done: str, *, villages: int = 0, changed: int = 0
) -> None:
    """Notes a step. `villages` and `changed` are added to what was counted before."""
    await connection.execute(*_ADVANCE.bind(id=making.id, stage=stage, done=done, villages=villages, changed=changed))


async def finish(connection: Connection, making: Making, digest: str) -> datetime:
    """Makes the release the latest one. Returns when."""
    made_at: datetime = await connection.fetchval(*_FINISH.bind(id=making.id, digest=digest))
    return made_at
