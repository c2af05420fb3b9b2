"""The kader's page in a real browser: on a small phone, on paper, and for who cannot see it."""

import os
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pypdf
import pytest
from playwright.async_api import Browser, Page

from app.platform.database import Connection, Database
from tests.pages.test_in_browser import browser, check_with_axe
from tests.routers.pages.test_own import YEAR, Kader, review
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.held import broken
from tests.support.pages import Visitor
from tests.support.people import PASSWORD, add_person
from tests.support.rounds import make_round
from tests.support.serving import Server

__all__ = ["browser"]

pytestmark = pytest.mark.foreign
VILLAGE = LANDASAN_ULIN_SELATAN
_SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture
async def kader(client: Client, database: Database, connection: Connection) -> Kader:
    """A kader with interviews in every state."""
    await client.sign_in(scopes=EVERYTHING, regions=["6372"])
    planned = make_round(VILLAGE, expected=12, closes_on="2025-12-31", name="Pendataan IKK 2025 Kota Banjarbaru")
    assert (await client.http.post("/v1/rounds", json=planned)).status_code == 201
    person = await add_person(database, username="siti.aminah")
    kader = Kader(client, Visitor(client.http), person.id, "siti.aminah")
    comments = [
        {"question": "drinking_water", "text": "Tanyakan lagi sumber air minumnya"},
        {"text": "Nomor rumahnya tertukar dengan tetangga. Mohon datangi lagi keluarganya"},
    ]
    for seed, status in enumerate(("in_review", "approved", "returned", "rejected"), start=1):
        sent = await kader.send(seed)
        await review(client, sent["id"], status, comments)
    sent = await kader.send(5)
    await kader.put(sent["id"], make_body(6, region=VILLAGE), status=409)
    await kader.put(str(uuid4()), broken(7, region=VILLAGE), status=202, keep="faulty")
    await kader.send(8, purpose="training")
    return kader


@pytest.fixture
async def page(browser: Browser, server: Server, kader: Kader) -> AsyncIterator[Page]:
    """A small phone in which the kader has just signed in, without scripts."""
    address = f"http://127.0.0.1:{server.port}"
    async with await browser.new_context(
        base_url=address, viewport={"width": 360, "height": 740}, java_script_enabled=True
    ) as context:
        page = await context.new_page()
        await page.goto("/")
        await page.fill("#username", kader.username)
        await page.fill("#password", PASSWORD)
        await page.click("main button")
        await page.wait_for_url("**/own")
        yield page


async def shoot(page: Page, name: str) -> None:
    if _SHOTS:
        await page.screenshot(path=Path(_SHOTS) / f"{name}.png", full_page=True)


async def test_nothing_is_wider_than_a_small_phone_and_the_page_is_light(page: Page, kader: Kader) -> None:
    for width in (320, 360):
        await page.set_viewport_size({"width": width, "height": 740})
        await page.goto(YEAR)
        wide = f"[...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > {width})"
        assert await page.evaluate(f"{wide}.map(each => each.outerHTML.slice(0, 80))") == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await shoot(page, "own")
    assert len(await page.content()) < 40_000
    small = await page.evaluate(
        "[...document.querySelectorAll('main *')].filter(each => each.children.length == 0 && each.textContent.trim())"
        ".map(each => parseFloat(getComputedStyle(each).fontSize)).filter(size => size < 12)"
    )
    assert small == [], "everything can be read"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(page: Page, scheme: str) -> None:
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in (YEAR, f"{YEAR}&lang=en", "/own", "/search"):
        await check_with_axe(page, path)
    await page.goto(YEAR)
    await shoot(page, f"own-{scheme}")


async def test_it_prints_on_a4_without_what_only_a_screen_needs(page: Page) -> None:
    await page.goto(YEAR)
    body = await page.pdf(prefer_css_page_size=True)
    if _SHOTS:
        (Path(_SHOTS) / "own.pdf").write_bytes(body)
    printed = pypdf.PdfReader(BytesIO(body))
    text = " ".join("".join(sheet.extract_text() for sheet in printed.pages).split())
    assert len(printed.pages) <= 2
    for part in ("Wawancara saya 2025", "Tanyakan lagi sumber air minumnya", "Landasan Ulin Selatan", "disetujui"):
        assert part in text
    assert not re.search(r"Keluar\b(?!ga)|English|Langsung ke isi", text)


async def test_it_needs_no_script(browser: Browser, server: Server, kader: Kader) -> None:
    address = f"http://127.0.0.1:{server.port}"
    async with await browser.new_context(base_url=address, java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(f"/sign-in?next={YEAR}")
        await page.fill("#username", kader.username)
        await page.fill("#password", PASSWORD)
        await page.click("main button")
        await page.wait_for_url(f"**{YEAR}")
        assert await page.locator(".sent > li").count() == 9
