"""Submissions of invented families, as HTTP requests and as database rows."""

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.regions.editions import read_edition
from app.scoring.basis_text import write_bases
from app.scoring.coding import encode_answers
from app.scoring.family_sums import units
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.score import score
from app.synthetic import NO_DISTRICT, draw_submission, name_family

REGENCY: Final = "6372"
"""Kota Banjarbaru, with 20 villages."""
YEAR: Final = 2025
FILE: Final = SHIPPED_INSTRUMENTS / "ikk-29-2025.1.toml"
_FAMILIES: Final = 400
_SEED: Final = 6372
_CARDS: Final = count()
"""Numbers new cards. They are dated 2025, which no card of a drawn family is."""

INSERT: Final = """
WITH place AS MATERIALIZED (SELECT set_config('ikk.area', '{""}', true) AS area)
INSERT INTO submission (
    id, revision, region, instrument_id, edition, year, surveyed_at, received_at, sent_by, family_id,
    head_sex, members, answers, outcomes, index_units, encrypted_hash, warnings, hash_key_id, carded, moved
)
SELECT $1::uuid, 1, $2::text, $3::smallint, $4::text, $5::smallint, $6::timestamptz, now(), $7::uuid,
    gen_random_uuid(), $8::text, $9::smallint, $10::bytea, $11::text, $12::bigint, $13::bytea, '', '', true, false
FROM place WHERE area IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Family:
    """One drawn family.

    body: the submission as a device sends it
    card: the card number in the body
    row: the parameters of INSERT after the id
    """

    body: bytes
    card: bytes
    row: tuple[Any, ...]


def read_villages() -> list[str]:
    """Codes of the villages in the regency."""
    _, regions = read_edition()
    return [each.code for each in regions if each.level == "village" and each.code.startswith(REGENCY)]


def draw_families(
    places: Sequence[str],
    instrument_id: int,
    edition: str,
    agency_id: UUID,
    *,
    named: bool = False,
    count: int = _FAMILIES,
) -> list[Family]:
    """Families spread evenly over the villages `places`, the same in every run.

    named: whether they have people, an address and a consent
    """
    instrument, random = read_instrument(FILE.read_bytes()), Random(_SEED)
    families = []
    for number in range(count):
        place, surveyed_at = places[number % len(places)], datetime(YEAR, 7, 1 + number % 28, 1, 12, tzinfo=UTC)
        _, body = draw_submission(instrument, place, surveyed_at, random, lambda _: 0.6)
        body = name_family(body, random) if named else body
        sent = json.dumps(body).encode()
        stored = (edition, YEAR, surveyed_at, agency_id, *_stored(body, instrument), hashlib.sha256(sent).digest())
        families.append(Family(sent, body["family"]["card_number"].encode(), (place, instrument_id, *stored)))
    return families


def _stored(body: dict[str, Any], instrument: Instrument) -> tuple[Any, ...]:
    """The columns for a family's head, members, answers, outcomes and index."""
    result = score(body["answers"], instrument, date(YEAR, 6, 1))
    index = None if result.main.value is None else units(result.main.value)
    kept = (body["family"]["head_sex"], body["family"]["members"], encode_answers(body["answers"], instrument)[0])
    return (*kept, write_bases(result.bases, instrument), index)


class Sender:
    """Makes requests and rows from the families in turn, each under a new id."""

    def __init__(self, families: Sequence[Family], token: str) -> None:
        self._families = families
        self._turn = count()
        self._sent = deque[tuple[Family, bytes]]()
        self._common = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"

    def _next(self, number: int) -> Iterator[Family]:
        return (self._families[next(self._turn) % len(self._families)] for _ in range(number))

    def puts(self, number: int) -> list[bytes]:
        """PUT requests, each of a new family, because its card number is new."""
        sent = [(each, self._new_card()) for each in self._next(number)]
        self._sent.extend(sent)
        return [self._put(each.body.replace(each.card, card)) for each, card in sent]

    def puts_again(self, number: int) -> list[bytes]:
        """PUT requests of families that this sender has sent, each as it was surveyed in the year before.

        IndexError if fewer were sent.
        """
        sent = (self._sent.popleft() for _ in range(number))
        now, before = (f'"surveyed_at": "{year}'.encode() for year in (YEAR, YEAR - 1))
        return [self._put(each.body.replace(each.card, card).replace(now, before)) for each, card in sent]

    def _put(self, body: bytes) -> bytes:
        head = f"PUT /v1/submissions/{uuid4()} HTTP/1.1\r\n{self._common}Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _new_card(self) -> bytes:
        day, serial = divmod(next(_CARDS), 9999)
        return f"{NO_DISTRICT}{day % 28 + 1:02}{day // 28 % 12 + 1:02}25{serial + 1:04}".encode()

    def gets(self, region: str, number: int) -> list[bytes]:
        return [f"GET /v1/aggregates/{region}/{YEAR} HTTP/1.1\r\n{self._common}\r\n".encode()] * number

    def rows(self, number: int) -> list[tuple[Any, ...]]:
        return [(uuid4(), *each.row) for each in self._next(number)]
