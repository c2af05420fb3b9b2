"""Counts the warnings of interviews by kader or by village, with the index with and without those that have one."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.cursors import as_code, as_uuid, pack, unpack
from app.platform.database import area_of, raw_connection
from app.platform.sql import Statement
from app.problems import Problem, kinds
from app.problems.stored_warnings import pattern_of
from app.problems.warning_texts import WarningCode
from app.regions.codes import subtree_of
from app.schemas.reviews.warnings import By, FlaggedOut, MeanOut
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue
from app.scoring.disclosure import FEW_FAMILIES
from app.scoring.sums import UNITS
from app.scoring.versions import Versions
from app.services.audit.queue import record
from app.services.intake.flags import SHOWN, hidden_warnings

_CODES: Final[tuple[WarningCode, ...]] = get_args(WarningCode)
_COUNTS: Final = ", ".join(
    f"count(*) FILTER (WHERE interview.warnings <> '' AND interview.warnings ~ :pattern_{code}::text) AS with_{code}"
    for code in _CODES
)
_PATTERNS: Final = {f"pattern_{code}": pattern_of(code) for code in _CODES}
_READ: Final = """
SELECT interview.key, count(*) AS interviews, count(*) FILTER (WHERE interview.warnings <> '') AS flagged,
    count(*) FILTER (WHERE interview.moved) AS moved, count(interview.index_units) AS valued,
    sum(interview.index_units) AS units,
    count(interview.index_units) FILTER (WHERE interview.warnings = '') AS valued_unflagged,
    sum(interview.index_units) FILTER (WHERE interview.warnings = '') AS units_unflagged, {counts}
FROM (SELECT set_config('ikk.area', :area, true) AS area) AS viewer CROSS JOIN LATERAL (
    SELECT {key} COLLATE "C" AS key, index_units, moved, {shown} AS warnings
    FROM submission
    WHERE region >= :first AND region < :end AND year = :year AND instrument_id = ANY (:instruments::smallint[])
    AND uncounted IS NULL AND viewer.area IS NOT NULL AND (:round::uuid IS NULL OR (
        SELECT count(*) FROM round_village WHERE round_village.round_id = :round::uuid
        AND round_village.region = submission.region AND round_village.opens_at <= submission.surveyed_at
        AND round_village.ends_at > submission.surveyed_at
    ) > 0)
    OFFSET 0
) AS interview
WHERE interview.key > :after
GROUP BY interview.key ORDER BY interview.key LIMIT :most
"""
_STATEMENTS: Final[Mapping[By, Statement]] = {
    "kader": Statement(_READ, key="sent_by::text", shown=SHOWN, counts=_COUNTS),
    "village": Statement(_READ, key="region", shown=SHOWN, counts=_COUNTS),
}


async def count_warnings(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str,
    year: int,
    versions: Versions,
    by: By,
    round: UUID | None,
    limit: int,
    cursor: str | None,
    catalogue: Catalogue,
) -> Page[FlaggedOut]:
    """Returns and audits a page of kaders or villages, by id or code. Only interviews that count are counted.

    They are those of the version that is named, or of the versions that are comparable with the one in force that year.
    Raises region-outside-caller and the fault of a cursor of another list.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    group = versions.choose({}, year)
    first, end = subtree_of(region)
    after = "" if cursor is None else str(unpack(cursor, (as_uuid if by == "kader" else as_code,))[0])
    query = _STATEMENTS[by].bind(
        area=area_of(caller.regions),
        sensitive_area=area_of(caller.areas.get("submissions:sensitive", ())),
        hidden=hidden_warnings(catalogue),
        first=first,
        end=end,
        year=year,
        instruments=[each.id for each in group],
        round=round,
        after=after,
        most=limit + 1,
        **_PATTERNS,
    )
    rows = await (await raw_connection(session)).fetch(*query)
    exact = caller.holds("submissions:sensitive", region) or not any(
        each.instrument.main.sensitive or each.instrument.main.reveals for each in group
    )
    shown = [_show(row, by, exact=exact) for row in rows[:limit]]
    await record(session, caller, "submission.tally", region=region, year=year, count=len(shown))
    return Page[FlaggedOut](items=shown, next=pack(rows[limit - 1]["key"]) if len(rows) > limit else None)


def _show(row: Mapping[str, Any], by: By, *, exact: bool) -> FlaggedOut:
    rest = row["valued"] - row["valued_unflagged"]
    # What is left of both by subtraction is the mean of the flagged ones.
    both = exact or rest == 0 or rest >= FEW_FAMILIES
    return FlaggedOut(
        kader=UUID(row["key"]) if by == "kader" else None,
        region=row["key"] if by == "village" else None,
        interviews=row["interviews"],
        flagged=row["flagged"],
        moved=row["moved"],
        warnings={code: count for code in _CODES if (count := row[f"with_{code}"])},
        index=_mean(row["valued"], row["units"], exact=exact),
        index_unflagged=_mean(row["valued_unflagged"], row["units_unflagged"] if both else None, exact=exact),
    )


def _mean(count: int, units: Any, *, exact: bool) -> MeanOut:
    shown = count > 0 and units is not None and (exact or count >= FEW_FAMILIES)
    return MeanOut(interviews=count, mean=round(float(Fraction(int(units), count * UNITS)), 4) if shown else None)
