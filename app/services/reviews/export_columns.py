"""The columns of an export, their headings and their codebook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from app.schemas.reviews.export import (
    CodebookOut,
    ColumnOptionOut,
    ColumnType,
    ExportColumnOut,
    ExportLabels,
    ExportTable,
    LeftOut,
)
from app.schemas.reviews.export_texts import BASE_COLUMNS, WITHHELD_TEXTS, WORDS
from app.scoring.catalogue import Published
from app.scoring.instrument import Instrument, Question, Roster
from app.scoring.parts import Text

Options = tuple[tuple[str, Text], ...]
_OF_ROSTERS: Final = ("id", "version", "region")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column. code: of the question, roster or indicator, which is empty for columns of every instrument"""

    name: str
    table: ExportTable
    type: ColumnType
    text: Text
    code: str = ""
    unit: str | None = None
    options: Options = ()
    sensitive: bool = False
    versions: tuple[str, ...] = ()
    left_out: LeftOut | None = None

    def heading(self, labels: ExportLabels) -> str:
        """The name, or the text in a language behind the code by which a question or an indicator is known."""
        if labels == "codes":
            return self.name
        said = said_in(self.text, labels)
        return f"{self.code}: {said}" if self.code else said


def said_in(text: Text, labels: ExportLabels) -> str:
    """A text in the language of labels. Instruments may lack the English one."""
    return (text.en if labels == "en" else None) or text.id


@dataclass(frozen=True)
class Layout:
    """The columns of the versions that are exported together, the latest first.

    whole: whether sensitive columns are there
    """

    versions: tuple[Published, ...]
    whole: bool

    @property
    def instruments(self) -> list[Instrument]:
        return [each.instrument for each in self.versions]

    @cached_property
    def every(self) -> tuple[ExportColumn, ...]:
        """All columns and what is left out, as the codebook lists them."""
        return (*self._base(), *self._outcomes(), *self._questions(), *self._of_rows())

    def of(self, table: ExportTable) -> list[ExportColumn]:
        """The columns that a table has."""
        return [each for each in self.every if each.table == table and each.left_out is None]

    def kept(self, table: ExportTable) -> list[str]:
        """The codes of questions and rosters that have a column."""
        return [each.code for each in self.of(table) if each.name.startswith("answer.")]

    @property
    def has_rosters(self) -> bool:
        return any(each.name.startswith("answer.") for each in self.of("rosters"))

    def _names(self) -> tuple[str, ...]:
        return tuple(each.instrument.version for each in self.versions)

    def _base(self) -> Iterator[ExportColumn]:
        categories = tuple(
            (each.code, each.name) for each in {c.code: c for i in self.instruments for c in i.main.categories}.values()
        )
        for name, (kind, text) in BASE_COLUMNS.items():
            options = categories if name == "category" else tuple(WORDS.get(name, {}).items())
            yield ExportColumn(name, "interviews", kind, text, options=options, versions=self._names())

    @cached_property
    def indicators(self) -> Mapping[str, tuple[bool, Any]]:
        """By name of the column without `outcome.`, whether it is sensitive in any version, and the indicator."""
        found: dict[str, tuple[bool, Any]] = {}
        for instrument in self.instruments:
            for at, index in enumerate(instrument.indices):
                for place, each in enumerate(index.indicators):
                    name = each.code if at == 0 else f"{index.code}.{each.code}"
                    sensitive, first = found.get(name, (False, each))
                    found[name] = sensitive or place in index.sensitive, first
        return found

    def _outcomes(self) -> Iterator[ExportColumn]:
        for name, (sensitive, indicator) in self.indicators.items():
            yield ExportColumn(
                f"outcome.{name}",
                "interviews",
                "outcome",
                indicator.name,
                code=name,
                options=tuple(WORDS["outcome"].items()),
                sensitive=sensitive,
                versions=self._names(),
                left_out="sensitive" if sensitive and not self.whole else None,
            )

    @cached_property
    def sensitive_codes(self) -> frozenset[str]:
        """Questions and rosters that tell something of sensitive questions in any version."""
        return frozenset().union(*(each.sensitive_codes for each in self.instruments))

    def _entries(self) -> dict[str, tuple[Instrument, Question | Roster, list[str]]]:
        """By code, what any version asks, the instrument of the latest version that has it, and all that have it."""
        found: dict[str, tuple[Instrument, Question | Roster, list[str]]] = {}
        for instrument in self.instruments:
            rows = [each for of in instrument.row_questions.values() for each in of]
            for entry in (*instrument.asked, *rows):
                found.setdefault(entry.code, (instrument, entry, []))[2].append(instrument.version)
        return found

    def _questions(self) -> Iterator[ExportColumn]:
        for instrument, entry, versions in self._entries().values():
            if isinstance(entry, Roster):
                yield ExportColumn(
                    f"answer.{entry.code}",
                    "interviews",
                    "roster",
                    entry.name,
                    code=entry.code,
                    options=tuple(WITHHELD_TEXTS.items()),
                    sensitive=entry.code in self.sensitive_codes,
                    versions=tuple(versions),
                    left_out=self._why(entry.code),
                )
            elif entry.roster is None:
                yield self._question(entry, instrument, versions, "interviews")

    def _of_rows(self) -> Iterator[ExportColumn]:
        found = [each for each in self._entries().values() if isinstance(each[1], Question) and each[1].roster]
        if not found:
            return
        for name in _OF_ROSTERS:
            kind, text = BASE_COLUMNS[name]
            yield ExportColumn(name, "rosters", kind, text, versions=self._names())
        rosters = {each.code: each.name for i in reversed(self.instruments) for each in i.rosters}
        yield ExportColumn("roster", "rosters", "code", Text(id="Daftar", en="Roster"), options=tuple(rosters.items()))
        yield ExportColumn("row", "rosters", "integer", Text(id="Nomor baris, dari 1", en="Number of the row, from 1"))
        for instrument, entry, versions in found:
            if isinstance(entry, Question):
                yield self._question(entry, instrument, versions, "rosters")

    def _question(
        self, question: Question, instrument: Instrument, versions: Sequence[str], table: ExportTable
    ) -> ExportColumn:
        listed = tuple((each.code, each.text) for each in instrument.option_lists.get(question.options or "", ()))
        return ExportColumn(
            f"answer.{question.code}",
            table,
            question.type,
            question.text,
            code=question.code,
            unit=question.unit,
            options=(*listed, *WITHHELD_TEXTS.items()),
            sensitive=question.code in self.sensitive_codes,
            versions=tuple(versions),
            left_out="text" if question.type == "text" else self._why(question.code),
        )

    def _why(self, code: str) -> LeftOut | None:
        return "sensitive" if code in self.sensitive_codes and not self.whole else None

    def codebook(self) -> CodebookOut:
        """The codebook of these columns."""
        return CodebookOut(
            instrument=self.instruments[0].code,
            versions=list(self._names()),
            columns=list(map(_column_out, self.every)),
        )


