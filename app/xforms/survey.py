"""Collects the rows of an XLSForm: of its survey and of its choices, with their texts in each language."""

from collections.abc import Iterable, Mapping
from typing import Final

from app.scoring.instrument import Instrument
from app.scoring.parts import Text
from app.xforms.words import LANGUAGES
from app.xforms.xpath import TRUE

Row = dict[str, str]
_TRANSLATED: Final = ("label", "hint", "constraint_message", "required_message")


class Survey:
    """The rows so far, in the order in which the form asks."""

    def __init__(self, instrument: Instrument) -> None:
        self.rows: list[Row] = []
        self.choices: list[Row] = []
        self._lists: set[str] = set()
        self.languages = tuple(dict.fromkeys((*LANGUAGES, *instrument.languages)))

    def add(self, type: str, name: str, **cells: str | Text | None) -> None:
        """Adds a row. Texts fill a column for each language, and empty cells are left out."""
        row: Row = {"type": type, "name": name}
        for column, cell in cells.items():
            if isinstance(cell, Text):
                row |= self._texts(column, cell)
            elif cell and not (column == "relevant" and cell == TRUE):
                row[column] = cell
        self.rows.append(row)

    def calculate(self, name: str, calculation: str) -> None:
        self.add("calculate", name, calculation=calculation)

    def note(self, name: str, label: Text, relevant: str = TRUE, required: str = "") -> None:
        self.add("note", name, label=label, relevant=relevant, required=required)

    def open_part(self, kind: str, name: str, **cells: str | Text | None) -> None:
        self.add(f"begin_{kind}", name, **cells)

    def close_part(self, kind: str) -> None:
        self.rows.append({"type": f"end_{kind}"})

    def choice_list(self, name: str, options: Iterable[tuple[str, Text]]) -> str:
        """Adds a list of options unless it is there already. Returns its name."""
        if name not in self._lists:
            self._lists.add(name)
            self.choices += [{"list_name": name, "name": code, **self._texts("label", text)} for code, text in options]
        return name

    def _texts(self, column: str, text: Text) -> Row:
        said: Mapping[str, str] = text.model_dump()
        return {f"{column}::{name_of(code)}": _shown(said.get(code) or said["id"]) for code in self.languages}

    @property
    def columns(self) -> list[str]:
        """The columns of the survey, those with texts last."""
        found = {column for row in self.rows for column in row}
        plain = ("type", "name", *_PLAIN)
        return [each for each in plain if each in found] + [
            f"{column}::{name_of(code)}"
            for column in _TRANSLATED
            for code in self.languages
            if f"{column}::{name_of(code)}" in found
        ]


_PLAIN: Final = ("relevant", "required", "constraint", "appearance", "calculation", "repeat_count", "choice_filter")


def name_of(language: str) -> str:
    return LANGUAGES.get(language, f"{language} ({language})")


def _shown(text: str) -> str:
    """A text as it is. What looks like a reference to a node is none."""
    return text.strip().replace("${", "$ {")
