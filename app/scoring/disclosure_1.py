"""Decides what a reader gets who may not read sensitive outcomes, so that nothing comes back by subtraction.

Everything that such a reader gets of a family is computed from the visible outcomes alone. Two families that differ
only in sensitive outcomes look the same.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from app.scoring.estimate_1 import Estimate
from app.scoring.format_1 import Instrument
from app.scoring.score_1 import FULFILLED, MISSING, UNFULFILLED, DimensionScore, Weighed, weigh_outcomes
from app.scoring.versions import Taken

WITHHELD: Final = "W"
"""The letter of a withheld outcome. It is never stored."""
FEW_FAMILIES: Final = 30
"""Figures of fewer families than this are for `submissions:sensitive` only."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A value with every withheld outcome unfulfilled, and with every withheld outcome fulfilled."""

    lowest: Fraction | None
    highest: Fraction | None


@dataclass(frozen=True, slots=True)
class ProtectedScore:
    """One family's result without its sensitive outcomes."""

    outcomes: str
    dimensions: tuple[DimensionScore | Bounds, ...]
    index: Bounds
    category: int | None
    """None unless the index has the same category, whatever the withheld outcomes are."""


def protect(outcomes: str, instrument: Instrument) -> ProtectedScore | None:
    """The score that follows from the visible outcomes alone. None if the instrument has no sensitive indicator."""
    hidden = instrument.sensitive_indicators
    if not hidden:
        return None
    # An outcome that is not applicable scores like a missing one, so three cases stand for all four.
    low, high, none = (_with(letter, outcomes, instrument) for letter in (UNFULFILLED, FULFILLED, MISSING))
    same = low.category == high.category == none.category
    touched = {instrument.weighing.dimension_of[position] for position in hidden}
    dimensions = tuple(
        Bounds(lowest.value, highest.value) if position in touched else lowest
        for position, (lowest, highest) in enumerate(zip(low.dimensions, high.dimensions, strict=True))
    )
    return ProtectedScore(
        _replaced(WITHHELD, outcomes, hidden), dimensions, Bounds(low.index, high.index), low.category if same else None
    )


def _with(letter: str, outcomes: str, instrument: Instrument) -> Weighed:
    return weigh_outcomes(_replaced(letter, outcomes, instrument.sensitive_indicators), instrument)


def _replaced(letter: str, outcomes: str, hidden: frozenset[int]) -> str:
    letters = list(outcomes)
    for position in hidden:
        letters[position] = letter
    return "".join(letters)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a reader does not get of the aggregate of a region and year. Dimensions and indicators are positions."""

    mean: bool
    """The mean of the families' indexes, and the families by category."""
    of_indicators: bool
    dimensions: frozenset[int]
    indicators: frozenset[int]
    weak: bool
    """The list of weak indicators as a whole. Otherwise it only lacks the hidden ones."""


_NOTHING: Final = Hidden(False, False, frozenset(), frozenset(), False)


@dataclass(frozen=True, slots=True)
class Figures:
    """The aggregate of a region and year, with the versions that it counts and what is hidden from its reader."""

    taken: Taken
    estimate: Estimate
    hidden: Hidden

    @property
    def instrument(self) -> Instrument:
        return self.taken.instrument


def disclose(estimate: Estimate, taken: Taken, *, below_regency: bool, sensitive: bool) -> Figures:
    """What a reader gets. `sensitive` says whether the reader holds `submissions:sensitive` in the region.

    Below the regency, a dimension with a sensitive indicator is hidden as a whole, because its mean less the visible
    shares would tell the hidden one. The mean of the indexes mixes the hidden dimensions. It is hidden if there is only
    one of them. All versions that can be added up hide the same, because their sum less one version gives the other.
    """
    if sensitive or estimate.families == 0:
        return Figures(taken, estimate, _NOTHING)
    dimension_of = taken.instrument.weighing.dimension_of
    if min(estimate.families, taken.smallest) < FEW_FAMILIES:
        every = frozenset(range(len(dimension_of)))
        return Figures(taken, estimate, Hidden(True, True, frozenset(dimension_of), every, True))
    hidden = taken.sensitive if below_regency else frozenset()
    touched = frozenset(dimension_of[position] for position in hidden)
    return Figures(taken, estimate, Hidden(len(touched) == 1, bool(touched), touched, hidden, False))
