"""Geometry of the pictures on pages: where bars, bands, lines and points are. Templates draw them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

WIDTH: Final = 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 26, 34
_INSIDE: Final = 36
"""From the ends of the axis to the first and the last year, so that labels stay apart."""
_TREND_HEIGHT: Final = 240
_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """One value of a line. The label is written above the point."""

    x: float
    y: float
    value: float
    year: int


@dataclass(frozen=True, slots=True)
class TrendChart:
    """lines: runs of comparable years as SVG points; breaks: where a line is interrupted; ticks: height and value."""

    height: int
    left: int
    right: int
    bottom: int
    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    breaks: tuple[float, ...]
    ticks: tuple[tuple[float, float], ...]
    years: tuple[tuple[float, int], ...]


def draw_trend(values: Sequence[tuple[int, float | None, bool]], scale: float) -> TrendChart:
    """values: year, value, and whether the year may not be compared with the last one before that has a value."""
    years = [year for year, _, _ in values]
    span = max(max(years) - min(years), 1)
    room, depth = WIDTH - _LEFT - _RIGHT - 2 * _INSIDE, _TREND_HEIGHT - _TOP - _BOTTOM

    def across(year: int) -> float:
        return round(_LEFT + _INSIDE + room * ((year - min(years)) / span if len(years) > 1 else 0.5), 1)

    def down(value: float) -> float:
        return round(_TOP + depth * (1 - value / scale), 1)

    marks: list[Mark] = []
    runs: list[list[Mark]] = []
    for year, value, broken in values:
        if value is None:
            continue
        mark = Mark(across(year), down(value), value, year)
        if broken or not runs:
            runs.append([])
        runs[-1].append(mark)
        marks.append(mark)
    return TrendChart(
        _TREND_HEIGHT,
        _LEFT,
        WIDTH - _RIGHT,
        _TREND_HEIGHT - _BOTTOM,
        tuple(marks),
        tuple(" ".join(f"{each.x},{each.y}" for each in run) for run in runs if len(run) > 1),
        tuple(round((one[-1].x + other[0].x) / 2, 1) for one, other in pairwise(runs)),
        tuple((down(scale * step / _STEPS), scale * step / _STEPS) for step in range(_STEPS + 1)),
        tuple((across(year), year) for year in years),
    )


@dataclass(frozen=True, slots=True)
class Band:
    """A category on the scale. The bounds are values, which belong to it or not. x and width are for drawing."""

    code: str
    low: float
    high: float
    with_low: bool
    with_high: bool
    x: float
    width: float


def draw_bands(bounds: Sequence[tuple[str, float | None, bool]], scale: float) -> tuple[Band, ...]:
    """bounds: code, upper bound and whether that belongs to it, of each category, the lowest first."""
    bands: list[Band] = []
    low, with_low = 0.0, True
    for code, bound, with_high in bounds:
        high = scale if bound is None else bound
        x, width = place(low, scale), round(place(high, scale) - place(low, scale), 2)
        bands.append(Band(code, low, high, with_low, with_high or bound is None, x, width))
        low, with_low = high, not with_high
    return tuple(bands)


def place(value: float, scale: float) -> float:
    """Where a value is on a picture as wide as WIDTH."""
    return round(WIDTH * min(max(value / scale, 0), 1), 2)