def _column_out(column: ExportColumn) -> ExportColumnOut:
    return ExportColumnOut(
        column=column.name,
        table=column.table,
        type=column.type,
        id=column.text.id,
        en=column.text.en,
        unit=column.unit,
        options=[ColumnOptionOut(code=code, id=text.id, en=text.en) for code, text in column.options],
        sensitive=column.sensitive,
        versions=list(column.versions),
        left_out=column.left_out,
    )


CODEBOOK_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "column": ("Nama kolom", "Name of the column"),
    "table": ("Tabel: interviews atau rosters", "Table: interviews or rosters"),
    "type": ("Jenis", "Type"),
    "id": ("Arti atau teks pertanyaan", "Meaning or text of the question in Indonesian"),
    "en": ("Arti atau teks dalam bahasa Inggris", "Meaning or text of the question in English"),
    "unit": ("Satuan", "Unit"),
    "code": ("Kode jawaban. Kosong pada baris kolom itu sendiri", "Code of an answer. Empty in the column's own row"),
    "code_id": ("Label kode", "Label of the code in Indonesian"),
    "code_en": ("Label kode dalam bahasa Inggris", "Label of the code in English"),
    "sensitive": ("Apakah peka", "Whether it is sensitive"),
    "versions": ("Versi instrumen", "Versions of the instrument"),
    "left_out": ("Mengapa tidak diekspor", "Why it is not exported"),
}
"""The columns of the codebook as a table."""


def codebook_rows(layout: Layout) -> Iterator[tuple[str | None, ...]]:
    """A row for each column, and one for each code that it can hold."""
    for each in layout.every:
        head = (each.name, each.table, each.type, each.text.id, each.text.en, each.unit)
        tail = ("true" if each.sensitive else "false", " ".join(each.versions), each.left_out)
        yield (*head, None, None, None, *tail)
        for code, text in each.options:
            yield (*head, code, text.id, text.en, *tail)
