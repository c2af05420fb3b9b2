"""Slips print from a real browser: each on one sheet, villages apart, and the QR code holds the address alone."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import pypdf
import pytest
import segno

from app.pages.slips import MEDIA_TYPE, POLICY, write_page
from app.schemas.access.person import CodesOut, SlipGrantOut, SlipOut

ADDRESS = "https://ikk.example.go.id"
VILLAGES = {"6372061004": "Landasan Ulin Selatan", "6372021005": "Sungai Ulin"}


def slip(number: int, region: str) -> SlipOut:
    grant = SlipGrantOut(role="kader", region=region, dotted=region, name=VILLAGES[region], district="Kecamatan Contoh")
    return SlipOut(
        id=UUID(int=number),
        username=f"kader.{number:02}",
        name=f"Kader Contoh {number:02}",
        code=f"7HQK-M2XV-94TD-W{number:03}",
        code_expires_at=datetime(2026, 12, 15, 1, 30, tzinfo=UTC),
        grants=[grant],
    )


CODES = CodesOut(people=[slip(number, list(VILLAGES)[number % 2]) for number in range(14)])


def test_the_qr_code_holds_the_address_and_no_code() -> None:
    page = write_page(CODES, ADDRESS)
    assert segno.make_qr(ADDRESS, error="m").svg_inline(omitsize=True, svgclass=None) in page
    assert page.count("<symbol") == 1, "one picture for all slips cannot hold the code of one"
    assert not re.search(r"(href|src)=\"(?!#address)", page)


def test_what_people_typed_is_text() -> None:
    bad = slip(1, "6372061004").model_copy(update={"name": "</style><script>alert(1)</script>"})
    assert "<script" not in write_page(CodesOut(people=[bad]), ADDRESS)


def test_slips_are_in_the_order_of_villages_and_usernames() -> None:
    found = re.findall(r"kader\.\d\d", write_page(CODES, ADDRESS))
    assert found == sorted(found, key=lambda each: (int(each[-2:]) % 2 == 0, each))


@contextmanager
def serving(page: str) -> Iterator[str]:
    """An address of this machine with the page and its content security policy."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{MEDIA_TYPE}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write(page.encode("utf-8"))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def print_page(browser: str, address: str, folder: Path) -> list[str]:
    """The text of each sheet that the browser prints. It reaches nothing but this machine."""
    printed = folder / "slips.pdf"
    options = (
        *(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={folder}/profile",
        ),
        *("--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-pdf-header-footer"),
    )
    command = [browser, *options, f"--print-to-pdf={printed}", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert printed.exists(), done.stderr
    return [sheet.extract_text() for sheet in pypdf.PdfReader(printed).pages]


@pytest.mark.foreign
def test_a_browser_prints_every_slip_whole_and_villages_apart(tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed (Debian: chromium)")
    with serving(write_page(CODES, ADDRESS)) as address:
        sheets = print_page(browser, address, tmp_path)
    for each in CODES.people:
        (sheet,) = [text for text in sheets if each.code in text]
        assert all(part in sheet for part in (each.name, each.username, "15/12/2026 09:30 WITA", ADDRESS))
        assert sheet.count("Buat kata sandi sendiri") == len(re.findall(r"7HQK-M2XV-94TD-W\d{3}", sheet))
    for sheet in sheets:
        assert sum(name in sheet for name in VILLAGES.values()) == 1, "a sheet holds one village"
        assert "hanya ditampilkan sekali" not in sheet, "the style applies, so the note is not printed"
    assert 2 < len(sheets) < len(CODES.people)
