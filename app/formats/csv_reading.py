"""CSV as office programs write it: any separator, any of their encodings, with `sep=` in the first line or without."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.formats.raw_table import MOST_CELLS, RawTable, Unreadable, Values

SEPARATORS: Final = (",", ";", "\t", "|")
_NAMED_SEPARATOR: Final = re.compile(r'"?sep=(.)"?[ ,;\t]*(\r\n|\r|\n|\Z)', re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKED: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class CsvText:
    """A decoded file. `lines_above` are lines before the table, which counts on after them."""

    text: str
    separators: tuple[str, ...]
    """The one that the file names, or all that are tried."""
    lines_above: int
    windows_1252: bool


def decode_csv(body: bytes) -> CsvText:
    """The text of a file. It counts as windows-1252 only if it is not valid UTF-8. Raises Unreadable."""
    encoding = next((encoding for mark, encoding in _MARKED if body.startswith(mark)), "utf-8")
    windows_1252 = False
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Unreadable("bad_table") from None
        try:
            text, windows_1252 = body.decode("cp1252"), True
        except UnicodeDecodeError:
            raise Unreadable("bad_table") from None
    # Old programs end a text with Ctrl-Z.
    text = text.rstrip("\x1a")
    if _CONTROLS.search(text) or text.lstrip().startswith("<"):
        raise Unreadable("bad_table")
    named = _NAMED_SEPARATOR.match(text)
    if named is None:
        return CsvText(text, SEPARATORS, 0, windows_1252)
    return CsvText(text[named.end() :], (named[1],), 1, windows_1252)


def parse_csv(found: CsvText, separator: str) -> Iterator[tuple[int, Values]]:
    """The records with the number of the line on which each begins. Raises Unreadable with the line that is wrong."""
    reader = csv.reader(io.StringIO(found.text, newline=""), delimiter=separator, strict=True)
    above, before = found.lines_above, 0
    try:
        for cells in reader:
            if len(cells) > MOST_CELLS:
                raise Unreadable("wrong_cells", before + 1 + above)
            yield before + 1 + above, cells
            before = reader.line_num
    except csv.Error:
        raise Unreadable("bad_table", reader.line_num + above) from None


def read_csv(body: bytes) -> list[RawTable]:
    """The table of a file by each separator that it may have. Raises Unreadable."""
    found = decode_csv(body)
    return [
        RawTable("csv", partial(parse_csv, found, each), separator=each, windows_1252=found.windows_1252)
        for each in found.separators
    ]
