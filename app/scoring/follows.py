"""Checks an instrument against the version that its file says it follows.

Packed sums are added up field by field. So versions whose families are added up need the same fields with the same
meaning. Whether a changed question or condition still means the same, only the author can say, in `follows.note`.
"""

from collections.abc import Iterator

from app.scoring.format_1 import Instrument, codes_of
from app.scoring.load import line_in
from app.scoring.reading.faults import FileFault, InstrumentFaults


def check_follows(file: bytes, instrument: Instrument, earlier: Instrument | None) -> None:
    """Raises InstrumentFaults if the file may not follow `earlier`, which is None if there is no such version."""
    faults = list(follow_faults(instrument, earlier))
    if faults:
        line = line_in(file, ("follows",))
        raise InstrumentFaults(FileFault(line, f"follows: {message}") for message in faults)


def follow_faults(instrument: Instrument, earlier: Instrument | None) -> Iterator[str]:
    """What keeps an instrument from following an earlier version in the way that its file says."""
    follows = instrument.follows
    if follows is None:
        return
    name = f"{instrument.code} {follows.version}"
    if earlier is None:
        yield f"no {name} is published"
        return
    if earlier.valid_from > instrument.valid_from:
        yield f"{name} is valid from {earlier.valid_from}, which is later"
    if follows.comparable == "all":
        ours, theirs = _fields(instrument), _fields(earlier)
        for part in ours:
            if ours[part] != theirs[part]:
                yield f'comparable = "all" needs the same {part} as {name}'
    elif follows.comparable != "none":
        for code in follows.comparable:
            if code not in codes_of(earlier):
                yield f"{name} has no dimension or indicator '{code}'"


def _fields(instrument: Instrument) -> dict[str, object]:
    """What the sums of families depend on, besides the questions and conditions."""
    scoring = instrument.scoring
    return {
        "method": scoring.method,
        "minimum_answered": scoring.minimum_answered,
        "weak_below": scoring.weak_below,
        "dimensions (code, weight and minimum_answered, in the same order)": [
            (each.code, each.weight, each.minimum_answered) for each in instrument.dimension
        ],
        "indicators (code, dimension and weight, in the same order)": [
            (each.code, each.dimension, each.weight) for each in instrument.indicator
        ],
        "categories (code and bound, in the same order)": [
            (each.code, each.below, each.up_to) for each in instrument.category
        ],
    }
