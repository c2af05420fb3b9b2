"""Counts the outcomes of villages by the groups of each breakdown. Only the step that protects them reads this."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.protection.grouping import FAMILY_SIZE, HEAD_SEX, groupings_of, parted, size_group
from app.protection.groups import GroupCounts
from app.protection.secrets import Secrets
from app.scoring.basis_text import read_main
from app.scoring.catalogue import Published
from app.scoring.instrument import Instrument
from app.scoring.score import FULFILLED, MISSING, UNFULFILLED
from app.services.releases.answer_groups import AnswerGroups
from app.services.releases.requests import Making
from app.turns import in_turns

_FAMILIES: Final = Statement("""
SELECT region, instrument_id, outcomes, head_sex, members,
    (surveyed_at AT TIME ZONE 'Asia/Jakarta')::date AS day, CASE WHEN :with_answers::boolean THEN answers END AS answers
FROM submission
WHERE region = ANY (:regions::text[]) AND year = :year::smallint
AND instrument_id = ANY (:instrument_ids::smallint[]) AND in_approved
ORDER BY region
""")
_AT_ONCE: Final = 50
"""Villages whose families are in memory at once."""

Counts = dict[str, dict[str, dict[str, GroupCounts]]]
"""By breakdown, village and group."""
_Letters = dict[tuple[str, str], dict[str, list[str]]]
"""The letters of each family by breakdown and village, then by group."""


async def count_groups(
    connection: Connection,
    making: Making,
    head: Instrument,
    group: Sequence[Published],
    villages: Sequence[str],
    secrets: Secrets,
) -> Counts:
    """Counts the approved interviews of villages by group, for all breakdowns but those of villages as a whole.

    The groups are those of the head, also for families of other versions, which may lack a fact of it.
    """
    asked = [each for each in groupings_of(head) if not each.of_villages and each.code not in (HEAD_SEX, FAMILY_SIZE)]
    by_id = {each.id: each.instrument for each in group}
    answered = {each.id: AnswerGroups(head, each.instrument, asked) for each in group}
    found: Counts = {HEAD_SEX: {}, FAMILY_SIZE: {}, **{each.code: {} for each in asked}}
    for first in range(0, len(villages), _AT_ONCE):
        query = _FAMILIES.bind(
            regions=list(villages[first : first + _AT_ONCE]),
            year=making.year,
            instrument_ids=list(by_id),
            with_answers=bool(asked),
        )
        letters: _Letters = defaultdict(lambda: defaultdict(list))
        async for row in in_turns(await connection.fetch(*query)):
            outcomes = _letters_of(row["outcomes"], by_id[row["instrument_id"]])
            if outcomes is not None:
                codes: tuple[str, ...] = (row["head_sex"], size_group(row["members"]))
                if asked:
                    codes += answered[row["instrument_id"]].of(row["answers"], row["day"])
                for breakdown, code in zip(found, codes, strict=True):
                    letters[breakdown, row["region"]][code].append(outcomes)
        for (breakdown, village), of_village in letters.items():
            draws = secrets.generator(breakdown, str(making.year), village, "unanswered")
            found[breakdown][village] = {code: _count(each) for code, each in parted(of_village, draws).items()}
    return found


def _letters_of(outcomes: str, instrument: Instrument) -> str | None:
    """The letters of the first index. None for a family that it does not concern."""
    if instrument.format == 1:
        return outcomes
    basis = read_main(outcomes, instrument)
    return basis.outcomes if basis.applies is True else None


def _count(families: Sequence[str]) -> GroupCounts:
    """Counts by indicator. A stride over the joined letters is as fast as counting gets in Python."""
    width, joined = len(families[0]), "".join(families)
    columns = [joined[at::width] for at in range(width)]
    unfulfilled = tuple(each.count(UNFULFILLED) for each in columns)
    answered = tuple(each.count(FULFILLED) + count for each, count in zip(columns, unfulfilled, strict=True))
    return GroupCounts(len(families), answered, unfulfilled, tuple(each.count(MISSING) for each in columns))
