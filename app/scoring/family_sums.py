"""What one family adds to the sums of its village, exactly and in whole units."""

from collections.abc import Iterator
from fractions import Fraction

from app.scoring.instrument import Index, Instrument
from app.scoring.score import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED, VALUED, Basis, IndexScore, Score
from app.scoring.sums import SCALED, UNITS, Key, sums


def units(value: Fraction) -> int:
    """A value in units of 10⁻⁸, rounded half to even."""
    return round(value * UNITS)


def index_units(value: Fraction, index: Index) -> Fraction:
    """The value of an index as it enters sums: from 0 to 100, or as it is for points and stages."""
    return value * 100 / index.scale if index.method in SCALED else value


def sums_of(score: Score, instrument: Instrument) -> list[int]:
    """What one family adds to the sums of its village, in the order of `sums`."""
    return [round(each) for each in exact_sums_of(score, instrument)]


def exact_sums_of(score: Score, instrument: Instrument) -> list[Fraction]:
    """The same before rounding to units."""
    found: dict[Key, Fraction] = {("families",): Fraction(1)}
    for position, (each, index) in enumerate(zip(score.indices, instrument.indices, strict=True)):
        found |= {(position, *key): Fraction(value) for key, value in _added(each, index)}
    zero = Fraction(0)
    return [found.get(each.key, zero) for each in sums(instrument)]


def _added(score: IndexScore, index: Index) -> Iterator[tuple[Key, Fraction | int]]:
    """What a family adds, by the key within its index. Keys that the instrument has no sum for are dropped later."""
    yield (score.state,), 1
    if score.basis.applies is not True:
        return
    measure = score.basis.measure
    value = None if score.value is None else index_units(score.value, index) * UNITS
    if score.state == "scored":
        yield from _scored(score, value, measure)
        if score.poor:
            yield from _poor(score, index, measure)
    for at, group in enumerate(score.groups):
        if group.value is not None:
            amount = index_units(group.value, index) * UNITS
            yield from ((("group", at), 1), (("group", at, "value"), amount))
            if measure is not None:
                yield ("measure", "group", at), measure * UNITS
                yield ("measure", "group", at, "value"), measure * amount
    for at, letter in enumerate(score.basis.outcomes):
        yield ("indicator", at, letter), 1
        share = _valued(score.basis, at, index)
        if share is not None:
            yield ("indicator", at, "value"), share * UNITS
            if measure is not None:
                yield ("measure", "indicator", at), measure * UNITS
                yield ("measure", "indicator", at, "value"), measure * share * UNITS


def _scored(
    score: IndexScore, value: Fraction | None, measure: Fraction | None
) -> Iterator[tuple[Key, Fraction | int]]:
    if value is not None:
        yield ("value",), value
    if score.category is not None:
        yield ("category", score.category), 1
    if measure is not None:
        yield ("measured",), 1
        yield ("measure",), measure * UNITS
        if value is not None:
            yield ("measure", "value"), measure * value
        if score.category is not None:
            yield ("measure", "category", score.category), measure * UNITS


def _poor(score: IndexScore, index: Index, measure: Fraction | None) -> Iterator[tuple[Key, Fraction]]:
    if measure is None or score.value is None or score.parts is None:
        return
    yield ("poor",), measure * UNITS
    yield ("poor", "value"), measure * score.value / index.scale * UNITS
    for at, letter in enumerate(score.basis.outcomes):
        if letter == UNFULFILLED:
            yield ("poor", at), measure * UNITS
            yield ("poor", at, "part"), measure * (score.parts[at] or 0) / index.scale * UNITS


def _valued(basis: Basis, at: int, index: Index) -> Fraction | None:
    """The value of an indicator from 0 to 1, or None without one."""
    letter, points = basis.outcomes[at], index.indicators[at].points
    if letter == VALUED and points is not None:
        return ((basis.points[at] or Fraction(0)) - points.least) / (points.most - points.least)
    return None if letter in (MISSING, NOT_APPLICABLE) else Fraction(letter == FULFILLED)
