"""POST /v1/statistics/cases: the case statistics of a whole province in one file."""

import time
from typing import Any

import pytest
from httpx import Response

from app.formats.negotiation import XLSX
from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.cases import path_of, report
from tests.support.factories import EVERYTHING, Client
from tests.support.gaps import watching
from tests.support.workbooks import make_workbook

HEADING = "region;period;status;through;source;age_status;sex;place;cases;victims"
LINES = (
    "63;2023;verified;2023-02-28;DP3AKB;;;;69;76",
    "63;2023;verified;2023-02-28;DP3AKB;child;;;;49",
    "63;2023;verified;2023-02-28;DP3AKB;adult;female;;;27",
    "63.72;2023-01;provisional;;DP3AKB;;;;3;12",
)


async def post(client: Client, *lines: str, heading: str = HEADING) -> Response:
    body = "\n".join((heading, *lines)).encode("utf-8")
    return await client.http.post("/v1/statistics/cases", content=body, headers={"Content-Type": "text/csv"})


def faults_of(answer: Response) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["faults"]]


async def count(connection: Connection) -> int:
    found: int = await connection.fetchval("SELECT count(*) FROM case_report")
    return found


async def test_it_works(caller: Client) -> None:
    answer = await post(caller, *LINES)
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["created"], done["replaced"], done["unchanged"]) == (2, 0, 0)
    assert [(each["line"], each["region"], each["period"], each["outcome"]) for each in done["rows"]] == [
        (2, "63", "2023", "created"),
        (3, "63", "2023", "created"),
        (4, "63", "2023", "created"),
        (5, "6372", "2023-01", "created"),
    ]
    stored = (await caller.get(path_of("63", "2023"))).json()["verified"]
    assert stored["through"] == "2023-02-28"
    assert {"age_status": "child", "victims": 49} in stored["counts"]


async def test_a_file_sent_again_changes_nothing(caller: Client, connection: Connection) -> None:
    await post(caller, *LINES)
    done = (await post(caller, *reversed(LINES))).json()
    assert (done["created"], done["replaced"], done["unchanged"]) == (0, 0, 2)
    done = (await post(caller, LINES[0], "63.72;2023-01;provisional;;DP3AKB;;;;4;12")).json()
    assert (done["created"], done["replaced"], done["unchanged"]) == (0, 2, 0)
    assert await count(connection) == 4


async def test_headings_and_codes_may_be_indonesian(caller: Client) -> None:
    heading = "Kode Wilayah;Periode;Status Data;Sumber;Jenis Kelamin;Kelompok Umur;Tempat Kejadian;Jumlah Korban"
    lines = (
        "63.72;2023;Terverifikasi;Simfoni PPA;P;;;40",
        "63.72;2023;Terverifikasi;Simfoni PPA;Perempuan;13-17;;12",
        "63.72;2023;terverifikasi;Simfoni PPA;;;rumah  tangga;30",
    )
    answer = await post(caller, *lines, heading=heading)
    assert answer.status_code == 200, answer.text
    counts = (await caller.get(path_of("6372", "2023"))).json()["verified"]["counts"]
    assert counts == [
        {"sex": "female", "victims": 40},
        {"place": "household", "victims": 30},
        {"sex": "female", "age_group": "age_13_17", "victims": 12},
    ]


async def test_a_workbook_is_taken(caller: Client) -> None:
    heading = ["Kode Wilayah", "Periode", "Status", "Sumber", "Kasus", "Korban", "Pelaku"]
    book = make_workbook(heading, ["63.72", 2023, "verified", "Simfoni PPA", 40, 41.0, None])
    answer = await caller.http.post("/v1/statistics/cases", content=book, headers={"Content-Type": XLSX})
    assert answer.status_code == 200, answer.text
    counts = (await caller.get(path_of("6372", "2023"))).json()["verified"]["counts"]
    assert counts == [{"cases": 40, "victims": 41}]


FAULTS = [
    ("63;2023;verified;;DP3AKB;;;;1.045;", "/3/cases", "thousands"),
    ("63;2023;verified;;DP3AKB;;;;1,045;", "/3/cases", "thousands"),
    ("63;2023;verified;;DP3AKB;;;;10.000;", "/3/cases", "thousands"),
    ("63;2023;verified;;DP3AKB;;;;-4;", "/3/cases", "too_small"),
    ("63;2023;verified;;DP3AKB;;;;tiga;", "/3/cases", "wrong_type"),
    ("63;2023;verified;;DP3AKB;;femal;;;4", "/3/sex", "unknown_code"),
    ("63;2023;verified;;DP3AKB;;;;;", "/3", "nothing_counted"),
    ("63;2023;verified;;DP3AKB;;female;;4;", "/3/cases", "not_divided"),
    ("63;2023;verified;;;;;;4;", "/3/source", "missing"),
    ("63;2023;;;DP3AKB;;;;4;", "/3/status", "missing"),
    ("63;2023;final?;;DP3AKB;;;;4;", "/3/status", "not_allowed"),
    ("63;Jan 2023;verified;;DP3AKB;;;;4;", "/3/period", "bad_format"),
    ("63;2099;verified;;DP3AKB;;;;4;", "/3/period", "period_not_begun"),
    (";2023;verified;;DP3AKB;;;;4;", "/3/region", "missing"),
    ("6;2023;verified;;DP3AKB;;;;4;", "/3/region", "bad_format"),
    ("6399;2023;verified;;DP3AKB;;;;4;", "/3/region", "not_in_force"),
    ("63;2023;verified;2024-01-01;DP3AKB;;;;4;", "/3/through", "out_of_range"),
    ("63;2023;verified;31 Juni 2023;DP3AKB;;;;4;", "/3/through", "bad_format"),
]


