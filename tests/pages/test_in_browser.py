"""The pages in a real browser: figures, keyboard, narrow screens, print, accessibility, and attacks of other origins.

They run against a real server. The rules of accessibility are those of axe-core.
"""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pypdf
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from app.config import Settings
from app.pages.texts import write_number
from app.platform.database import Connection, Database
from tests.routers.pages.test_region import survey
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN
from tests.support.issuer import issuing
from tests.support.people import PASSWORD, add_person
from tests.support.serving import Server, serving

pytestmark = pytest.mark.foreign
REGION = "/regions/6372/2025"
PAGES = (
    "/",
    REGION,
    f"/regions/{GUNTUNG_MANGGIS}/2025",
    "/regions/6371/2025",
    "/search?q=ulin",
    f"/compare?first={LANDASAN_ULIN_SELATAN}&first_year=2025&second={LANDASAN_ULIN_SELATAN}&second_year=2024",
)
OPEN = ("/sign-in", "/set-password")
BAD = ("serious", "critical")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (Debian: chromium)")
    arguments = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def address(server: Server, database: Database, connection: Connection) -> str:
    """A server with somebody who gets every figure of a city exactly, where two villages were surveyed in two years."""
    grants = [("agency_administrator", "6372"), ("sensitive_reader", "6372")]
    await add_person(database, username="peninjau", grants=grants)
    for year, by in ((2024, 2), (2025, 5)):
        await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=year, by=by)
        await survey(connection, GUNTUNG_MANGGIS, 29, year=year, by=by)
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def context(browser: Browser, address: str) -> AsyncIterator[BrowserContext]:
    async with await browser.new_context(base_url=address, viewport={"width": 1200, "height": 900}) as found:
        found.set_default_timeout(30_000)
        yield found


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """A tab in which they are signed in."""
    page = await context.new_page()
    await page.goto("/")
    await page.fill("#username", "peninjau")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/")
    return page


async def of_api(address: str, path: str) -> dict[str, Any]:
    """What the API returns to the same person, who signs in there too."""
    form = {"grant_type": "password", "username": "peninjau", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=address) as http:
        token = (await http.post("/v1/token", data=form)).raise_for_status().json()["access_token"]
        answer = await http.get(path, headers={"Authorization": f"Bearer {token}"})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


async def test_the_figures_are_those_of_the_api(page: Page, context: BrowserContext, address: str) -> None:
    said: list[ConsoleMessage] = []
    page.on("console", lambda message: said.append(message))
    await page.goto(REGION)
    card = await of_api(address, "/v1/aggregates/6372/2025")
    assert await page.inner_text(".hero .figure") == write_number(card["index"]["mean"], "id", 2)
    assert card["index"]["category"]["name"]["id"] in await page.inner_text(".hero .category")
    rows = await page.locator("#indicators-1").locator("xpath=ancestor::table").locator("tbody tr").all_inner_texts()
    expected = sorted(card["indicators"], key=lambda each: each["share"])
    assert len(rows) == len(expected)
    for row, each in zip(rows, expected, strict=True):
        assert each["code"] in row
        assert f"{write_number(each['share'], 'id', 1)} %" in row
        assert f"{each['fulfilled']} / {each['answered']}" in row
    assert [each.text for each in said] == [], "the policy allows all that the page needs"
    fill = await page.locator("svg.bands .band").first.evaluate("each => getComputedStyle(each).fill")
    assert fill not in ("rgb(0, 0, 0)", "none"), "the style reaches the pictures"


