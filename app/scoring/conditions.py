"""Conditions and facts as an instrument file states them. They are data. `evaluation.py` gives them their meaning.

A condition is true, false or unknown. A fact is a value that is computed from answers, rows and earlier facts. A name
stands for a question or a fact. Inside `where`, `has` and `value`, it may also be a question or fact of the roster.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final, Literal

REFUSED: Final = "refused"
DONT_KNOW: Final = "dont_know"
WITHHELD: Final = frozenset({REFUSED, DONT_KNOW})
"""Answers that every question has besides its own. The family was asked, but did not say."""

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Constant:
    value: Fraction | date


@dataclass(frozen=True, slots=True)
class Named:
    """The number or date of a question or fact. A number is multiplied by `times`."""

    name: str
    times: Fraction = Fraction(1)


Term = Constant | Named


@dataclass(frozen=True, slots=True)
class Equal:
    name: str
    option: str


@dataclass(frozen=True, slots=True)
class In:
    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Includes:
    """True if one of the options was chosen in a question that takes several."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    left: Term
    operator: str
    right: Term


@dataclass(frozen=True, slots=True)
class Answered:
    """True if the question has a substantive answer, so one that is not absent, refused or dont_know."""

    name: str


@dataclass(frozen=True, slots=True)
class Given:
    """True if the question has any answer, also refused and dont_know."""

    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the `ask_when` of the question is. True if it has none."""

    name: str


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition that a fact names."""

    name: str


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a roster that pass `where`, and of these the ones that `has` is true of (None: all)."""

    roster: str
    where: "Condition | None"
    has: "Condition | None"


@dataclass(frozen=True, slots=True)
class Quantified:
    """Of the rows that pass `where`, some, none or every one has what `has` says."""

    kind: Literal["some", "none", "every"]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of the conditions hold, or so many rows have it."""

    kind: Literal["at_least", "at_most", "exactly"]
    number: Term
    of: "tuple[Condition, ...] | Rows"


Condition = (
    Equal | In | Includes | Compare | Answered | Given | Asked | Holds | All | AnyOf | Not | Quantified | Counted
)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """sum, smallest and largest take any number of terms. difference, product and quotient take two."""

    kind: Literal["sum", "smallest", "largest", "difference", "product", "quotient"]
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Count:
    of: "tuple[Condition, ...] | Rows"


@dataclass(frozen=True, slots=True)
class OverRows:
    """A number from the rows that pass `where`. total adds up, smallest and largest choose."""

    kind: Literal["total", "smallest", "largest"]
    rows: Rows
    value: Term


@dataclass(frozen=True, slots=True)
class Pick:
    """The value of the one row that passes `where`. Unknown if it is none or several."""

    rows: Rows
    name: str


@dataclass(frozen=True, slots=True)
class Values:
    """A number for each option of a choice."""

    of: str
    options: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Class:
    """A class of a number. `below` is None for the last one. `text` by language."""

    code: str
    text: Mapping[str, str]
    below: Fraction | None


@dataclass(frozen=True, slots=True)
class Classes:
    """The class that a number belongs to. The result is a choice."""

    of: str
    classes: tuple[Class, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many options were chosen in a question that takes several."""

    name: str


@dataclass(frozen=True, slots=True)
class First:
    """The term of the first condition that is true. The last case has none. Unknown as soon as one is unknown."""

    cases: "tuple[tuple[Condition | None, Term], ...]"


@dataclass(frozen=True, slots=True)
class When:
    """A named condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Since:
    """Completed months, years or days from a date to the interview's local day."""

    unit: Literal["months", "years", "days"]
    name: str


@dataclass(frozen=True, slots=True)
class OfPerson:
    """What is known of the person of a row, from the family's `people`."""

    part: Literal["sex", "relation", "age_months", "age_years"]


Formula = Arithmetic | Count | OverRows | Pick | Values | Classes | Chosen | First | When | Since | OfPerson


def names_in(part: Condition | Formula | Term | Rows | None) -> Iterator[str]:
    """Every name that a condition, formula or term reads directly, rosters included, in reading order."""
    match part:
        case None | Constant() | OfPerson():
            return
        case Named(name) | Equal(name) | In(name) | Includes(name) | Answered(name) | Given(name):
            yield name
        case Asked(name) | Holds(name) | Chosen(name) | Since(_, name) | Values(name) | Classes(name):
            yield name
        case Compare(left, _, right):
            yield from _all(left, right)
        case All(parts) | AnyOf(parts) | Arithmetic(_, parts):
            yield from _all(*parts)
        case Not(inner) | When(inner):
            yield from names_in(inner)
        case Rows(roster, where, has):
            yield roster
            yield from _all(where, has)
        case Quantified(_, rows):
            yield from names_in(rows)
        case Counted(_, number, of):
            yield from names_in(number)
            yield from _counted(of)
        case Count(of):
            yield from _counted(of)
        case OverRows(_, rows, value):
            yield from _all(rows, value)
        case Pick(rows, name):
            yield from names_in(rows)
            yield name
        case First(cases):
            for condition, term in cases:
                yield from _all(condition, term)


def _all(*parts: Condition | Formula | Term | Rows | None) -> Iterator[str]:
    for part in parts:
        yield from names_in(part)


def _counted(of: tuple[Condition, ...] | Rows) -> Iterator[str]:
    yield from _all(*of) if isinstance(of, tuple) else names_in(of)
