"""Draws the pictures of docs/guides/kader-trainers.md: `python -m tools.draw_phones ADDRESS SECRETS`.

The service at ADDRESS must be that of `ikk demo`, and SECRETS its file with passwords (`demo-secrets.json`). The tool
lets a demo kader send a few interviews of invented families, and its supervisor review them. The slip is one of nobody,
for a service that does not exist.
"""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, sync_playwright

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.examples.access import make_account_examples
from app.examples.tokens import ISSUER
from app.pages.device_slip import write_device_slip
from app.schemas.access.device import NewDeviceOut
from app.schemas.access.person import SlipGrantOut
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.synthetic import draw_submission

PICTURES: Final = Path(__file__).parents[1] / "docs" / "pictures"
KADER: Final = "demo-kader-1"
SUPERVISOR: Final = "demo-supervisor"
FILE: Final = "ikk-29-2026.1.toml"
COMMENTS: Final = [
    {"question": "drinking_water", "text": "Tanyakan lagi, di desa ini ada sumur bor bersama."},
    {"text": "Jumlah anggota keluarga berbeda dari catatan RT. Mohon datangi lagi."},
]
STRENGTH: Final = 0.7


def main() -> None:
    address, file = sys.argv[1:]
    passwords = json.loads(Path(file).read_text("utf-8"))
    instrument = read_instrument((SHIPPED_INSTRUMENTS / FILE).read_bytes())
    with httpx.Client(base_url=address, timeout=60, headers={"Accept-Language": "id"}) as http:
        play(http, passwords, instrument)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        draw_slip(browser)
        draw_own(browser, address, passwords[KADER])
        browser.close()


def play(http: httpx.Client, passwords: dict[str, str], instrument: Instrument) -> None:
    """Sends interviews of the present year in every state, in a round of the kader's village."""
    reviewing, sending = (sign_in(http, each, passwords[each]) for each in (SUPERVISOR, KADER))
    (village,) = http.get("/v1/me", headers=sending).raise_for_status().json()["scopes"]["submissions:write"]
    now = datetime.now(UTC)
    plan = {
        "name": f"Pendataan IKK {now.year}",
        "instrument": instrument.code,
        "version": instrument.version,
        "design": "census",
        "opens_on": str((now - timedelta(days=20)).date()),
        "closes_on": f"{now.year}-12-31",
        "villages": [{"region": village, "expected": 40}],
    }
    # Drawn once more, the round is there already.
    http.post("/v1/rounds", json=plan, headers=reviewing)
    random = Random(7)
    for hours, status in enumerate(("approved", "approved", "in_review", "returned", None), start=1):
        sent, body = draw_submission(instrument, village, now - timedelta(hours=20 - hours), random, lambda _: STRENGTH)
        http.put(f"/v1/submissions/{sent}", json=body, headers=sending).raise_for_status()
        if status is not None:
            review(http, reviewing, str(sent), status)
    _, body = draw_submission(instrument, village, now - timedelta(hours=2), random, lambda _: STRENGTH)
    body["answers"]["drinking_water"] = "sumur"
    http.put(f"/v1/submissions/{uuid4()}?keep=faulty", json=body, headers=sending).raise_for_status()


def sign_in(http: httpx.Client, username: str, password: str) -> dict[str, str]:
    form = {"grant_type": "password", "username": username, "password": password}
    return {"Authorization": f"Bearer {http.post('/v1/token', data=form).raise_for_status().json()['access_token']}"}


def review(http: httpx.Client, headers: dict[str, str], id: str, status: str) -> None:
    for each in dict.fromkeys(("in_review", status)):
        body: dict[str, Any] = {"status": each, "revision": 1}
        if each == "returned":
            body["comments"] = COMMENTS
        http.post(f"/v1/submissions/{id}/review", json=body, headers=headers).raise_for_status()


def draw_slip(browser: Browser) -> None:
    device = NewDeviceOut(**make_account_examples()[1]["createDevice"])
    place = SlipGrantOut(
        role="kader",
        region="6372061004",
        dotted="63.72.06.1004",
        name="Landasan Ulin Selatan",
        district="Liang Anggang",
    )
    page = browser.new_page(viewport={"width": 760, "height": 800})
    page.set_content(write_device_slip(device, "Rina Hartati", [place], ISSUER))
    page.locator("article").screenshot(path=PICTURES / "phone-slip.png")


def draw_own(browser: Browser, address: str, password: str) -> None:
    context = browser.new_context(base_url=address, viewport={"width": 360, "height": 1340}, device_scale_factor=1.5)
    page = context.new_page()
    page.goto("/")
    page.fill("#username", KADER)
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_url("**/own")
    page.screenshot(path=PICTURES / "phone-own.png")


if __name__ == "__main__":
    main()
