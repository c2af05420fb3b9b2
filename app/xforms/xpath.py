"""Small pieces of XPath 1.0 that every engine of phones computes alike: truths, whole numbers and texts of choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TRUE: Final = "true()"
FALSE: Final = "false()"
MOST: Final = 2**53
"""Whole numbers below are exact in double arithmetic."""
PRINTED: Final = 10**9
"""Whole numbers below are written with their digits by every engine."""
_LONGEST: Final = 30_000


class InexactError(Exception):
    """XPath cannot say this exactly. `texts` says why, in Indonesian and English."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(english)
        self.texts = (indonesian, english)


@dataclass(frozen=True, slots=True)
class Truth:
    """Two expressions: when a condition is surely true, and when it is surely false. Otherwise it is unknown."""

    true: str
    false: str

    @property
    def settled(self) -> str:
        return either(self.true, self.false)


@dataclass(frozen=True, slots=True)
class Number:
    """A value of `expression` divided by `unit`, both whole. A day is its digits, as 20260615.

    known: when it has a value. least, most: bounds of the expression
    """

    known: str
    expression: str
    unit: int
    least: int
    most: int

    def in_units(self, unit: int) -> "Number":
        """The same value in a finer unit."""
        factor = unit // self.unit
        if factor == 1:
            return self
        return checked(
            Number(self.known, f"({self.expression} * {factor})", unit, self.least * factor, self.most * factor)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The code of an option, and when it is known."""

    known: str
    expression: str


def checked(number: Number) -> Number:
    """Raises InexactError if the number may be too large for exact arithmetic."""
    if max(abs(number.least), abs(number.most)) >= MOST:
        raise InexactError("angka bisa terlalu besar untuk dihitung tepat", "a number may be too large to be exact")
    short(number.expression)
    return number


def short(expression: str) -> str:
    """Raises InexactError if the expression is too long for cheap phones."""
    if len(expression) > _LONGEST:
        raise InexactError("rumusnya terlalu panjang untuk ponsel", "its formula is too long for a phone")
    return expression


def both(*parts: str) -> str:
    return _joined(parts, " and ", neutral=TRUE, final=FALSE)


def either(*parts: str) -> str:
    return _joined(parts, " or ", neutral=FALSE, final=TRUE)


def _joined(parts: Sequence[str], word: str, *, neutral: str, final: str) -> str:
    left = [each for each in dict.fromkeys(parts) if each != neutral]
    if final in left:
        return final
    if not left:
        return neutral
    return left[0] if len(left) == 1 else short(f"({word.join(left)})")


def negated(part: str) -> str:
    if part in (TRUE, FALSE):
        return TRUE if part == FALSE else FALSE
    return f"not({part})"


def when(condition: str, value: str, other: str) -> str:
    if condition in (TRUE, FALSE):
        return value if condition == TRUE else other
    return short(f"if({condition}, {value}, {other})")


def one_if(condition: str) -> str:
    return when(condition, "1", "0")


def added(parts: Sequence[str]) -> str:
    left = [each for each in parts if each != "0"]
    return short(f"({' + '.join(left)})") if len(left) > 1 else left[0] if left else "0"


def whole_part(value: str, divisor: str) -> str:
    """A whole number that is not negative, divided and rounded down."""
    return f"((({value}) - (({value}) mod ({divisor}))) div ({divisor}))"


def quoted(text: str) -> str:
    """A text without quotation marks, such as a code."""
    return f"'{text}'"


def ref(name: str) -> str:
    return f"${{{name}}}"
