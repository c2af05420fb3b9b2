"""A family's identity as JSON, made from an interview and merged with the identity from earlier interviews."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.identity.numbers import NumberKind
from app.identity.people import complete_person, is_named, pair_people

Identity = dict[str, Any]
"""JSON with as_of (time of the latest interview), and, as far as known, basis, the members below, and days.

days: when the basis or a member was told last, if that was before as_of. `cards` has a day for each card number.
`first` is when the people were named first, and `since` when they took the place of others.
"""

MEMBERS: Final = ("card_number", "earlier_cards", "address", "people", "earlier_niks")
"""Members of an identity that name somebody."""

NEED_BASIS: Final = ("people", "address")
"""Members that are stored only with a basis: the family's consent, or a public task (UU 27/2022 art. 20)."""

_MEMBERS_BY_DAY: Final = ("basis", "address", "people", "earlier_niks")
_SPAN: Final = frozenset(("first", "since"))


@dataclass(frozen=True, slots=True)
class Merged:
    """The identity in use after another interview.

    `earlier` is set if the two name other people. It is then the older of them, to be kept aside.
    """

    identity: Identity
    earlier: Identity | None = None
    late: bool = False
    """Whether the people kept aside are those of the interview that arrived last."""


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
    """The identity after another interview, no matter which of them arrives first.

    Each member comes from the latest interview that gives it. What a later interview leaves out of a person who is
    plainly the same stays known. Card numbers that are no longer in use stay in `earlier_cards`, the latest first.
    If nobody in the later list is in the earlier one, the identity holds what was told since the later people, and
    the card numbers.
    """
    before, after = sorted((known, told), key=lambda each: _day(each, "people"))
    pairs = pair_people(before.get("people", ()), after.get("people", ()))
    changed = bool(after.get("people")) and not pairs and any(map(is_named, before.get("people", ())))
    first = _first_of(before, after, paired=bool(pairs), changed=changed)
    since = first if changed else _since(known, told, first if pairs else None)
    found = _latest(known, told, lambda day: since is None or day >= since)
    if before.get("people") or after.get("people"):
        listed = after if after.get("people") else before
        found["people"] = _day(listed, "people"), _completed(before, after, pairs) if pairs else listed["people"]
    as_of = max(_moment(each["as_of"]) for each in (known, told))
    identity = _put_together(as_of, found, _cards_by_day(told, known), {"first": first, "since": since})
    if not changed:
        return Merged(identity)
    aside = _latest(known, told, lambda day: day < first)
    aside["people"] = _day(before, "people"), before["people"]
    cards = _cards_by_day(before)
    as_of = max(day for day, _ in [*aside.values(), *cards])
    return Merged(identity, _put_together(as_of, aside, cards, {"first": _first(before)}), late=before is told)


def restate_identity(known: Identity, told: Identity) -> Identity:
    """The identity of a family whose only interview was corrected: what it states now, and what it leaves out as known.

    A card number that the interview stated before is not kept, because it may be another family's.
    """
    if not known:
        return told
    as_of = _moment(told["as_of"])
    found = {name: (as_of, told[name]) for name in _MEMBERS_BY_DAY if told.get(name)}
    for name in _MEMBERS_BY_DAY:
        if name not in found and known.get(name):
            found[name] = _day(known, name), known[name]
    if told.get("card_number"):
        earlier = [each for each in _cards_by_day(known) if each[1] in known.get("earlier_cards", ())]
        cards = [(as_of, told["card_number"]), *(each for each in earlier if each[1] != told["card_number"])]
    else:
        cards = _cards_by_day(known)
    of_people = {} if told.get("people") else {name: _day(known, name) for name in known.get("days", {}).keys() & _SPAN}
    return _put_together(as_of, found, cards, of_people)


def without_cards(identity: Identity) -> Identity:
    """The identity without its card numbers and their days."""
    days = {name: day for name, day in identity.get("days", {}).items() if name != "cards"}
    rest = {name: value for name, value in identity.items() if name not in ("card_number", "earlier_cards", "days")}
    return {**rest, **({"days": days} if days else {})}


