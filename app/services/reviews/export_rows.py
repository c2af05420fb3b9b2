"""Writes rows of an export from stored rows, by tables of written cells that are filled once for each version.

Each code is written once, with its label. A row is then put together from written cells. Texts among the answers are
never read, and nothing is remembered by whole interviews.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from operator import getitem, itemgetter
from typing import Any, Final

from app.formats.streams import Dialect
from app.problems.stored_warnings import read_warnings
from app.regions.local_time import local_zone
from app.schemas.intake.submission import tells_sensitive
from app.schemas.reviews.export import ExportLabels, ExportTable
from app.schemas.reviews.export_texts import WITHHELD_TEXTS, WORDS
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Published
from app.scoring.coding import decode_place, read_numbers
from app.scoring.evaluation import Value
from app.scoring.instrument import Instrument, Question, Roster
from app.scoring.main_index import main_index_of
from app.scoring.parts import Text
from app.scoring.score import OUTCOMES, VALUED, Basis
from app.services.intake.answers import as_sent
from app.services.reviews.export_columns import Layout, said_in

_MOST: Final = 4096
"""Written cells that are remembered of one column."""
_TOLD: Final = 3
_WITHHELD: Final = {1: "refused", 2: "dont_know"}
_MARK: Final = " "
"""Stands between codes in one cell. No code has a blank."""
_LABEL_MARK: Final = "; "

Names = Mapping[tuple[str, str], tuple[str, str, str]]
"""By region and edition, the names of the village, its district and its regency."""


class _Made(dict[Any, str]):
    """Written cells by what they stand for. Each is made when it is first needed, and some are remembered."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> str:
        made = self._make(key)
        if len(self) < _MOST:
            self[key] = made
        return made


class Cells:
    """Writes cells of a dialect, with labels if they are asked for."""

    def __init__(self, dialect: Dialect, labels: ExportLabels) -> None:
        self.dialect, self.labels = dialect, labels

    def code(self, name: str, code: str | None, texts: Mapping[str, Text]) -> str:
        if code is None:
            return self.dialect.nothing(name)
        said = code if self.labels == "codes" or code not in texts else said_in(texts[code], self.labels)
        return self.dialect.text(name, said)

    def codes(self, name: str, codes: Sequence[str], texts: Mapping[str, Text]) -> str:
        if self.labels == "codes":
            return self.dialect.texts(name, codes, _MARK)
        return self.dialect.texts(name, [said_in(texts[each], self.labels) for each in codes], _LABEL_MARK)

    def number(self, name: str, value: Any) -> str:
        return self.dialect.number(name, str(value))

    def answer(self, question: Question, instrument: Instrument, *, quiet: bool) -> _Made:
        """The written answers to a question by their stored numbers. quiet: an answer left out is no cell at all"""
        name = question.code
        texts = {each.code: each.text for each in instrument.option_lists.get(question.options or "", ())}

        def make(number: int) -> str:
            if number < _TOLD:
                withheld = _WITHHELD.get(number)
                empty = withheld is None and quiet
                return "" if empty else self.code(name, withheld, WITHHELD_TEXTS)
            return self._told(name, decode_place(question, number - _TOLD, instrument), question, texts)

        return _Made(make)

    def _told(self, name: str, value: Value, question: Question, texts: Mapping[str, Text]) -> str:
        if isinstance(value, tuple):
            return self.codes(name, value, texts)
        if question.type == "choice":
            return self.code(name, str(value), texts)
        if question.type == "date":
            return self.dialect.text(name, str(as_sent(value)))
        return self.number(name, int(value) if value == int(value) else float(value))  # type: ignore[arg-type]


@cache
def _no_cell() -> _Made:
    return _Made(lambda _: "")


@dataclass(frozen=True, slots=True)
class Written:
    """A row, and the rows of its rosters."""

    row: str
    below: Sequence[str]


