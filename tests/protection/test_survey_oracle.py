"""Standard errors and intervals are those of R's package survey, on the tables of `oracle/`."""

from fractions import Fraction
from math import isnan

import pytest

from app.protection.linearised import Component, gradients_of, linearise_share
from app.protection.quantiles import quantile
from app.protection.rows import Bases
from app.protection.uncertainty import (
    Uncertainty,
    composite_uncertainty,
    counts_uncertainty,
    mean_uncertainty,
    share_uncertainty,
    variance_of,
)
from tests.protection.oracle.draw import INDICATORS, TABLES
from tests.protection.oracle.tables import OracleTable, read_figures, read_quantiles, share_in

FIGURES = read_figures()
EXACT = Bases(1)
"""R takes the numbers for exact. Only with the finite population correction does that make a difference."""
SCALE = (0.0, 100.0)
WEIGHTS = (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5))


def assert_agrees(found: Uncertainty, table: str, figure: str, scale: tuple[float, float] = (0.0, 1.0)) -> None:
    expected = FIGURES[table, figure]
    assert found.method == "design"
    assert found.freedom == expected.freedom
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-9, abs=1e-12)
    assert found.low == pytest.approx(max(scale[0], expected.low), rel=1e-9, abs=1e-12)
    assert found.high == pytest.approx(min(scale[1], expected.high), rel=1e-9, abs=1e-12)
    assert found.relative == pytest.approx(100 * expected.standard_error / expected.estimate, rel=1e-9)


def arithmetic(shares: list[Fraction]) -> Fraction:
    return 100 * sum((weight * share for weight, share in zip(WEIGHTS, shares, strict=True)), Fraction())


def geometric(shares: list[Fraction]) -> Fraction:
    return Fraction(100 * float(shares[0] * shares[1] * shares[2]) ** (1 / 3))


@pytest.mark.parametrize("table", TABLES)
def test_shares_agree_with_r(table: str) -> None:
    of = OracleTable(table)
    for at in INDICATORS:
        found = share_uncertainty(of.shares(at), of.design, EXACT)
        if isnan(FIGURES[table, f"share_{at}"].low):
            assert (found.standard_error, found.low, found.reason) == (None, None, "small")
        else:
            assert_agrees(found, table, f"share_{at}")


@pytest.mark.parametrize("table", TABLES)
def test_counts_agree_with_r(table: str) -> None:
    of = OracleTable(table)
    one = counts_uncertainty(of.counts(), of.design, part={1}, whole={0, 1, 2, 3}, base=1)
    assert_agrees(one, table, "count_2")
    two = counts_uncertainty(of.counts(), of.design, part={0, 1}, whole={0, 1, 2}, base=1)
    assert_agrees(two, table, "weak")


@pytest.mark.parametrize("table", TABLES)
def test_means_agree_with_r(table: str) -> None:
    of = OracleTable(table)
    assert_agrees(mean_uncertainty(of.means(), of.design, step=Fraction(), scale=SCALE), table, "mean", SCALE)


@pytest.mark.parametrize("table", TABLES)
def test_figures_computed_from_shares_agree_with_r(table: str) -> None:
    of = OracleTable(table)
    villages = [of.shares(at) for at in INDICATORS]
    shares = [share_in(each) for each in villages]
    linear = [Component(100 * weight, each, EXACT) for weight, each in zip(WEIGHTS, villages, strict=True)]
    found = composite_uncertainty(arithmetic(shares), linear, of.design, scale=SCALE)
    assert_agrees(found, table, "arithmetic", SCALE)
    slopes = [float(geometric(shares) / 3 / share) for share in shares]
    bent = [Component(slope, each, EXACT) for slope, each in zip(slopes, villages, strict=True)]
    assert_agrees(composite_uncertainty(geometric(shares), bent, of.design, scale=SCALE), table, "geometric", SCALE)


@pytest.mark.parametrize("table", ["many-strata", "fpc", "large"])
def test_gradients_are_those_of_the_rule(table: str) -> None:
    shares = [share_in(OracleTable(table).shares(at)) for at in INDICATORS]
    known: list[Fraction | None] = [*shares, None]
    linear = gradients_of(lambda given: arithmetic([each for each in given if each is not None]), known)
    assert linear == [100 * each for each in WEIGHTS] + [0]
    bent = gradients_of(lambda given: geometric([each for each in given if each is not None]), known)
    expected = [float(geometric(shares) / 3 / share) for share in shares]
    assert [float(each) for each in bent[:3]] == pytest.approx(expected, rel=1e-5)


def test_the_variance_of_a_sample_is_the_rounding_where_all_villages_are_in_it() -> None:
    of, bases = OracleTable("lonely-fpc"), Bases(5, 5)
    figure = linearise_share(Component(1, of.shares(1), bases))
    whole = type(of.design)("sample", {each: figure.strata.count(each) for each in figure.strata})
    assert variance_of(figure, whole) == pytest.approx(sum(figure.rounding))
    assert variance_of(figure, type(of.design)("census")) == pytest.approx(sum(figure.rounding))


def test_quantiles_agree_with_r() -> None:
    for freedom, outside, expected in read_quantiles():
        assert quantile(freedom, outside) == pytest.approx(expected, rel=1e-9), (freedom, outside)


def test_without_degrees_of_freedom_the_quantile_is_normal() -> None:
    assert quantile(None) == pytest.approx(1.959963984540054, rel=1e-12)


@pytest.mark.parametrize(("freedom", "outside"), [(0, 0.05), (3, 0.0), (3, 1.0), (None, 1.5)])
def test_what_has_no_quantile_is_refused(freedom: int | None, outside: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        quantile(freedom, outside)
