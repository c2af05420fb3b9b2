"""Keeps the released figures of regions as they are sent. The only writer of `release_card`.

A card that did not change is not stored again. So a release takes only the room of what is new in it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, Literal

from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.regions.codes import COUNTRY, subtree_of
from app.services.releases.requests import Making

Part = Literal["f", "b"]
FIGURES: Final[Part] = "f"
BY_GROUP: Final[Part] = "b"
Card = tuple[str, Part]
"""The code of a region, and which of its cards."""
_AT_ONCE: Final = 1_000

_READ: Final = Statement("""
SELECT wanted.region, card.body FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
CROSS JOIN unnest(:regions::text[]) AS wanted (region) CROSS JOIN LATERAL (
    SELECT body FROM release_card
    WHERE instrument = :instrument AND year = :year::smallint AND release_card.region = wanted.region COLLATE "C"
    AND part = :part::text::"char" AND from_number <= :number::int AND viewer.area IS NOT NULL
    ORDER BY from_number DESC LIMIT 1
) AS card WHERE card.body <> ''
""")
_DIGESTS: Final = Statement("""
SELECT DISTINCT ON (region, part) region, part::text AS part, digest FROM release_card
WHERE instrument = :instrument AND year = :year::smallint AND from_number <= :number::int
AND (region = :area::text OR :below::boolean AND region >= :first::text AND region < :end::text)
ORDER BY region, part, from_number DESC
""")
_KEEP: Final = Statement("""
INSERT INTO release_card (instrument, year, region, part, from_number, body, digest)
VALUES (
    :instrument, :year::smallint, :region, :part::text::"char", :from_number::int, :body, :digest::bytea
)
""")


async def read_cards(
    connection: Connection,
    regions: Sequence[str],
    *,
    instrument: str,
    year: int,
    number: int,
    area: Sequence[str],
    part: Part = FIGURES,
) -> dict[str, str]:
    """The bodies of the regions in the area that have figures in a release, by code."""
    query = _READ.bind(
        area=area_of(area), regions=list(regions), part=part, instrument=instrument, year=year, number=number
    )
    return {row["region"]: row["body"] for row in await connection.fetch(*query)}


async def keep_cards(
    connection: Connection, making: Making, area: str, bodies: Mapping[Card, str], *, below: bool = False
) -> None:
    """Stores the cards of regions in an area that differ from those of the release before.

    A region that has no figures any more gets an empty card. below: whether these are all cards of regions below too
    """
    known = {card: digest async for card, digest in _walk_digests(connection, making, area, below=below)}
    gone = {card: "" for card in known if card not in bodies}
    rows = []
    for (region, part), body in {**bodies, **gone}.items():
        digest = sha256(body.encode()).digest()
        if known.get((region, part)) != digest:
            rows.append(
                _KEEP.bind(
                    instrument=making.instrument,
                    year=making.year,
                    region=region,
                    part=part,
                    from_number=making.number,
                    body=body,
                    digest=digest,
                )[1:]
            )
    await connection.executemany(_KEEP.text, rows)


async def digest_cards(connection: Connection, making: Making) -> str:
    """sha-256:<hex> over the codes, parts and digests of all cards of a release, in this order."""
    whole = sha256()
    async for (region, part), digest in _walk_digests(connection, making, COUNTRY, below=True):
        whole.update(f"{region} {part} ".encode() + digest + b"\n")
    return f"sha-256:{whole.hexdigest()}"


async def _walk_digests(
    connection: Connection, making: Making, area: str, *, below: bool
) -> AsyncIterator[tuple[Card, bytes]]:
    first, end = subtree_of(area)
    query = _DIGESTS.bind(
        instrument=making.instrument,
        year=making.year,
        number=making.number,
        area=area,
        below=below,
        first=first,
        end=end,
    )
    async for row in connection.cursor(*query, prefetch=_AT_ONCE):
        yield (row["region"], row["part"]), row["digest"]
