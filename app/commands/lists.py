"""How a command shows a list: as a table where it fits, otherwise entry by entry, or as JSON or CSV for programs."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import typer
from rich.measure import Measurement
from rich.table import Column, Table

from app.commands.base import out, tell
from app.formats.csv import write_table
from app.language.catalogue import say

Form = Annotated[
    Literal["table", "json", "csv"],
    typer.Option("--format", help="What to print. JSON and CSV are for programs, and the same in both languages"),
]
Row = Mapping[str, Any]
"""The values of an entry by name. The names are those of the API, and the headings of JSON and CSV."""

_GAP: Final = "  "
_LEAST: Final = 40
"""So many columns a long value gets, no matter how narrow the terminal is."""


def show_list(
    rows: Sequence[Row], form: str, *, heading: int, words: Sequence[str] = (), hidden: Sequence[str] = ()
) -> None:
    """Prints a list. `heading` is the number of values that begin an entry where the table is too wide.

    Values of the names in `words` are words of ours, which a table shows in the language of the command. Names in
    `hidden` are only in JSON and CSV.
    """
    if form == "json":
        tell(json.dumps([_plain(row) for row in rows], ensure_ascii=False, indent=2))
    elif form == "csv":
        names = list(rows[0]) if rows else []
        cells = [[_cell(row[name]) for name in names] for row in rows]
        typer.echo(write_table(names, cells, for_programs=True), nl=False)
    else:
        shown = [
            {name: _shown(value, spoken=name in words) for name, value in row.items() if name not in hidden}
            for row in rows
        ]
        numbers = {name for row in rows for name, value in row.items() if type(value) in (int, float)}
        _show_table(shown, numbers, heading)


def _plain(row: Row) -> dict[str, Any]:
    """An entry as JSON has it."""
    return {
        name: value if isinstance(value, (int, float, list, dict, type(None))) else _cell(value)
        for name, value in row.items()
    }


def _cell(value: Any) -> str:
    """A value as CSV has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, list):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)


def _shown(value: Any, *, spoken: bool) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return say("yes") if value else ""
    if isinstance(value, (int, float)):
        return say("{value:,}", value=value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return say(value) if spoken and value else _cell(value)


def _show_table(rows: Sequence[Mapping[str, str]], numbers: set[str], heading: int) -> None:
    if not rows:
        tell(say("none"))
        return
    names = list(rows[0])
    heads = [say(name.replace("_", " ")) for name in names]
    columns = (
        Column(head, justify="right" if name in numbers else "left", no_wrap=True)
        for head, name in zip(heads, names, strict=True)
    )
    table = Table(*columns)
    for row in rows:
        table.add_row(*row.values())
    if Measurement.get(out, out.options.update(width=10_000), table).maximum <= out.width:
        out.print(table, highlight=False, markup=False)
    else:
        _show_entries([list(row.values()) for row in rows], heads, heading)


def _show_entries(rows: Sequence[Sequence[str]], heads: Sequence[str], heading: int) -> None:
    """Each entry begins with its first values. Below them are the others, each on lines of its own behind its name."""
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(heading)]
    begin = len(_GAP) + max(map(len, heads[heading:]), default=0) + len(_GAP)
    tell(_line(heads[:heading], widths))
    for row in rows:
        tell(_line(row[:heading], widths))
        for head, value in zip(heads[heading:], row[heading:], strict=True):
            lines = textwrap.wrap(value, max(out.width - begin, _LEAST), break_long_words=False, break_on_hyphens=False)
            for number, line in enumerate(lines):
                tell(f"{_GAP + head if number == 0 else '':<{begin}}{line}")


def _line(values: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(f"{value:<{width}}" for value, width in zip(values, widths, strict=True)).rstrip()
