"""Signs beside figures and words for figures that are missing, on the pages of a region and of two regions."""

import re
from typing import Any

import pytest

from app.pages.texts import write_number
from app.platform.database import Connection, Database
from tests.routers.pages.test_region import BELOW, INDICATORS, REGION, of_api, survey
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.pages import Visitor, rows_of, words_of
from tests.support.people import add_person
from tests.support.releases import release
from tests.support.round_rows import make_round
from tests.support.sums import insert_sums, sums_of_family

VILLAGE = f"/regions/{LANDASAN_ULIN_SELATAN}/2025"
DIMENSIONS = "Nilai dari persentase wilayah"
WITHIN = "± : paling jauh sejauh ini angka dapat bergeser karena pembulatan."
CHOSEN = "Tidak ada selang, karena desa dipilih dengan sengaja."
INTERVAL = "Dalam kurung: selang"
BOUNDS = "≥ dan ≤ : paling sedikit"
FOOTNOTE = (
    "Indeks Kualitas Keluarga, 29 indikator (sementara), rilis nomor 1 tanggal {day}. Jumlah keluarga dibulatkan "
    "secara acak ke kelipatan 5, dan ke kelipatan 10 untuk hal yang peka, untuk melindungi keluarga. Semua angka lain "
    "dihitung dari jumlah itu, kecuali rata-rata keluarga, yang dibulatkan tersendiri. Tanda – berarti terlalu kecil "
    "untuk disebut, bukan nol."
)


async def survey_both(
    connection: Connection, village: str, *, fulfil: int, others: int, basis: Any = "reported"
) -> None:
    """Families that fulfil everything, and others that fulfil nothing."""
    shipped = instrument()
    none, every = (sums_of_family(letter * len(shipped.main.indicators), shipped) for letter in "UF")
    sums = [others * one + fulfil * other for one, other in zip(none, every, strict=True)]
    await insert_sums(connection, shipped, sums, region=village, year=2025, basis=basis)


@pytest.fixture
async def surveyed(connection: Connection) -> None:
    await survey_both(connection, LANDASAN_ULIN_SELATAN, fulfil=60, others=30)