async def test_the_cookie_of_the_session_is_closed_to_scripts_and_other_sites(
    page: Page, context: BrowserContext
) -> None:
    (cookie,) = [each for each in await context.cookies() if each["name"] == "ikk"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert "ikk=" not in await page.evaluate("document.cookie")


async def press_until(page: Page, holds: str, *, most: int = 80) -> None:
    """Presses Tab until the focused element fulfils a condition in JavaScript."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await page.evaluate(f"(each => {holds})(document.activeElement)"):
            return
    raise AssertionError(holds)


async def test_everything_can_be_done_with_the_keyboard(context: BrowserContext, address: str) -> None:
    page = await context.new_page()
    await page.goto(f"/sign-in?next={REGION}")
    assert await page.evaluate("document.activeElement.id") == "username", "one may type at once"
    await page.keyboard.type("peninjau")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(address + REGION)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip", "the first stop leads to the content"
    box = await page.locator(".skip").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    await press_until(page, "each.href?.includes('sort=value')")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus is visible"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**sort=value**")
    assert await page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    await page.goto("/search")
    await press_until(page, "each.id === 'q'")
    await page.keyboard.type("landasan ulin selatan")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=landasan**")
    await press_until(page, "each.textContent === 'Landasan Ulin Selatan'")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/regions/{LANDASAN_ULIN_SELATAN}/2025")
    await press_until(page, "each.textContent === 'Keluar'")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sign-in")


async def test_nothing_is_wider_than_a_small_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    for path in (*PAGES, *OPEN):
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
async def test_axe_finds_nothing_serious(page: Page, scheme: Any, width: int) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": width, "height": 900})
    for path in (*PAGES, f"{REGION}?lang=en"):
        await check_with_axe(page, path)
    await page.context.clear_cookies()
    for path in OPEN:
        await check_with_axe(page, path)


async def check_with_axe(page: Page, path: str) -> None:
    await page.goto(path)
    found = await Axe().run(page)
    bad = [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found.response["violations"]
        if each["impact"] in BAD
    ]
    assert bad == [], path
    assert len(found.response["passes"]) > 15


async def test_it_prints_on_a4_without_what_only_a_screen_needs(
    page: Page, context: BrowserContext, address: str
) -> None:
    card = await of_api(address, "/v1/aggregates/6372/2025")
    await page.goto(REGION)
    printed = pypdf.PdfReader(BytesIO(await page.pdf(prefer_css_page_size=True)))
    text = " ".join("".join(sheet.extract_text() for sheet in printed.pages).split())
    size = printed.pages[0].mediabox
    assert (round(size.width), round(size.height)) == (595, 842)
    assert 1 < len(printed.pages) < 8
    assert "Kota Banjarbaru 2025" in text
    assert write_number(card["index"]["mean"], "id", 2) in text
    assert "sementara" in text
    assert all(each["code"] in text for each in card["indicators"])
    assert not re.search(r"Keluar\b(?!ga)|English|Bandingkan|Langsung ke isi", text)


@contextmanager
def another_origin(body: str) -> Iterator[str]:
    """The address of a page of a stranger on another port of this machine, to which browsers send our cookies."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in"])
async def test_a_form_of_another_origin_does_nothing(
    page: Page, context: BrowserContext, address: str, path: str
) -> None:
    proof = await page.get_attribute('input[name="form"]', "value")
    fields = {"form": proof, "username": "peninjau", "password": "salah-sama-sekali"}
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    body = f'<form method="post" action="{address}{path}">{inputs}</form><script>document.forms[0].submit()</script>'
    stranger = await context.new_page()
    with another_origin(body) as there:
        await stranger.goto(there)
        await stranger.wait_for_url(f"{address}{path}")
    assert "Formulir ini sudah tidak berlaku" in await stranger.inner_text("main")
    await page.goto(REGION)
    assert await page.locator(".hero .figure").count() == 1, "the session goes on"


async def test_no_page_can_be_framed(page: Page, context: BrowserContext, address: str) -> None:
    stranger = await context.new_page()
    with another_origin(f'<iframe src="{address}/sign-in"></iframe><iframe src="{address}{REGION}"></iframe>') as there:
        await stranger.goto(there)
        await stranger.wait_for_timeout(500)
        framed = [each for each in stranger.frames if each is not stranger.main_frame]
        assert len(framed) == 2
        for frame in framed:
            assert "Masuk" not in await frame.content()
            assert "Banjarbaru" not in await frame.content()


async def test_going_back_after_the_sign_out_shows_no_figure(page: Page) -> None:
    await page.goto(REGION)
    await page.click(".own button")
    await page.wait_for_url("**/sign-in")
    await page.go_back()
    await page.wait_for_load_state()
    assert await page.locator(".hero .figure").count() == 0


async def test_people_of_the_outside_issuer_sign_in_and_stay_signed_in(
    browser: Browser, dsn: str, settings: Settings, database: Database, tmp_path: Path
) -> None:
    """The strict cookie is sent after the way back from another site."""
    assert database is not None
    with issuing() as issuer:
        issuer.claims = {"ikk_roles": ["dp3a"]}
        environment = {
            "IKK_KEYS_FILE": str(settings.key_ring_file),
            "IKK_OIDC_ISSUER": issuer.address,
            "IKK_OIDC_AUDIENCE": "ikk",
            "IKK_OIDC_ROLES": '{"dp3a": ["analyst@6372"]}',
            "IKK_OIDC_CLIENT_ID": "ikk-web",
            "IKK_OIDC_CLIENT_SECRET": "rahasia klien",
        }
        async with serving(tmp_path, dsn, **environment) as server:
            address = f"http://127.0.0.1:{server.port}"
            # The other site has another name, as at an office. Ports of one host are the same site.
            issuer_at = issuer.address.replace("127.0.0.1", "localhost")
            issuer.says = {"authorization_endpoint": f"{issuer_at}/authorize"}
            page = await browser.new_page(base_url=address)
            await page.goto(f"/sign-in?next={REGION}")
            await page.click("text=Masuk dengan akun kantor")
            await page.wait_for_url(address + REGION)
            assert "Kota Banjarbaru" in await page.inner_text("h1")
