"""Draws invented families with plausible answers to any instrument, for the demo, the tests and the benchmark.

Card numbers begin with 637201. No edition has this district, so no card number can belong to a real family.
"""

from collections.abc import Mapping
from datetime import date, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from app.regions.local_time import local_day
from app.scoring.instrument import Instrument
from app.scoring.people import PERSON
from app.synthetic_answers import DrawnFamily, Strength

NO_DISTRICT: Final = "637201"
_NAMES: Final = ("Melati", "Kenanga", "Cempaka", "Teratai", "Flamboyan", "Bungur")
"""Five flowers and a tree. Streets have such names, and here the people have them too."""


def draw_submission(
    instrument: Instrument, region: str, surveyed_at: datetime, random: Random, strength: Strength
) -> tuple[UUID, dict[str, Any]]:
    """Id and body of a submission of a random family. The same random state gives the same submission."""
    family = DrawnFamily(instrument, random, local_day(surveyed_at, region))
    answers = family.wire(family.draw(strength))
    told = {each.same_as: answers.get(each.code) for each in family.instrument.questions if each.same_as is not None}
    head_sex, members = told.get("head_sex"), told.get("members")
    card = f"{NO_DISTRICT}{random.randint(1, 28):02}{random.randint(1, 12):02}{random.randint(5, 24):02}"
    return UUID(int=random.getrandbits(128), version=4), {
        "instrument": instrument.code,
        "version": instrument.version,
        "region": region,
        "surveyed_at": surveyed_at.isoformat(),
        "family": {
            "card_number": f"{card}{random.randint(1, 9999):04}",
            "head_sex": head_sex if head_sex in ("female", "male") else family.composition["head_sex"],
            "members": members if isinstance(members, int) else family.composition["members"],
        },
        "answers": answers,
    }


def draw_answers(
    instrument: Instrument, random: Random, strength: Strength, day: date = date(2026, 6, 15)
) -> dict[str, Any]:
    """Valid answers as a device sends them, of an interview on a day."""
    family = DrawnFamily(instrument, random, day)
    return family.wire(family.draw(strength))


def name_family(body: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same submission with an address, a consent, and as many people as the family has members (50 at most).

    Where rows state their persons, these become the people.
    """
    family, (answers, stated) = body["family"], _without_persons(body["answers"])
    born = [date(random.randint(1950, 2000), random.randint(1, 12), random.randint(1, 28)) for _ in range(2)]
    born += [date(random.randint(2005, 2020), random.randint(1, 12), random.randint(1, 28)) for _ in range(48)]
    people = []
    for position, birth_date in enumerate(born[: len(stated) if stated else family["members"]]):
        sex = family["head_sex"] if position == 0 else random.choice(("female", "male"))
        relation = "head" if position == 0 else "other" if position == 1 else "child"
        person = {"sex": sex, "birth_date": birth_date.isoformat(), "relation": relation}
        person |= stated[position] if stated else {}
        name = f"Orang {random.choice(_NAMES)} {position + 1}"
        nik = _make_nik(date.fromisoformat(person["birth_date"]), person["sex"], random.randint(1, 9999))
        people.append({"name": name, "nik": nik, **person})
    address = f"Jalan {random.choice(_NAMES)} {random.randint(1, 99)}, RT {random.randint(1, 9):02}"
    consent = {"version": "2025-1", "given_at": body["surveyed_at"], "channel": "in_person"}
    named = {**family, "address": address, "people": people}
    return {**body, "family": named, "consent": consent, "answers": answers}


def _without_persons(answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The answers without the persons of rows, and these persons."""
    found: list[dict[str, str]] = []
    kept: dict[str, Any] = {}
    for code, answer in answers.items():
        rows = answer if isinstance(answer, list) and answer and isinstance(answer[0], Mapping) else []
        persons = [row[PERSON] for row in rows if PERSON in row]
        found = persons or found
        kept[code] = [{name: each for name, each in row.items() if name != PERSON} for row in rows] or answer
    return kept, found


def _make_nik(birth_date: date, sex: str, serial: int) -> str:
    day = birth_date.day + (40 if sex == "female" else 0)
    return f"{NO_DISTRICT}{day:02}{birth_date:%m%y}{serial:04}"