def within(uncertainty: dict[str, Any]) -> str:
    """Two decimals rounded up to one."""
    tenths = -(-round(uncertainty["within"] * 100) // 10)
    return f"± {write_number(tenths / 10, 'id', 1)}"


async def test_where_villages_were_chosen_figures_say_how_far_rounding_moved_them(
    analyst: Visitor, client: Client, surveyed: None
) -> None:
    await release(client.app)
    page = (await analyst.look(REGION)).text
    card = await of_api(analyst, "/v1/aggregates/6372/2025")
    index = card["index"]
    assert index["uncertainty"]["reason"] == "chosen"
    told = words_of(page)
    assert f"{write_number(index['mean'], 'id', 1)} {within(index['uncertainty'])} pada skala" in told
    shares = f"{write_number(index['of_indicators'], 'id', 1)} {within(index['uncertainty_of_indicators'])}"
    assert f"Indeks dari persentase wilayah {shares}" in told
    for row, each in zip(rows_of(page, DIMENSIONS), card["dimensions"], strict=True):
        assert row[1] == f"{write_number(each['of_indicators'], 'id', 1)} {within(each['uncertainty'])}"
    of_code = {each["code"]: each["uncertainty"] for each in card["indicators"]}
    for row in rows_of(page, INDICATORS):
        assert within(of_code[row[0].split(" · ")[0].rpartition(" ")[2]]) in row[1]
    assert WITHIN in told
    assert told.count(CHOSEN) == 1
    assert INTERVAL not in told
    assert BOUNDS not in told


async def test_a_village_has_intervals_and_no_line_on_what_it_has_not(
    analyst: Visitor, client: Client, surveyed: None
) -> None:
    await release(client.app)
    told = words_of((await analyst.look(VILLAGE)).text)
    assert told.count(INTERVAL) == 1
    assert "±" not in told
    assert CHOSEN not in told


async def test_bounds_and_weak_signs_beside_them_are_explained(
    analyst: Visitor, client: Client, connection: Connection
) -> None:
    await survey_both(connection, LANDASAN_ULIN_SELATAN, fulfil=1, others=60)
    await release(client.app)
    told = words_of((await analyst.look(VILLAGE)).text)
    assert re.search(r"≤ \d+,\d % ▼ lemah", told)
    assert BOUNDS in told
    assert "▼ lemah di samping ≥, ≤, atau angka yang disembunyikan" in told
    compared = words_of((await analyst.look(f"/compare?first={LANDASAN_ULIN_SELATAN}&first_year=2025")).text)
    assert re.search(r"≤ \d+,\d % ▼ lemah", compared)
    assert BOUNDS in compared
    assert "▼ lemah di samping ≥, ≤, atau angka yang disembunyikan" in compared


async def test_exact_figures_have_no_signs_and_say_when_they_were_read(reviewer: Visitor, surveyed: None) -> None:
    told = words_of((await reviewer.look(REGION)).text)
    for each in ("±", INTERVAL, CHOSEN, "Jumlah keluarga dibulatkan", "Angka per"):
        assert each not in told
    assert "Angka pasti, dibaca pada" in told


async def test_released_figures_have_the_footnote_and_the_moment_of_the_release(
    analyst: Visitor, client: Client, surveyed: None
) -> None:
    assert "Jumlah keluarga dibulatkan" not in words_of((await analyst.look(REGION)).text)
    await release(client.app)
    for path in (REGION, VILLAGE, f"/compare?first=6372&first_year=2025&second={LANDASAN_ULIN_SELATAN}"):
        told = words_of((await analyst.look(path)).text)
        day = re.search(r"Angka rilis nomor 1 tanggal (\d+ \w+ \d{4})\.", told)
        assert day is not None, path
        assert told.count(FOOTNOTE.format(day=day[1])) == 1, path
        assert "dibaca pada" not in told.lower()
        if "compare" not in path:
            assert re.search(r"Angka per \d\d/\d\d/\d{4} \d\d:\d\d WITA \(rilis nomor 1\)", told)


async def test_the_footnote_has_the_bases_of_the_release(
    analyst: Visitor, client: Client, connection: Connection, surveyed: None
) -> None:
    made = await release(client.app)
    await connection.execute(
        """UPDATE release SET rules = jsonb_set(jsonb_set(rules::jsonb, '{base}', '7'), '{sensitive_base}', '14')
        WHERE id = $1""",
        made,
    )
    told = words_of((await analyst.look(REGION)).text)
    assert "ke kelipatan 7, dan ke kelipatan 14 untuk hal yang peka" in told


async def test_released_pages_say_which_interviews_they_count(
    analyst: Visitor, client: Client, connection: Connection, surveyed: None
) -> None:
    await make_round(connection, GUNTUNG_MANGGIS, settled=True)
    for basis in ("reported", "approved"):
        await survey_both(connection, GUNTUNG_MANGGIS, fulfil=60, others=30, basis=basis)
    await release(client.app)
    expected = {
        LANDASAN_ULIN_SELATAN: ("reported", "Semua wawancara yang dilaporkan dihitung"),
        GUNTUNG_MANGGIS: ("approved", "Hanya wawancara yang disetujui penyelia yang dihitung."),
        "6372": ("mixed", "Untuk desa lainnya, hanya yang disetujui penyelia."),
    }
    for region, (basis, sentence) in expected.items():
        assert (await of_api(analyst, f"/v1/aggregates/{region}/2025"))["basis"] == basis
        assert sentence in words_of((await analyst.look(f"/regions/{region}/2025")).text)
    path = f"/compare?first={GUNTUNG_MANGGIS}&first_year=2025&second={LANDASAN_ULIN_SELATAN}&second_year=2025"
    told = words_of((await analyst.look(path)).text)
    assert "Guntung Manggis 2025: Hanya wawancara yang disetujui" in told
    assert "Landasan Ulin Selatan 2025: Semua wawancara" in told


async def test_a_dash_of_a_release_is_a_small_number_and_nothing_else(
    analyst: Visitor, client: Client, connection: Connection, surveyed: None
) -> None:
    await survey(connection, GUNTUNG_MANGGIS, 12)
    await release(client.app)
    page = (await analyst.look(REGION)).text
    for row in rows_of(page, INDICATORS):
        assert row[1] != "–"
    for caption in (DIMENSIONS, BELOW, "Tahun yang memiliki pendataan"):
        assert [cell for row in rows_of(page, caption) for cell in row if cell == "–"] == []
    years = rows_of(page, "Tahun yang memiliki pendataan")
    assert [row[-1] for row in years] == ["tahun pertama"]
    below = {row[0]: row[3] for row in rows_of(page, BELOW)}
    assert (below["Landasan Ulin"], below["Cempaka"]) == ("disembunyikan", "tidak ada data")
    assert "–" not in words_of((await analyst.look("/compare")).text).partition("Jumlah keluarga dibulatkan")[0]


PAGES = (REGION, f"/regions/{GUNTUNG_MANGGIS}/2025", "/compare", "/")


async def test_a_page_before_the_first_release_has_no_dash(analyst: Visitor, surveyed: None) -> None:
    for path in PAGES:
        assert "–" not in words_of((await analyst.look(path)).text), path
    assert "tidak dirilis pada skala 0 sampai 100" in words_of((await analyst.look(REGION)).text)


async def test_exact_pages_have_no_dash(reviewer: Visitor, surveyed: None) -> None:
    for path in PAGES:
        assert "–" not in words_of((await reviewer.look(path)).text), path
    assert "tidak ada data pada skala 0 sampai 100" in words_of((await reviewer.look(PAGES[1])).text)


async def test_exact_figures_that_are_hidden_have_no_dash(visitor: Visitor, database: Database, surveyed: None) -> None:
    await add_person(database, username="penyelia", grants=[("supervisor", "6372")])
    await visitor.sign_in("penyelia")
    told = words_of((await visitor.look(REGION)).text)
    assert "disembunyikan" in told
    assert "–" not in told


async def test_dimensions_of_a_release_have_no_column_that_is_always_empty(
    visitor: Visitor, database: Database, client: Client, surveyed: None
) -> None:
    await release(client.app)
    await add_person(database, username="analis", grants=[("analyst", "6372")])
    await add_person(database, username="peninjau", grants=[("agency_administrator", "6372")])
    heads = {}
    for name in ("analis", "peninjau"):
        visitor.http.cookies.clear()
        await visitor.sign_in(name)
        page = (await visitor.look(REGION)).text
        (table,) = [each for each in re.findall(r"<table.*?</table>", page, re.DOTALL) if 'id="dimensions-1"' in each]
        heads[name] = [words_of(each) for each in re.findall(r"<th scope=\"col\".*?</th>", table)]
    assert heads["analis"] == ["Dimensi", "Dari persentase", "Gambar nilai"]
    assert heads["peninjau"] == ["Dimensi", "Rata-rata", "Gambar rata-rata", "Dari persentase", "Keluarga"]
