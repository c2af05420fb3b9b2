"""Fills forms in the engines of others: ODK Web Forms in Node.js, and Enketo in Chromium.

A family is a list of steps. A step is the path of a question in the instance, such as `/data/people[1]/age`, and its
value. None takes an answer back.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from tests.support.factories import PROJECT
from tests.support.installing import node_modules, run
from tests.support.programs import needs

Steps = Sequence[tuple[str, str | None]]
_ENGINES: Final = PROJECT / "tests" / "xforms" / "engines"
_PAGE: Final = "http://enketo.example/"


def fill_in_web_forms(form: bytes, villages: str, families: Sequence[Steps], folder: Path) -> list[str]:
    """The instances of families as XML. folder: a temporary one"""
    node, packages = needs("node", "nodejs"), node_modules(_ENGINES / "package.json")
    (folder / "node_modules").symlink_to(packages)
    shutil.copy(_ENGINES / "webforms.mjs", folder)
    found: list[str] = json.loads(
        run([node, "webforms.mjs"], folder, given=json.dumps(_asked(form, villages, families)))
    )
    return found


def fill_in_enketo(form: bytes, villages: str, families: Sequence[Steps], folder: Path) -> list[str]:
    """The instances of families as XML, without what is not relevant. folder: a temporary one"""
    node, chromium = needs("node", "nodejs"), needs("chromium", "chromium")
    packages, script = node_modules(_ENGINES / "package.json"), folder / "enketo.bundle.js"
    (folder / "node_modules").symlink_to(packages)
    shutil.copy(_ENGINES / "bundle.mjs", folder)
    shutil.copy(_ENGINES / "enketo.js", folder)
    run([node, "bundle.mjs", "enketo.js", str(packages), str(script)], folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.route(
                _PAGE, lambda route: route.fulfill(body="<!doctype html><body></body>", content_type="text/html")
            )
            page.goto(_PAGE)
            page.add_script_tag(path=script)
            found: list[str] = page.evaluate("asked => fill(asked)", _asked(form, villages, families))
            return found
        finally:
            browser.close()


def _asked(form: bytes, villages: str, families: Sequence[Steps]) -> dict[str, Any]:
    return {"form": form.decode(), "villages": villages, "families": [list(each) for each in families]}
