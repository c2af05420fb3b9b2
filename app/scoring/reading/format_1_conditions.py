"""The conditions of a file of format 1: equal, in, compare, all, any, not, answered.

A condition is data in an instrument file, never an expression. `evaluation.py` gives it its meaning.

    {equal = ["marital_status", "married"]}
    {in = ["drinking_water", ["piped", "bottled"]]}
    {compare = ["children_0_17", ">", 0]}
    {compare = ["income", ">", {question = "members", times = 250000}]}
    {all = [RULE, …]}  {any = [RULE, …]}  {not = RULE}  {answered = "savings"}
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.scoring.conditions import OPERATORS


class RuleError(ValueError):
    """A condition that is not written in the language. The message names the part and says what is allowed."""


@dataclass(frozen=True, slots=True)
class Equal:
    question: str
    value: str


@dataclass(frozen=True, slots=True)
class In:
    question: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Multiple:
    """The number that answers another question, multiplied by a whole number."""

    question: str
    times: int


@dataclass(frozen=True, slots=True)
class Compare:
    question: str
    operator: str
    bound: int | Multiple


@dataclass(frozen=True, slots=True)
class All:
    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Answered:
    """True if the question has a substantive answer, so one that is not absent, refused or dont_know."""

    question: str


Rule = Equal | In | Compare | All | AnyOf | Not | Answered


def parse_rule(written: object) -> Rule:
    """A condition from its TOML or JSON form. Raises RuleError."""
    if not isinstance(written, Mapping) or len(written) != 1:
        raise RuleError("a condition is a table with exactly one key: " + ", ".join(_PARSERS))
    ((key, content),) = written.items()
    parser = _PARSERS.get(key)
    if parser is None:
        raise RuleError(f"unknown condition '{key}'; known are " + ", ".join(_PARSERS))
    return parser(content)


def _parse_equal(content: object) -> Rule:
    match content:
        case [str(question), str(value)]:
            return Equal(question, value)
    raise RuleError('equal takes ["question", "option"]')


def _parse_in(content: object) -> Rule:
    match content:
        case [str(question), [*values]] if values:
            options = tuple(value for value in values if isinstance(value, str))
            if len(options) == len(values):
                return In(question, options)
    raise RuleError('in takes ["question", ["option", "option", …]]')


def _parse_compare(content: object) -> Rule:
    match content:
        case [str(question), str(sign), bound] if sign in OPERATORS:
            match bound:
                case int() if not isinstance(bound, bool):
                    return Compare(question, sign, bound)
                case {"question": str(other), **rest} if set(rest) <= {"times"}:
                    times = rest.get("times", 1)
                    if type(times) is int:
                        return Compare(question, sign, Multiple(other, times))
    raise RuleError(
        'compare takes ["question", SIGN, NUMBER] or ["question", SIGN, {question = "other", times = NUMBER}], '
        "SIGN being one of " + " ".join(OPERATORS)
    )


def _parse_several(content: object, name: str) -> tuple[Rule, ...]:
    if not isinstance(content, list) or not content:
        raise RuleError(f"{name} takes a list of at least one condition")
    return tuple(parse_rule(part) for part in content)


def _parse_answered(content: object) -> Rule:
    if not isinstance(content, str):
        raise RuleError('answered takes "question"')
    return Answered(content)


_PARSERS: Final[Mapping[str, Callable[[object], Rule]]] = {
    "equal": _parse_equal,
    "in": _parse_in,
    "compare": _parse_compare,
    "all": lambda content: All(_parse_several(content, "all")),
    "any": lambda content: AnyOf(_parse_several(content, "any")),
    "not": lambda content: Not(parse_rule(content)),
    "answered": _parse_answered,
}


def write_rule(rule: Rule) -> dict[str, object]:
    """The JSON form of a condition, which parse_rule reads."""
    match rule:
        case Equal(question, value):
            return {"equal": [question, value]}
        case In(question, values):
            return {"in": [question, list(values)]}
        case Compare(question, sign, Multiple(other, times)):
            return {"compare": [question, sign, {"question": other, "times": times}]}
        case Compare(question, sign, bound):
            return {"compare": [question, sign, bound]}
        case All(rules):
            return {"all": [write_rule(part) for part in rules]}
        case AnyOf(rules):
            return {"any": [write_rule(part) for part in rules]}
        case Not(inner):
            return {"not": write_rule(inner)}
        case Answered(question):
            return {"answered": question}


def leaves(rule: Rule) -> Iterator[Equal | In | Compare | Answered]:
    """Every comparison and every `answered` inside a condition, in reading order."""
    match rule:
        case All(rules) | AnyOf(rules):
            for part in rules:
                yield from leaves(part)
        case Not(inner):
            yield from leaves(inner)
        case _:
            yield rule


def questions_of(rule: Rule) -> frozenset[str]:
    """Codes of all questions that a condition reads."""
    codes = set()
    for leaf in leaves(rule):
        codes.add(leaf.question)
        if isinstance(leaf, Compare) and isinstance(leaf.bound, Multiple):
            codes.add(leaf.bound.question)
    return frozenset(codes)
