"""Interviews of families that no server has seen before, made so fast that a benchmark never waits for them.

Each has a new id, card number, NIKs and answers. Families of `app/synthetic.py` are only the patterns: a fresh family
has the composition of one of them, and every other answer is drawn anew. So nothing that remembers whole answers, cards
or NIKs gains anything.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from random import Random, SystemRandom
from typing import Any, Final
from uuid import UUID

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.regions.editions import read_edition
from app.scoring.instrument import Instrument, Question
from app.scoring.reading.files import read_instrument
from app.synthetic import NO_DISTRICT, draw_submission

PATTERNS: Final = 256
"""One byte chooses one of them."""
_STRENGTH: Final = 0.6
_FLOWERS: Final = ("Melati", "Kenanga", "Cempaka", "Teratai", "Flamboyan", "Bungur", "Anggrek", "Seroja")
_LARGE: Final = 1_000_000
"""An amount of money may be larger than this."""


@dataclass(frozen=True, slots=True)
class Round:
    """The version of an instrument with which a year's interviews are made."""

    version: str
    year: int
    months: int = 12


@dataclass(frozen=True, slots=True)
class Interview:
    """One interview. `family` is that member of its body as JSON, and `body` is what a device sends."""

    id: UUID
    year: int
    region: str
    pattern: int
    family: str
    body: bytes


def read_villages(within: str) -> list[str]:
    """Codes of the villages in a province or regency."""
    _, regions = read_edition()
    return [each.code for each in regions if each.level == "village" and each.code.startswith(within)]


