"""Draws invented families with plausible answers to any instrument, for the demo, the tests and the benchmark.

Card numbers begin with 637201. No edition has this district, so no card number can belong to a real family.
"""

from collections.abc import Callable
from datetime import date, datetime
from itertools import product
from random import Random
from typing import Any, Final
from uuid import UUID

from app.scoring.format_1 import Indicator, Instrument, Question
from app.scoring.rules_1 import DONT_KNOW, REFUSED, Answers, questions_of
from app.scoring.score_1 import UNFULFILLED, outcomes_of

NO_DISTRICT: Final = "637201"
_NAMES: Final = ("Melati", "Kenanga", "Cempaka", "Teratai", "Flamboyan", "Bungur")
"""Five flowers and a tree. Streets have such names, and here the people have them too."""
_WITHHELD_SHARE: Final = 0.01
_TRIES: Final = 400

Strength = Callable[[Indicator], float]
"""The probability, 0 to 1, that a family fulfils an indicator."""


def draw_submission(
    instrument: Instrument, region: str, surveyed_at: datetime, random: Random, strength: Strength
) -> tuple[UUID, dict[str, Any]]:
    """Id and body of a submission of a random family. The same random state gives the same submission."""
    answers = draw_answers(instrument, random, strength)
    card = f"{NO_DISTRICT}{random.randint(1, 28):02}{random.randint(1, 12):02}{random.randint(5, 24):02}"
    return UUID(int=random.getrandbits(128), version=4), {
        "instrument": instrument.code,
        "version": instrument.version,
        "region": region,
        "surveyed_at": surveyed_at.isoformat(),
        "family": {
            "card_number": f"{card}{random.randint(1, 9999):04}",
            "head_sex": answers["head_sex"],
            "members": answers["members"],
        },
        "answers": answers,
    }


def name_family(body: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same submission with an address, a consent, and as many people as the family has members (50 at most)."""
    family = body["family"]
    born = [date(random.randint(1950, 2000), random.randint(1, 12), random.randint(1, 28)) for _ in range(2)]
    born += [date(random.randint(2005, 2020), random.randint(1, 12), random.randint(1, 28)) for _ in range(48)]
    people = []
    for position, birth_date in enumerate(born[: family["members"]]):
        sex = family["head_sex"] if position == 0 else random.choice(("female", "male"))
        relation = "head" if position == 0 else "other" if position == 1 else "child"
        name = f"Orang {random.choice(_NAMES)} {position + 1}"
        nik = _make_nik(birth_date, sex, random.randint(1, 9999))
        people.append(
            {"name": name, "nik": nik, "sex": sex, "birth_date": birth_date.isoformat(), "relation": relation}
        )
    address = f"Jalan {random.choice(_NAMES)} {random.randint(1, 99)}, RT {random.randint(1, 9):02}"
    consent = {"version": "2025-1", "given_at": body["surveyed_at"], "channel": "in_person"}
    return {**body, "family": {**family, "address": address, "people": people}, "consent": consent}


def _make_nik(birth_date: date, sex: str, serial: int) -> str:
    day = birth_date.day + (40 if sex == "female" else 0)
    return f"{NO_DISTRICT}{day:02}{birth_date:%m%y}{serial:04}"


def draw_answers(instrument: Instrument, random: Random, strength: Strength) -> dict[str, str | int]:
    """Valid answers. They describe a family's composition and fulfil indicators with the given probabilities."""
    drawn: dict[str, str | int] = dict(_composition(random))
    drawn = {code: answer for code, answer in drawn.items() if code in instrument.questions}
    answers = _complete(drawn, instrument, random)
    for position, indicator in enumerate(instrument.indicator):
        if outcomes_of(answers, instrument)[position] == UNFULFILLED and random.random() < strength(indicator):
            answers = _repair(answers, set(drawn), indicator, instrument, random)
    withheld = [
        question.code
        for question in instrument.question
        if not question.required and question.code in answers and random.random() < _WITHHELD_SHARE
    ]
    for code in withheld:
        answers[code] = random.choice((REFUSED, DONT_KNOW))
    return _complete(answers, instrument, random)


def _composition(random: Random) -> dict[str, str | int]:
    """The composition of a family, as answers to the questions with which both shipped instruments begin."""
    couple = random.random() < 0.82
    adults = (2 if couple else 1) + random.choice((0, 0, 0, 1, 2))
    children = random.choice((0, 1, 1, 2, 2, 3))
    if not couple and adults == 1:
        children = max(children, 1)
    head_female = random.random() < (0.05 if couple else 0.75)
    return {
        "members": adults + children,
        "head_sex": "female" if head_female else "male",
        "couple": "yes" if couple else "no",
        "children_0_17": children,
        "members_7_18": random.randint(0, children),
        "members_15_up": adults,
        "members_60_up": random.choice((0, 0, 0, 1)),
        "women_18_up": 1 if couple or head_female else 0,
    }


def _complete(answers: Answers, instrument: Instrument, random: Random) -> dict[str, str | int]:
    """Answers to exactly the questions that are asked. Missing ones are drawn at random."""
    completed: dict[str, str | int] = {}
    for question in instrument.question:
        if question.ask_when is None or question.ask_when.holds(completed):
            answer = answers.get(question.code)
            most = completed.get(question.at_most or "")
            if answer is None or (isinstance(answer, int) and isinstance(most, int) and answer > most):
                answer = _any(question, instrument, most if isinstance(most, int) else None, random)
            completed[question.code] = answer
    return completed


def _any(question: Question, instrument: Instrument, most: int | None, random: Random) -> str | int:
    if question.options is not None:
        return random.choice(instrument.options[question.options])
    low = question.minimum or 0
    return random.randint(low, min(question.maximum or 0, low + 6 if most is None else max(low, most)))


def _repair(
    answers: Answers, fixed: set[str], indicator: Indicator, instrument: Instrument, random: Random
) -> dict[str, str | int]:
    """Changes the answers that the indicator reads so that it is fulfilled, if that is possible."""
    open_questions = sorted(questions_of(indicator.fulfilled_when) - fixed)
    choices = [_candidates(instrument.questions[code], answers, instrument) for code in open_questions]
    combinations = list(product(*choices))[:_TRIES]
    random.shuffle(combinations)
    for combination in combinations:
        changed = _complete({**answers, **dict(zip(open_questions, combination, strict=True))}, instrument, random)
        if indicator.fulfilled_when.holds(changed):
            return changed
    return dict(answers)


def _candidates(question: Question, answers: Answers, instrument: Instrument) -> tuple[str | int, ...]:
    if question.options is not None:
        return instrument.options[question.options]
    low, high = question.minimum or 0, question.maximum or 0
    counts = {answer for answer in answers.values() if isinstance(answer, int) and low <= answer <= high}
    return tuple(sorted({low, min(high, low + 5), min(high, 6_000_000), *counts}))
