"""Names of regions and of everything in an instrument are texts on every page, whatever they hold."""

import json
import os
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from app.config import Settings
from app.platform.database import EVERYWHERE, Database, raw_connection
from app.scoring.reading.files import read_instrument
from app.services.reference.instruments import publish_instrument, refresh_catalogue
from tests.support.databases import fresh_database
from tests.support.factories import PROJECT, Client
from tests.support.pages import Visitor, words_of
from tests.support.people import add_person
from tests.support.small_regions import serving_regions
from tests.support.sums import insert_sums, sums_of_family

ATTACK = "<img src=x onerror=alert(1)>\"'{{7*7}}</title><script>x</script>"
ESCAPED = "&lt;img src=x onerror=alert(1)&gt;&#34;&#39;{{7*7}}&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;"
VILLAGE = "6372012001"
QUERY = "instrument=bahaya-29"


class Tags(HTMLParser):
    """The elements of a page and the names of their attributes, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]


def hostile_instrument() -> bytes:
    """A shipped instrument in which every title and name is an attack."""
    shipped = (PROJECT / "app" / "instruments" / "ikk-29-2025.1.toml").read_text("utf-8")
    named, count = re.subn(
        r'(?m)^((?:title|name)\.(?:id|en) = )".*"$', lambda found: found[1] + json.dumps(ATTACK), shipped
    )
    assert count > 70
    return named.replace('code = "ikk-29"', 'code = "bahaya-29"', 1).encode()


@pytest.fixture(scope="module")
async def hostile(server_dsn: str, worker_id: str, changed_regions: str, settings: Settings) -> AsyncIterator[Visitor]:
    """A reader of a small country in which every name is an attack. The tests of this file only read."""
    name = f"ikk_test_hostile_{worker_id}_{os.getpid()}"
    async with fresh_database(server_dsn, name, changed_regions) as dsn, serving_regions(settings, dsn) as client:
        yield await make_hostile(client)


async def make_hostile(regions: Client) -> Visitor:
    database: Database = regions.app.state.database
    file = hostile_instrument()
    instrument = read_instrument(file)
    outcomes = "".join("FU"[place % 2] for place in range(len(instrument.main.indicators)))
    one = sums_of_family(outcomes, instrument)
    async with database.session(EVERYWHERE) as session:
        await publish_instrument(session, file)
        await session.execute(text("UPDATE region SET name = :name"), {"name": ATTACK})
        for year in (2024, 2025):
            sums = [40 * each for each in one]
            await insert_sums(await raw_connection(session), instrument, sums, region=VILLAGE, year=year)
    async with database.session() as session:
        await refresh_catalogue(session, regions.app.state.catalogue)
    await add_person(database, username="analis", grants=[("analyst", "63")])
    visitor = Visitor(regions.http)
    assert (await visitor.sign_in("analis")).status_code == 303
    return visitor


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/regions/63/2025?{QUERY}",
        f"/regions/637201/2025?{QUERY}&lang=en",
        f"/regions/{VILLAGE}/2025?{QUERY}",
        f"/regions/{VILLAGE}/2024",
        f"/compare?{QUERY}&first={VILLAGE}",
        f"/compare?{QUERY}&first={VILLAGE}&second=637201&lang=en",
        "/search?q=onerror",
    ],
)
async def test_every_name_is_text(hostile: Visitor, path: str) -> None:
    page = await hostile.look(path)
    assert page.status_code == 200, words_of(page.text)
    assert ESCAPED in page.text
    found = Tags()
    found.feed(page.text)
    assert not {"img", "script", "style", "iframe", "object"} & set(found.names)
    assert [each for each in found.attributes if each.startswith("on") or each == "style"] == []
    assert page.text.count("<title") == page.text.count("</title>")
    assert "49" not in re.findall(r"alert\(1\)&gt;&#34;&#39;(.*?)&lt;", page.text)


async def test_names_in_addresses_are_texts_too(hostile: Visitor) -> None:
    page = await hostile.look('/compare?instrument="><script>alert(1)</script>')
    assert page.status_code == 422
    assert "<script" not in page.text


@pytest.mark.parametrize("member", ["username", "next", "form", "otp"])
async def test_what_comes_in_a_form_is_text(hostile: Visitor, member: str) -> None:
    form = {"form": await hostile.proof("/search"), "username": "x", "password": "y", member: ATTACK}
    page = await hostile.send("/sign-in", form)
    assert page.status_code in (400, 403, 422)
    assert "<script" not in page.text
    assert "<img" not in page.text
