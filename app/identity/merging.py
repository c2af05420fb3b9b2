"""A family's identity as JSON, made from an interview and merged with the identity from earlier interviews."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.identity.numbers import NumberKind
from app.identity.people import complete_person, is_named, pair_people

Identity = dict[str, Any]
"""JSON with as_of (time of the interview), and, as far as known, basis and the members below."""

MEMBERS: Final = ("card_number", "earlier_cards", "address", "people", "earlier_niks")
"""Members of an identity that name somebody."""

NEED_BASIS: Final = ("people", "address")
"""Members that are stored only with a basis: the family's consent, or a public task (UU 27/2022 art. 20)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The identity in use after another interview.

    `earlier` is set if the two name other people. It is then the older of them, to be kept aside.
    """

    identity: Identity
    earlier: Identity | None = None


def make_identity(family: Mapping[str, Any], surveyed_at: datetime, basis: str | None = None) -> Identity | None:
    """The identity in a checked `family` (JSON), to be encrypted. None if `family` names nobody.

    `basis` is why the people and the address may be stored.
    """
    told = {name: family[name] for name in ("card_number", "address", "people") if family.get(name)}
    if not told:
        return None
    stated = {"basis": basis} if basis is not None and any(name in told for name in NEED_BASIS) else {}
    return {"as_of": surveyed_at.isoformat(), **stated, **told}


def merge_identities(known: Identity, told: Identity) -> Merged:
    """The identity after another interview. Each member comes from the later interview that gives it.

    What a later interview leaves out of a person who is plainly the same stays known. Card numbers that are no longer
    in use stay in `earlier_cards`, the latest first. If nobody in the later list is in the earlier one, nothing but the
    card numbers is merged.
    """
    older, newer = sorted((known, told), key=lambda each: datetime.fromisoformat(each["as_of"]))
    before, after = older.get("people", ()), newer.get("people", ())
    pairs = pair_people(before, after)
    changed = bool(after) and not pairs and any(map(is_named, before))
    merged = {**newer} if changed else {**older, **newer}
    if pairs:
        merged["people"] = [
            complete_person(each, before[pairs[position]]) if position in pairs else each
            for position, each in enumerate(after)
        ]
    cards = [card for each in (newer, older) for card in _cards(each)]
    for name, value in (("card_number", cards[:1]), ("earlier_cards", list(dict.fromkeys(cards))[1:])):
        merged.pop(name, None)
        if value:
            merged[name] = value[0] if name == "card_number" else value
    return Merged(merged, older if changed else None)


def numbers_of(identity: Identity) -> list[tuple[NumberKind, str]]:
    """Every number by which the family can be found, each once."""
    numbers: list[tuple[NumberKind, str]] = [("card", card) for card in _cards(identity)]
    numbers += [("nik", nik) for nik in niks_of(identity)]
    return list(dict.fromkeys(numbers))


def niks_of(identity: Identity) -> list[str]:
    """The NIKs of the people, and those of people who are no longer named."""
    named = [person["nik"] for person in identity.get("people", ()) if person.get("nik")]
    return [*named, *identity.get("earlier_niks", ())]


def _cards(identity: Identity) -> Iterator[str]:
    if identity.get("card_number"):
        yield identity["card_number"]
    yield from identity.get("earlier_cards", ())
