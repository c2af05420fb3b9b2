"""What a reader without sensitive outcomes gets of a family and of a region, for random instruments of every method."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.schemas.aggregates.aggregate import AggregateOut, RegionRefOut
from app.schemas.intake.score import ScoreOut
from app.scoring.basis_text import write_bases
from app.scoring.catalogue import Catalogue, Published
from app.scoring.disclosure import FEW_FAMILIES, WITHHELD, ProtectedIndex, disclose, protect
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Index, Instrument, Method
from app.scoring.region import estimate
from app.scoring.score import Basis, bases_of, score_bases
from app.scoring.sums import add
from app.scoring.versions import Versions
from tests.scoring.drawn import DAY, METHODS, draw_answers, draw_instrument

each_method = pytest.mark.parametrize("method", METHODS)
modest = settings(max_examples=60, deadline=None)
SEEDS = st.integers(0, 2**32)
Bases = tuple[Basis, ...]


def twins(seed: int, method: Method) -> tuple[Instrument, Bases, Bases]:
    """An instrument with something sensitive, and two families that differ only in what is sensitive."""
    random = Random(seed)
    instrument = with_something_sensitive(draw_instrument(random, method=method), random)
    one, other = (bases_of(draw_answers(instrument, random), instrument, DAY) for _ in range(2))
    return instrument, one, tuple(map(twin, one, other, instrument.indices))


def with_something_sensitive(instrument: Instrument, random: Random) -> Instrument:
    """The same with a sensitive indicator, or with an index that reveals a sensitive answer."""
    first = instrument.main
    if random.random() < 0.7:
        first = replace(first, sensitive=first.sensitive | {random.randrange(len(first.indicators))})
    else:
        first = replace(first, reveals=True)
    return replace(instrument, indices=(first, *instrument.indices[1:]))


def twin(one: Basis, other: Basis, index: Index) -> Basis:
    """The first family with the sensitive outcomes of another."""
    places = range(len(index.indicators))
    mixed = [other if place in index.sensitive else one for place in places]
    found = one._replace(
        outcomes="".join(each.outcomes[place] for place, each in enumerate(mixed)),
        points=tuple(each.points[place] for place, each in enumerate(mixed)),
    )
    return found._replace(applies=other.applies, category=other.category) if index.reveals else found


@each_method
@given(seed=SEEDS)
@modest
def test_families_that_differ_only_in_sensitive_outcomes_look_the_same(method: Method, seed: int) -> None:
    instrument, one, other = twins(seed, method)
    texts = [write_bases(each, instrument) for each in (one, other)]
    shown = [ScoreOut.of_outcomes(each, instrument, whole=False) for each in texts]
    assert shown[0].model_dump_json() == shown[1].model_dump_json()
    assert shown[0].withheld
    assert shown[0].indices[0].withheld
    assert shown[0].index is None


@each_method
@given(seed=SEEDS)
@modest
def test_what_is_shown_of_a_family_is_true(method: Method, seed: int) -> None:
    instrument, bases, _ = twins(seed, method)
    protected, real = protect(bases, instrument), score_bases(bases, instrument)
    assert protected is not None
    for seen, whole, index in zip(protected, real.indices, instrument.indices, strict=True):
        if not isinstance(seen, ProtectedIndex):
            assert seen == whole
            continue
        letters = zip(seen.outcomes, whole.basis.outcomes, strict=True)
        assert [WITHHELD if at in index.sensitive else letter for at, (_, letter) in enumerate(letters)] == list(
            seen.outcomes
        )
        assert seen.state in (None, whole.state)
        assert seen.category in (None, whole.category)
        assert seen.poor in (None, whole.poor)
        groups = zip(seen.groups, whole.groups, strict=True)
        assert all(shown == group for shown, group in groups if type(shown) is type(group))


def card(instrument: Instrument, families: Sequence[Bases]) -> dict[str, Any]:
    """The whole aggregate of these families, as a reader without sensitive outcomes gets it."""
    catalogue, at = Catalogue(), datetime(2026, 1, 1, tzinfo=UTC)
    catalogue.add(Published(1, instrument, at))
    totals = add((sums_of(score_bases(each, instrument), instrument) for each in families), instrument)
    versions = Versions.of(catalogue, instrument.code, None)
    taken = versions.take(versions.every, {1: len(families)}, 2026)
    figures = disclose(estimate(totals, instrument), taken, sensitive=False)
    ref = RegionRefOut.of("6372061004", "Landasan Ulin Selatan")
    return AggregateOut.whole_of(ref, 2026, figures, at).model_dump(mode="json")


@each_method
@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_villages_that_differ_only_in_sensitive_outcomes_look_the_same(method: Method, seed: int) -> None:
    """Only what mixes several hidden groups of the one index that hides any may differ."""
    instrument, one, other = twins(seed, method)
    rest = [one] * FEW_FAMILIES
    cards = [card(instrument, [each, *rest]) for each in (one, other)]
    several = sum(bool(each.sensitive) for each in instrument.indices) > 1
    for position, index in enumerate(instrument.indices):
        parts = {index.indicators[at].group for at in index.sensitive}
        if several or len(parts) < 2 or method in ("stages", "rule") or index.reveals:
            continue
        for shown in cards:
            mixed = (
                "headline",
                "families",
                "mean",
                "families_of_mean",
                "headcount",
                "intensity",
                "adjusted",
                "categories",
                "without_measure",
                "reason",
            )
            for name in mixed:
                shown["indices"][position].pop(name, None)
            for each in shown["indices"][position]["indicators"]:
                each.pop("censored", None)
                each.pop("part", None)
            for name in ("index", "categories", "indicators") if position == 0 else ():
                shown.pop(name)
    assert cards[0] == cards[1]


@each_method
@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_figures_of_few_families_that_mix_sensitive_outcomes_are_hidden(method: Method, seed: int) -> None:
    instrument, one, other = twins(seed, method)
    few = [one] * (FEW_FAMILIES - 2)
    shown = [card(instrument, [each, *few]) for each in (one, other)]
    assert shown[0] == shown[1]
    reasons = [each["reason"] == "small" for each in shown[0]["indices"]]
    assert reasons == [bool(index.sensitive or index.reveals) for index in instrument.indices]


@each_method
def test_the_pointers_of_what_is_hidden_lead_to_what_is_null(method: Method) -> None:
    for seed in range(10):
        instrument, one, _ = twins(seed, method)
        shown = card(instrument, [one] * FEW_FAMILIES)
        for path in shown["suppressed"]:
            found: Any = shown
            for step in path.split("/")[1:]:
                found = found[int(step)] if isinstance(found, list) else found[step]
            parts = found if isinstance(found, list) else [found]
            assert all(each is None or hidden(each) for each in parts), path


def hidden(part: dict[str, Any]) -> bool:
    """Whether a part shows nothing but its names."""
    names = ("code", "name", "parent", "dimension", "status", "reason", "figure", "not_applicable")
    return all(
        value is None or (isinstance(value, dict) and hidden(value))
        for name, value in part.items()
        if name not in names
    )
