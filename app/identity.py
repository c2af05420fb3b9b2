"""Who a family is, as an interview tells it: its numbers checked, and what is told merged with what is known.

No HTTP, no SQL, no clock, no keys. NIK and No KK carry no check digit: what can be said of a number is whether it could
be one, and where it does not fit what else was told. What the law allows (a NIK is kept where its date was wrong, and
goes with its owner wherever that is) is a warning, never a fault.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, TypeGuard

Path = tuple[str | int, ...]
"""Steps from `family` to a member of it."""
Identity = dict[str, Any]
"""JSON: as_of (instant of the interview), card_number, earlier_cards, address, people; each as far as it was told."""
NumberKind = Literal["card", "nik"]

_NUMBER: Final = re.compile(r"[0-9]{16}", re.ASCII)
_NUMBER_WITHIN: Final = re.compile(r"(?:[0-9][ ./_-]*){16}", re.ASCII)
_FEMALE_DAYS: Final = 40
_CENTURIES: Final = (1900, 2000)


@dataclass(slots=True)
class Findings:
    """What was found, as (code, path): faults to correct before anything is stored, warnings to look at."""

    faults: list[tuple[str, Path]] = field(default_factory=list)
    warnings: list[tuple[str, Path]] = field(default_factory=list)


def check_family(family: Mapping[str, Any], districts: Collection[str]) -> Findings:
    """Checks the numbers of `family` as it was sent, and what its people say against one another.

    districts: the six-digit codes that a number may begin with. Members of a wrong shape are passed over: that they
    have it is for the shape to say, so that all faults come at once.
    """
    found = Findings()
    card = _number(family.get("card_number"))
    if card is not None:
        _check_card(card, districts, found)
    told = family.get("people")
    listed = enumerate(told) if isinstance(told, list) else ()
    people = [(place, each) for place, each in listed if isinstance(each, Mapping)]
    for place, person in people:
        nik = _number(person.get("nik"))
        if nik is not None:
            path = ("people", place)
            _check_nik(nik, districts, (*path, "nik"), found)
            if nik == card:
                found.faults.append(("nik_is_card", (*path, "nik")))
            _compare_with_nik(nik, person, path, found)
    _check_together(people, family, found)
    return found


def nik_fault(nik: str) -> str | None:
    """What keeps 16 digits from being a NIK: region of first registration, DDMMYY of birth (day + 40 for females),
    serial from 0001 (PP 37/2007 art. 37)."""
    if not birth_dates(nik):
        return "nik_without_date"
    return "serial_zero" if nik[12:] == "0000" else None


def card_fault(card: str) -> str | None:
    """What keeps 16 digits from being a No KK: region of issue, DDMMYY of recording (nothing added), serial."""
    if not _dates(int(card[6:8]), card):
        return "card_without_date"
    return "serial_zero" if card[12:] == "0000" else None


def birth_dates(nik: str) -> list[date]:
    """The dates that a NIK may stand for: it does not tell the century."""
    day = int(nik[6:8])
    return _dates(day - _FEMALE_DAYS if day > _FEMALE_DAYS else day, nik)


def sex_of(nik: str) -> Literal["female", "male"]:
    return "female" if int(nik[6:8]) > _FEMALE_DAYS else "male"


def is_number(value: object) -> TypeGuard[str]:
    """Whether something has the shape of a NIK or a No KK."""
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def holds_number(text: str) -> bool:
    """Whether sixteen digits stand in a text, also parted by blanks or points: a NIK or No KK, where none may be."""
    return _NUMBER_WITHIN.search(text) is not None


def make_identity(family: Mapping[str, Any], surveyed_at: datetime) -> Identity | None:
    """What of a checked `family` (JSON) is to be sealed; None where it tells nothing that names anybody."""
    told = {name: family[name] for name in ("card_number", "address", "people") if family.get(name)}
    return {"as_of": surveyed_at.isoformat(), **told} if told else None


def merge_identities(known: Identity, told: Identity) -> Identity:
    """What is known after another interview: member by member, what the later one says, else what the earlier said.

    Card numbers that are no longer in use stay among `earlier_cards`, the latest first.
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
    """Every number that the family is to be found by, each once."""
    numbers: list[tuple[NumberKind, str]] = [("card", card) for card in _cards(identity)]
    numbers += [("nik", person["nik"]) for person in identity.get("people", ()) if person.get("nik")]
    return list(dict.fromkeys(numbers))


def _cards(identity: Identity) -> Iterator[str]:
    if identity.get("card_number"):
        yield identity["card_number"]
    yield from identity.get("earlier_cards", ())


def _check_card(card: str, districts: Collection[str], found: Findings) -> None:
    if (fault := card_fault(card)) is not None:
        found.faults.append((fault, ("card_number",)))
    elif card[:6] not in districts:
        found.warnings.append(("card_region_unknown", ("card_number",)))


def _check_nik(nik: str, districts: Collection[str], path: Path, found: Findings) -> None:
    if (fault := nik_fault(nik)) is not None:
        found.faults.append((fault, path))
    elif nik[:6] not in districts:
        found.warnings.append(("nik_region_unknown", path))


def _compare_with_nik(nik: str, person: Mapping[str, Any], path: Path, found: Findings) -> None:
    dates, sex, born = birth_dates(nik), person.get("sex"), person.get("birth_date")
    if not dates:
        return
    if sex in ("female", "male") and sex != sex_of(nik):
        found.warnings.append(("nik_sex_differs", (*path, "sex")))
    # The century is the declared date's: a child and its great-grandmother may share the last two digits.
    if isinstance(born, str) and born not in {each.isoformat() for each in dates}:
        found.warnings.append(("nik_birth_date_differs", (*path, "birth_date")))


def _check_together(
    people: Sequence[tuple[int, Mapping[str, Any]]], family: Mapping[str, Any], found: Findings
) -> None:
    """What one person alone does not show: a NIK twice, a second head, the head's sex, more people than members."""
    seen: set[str] = set()
    heads = 0
    for place, person in people:
        nik = _number(person.get("nik"))
        if nik is not None:
            if nik in seen:
                found.faults.append(("repeated_nik", ("people", place, "nik")))
            seen.add(nik)
        if person.get("relation") == "head":
            heads += 1
            if heads > 1:
                found.faults.append(("second_head", ("people", place, "relation")))
            elif _head_sex(person, nik) not in (None, family.get("head_sex")):
                found.warnings.append(("head_sex_differs", ("people", place, "sex")))
    members = family.get("members")
    if type(members) is int and len(people) > members:
        found.warnings.append(("more_people_than_members", ("people",)))


def _head_sex(head: Mapping[str, Any], nik: str | None) -> object:
    return head.get("sex") or (sex_of(nik) if nik is not None and birth_dates(nik) else None)


def _dates(day: int, number: str) -> list[date]:
    """Those of 19YY and 20YY that exist."""
    month, year = int(number[8:10]), int(number[10:12])
    dates = []
    for century in _CENTURIES:
        try:
            dates.append(date(century + year, month, day))
        except ValueError:
            continue
    return dates


def _number(value: object) -> str | None:
    return value if is_number(value) else None
