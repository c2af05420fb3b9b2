"""Draws docs/pictures/page.png: `python -m tools.draw_page ADDRESS SECRETS`.

The service at ADDRESS must be that of `ikk demo`, and SECRETS its file with passwords (`demo-secrets.json`).
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from app.demo.accounts import HEAD

PICTURES: Final = Path(__file__).parents[1] / "docs" / "pictures"
PAGE: Final = "/regions/63/2025"


def main() -> None:
    address, file = sys.argv[1:]
    password = json.loads(Path(file).read_text("utf-8"))[HEAD]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        draw(browser.new_page(base_url=address, viewport={"width": 1100, "height": 1010}), password)
        browser.close()


def draw(page: Page, password: str) -> None:
    page.goto("/")
    page.fill("#username", HEAD)
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_load_state()
    page.goto(PAGE)
    page.screenshot(path=PICTURES / "page.png")


if __name__ == "__main__":
    main()
