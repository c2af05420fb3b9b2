"""Released figures as they are shown: what an index leaves out, which figure is ranked, and groups without figures."""

from datetime import UTC, datetime
from random import Random

import pytest

from app.pages.comparison import compare
from app.protection.assessed import assess, assess_some
from app.protection.columns import Columns
from app.protection.grouping import REGION_KIND, groupings_of
from app.protection.plan import Plan
from app.protection.protected import SMALL, Protected
from app.protection.regions import add_up
from app.protection.uncertainty import CENSUS, Design, Uncertainty
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, RegionRefOut
from app.schemas.aggregates.breakdowns import make_villages_breakdown
from app.schemas.aggregates.fields import LARGE_FIELDS
from app.schemas.aggregates.figures import UncertaintyOut
from app.schemas.aggregates.ranks import INDEX, figure_of, ranked_of
from app.schemas.aggregates.released import give_row, make_card
from app.schemas.aggregates.table import COLUMNS, figure_rows
from tests.protection.drawn import draw_village, ikk, protect_all

PLAN = Plan.of(ikk())
PLACE = "6301011001"
CODES = [each.code for each in ikk().main.indicators]
FEW = ("KKE2", "KLS1")
"""Indicators that too few families of the village answered."""


def village(*few: str) -> Protected:
    """A village of 120 families without figures of some indicators."""
    (protected,) = protect_all([draw_village(PLACE, 120, Random(1), complete=True)])
    values = protected.to_values()
    for code in few:
        values[1 + 3 * CODES.index(code)] = SMALL
    return Protected.from_values(PLACE, values, PLAN)


def card_of(*villages: Protected) -> AggregateOut:
    figures = add_up(villages, PLAN)
    return make_card(
        RegionRefOut.of(PLACE, "Contoh"),
        2026,
        ikk(),
        figures,
        counted=[(ikk(), figures.families)],
        basis="approved",
        as_of=datetime(2026, 8, 1, tzinfo=UTC),
        uncertain=assess(villages, figures, CENSUS),
    )


def row_of(card: AggregateOut) -> AggregateRowOut:
    return give_row({**card.model_dump(), "release": None, "progress": None}, LARGE_FIELDS)


def test_an_index_and_a_dimension_name_the_indicators_that_they_leave_out() -> None:
    card = card_of(village(*FEW))
    assert set(card.index.left_out or ()) == set(card.indices[0].left_out or ()) == set(FEW)
    assert {each.code: each.left_out for each in card.dimensions if each.left_out} == {"KKE": ["KKE2"], "KLS": ["KLS1"]}
    assert all(each.left_out == [] for each in card.dimensions if each.code not in ("KKE", "KLS"))
    assert row_of(card).dimensions == card.dimensions


def test_nothing_is_left_out_where_all_indicators_have_figures() -> None:
    """Also where a share has a bound only, because it is part of the index."""
    card = card_of(village())
    assert any(each.share is None for each in card.indicators)
    assert (card.index.left_out, [each.left_out for each in card.dimensions]) == ([], [[]] * len(card.dimensions))


def test_the_families_of_an_index_are_those_of_the_villages_that_its_mean_is_of() -> None:
    with_mean, values = village(), village().to_values()
    values[-2:] = [0, 0]
    without = Protected.from_values(PLACE, values, PLAN)
    alone, both = card_of(with_mean).index, card_of(with_mean, without).index
    assert alone.mean is not None
    assert (both.mean, both.families) == (alone.mean, alone.families)
    assert (card_of(without).index.mean, card_of(without).index.families) == (None, None)
    cells = [dict(zip(COLUMNS, each, strict=True)) for each in figure_rows(row_of(card_of(with_mean, without)))]
    of_mean = [each for each in cells if (each["kind"], each["measure"]) == ("index", "mean")]
    assert [each["families"] for each in of_mean] == [alone.families]
    assert card_of(with_mean, without).indices[0].families_of_mean == alone.families
    (compared,) = compare(card_of(with_mean, without), card_of(with_mean), ikk())
    assert compared.of_mean == (alone.families, None)
    # Where fewer than half of the families have one, it is not the region's.
    few = card_of(with_mean, without, without)
    assert (few.index.mean, few.index.families, few.indices[0].families_of_mean) == (None, None, None)
    assert few.index.of_indicators is not None


