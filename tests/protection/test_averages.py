"""Over 1,000 keys, protected counts are right on average: the mean is within 3 standard errors of the exact count."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random
from statistics import mean, stdev

from app.protection.breakdowns import Unit, make_units
from app.protection.exact import ExactIndicator
from app.protection.groups import GroupCounts
from app.protection.plan import Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.secrets import Secrets
from tests.protection.drawn import PARAMETERS, YEAR, DrawnVillage, draw_village, ikk, protect_all
from tests.protection.test_breakdowns import by_size, groups_of

KEYS = 1000
PLAN = Plan.of(ikk())


@cache
def villages() -> tuple[DrawnVillage, ...]:
    return tuple(draw_village(f"630101100{at}", 170 + 13 * at, Random(7 + at)) for at in range(2))


@cache
def rounded() -> list[tuple[Secrets, list[Protected]]]:
    every = (Secrets(b"key %d" % key) for key in range(KEYS))
    return [(secrets, protect_all(villages(), secrets)) for secrets in every]


def errors(numbers: Sequence[int], exact: float) -> float:
    """How many standard errors the mean is away from the exact number."""
    spread = stdev(numbers)
    return abs(mean(numbers) - exact) / (spread / len(numbers) ** 0.5) if spread else abs(mean(numbers) - exact)


def sides(exact: Sequence[ExactIndicator], found: Sequence[Sequence[ProtectedIndicator]]) -> Iterator[int]:
    """Positions of the indicators whose smaller side is never the fulfilled one, which has a rule of its own."""
    for at, each in enumerate(exact):
        if all(numbers[at].unfulfilled is not None for numbers in found) and each.unfulfilled <= 2 * each.fulfilled:
            yield at


def test_counts_of_a_village() -> None:
    for place, village in enumerate(villages()):
        exact, found = village.exact.indices[0], [each[place].indices[0] for _, each in rounded()]
        whole = list(sides(exact.indicators, [each.indicators for each in found]))
        assert len(whole) > 15
        for at, true in enumerate(exact.indicators):
            numbers = [each.indicators[at] for each in found]
            if at in whole:
                assert errors([each.unfulfilled or 0 for each in numbers], float(true.unfulfilled)) < 3
                assert errors([each.fulfilled or 0 for each in numbers], float(true.fulfilled)) < 3
                assert errors([each.missing for each in numbers], true.missing) < 3
                assert errors([each.not_applicable for each in numbers], true.not_applicable) < 3
        for cell, count in enumerate(exact.counts):
            assert errors([each.counts[cell] for each in found], count) < 3


def test_counts_of_groups() -> None:
    exact, found = counts(), dict[tuple[str, tuple[str, ...]], list[Unit]]()
    for secrets, protected in rounded():
        for unit in units_with(secrets, protected):
            found.setdefault((unit.indicator, unit.members), []).append(unit)
    tried = 0
    for (indicator, members), units in found.items():
        at = PLAN.position[indicator]
        for code in ("large", "medium", "small") if len(units) == KEYS else ():
            groups = [exact[place][code] for place in members]
            without, known = sum(each.unfulfilled[at] for each in groups), sum(each.answered[at] for each in groups)
            if 3 * without <= known:
                tried += 1
                assert errors([each.groups[code].unfulfilled for each in units], without) < 3
                assert abs(mean(each.groups[code].answered for each in units) - known) < 1
    assert tried > 30


def units_with(secrets: Secrets, protected: Sequence[Protected]) -> tuple[Unit, ...]:
    places = {each.place: each for each in protected}
    return make_units(
        places, counts(), PLAN, instrument="ikk-29", breakdown="size", year=YEAR, secrets=secrets, parameters=PARAMETERS
    )


@cache
def counts() -> Mapping[str, Mapping[str, GroupCounts]]:
    return {each.place: groups_of(each, by_size) for each in villages()}
