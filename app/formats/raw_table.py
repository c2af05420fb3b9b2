"""A table as its format gives it: numbered lines of values, before anybody asks what its columns are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

MOST_CELLS: Final = 100
"""The most cells of a line."""

FileKind = Literal["csv", "xlsx"]
Values = Sequence[object]
ReadingFault = Literal["bad_table", "wrong_cells", "old_excel", "bad_workbook", "several_sheets", "too_many_lines"]


class Unreadable(Exception):
    """A file cannot be read as a whole. `line` is the number of the line that stops the reader, or 0."""

    def __init__(self, code: ReadingFault, line: int = 0) -> None:
        super().__init__(code)
        self.code: Final = code
        self.line: Final = line


def letters_of(position: int) -> str:
    """The letters of a column in office programs, from the position 0 on."""
    letters = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@dataclass(frozen=True, slots=True)
class RawTable:
    """One way to read a file, or one sheet of it. `lines` begins anew each time that it is called."""

    kind: FileKind
    lines: Callable[[], Iterator[tuple[int, Values]]]
    separator: str = ","
    windows_1252: bool = False
