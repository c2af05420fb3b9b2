"""A family's identity as JSON, made from an interview and merged with the identity from earlier interviews."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from app.identity.numbers import NumberKind

Identity = dict[str, Any]
"""JSON with as_of (time of the interview), and, if known, card_number, earlier_cards, address and people."""


MEMBERS: Final = ("card_number", "earlier_cards", "address", "people")
"""Members of an identity that name somebody."""


def make_identity(family: Mapping[str, Any], surveyed_at: datetime) -> Identity | None:
    """The identity in a checked `family` (JSON), to be encrypted. None if `family` names nobody."""
    told = {name: family[name] for name in ("card_number", "address", "people") if family.get(name)}
    return {"as_of": surveyed_at.isoformat(), **told} if told else None


def merge_identities(known: Identity, told: Identity) -> Identity:
    """The identity after another interview. Each member comes from the later interview that gives it.

    Card numbers that are no longer in use stay in `earlier_cards`, the latest first.
    """
    older, newer = sorted((known, told), key=lambda each: datetime.fromisoformat(each["as_of"]))
    cards = [card for each in (newer, older) for card in _cards(each)]
    merged = {**older, **newer}
    for name, value in (("card_number", cards[:1]), ("earlier_cards", list(dict.fromkeys(cards))[1:])):
        merged.pop(name, None)
        if value:
            merged[name] = value[0] if name == "card_number" else value
    return merged


def numbers_of(identity: Identity) -> list[tuple[NumberKind, str]]:
    """Every number by which the family can be found, each once."""
    numbers: list[tuple[NumberKind, str]] = [("card", card) for card in _cards(identity)]
    numbers += [("nik", person["nik"]) for person in identity.get("people", ()) if person.get("nik")]
    return list(dict.fromkeys(numbers))


def _cards(identity: Identity) -> Iterator[str]:
    if identity.get("card_number"):
        yield identity["card_number"]
    yield from identity.get("earlier_cards", ())
