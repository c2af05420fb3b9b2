"""Checks the identity that an interview gives: its card number and NIK, and its people against one another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.identity.numbers import birth_dates, card_fault, is_number, nik_fault, sex_of
from app.problems.fault_texts import FaultCode
from app.problems.warning_texts import WarningCode

MOST_PEOPLE: Final = 50
"""A family has at most this many members, and its card names at most this many people."""

Path = tuple[str | int, ...]
"""Steps from the body's `family` to a part of it."""


@dataclass(slots=True)
class Findings:
    """Faults and warnings, each as (code, path). A fault prevents storing the submission, a warning does not."""

    faults: list[tuple[FaultCode, Path]] = field(default_factory=list)
    warnings: list[tuple[WarningCode, Path]] = field(default_factory=list)


def check_family(family: Mapping[str, Any], districts: Collection[str]) -> Findings:
    """Checks the numbers in `family` as it was sent, and its people against one another.

    districts holds the six-digit codes with which a number may begin. Parts of a wrong type are skipped here, because
    the schema reports them. This way a response lists all faults together.
    """
    found = Findings()
    card = _number(family.get("card_number"))
    if card is not None:
        _check_card(card, districts, found)
    told = family.get("people")
    listed = enumerate(told[:MOST_PEOPLE]) if isinstance(told, list) else ()
    people = [(position, each) for position, each in listed if isinstance(each, Mapping)]
    for position, person in people:
        nik = _number(person.get("nik"))
        if nik is not None:
            path = ("people", position)
            _check_nik(nik, districts, (*path, "nik"), found)
            if nik == card:
                found.faults.append(("nik_is_card", (*path, "nik")))
            _compare_with_nik(nik, person, path, found)
    _check_together(people, family, found)
    return found


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
    # The declared date gives the century, because a child and its great-grandmother may share the last two digits.
    if isinstance(born, str) and born not in {each.isoformat() for each in dates}:
        found.warnings.append(("nik_birth_date_differs", (*path, "birth_date")))


def _check_together(
    people: Sequence[tuple[int, Mapping[str, Any]]], family: Mapping[str, Any], found: Findings
) -> None:
    """Checks across persons: a repeated NIK, a second head, the head's sex, more people than members."""
    seen: set[str] = set()
    heads = 0
    for position, person in people:
        nik = _number(person.get("nik"))
        if nik is not None:
            if nik in seen:
                found.faults.append(("repeated_nik", ("people", position, "nik")))
            seen.add(nik)
        if person.get("relation") == "head":
            heads += 1
            if heads > 1:
                found.faults.append(("second_head", ("people", position, "relation")))
            elif _head_sex(person, nik) not in (None, family.get("head_sex")):
                found.warnings.append(("head_sex_differs", ("people", position, "sex")))
    members = family.get("members")
    if type(members) is int and len(people) > members:
        found.warnings.append(("more_people_than_members", ("people",)))


def _head_sex(head: Mapping[str, Any], nik: str | None) -> object:
    return head.get("sex") or (sex_of(nik) if nik is not None and birth_dates(nik) else None)


def _number(value: object) -> str | None:
    return value if is_number(value) else None
