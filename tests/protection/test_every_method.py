"""Protection of random instruments of every method, and of the example instruments, from families to figures."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.protection.breakdowns import RegionRows, make_units
from app.protection.columns import Columns
from app.protection.exact import exact_village
from app.protection.groups import GroupCounts
from app.protection.parameters import Parameters
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import IndexOfRegion, RegionFigures, add_up
from app.protection.villages import protect
from app.scoring.evaluation import Answers
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Disclosure, Instrument, Method
from app.scoring.reading.files import check_instrument_file, read_instrument
from app.scoring.score import bases_of, score_bases
from app.scoring.sums import UNITS, add, places_of
from app.synthetic_answers import DrawnFamily
from tests.protection.drawn import PARAMETERS, SECRETS, YEAR, ikk
from tests.scoring.drawn import DAY, METHODS, draw_answers, draw_instrument
from tests.support.factories import PROJECT
from tests.support.guide import EXAMPLES, shown_files

Draw = Callable[[Instrument, Random], Answers]
FILES = {**shown_files(), **{each.name: each.read_text("utf-8") for each in EXAMPLES}}


def draw_sums(instrument: Instrument, families: int, random: Random, draw: Draw) -> list[int]:
    """Of a village in which several families gave the same answers."""
    kinds = [score_bases(bases_of(draw(instrument, random), instrument, DAY), instrument) for _ in range(12)]
    rows = [sums_of(each, instrument) for each in kinds]
    return add(random.choices(rows, k=families), instrument)


def draw_plausible(instrument: Instrument, random: Random) -> Answers:
    return DrawnFamily(instrument, random, DAY).draw(lambda _: 0.6)


def villages_of(
    instrument: Instrument, random: Random, draw: Draw = draw_answers
) -> tuple[list[list[int]], list[Protected]]:
    totals = [draw_sums(instrument, random.randint(30, 150), random, draw) for _ in range(3)]
    plan, found = Plan.of(instrument), []
    for at, sums in enumerate(totals):
        exact = exact_village(f"630101100{at}", sums, instrument)
        protected = protect(exact, plan, year=YEAR, secrets=SECRETS, parameters=PARAMETERS)
        assert protected is not None
        assert Protected.from_values(protected.place, protected.to_values(), plan) == protected
        found.append(protected)
    return totals, found


def check(instrument: Instrument, random: Random, draw: Draw = draw_answers) -> None:
    totals, protected = villages_of(instrument, random, draw)
    plan, every = Plan.of(instrument), add(totals, instrument)
    for figures in (add_up(protected, plan), *(add_up([each], plan) for each in protected)):
        check_shown(figures)
    region = add_up(protected, plan)
    for at, (places, index) in enumerate(zip(places_of(instrument), region.indices, strict=True)):
        ended = (*every, 0)
        assert abs(ended[places.scored] - index.scored) <= index.counts_within
        for cell, place in enumerate(places.categories):
            assert abs(ended[place] - index.counts[cell]) <= index.counts_within
        if index.poor is not None:
            assert abs(ended[places.poor] // UNITS - index.poor[1]) <= index.counts_within
        for each, outcome in zip(index.indicators, places.outcomes, strict=True):
            if each.villages == len(protected):
                assert abs(ended[outcome[2]] - each.rounded.missing) <= each.within.missing
        assert at == instrument.indices.index(index.index)


def check_shown(figures: RegionFigures) -> None:
    for index in figures.indices:
        rule = index.index.region
        assert sum(index.counts) == index.families == figures.families
        assert all(each is None or each > 0 for each in index.categories)
        assert all(each is None or 0 < each <= 100 for each in index.shares)
        assert all(each is None or each >= 0 for each in index.states.values())
        if (
            len(index.indicators) < 20
            or rule.weigh_by is not None
            or index.index.method in ("counting", "stages", "rule")
        ):
            assert (index.mean, index.mean_reason) == (None, "not_released")
        if rule.weigh_by is not None or rule.headline in ("intensity", "adjusted"):
            assert (index.headline, index.category) == (None, None)
        if index.headline is None and rule.headline is not None and index.absent is None:
            assert index.headline_reason in ("small", "not_released")
        check_computed(index)


def check_computed(index: IndexOfRegion) -> None:
    assert len(index.groups) == len(index.index.groups)
    if index.index.region.weigh_by is not None or index.index.method in ("stages", "rule", "geometric-mean"):
        assert {*index.groups, index.of_indicators} == {None}
    assert index.headcount is None or 0 < index.headcount < index.index.region.scale
    for at in index.weak:
        ratio = index.indicators[at].ratio
        assert ratio is not None
        assert index.index.region.weak is not None
        assert Fraction(100 * ratio[0], ratio[1]) < index.index.region.weak.below
    for each in index.indicators:
        assert (each.ratio is None) == (each.villages == 0)
        assert each.share is None or 0 < each.share < 100
        assert None in (each.share_at_least, each.share_at_most)
        assert all(bound is None or 0 <= bound <= 100 for bound in (each.share_at_least, each.share_at_most))
        for name in each.reason:
            assert getattr(each, name) is None


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_families_of_every_method_become_figures(method: Method, seed: int) -> None:
    random = Random(seed)
    instrument = draw_instrument(random, method=method)
    first = instrument.main
    if random.random() < 0.5:
        first = replace(first, sensitive=frozenset((0,)), reveals=random.random() < 0.5)
    check(replace(instrument, indices=(first, *instrument.indices[1:])), random)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_examples_become_figures(text: str) -> None:
    checked = check_instrument_file(text.encode("utf-8"))
    assert checked.instrument is not None
    check(checked.instrument, Random(1), draw_plausible)


@pytest.mark.parametrize("method", METHODS)
def test_groups_of_every_method_become_rows(method: Method) -> None:
    random = Random(3)
    instrument = draw_instrument(random, method=method)
    _, protected = villages_of(instrument, random)
    plan = Plan.of(instrument)
    counts = {each.place: {"all": whole_of(each, len(plan.main.indicators))} for each in protected}
    units = make_units(
        {each.place: each for each in protected},
        counts,
        plan,
        instrument="ikk-29",
        breakdown="all",
        year=YEAR,
        secrets=SECRETS,
        parameters=PARAMETERS,
    )
    rows = RegionRows(Columns(plan, protected), [each.base for each in plan.main.indicators])
    for each in units:
        rows.add(each)
    for code, row in rows.rows.items():
        indicator = add_up(protected, plan).main.indicators[plan.position[code]]
        assert not indicator.plan.valued
        assert row.groups["all"].unfulfilled == indicator.rounded.unfulfilled


def whole_of(village: Protected, indicators: int) -> GroupCounts:
    """One group with all families, whose counts are taken from the protected ones."""
    rounded: Sequence[Any] = village.indices[0].indicators
    unfulfilled = tuple(rounded[at].unfulfilled or 0 for at in range(indicators))
    fulfilled = tuple(rounded[at].fulfilled or 0 for at in range(indicators))
    answered = tuple(map(sum, zip(fulfilled, unfulfilled, strict=True)))
    return GroupCounts(village.families, answered, unfulfilled, tuple(each.missing for each in rounded[:indicators]))


def test_the_same_rule_has_the_same_digest_in_another_instrument() -> None:
    file = (PROJECT / "app" / "instruments" / "ikk-29-2026.1.toml").read_bytes()
    rule = b'["children_with_birth_certificate", ">=", "children_0_17"]'
    assert rule in file
    other = replace(read_instrument(file.replace(rule, rule.replace(b">=", b">"))), code="other", version="9")
    digests = [{each.code: (each.rule, each.applies) for each in Plan.of(of).main.indicators} for of in (ikk(), other)]
    changed = {code for code in digests[0] if digests[0][code] != digests[1][code]}
    assert changed == {"KLS2"}
    assert digests[0]["KLS2"][1] == digests[1]["KLS2"][1]
    assert len({rule for rule, _ in digests[0].values()}) == 29


def test_the_categories_of_the_same_index_have_other_secrets_in_another_instrument() -> None:
    """Both are told, and nearly the same families may be in them."""
    of, other = ikk(), replace(ikk(), code="other")
    assert Plan.of(of).main.indicators == Plan.of(other).main.indicators
    assert Plan.of(of).main.secret != Plan.of(other).main.secret
    assert Plan.of(of).main.secret == Plan.of(replace(of, version="9")).main.secret


def test_an_instrument_may_ask_for_more_and_never_for_less() -> None:
    more = Disclosure(families=60, base=7, sensitive_base=12, group=80)
    assert Parameters.of(replace(ikk(), disclosure=more)) == Parameters(60, 7, 12, 80)
    assert Parameters.of(replace(ikk(), disclosure=Disclosure(1, 1, 1, 1))) == Parameters()
    assert Parameters.of(replace(ikk(), disclosure=replace(more, sensitive_base=40))).families == 81
