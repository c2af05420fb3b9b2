"""Standard errors and intervals of 95 % of published figures, from protected values only.

Where all villages are surveyed, the rounding is the only error. Where villages were sampled, they are the clusters and
regencies are the strata, and variances are those of R's `survey` with `survey.lonely.psu = "adjust"`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, fsum, log, sqrt
from typing import Final, Literal

from app.protection.linearised import (
    Component,
    Linearised,
    linearise_counts,
    linearise_mean,
    linearise_share,
    linearise_shares,
)
from app.protection.quantiles import OUTSIDE, quantile
from app.protection.rows import Bases, VillageCounts, VillageMean, VillageShare

Kind = Literal["census", "sample", "purposive"]
Mark = Literal["use_with_care", "not_reliable"]
Method = Literal["rounding", "design"]
Reason = Literal["chosen", "one_village", "one_village_per_stratum", "not_by_village", "small", "not_collected"]

CARE: Final = 25
"""Percent. BPS publishes figures with a larger relative standard error as to be used with care."""
NOT_RELIABLE: Final = 50
"""Percent. BPS takes figures with a larger relative standard error for not accurate."""


@dataclass(frozen=True, slots=True)
class Design:
    """How the villages were chosen. A village's own figure has the design `CENSUS`.

    populations: how many villages of the region each stratum has, for the finite population correction. None: not
        applied. In a district, which is a part of its stratum, these are the district's villages
    """

    kind: Kind
    populations: Mapping[str, int] | None = None


CENSUS: Final = Design("census")


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The uncertainty of a figure, in the figure's own unit. All numbers but `within` are None where `reason` says why.

    relative: the standard error in percent of the figure. None where that is 0
    mark: as BPS marks it
    within: the most by which the rounding can have moved the figure
    freedom: degrees of freedom of the t distribution. None for the normal one
    step: half a family, added to the interval because the rounded numbers are whole
    """

    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    relative: float | None = None
    mark: Mark | None = None
    method: Method | None = None
    reason: Reason | None = None
    within: float | None = None
    freedom: int | None = None
    step: float = 0.0

    def reach(self, outside: float = OUTSIDE) -> float | None:
        """Half the width of an interval around the figure that leaves so much outside."""
        if self.standard_error is None:
            return None
        reach = quantile(self.freedom, outside) * self.standard_error
        if self.method == "rounding" and self.within is not None:
            return min(reach + self.step, self.within)
        return reach


def share_uncertainty(villages: Sequence[VillageShare], design: Design, bases: Bases) -> Uncertainty:
    """Of the share Σ fulfilled / Σ answered, from 0 to 1."""
    return component_uncertainty(Component(1, villages, bases), design)


def component_uncertainty(component: Component, design: Design) -> Uncertainty:
    """Of the share of an indicator itself, from 0 to 1."""
    return _of_share(linearise_share(component), design)


def counts_uncertainty(
    villages: Sequence[VillageCounts], design: Design, *, part: Collection[int], whole: Collection[int], base: int
) -> Uncertainty:
    """Of the share Σ part / Σ whole of counts, from 0 to 1, as of a category among all families with an index."""
    return _of_share(linearise_counts(villages, part, whole, base), design)


def mean_uncertainty(
    villages: Sequence[VillageMean], design: Design, *, step: Fraction, scale: tuple[float, float]
) -> Uncertainty:
    """Of the mean Σ families · mean / Σ families. scale: the least and the greatest value it can have"""
    return _of_value(linearise_mean(villages, step), design, scale)


def composite_uncertainty(
    estimate: Fraction | float | None, components: Sequence[Component], design: Design, *, scale: tuple[float, float]
) -> Uncertainty:
    """Of a figure that is computed from shares, as an index or a dimension is."""
    return _of_value(linearise_shares(estimate, components), design, scale)


def variance_of(figure: Linearised, design: Design) -> float:
    """The variance of a figure: of the rounding in a census, otherwise of the design.

    Villages differ by the rounding too, so the variance between them contains its variance. The finite population
    correction takes off a part of both, but the rounding does not end where all villages are in the sample. So that
    part is added again. A stratum with one village is measured from the mean of all scores, which is 0.
    """
    if design.kind == "census":
        return fsum(figure.rounding)
    strata: dict[str, list[int]] = {}
    for at, stratum in enumerate(figure.strata):
        strata.setdefault(stratum, []).append(at)
    return fsum(_of_stratum(figure, members, _fraction(design, name, len(members))) for name, members in strata.items())


