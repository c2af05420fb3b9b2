"""/compare shows two regions side by side, or two years of one, as the API has them."""

from math import ceil, floor
from typing import Any

import pytest

from app.pages.texts import write_number
from app.platform.database import Connection
from tests.routers.pages.test_region import of_api, survey
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.pages import Visitor, rows_of, words_of
from tests.support.releases import release

CAPTION = "Angka keduanya, berdampingan"


@pytest.fixture(autouse=True)
async def surveyed(connection: Connection) -> None:
    for year, by in ((2024, 2), (2025, 5)):
        await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=year, by=by)
    await survey(connection, GUNTUNG_MANGGIS, 50, by=3)


async def test_it_works(reviewer: Visitor) -> None:
    path = f"/compare?first={LANDASAN_ULIN_SELATAN}&first_year=2025&second={GUNTUNG_MANGGIS}&second_year=2025"
    page = await reviewer.look(path)
    assert page.status_code == 200
    cards = [await of_api(reviewer, f"/v1/aggregates/{each}/2025") for each in (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)]
    rows = {row[0]: row[1:] for row in rows_of(page.text, CAPTION)}
    assert rows["Keluarga terdata"] == ["40", "50"]
    assert rows["Indeks"] == [write_number(each["index"]["mean"], "id", 2) for each in cards]
    for code in ("KKE2", "KKF2"):
        (row,) = [cells for name, cells in rows.items() if name.endswith(f" {code}")]
        shares = [next(one["share"] for one in each["indicators"] if one["code"] == code) for each in cards]
        assert [cell.split()[0] for cell in row] == [write_number(share, "id", 1) for share in shares]


async def test_without_a_choice_it_compares_the_own_region_with_its_year_before(reviewer: Visitor) -> None:
    page = (await reviewer.look("/compare")).text
    assert page.count('<option value="6372" selected>') == 2
    assert '<option value="2025" selected>' in page
    assert '<option value="2024" selected>' in page
    assert "Perhatian" not in page


async def test_choices_lie_inside_the_area(reviewer: Visitor) -> None:
    page = (await reviewer.look("/compare")).text
    assert "Landasan Ulin (63.72.02)" in page
    assert "Kalimantan Selatan (63)" not in page


async def test_versions_that_cannot_be_compared_are_said(reviewer: Visitor, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=2026, shipped=instrument("ikk-29-2026.1"))
    page = await reviewer.look("/compare?first=6372&first_year=2026&second=6372&second_year=2025")
    trend = await of_api(reviewer, "/v1/aggregates/6372/trend", **{"from": 2025, "to": 2026})
    assert ("Perhatian: versi 2026.1 menggantikan" in words_of(page.text)) == (trend["years"][1]["break"] is not None)


@pytest.mark.parametrize("query", ["first=63", "second=64", "first=6372&second=ID"])
async def test_a_region_outside_is_refused_on_either_side(reviewer: Visitor, query: str) -> None:
    assert (await reviewer.look(f"/compare?{query}")).status_code == 403


async def test_both_sides_count_the_basis_that_is_asked(reviewer: Visitor, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN, 10, basis="approved")
    path = f"/compare?first={LANDASAN_ULIN_SELATAN}&first_year=2025&second_year=2024"
    page = (await reviewer.look(f"{path}&basis=approved")).text
    assert {row[0]: row[1:] for row in rows_of(page, CAPTION)}["Keluarga terdata"] == ["10", "0"]
    assert '<input type="hidden" name="basis" value="approved">' in page
    assert "Hanya wawancara yang disetujui penyelia yang dihitung." in words_of(page)


async def test_who_does_not_review_compares_released_figures(analyst: Visitor, client: Client) -> None:
    await release(client.app)
    path = f"/compare?first={LANDASAN_ULIN_SELATAN}&first_year=2025&second={GUNTUNG_MANGGIS}&second_year=2025"
    page = await analyst.look(path)
    cards = [await of_api(analyst, f"/v1/aggregates/{each}/2025") for each in (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)]
    assert all(each["protected"] and each["release"] for each in cards)
    rows = {row[0]: row[1:] for row in rows_of(page.text, CAPTION)}
    assert rows["Keluarga dalam angka ini"] == [str(each["families"]) for each in cards]
    assert rows["Indeks"] == [
        f"{write_number(each['index']['mean'], 'id', 1)} {interval(each['index']['uncertainty'])}".strip()
        for each in cards
    ]
    of_shares = [each["index"] for each in cards]
    assert rows["Indeks dari persentase wilayah"] == [
        with_signs(each, each["uncertainty_of_indicators"]) for each in of_shares
    ]
    for at, each in enumerate(cards[0]["dimensions"]):
        assert rows[each["name"]["id"]] == [
            with_signs(one, one["uncertainty"]) for one in (found["dimensions"][at] for found in cards)
        ]
    for at in range(29):
        shown = [each["indicators"][at] for each in cards]
        (row,) = [cells for name, cells in rows.items() if name.endswith(f" {shown[0]['code']}")]
        assert row == [in_words(each) for each in shown]
    assert "Dalam kurung: " in words_of(page.text)


def interval(uncertainty: Any) -> str:
    if uncertainty is None or uncertainty["low"] is None:
        return ""
    ends = floor(uncertainty["low"] * 10) / 10, ceil(uncertainty["high"] * 10) / 10
    return f"({'–'.join(write_number(each, 'id', 1) for each in ends)})"


def with_signs(figures: Any, uncertainty: Any) -> str:
    """The cell of what is made of shares."""
    without = f"tanpa {', '.join(figures['left_out'])}" if figures["left_out"] else ""
    parts = (write_number(figures["of_indicators"], "id", 1), interval(uncertainty), without)
    return " ".join(each for each in parts if each)


def in_words(each: Any) -> str:
    """The cell of an indicator. The picture of the share has no words."""
    weak = " ▼ lemah" if each["weak"] else ""
    if each["share"] is not None:
        return f"{write_number(each['share'], 'id', 1)} % {interval(each['uncertainty'])}{weak}"
    for sign, name in (("≥", "share_at_least"), ("≤", "share_at_most")):
        if each.get(name) is not None:
            return f"{sign} {write_number(each[name], 'id', 1)} %{weak}"
    return f"disembunyikan{weak}"
