"""The slip of a phone prints on one sheet, and its QR code holds the settings of Collect."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import segno

from app.formats.collect_settings import make_settings, pack_settings
from app.pages.device_slip import MOST_PLACES, write_device_slip
from app.schemas.access.device import NewDeviceOut
from app.schemas.access.person import SlipGrantOut
from tests.pages.test_slips import print_page, serving

ADDRESS = "https://ikk.example.go.id"
SECRET = "ikk_device_" + "a1-_" * 10 + "xyz"
URL = f"{ADDRESS}/odk/k/{SECRET}"
DEVICE = NewDeviceOut(
    id=UUID(int=1),
    name="Samsung A05 merah",
    created_at=datetime(2026, 12, 1, tzinfo=UTC),
    ended_at=None,
    last_used_on=None,
    username="siti.aminah",
    secret=SECRET,
    server_url=URL,
    settings=pack_settings(make_settings(URL, "siti.aminah")),
)


def places(count: int) -> list[SlipGrantOut]:
    codes = [f"637206{1000 + number}" for number in range(count)]
    return [
        SlipGrantOut(role="kader", region=each, dotted=each, name=f"Desa {each}", district="Liang Anggang")
        for each in codes
    ]


def test_the_qr_code_holds_the_settings() -> None:
    page = write_device_slip(DEVICE, "Siti Aminah", places(1), ADDRESS)
    drawn = segno.make_qr(DEVICE.settings, error="l", boost_error=False)
    assert drawn.svg_inline(omitsize=True, svgclass=None, border=4) in page
    assert not drawn.is_micro
    assert page.count("<svg") == 2, "the frame with its name, and the code in it"


def test_a_person_with_many_villages_has_a_slip_of_one_page() -> None:
    page = write_device_slip(DEVICE, "Siti Aminah", places(MOST_PLACES + 8), ADDRESS)
    assert "dan 8 lainnya" in page


@pytest.mark.foreign
@pytest.mark.parametrize("count", [0, 1, MOST_PLACES + 8])
def test_a_browser_prints_the_slip_on_one_sheet(tmp_path: Path, count: int) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed (Debian: chromium)")
    with serving(write_device_slip(DEVICE, "Siti Aminah", places(count), ADDRESS)) as address:
        (sheet,) = print_page(browser, address, tmp_path)
    words = re.sub(r"\s+", "", sheet)
    for part in ("SitiAminah", "siti.aminah", ADDRESS, SECRET, "Musnahkanslip", "Finalisasi"):
        assert part in words
    assert "hanyaditampilkansekali" not in words