def _of_stratum(figure: Linearised, members: Sequence[int], fraction: float) -> float:
    scores, count = [figure.scores[at] for at in members], len(members)
    centre, scale = (fsum(scores) / count, count / (count - 1)) if count > 1 else (0.0, 1.0)
    between = scale * fsum((each - centre) ** 2 for each in scores)
    return (1 - fraction) * between + fraction * fsum(figure.rounding[at] for at in members)


def _fraction(design: Design, stratum: str, count: int) -> float:
    """The part of a stratum's villages that is in the sample. ValueError if that is more than there are."""
    if design.populations is None:
        return 0.0
    population = design.populations.get(stratum, 0)
    if population < count:
        raise ValueError(f"{count} villages of {stratum}, which has {population}")
    return count / population


def _of_share(figure: Linearised, design: Design) -> Uncertainty:
    found = _estimate(figure, design)
    share, error = figure.estimate, found.standard_error
    if share is None or error is None:
        return found
    if found.method == "rounding":
        return _with_interval(found, figure, (0.0, 1.0))
    if not 0 < share < 1:
        # Nobody differs, so a sample says nothing of how much villages do.
        return Uncertainty(reason="small", within=figure.within)
    reach = quantile(found.freedom) * error / (share * (1 - share))
    middle = log(share / (1 - share))
    return _complete(found, share, _expit(middle - reach), _expit(middle + reach))


def _of_value(figure: Linearised, design: Design, scale: tuple[float, float]) -> Uncertainty:
    return _with_interval(_estimate(figure, design), figure, scale)


def _estimate(figure: Linearised, design: Design) -> Uncertainty:
    """The standard error, or why there is none."""
    reason = _why_none(figure, design)
    if reason is not None:
        return Uncertainty(reason=reason, within=figure.within if figure.entered else None)
    error = sqrt(variance_of(figure, design))
    if design.kind == "census":
        return Uncertainty(error, method="rounding", within=figure.within, step=figure.step)
    return Uncertainty(error, method="design", within=figure.within, freedom=_freedom(figure))


def _why_none(figure: Linearised, design: Design) -> Reason | None:
    if figure.estimate is None:
        return "small" if figure.strata else "not_collected"
    if design.kind == "purposive":
        return "chosen"
    if design.kind == "census":
        return None
    if figure.entered < 2:
        return "one_village"
    return None if _freedom(figure) else "one_village_per_stratum"


def _freedom(figure: Linearised) -> int:
    """Clusters less strata"""
    return len(figure.strata) - len(set(figure.strata))


def _with_interval(found: Uncertainty, figure: Linearised, scale: tuple[float, float]) -> Uncertainty:
    value, reach = figure.estimate, found.reach()
    if value is None or reach is None:
        return found
    return _complete(found, value, max(scale[0], value - reach), min(scale[1], value + reach))


def _complete(found: Uncertainty, value: float, low: float, high: float) -> Uncertainty:
    error = found.standard_error or 0.0
    relative = 100 * error / abs(value) if value else None
    mark = mark_of(error, value)
    return Uncertainty(error, low, high, relative, mark, found.method, None, found.within, found.freedom, found.step)


def interval_of_rounding(value: float, standard_error: float, within: float, *, step: float) -> Uncertainty:
    """Of a share in percent that only the rounding has moved, by so much at most."""
    found = Uncertainty(standard_error, method="rounding", within=within, step=step)
    reach = found.reach() or 0.0
    return _complete(found, value, max(0.0, value - reach), min(100.0, value + reach))


def mark_of(standard_error: float, value: float) -> Mark | None:
    """As BPS marks a relative standard error above 25 % and above 50 %, of the figure itself."""
    percent = 100 * standard_error
    if percent > NOT_RELIABLE * abs(value):
        return "not_reliable"
    return "use_with_care" if percent > CARE * abs(value) else None


def _expit(value: float) -> float:
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))
