"""POST /v1/people/import reads what offices make with Excel and other programs, and says in which cell a fault is."""

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
from httpx import Response

from app.formats.negotiation import FILE_TYPES
from tests.support.accounts import VILLAGE, act_as, post_file
from tests.support.factories import Client, codes_of
from tests.support.workbooks import make_workbook

XLSX, EXCEL, _ = FILE_TYPES
HEAD = ("Nama Pengguna", "Nama", "Tugas", "Kode Wilayah", "Berlaku sampai")
SITI = ("siti.aminah", "Siti Aminah", "Kader", "63.72.06.1004", "31/12/2099")


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


def lines(*rows: tuple[Any, ...], separator: str = ";") -> str:
    return "".join(separator.join(map(str, row)) + "\r\n" for row in rows)


async def only_grant(admin: Client, answer: Response) -> tuple[str, str, str | None]:
    """Role, region and end of the only grant of the only person of an import."""
    assert answer.status_code == 201, answer.text
    (person,) = answer.json()["people"]
    (grant,) = (await admin.http.get(f"/v1/people/{person['id']}")).json()["grants"]
    return grant["role"], grant["region"], grant["valid_until"]


@pytest.mark.parametrize(
    "heading",
    [
        "Username;Name;Role;Region;Valid until",
        "USERNAME;NAME;ROLE;REGION;VALID_UNTIL",
        "Nama Pengguna;Nama;Tugas;Kode Wilayah;Berlaku sampai",
        "nama pengguna;Nama Lengkap;Peran;Wilayah;Berlaku s/d",
        "Akun;Nama Kader;Jabatan;Desa/Kelurahan;s.d.",
        "Username\u00a0; Nama ;Peran\u00a0;Kode  Desa;Sampai tanggal",
    ],
)
async def test_headings_may_be_in_both_languages_and_in_any_case(admin: Client, heading: str) -> None:
    answer = await post_file(admin, heading + "\r\n" + lines(SITI))
    assert await only_grant(admin, answer) == ("kader", VILLAGE, "2099-12-31T16:00:00Z")


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("media_type", ["text/csv", EXCEL, XLSX])
async def test_csv_is_read_as_excel_writes_it(admin: Client, separator: str, encoding: str, media_type: str) -> None:
    row = ("siti.aminah", "Sití Aminah", *SITI[2:])
    body = (f"sep={separator}\r\n" + lines(HEAD, row, ("",) * 5, separator=separator)).encode(encoding)
    answer = await post_file(admin, body, **{"Content-Type": media_type})
    await only_grant(admin, answer)
    assert answer.json()["people"][0]["name"] == "Sití Aminah"
    odd = [each["code"] for each in answer.json()["warnings"]]
    assert odd == (["read_as_windows_1252"] if encoding == "cp1252" else [])


@pytest.mark.parametrize("media_type", [XLSX, EXCEL, "text/csv"])
async def test_a_workbook_is_read_by_its_content(admin: Client, media_type: str) -> None:
    row = ("siti.aminah", "Siti Aminah", "Kader", 6372061004, datetime.fromisoformat("2099-12-31"))
    body = make_workbook(("No", *HEAD, "Ket."), (1, *row, "baru"), (), (None,) * 7, formats={"F2": "dd/mm/yyyy"})
    answer = await post_file(admin, body, **{"Content-Type": media_type})
    assert await only_grant(admin, answer) == ("kader", VILLAGE, "2099-12-31T16:00:00Z")
    assert answer.json()["ignored_columns"] == ["no", "ket"]
    assert [each["code"] for each in answer.json()["warnings"]] == ["columns_ignored"]


@pytest.mark.parametrize(
    "day", ["31/12/2099", "31-12-2099", "2099-12-31", "31 Desember 2099", "31 Des 2099", "31.12.2099", "'31/12/2099"]
)
async def test_days_are_read_as_offices_write_them(admin: Client, day: str) -> None:
    answer = await post_file(admin, lines(HEAD, (*SITI[:4], day)))
    assert (await only_grant(admin, answer))[2] == "2099-12-31T16:00:00Z"


