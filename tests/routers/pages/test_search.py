"""/search finds regions by name or code inside the reader's area."""

import pytest

from app.platform.database import Database
from tests.support.factories import LANDASAN_ULIN_SELATAN
from tests.support.pages import Visitor, rows_of, words_of
from tests.support.people import add_person


async def names(visitor: Visitor, q: str) -> list[str]:
    answer = await visitor.http.get("/search", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [row[0] for row in rows_of(answer.text, "Wilayah bernama")] if "<table" in answer.text else []


async def test_it_works(analyst: Visitor) -> None:
    assert "Landasan Ulin Selatan" in await names(analyst, "landasan  ULIN")
    assert (
        await names(analyst, "banjarbaru") == ["Kota Banjarbaru", "Banjarbaru Utara", "Banjarbaru Selatan"]
        or (await names(analyst, "banjarbaru"))[0] == "Kota Banjarbaru"
    )


@pytest.mark.parametrize("code", ["63.72.06.1004", LANDASAN_ULIN_SELATAN, f"  {LANDASAN_ULIN_SELATAN} "])
async def test_a_code_leads_to_its_page(analyst: Visitor, code: str) -> None:
    answer = await analyst.http.get("/search", params={"q": code})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/regions/{LANDASAN_ULIN_SELATAN}")


@pytest.mark.parametrize("q", ["martapura", "sidomulyo", "64", "kabupaten"])
async def test_nothing_outside_the_area_is_found(analyst: Visitor, q: str) -> None:
    assert await names(analyst, q) == []


@pytest.mark.parametrize("q", ["", " ", "a", "%", "_%", "\u200b"])
async def test_too_little_finds_nothing(analyst: Visitor, q: str) -> None:
    assert await names(analyst, q) == []


async def test_several_areas_are_all_searched(visitor: Visitor, database: Database) -> None:
    await add_person(database, username="dua", grants=[("analyst", "6372"), ("analyst", "6303"), ("analyst", "637206")])
    await visitor.sign_in("dua")
    found = await names(visitor, "banjar")
    assert {"Kota Banjarbaru", "Kabupaten Banjar"} <= set(found)
    assert len(found) == len(set(found))


async def test_a_long_list_says_that_there_is_more(visitor: Visitor, database: Database) -> None:
    await add_person(database, username="pusat", grants=[("analyst", "ID")])
    await visitor.sign_in("pusat")
    answer = await visitor.http.get("/search", params={"q": "suka"})
    assert len(rows_of(answer.text, "Wilayah bernama")) == 100
    assert "Masih ada lagi" in words_of(answer.text)


@pytest.mark.parametrize(
    "q", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "{form}", "%s"]
)
async def test_what_somebody_types_is_text(analyst: Visitor, q: str) -> None:
    page = (await analyst.http.get("/search", params={"q": q})).text
    assert q in words_of(page.replace("&lt;", "‹").replace("&gt;", "›")).replace("‹", "<").replace("›", ">")
    assert "<script" not in page
    assert "<img" not in page


@pytest.mark.parametrize("q", ["x\0y", "x" * 81])
async def test_what_no_name_holds_is_refused(analyst: Visitor, q: str) -> None:
    assert (await analyst.http.get("/search", params={"q": q})).status_code == 422
