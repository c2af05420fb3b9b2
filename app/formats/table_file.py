"""Tables that people send, as CSV or as a workbook of Excel. The content decides, not the name or the media type."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.formats.cells import CellFault, DecimalMark, read_cell
from app.formats.csv_reading import read_csv
from app.formats.headings import Column, Headings, count_known, describe_ignored, find_columns
from app.formats.raw_table import FileKind, RawTable, Unreadable, Values, letters_of
from app.formats.xlsx_reading import OLE_MARK, UNPACKED_BYTES, ZIP_MARK, read_xlsx
from app.problems import FAULT_LIMIT, Fault, Problem, kinds, pointer
from app.problems.cell_texts import (
    BECAME_DATE,
    CELL_TEXTS,
    FORMULA_ERROR,
    LINE,
    MORE_CELLS,
    NO_LINES,
    PLACE,
)
from app.problems.fault_texts import FAULT_TEXTS, FaultCode, Texts
from app.problems.shape_texts import every_text

_ABOVE: Final = 10
"""Lines with a title that may stand above the headings."""
_ENOUGH: Final = 2
"""So many known headings make a line the one with the headings, if the table has as many columns."""
_MOST_EMPTY: Final = 10_000
"""Office programs add empty lines, but not more."""

TableRow = tuple[int, dict[str, str]]
"""The number of a line in the file, from 1, and its cells by column. Cells are trimmed, and empty ones are left out."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that was read. `faults` are those of single cells."""

    kind: FileKind
    separator: str
    windows_1252: bool
    rows: list[TableRow]
    faults: list[Fault]
    ignored: list[str]
    """Headings of columns that were passed over."""
    columns: dict[str, Column]
    headings: Headings

    def all_faults(self, later: Iterable[Fault]) -> list[Fault]:
        """The faults of reading and later ones in their order. A cell that was not read has no later ones.

        Those that a problem lists name their place. Placing all faults of a long file would take seconds.
        """
        unread = {each.pointer for each in self.faults}
        found = [*self.faults, *(each for each in later if each.pointer not in unread)]
        found.sort(key=self._order)
        return [*map(self.placed, found[:FAULT_LIMIT]), *found[FAULT_LIMIT:]]

    def _order(self, fault: Fault) -> tuple[int, int]:
        return line_of(fault), self.headings.positions.get(column_of(fault), -1)

    def placed(self, fault: Fault) -> Fault:
        """The fault with the place in the file, and in the words for its column."""
        name = column_of(fault)
        column = self.columns.get(name)
        general = column is not None and (fault.texts is None or fault.texts in every_text(fault.code))
        own = CELL_TEXTS.get(name, {}).get(fault.code) if general else None
        limits = {**fault.limits, **({} if column is None else column.limits)}
        explained = replace(fault, texts=own or fault.texts, limits=limits)
        return place_fault(explained, self.kind, self.headings)


def line_of(fault: Fault) -> int:
    """The number of the line of a table's fault, or 0."""
    number = (fault.pointer or "").removeprefix("/").partition("/")[0]
    return int(number) if number.isdigit() else 0


def column_of(fault: Fault) -> str:
    """The name of the column of a table's fault, or an empty text."""
    return (fault.pointer or "").removeprefix("/").partition("/")[2]


def read_table_file(
    body: bytes, columns: Sequence[Column], *, limit: int, strict: bool = False, unpacked: int = UNPACKED_BYTES
) -> TableFile:
    """Reads CSV or .xlsx with a line of headings, in any order, and at most `limit` lines below it.

    unpacked: the most bytes that a workbook may unpack to

    Raises faults if the file cannot be read as a whole or if its headings are wrong. The pointer of a fault consists of
    the number of the line and the column.
    """
    try:
        table, line, headings = _find_table(_open(body, unpacked), columns, strict=strict)
        lines = list(_lines_below(table, line, limit))
    except Unreadable as found:
        where = pointer([found.line]) if found.line else ""
        limits = {"limit": limit} if found.code == "too_many_lines" else {}
        raise Problem(kinds.FAULTS, faults=[Fault(found.code, where, limits=limits)]) from None
    faults = [*headings.faults, *_line_faults(table, line, headings, lines)]
    if faults:
        raise Problem(kinds.FAULTS, faults=[place_fault(each, table.kind, headings) for each in faults])
    by_name = {each.name: each for each in columns}
    mark: DecimalMark = "" if table.kind == "xlsx" else "," if table.separator == ";" else "."
    rows: list[TableRow] = []
    unread: list[Fault] = []
    for number, values in lines:
        rows.append((number, dict(_read_line(number, values, by_name, headings, unread, mark))))
    ignored = describe_ignored(headings.ignored)
    return TableFile(table.kind, table.separator, table.windows_1252, rows, unread, ignored, by_name, headings)


