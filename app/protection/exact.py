"""The exact counts of a village, as protection reads them. Only the first and the third step may see this type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from app.protection.plan import IndexPlan, IndicatorPlan, Plan
from app.scoring.instrument import Instrument
from app.scoring.score import FULFILLED, MISSING, UNFULFILLED, VALUED
from app.scoring.sums import UNITS, Key, sums


@dataclass(frozen=True, slots=True)
class ExactIndicator:
    """Numbers of families by outcome. Those of a valued indicator are split by its value, which is from 0 to 1."""

    fulfilled: int | Fraction
    unfulfilled: int | Fraction
    missing: int
    not_applicable: int


@dataclass(frozen=True, slots=True)
class ExactIndex:
    """counts: families in each category, with a value and no category, undefined, incomplete, not applicable

    poor: families whose value reaches the cut-off; None for other methods and where families are weighed
    value_total: of the values of the families that have one (`scored`), in units as they enter sums
    """

    indicators: tuple[ExactIndicator, ...]
    counts: tuple[int, ...]
    poor: int | None
    value_total: int
    scored: int


@dataclass(frozen=True, slots=True)
class ExactVillage:
    """The counts of a village, or of several that are joined."""

    place: str
    families: int
    indices: tuple[ExactIndex, ...]


def exact_village(place: str, sums: Sequence[int], instrument: Instrument) -> ExactVillage:
    """Read from a village's sums, which stand in the order of `app.scoring.sums.sums`."""
    plan, at = Plan.of(instrument), _places(instrument)
    indices = (_index(sums, at, position, each) for position, each in enumerate(plan.indices))
    return ExactVillage(place, sums[0], tuple(indices))


@lru_cache(maxsize=256)
def _places(instrument: Instrument) -> Mapping[Key, int]:
    return {each.key: place for place, each in enumerate(sums(instrument))}


def _index(row: Sequence[int], at: Mapping[Key, int], position: int, plan: IndexPlan) -> ExactIndex:
    def total(*key: str | int) -> int:
        place = at.get((position, *key))
        return 0 if place is None else row[place]

    scored, incomplete, none = total("scored"), total("incomplete"), total("not_applicable")
    categories = [total("category", each) for each in range(len(plan.index.categories))]
    rest = row[0] - scored - incomplete - none
    return ExactIndex(
        tuple(_indicator(row, at, (position, "indicator", each), of) for each, of in enumerate(plan.indicators)),
        (*categories, scored - sum(categories), rest, incomplete, none),
        total("poor") // UNITS if plan.poor else None,
        total("value"),
        scored,
    )


def _indicator(row: Sequence[int], at: Mapping[Key, int], key: Key, plan: IndicatorPlan) -> ExactIndicator:
    fulfilled: int | Fraction
    fulfilled, unfulfilled, missing = (row[at[*key, letter]] for letter in (FULFILLED, UNFULFILLED, MISSING))
    answered = fulfilled + unfulfilled
    if plan.valued:
        answered += row[at[*key, VALUED]]
        fulfilled = Fraction(row[at[*key, "value"]], UNITS)
    if plan.everywhere:
        # It applies to every family, so of the others nothing is known.
        missing = row[0] - answered
    return ExactIndicator(fulfilled, answered - fulfilled, missing, row[0] - answered - missing)
