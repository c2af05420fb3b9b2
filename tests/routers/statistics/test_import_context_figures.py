"""POST /v1/statistics/context stores the figures of a file, all of them or none."""

import json
from decimal import Decimal
from typing import Any

import pytest
from httpx import Response

from app.platform.database import Connection
from app.services.statistics.context_files import FILE_LINES
from tests.support.accounts import act_as
from tests.support.context import CONTEXT, address, put
from tests.support.factories import Client, codes_of
from tests.support.workbooks import make_workbook

HEADING = "region,year,indicator,value,category,present,status,source,url,published_on,note"
NEW = {"outcome": "created", "revision": 1}
LINK = "https://example.go.id/angka"
GOOD = [
    f"63,2022,child-marriage,10.53,,,verified,DP3A,{LINK},08/02/2023,Turun",
    f"63.72,2023,kla-award,,Madya,,terverifikasi,KemenPPPA,{LINK},,",
    f"6372,2023,Puspaga,,,ya,sementara,DP3A,{LINK},,",
    f"6372,2023,Penduduk,258753,,,provisional,BPS,{LINK},,",
]


async def post(client: Client, content: str | bytes, media_type: str = "text/csv") -> Response:
    body = content.encode("utf-8") if isinstance(content, str) else content
    return await client.http.post(CONTEXT, content=body, headers={"Content-Type": media_type})


def file_of(*lines: str, heading: str = HEADING) -> str:
    return "\n".join([heading, *lines, ""])


async def stored(connection: Connection) -> list[tuple[Any, ...]]:
    columns = "region, year, indicator, value, category, present, status, revision"
    rows = await connection.fetch(f"SELECT {columns} FROM context_figure WHERE current ORDER BY region, indicator")
    return [tuple(row) for row in rows]


async def test_it_works(caller: Client, connection: Connection) -> None:
    answer = await post(caller, file_of(*GOOD))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "created": 4,
        "replaced": 0,
        "unchanged": 0,
        "rows": [
            {
                "row": 2,
                "region": "63",
                "year": 2022,
                "indicator": "child-marriage",
                "outcome": "created",
                "revision": 1,
            },
            {"row": 3, "region": "6372", "year": 2023, "indicator": "kla-award", "outcome": "created", "revision": 1},
            {"row": 4, "region": "6372", "year": 2023, "indicator": "puspaga", "outcome": "created", "revision": 1},
            {"row": 5, "region": "6372", "year": 2023, "indicator": "population", "outcome": "created", "revision": 1},
        ],
        "ignored_columns": [],
    }
    assert await stored(connection) == [
        ("63", 2022, "child-marriage", Decimal("10.53"), None, None, "verified", 1),
        ("6372", 2023, "kla-award", None, "madya", None, "verified", 1),
        ("6372", 2023, "population", Decimal(258753), None, None, "provisional", 1),
        ("6372", 2023, "puspaga", None, None, True, "provisional", 1),
    ]
    found = (await caller.get(address())).json()
    assert (found["source"]["published_on"], found["note"]) == ("2023-02-08", "Turun")


async def test_the_same_file_again_changes_nothing_and_a_changed_line_replaces(caller: Client) -> None:
    await post(caller, file_of(*GOOD))
    again = (await post(caller, file_of(*GOOD))).json()
    assert {name: again[name] for name in ("created", "replaced", "unchanged")} == {
        "created": 0,
        "replaced": 0,
        "unchanged": 4,
    }
    changed = (await post(caller, file_of(GOOD[0].replace("10.53", "10.5"), *GOOD[1:]))).json()
    assert [(each["outcome"], each["revision"]) for each in changed["rows"]] == [
        ("replaced", 2),
        *[("unchanged", 1)] * 3,
    ]


async def test_what_excel_in_indonesian_settings_saves_is_taken(caller: Client, connection: Connection) -> None:
    heading = "\ufeffKode wilayah;Tahun;Indikator;Nilai;Kategori;Ada;Status;Sumber;Tautan;Tanggal terbit;Catatan"
    lines = [
        f"63;2022;Perkawinan anak;10,53;;;Terverifikasi;DP3A;{LINK};;",
        f"6372;2023;PATBM;;;Tidak;Sementara;DP3A;{LINK};;",
    ]
    assert (await post(caller, "\r\n".join([heading, *lines]))).status_code == 200
    assert [row[2:6] for row in await stored(connection)] == [
        ("child-marriage", Decimal("10.53"), None, None),
        ("patbm", None, None, False),
    ]


