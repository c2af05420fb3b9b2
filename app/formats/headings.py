"""Finds the columns of a table by their headings, in both languages and however they are written."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.formats.cells import CellKind
from app.formats.raw_table import Values, letters_of
from app.problems import Fault, pointer
from app.problems.cell_texts import COLUMN_MISSING, COLUMN_MISSPELT, COLUMN_PERSONAL, COLUMN_TWICE, COLUMN_UNKNOWN
from app.problems.fault_texts import Texts

_NOT_WORDS: Final = re.compile(r"[\W_]+")
_PASSED_OVER: Final = frozenset(
    (
        "no",
        "nomor",
        "no urut",
        "nomor urut",
        "number",
        "keterangan",
        "ket",
        "catatan",
        "note",
        "notes",
        "remark",
        "remarks",
    )
)
_PERSONAL: Final = re.compile(
    r"\b(nik|kk|ktp|no(mor)? (kartu|induk|ktp)\b.*|kartu keluarga|(family )?card number|national id)\b"
)
_ALIKE: Final = 0.8
_LONGEST: Final = 60
"""A longer heading is none of ours, and comparing it would take long."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have. Its heading is the name, or one of `headings` in folded form."""

    name: str
    kind: CellKind = "text"
    needed: bool = True
    headings: Sequence[str] = ()
    second: Sequence[str] = ()
    """Headings that count only if no other heading names the column."""
    words: Sequence[str] = ()
    """A heading with one of these words is meant for this column, however the rest is written."""
    example: str = field(kw_only=True)
    """A cell that is right, for the texts of faults."""
    options: Sequence[Texts] = ()
    """What a cell may hold, for the same."""

    @property
    def limits(self) -> dict[str, Any]:
        """What the texts of its faults name."""
        return {"example": self.example} | ({"options": list(self.options)} if self.options else {})

    @property
    def known(self) -> tuple[str, ...]:
        return (fold(self.name), *self.headings, *self.second)


@dataclass(slots=True)
class Headings:
    """Which column stands where. `ignored` are the positions that are passed over."""

    positions: dict[str, int] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    """The heading of each column, which is one of ours."""
    ignored: dict[int, str] = field(default_factory=dict)
    width: int = 0
    """The position after the last heading."""
    faults: list[Fault] = field(default_factory=list)


def fold(heading: object) -> str:
    """Words in small letters. Blanks of any kind, dots, slashes and underscores all separate words."""
    text = unicodedata.normalize("NFKC", str(heading)[:_LONGEST]) if heading is not None else ""
    return _NOT_WORDS.sub(" ", text.casefold()).strip()


def count_known(values: Values, columns: Sequence[Column]) -> int:
    """How many of the columns a line names."""
    folded = {fold(each) for each in values}
    return sum(not folded.isdisjoint(each.known) for each in columns)


def find_columns(line: int, values: Values, columns: Sequence[Column], *, strict: bool) -> Headings:
    """Reads the line of headings. A strict table has no columns that are not known."""
    folded = [fold(each) for each in values]
    found = Headings(width=max((at + 1 for at, heading in enumerate(folded) if heading), default=0))
    taken: set[int] = set()
    for column in columns:
        taken.update(_place(column, line, folded, found))
    for position, heading in enumerate(folded):
        if heading and position not in taken:
            _judge(position, heading, line, columns, found, strict=strict)
    known = say_columns([each for each in columns if each.needed])
    found.faults += [
        Fault(
            "missing",
            pointer((line, each.name)),
            limits={"column": say_columns([each]), "columns": known},
            texts=COLUMN_MISSING,
        )
        for each in columns
        if each.needed and each.name not in found.positions
    ]
    return found


def _place(column: Column, line: int, folded: Sequence[str], found: Headings) -> Iterator[int]:
    """Places a column and yields the positions of all headings that name it."""
    first = [at for at, heading in enumerate(folded) if heading in (fold(column.name), *column.headings)]
    second = [at for at, heading in enumerate(folded) if heading in column.second]
    for position in (*first, *second)[:1]:
        found.positions[column.name], found.shown[column.name] = position, folded[position]
    if not first:
        first, second = second, []
    for _ in first[1:]:
        texts, limits = COLUMN_TWICE, {"column": folded[first[0]]}
        found.faults.append(Fault("unknown_member", pointer((line, column.name)), limits=limits, texts=texts))
    found.ignored.update({position: folded[position] for position in second})
    yield from (*first, *second)


def _judge(position: int, heading: str, line: int, columns: Sequence[Column], found: Headings, *, strict: bool) -> None:
    """Passes over a heading that is not ours, or adds its fault."""
    where, members = pointer((line, heading)), {"column": letters_of(position)}
    if _PERSONAL.search(heading):
        found.faults.append(Fault("unknown_member", where, members=members, texts=COLUMN_PERSONAL))
        return
    meant = (
        None
        if heading in _PASSED_OVER
        else _meant(heading, [each for each in columns if each.name not in found.positions])
    )
    if meant is not None:
        found.faults.append(
            Fault("unknown_member", where, limits={"column": meant}, members=members, texts=COLUMN_MISSPELT)
        )
    elif strict and heading not in _PASSED_OVER:
        found.faults.append(
            Fault(
                "unknown_member", where, limits={"columns": say_columns(columns)}, members=members, texts=COLUMN_UNKNOWN
            )
        )
    else:
        found.ignored[position] = heading


def _meant(heading: str, missing: Sequence[Column]) -> str | None:
    """The known heading that a misspelt one resembles."""
    words = set(heading.split())
    named = next((each.name for each in missing if words & set(each.words)), None)
    known = [each for column in missing for each in column.known]
    return named or next(iter(difflib.get_close_matches(heading, known, n=1, cutoff=_ALIKE)), None)


def say_columns(columns: Sequence[Column]) -> Texts:
    """The headings of columns in Indonesian, which are the first further ones, and in English."""
    return ", ".join(next(iter(each.headings), each.name) for each in columns), ", ".join(each.name for each in columns)


def describe_ignored(ignored: Mapping[int, str]) -> list[str]:
    """The headings that were passed over, in their order."""
    return [ignored[position] for position in sorted(ignored)]
