"""Stored answers: one string of whole numbers, one for each question in the instrument's order.

The order can be relied on, because an instrument never changes. 0 is left out, 1 refused, 2 not known, and from 3 on
the answer is told:

- choice: the place of the option, several: a bit for each option
- number: how many last digits it lies above its minimum
- date: days since `earliest`, or since 1900 if that is no fixed day
- text: the place in the list of the interview's texts, which are stored apart and encrypted
- roster: the number of rows, after which follow the rows, each with its person (if the rows are people) and its answers

Each number is a varint: seven bits a byte, the lowest first, and the eighth bit set in all bytes but the last. A
family of `ikk-29` takes about 51 bytes, as JSON 941, so a row stays below the size at which PostgreSQL compresses it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any, Final

from app.scoring.conditions import DONT_KNOW, REFUSED
from app.scoring.evaluation import Answers, Person, Row, Value
from app.scoring.instrument import Instrument, Question, Roster

_LEFT_OUT: Final = 0
_WITHHELD: Final = {REFUSED: 1, DONT_KNOW: 2}
_WITHHELD_WORDS: Final = {number: word for word, number in _WITHHELD.items()}
_TOLD: Final = 3
"""The first number of an answer with substance."""
FIRST_DAY: Final = date(1900, 1, 1)
"""The earliest day that a date without a fixed `earliest` may have."""
SEXES: Final = ("female", "male")
RELATIONS: Final = ("head", "spouse", "child", "other")
"""What may be known of a person of a roster. Stored answers have the places: new ones are added at the end."""


def encode_answers(answers: Answers, instrument: Instrument) -> tuple[bytes, tuple[str, ...]]:
    """The stored form of valid answers, and the texts in them apart. The inverse of decode_answers."""
    texts: list[str] = []
    parts = []
    for entry in instrument.asked:
        found: Any = answers.get(entry.code)
        if isinstance(entry, Question):
            parts.append(_cell(entry, found, instrument, texts))
        elif isinstance(found, tuple):
            parts.append(varint(_TOLD + len(found)))
            parts += [_row(row, entry, instrument, texts) for row in found]
        else:
            parts.append(varint(_withheld(found)))
    return b"".join(parts), tuple(texts)


def _row(row: Row, roster: Roster, instrument: Instrument, texts: list[str]) -> bytes:
    cells = [
        _cell(each, row.answers.get(each.code), instrument, texts) for each in instrument.row_questions[roster.code]
    ]
    return (encode_person(row.person) if roster.people else b"") + b"".join(cells)


def _cell(question: Question, answer: Value | None, instrument: Instrument, texts: list[str]) -> bytes:
    if question.type != "text" or answer is None or answer in _WITHHELD:
        return encode_answer(question, answer, instrument)
    texts.append(str(answer))
    return varint(_TOLD + len(texts) - 1)


def encode_answer(question: Question, answer: Value | None, instrument: Instrument) -> bytes:
    """The stored form of one valid answer, or of none. A text with substance has none that depends on it alone."""
    if answer is None or (isinstance(answer, str) and answer in _WITHHELD):
        return varint(_withheld(answer))
    place = _place(question, answer, instrument)
    if place < 0:
        raise ValueError(f"question {question.code} has no answer so low")
    return varint(_TOLD + place)


def _withheld(answer: Any) -> int:
    return _LEFT_OUT if answer is None else _WITHHELD[answer]


def _place(question: Question, answer: Any, instrument: Instrument) -> int:
    match question.type:
        case "choice":
            return instrument.options[question.options or ""].index(answer)
        case "several":
            options = instrument.options[question.options or ""]
            return sum(1 << options.index(each) for each in answer)
        case "integer" | "decimal":
            last_digits = Fraction(answer) * 10**question.digits
            if last_digits.denominator != 1:
                raise ValueError(f"question {question.code} has no so many digits")
            return last_digits.numerator - _least(question)  # type: ignore[no-any-return]
        case "date":
            return (answer - _first_day(question)).days  # type: ignore[no-any-return]
        case "text":
            raise ValueError(f"question {question.code} is a text, which is stored apart")


def _least(question: Question) -> int:
    return floor(Fraction(question.minimum or 0) * 10**question.digits)  # type: ignore[no-any-return]


def _first_day(question: Question) -> date:
    return question.earliest if isinstance(question.earliest, date) else FIRST_DAY


def encode_person(person: Person | None) -> bytes:
    """The stored form of what is known of the person of a row."""
    if person is None:
        return varint(0)
    sex = 0 if person.sex is None else 1 + SEXES.index(person.sex)
    relation = 0 if person.relation is None else 1 + RELATIONS.index(person.relation)
    age = 0 if person.age_months is None else 1 + person.age_months
    return varint(1 + sex) + varint(relation) + varint(age)


def varint(number: int) -> bytes:
    """A whole number from 0 on in seven bits a byte, the lowest first. Raises ValueError below 0."""
    if number < 0:
        raise ValueError("a stored number is never negative")
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def decode_answers(stored: bytes, texts: Sequence[str] | None, instrument: Instrument) -> dict[str, Any]:
    """The answers (`Answers`) as they were encoded, in the instrument's order. None are left of empty bytes.

    texts: None if they are not read. A text is then empty, which no valid answer is. Raises ValueError for bytes that
    are not of this instrument.
    """
    answers: dict[str, Any] = {}
    if not stored:
        return answers
    numbers = _numbers(stored)
    try:
        for entry in instrument.asked:
            found = _answer(entry, numbers, texts, instrument)
            if found is not None:
                answers[entry.code] = found
    except (StopIteration, LookupError, OverflowError):
        raise ValueError("stored answers do not belong to this instrument") from None
    if next(numbers, None) is not None:
        raise ValueError("stored answers do not belong to this instrument")
    return answers


def read_numbers(stored: bytes) -> Sequence[int]:
    """The stored numbers in their order. Raises ValueError if they are cut off."""
    # A string whose numbers are all below 128 is its own list of numbers.
    return stored if stored.isascii() else list(_numbers(stored))


def _numbers(stored: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in stored:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("stored answers are cut off")


def _answer(
    entry: Question | Roster, numbers: Iterator[int], texts: Sequence[str] | None, instrument: Instrument
) -> Any:
    number = next(numbers)
    if number < _TOLD:
        return _WITHHELD_WORDS.get(number)
    if isinstance(entry, Roster):
        return tuple(_read_row(entry, numbers, texts, instrument) for _ in range(number - _TOLD))
    return _read_place(entry, number - _TOLD, texts, instrument)


def _read_row(roster: Roster, numbers: Iterator[int], texts: Sequence[str] | None, instrument: Instrument) -> Row:
    person = _read_person(numbers) if roster.people else None
    cells = {each.code: _answer(each, numbers, texts, instrument) for each in instrument.row_questions[roster.code]}
    return Row({code: answer for code, answer in cells.items() if answer is not None}, person)


def _read_person(numbers: Iterator[int]) -> Person | None:
    known = next(numbers)
    if known == 0:
        return None
    sex, relation, age = known - 1, next(numbers), next(numbers)
    return Person(
        SEXES[sex - 1] if sex else None, RELATIONS[relation - 1] if relation else None, age - 1 if age else None
    )


def decode_place(question: Question, place: int, instrument: Instrument) -> Value:
    """The answer that the stored place stands for. A text is empty, because it is stored apart.

    Raises LookupError or OverflowError for a place that is none of the question's.
    """
    return _read_place(question, place, None, instrument)


def _read_place(question: Question, place: int, texts: Sequence[str] | None, instrument: Instrument) -> Value:
    match question.type:
        case "choice":
            return instrument.options[question.options or ""][place]
        case "several":
            options = instrument.options[question.options or ""]
            if place >> len(options):
                raise LookupError(place)
            return tuple(option for at, option in enumerate(options) if place >> at & 1)
        case "integer":
            return place + _least(question)
        case "decimal":
            return Fraction(place + _least(question), 10**question.digits)
        case "date":
            return _first_day(question) + timedelta(days=place)
        case "text":
            return "" if texts is None else texts[place]
