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
    if isinstance(told, list) and told:
        _check_people(told[:MOST_PEOPLE], card, family, districts, found)
    return found


def _check_card(card: str, districts: Collection[str], found: Findings) -> None:
    if (fault := card_fault(card)) is not None:
        found.faults.append((fault, ("card_number",)))
    elif card[:6] not in districts:
        found.warnings.append(("card_region_unknown", ("card_number",)))


def _check_people(
    told: Sequence[object], card: str | None, family: Mapping[str, Any], districts: Collection[str], found: Findings
) -> None:
    """Checks each person's NIK, then across persons: a repeated NIK, a second head, the head's sex, how many they are.

    What is found across persons stands behind the rest.
    """
    together = Findings()
    seen: set[str] = set()
    people = heads = 0
    for position, person in enumerate(told):
        if not isinstance(person, dict):
            continue
        people += 1
        nik = _number(person.get("nik"))
        if nik is not None:
            _check_nik(nik, person, card, districts, position, found)
            if nik in seen:
                together.faults.append(("repeated_nik", ("people", position, "nik")))
            seen.add(nik)
        if person.get("relation") == "head":
            heads += 1
            if heads > 1:
                together.faults.append(("second_head", ("people", position, "relation")))
            elif _head_sex(person, nik) not in (None, family.get("head_sex")):
                together.warnings.append(("head_sex_differs", ("people", position, "sex")))
    members = family.get("members")
    if type(members) is int and people > members:
        together.warnings.append(("more_people_than_members", ("people",)))
    found.faults += together.faults
    found.warnings += together.warnings


def _check_nik(
    nik: str, person: Mapping[str, Any], card: str | None, districts: Collection[str], position: int, found: Findings
) -> None:
    if (fault := nik_fault(nik)) is not None:
        found.faults.append((fault, ("people", position, "nik")))
    elif nik[:6] not in districts:
        found.warnings.append(("nik_region_unknown", ("people", position, "nik")))
    if nik == card:
        found.faults.append(("nik_is_card", ("people", position, "nik")))
    dates, sex, born = birth_dates(nik), person.get("sex"), person.get("birth_date")
    if not dates:
        return
    if sex in ("female", "male") and sex != sex_of(nik):
        found.warnings.append(("nik_sex_differs", ("people", position, "sex")))
    # The declared date gives the century, because a child and its great-grandmother may share the last two digits.
    if isinstance(born, str) and born not in dates:
        found.warnings.append(("nik_birth_date_differs", ("people", position, "birth_date")))


def _head_sex(head: Mapping[str, Any], nik: str | None) -> object:
    return head.get("sex") or (sex_of(nik) if nik is not None and birth_dates(nik) else None)


def _number(value: object) -> str | None:
    return value if is_number(value) else None
