"""Checks lists of bands: classes, ranges of points, categories of an index and of a region."""

from collections.abc import Sequence
from fractions import Fraction

from app.scoring.reading.written import Entry, in_broken_list


def rising(
    entries: Sequence[Entry],
    keys: Sequence[str],
    low: Fraction | None = None,
    high: Fraction | None = None,
) -> None:
    """Says where bands do not rise, lie off the scale, lack their bound, or where the last one has one."""
    if in_broken_list(entries):
        return
    without = [each for each in entries if not any(key in each for key in keys)]
    if len(without) == 1 and without[0] is not entries[-1]:
        without[0].fault("rest_early_bound", without[0].path)
        return
    before: tuple[Fraction, bool] | None = None
    for position, entry in enumerate(entries, start=1):
        there = [key for key in keys if key in entry]
        if position == len(entries):
            for key in there:
                entry.fault("last_band_bounded", entry.at(key), key=True, name=key)
        elif len(there) > 1:
            entry.fault("one_of_too_many", entry.at(there[1]), key=True, keys=", ".join(there))
        elif not there:
            entry.fault("band_unbounded", entry.path, keys=" / ".join(keys))
        else:
            before = _check(entry, there[0], before, low, high)


def _check(
    entry: Entry, key: str, before: tuple[Fraction, bool] | None, low: Fraction | None, high: Fraction | None
) -> tuple[Fraction, bool] | None:
    bound = bound_of(entry, key)
    if bound is None:
        return None
    included = key == "up_to"
    below_scale = low is not None and (bound < low or (bound == low and not included))
    above_scale = high is not None and (bound > high or (bound == high and included))
    if below_scale or above_scale:
        entry.fault("band_off_scale", entry.at(key), low=shown(low), high=shown(high))
        return before
    if before is not None and (bound, included) <= before:
        entry.fault("band_not_rising", entry.at(key), before=shown(before[0]))
    return bound, included


def bound_of(entry: Entry, key: str) -> Fraction | None:
    return entry.number(key) if key in entry else None


def shown(number: Fraction | None) -> str:
    """A number as an author writes it."""
    if number is None:
        return "…"
    decimal = float(number)
    return str(number) if number.denominator == 1 or Fraction(str(decimal)) != number else str(decimal)
