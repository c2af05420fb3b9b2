"""Answers as a device sends them, and an instrument with a question of every type."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.scoring.conditions import Compare, Constant, Equal, Includes, Named, OfPerson
from app.scoring.evaluation import Answers, Person, Row
from app.scoring.instrument import Check, Fact, Instrument, Option, Question, Roster
from tests.scoring.drawn import DAY, words


def wire_of(answers: Answers, day: date = DAY) -> dict[str, Any]:
    """What is sent so that checking gives these answers again. The rows state their persons."""
    return {code: _sent(answer, day) for code, answer in answers.items()}


def _sent(answer: Any, day: date) -> Any:
    if isinstance(answer, Row):
        person = {} if answer.person is None else {"person": _person(answer.person, day)}
        return wire_of(answer.answers, day) | person
    if isinstance(answer, tuple):
        return [_sent(each, day) for each in answer]
    if isinstance(answer, Fraction):
        return Decimal(answer.numerator) / answer.denominator
    return answer.isoformat() if isinstance(answer, date) else answer


def _person(person: Person, day: date) -> dict[str, Any]:
    told = {"sex": person.sex, "relation": person.relation}
    if person.age_months is not None:
        months = day.year * 12 + day.month - 1 - person.age_months
        told["birth_date"] = date(months // 12, months % 12 + 1, day.day).isoformat()
    return {name: value for name, value in told.items() if value is not None}


def _question(code: str, type: Any, **members: Any) -> Question:
    return Question(code, type, words(f"Pertanyaan {code}"), **members)


def _options(*codes: str) -> tuple[Option, ...]:
    return tuple(Option(code, words(f"Pilihan {code}")) for code in codes)


YES: Final = Equal("savings", "yes")
EVERY_TYPE: Final = Instrument(
    format=2,
    code="every-type",
    version="1",
    status="provisional",
    valid_from=date(2026, 1, 1),
    title=words("Semua jenis"),
    description=None,
    languages=("id", "en"),
    sources=(),
    option_lists={"yn": _options("yes", "no"), "assets": _options("01", "02", "03", "95", "99")},
    sections=(),
    rosters=(
        Roster("people", words("Anggota"), 5, rows="n", people=True),
        Roster("plots", words("Lahan"), 3, ask_when=YES),
    ),
    questions=(
        _question("n", "integer", minimum=Fraction(1), maximum=Fraction(30), required=True),
        _question("children", "integer", minimum=Fraction(0), maximum=Fraction(30), at_most="n"),
        _question("savings", "choice", options="yn"),
        _question("assets", "several", options="assets", specify="95", alone=("99",), maximum_chosen=3),
        _question(
            "assets_specify",
            "text",
            minimum=Fraction(2),
            maximum=Fraction(10),
            ask_when=Includes("assets", ("95",)),
            specify_of="assets",
        ),
        _question("area", "decimal", digits=1, minimum=Fraction(1), maximum=Fraction(1999, 2)),
        _question("married", "date", earliest=date(1950, 1, 1), latest="interview"),
        _question("moved", "date", earliest="married", latest="interview"),
        _question("postcode", "text", minimum=Fraction(5), maximum=Fraction(5), only_digits=True),
        _question(
            "immunised",
            "choice",
            roster="people",
            options="yn",
            ask_when=Compare(Named("age"), "<", Constant(Fraction(24))),
        ),
        _question("works", "choice", roster="people", options="yn", required=True),
        _question("size", "decimal", roster="plots", digits=2, minimum=Fraction(0), maximum=Fraction(100)),
        _question(
            "used", "decimal", roster="plots", digits=2, minimum=Fraction(0), maximum=Fraction(100), at_most="size"
        ),
    ),
    facts=(Fact("age", words("Umur"), OfPerson("age_months"), "people"),),
    checks=(
        Check("crowded", Compare(Named("n"), ">", Named("area")), words("Terlalu sempit"), "warn"),
        Check("empty", Compare(Named("children"), "==", Named("n")), words("Tidak ada orang dewasa"), "refuse"),
    ),
    indices=(),
    digest="sha-256:0",
    content={},
)
"""An instrument of format 2 with a question of every type, a roster of people and one of other rows."""

PEOPLE: Final = [
    {"name": "Siti Aminah", "sex": "female", "birth_date": "1990-01-01", "relation": "head"},
    {"birth_date": "2025-06-15", "relation": "child"},
]
VALID: Final[dict[str, Any]] = {
    "n": 2,
    "children": 1,
    "savings": "yes",
    "assets": ["95", "01"],
    "assets_specify": "perahu",
    "area": Decimal("36.5"),
    "married": "2012-02-29",
    "moved": "2012-02-29",
    "postcode": "00123",
    "people": [{"works": "yes"}, {"works": "no", "immunised": "dont_know"}],
    "plots": [{"size": 2, "used": Decimal("1.25")}],
}
"""Valid answers of a family with PEOPLE."""