def numbers_of(identity: Identity) -> list[tuple[NumberKind, str]]:
    """Every number by which the family can be found, each once."""
    numbers: list[tuple[NumberKind, str]] = [("card", card) for card in _cards(identity)]
    numbers += [("nik", nik) for nik in niks_of(identity)]
    return list(dict.fromkeys(numbers))


def niks_of(identity: Identity) -> list[str]:
    """The NIKs of the people, and those of people who are no longer named."""
    named = [person["nik"] for person in identity.get("people", ()) if person.get("nik")]
    return [*named, *identity.get("earlier_niks", ())]


def _moment(day: str) -> datetime:
    return datetime.fromisoformat(day)


def _day(identity: Identity, name: str) -> datetime:
    """When a member was told last."""
    return _moment(identity.get("days", {}).get(name, identity["as_of"]))


def _first(identity: Identity) -> datetime:
    """The earliest interview known to name these people."""
    return _day(identity, "first" if "first" in identity.get("days", {}) else "people")


def _first_of(before: Identity, after: Identity, *, paired: bool, changed: bool) -> datetime:
    """The same of both. People who were others in between begin anew."""
    if paired:
        return min(_first(before), _first(after))
    if changed and _day(before, "people") >= _first(after):
        return _day(after, "people")
    return _first(after if after.get("people") else before)


def _since(known: Identity, told: Identity, first: datetime | None) -> datetime | None:
    """From when on members count, if the people were others before. `first`: when the same people were named first"""
    every = [_day(each, "since") for each in (known, told) if "since" in each.get("days", {})]
    return min([max(every), *([first] if first is not None else [])]) if every else None


def _latest(known: Identity, told: Identity, takes: Callable[[datetime], bool]) -> dict[str, tuple[datetime, Any]]:
    """The members but people and cards, each with its day. Of the same moment, what arrived last counts."""
    found: dict[str, tuple[datetime, Any]] = {}
    for each in (known, told):
        for name in ("basis", "address", "earlier_niks"):
            if each.get(name) and takes(day := _day(each, name)) and (name not in found or day >= found[name][0]):
                found[name] = day, each[name]
    return found


def _completed(before: Identity, after: Identity, pairs: Mapping[int, int]) -> list[Mapping[str, Any]]:
    return [
        complete_person(each, before["people"][pairs[position]]) if position in pairs else each
        for position, each in enumerate(after["people"])
    ]


def _cards_by_day(*identities: Identity) -> list[tuple[datetime, str]]:
    """Every card number once, the latest first. Of the same moment, those of the first identity come first."""
    dated = []
    for each in identities:
        cards = list(_cards(each))
        if not cards:
            # An identity of which nothing is known has no day either.
            continue
        days = each.get("days", {}).get("cards", [each["as_of"]] * len(cards))
        dated += list(zip(map(_moment, days), cards, strict=True))
    latest: dict[str, datetime] = {}
    for day, card in sorted(dated, key=lambda one: one[0], reverse=True):
        latest.setdefault(card, day)
    return [(day, card) for card, day in latest.items()]


def _put_together(
    as_of: datetime,
    found: Mapping[str, tuple[datetime, Any]],
    cards: Sequence[tuple[datetime, str]],
    of_people: Mapping[str, datetime | None],
) -> Identity:
    """JSON of an identity. `days` holds only what differs from `as_of`."""
    identity: Identity = {"as_of": as_of.isoformat(), **{name: value for name, (_, value) in found.items()}}
    days: dict[str, Any] = {name: day.isoformat() for name, (day, _) in found.items() if day != as_of}
    if cards:
        identity["card_number"] = cards[0][1]
    if cards[1:]:
        identity["earlier_cards"] = [card for _, card in cards[1:]]
    if any(day != as_of for day, _ in cards):
        days["cards"] = [day.isoformat() for day, _ in cards]
    if "people" in found:
        first, since = of_people.get("first"), of_people.get("since")
        days |= {"first": first.isoformat()} if first is not None and first != found["people"][0] else {}
        days |= {"since": since.isoformat()} if since is not None else {}
    return {**identity, **({"days": days} if days else {})}


def _cards(identity: Identity) -> Iterator[str]:
    if identity.get("card_number"):
        yield identity["card_number"]
    yield from identity.get("earlier_cards", ())
