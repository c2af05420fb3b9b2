"""Draws the pictures of docs/guides/offices.md: `python -m tools.draw_office ADDRESS KEY_ID < SECRET`.

The service at ADDRESS must be that of `ikk demo`, and the export key one for 6372. LibreOffice draws the workbooks that
it returns, in Indonesian settings and with the rows and columns that the guide keeps.
"""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

PICTURES: Final = Path(__file__).parents[1] / "docs" / "pictures"
LIST: Final = "/v1/aggregates?parent=6372&level=village&year=2025&format=xlsx"
CARD: Final = "/v1/aggregates/6372061004/2025?format=xlsx"
SETTINGS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>id-ID</value></prop>
</item>
</oor:items>
"""
WIDTHS: Final = {"region": 13, "name": 24, "code": 9, "text_id": 33, "value": 9, "reason": 13}
INCH: Final = 80
"""Pixels of an inch of paper."""


def main() -> None:
    address, username = sys.argv[1:]
    auth = httpx.BasicAuth(username, sys.stdin.readline().strip())
    with httpx.Client(base_url=address, auth=auth, timeout=60) as http:
        villages = http.get(LIST).raise_for_status().content
        card = http.get(CARD).raise_for_status().content
    draw("office-villages", villages, ("region", "name", "text_id", "value", "families", "reason"), is_mean)
    draw("office-indicators", card, ("code", "text_id", "value", "families", "count", "weak", "reason"), is_weak)


def is_mean(row: dict[str, Any]) -> bool:
    return (row["kind"], row["measure"]) == ("index", "mean")


def is_weak(row: dict[str, Any]) -> bool:
    return bool(row["weak"] == "yes")


def draw(name: str, content: bytes, columns: tuple[str, ...], keeps: Callable[[dict[str, Any]], bool]) -> None:
    """Draws these columns of the rows that `keeps` accepts."""
    heading, *rows = load_workbook(io.BytesIO(content))["figures"].iter_rows(values_only=True)
    found = [each for row in rows if keeps(each := dict(zip(map(str, heading), row, strict=True)))]
    book = Workbook()
    sheet: Any = book.active
    sheet.append(columns)
    for each in found:
        sheet.append([each[column] for column in columns])
    for at, column in enumerate(sheet.columns):
        column[0].font = Font(bold=True)
        sheet.column_dimensions[column[0].column_letter].width = WIDTHS.get(columns[at], 10)
        for cell in column[1:]:
            cell.number_format = "0.00" if columns[at] == "value" else "General"
    sheet.print_options.gridLines = sheet.print_options.headings = True
    sheet.page_setup.orientation = "landscape"
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, 0.1)
    with TemporaryDirectory() as folder:
        _render(Path(folder), book, PICTURES / name, lines=len(found) + 1)


def _render(folder: Path, book: Workbook, picture: Path, *, lines: int) -> None:
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, "utf-8")
    book.save(folder / "sheet.xlsx")
    office = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*office, "--outdir", folder, folder / "sheet.xlsx"], check=True, capture_output=True)
    size = ["-W", str(int(10.6 * INCH)), "-H", str(int((lines + 1.8) * 0.21 * INCH))]
    command = ["pdftoppm", "-png", "-gray", "-singlefile", "-r", str(INCH), "-x", "0", "-y", "0", *size]
    subprocess.run([*command, folder / "sheet.pdf", picture], check=True)


if __name__ == "__main__":
    main()