def test_a_mean_without_some_villages_has_no_interval() -> None:
    with_mean, values = village(), village().to_values()
    values[-2:] = [0, 0]
    without = Protected.from_values(PLACE, values, PLAN)
    found = [card_of(*villages).index.uncertainty for villages in ([with_mean] * 2, [with_mean, without])]
    assert found[0] is not None
    assert found[1] is not None
    assert (found[0].reason, found[1].reason, found[1].low, found[1].within) == (None, "small", None, None)
    nearly = card_of(*[with_mean] * 100, without).index.uncertainty
    assert nearly is not None
    assert nearly.low is not None


def test_the_index_is_ranked_by_its_headline() -> None:
    card = card_of(village())
    row = row_of(card)
    headline = card.indices[0].headline
    assert headline is not None
    assert headline.figure == "mean"
    assert row.index.mean != row.index.of_indicators
    assert figure_of(row, INDEX) == (row.index.mean, row.index.uncertainty)
    other = row.indices[0].model_copy(update={"headline": headline.model_copy(update={"figure": "of_indicators"})})
    changed = row.model_copy(update={"indices": [other]})
    assert figure_of(changed, INDEX) == (row.index.of_indicators, row.index.uncertainty_of_indicators)


def test_a_mean_without_a_standard_error_is_ranked_and_can_have_any_rank() -> None:
    clamped = UncertaintyOut.of(Uncertainty(reason="small", within=1.5), 2)
    found = ranked_of(96.4, clamped)
    assert found is not None
    assert found.uncertainty.reach() is None


@pytest.mark.parametrize("code", FEW)
def test_a_group_of_villages_tells_no_answered_families_of_an_indicator_without_figures(code: str) -> None:
    (grouping,) = [each for each in groupings_of(ikk()) if each.code == REGION_KIND]
    figures = {"kelurahan": add_up([village()], PLAN), "desa": add_up([village(*FEW)], PLAN)}
    columns = Columns(PLAN, [village(), village(*FEW)])
    uncertain = {name: assess_some(columns, {at}, CENSUS) for at, name in enumerate(figures)}
    found = make_villages_breakdown(grouping, figures, ikk(), uncertain)
    (own,) = [each for each in found.indicators if each.code == code]
    groups = {each.group: each for each in own.groups or ()}
    assert groups["kelurahan"].answered is not None
    desa = groups["desa"]
    assert (desa.answered, desa.fulfilled, desa.unfulfilled, desa.share, desa.reason) == (*(None,) * 4, "small")


def test_the_villages_of_a_group_have_the_uncertainty_of_a_region_of_them() -> None:
    own, other = village(), village(*FEW)
    alone = assess([own], add_up([own], PLAN), CENSUS)[0].indicators
    assert assess_some(Columns(PLAN, [own, other]), {0}, CENSUS) == alone
    assert {each.reason for each in assess_some(Columns(PLAN, [own, other]), {0}, Design("sample"))} == {"one_village"}


def test_a_table_has_the_headline_of_a_stored_card_in_a_row_of_its_own_if_no_other_row_has_its_value() -> None:
    row = row_of(card_of(village()))
    index = row.indices[0]
    assert index.headline is not None
    assert index.mean is not None
    for value, measure in ((index.mean, "mean"), (index.mean / 100, "headline")):
        headline = index.headline.model_copy(update={"value": value})
        changed = row.model_copy(update={"indices": [index.model_copy(update={"headline": headline})]})
        cells = [dict(zip(COLUMNS, each, strict=True)) for each in figure_rows(changed)]
        assert [(each["measure"], each["value"]) for each in cells if each["headline"] == "yes"] == [(measure, value)]


def test_a_table_names_what_a_figure_leaves_out_and_why_it_has_no_interval() -> None:
    cells = [dict(zip(COLUMNS, each, strict=True)) for each in figure_rows(row_of(card_of(village(*FEW))))]
    told = {
        (each["kind"], each["code"]): (each["left_out"], each["uncertainty_reason"])
        for each in cells
        if each["measure"] == "of_indicators"
    }
    assert told.pop(("index", None)) == (", ".join(code for code in CODES if code in FEW), "small")
    assert told.pop(("dimension", "KKE")) == ("KKE2", "small")
    assert told.pop(("dimension", "KLS")) == ("KLS1", "small")
    assert set(told.values()) == {(None, None)}