class _Version:
    """Reads answers and outcomes of one version as written cells in the order of the columns."""

    def __init__(self, published: Published, layout: Layout, cells: Cells) -> None:
        self.instrument = published.instrument
        self._cells, self._layout = cells, layout
        self._dialect = cells.dialect
        self._kept, self._kept_below = set(layout.kept("interviews")), layout.kept("rosters")
        # In a nested row what was not answered is left out, and otherwise it is an empty cell.
        quiet = self._dialect.nested
        self._entries = [(each, self._table(each, quiet)) for each in self.instrument.asked]
        self._tables = [table for _, table in self._entries]
        codes = [each.code for each in self.instrument.asked]
        empty = len(codes)
        places = [codes.index(each) if each in codes else empty for each in layout.kept("interviews")]
        self._order = itemgetter(*places, empty) if not quiet else None
        self._empty = "" if quiet else self._dialect.nothing("")
        self._retained = self._empty * len(places)
        self.version = self._dialect.text("version", self.instrument.version)
        self.index = main_index_of(self.instrument)
        self.warnings = _Made(self._write_warnings)
        self.values = _Made(self._write_value)
        self.categories = _Made(self._write_category)
        self._letters = self._letter_tables()
        self._by_letters = [place for _, place in self._places()]
        self._is_letters = len(self.instrument.indices) == 1 and not any(
            each.points for each in self.instrument.main.indicators
        )
        self._count = len(self.instrument.main.indicators)
        self.has_rosters = bool(self.instrument.rosters)
        self._rows = {each.code: self._row_tables(each, quiet) for each in self.instrument.rosters}

    def _table(self, entry: Question | Roster, quiet: bool) -> _Made:
        if entry.code not in self._kept:
            return _no_cell()
        if isinstance(entry, Question):
            return self._cells.answer(entry, self.instrument, quiet=quiet)

        def withheld(number: int) -> str:
            word = _WITHHELD.get(number)
            return "" if word is None and quiet else self._cells.code(entry.code, word, WITHHELD_TEXTS)

        return _Made(withheld)

    def _row_tables(self, roster: Roster, quiet: bool) -> list[_Made]:
        return [
            self._cells.answer(each, self.instrument, quiet=quiet) if each.code in self._kept_below else _no_cell()
            for each in self.instrument.row_questions[roster.code]
        ]

    def answers(self, stored: bytes) -> tuple[str, list[tuple[str, int, str]]]:
        """The written answers, and for each row of a roster the code of the roster, its number and its cells."""
        if not stored:
            return self._retained, []
        numbers = read_numbers(stored)
        below: list[tuple[str, int, str]] = []
        if not self.has_rosters:
            if len(numbers) != len(self._tables):
                raise ValueError("stored answers do not belong to this instrument")
            cells = list(map(getitem, self._tables, numbers))
        else:
            cells = list(self._read(iter(numbers), below))
        if self._order is None:
            return "".join(cells), below
        cells.append(self._empty)
        return "".join(self._order(cells)[:-1]), below

    def _read(self, numbers: Iterator[int], below: list[tuple[str, int, str]]) -> Iterator[str]:
        for entry, table in self._entries:
            number = next(numbers)
            if isinstance(entry, Question) or number < _TOLD:
                yield table[number]
                continue
            rows = [self._read_row(entry, numbers) for _ in range(number - _TOLD)]
            if entry.code not in self._kept:
                yield ""
                continue
            below += [(entry.code, at, each) for at, each in enumerate(rows, 1)]
            yield self._dialect.rows(entry.code, rows)

    def _read_row(self, roster: Roster, numbers: Iterator[int]) -> str:
        # What is known of the person of a row is a part of the identity, and is passed over.
        if roster.people and next(numbers):
            next(numbers)
            next(numbers)
        cells = [table[next(numbers)] for table in self._rows[roster.code]]
        if self._dialect.nested:
            return "".join(cells)
        codes = [each.code for each in self.instrument.row_questions[roster.code]]
        told = dict(zip(codes, cells, strict=True))
        return "".join(told.get(each, self._empty) for each in self._kept_below)

    def _places(self) -> Iterator[tuple[str, int | None]]:
        """The shown columns of outcomes, with the places of their letters in all bases. None if it has no such."""
        names = [
            each.code if at == 0 else f"{index.code}.{each.code}"
            for at, index in enumerate(self.instrument.indices)
            for each in index.indicators
        ]
        for name, (sensitive, _) in self._layout.indicators.items():
            if self._layout.whole or not sensitive:
                yield name, names.index(name) if name in names else None

    def _letter_tables(self) -> list[dict[str, str]]:
        return [
            {letter: self._cells.code(name, word, WORDS["outcome"]) for letter, word in OUTCOMES.items()}
            for name, _ in self._places()
        ]

    def outcomes(self, stored: str) -> str:
        """The written outcomes."""
        if self._is_letters and len(stored) == self._count:
            return "".join([table[stored[at]] for table, at in zip(self._letters, self._by_letters, strict=True)])  # type: ignore[index]
        return "".join(self._plainly(read_bases(stored, self.instrument)))

    def _plainly(self, bases: Sequence[Basis]) -> Iterator[str]:
        every = [pair for each in bases for pair in zip(each.outcomes, each.points, strict=True)]
        for (name, at), table in zip(self._places(), self._letters, strict=True):
            letter, points = ("", None) if at is None else every[at]
            if not letter:
                yield self._dialect.nothing(name)
            elif letter == VALUED and points is not None:
                yield self._cells.number(name, float(points))
            else:
                yield table[letter]

    def _write_warnings(self, stored: str) -> str:
        shown = [
            each for each in read_warnings(stored) if self._layout.whole or not tells_sensitive(each, self.instrument)
        ]
        codes = list(dict.fromkeys(each.partition(" ")[0] for each in shown))
        return self._dialect.texts("warnings", codes, _MARK)

    def _write_value(self, value: int | None) -> str:
        if value is None:
            return self._dialect.nothing("index")
        return self._cells.number("index", f"{Decimal(value).scaleb(-self.instrument.main.decimals):f}")

    def _write_category(self, place: int | None) -> str:
        listed = self.instrument.main.categories
        code = None if place is None else listed[place].code
        return self._cells.code("category", code, {each.code: each.name for each in listed})


