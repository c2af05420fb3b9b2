"""The closed language of conditions: equal, in, compare, all, any, not, answered.

A condition is data in an instrument file, never an expression. It is evaluated in Kleene's three-valued
logic. A question without a substantive answer (absent, refused, not known) makes a comparison unknown
(`None`). A larger condition is unknown only if its other parts do not decide it.

    {equal = ["marital_status", "married"]}
    {in = ["drinking_water", ["piped", "bottled"]]}
    {compare = ["children_0_17", ">", 0]}
    {compare = ["income", ">", {question = "members", times = 250000}]}
    {all = [RULE, …]}  {any = [RULE, …]}  {not = RULE}  {answered = "savings"}
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Answer = str | int
Answers = Mapping[str, Answer]

REFUSED: Final = "refused"
DONT_KNOW: Final = "dont_know"
WITHHELD: Final = frozenset({REFUSED, DONT_KNOW})
"""Answers that every question has besides its own. The family was asked, but did not say."""

OPERATORS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


class RuleError(ValueError):
    """A condition that is not written in the language. The message names the part and says what is allowed."""


def _said(answers: Answers, question: str) -> Answer | None:
    answer = answers.get(question)
    return None if answer in WITHHELD else answer


@dataclass(frozen=True, slots=True)
class Equal:
    question: str
    value: str

    def holds(self, answers: Answers) -> bool | None:
        said = _said(answers, self.question)
        return None if said is None else said == self.value


@dataclass(frozen=True, slots=True)
class In:
    question: str
    values: tuple[str, ...]

    def holds(self, answers: Answers) -> bool | None:
        said = _said(answers, self.question)
        return None if said is None else said in self.values


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

    def holds(self, answers: Answers) -> bool | None:
        said = _said(answers, self.question)
        bound: Answer | None
        if isinstance(self.bound, Multiple):
            other = _said(answers, self.bound.question)
            bound = other * self.bound.times if isinstance(other, int) else None
        else:
            bound = self.bound
        if not isinstance(said, int) or not isinstance(bound, int):
            return None
        return OPERATORS[self.operator](said, bound)


@dataclass(frozen=True, slots=True)
class All:
    rules: tuple["Rule", ...]

    def holds(self, answers: Answers) -> bool | None:
        unknown = False
        for rule in self.rules:
            held = rule.holds(answers)
            if held is False:
                return False
            unknown = unknown or held is None
        return None if unknown else True


@dataclass(frozen=True, slots=True)
class AnyOf:
    rules: tuple["Rule", ...]

    def holds(self, answers: Answers) -> bool | None:
        unknown = False
        for rule in self.rules:
            held = rule.holds(answers)
            if held is True:
                return True
            unknown = unknown or held is None
        return None if unknown else False


@dataclass(frozen=True, slots=True)
class Not:
    rule: "Rule"

    def holds(self, answers: Answers) -> bool | None:
        held = self.rule.holds(answers)
        return None if held is None else not held


@dataclass(frozen=True, slots=True)
class Answered:
    """True if the question has a substantive answer, so one that is not absent, refused or dont_know."""

    question: str

    def holds(self, answers: Answers) -> bool | None:
        return _said(answers, self.question) is not None


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