async def test_a_workbook_is_taken_with_its_numbers(caller: Client, connection: Connection) -> None:
    rows: list[list[Any]] = [line.split(",") for line in [HEADING, *GOOD]]
    rows[1][3], rows[4][3] = 10.53, 258753.0
    answer = await post(caller, make_workbook(*rows), "application/vnd.ms-excel")
    assert answer.status_code == 200, answer.text
    assert [row[3] for row in await stored(connection)] == [Decimal("10.53"), None, Decimal(258753), None]


async def test_an_exported_file_can_be_sent_back(caller: Client) -> None:
    await post(caller, file_of(*GOOD))
    for query in ("format=csv", "format=csv&separator=semicolon", "format=xlsx"):
        for parent in ("parent=63", "parent=63&level=regency"):
            exported = await caller.http.get(f"{CONTEXT}?{parent}&{query}")
            answer = await post(caller, exported.content)
            assert answer.status_code == 200, answer.text
            assert (answer.json()["created"], answer.json()["replaced"]) == (0, 0), (query, answer.json())
            assert "name" in answer.json()["ignored_columns"]


@pytest.mark.parametrize(
    ("separator", "value", "expected"),
    [
        (",", "10.53", "10.53"),
        (",", '"10,53"', "10.53"),
        (";", "10,53", "10.53"),
        (";", "10.53", "10.53"),
        (";", "0,125", None),
        (",", "1.045", None),
        (";", "1.045", "two_readings"),
        (",", '"1,045"', "two_readings"),
        (";", "1.045.000", "two_readings"),
        (";", "1,2E+05", "lost_digits"),
        (";", "sepuluh", "wrong_type"),
        (";", "10 %", "wrong_type"),
        (";", "NaN", "wrong_type"),
        (";", "-1", "out_of_range"),
        (";", "1e400", "lost_digits"),
    ],
)
async def test_a_number_is_read_in_one_way_only(
    caller: Client, connection: Connection, separator: str, value: str, expected: str | None
) -> None:
    heading = separator.join(("region", "year", "indicator", "value", "status", "source", "url"))
    line = separator.join(("63", "2022", "child-marriage", value, "verified", "DP3A", LINK))
    answer = await post(caller, f"{heading}\n{line}\n")
    if expected is None:
        # It is a number with three decimal places, of which the indicator has two.
        assert codes_of(answer) == {"/2/value": "too_many_digits"}
    elif expected[0].isdigit():
        assert answer.status_code == 200, answer.text
        assert (await stored(connection))[0][3] == Decimal(expected)
    else:
        assert codes_of(answer) == {"/2/value": expected}


async def test_a_thousands_point_is_a_fault_that_shows_the_right_form(caller: Client) -> None:
    heading = "region;year;indicator;value;status;source;url"
    answer = await post(caller, f"{heading}\n6372;2023;population;258.753;verified;BPS;{LINK}\n")
    (fault,) = answer.json()["faults"]
    assert (fault["line"], fault["column"]) == (2, "value")
    assert fault["message"] == (
        "Line 2, column value: This number can be read in two ways, because its point or comma may divide thousands. "
        "Write it without a mark for thousands, such as 10,53."
    )


async def test_every_fault_is_named_with_its_line_and_nothing_is_stored(caller: Client, connection: Connection) -> None:
    lines = [
        GOOD[0],
        f"6399,2022,child-marriage,10.53,,,verified,DP3A,{LINK},,",
        f"desa,2022,child-marriage,10.53,,,verified,DP3A,{LINK},,",
        f"63,2099,child-marriage,10.53,,,verified,DP3A,{LINK},,",
        f"63,22,child-marriage,10.53,,,verified,DP3A,{LINK},,",
        f"63,2021,child-mariage,10.53,,,verified,DP3A,{LINK},,",
        f"63,2020,child-marriage,101,,,verified,DP3A,{LINK},,",
        f"63,2019,child-marriage,,madya,,verified,DP3A,{LINK},,",
        f"6372,2023,kla-award,,emas,,verified,DP3A,{LINK},,",
        f"6372,2022,puspaga,,,mungkin,verified,DP3A,{LINK},,",
        "63,2018,child-marriage,10.53,,,baik,,javascript:alert(1),besok,",
        GOOD[0],
    ]
    answer = await post(caller, file_of(*lines))
    assert answer.status_code == 422
    assert codes_of(answer) == {
        "/3/region": "not_in_force",
        "/4/region": "bad_format",
        "/5/year": "year_ahead",
        "/6/year": "wrong_type",
        "/7/indicator": "unknown_indicator",
        "/8/value": "out_of_range",
        "/9/category": "other_kind",
        "/9/value": "missing",
        "/10/category": "not_allowed",
        "/11/present": "wrong_type",
        "/12/status": "not_allowed",
        "/12/source": "missing",
        "/12/url": "bad_format",
        "/12/published_on": "bad_format",
        "/13/indicator": "row_twice",
    }
    messages = {each["pointer"]: each["message"] for each in answer.json()["faults"]}
    assert messages["/8/value"] == "Line 8, column value: Use a value between 0 and 100, such as 10.54."
    assert messages["/13/indicator"].startswith("Line 13, column indicator: Line 2 has the same region, year and")
    assert await connection.fetchval("SELECT count(*) FROM context_figure") == 0


