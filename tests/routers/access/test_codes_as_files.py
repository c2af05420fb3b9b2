"""The codes of POST /v1/people/import and /codes come as CSV, as a workbook or as slips to print."""

import csv
import io
import re
from datetime import datetime, timedelta

import openpyxl
import pytest
from httpx import Response

from app.formats.negotiation import FILE_TYPES
from app.pages.slips import POLICY
from app.regions.local_time import say_local
from app.services.access.slips import SLIP_COLUMNS
from tests.support.accounts import VILLAGE, act_as, post_file
from tests.support.factories import Client
from tests.support.workbooks import make_workbook

XLSX = FILE_TYPES[0]
ROWS = (
    ("username", "name", "role", "region"),
    ("siti.aminah", "Siti;=1+1;", "Kader", "63.72.06.1004"),
    ("siti.aminah", "Siti;=1+1;", "Penyelia", "637206"),
    ("budi", "<b>Budi</b> & 'Co'", "Kader", "6372021005"),
)


@pytest.fixture
async def admin(client: Client) -> Client:
    return await act_as(client, ("agency_administrator", "6372"))


def table(separator: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(ROWS)
    return out.getvalue()


def taken(answer: Response, media_type: str) -> Response:
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (201, media_type), answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer


@pytest.mark.parametrize("separator", [";", ",", "\t"])
async def test_csv_has_the_separator_of_the_file(admin: Client, separator: str) -> None:
    answer = taken(await post_file(admin, table(separator), Accept="text/csv"), "text/csv")
    text = answer.text
    assert text.startswith("\ufeff" + separator.join(SLIP_COLUMNS) + "\r\n")
    siti, budi = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    assert siti["name"] == "Siti;'=1+1;"
    assert siti["role"] == "Kader, Penyelia (TPK2D)"
    assert siti["region"] == "63.72.06.1004, 63.72.06"
    assert (siti["village"], siti["district"]) == ("Landasan Ulin Selatan, Liang Anggang", "Liang Anggang")
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", siti["code"])
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d WITA", siti["code_expires_at"])
    assert (budi["username"], budi["region"]) == ("budi", "63.72.02.1005")


async def test_the_time_is_that_of_the_region(admin: Client) -> None:
    people = (await post_file(admin, table(","))).json()["people"]
    moment = datetime.fromisoformat(people[0]["code_expires_at"])
    assert say_local(moment, "6372") == f"{moment + timedelta(hours=8):%d/%m/%Y %H:%M} WITA"
    assert say_local(moment, "3174") == f"{moment + timedelta(hours=7):%d/%m/%Y %H:%M} WIB"
    assert say_local(moment, "9471") == f"{moment + timedelta(hours=9):%d/%m/%Y %H:%M} WIT"


async def test_a_workbook_has_texts_and_no_formulas(admin: Client) -> None:
    body = make_workbook(*ROWS)
    answer = taken(await post_file(admin, body, **{"Content-Type": XLSX, "Accept": XLSX}), XLSX)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    heading, siti, budi = sheet.iter_rows()
    assert [each.value for each in heading] == list(SLIP_COLUMNS)
    assert [each.value for each in siti][:4] == [
        "siti.aminah",
        "Siti;=1+1;",
        "Kader, Penyelia (TPK2D)",
        "63.72.06.1004, 63.72.06",
    ]
    assert {each.data_type for row in (siti, budi) for each in row} == {"s"}


@pytest.mark.parametrize(("sent", "expected"), [("xlsx", XLSX), ("csv", "text/csv")])
async def test_of_both_kinds_the_one_that_came_in_goes_out(admin: Client, sent: str, expected: str) -> None:
    body = make_workbook(*ROWS) if sent == "xlsx" else table(";")
    taken(await post_file(admin, body, Accept=f"text/csv, {XLSX}"), expected)


async def test_slips_are_a_page_without_script_that_shows_names_as_text(admin: Client) -> None:
    answer = taken(await post_file(admin, table(";"), Accept="text/html"), "text/html")
    assert answer.headers["content-security-policy"] == POLICY
    assert "script-src" not in POLICY
    assert "default-src 'none'" in POLICY
    page = answer.text
    assert "<script" not in page
    assert "&lt;b&gt;Budi&lt;/b&gt; &amp; &#39;Co&#39;" in page
    assert page.count("<article>") == 2
    assert page.count("<section>") == 2
    assert "Landasan Ulin Selatan, Liang Anggang (63.72.06.1004)" in page
    assert "http" not in re.sub(r"http://(127\.0\.0\.1|localhost|www\.w3\.org)", "", page)


async def test_the_format_may_stand_in_the_address(admin: Client) -> None:
    for kind, media_type in (
        ("csv", "text/csv"),
        ("xlsx", XLSX),
        ("html", "text/html"),
        ("json", "application/json"),
    ):
        text = f"username;name;role;region\nk-{kind};Kader;Kader;{VILLAGE}\n"
        headers = {"Content-Type": "text/csv", "Accept": "application/json"}
        path = f"/v1/people/import?format={kind}"
        taken(await admin.http.post(path, content=text.encode(), headers=headers), media_type)
        taken(await admin.http.post(f"/v1/people/codes?format={kind}&region={VILLAGE}"), media_type)
    assert (await admin.http.post(f"/v1/people/codes?format=pdf&region={VILLAGE}")).status_code == 422
