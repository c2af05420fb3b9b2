"""The stored form of a family's bases, one text. An instrument of format 1 stores its outcome letters alone.

For each index, separated by |: what `applies_when` is (y, n, u), the letters, the points of valued indicators in
brackets, the category of a rule after a colon, and the measure after an asterisk. What an index does not have is left
out. A question mark is unknown. The text of a published instrument can be read for ever.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from app.scoring.instrument import Index, Instrument
from app.scoring.score import VALUED, Basis

_FORM: Final = re.compile(r"([ynu]?)([FUNMV]*)(?:\(([^)]*)\))?(?::(\d+|\?))?(?:\*(.+))?")
_APPLIES: Final = {True: "y", False: "n", None: "u"}
_READ_APPLIES: Final = {letter: applies for applies, letter in _APPLIES.items()}


def write_bases(bases: Sequence[Basis], instrument: Instrument) -> str:
    """The text of the bases. The inverse of read_bases."""
    return "|".join(_write(basis, index) for basis, index in zip(bases, instrument.indices, strict=True))


def _write(basis: Basis, index: Index) -> str:
    points = [str(each) for each in basis.points if each is not None]
    return "".join(
        (
            _APPLIES[basis.applies] if index.applies_when is not None else "",
            basis.outcomes,
            f"({','.join(points)})" if points else "",
            f":{'?' if basis.category is None else basis.category}" if index.method == "rule" else "",
            f"*{'?' if basis.measure is None else basis.measure}" if index.region.weigh_by is not None else "",
        )
    )


def read_bases(text: str, instrument: Instrument) -> tuple[Basis, ...]:
    """The bases of a stored text."""
    return tuple(read_basis(part, index) for part, index in zip(text.split("|"), instrument.indices, strict=True))


def read_main(text: str, instrument: Instrument) -> Basis:
    """The basis of the first index."""
    return read_basis(text.partition("|")[0], instrument.indices[0])


def read_basis(part: str, index: Index) -> Basis:
    """The basis of one index, from its part of a stored text."""
    found = _FORM.fullmatch(part)
    if found is None or len(found[2]) != len(index.indicators):
        raise ValueError("stored outcomes do not belong to this instrument")
    applies, letters, points, category, measure = found.groups()
    listed = iter(points.split(",") if points else ())
    return Basis(
        letters,
        tuple(Fraction(next(listed)) if letter == VALUED else None for letter in letters)
        if VALUED in letters
        else (None,) * len(letters),
        _READ_APPLIES[applies] if applies else True,
        None if category in (None, "?") else int(category),
        Fraction(1) if measure is None else None if measure == "?" else Fraction(measure),
    )
