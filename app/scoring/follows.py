"""Checks an instrument against the version that its file says it follows.

Packed sums are added up field by field. So versions whose families are added up need the same fields with the same
meaning, whatever the format of their files. Whether a changed question or condition still means the same, only the
author can say, in `follows.note`. How few families a figure needs, and how it is rounded, the latest version says.
"""

from collections.abc import Iterator
from typing import Final

from app.scoring.instrument import Category, Complete, Index, Indicator, Instrument
from app.scoring.reading.faults import FileFault, InstrumentFaults
from app.scoring.reading.places import Path
from app.scoring.reading.toml import decode, parse
from app.scoring.versions import codes_of

CODE: Final = "E25"
"""Of a fault that only the two files together have."""


def check_follows(file: bytes, instrument: Instrument, earlier: Instrument | None) -> None:
    """Raises InstrumentFaults if the file may not follow `earlier`, which is None if there is no such version."""
    faults = list(_faults(instrument, earlier))
    if faults:
        _, places = parse(decode(file))
        raise InstrumentFaults(
            FileFault(line, f"follows: {message}", column, CODE)
            for path, message in faults
            for line, column in (places.value(("follows", *path)),)
        )


def follow_faults(instrument: Instrument, earlier: Instrument | None) -> Iterator[str]:
    """What keeps an instrument from following an earlier version in the way that its file says."""
    return (message for _, message in _faults(instrument, earlier))


def _faults(instrument: Instrument, earlier: Instrument | None) -> Iterator[tuple[Path, str]]:
    """Each fault with its place below `follows`."""
    follows = instrument.follows
    if follows is None:
        return
    name = f"{instrument.code} {follows.version}"
    if earlier is None:
        yield ("version",), f"no {name} is published"
        return
    if earlier.valid_from > instrument.valid_from:
        yield ("version",), f"{name} is valid from {earlier.valid_from}, which is later"
    if follows.comparable == "all":
        for part in differing_parts(instrument, earlier):
            yield ("comparable",), f'comparable = "all" needs the same {part} as {name}'
    elif follows.comparable != "none":
        for at, code in enumerate(follows.comparable):
            if code not in codes_of(earlier):
                yield ("comparable", at), f"{name} has no dimension or indicator '{code}'"


def differing_parts(instrument: Instrument, earlier: Instrument) -> Iterator[str]:
    """Names of what keeps the sums of the two from being added up, in the words of the first one's file."""
    if [each.code for each in instrument.indices] != [each.code for each in earlier.indices]:
        yield "indices (code, in the same order)"
        return
    for ours, theirs in zip(instrument.indices, earlier.indices, strict=True):
        of_which = f" of index '{ours.code}'" if len(instrument.indices) > 1 else ""
        before = _fields(theirs)
        for part, value in _fields(ours).items():
            if value != before[part]:
                yield (_IN_FORMAT_1.get(part, part) if instrument.format == 1 else part) + of_which


_IN_FORMAT_1: Final = {
    "complete": "minimum_answered",
    "groups (code, parent, weight, combine and complete, in the same order)": (
        "dimensions (code, weight and minimum_answered, in the same order)"
    ),
    "indicators (code, group, weight and points, in the same order)": (
        "indicators (code, dimension and weight, in the same order)"
    ),
}
"""What the parts are called in files of format 1."""


def _fields(index: Index) -> dict[str, object]:
    """What the sums of families and their figures depend on, besides the questions and conditions."""
    rule, codes = index.region, [each.code for each in index.groups]
    return {
        "method": index.method,
        "combine": index.combine,
        "scale": index.scale,
        "direction": index.direction,
        "cut_off": index.cut_off,
        "complete": _complete(index.complete),
        "weak_below": None if rule.weak is None else rule.weak.below,
        "groups (code, parent, weight, combine and complete, in the same order)": [
            (each.code, each.parent, each.weight, each.combine, _complete(each.complete)) for each in index.groups
        ],
        "indicators (code, group, weight and points, in the same order)": [
            (each.code, None if each.group is None else codes[each.group], each.weight, *_form(each))
            for each in index.indicators
        ],
        "categories (code and bound, in the same order)": _bands(index.categories),
        "region (headline, share_of, weigh_by, scale and categories)": (
            *(rule.headline, rule.share_of, rule.weigh_by, rule.scale),
            [] if rule.categories == index.categories else _bands(rule.categories),
        ),
    }


def _complete(complete: Complete) -> tuple[object, ...]:
    """One indicator at least must be answered in any case."""
    rest = (complete.minimum_share, complete.maximum_missing, complete.required, complete.every_group)
    return (complete.minimum_answered or 1, *rest)


def _form(indicator: Indicator) -> tuple[object, ...]:
    """What an indicator adds to the sums: an outcome, or points within bounds."""
    points = indicator.points
    return () if points is None else (points.least, points.most)


def _bands(categories: tuple[Category, ...]) -> list[tuple[object, ...]]:
    return [(each.code, each.bound, each.included, each.after) for each in categories]
