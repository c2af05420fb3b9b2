"""The interviews that devices send: of new and known families, with and without a card number, none of them real."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from app.services.intake.content_hash import content_hash
from app.synthetic import NO_DISTRICT, draw_submission, name_family
from tests.support.factories import instrument

FILE: Final = "ikk-29-2025.1"
VILLAGES: Final = tuple(f"{NO_DISTRICT}2{number:03}" for number in range(1, 11))
YEARS: Final = (2024, 2025)
_DRAWN: Final = 60
_NEAR: Final = 8
"""A known family is one of the last so many of its village, so that several devices send it at about the same time."""
_KINDS: Final = {"new": 46, "without card": 8, "known": 34, "reinterview": 6, "training": 6}


@dataclass(slots=True)
class Content:
    """Other content of a stored interview, which a device sent, and what the service acknowledged.

    revision: as which it was stored
    held: under which id it is kept as a conflict
    receipt: of a revision
    """

    body: dict[str, Any]
    village: str
    revision: int | None = None
    held: str | None = None
    receipt: dict[str, Any] | None = None

    @property
    def content_hash(self) -> str:
        return "sha-256:" + content_hash(self.body, self.village).hex()


@dataclass(slots=True)
class Interview:
    """One interview, and what the service has answered to it so far.

    card: the card number by which the service knows its family, or None if it knows the family by nothing
    """

    id: UUID
    body: dict[str, Any]
    village: str
    year: int
    card: str | None
    receipts: list[dict[str, Any]] = field(default_factory=list)
    """What each 200 and 201 held. All of them must be the same."""
    refused: str | None = None
    """What the service answered that no resend mends. It never may."""
    known: int = 1
    """The latest revision that its device knows."""
    others: list[Content] = field(default_factory=list)
    """Other content that the service acknowledged."""
    faulty: list[str] = field(default_factory=list)
    """The ids under which bodies with faults are kept."""

    @property
    def sent(self) -> bytes:
        return json.dumps(self.body).encode()

    @property
    def moment(self) -> datetime:
        """When it took place. No two interviews have the same moment, so rows of one interview show by it."""
        return datetime.fromisoformat(self.body["surveyed_at"])

    @property
    def received_at(self) -> datetime:
        """When the service received it, as its first receipt says."""
        return datetime.fromisoformat(self.receipts[0]["receipt"]["received_at"])

    @property
    def content_hash(self) -> str:
        return "sha-256:" + content_hash(self.body, self.village).hex()

    @property
    def purpose(self) -> str:
        return str(self.body.get("purpose", "interview"))

    @property
    def counts_with(self) -> object:
        """Equal for interviews of which only the last one counts."""
        return (self.village, self.year, self.card or self.id)


def draw_interviews(devices: int, each: int, random: Random) -> list[list[Interview]]:
    """The interviews of every device. Those of one village know its families from each other."""
    families = [_draw_family(random) for _ in range(_DRAWN)]
    seconds, cards = count(), _number_cards()
    known: dict[str, list[dict[str, Any]]] = {village: [] for village in VILLAGES}
    found = []
    for device in range(devices):
        village = VILLAGES[device % len(VILLAGES)]
        of_device = []
        for _ in range(each):
            [kind] = random.choices(list(_KINDS), list(_KINDS.values()))
            if kind in ("known", "reinterview", "training") and known[village]:
                family = random.choice(known[village][-_NEAR:])
            else:
                family = _with_card(random.choice(families), None if kind == "without card" else next(cards))
                if kind != "without card":
                    known[village].append(family)
            body = _interview(family, village, next(seconds), families, random)
            if kind in ("reinterview", "training"):
                body["purpose"] = kind
            card = None if kind == "training" else body["family"].get("card_number")
            of_device.append(Interview(uuid4(), body, village, int(body["surveyed_at"][:4]), card))
        found.append(of_device)
    return found


def _draw_family(random: Random) -> dict[str, Any]:
    """A body of a family. A third of them have people, an address and a consent."""
    _, body = draw_submission(instrument(FILE), VILLAGES[0], datetime(2025, 3, 1, tzinfo=UTC), random, lambda _: 0.6)
    return name_family(body, random) if random.random() < 0.3 else body


def _number_cards() -> Iterator[str]:
    for number in count():
        day, serial = divmod(number, 9999)
        yield f"{NO_DISTRICT}{day % 28 + 1:02}0125{serial + 1:04}"


def _with_card(body: dict[str, Any], card: str | None) -> dict[str, Any]:
    """The same family under another card number. One without a card is told by nobody's name either."""
    if card is None:
        kept = {name: body["family"][name] for name in ("head_sex", "members")}
        return {**{name: each for name, each in body.items() if name != "consent"}, "family": kept}
    return {**body, "family": {**body["family"], "card_number": card}}


def _interview(
    family: dict[str, Any], village: str, second: int, families: Sequence[dict[str, Any]], random: Random
) -> dict[str, Any]:
    """An interview of a family at a moment of its own, with the answers that some family of the same size gave."""
    year = random.choice(YEARS)
    moment = datetime(year, 2, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    alike = [each for each in families if _size_of(each) == _size_of(family)]
    return {
        **family,
        "region": village,
        "started_at": (moment - timedelta(minutes=25)).isoformat(),
        "surveyed_at": moment.isoformat(),
        "answers": random.choice(alike)["answers"],
        "salt": str(uuid4()),
    }


def _size_of(body: dict[str, Any]) -> tuple[object, ...]:
    return body["family"]["head_sex"], body["family"]["members"]