class RowWriter:
    """Writes rows of a table from rows of `export.PAGE`, in their order."""

    def __init__(self, layout: Layout, dialect: Dialect, labels: ExportLabels, table: ExportTable) -> None:
        self._layout, self._dialect, self._table = layout, dialect, table
        self._cells = Cells(dialect, labels)
        self._versions = {each.id: _Version(each, layout, self._cells) for each in layout.versions}
        around, numbered = dialect.around, dialect.around_number
        before, after = dialect.frame
        template = [
            *(before, "\0", *_spot(around("id")), *_spot(around("family")), *_spot(numbered("revision")), "%s%s"),
            *(*_spot(around("surveyed_at")), *_spot(around("received_at")), *_spot(numbered("year"))),
            *("%s%s%s%s%s%s", *_spot(numbered("members")), "%s%s%s%s%s", after),
        ]
        # The first cell has no mark before it.
        text = "".join(template)
        mark = 1 if text[len(before) + 1] in ",;" else 0
        self._template = text.replace("\0" + text[len(before) + 1] if mark else "\0", "", 1)
        self._places: dict[tuple[str, str], tuple[str, Any]] = {}
        made: dict[str, _Made] = {
            name: _Made(lambda code, name=name: self._cells.code(name, code, WORDS[name]))  # type: ignore[misc]
            for name in ("status", "uncounted", "purpose", "head_sex")
        }
        self._status, self._uncounted = made["status"], made["uncounted"]
        self._purpose, self._sex = made["purpose"], made["head_sex"]
        self._counts = {each: dialect.flag("counts", each) for each in (True, False)}
        self._approved = {each: dialect.flag("counts_approved", each) for each in (True, False)}
        self._groups = dialect.nested

    def visit(self, names: Names) -> None:
        """Takes the names of the regions of the rows that follow."""
        cells = self._dialect
        self._places = {
            (region, edition): (
                cells.text("region", region)
                + "".join(
                    cells.text(name, each) if each else cells.nothing(name)
                    for name, each in zip(("village", "district", "regency"), named, strict=True)
                ),
                local_zone(region),
            )
            for (region, edition), named in names.items()
        }

    def write(self, rows: Sequence[Any]) -> tuple[str, str]:
        """The rows of the interviews, and those of their rosters. One of the two is empty if the table is not asked."""
        written: list[str] = []
        below: list[str] = []
        for each in rows:
            self._write(each, written, below)
        if self._table == "rosters":
            return "".join(below), ""
        return "".join(written), "".join(below)

    def _write(self, row: Any, written: list[str], below: list[str]) -> None:
        (
            submission,
            family,
            revision,
            instrument_id,
            region,
            edition,
            year,
            surveyed_at,
            received_at,
            purpose,
            head_sex,
            members,
            answers,
            outcomes,
            warnings,
            uncounted,
            in_approved,
            review,
            _kept,
        ) = row
        version = self._versions[instrument_id]
        place, zone = self._places[region, edition]
        told, rows = version.answers(answers)
        shown = version.outcomes(outcomes)
        main = version.index.read(outcomes, whole=self._layout.whole)
        if self._groups:
            shown, told = self._dialect.group("outcomes", shown), self._dialect.group("answers", told)
        written.append(
            self._template
            % (
                *(submission, family, revision, version.version, place),
                *(_clock(surveyed_at, zone), _clock(received_at, UTC), year),
                *(self._status[review or "accepted"], self._counts[uncounted is None], self._approved[in_approved]),
                *(self._uncounted[uncounted], self._purpose[purpose], self._sex[head_sex], members),
                *(version.warnings[warnings], version.values[main.value], version.categories[main.category]),
                *(shown, told),
            )
        )
        if rows and not self._groups:
            below += self._rows_below(submission, version.version, region, rows)

    def _rows_below(
        self, submission: str, version: str, region: str, rows: Sequence[tuple[str, int, str]]
    ) -> Iterator[str]:
        before, after = self._dialect.frame
        first = self._dialect.text("id", submission)
        first = first[1:] if first[0] in ",;" else first
        head = before + first + version + self._dialect.text("region", region)
        for roster, number, cells in rows:
            named = self._cells.code("roster", roster, self._roster_names)
            yield f"{head}{named}{self._cells.number('row', number)}{cells}{after}"

    @property
    def _roster_names(self) -> Mapping[str, Text]:
        return {each.code: each.name for i in reversed(self._layout.instruments) for each in i.rosters}


def _spot(around: tuple[str, str]) -> tuple[str, str, str]:
    return around[0], "%s", around[1]


def _clock(moment: datetime, zone: Any) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