def _open(body: bytes, unpacked: int) -> list[RawTable]:
    if body.startswith(OLE_MARK):
        raise Unreadable("old_excel")
    return read_xlsx(body, unpacked) if body.startswith(ZIP_MARK) else read_csv(body)


def _find_table(
    tables: Sequence[RawTable], columns: Sequence[Column], *, strict: bool
) -> tuple[RawTable, int, Headings]:
    """The table whose headings name most columns, with the line of its headings."""
    best: tuple[int, int, RawTable, int, Values] | None = None
    sheets = 0
    for table in tables:
        known, line, values = _find_heading(table, columns)
        sheets += table.kind == "xlsx" and known >= _enough(columns)
        rank = known, len(values) if table.kind == "csv" else 0
        if best is None or rank > best[:2]:
            best = *rank, table, line, values
    if best is None:
        raise Unreadable("bad_workbook")
    if sheets > 1:
        raise Unreadable("several_sheets")
    _, _, table, line, values = best
    return table, line, find_columns(line, values, columns, strict=strict)


def _enough(columns: Sequence[Column]) -> int:
    return min(_ENOUGH, len(columns))


def _find_heading(table: RawTable, columns: Sequence[Column]) -> tuple[int, int, Values]:
    """The number of known headings, the number of their line and the line. It is the first line if none has enough."""
    first: tuple[int, int, Values] | None = None
    seen = 0
    try:
        for number, values in table.lines():
            seen += 1
            if _is_empty(values):
                if seen > _MOST_EMPTY:
                    break
                continue
            found = count_known(values, columns), number, values
            if found[0] >= _enough(columns):
                return found
            first = first or found
            if seen > _ABOVE:
                break
    except Unreadable:
        if table.kind == "xlsx" or first is None:
            raise
    return first or (0, 1, ())


def _is_empty(values: Values) -> bool:
    return all(
        each is None or (isinstance(each, str) and not each.strip("\ufeff\u200b \t\r\n\u00a0")) for each in values
    )


def _lines_below(table: RawTable, heading: int, limit: int) -> Iterator[tuple[int, Values]]:
    """The lines that are not empty. Raises Unreadable if there are more than the limit."""
    full = empty = 0
    for number, values in table.lines():
        if number <= heading:
            continue
        if _is_empty(values):
            empty += 1
        else:
            full += 1
            yield number, values
        if full > limit or empty > _MOST_EMPTY:
            raise Unreadable("too_many_lines")


def _line_faults(
    table: RawTable, heading: int, headings: Headings, lines: Sequence[tuple[int, Values]]
) -> Iterator[Fault]:
    if not lines:
        yield Fault("missing", pointer([heading + 1]), texts=NO_LINES)
    if table.kind == "xlsx":
        return  # a cell beyond the headings is a note beside the table
    for number, values in lines:
        if not _is_empty(values[headings.width :]):
            yield Fault("wrong_cells", pointer([number]), texts=MORE_CELLS)


_CELL_FAULTS: Final[dict[CellFault, tuple[FaultCode, Texts | None]]] = {
    "lost_digits": ("lost_digits", None),
    "became_date": ("bad_format", BECAME_DATE),
    "formula_error": ("bad_format", FORMULA_ERROR),
    "two_readings": ("two_readings", None),
}


def _read_line(
    number: int,
    values: Values,
    columns: dict[str, Column],
    headings: Headings,
    unread: list[Fault],
    mark: DecimalMark,
) -> Iterator[tuple[str, str]]:
    """The cells that are not empty, by column. A short line ends in empty cells."""
    for name, position in headings.positions.items():
        text, wrong = read_cell(values[position] if position < len(values) else None, columns[name].kind, mark)
        if wrong is not None:
            code, texts = _CELL_FAULTS[wrong]
            unread.append(Fault(code, pointer((number, name)), texts=texts))
        if text:
            yield name, text


def place_fault(fault: Fault, kind: FileKind, headings: Headings) -> Fault:
    """The fault with its line, column and cell, for people in its text and for programs as members."""
    line, name = line_of(fault), column_of(fault)
    if not line:
        return fault
    position, shown = headings.positions.get(name), fault.members.get("column", headings.shown.get(name))
    cell = f"{letters_of(position)}{line}" if kind == "xlsx" and position is not None else None
    place = tuple(
        each.format(line=line, column=shown, cell=f" ({cell})" if cell else "") for each in (PLACE if shown else LINE)
    )
    texts = fault.texts or FAULT_TEXTS[fault.code]
    members = {"line": line, **({"column": shown} if shown else {}), **({"cell": cell} if cell else {})}
    said = f"{place[0]}: {texts[0]}", f"{place[1]}: {texts[1]}"
    return replace(fault, texts=said, members={**members, **fault.members})
