"""LibreOffice with Indonesian settings shows the figures in their columns, codes as text and numbers as numbers."""

import csv
import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from openpyxl import load_workbook

from app.platform.database import Connection
from app.schemas.aggregates.table import COLUMNS
from tests.support.accounts import act_as
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.programs import needs
from tests.support.sums import insert_sums, sums_of_family

pytestmark = pytest.mark.foreign

INDONESIAN, ENGLISH = 1057, 1033
"""Windows' numbers of the languages (LCID), as LibreOffice's options name them."""
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>id-ID</value></prop>
</item>
</oor:items>
"""
CODES = ("region", "dotted", "name", "parent", "version", "code")


@pytest.fixture
async def village(client: Client, connection: Connection) -> Client:
    """Somebody who gets every figure exactly, and a village with 40 families."""
    shipped = instrument()
    outcomes = "".join("FFU"[place % 3] for place in range(len(shipped.main.indicators)))
    one = sums_of_family(outcomes, shipped)
    await insert_sums(connection, shipped, [40 * each for each in one], region=LANDASAN_ULIN_SELATAN)
    await act_as(client, ("agency_administrator", "63"), ("sensitive_reader", "63"))
    return client


async def get(client: Client, **query: str) -> Response:
    answer = await client.get("/v1/aggregates", parent="63", level="regency", year=2025, fields="indicators", **query)
    assert answer.status_code == 200, answer.text
    return answer


def convert(folder: Path, content: bytes, ending: str, wanted: str, *options: str) -> bytes:
    """The file as LibreOffice writes it after it has opened it, in Indonesian settings."""
    office = needs("soffice", "libreoffice-calc")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, "utf-8")
    opened = folder / f"figures.{ending}"
    opened.write_bytes(content)
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", *options]
    command += ["--convert-to", wanted, "--outdir", str(folder / "out"), str(opened)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    (made,) = (folder / "out").iterdir() if (folder / "out").is_dir() else (None,)
    assert made is not None, done.stdout + done.stderr
    return made.read_bytes()


async def figures(client: Client) -> list[dict[str, Any]]:
    """The rows as the service gives them to programs, with numbers as numbers."""
    rows = csv.DictReader(io.StringIO((await get(client, format="csv")).text, newline=""))
    numbers = ("year", "value", "families", "count", "missing", "not_applicable")
    return [
        {name: (float(cell) if name in numbers else cell) if cell else None for name, cell in row.items()}
        for row in rows
    ]


@pytest.mark.parametrize(("separator", "mark", "language"), [("semicolon", 59, INDONESIAN), ("comma", 44, ENGLISH)])
async def test_csv_opens(village: Client, tmp_path: Path, separator: str, mark: int, language: int) -> None:
    # Separator, quotation mark, UTF-8, first line, no column types, language, quoted cells are texts.
    options = f"--infilter=CSV:{mark},34,76,1,,{language},true"
    content = (await get(village, format="csv", separator=separator)).content
    opened = load_workbook(io.BytesIO(convert(tmp_path, content, "csv", "xlsx", options)))
    heading, *rows = opened.worksheets[0].iter_rows(values_only=True)
    assert list(heading) == list(COLUMNS)
    expected = await figures(village)
    assert [dict(zip(COLUMNS, row, strict=True)) for row in rows] == expected
    assert {type(row[list(COLUMNS).index(name)]) for row in rows for name in CODES} <= {str, type(None)}


async def test_the_workbook_opens(village: Client, tmp_path: Path) -> None:
    # As the cells are shown: semicolons, UTF-8, Indonesian, no quotation marks around all texts.
    wanted = f"csv:Text - txt - csv (StarCalc):59,34,76,1,,{INDONESIAN},false,true"
    content = (await get(village, format="xlsx")).content
    shown = csv.reader(
        io.StringIO(convert(tmp_path, content, "xlsx", wanted).decode("utf-8-sig"), newline=""), delimiter=";"
    )
    heading, *rows = shown
    assert heading == list(COLUMNS)
    expected = await figures(village)
    assert len(rows) == len(expected)
    decimal = 0
    for row, figure in zip(rows, expected, strict=True):
        cells = dict(zip(COLUMNS, row, strict=True))
        assert {name: cells[name] for name in CODES} == {name: figure[name] or "" for name in CODES}
        value = figure["value"]
        if figure["measure"] in ("mean", "share") and value is not None:
            assert cells["value"] == f"{value:.2f}".replace(".", ",")
            decimal += 1
    assert decimal > 30