class _Numbers:
    """Numbers below `size`, each once, from a random one on and far apart, so that no two runs send the same ones."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._turn = count(SystemRandom().randrange(size))
        self._step = 7_919_000_063  # a prime, which divides none of the sizes

    def __next__(self) -> int:
        return next(self._turn) * self._step % self._size


_DAYS: Final = 28 * 12
_SERIALS: Final = 9999
_CARDS: Final = _Numbers(20 * _DAYS * _SERIALS)
_ADULTS: Final = _Numbers(50 * _DAYS * _SERIALS)
_CHILDREN: Final = _Numbers(14 * _DAYS * _SERIALS)


def _split(number: int) -> tuple[int, int, int, int]:
    """Year from 0, month, day and serial number."""
    rest, serial = divmod(number, _SERIALS)
    rest, day = divmod(rest, 28)
    year, month = divmod(rest, 12)
    return year, month + 1, day + 1, serial + 1


def _new_card() -> str:
    year, month, day, serial = _split(next(_CARDS))
    return f"{NO_DISTRICT}{day:02}{month:02}{year + 5:02}{serial:04}"


def _new_person(position: int, sex: str, name: str) -> str:
    first, numbers = (1950, _ADULTS) if position < 2 else (2006, _CHILDREN)
    year, month, day, serial = _split(next(numbers))
    year += first
    relation = "head" if position == 0 else "other" if position == 1 else "child"
    shown = day + 40 if sex == "female" else day
    nik = f"{NO_DISTRICT}{shown:02}{month:02}{year % 100:02}{serial:04}"
    return (
        f'{{"name": "Orang {name} {position + 1}", "nik": "{nik}", "sex": "{sex}", '
        f'"birth_date": "{year}-{month:02}-{day:02}", "relation": "{relation}"}}'
    )


@dataclass(frozen=True, slots=True)
class _Pattern:
    """`answers` holds, for each question in turn, the 256 texts `"code": answer` that one is drawn from."""

    head_sex: str
    members: int
    answers: Sequence[Sequence[str]]


class Drawing:
    """Draws fresh interviews with one instrument, in villages taken in turn. Each run draws others."""

    def __init__(self, file: str, villages: Sequence[str]) -> None:
        self.instrument, self._patterns = _read(file)
        self._villages = villages
        self._turn = count()
        self._random = Random(SystemRandom().random())

    def answers(self, number: int) -> Iterator[dict[str, Any]]:
        """The answers alone of so many fresh families."""
        return (json.loads(f"{{{self._answers(each)}}}") for each in self._random.randbytes(number))

    def fresh(self, round_: Round, number: int, *, named: bool = False) -> list[Interview]:
        """Interviews of new families. Named ones have people, an address and a consent."""
        return [self._new(round_, named) for _ in range(number)]

    def again(self, before: Interview, round_: Round, *, named: bool) -> Interview:
        """Another interview of a family, with the same people and new answers."""
        return self._interview(round_, before.region, before.pattern, before.family, named)

    def _new(self, round_: Round, named: bool) -> Interview:
        number = self._random.getrandbits(8)
        pattern, region = self._patterns[number], self._villages[next(self._turn) % len(self._villages)]
        family = f'"card_number": "{_new_card()}", "head_sex": "{pattern.head_sex}", "members": {pattern.members}'
        if named:
            family += self._identity(pattern)
        return self._interview(round_, region, number, f"{{{family}}}", named)

    def _identity(self, pattern: _Pattern) -> str:
        drawn = self._random.randbytes(pattern.members + 2)
        people = [
            _new_person(
                at,
                pattern.head_sex if at == 0 else "male" if byte & 1 else "female",
                f"{_FLOWERS[byte >> 5]} {_FLOWERS[byte >> 2 & 7]}",
            )
            for at, byte in enumerate(drawn[2:])
        ]
        address = f"Jalan {_FLOWERS[drawn[0] >> 5]} {drawn[1] + 1}, RT {drawn[0] % 9 + 1:02}"
        return f', "address": "{address}", "people": [{", ".join(people)}]'

    def _interview(self, round_: Round, region: str, pattern: int, family: str, named: bool) -> Interview:
        month, day, hour, minute, second = self._random.randbytes(5)
        at = f"{8 + hour % 10:02}:{minute % 60:02}:{second % 60:02}+08:00"
        moment = f"{round_.year}-{month % round_.months + 1:02}-{day % 28 + 1:02}T{at}"
        consent = f', "consent": {{"version": "2025-1", "given_at": "{moment}", "channel": "in_person"}}'
        body = (
            f'{{"instrument": "{self.instrument.code}", "version": "{round_.version}", "region": "{region}", '
            f'"surveyed_at": "{moment}", "family": {family}, "answers": {{{self._answers(pattern)}}}'
            f"{consent if named else ''}}}"
        )
        return Interview(self._new_id(), round_.year, region, pattern, family, body.encode())

    def _new_id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _answers(self, pattern: int) -> str:
        texts = self._patterns[pattern].answers
        return ", ".join([each[at] for each, at in zip(texts, self._random.randbytes(len(texts)), strict=True)])


@cache
def _read(file: str) -> tuple[Instrument, list[_Pattern]]:
    """A shipped instrument and the patterns for it. Drawing them takes seconds, so each run draws them once."""
    instrument = read_instrument((SHIPPED_INSTRUMENTS / f"{file}.toml").read_bytes())
    return instrument, _draw_patterns(instrument, Random(SystemRandom().random()))


def _draw_patterns(instrument: Instrument, random: Random) -> list[_Pattern]:
    day = datetime(instrument.valid_from.year, 1, 15, 4, tzinfo=UTC)
    bodies = [draw_submission(instrument, NO_DISTRICT, day, random, lambda _: _STRENGTH)[1] for _ in range(PATTERNS)]
    told = {each.code: _told(each.code, bodies, random) for each in instrument.questions}
    fixed = _deciding(instrument)
    return [
        _Pattern(
            each["family"]["head_sex"],
            each["family"]["members"],
            [
                [_text(code, answer)] * PATTERNS
                if code in fixed
                else _choices(instrument.question[code], answer, each["answers"], told[code], random)
                for code, answer in each["answers"].items()
            ],
        )
        for each in bodies
    ]


def _deciding(instrument: Instrument) -> set[str]:
    """Questions that decide whether others are asked, how large their numbers may be, or whether answers are refused.

    A fresh family has the answers of its pattern to them.
    """
    conditions = [each.ask_when for each in instrument.questions] + [each.ask_when for each in instrument.rosters]
    conditions += [each.when for each in instrument.checks if each.effect == "refuse"]
    found = set(instrument.questions_read(*conditions))
    for each in instrument.questions:
        found |= {name for name in (each.at_most, each.same_as and each.code) if name}
    return found | {each.code for each in instrument.rosters} | {each.rows for each in instrument.rosters if each.rows}


def _told(code: str, bodies: Sequence[dict[str, Any]], random: Random) -> list[str]:
    """256 answers to a question as drawn families give them, whatever else they say."""
    found = [_text(code, each["answers"][code]) for each in bodies if code in each["answers"]]
    return random.choices(found, k=PATTERNS) if found else []


def _choices(
    question: Question, answer: Any, answers: dict[str, Any], told: Sequence[str], random: Random
) -> Sequence[str]:
    if question.type == "choice":
        return told
    if question.type != "integer" or not isinstance(answer, int):
        return [_text(question.code, answer)] * PATTERNS
    low, high = int(question.minimum or 0), int(question.maximum or 0)
    if high > _LARGE:
        return [_text(question.code, random.randint(500, 9000) * 1000) for _ in range(PATTERNS)]
    most = answers.get(question.at_most or "", high)
    return [
        _text(question.code, random.randint(low, most if isinstance(most, int) else answer)) for _ in range(PATTERNS)
    ]


def _text(code: str, answer: Any) -> str:
    return f'"{code}": {json.dumps(answer)}'
