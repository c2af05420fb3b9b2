"""What submissions add to the sums of their villages, and the sums when some of it goes, changes or comes back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Submission, VillageSums
from app.schemas.subject_request import AffectedOut
from app.scoring.catalogue import Catalogue
from app.scoring.estimate import pack, sums_of, unpack
from app.scoring.score import score_outcomes

Place = tuple[int, int, str]
"""The key of a village's sums: instrument, year, region."""


def place_of(submission: Submission) -> Place:
    """Which sums a submission is counted in."""
    return submission.instrument_id, submission.year, submission.region


def without(submissions: Sequence[Submission], catalogue: Catalogue) -> dict[Place, int]:
    """The changes of sums that take submissions out of them; their negation puts them back."""
    changes: dict[Place, int] = {}
    for submission in submissions:
        place = place_of(submission)
        changes[place] = changes.get(place, 0) - weight_of(submission, catalogue)
    return changes


def weight_of(submission: Submission, catalogue: Catalogue) -> int:
    """What a submission adds to the packed sums of its place."""
    instrument = catalogue[submission.instrument_id].instrument
    return int(pack(sums_of(score_outcomes(submission.outcomes, instrument), instrument)))


async def add_to_sums(session: AsyncSession, changes: Mapping[Place, int], catalogue: Catalogue) -> list[AffectedOut]:
    """Adds packed numbers, which may be negative, to the sums of villages; answers the aggregates that changed."""
    rows = [
        {"instrument_id": place[0], "year": place[1], "region": place[2], "sums": Decimal(change)}
        for place, change in sorted(changes.items())
        if change
    ]
    if not rows:
        return []
    # One statement whose rows come in the order of their key, in which everybody locks them.
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
        families = (unpack(str(before), instrument)[0], unpack(str(after), instrument)[0])
        affected.append(AffectedOut.of(region, year, instrument, families=families))
    return affected