async def test_one_line_of_another_region_stops_the_file(caller: Client, connection: Connection) -> None:
    answer = await post(caller, file_of(*GOOD, f"64,2022,child-marriage,1,,,verified,DP3A,{LINK},,"))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")
    assert codes_of(answer) == {"/6/region": "outside_caller"}
    assert await connection.fetchval("SELECT count(*) FROM context_figure") == 0


async def test_headings_are_needed_and_names_of_people_are_not(caller: Client) -> None:
    answer = await post(caller, "region,year,indicator,value,status,source\n63,2022,child-marriage,1,verified,DP3A\n")
    assert codes_of(answer) == {"/1/url": "missing"}
    answer = await post(caller, file_of(GOOD[0] + ",6372010101900001", heading=HEADING + ",nik"))
    assert codes_of(answer) == {"/1/nik": "unknown_member"}
    assert "6372010101900001" not in answer.text


async def test_a_whole_file_is_audited_as_one(caller: Client, connection: Connection) -> None:
    await post(caller, file_of(*GOOD))
    await post(caller, file_of(*GOOD))
    (entry,) = await connection.fetch("SELECT region, detail FROM audited WHERE kind = 'context.report'")
    assert (entry["region"], json.loads(entry["detail"])) == ("63", {"count": 4})


async def test_ten_thousand_lines_with_one_fault_store_nothing(caller: Client, connection: Connection) -> None:
    villages = await connection.fetch("SELECT code FROM region WHERE code LIKE '63%' AND level = 'village' LIMIT 1700")
    lines = [
        f"{row['code']},{year},population,1045,,,verified,BPS,{LINK},,"
        for year in range(2018, 2024)
        for row in villages
    ][:FILE_LINES]
    assert len(lines) == FILE_LINES
    wrong = await post(caller, file_of(*lines[:-1], lines[-1].replace("1045", "1045.5")))
    assert codes_of(wrong) == {f"/{FILE_LINES + 1}/value": "too_many_digits"}
    assert await connection.fetchval("SELECT count(*) FROM context_figure") == 0
    too_long = await post(caller, file_of(*lines, GOOD[0]))
    assert codes_of(too_long) == {None: "too_many_lines"}
    done = await post(caller, file_of(*lines))
    assert (done.status_code, done.json()["created"]) == (200, FILE_LINES), done.text[:500]
    assert await connection.fetchval("SELECT count(*) FROM context_figure WHERE current") == FILE_LINES


async def test_readers_of_figures_send_none(client: Client) -> None:
    await act_as(client, ("analyst", "63"))
    answer = await post(client, file_of(*GOOD))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:missing-scope")


async def test_a_withdrawn_figure_comes_back_by_a_file(caller: Client) -> None:
    await put(caller, address(), value=10.53)
    await caller.http.delete(address())
    (row,) = (await post(caller, file_of(GOOD[0]))).json()["rows"]
    assert (row["outcome"], row["revision"]) == ("created", 2)


async def test_a_code_names_its_own_indicator_whatever_others_are_called(caller: Client) -> None:
    """A new indicator is called as two others are, one by its code and one by its name."""
    await caller.sign_in(scopes=["statistics:write"], regions=["ID"])
    defined = {
        "kind": "number",
        "unit": "percent",
        "decimals": 0,
        "name": {"id": "Penduduk", "en": "population"},
        "definition": {"id": "Contoh", "en": "Example"},
        "source": {"name": "BPS", "url": LINK},
        "status": "provisional",
    }
    assert (await caller.http.put("/v1/statistics/indicators/aaa-uji", json=defined)).status_code == 201
    answer = await post(caller, file_of(f"6305,2022,population,50,,,verified,BPS,{LINK},,"))
    assert [each["indicator"] for each in answer.json()["rows"]] == ["population"]
    ambiguous = await post(caller, file_of(f"6305,2022,Penduduk,50,,,verified,BPS,{LINK},,"))
    assert [each["code"] for each in ambiguous.json()["faults"]] == ["unknown_indicator"]
