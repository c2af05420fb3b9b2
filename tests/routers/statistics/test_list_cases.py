"""GET /v1/statistics/cases: the regions below another one with their reports, also as a table."""

import csv
import io
from typing import Any

import openpyxl
import pytest

from app.formats.negotiation import XLSX
from app.services.statistics import case_reading
from tests.support.accounts import act_as
from tests.support.cases import path_of, report
from tests.support.factories import Client, codes_of

QUERY: dict[str, Any] = {"parent": "63", "level": "regency", "year": 2023}
LIST = "/v1/statistics/cases"


async def put(client: Client, counts: dict[str, int], period: str = "2023") -> None:
    for region, count in counts.items():
        body = report({"victims": count}, note="=1+1")
        assert (await client.http.put(path_of(region, period), json=body)).status_code == 201


async def test_it_works(caller: Client) -> None:
    """Every region in force has a row, also one that reported nothing."""
    await put(caller, {"6301": 40, "6372": 12})
    page = (await caller.get(LIST, **QUERY)).json()
    assert page["next"] is None
    assert [each["region"]["code"] for each in page["items"]] == [
        *(f"63{number:02}" for number in range(1, 12)),
        *("6371", "6372"),
    ]
    found = {each["region"]["code"]: each for each in page["items"]}
    assert (
        found["6302"]
        == {
            "region": {"code": "6302", "dotted": "63.02", "name": "Kotabaru", "level": "regency", "parent": "63"},
            "year": 2023,
            "reports": [],
        }
        or found["6302"]["reports"] == []
    )
    (only,) = found["6372"]["reports"]
    assert (only["period"], only["granularity"], only["status"]) == ("2023", "year", "verified")
    assert only["counts"] == [{"victims": 12}]


async def test_small_counts_are_hidden_with_one_that_covers_them(caller: Client) -> None:
    await put(caller, {"6301": 40, "6371": 5, "6372": 12, "63": 57})
    await act_as(caller, ("analyst", "63"))
    found = {each["region"]["code"]: each["reports"] for each in (await caller.get(LIST, **QUERY)).json()["items"]}
    shown = {code: reports[0]["counts"] for code, reports in found.items() if reports}
    assert shown == {"6301": [{"victims": 40}], "6371": [{"hidden": ["victims"]}], "6372": [{"hidden": ["victims"]}]}


async def test_it_has_pages(caller: Client) -> None:
    await put(caller, {"6301": 40, "6372": 12})
    codes: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = (await caller.get(LIST, **QUERY, limit=4, **cursor)).json()
        codes += [each["region"]["code"] for each in page["items"]]
        cursor = {"cursor": page["next"]} if page["next"] else {}
        if not cursor:
            break
    assert codes == sorted(set(codes))
    assert len(codes) == 13


async def test_a_page_with_many_counts_ends_early(caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_reading, "_PAGE_ROWS", 2)
    await put(caller, {"6301": 40, "6302": 12, "6303": 30, "6372": 20})
    codes: list[str] = []
    page = (await caller.get(LIST, **QUERY)).json()
    while page["next"]:
        codes += [each["region"]["code"] for each in page["items"]]
        page = (await caller.get(LIST, **QUERY, cursor=page["next"])).json()
    codes += [each["region"]["code"] for each in page["items"]]
    assert len(codes) == len(set(codes)) == 13


async def test_all_periods_of_the_year_and_no_others_are_there(caller: Client) -> None:
    for period in ("2023-01", "2023-02", "2022-12"):
        await put(caller, {"6372": 20}, period)
    (reports,) = [
        each["reports"]
        for each in (await caller.get(LIST, **QUERY)).json()["items"]
        if each["region"]["code"] == "6372"
    ]
    assert [each["period"] for each in reports] == ["2023-01", "2023-02"]


async def test_a_table_has_a_row_for_each_breakdown(caller: Client) -> None:
    body = report({"cases": 69, "victims": 76}, {"age_status": "child", "victims": 49}, note="=1+1")
    await caller.http.put(path_of("6372", "2023"), json=body)
    answer = await caller.get(LIST, **QUERY, format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="cases-63-regency-2023.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    mine = [each for each in rows if each["region"] == "6372"]
    assert [(each["age_status"], each["cases"], each["victims"]) for each in mine] == [
        ("", "69", "76"),
        ("child", "", "49"),
    ]
    assert mine[0]["note"] == "'=1+1"
    assert {each["period"] for each in rows if each["region"] != "6372"} == {""}
    assert len(rows) == 14


async def test_a_table_can_be_sent_back(caller: Client) -> None:
    await put(caller, {"6372": 12})
    text = (await caller.get(LIST, **QUERY, format="csv", separator="semicolon")).text
    lines = [line for line in text.splitlines() if line.startswith(("\ufeffregion", '"6372"'))]
    answer = await caller.http.post(LIST, content="\n".join(lines), headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["unchanged"] == 1


async def test_a_workbook_has_figures_codes_and_notes(caller: Client) -> None:
    await put(caller, {"6372": 12})
    answer = await caller.http.get(LIST, params=QUERY, headers={"Accept": XLSX})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["figures", "codes", "notes"]
    assert book["figures"].max_row == 14
    assert "household" in {row[1].value for row in book["codes"].iter_rows()}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"level": "country"}, {"level": "not_allowed"}),
        ({"year": "2023.0"}, {"year": "wrong_type"}),
        ({"limit": 1001}, {"limit": "too_large"}),
        ({"format": "csv", "limit": 5}, {"limit": "other_format"}),
        ({"cursor": "x"}, {"cursor": "bad_cursor"}),
    ],
)
async def test_a_wrong_query_is_refused(caller: Client, changed: dict[str, object], faults: dict[str, str]) -> None:
    assert codes_of(await caller.get(LIST, **{**QUERY, **changed})) == faults


async def test_a_parent_outside_is_refused(caller: Client) -> None:
    for parent in ("64", "ID"):
        for form in ("json", "csv"):
            assert (await caller.get(LIST, **{**QUERY, "parent": parent, "format": form})).status_code == 403
