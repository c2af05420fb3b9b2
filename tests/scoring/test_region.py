"""Every figure of a region equals a recount over its families, for random instruments of every method."""

from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.family_sums import exact_sums_of, sums_of
from app.scoring.instrument import Index, Method
from app.scoring.region import IndexFigures, estimate
from app.scoring.score import IndexScore, bases_of, score_bases
from app.scoring.sums import add
from tests.scoring.drawn import DAY, METHODS, draw_answers, draw_instrument

Families = list[IndexScore]


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(METHODS), st.integers(0, 8))
def test_figures_equal_a_recount(seed: int, method: Method, families: int) -> None:
    random = Random(seed)
    instrument = draw_instrument(random, method=method)
    answers = [draw_answers(instrument, random) for _ in range(families)]
    scores = [score_bases(bases_of(each, instrument, DAY), instrument) for each in answers]
    rows = [exact_sums_of(each, instrument) for each in scores]
    exact = estimate(
        [sum(column, Fraction(0)) for column in zip(*rows, strict=True)] or add([], instrument), instrument
    )
    stored = estimate(add((sums_of(each, instrument) for each in scores), instrument), instrument)

    for position, index in enumerate(instrument.indices):
        figures = exact.indices[position]
        _check(figures, [each.indices[position] for each in scores], index)
        _check_close(stored.indices[position], figures)


def _check(found: IndexFigures, families: Families, index: Index) -> None:
    scored = [each for each in families if each.state == "scored"]
    assert dict(found.families) == {
        state: sum(each.state == state for each in families)
        for state in ("scored", "incomplete", "undefined", "not_applicable")
    }
    assert found.categories == tuple(sum(each.category == at for each in scored) for at in range(len(index.categories)))
    if index.region.minimum_families > len(scored) and families and index.region.minimum_families > 1:
        assert found.absent == "few_families"
        assert (found.headline, found.mean, found.of_indicators, found.adjusted) == (None,) * 4
        return
    measured = [(each.basis.measure, each) for each in scored if each.basis.measure is not None]
    total = sum((measure for measure, _ in measured), Fraction(0))

    def mean(of: list[tuple[Fraction, Fraction]]) -> Fraction | None:
        base = sum((measure for measure, _ in of), Fraction(0))
        return sum((measure * value for measure, value in of), Fraction(0)) / base if base else None

    has_mean = index.method not in ("stages", "rule")
    assert found.mean == (mean([(m, each.value or Fraction(0)) for m, each in measured]) if has_mean else None)
    for at in range(len(index.categories)):
        share = mean([(m, Fraction(100 * (each.category == at))) for m, each in measured])
        assert found.shares[at] == share
    if index.method == "counting":
        poor = [(m, Fraction(bool(each.poor))) for m, each in measured]
        deprived = [(m, (each.value or Fraction(0)) / index.scale * bool(each.poor)) for m, each in measured]
        assert found.headcount == _times(mean(poor), index.region.scale)
        assert found.adjusted == _times(mean(deprived), index.region.scale)
        both = sum((m * p for m, p in poor), Fraction(0))
        intensity = sum((m * c for m, c in deprived), Fraction(0)) / both if both else None
        assert found.intensity == _times(intensity, index.region.scale)
        if total:
            parts = [each.part for each in found.indicators if each.part is not None]
            assert sum(parts, Fraction(0)) == found.adjusted
    for at, group in enumerate(found.groups):
        valued = [each for each in families if each.basis.applies is True and each.groups[at].value is not None]
        assert group.families == len(valued)
        pairs = [(each.basis.measure, each.groups[at].value) for each in valued]
        assert group.mean == mean([(m, v) for m, v in pairs if m is not None and v is not None])
    for at, indicator in enumerate(found.indicators):
        applying = [each for each in families if each.basis.applies is True]
        letters = [each.basis.outcomes[at] for each in applying]
        assert (indicator.fulfilled, indicator.unfulfilled, indicator.missing, indicator.valued) == tuple(
            letters.count(letter) for letter in "FUMV"
        )
        shares = [
            (each.basis.measure or Fraction(0), 100 * _value(each, at, index))
            for each in applying
            if each.basis.outcomes[at] in "FUV" and each.basis.measure is not None
        ]
        assert indicator.share == mean(shares)


def _value(score: IndexScore, at: int, index: Index) -> Fraction:
    points, letter = index.indicators[at].points, score.basis.outcomes[at]
    if letter != "V":
        return Fraction(letter == "F")
    given_points = score.basis.points[at]
    assert points is not None
    assert given_points is not None
    return (given_points - points.least) / (points.most - points.least)


def _times(value: Fraction | None, scale: Fraction) -> Fraction | None:
    return None if value is None else value * scale


def _check_close(stored: IndexFigures, exact: IndexFigures) -> None:
    """What sums of whole units give differs by less than a unit of 10⁻⁸ points of a scale of 100."""
    pairs = [(stored.mean, exact.mean), (stored.headline, exact.headline), (stored.adjusted, exact.adjusted)]
    pairs += [(one.mean, other.mean) for one, other in zip(stored.groups, exact.groups, strict=True)]
    pairs += [(one.share, other.share) for one, other in zip(stored.indicators, exact.indicators, strict=True)]
    for one, other in pairs:
        assert (one is None) == (other is None)
        assert abs((one or Fraction(0)) - (other or Fraction(0))) <= Fraction(1, 10**6)
