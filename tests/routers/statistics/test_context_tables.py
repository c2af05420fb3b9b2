"""GET /v1/statistics/context as CSV and as a workbook: the same figures as JSON has."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from app.formats.negotiation import CSV, XLSX
from app.schemas.statistics.context_table import COLUMNS
from app.services.statistics import context_reading
from tests.support.context import CONTEXT, address, put
from tests.support.factories import Client, codes_of

LIST = f"{CONTEXT}?parent=63&level=regency&year=2023"


@pytest.fixture
async def sent(caller: Client) -> Client:
    """The caller, with figures of each kind in two regencies."""
    await put(caller, address("child-marriage", "6372", 2023), value=10.53, note="=1+1")
    await put(caller, address("population", "6372", 2023), value=258_753, status="provisional")
    await put(caller, address("kla-award", "6372", 2023), category="madya")
    await put(caller, address("puspaga", "6303", 2023), present=False)
    return caller


async def rows_in(client: Client, **query: str) -> list[dict[str, str]]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    answer = await client.http.get(f"{LIST}&format=csv{more}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    separator = ";" if query.get("separator") == "semicolon" else ","
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


async def test_csv_has_what_json_has(sent: Client) -> None:
    items: list[dict[str, Any]] = (await sent.http.get(LIST)).json()["items"]
    rows = await rows_in(sent)
    assert list(rows[0]) == list(COLUMNS)
    told = [(row["region"], row["indicator"], row["value"], row["category"], row["present"]) for row in rows]
    assert told == [
        ("6303", "puspaga", "", "", "no"),
        ("6372", "child-marriage", "10.53", "", ""),
        ("6372", "kla-award", "", "madya", ""),
        ("6372", "population", "258753", "", ""),
    ]
    for item, row in zip(items, rows, strict=True):
        assert (row["name"], row["indicator_id"]) == (item["region"]["name"], item["name"]["id"])
        assert (row["source"], row["url"], row["published_on"]) == (
            *(item["source"][name] for name in ("name", "url")),
            "2023-02-08",
        )
        assert (row["status"], row["revision"], row["unit"]) == (item["status"], "1", item["unit"] or "")


async def test_no_cell_is_a_formula(sent: Client) -> None:
    assert (await rows_in(sent))[1]["note"] == "'=1+1"


async def test_excel_in_indonesian_settings_reads_decimal_commas(sent: Client) -> None:
    assert [row["value"] for row in await rows_in(sent, separator="semicolon")] == ["", "10,53", "", "258753"]


async def test_a_workbook_explains_the_indicators(sent: Client) -> None:
    answer = await sent.http.get(LIST, headers={"Accept": XLSX})
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["content-disposition"] == 'attachment; filename="context-63-regency-2023.xlsx"'
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["figures", "indicators", "notes"]
    heading, *rows = book["figures"].iter_rows(values_only=True)
    assert list(heading) == list(COLUMNS)
    assert [row[heading.index("value")] for row in rows] == [None, 10.53, None, 258753]
    explained = [row[0] for row in book["indicators"].iter_rows(values_only=True)]
    assert explained == ["code", "child-marriage", "kla-award", "population", "puspaga"]


async def test_a_table_has_no_pages(caller: Client) -> None:
    assert codes_of(await caller.http.get(f"{LIST}&format=csv&limit=5")) == {"limit": "other_format"}
    assert codes_of(await caller.http.get(f"{LIST}&separator=comma")) == {"separator": "other_format"}
    assert (await caller.http.get(LIST, headers={"Accept": "text/html"})).status_code == 406
    empty = await caller.http.get(LIST, headers={"Accept": CSV})
    assert empty.text == ",".join(COLUMNS) + "\r\n"


async def test_a_table_that_would_be_too_long_is_refused(sent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_reading, "MOST_ROWS", 3)
    answer = await sent.http.get(f"{LIST}&format=csv")
    assert codes_of(answer) == {"parent": "table_too_long"}
    assert "more than 3 rows" in answer.text
