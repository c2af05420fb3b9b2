"""The standard errors of released figures against what the production rounding does with many keys."""

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import pytest

from app.protection.assessed import IndexUncertainty, assess
from app.protection.exact import ExactIndex, ExactIndicator, ExactVillage
from app.protection.parameters import Parameters
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import IndexOfRegion, add_up
from app.protection.secrets import Secrets
from app.protection.uncertainty import CENSUS, Design, Uncertainty
from app.protection.villages import protect
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.shares import IndexOfShares
from app.scoring.sums import UNITS
from tests.support.factories import PROJECT

KEYS = 80


class Error(NamedTuple):
    """The published value, the true one, and the uncertainty."""

    value: float
    truth: float
    found: Uncertainty

    @property
    def is_held(self) -> bool:
        low, high = self.found.low, self.found.high
        assert low is not None
        assert high is not None
        return low - 1e-9 <= self.truth <= high + 1e-9


@cache
def instrument() -> Instrument:
    return read_instrument((PROJECT / "app" / "instruments" / "ikk-29-2026.1.toml").read_bytes())


def draw_village(place: str, chance: random.Random) -> ExactVillage:
    """A village with its own share of each indicator. One in five of these is near 100 %."""
    families, plan = chance.randint(150, 230), Plan.of(instrument()).main
    indicators = []
    for each in plan.indicators:
        not_applicable = 0 if each.everywhere else chance.randint(10, 60)
        missing = chance.randint(0, 12)
        answered = families - not_applicable - missing
        unfulfilled = round(answered * chance.choice((0.6, 0.3, 0.2, 0.1, 0.02)) * chance.uniform(0.5, 1.5))
        indicators.append(ExactIndicator(answered - unfulfilled, unfulfilled, missing, not_applicable))
    incomplete, left, counts = chance.randint(0, 20), families, list[int]()
    for _ in plan.index.categories[1:]:
        counts.append(chance.randint(10, 45))
    left -= incomplete + sum(counts)
    scored = families - incomplete
    value = round(Fraction(chance.randint(60, 90), 100) * UNITS * scored)
    exact = ExactIndex(tuple(indicators), (*counts, left, 0, 0, incomplete, 0), None, value, scored)
    return ExactVillage(place, families, (exact,))


def protect_with(key: int, villages: Sequence[ExactVillage]) -> list[Protected]:
    plan, secrets = Plan.of(instrument()), Secrets(key.to_bytes(8))
    found = [protect(each, plan, year=2026, secrets=secrets, parameters=Parameters()) for each in villages]
    return [each for each in found if each is not None]


def true_index(villages: Sequence[ExactVillage]) -> float:
    indicators = zip(*(each.indices[0].indicators for each in villages), strict=True)
    ratios = [
        (int(sum(each.fulfilled for each in of)), int(sum(each.fulfilled + each.unfulfilled for each in of)))
        for of in indicators
    ]
    tree = IndexOfShares(instrument().main, ratios, [False] * len(ratios), without=frozenset())
    found = tree.combined(tree.node(None))
    assert found is not None
    return float(found * instrument().main.scale)


def shares_of(villages: Sequence[ExactVillage], of: IndexOfRegion, found: IndexUncertainty) -> Iterator[Error]:
    for at, (indicator, each) in enumerate(zip(of.indicators, found.indicators, strict=True)):
        exact = [village.indices[0].indicators[at] for village in villages]
        if indicator.villages == len(villages) and indicator.ratio is not None:
            fulfilled, answered = sum(e.fulfilled for e in exact), sum(e.fulfilled + e.unfulfilled for e in exact)
            yield Error(
                100 * indicator.ratio[0] / indicator.ratio[1], float(100 * Fraction(fulfilled) / answered), each
            )


def categories_of(villages: Sequence[ExactVillage], of: IndexOfRegion, found: IndexUncertainty) -> Iterator[Error]:
    exact = [each.indices[0] for each in villages]
    for at, (rounded, each) in enumerate(zip(of.categories, found.categories, strict=True)):
        assert rounded is not None
        truth = sum(village.counts[at] for village in exact) / sum(village.scored for village in exact)
        yield Error(100 * rounded / of.scored, 100 * truth, each)


def index_of(villages: Sequence[ExactVillage], of: IndexOfRegion, found: IndexUncertainty) -> Iterator[Error]:
    assert of.of_indicators is not None
    assert found.of_indicators is not None
    yield Error(float(of.of_indicators), true_index(villages), found.of_indicators)


FIGURES = {"shares": shares_of, "categories": categories_of, "index": index_of}


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("name", FIGURES)
def test_standard_errors_of_a_census_are_those_of_the_production_rounding(name: str, count: int) -> None:
    chance = random.Random(f"{name} {count}")
    errors = list[Error]()
    for key in range(KEYS):
        villages = [draw_village(f"63010110{at:02}", chance) for at in range(count)]
        protected = protect_with(key, villages)
        figures = add_up(protected, Plan.of(instrument()))
        errors += FIGURES[name](villages, figures.main, assess(protected, figures, CENSUS)[0])
    squares = sum((each.value - each.truth) ** 2 for each in errors) / len(errors)
    variances = sum((each.found.standard_error or 0) ** 2 for each in errors) / len(errors)
    # A key gives one index, so of these there are few.
    near, fewest = (0.45, 0.88) if name == "index" else (0.25, 0.92)
    assert variances == pytest.approx(squares, rel=near)
    assert sum(each.is_held for each in errors) / len(errors) >= fewest


def test_the_standard_error_of_a_sample_contains_the_rounding() -> None:
    """Samples of 20 of the same 60 villages, each rounded with another key, against all 60."""
    chance = random.Random("sample")
    every = [draw_village(f"63{1 + at % 4:02}0110{at:02}", chance) for at in range(60)]
    truth, errors = true_index(every), list[Error]()
    for key in range(KEYS):
        drawn = [
            each
            for regency in range(4)
            for each in chance.sample([village for village in every if village.place[3] == str(regency + 1)], 5)
        ]
        protected = protect_with(key, drawn)
        figures = add_up(protected, Plan.of(instrument()))
        found = assess(protected, figures, Design("sample", {f"63{at:02}": 15 for at in range(1, 5)}))[0].of_indicators
        assert found is not None
        assert figures.main.of_indicators is not None
        errors.append(Error(float(figures.main.of_indicators), truth, found))
    squares = sum((each.value - each.truth) ** 2 for each in errors) / KEYS
    assert sum((each.found.standard_error or 0) ** 2 for each in errors) / KEYS == pytest.approx(squares, rel=0.3)
    assert sum(each.is_held for each in errors) / KEYS >= 0.9
