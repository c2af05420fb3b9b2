"""Everything that one village with one indicator can be rounded to, by the production functions with all offsets."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from app.protection.exact import ExactIndex, ExactIndicator, ExactVillage
from app.protection.limits import few_width
from app.protection.parameters import Parameters
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import ProtectedIndicator
from app.protection.secrets import Secrets
from app.protection.villages import protect
from tests.protection.drawn import YEAR, Chosen, ikk

Counts = tuple[int, int, int]
"""Unfulfilled, missing, not applicable."""
CELLS = Plan.of(ikk()).main.cells


def rule(base: int, applies_base: int = 1) -> IndicatorPlan:
    return IndicatorPlan("I", "rule", "applies", base, applies_base, applies_base == 1, False, False, False)


def round_all(families: int, counts: Sequence[Counts], of: IndicatorPlan, secrets: Secrets) -> list[ProtectedIndicator]:
    """Each as an indicator of the same village."""
    indicators = tuple(ExactIndicator(families - sum(each), *each) for each in counts)
    plan = replace(Plan.of(ikk()).main, indicators=(of,) * len(counts), mean=None)
    village = ExactVillage(
        "6372061004", families, (ExactIndex(indicators, (families, *[0] * (CELLS - 1)), None, 0, 0),)
    )
    parameters = Parameters(families=1)
    found = protect(village, Plan((plan,)), year=YEAR, secrets=secrets, parameters=parameters)
    assert found is not None
    return list(found.indices[0].indicators)


@cache
def outcomes(families: int, counts: tuple[Counts, ...], of: IndicatorPlan) -> list[list[ProtectedIndicator]]:
    """For each what it can be rounded to. All offsets of a count are equally likely, so results repeat."""
    found: list[list[ProtectedIndicator]] = [[] for _ in counts]
    parts = [Fraction(at, of.base) for at in range(of.base)]
    others = [Fraction(at, of.applies_base) for at in range(of.applies_base)]
    for missing in parts if any(each[1] for each in counts) else parts[:1]:
        for applies in others if any(each[2] for each in counts) else others[:1]:
            _every_side(families, counts, of, {"M": missing, "N": applies}, found)
    return found


def _every_side(
    families: int,
    counts: Sequence[Counts],
    of: IndicatorPlan,
    parts: dict[str, Fraction],
    found: list[list[ProtectedIndicator]],
) -> None:
    """All offsets of the side that is rounded: `base` of them, or as many as the width for few that fulfil."""
    first = round_all(families, counts, of, Chosen(**parts, U=Fraction(0), F=Fraction(0)))
    widths = [0 if each.unfulfilled is None else _width_of(each, of) for each in first]
    for width in {of.base, *widths} - {0}:
        mine = [at for at, each in enumerate(widths) if each == width]
        for at in range(width):
            part = Fraction(at, width)
            results = round_all(families, [counts[each] for each in mine], of, Chosen(**parts, U=part, F=part))
            for place, result in zip(mine, results, strict=True):
                found[place].append(result)
    for place, width in enumerate(widths):
        if not width:
            found[place].append(first[place])


def _width_of(rounded: ProtectedIndicator, of: IndicatorPlan) -> int:
    """With the offset 0, few that fulfil become 0, and otherwise more than base are left."""
    assert rounded.fulfilled is not None
    assert rounded.unfulfilled is not None
    if rounded.fulfilled:
        return of.base
    return few_width(rounded.unfulfilled, rounded.missing, rounded.not_applicable, of)


def possible(
    families: int, counts: tuple[Counts, ...], of: IndicatorPlan
) -> Iterator[tuple[Counts, ProtectedIndicator]]:
    for each, results in zip(counts, outcomes(families, counts, of), strict=True):
        for result in set(results):
            yield each, result


def runs(values: set[int]) -> bool:
    return max(values) - min(values) + 1 == len(values)