@pytest.mark.parametrize(
    ("role", "region", "expected"),
    [
        ("Kader", VILLAGE, "kader"),
        ("PENYELIA", "637206", "supervisor"),
        ("penyelia (TPK2D)", "63.72.06", "supervisor"),
        ("Supervisor", "6372", "supervisor"),
        ("Analis", "6372", "analyst"),
        ("analyst", "6372", "analyst"),
        ("Admin Instansi", "6372", "agency_administrator"),
        ("agency administrator", "6372", "agency_administrator"),
    ],
)
async def test_roles_have_their_names_of_both_languages(admin: Client, role: str, region: str, expected: str) -> None:
    answer = await post_file(admin, lines(HEAD, ("siti", "Siti", role, region, "")))
    assert (await only_grant(admin, answer))[:2] == (expected, region.replace(".", ""))


@pytest.mark.parametrize("code", [VILLAGE, f"{VILLAGE}.0", f"'{VILLAGE}", "63.72.06.1004 ", f"{VILLAGE},00"])
async def test_codes_are_read_as_excel_writes_them(admin: Client, code: str) -> None:
    answer = await post_file(admin, lines(HEAD, ("siti", "Siti", "kader", code, "")))
    assert (await only_grant(admin, answer))[1] == VILLAGE


@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_fault_says_the_cell_and_an_example_that_is_right(admin: Client, language: str) -> None:
    wrong = ("Rahmat Hidayat", "", "Kadr", "6.37206E+09", "12/31/2027")
    answer = await post_file(
        admin, make_workbook(("No", *HEAD), (1, *wrong)), **{"Content-Type": XLSX, "Accept-Language": language}
    )
    assert answer.status_code == 422
    faults = answer.json()["faults"]
    assert [(each["pointer"], each["code"], each["line"], each["cell"]) for each in faults] == [
        ("/2/username", "bad_format", 2, "B2"),
        ("/2/name", "missing", 2, "C2"),
        ("/2/role", "not_allowed", 2, "D2"),
        ("/2/region", "lost_digits", 2, "E2"),
        ("/2/valid_until", "bad_format", 2, "F2"),
    ]
    role = {"id": "Kader", "en": "kader"}[language]
    examples = ("siti.aminah", "Siti Aminah", role, "63.72.06.1004", "31/12/2027")
    start = {"id": "Baris 2, kolom ", "en": "Line 2, column "}[language]
    for fault, example in zip(faults, examples, strict=True):
        assert fault["message"].startswith(start + fault["column"] + f" ({fault['cell']}): "), fault
        assert example in fault["message"], fault
    assert "Kadr" not in answer.text
    assert "Rahmat" not in answer.text


async def test_a_fault_of_the_services_names_the_cell_too(admin: Client) -> None:
    rows = [("siti", "Siti", "kader", "6372", None), ("budi", "Budi", "kader", "6371031001", None)]
    answer = await post_file(admin, make_workbook(HEAD, rows[0]), **{"Content-Type": XLSX})
    ((fault,), code) = answer.json()["faults"], codes_of(answer)
    assert (fault["cell"], code) == ("D2", {"/2/region": "wrong_level"})
    answer = await post_file(admin, make_workbook(HEAD, *rows), **{"Content-Type": XLSX})
    assert answer.status_code == 403
    assert [each["cell"] for each in answer.json()["faults"]] == ["D3"]
    assert (await post_file(admin, lines(HEAD, SITI))).status_code == 201
    (taken,) = (await post_file(admin, make_workbook(HEAD, SITI), **{"Content-Type": XLSX})).json()["faults"]
    assert (taken["code"], taken["cell"]) == ("taken", "A2")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "old_excel"),
        (b"PK\x03\x04" + bytes(100), "bad_workbook"),
        (b"%PDF-1.7\n\x00\x01", "bad_table"),
    ],
)
async def test_other_files_are_refused_with_advice(admin: Client, body: bytes, code: str) -> None:
    answer = await post_file(admin, body, **{"Content-Type": EXCEL, "Accept-Language": "id"})
    (fault,) = answer.json()["faults"]
    assert (answer.status_code, fault["code"]) == (422, code)
    assert ".xlsx" in fault["message"]


async def test_a_zip_bomb_is_refused(admin: Client) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(300 * 1024 * 1024))
    assert len(body.getvalue()) < 512 * 1024
    answer = await post_file(admin, body.getvalue(), **{"Content-Type": XLSX})
    assert [each["code"] for each in answer.json()["faults"]] == ["bad_workbook"]
