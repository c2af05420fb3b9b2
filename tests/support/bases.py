"""Counts both bases again from the stored interviews, in plain Python, and compares rows, sums and figures with it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, get_args
from uuid import UUID

from app.platform.database import Connection
from app.platform.tokens import Tokens
from app.schemas.aggregates.basis import Basis
from app.scoring.coding import decode_answers
from app.scoring.instrument import Instrument
from app.scoring.packing import unpack
from app.scoring.sums import add
from app.services.aggregates.sums import BASES
from tests.support.factories import Client, instrument
from tests.support.recount import answered, recount
from tests.support.sums import sums_of_family

Row = Mapping[str, Any]
BOTH: Final[tuple[Basis, ...]] = get_args(Basis)
_READ: Final = ("aggregates:read", "submissions:review", "submissions:sensitive")
_ROWS: Final = """
SELECT submission.*, family.restricted_at IS NOT NULL AS restricted, instrument.code AS asked, instrument.version
FROM submission JOIN family ON family.id = family_id JOIN instrument ON instrument.id = instrument_id
ORDER BY surveyed_at, received_at, submission.id
"""
_SUMS: Final = """
SELECT village_sums.*, basis::text AS letter, sums::text AS packed, code, version
FROM village_sums JOIN instrument ON instrument.id = instrument_id
"""


async def read_rows(connection: Connection) -> list[Row]:
    """Returns all stored submissions in the order of the interviews, and whether their families are restricted."""
    return list(await connection.fetch(_ROWS))


def count_in(rows: Iterable[Row], basis: Basis) -> list[Row]:
    """The rows that count in a basis, given in the order of the interviews: of each family the last one it admits."""
    last = dict[object, Row]()
    for row in rows:
        if admits(row, basis):
            last[row["family_id"], row["region"], row["year"], row["asked"]] = row
    return list(last.values())


def admits(row: Row, basis: Basis) -> bool:
    """Whether a basis admits an interview, so that it counts if it is the last one of its family."""
    if row["purpose"] != "interview" or row["review"] == "rejected" or row["restricted"]:
        return False
    return row["review"] == "approved" or (basis == "reported" and not row["after_settlement"])


async def check_bases(client: Client, connection: Connection, regions: Sequence[str] = ()) -> dict[Basis, list[Row]]:
    """Raises if a row, a sum of a village, or a figure of a region is not what a recount of the rows gives.

    regions: those whose figures are read, of all levels. Without any, they are all above the villages of the rows.
    Identities that were kept aside are not known here. Returns the rows that count in each basis.
    """
    rows = await read_rows(connection)
    counted = {basis: count_in(rows, basis) for basis in BOTH}
    check_rows(rows, counted)
    await check_sums(connection, counted)
    villages = {row["region"] for row in rows}
    above = regions or sorted({"ID", *(village[:length] for village in villages for length in (2, 4, 6, 10))})
    years = sorted({(row["year"], row["asked"]) for row in rows})
    for basis in BOTH:
        for region in above:
            for year, code in years:
                await check_figures(client, region, year, code, basis, counted[basis])
    return counted


def check_rows(rows: Iterable[Row], counted: Mapping[Basis, Sequence[Row]]) -> None:
    ids = {basis: {row["id"] for row in counted[basis]} for basis in BOTH}
    for row in rows:
        assert (row["uncounted"] is None) == (row["id"] in ids["reported"]), row["uncounted"]
        assert row["in_approved"] == (row["id"] in ids["approved"]), row["id"]


async def check_sums(connection: Connection, counted: Mapping[Basis, Sequence[Row]]) -> None:
    """Whether the sums of every village, version and year hold its rows in both bases, and nothing else."""
    there = defaultdict[Any, list[list[int]]](list)
    cardless = Counter[Any]()
    for row in await connection.fetch(_SUMS):
        asked = named(row["code"], row["version"])
        key = (row["letter"], row["region"], row["year"], row["code"], row["version"])
        there[key].append(list(unpack(row["packed"], row["families"], asked, row["layout"])))
        cardless[key] += row["without_card"]
    expected = defaultdict[Any, list[list[int]]](list)
    for basis in BOTH:
        for row in counted[basis]:
            key = (BASES[basis], row["region"], row["year"], row["asked"], row["version"])
            expected[key].append(sums_of_family(row["outcomes"], named(row["asked"], row["version"])))
            cardless[key] -= not row["carded"]
    for key in there.keys() | expected.keys():
        asked = named(*key[-2:])
        assert add(there[key], asked) == add(expected[key], asked), key
    assert set(cardless.values()) <= {0}


async def check_figures(
    client: Client, region: str, year: int, code: str, basis: Basis, counted: Sequence[Row]
) -> None:
    """Whether the figures of a region are those of the answers of the rows that count below it."""
    tokens: Tokens = client.app.state.tokens
    token = tokens.issue("agency", str(UUID(int=1)), dict.fromkeys(_READ, ("ID",))).token
    card = await client.http.get(
        f"/v1/aggregates/{region}/{year}",
        params={"instrument": code, "basis": basis},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert card.status_code == 200, card.text
    below = [
        row
        for row in counted
        if (row["year"], row["asked"]) == (year, code) and (region == "ID" or row["region"].startswith(region))
    ]
    answers = [decode_answers(row["answers"], None, named(code, row["version"])) for row in below]
    versions = sorted({row["version"] for row in below} or {version_of(code)})
    found = card.json()
    assert (found["basis"], found["families"]) == (basis, len(below)), (region, year)
    assert answered(found) == recount(answers, named(code, versions[-1])), (region, year, basis)


def named(code: str, version: str) -> Instrument:
    return instrument(f"{code}-{version}")


def version_of(code: str) -> str:
    """A version of an instrument, for figures without families."""
    return {"ikk-29": "2025.1", "ketahanan-24": "2016.1"}[code]
