"""The sums of villages, from which aggregates are read. The only writer of `village_sums`.

A village has one row per year and instrument. Its sums are packed into one number, so that one addition adds all of
them.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, Protocol

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import VillageSums
from app.schemas.aggregates.affected import AffectedOut
from app.scoring.catalogue import Catalogue
from app.scoring.estimate import families_of, pack_number, sums_of
from app.scoring.score import score_outcomes

SumsKey = tuple[int, int, str]
"""The key of a village's sums, which is the instrument's id, the year and the village's code."""

ADD_TO_SUMS: Final = """
INSERT INTO village_sums (instrument_id, year, region, sums)
SELECT :instrument_id, :year, :region, :sums::text::numeric FROM taken CROSS JOIN chosen
WHERE chosen.restricted_at IS NULL
ON CONFLICT (instrument_id, year, region) DO UPDATE SET sums = village_sums.sums + excluded.sums
"""
"""Statement part that adds one submission, if it was `taken` and its `chosen` family is not restricted."""


class Counted(Protocol):
    """The members of a submission that decide where and how it counts."""

    @property
    def instrument_id(self) -> int: ...
    @property
    def year(self) -> int: ...
    @property
    def region(self) -> str: ...
    @property
    def outcomes(self) -> str: ...


class Changes:
    """Changes of sums that are not stored yet. Each is the difference of two packed numbers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_key: dict[SumsKey, int] = {}

    def add(self, submission: Counted) -> None:
        """Counts a submission."""
        self._change(submission, 1)

    def take_out(self, submission: Counted) -> None:
        """Stops counting a submission."""
        self._change(submission, -1)

    def _change(self, submission: Counted, sign: int) -> None:
        key = (submission.instrument_id, submission.year, submission.region)
        self._by_key[key] = self._by_key.get(key, 0) + sign * packed_sums(submission, self._catalogue)

    async def store(self, session: AsyncSession) -> list[AffectedOut]:
        """Adds the changes to the sums of the villages. Returns the aggregates that changed."""
        return await _store(session, {key: change for key, change in self._by_key.items() if change}, self._catalogue)


def packed_sums(submission: Counted, catalogue: Catalogue) -> int:
    """Returns what a submission adds to the packed sums of its key."""
    instrument = catalogue[submission.instrument_id].instrument
    return pack_number(sums_of(score_outcomes(submission.outcomes, instrument), instrument))


def take_all_out(submissions: Iterable[Counted], catalogue: Catalogue) -> Changes:
    """Returns the changes that stop counting all these submissions."""
    changes = Changes(catalogue)
    for submission in submissions:
        changes.take_out(submission)
    return changes


async def _store(session: AsyncSession, changes: Mapping[SumsKey, int], catalogue: Catalogue) -> list[AffectedOut]:
    if not changes:
        return []
    rows = [
        {"instrument_id": key[0], "year": key[1], "region": key[2], "sums": Decimal(change)}
        for key, change in sorted(changes.items())
    ]
    # One statement locks the rows in the order of their keys, as every transaction does.
    adding = insert(VillageSums).values(rows)
    columns = (VillageSums.instrument_id, VillageSums.year, VillageSums.region, VillageSums.sums)
    query = adding.on_conflict_do_update(
        index_elements=["instrument_id", "year", "region"],
        set_={"sums": col(VillageSums.sums) + adding.excluded.sums},
    ).returning(*map(col, columns))
    affected = []
    for row in (await session.execute(query)).mappings():
        instrument_id, year, region = row["instrument_id"], row["year"], row["region"]
        instrument = catalogue[instrument_id].instrument
        after = int(row["sums"])
        before = after - changes[instrument_id, year, region]
        families = (families_of(before), families_of(after))
        affected.append(AffectedOut.of(region, year, instrument, families=families))
    return affected
