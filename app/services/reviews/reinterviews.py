"""Draws interviews to repeat, and compares second interviews with the first. It stores nothing but audit entries."""

import secrets
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import area_of, raw_connection
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds, read_shape
from app.regions.codes import subtree_of
from app.schemas.reviews.reinterviews import (
    MOST_DRAWN,
    MOST_SEED,
    AgreementOut,
    DifferenceOut,
    DrawIn,
    DrawnOut,
    DrawOut,
    ReinterviewsOut,
)
from app.scoring.agreement import FEWEST, compare
from app.scoring.catalogue import Catalogue
from app.scoring.coding import decode_answers
from app.scoring.disclosure import FEW_FAMILIES
from app.scoring.sums import UNITS
from app.scoring.versions import Versions
from app.services.audit.queue import record
from app.turns import in_turns

MOST_PAIRS: Final = 5000
"""Pairs that are compared at once."""
# The order of the digests is random to anybody who does not choose the seed, and the same for the same seed.
_DRAW: Final = Statement(
    """
WITH viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), counted AS MATERIALIZED (
    SELECT found.* FROM viewer CROSS JOIN LATERAL (
        SELECT id, region, sent_by, surveyed_at FROM submission
        WHERE region >= :first AND region < :end AND year = :year AND instrument_id = ANY (:instruments::smallint[])
        AND purpose = 'interview' AND uncounted IS NULL AND viewer.area IS NOT NULL AND (:round::uuid IS NULL OR (
            SELECT count(*) FROM round_village WHERE round_village.round_id = :round::uuid
            AND round_village.region = submission.region AND round_village.opens_at <= submission.surveyed_at
            AND round_village.ends_at > submission.surveyed_at
        ) > 0)
        OFFSET 0
    ) AS found
), drawn AS (
    SELECT * FROM counted ORDER BY sha256(convert_to(:seed::text || '/' || id::text, 'UTF8'))
    LIMIT least(:most::int, coalesce(:size::int, ceil((SELECT count(*) FROM counted) * :share::numeric)::int))
)
SELECT total.counted, drawn.* FROM (SELECT count(*) AS counted FROM counted) AS total LEFT JOIN drawn ON true
ORDER BY drawn.region, drawn.id
"""
)
_PAIRS: Final = Statement(
    """
WITH viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), again AS MATERIALIZED (
    SELECT found.* FROM viewer CROSS JOIN LATERAL (
        SELECT DISTINCT ON (family_id) id, family_id, instrument_id, answers, index_units FROM submission
        WHERE region >= :first AND region < :end AND year = :year AND instrument_id = ANY (:instruments::smallint[])
        AND purpose = 'reinterview' AND uncounted IS NOT NULL AND viewer.area IS NOT NULL
        ORDER BY family_id, surveyed_at DESC, received_at DESC, id
    ) AS found
)
SELECT original.answers AS answers_before, again.answers AS answers_after,
    original.instrument_id AS version_before, again.instrument_id AS version_after,
    original.index_units AS units_before, again.index_units AS units_after
FROM again CROSS JOIN LATERAL (
    SELECT instrument_id, answers, index_units FROM submission
    WHERE family_id = again.family_id AND year = :year AND instrument_id = ANY (:instruments::smallint[])
    AND purpose = 'interview' AND uncounted IS NULL
    ORDER BY surveyed_at DESC, received_at DESC LIMIT 1
) AS original
ORDER BY again.id LIMIT :most
"""
)


async def draw_sample(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, catalogue: Catalogue, default: str
) -> DrawOut:
    """Draws interviews that count at random from a region. Every one has the same chance.

    default: the code of the instrument that is meant if the body names none

    Raises faults and region-outside-caller.
    """
    asked, faults = read_shape(DrawIn, content)
    if content.get("size") is None and content.get("share") is None:
        faults.append(Fault("missing", pointer="/size"))
    elif content.get("size") is not None and content.get("share") is not None:
        faults.append(Fault("one_number", pointer="/share"))
    code = content.get("instrument") or default
    found = catalogue.versions(code) if isinstance(code, str) else []
    if not found and not any(each.pointer == "/instrument" for each in faults):
        faults.append(Fault("unknown_instrument", pointer="/instrument", limits={"options": catalogue.names()}))
    if asked is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    if not caller.covers(asked.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    seed = secrets.randbelow(MOST_SEED + 1) if asked.seed is None else asked.seed
    first, end = subtree_of(asked.region)
    query = _DRAW.bind(
        area=area_of(caller.regions),
        first=first,
        end=end,
        year=asked.year,
        instruments=[each.id for each in found],
        round=asked.round,
        seed=str(seed),
        size=asked.size,
        share=asked.share,
        most=MOST_DRAWN,
    )
    rows = await (await raw_connection(session)).fetch(*query)
    items = [
        DrawnOut(id=row["id"], region=row["region"], sent_by=row["sent_by"], surveyed_at=row["surveyed_at"])
        for row in rows
        if row["id"] is not None
    ]
    await record(session, caller, "submission.draw", region=asked.region, year=asked.year, seed=seed, count=len(items))
    return DrawOut(seed=seed, counted=rows[0]["counted"], items=items)


async def read_agreement(
    session: AsyncSession, caller: Caller, *, region: str, year: int, versions: Versions
) -> ReinterviewsOut:
    """Returns and audits how far second interviews agree with the first ones of the same families.

    Interviews of the version that is named, or in force that year, and of those comparable with it are compared.

    Raises region-outside-caller.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    group = versions.choose({}, year)
    first, end = subtree_of(region)
    query = _PAIRS.bind(
        area=area_of(caller.regions),
        first=first,
        end=end,
        year=year,
        instruments=[each.id for each in group],
        most=MOST_PAIRS + 1,
    )
    rows = (await (await raw_connection(session)).fetch(*query))[: MOST_PAIRS + 1]
    pairs = rows[:MOST_PAIRS]
    sensitive = caller.holds("submissions:sensitive", region)
    instruments = {each.id: each.instrument for each in group}
    answers = [
        (
            decode_answers(row["answers_before"], None, instruments[row["version_before"]]),
            decode_answers(row["answers_after"], None, instruments[row["version_after"]]),
        )
        async for row in in_turns(pairs)
        if row["answers_before"] and row["answers_after"]
    ]
    found = compare(answers, [each.instrument for each in group], sensitive=sensitive)
    exact = sensitive or not any(each.instrument.main.sensitive or each.instrument.main.reveals for each in group)
    await record(session, caller, "submission.agree", region=region, year=year, count=len(pairs))
    return ReinterviewsOut(
        versions=[each.instrument.version for each in group],
        pairs=len(pairs),
        cut=len(rows) > MOST_PAIRS,
        index=_difference(pairs, exact=exact),
        questions=[
            AgreementOut(
                question=each.question,
                pairs=each.pairs,
                agreeing=each.agreeing,
                share=_number(each.share),
                kappa=_number(each.kappa),
            )
            for each in found
        ],
    )


def _difference(rows: Sequence[Mapping[str, Any]], *, exact: bool) -> DifferenceOut:
    differences = [
        row["units_after"] - row["units_before"]
        for row in rows
        if row["units_after"] is not None and row["units_before"] is not None
    ]
    count = len(differences)
    if count < (FEWEST if exact else FEW_FAMILIES):
        return DifferenceOut(pairs=count, mean=None, mean_absolute=None)
    mean, absolute = (Fraction(sum(each), count * UNITS) for each in (differences, map(abs, differences)))
    return DifferenceOut(pairs=count, mean=_number(mean), mean_absolute=_number(absolute))


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 4)