@pytest.mark.parametrize(("line", "place", "code"), FAULTS)
async def test_a_wrong_cell_is_named_and_nothing_is_stored(
    caller: Client, connection: Connection, line: str, place: str, code: str
) -> None:
    answer = await post(caller, "63.71;2023;verified;;DP3AKB;;;;40;", line)
    assert (answer.status_code, faults_of(answer)) == (422, [(place, code)])
    assert answer.json()["faults"][0]["message"].startswith("Line 3")
    assert await count(connection) == 0


async def test_a_fault_between_lines_names_both(caller: Client) -> None:
    lines = ("63;2023;verified;;DP3AKB;;;;;20", "63;2023;verified;;DP3AKB;;female;;;21")
    fault = (await post(caller, *lines)).json()["faults"][0]
    assert (fault["pointer"], fault["code"], fault["whole"]) == ("/3/victims", "above_whole", "/2/victims")
    assert "line 2" in fault["message"]


async def test_the_lines_of_a_report_say_the_same(caller: Client) -> None:
    lines = ("63;2023;verified;;DP3AKB;;;;;20", "63;2023;verified;;Simfoni;;female;;;11")
    answer = await post(caller, *lines)
    assert faults_of(answer) == [("/3/source", "differs_in_report")]
    assert "line 2" in answer.json()["faults"][0]["message"]


async def test_the_same_breakdown_twice_is_a_fault(caller: Client) -> None:
    answer = await post(caller, *("63;2023;verified;;DP3AKB;;;;;20",) * 2)
    assert faults_of(answer) == [("/3/victims", "counted_twice")]


async def test_two_granularities_of_a_year_are_faults(caller: Client) -> None:
    lines = ("63;2023;verified;;DP3AKB;;;;20;", "63;2023-01;verified;;DP3AKB;;;;20;")
    assert faults_of(await post(caller, *lines)) == [
        ("/2/period", "other_granularity"),
        ("/3/period", "other_granularity"),
    ]
    assert (await post(caller, lines[0])).status_code == 200
    answer = await post(caller, lines[1])
    assert faults_of(answer) == [("/2/period", "other_granularity")]
    assert "2023" in answer.json()["faults"][0]["message"]


async def test_a_region_above_the_callers_is_refused_with_its_line(client: Client, connection: Connection) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["6372"])
    answer = await post(client, "6372;2023;verified;;DP3AKB;;;;40;", "63;2023;verified;;DP3AKB;;;;40;")
    assert (answer.status_code, faults_of(answer)) == (403, [("/3/region", "outside_caller")])
    assert await count(connection) == 0


async def test_warnings_stand_at_their_lines(caller: Client) -> None:
    await caller.http.put(path_of("63", "2023"), json=report({"victims": 30}))
    await act_as(caller, ("agency_administrator", "63"))
    lines = (
        "63;2023;verified;;DP3AKB;;;;;31",
        "63;2023;verified;;DP3AKB;;male;;;4",
        "63;2023;verified;;DP3AKB;;female;;;4",
    )
    rows = (await post(caller, *lines)).json()["rows"]
    told = [[(each["code"], each["pointer"]) for each in row["warnings"]] for row in rows]
    assert told == [[("parts_below_whole", "/2/victims"), ("other_sender", "/2")], [], []]


async def test_ten_thousand_lines_with_one_fault_store_nothing(caller: Client, connection: Connection) -> None:
    """Time is bounded, and other requests have their turn."""
    lines = long_lines()
    lines[7001] = lines[7001].replace(";12", ";1.2")
    began = time.monotonic()
    async with watching() as gaps:
        answer = await post(caller, *lines)
    assert (answer.status_code, faults_of(answer)) == (422, [("/7003/victims", "thousands")])
    assert await count(connection) == 0
    assert time.monotonic() - began < 60
    assert gaps.seconds < 0.2


async def test_ten_thousand_lines_are_stored(caller: Client, connection: Connection) -> None:
    async with watching() as gaps:
        answer = await post(caller, *long_lines())
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["rows"]) == 10_000
    assert await count(connection) == 400
    assert gaps.seconds < 0.2


async def test_one_line_more_is_refused(caller: Client) -> None:
    answer = await post(caller, *long_lines(), "63;2023;verified;;DP3AKB;;;;40;")
    assert faults_of(answer)[0][1] == "too_many_lines"


def long_lines() -> list[str]:
    """10,000 lines of 400 reports: 13 regencies, several years, each with a total and its parts."""
    regencies = [f"63{number:02}" for number in (*range(1, 12), 71, 72)]
    places = ("household", "workplace", "school", "public_facility", "short_course", "other")
    lines: list[str] = []
    for year in range(2002, 2026):
        for region in regencies:
            for month in range(1, 13):
                if len(lines) == 10_000:
                    return lines
                head = f"{region};{year}-{month:02};verified;;DP3AKB"
                lines += [
                    f"{head};;;;;300",
                    *(f"{head};{age};;{place};;12" for age in ("child", "adult") for place in places),
                ]
                lines += [f"{head};;{sex};{place};;12" for sex in ("male", "female") for place in places]
    return lines


async def test_it_is_audited_for_each_report(caller: Client, connection: Connection) -> None:
    await post(caller, *LINES)
    rows: list[Any] = await connection.fetch("SELECT region FROM audited WHERE kind = 'statistics.report'")
    assert sorted(row["region"] for row in rows) == ["63", "6372"]
