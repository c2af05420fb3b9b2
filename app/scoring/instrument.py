"""An instrument is a released questionnaire with its scoring, as every format of instrument files is read into.

`reading/` makes it from a file and checks it. Nothing here is checked again. Numbers are exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Final, Literal

from app.scoring.conditions import Condition, Formula, names_in
from app.scoring.parts import Status, Text

QuestionType = Literal["choice", "several", "integer", "decimal", "date", "text"]
Method = Literal["mean", "geometric-mean", "points-sum", "counting", "stages", "rule"]
Combine = Literal["mean", "minimum", "maximum"]
Headline = Literal["mean", "of_indicators", "share", "headcount", "intensity", "adjusted"]
Bound = date | str | None
"""The earliest or latest day of a date: a day, the code of an earlier date, or "interview"."""
INTERVIEW: Final = "interview"


@dataclass(frozen=True, slots=True)
class Source:
    code: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    title: Text
    read: Text | None = None
    """What the enumerator reads aloud before the section's first question."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Questions that are asked once for each row, such as for each member of the family.

    rows: the code of an earlier number that says how many rows there are
    people: whether the rows are the family's `people`, in their order
    """

    code: str
    name: Text
    maximum: int
    rows: str | None = None
    ask_when: Condition | None = None
    people: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the family, or of each row of a roster.

    options: the code of its option list, for a choice or several
    minimum, maximum: of a number, or of the length of a text
    digits: decimal places of a number, 0 for an integer
    when_not_asked: what it counts as where `ask_when` is false
    required: the family must answer, and neither refused nor dont_know is enough
    sensitive: to ask in private
    same_as: the member of the submission's `family` that it asks again
    at_most: the code of an earlier number that it may not exceed
    specify: the option that asks for a text; specify_of: the question whose text this is
    alone: options that may not be chosen with others
    """

    code: str
    type: QuestionType
    text: Text
    hint: Text | None = None
    section: str | None = None
    roster: str | None = None
    ask_when: Condition | None = None
    when_not_asked: "str | int | Fraction | date | tuple[str, ...] | None" = None
    required: bool = False
    sensitive: bool = False
    same_as: Literal["members", "head_sex"] | None = None
    at_most: str | None = None
    options: str | None = None
    specify: str | None = None
    specify_of: str | None = None
    alone: tuple[str, ...] = ()
    maximum_chosen: int | None = None
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    unit: str | None = None
    digits: int = 0
    earliest: Bound = None
    latest: Bound = None
    only_digits: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that is computed. With a roster there is one for each row."""

    code: str
    name: Text
    formula: Formula
    roster: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A warning or a refusal if a combination of answers is implausible."""

    code: str
    when: Condition
    text: Text
    effect: Literal["warn", "refuse"]


@dataclass(frozen=True, slots=True)
class Complete:
    """What must be answered for a value. `required` has positions of indicators of the index."""

    minimum_answered: int | None = None
    minimum_share: Fraction | None = None
    maximum_missing: int | None = None
    required: tuple[int, ...] = ()
    every_group: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group of indicators or of other groups. parent is the position of its group, None directly below the index."""

    code: str
    name: Text
    parent: int | None
    weight: Fraction
    combine: Combine
    complete: Complete
    status: Status
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Points of the numbers below a bound, or of all others (None)."""

    below: Fraction | None
    points: Fraction


@dataclass(frozen=True, slots=True)
class Points:
    """The points of an indicator. Exactly one of the forms is there.

    options: by the option chosen in the choice `of`; each: added up over the options chosen in `of`
    ranges: by the number `of`; number: the number `of` itself, held within least and most
    first: of the first condition that is true; the last has none
    least, most: the bounds of the points
    """

    least: Fraction
    most: Fraction
    of: str | None = None
    options: Mapping[str, Fraction] | None = None
    each: Mapping[str, Fraction] | None = None
    ranges: tuple[Range, ...] = ()
    number: bool = False
    first: tuple[tuple[Condition | None, Fraction], ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """group is a position. Exactly one of fulfilled_when, deprived_when and points is there.

    sensitive is the file's own mark. `Index.sensitive` has all positions.
    """

    code: str
    name: Text
    group: int | None
    weight: Fraction
    status: Status
    sources: tuple[str, ...]
    note: str | None = None
    about: Mapping[str, Any] | None = None
    applies_when: Condition | None = None
    fulfilled_when: Condition | None = None
    deprived_when: Condition | None = None
    points: Points | None = None
    reverse: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A class of an index, or of a region's headline.

    bound: the highest value, which belongs to it if `included`; None for the last one
    after: the position of the group that must be passed (stages); when: its condition (rule)
    """

    code: str
    name: Text
    status: Status
    sources: tuple[str, ...]
    bound: Fraction | None = None
    included: bool = False
    after: int | None = None
    when: Condition | None = None

    def takes(self, value: Fraction) -> bool:
        """Whether the unrounded value is within its bound. The category is the first one that takes the value."""
        if self.bound is None:
            return True
        return value <= self.bound if self.included else value < self.bound


@dataclass(frozen=True, slots=True)
class Weak:
    """An indicator of a region is weak if its unrounded share (percent) is below this limit."""

    below: Fraction
    status: Status
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegionRule:
    """How a region's figures are made. `scale` is that of the headline; None if it is the index's own.

    headline: None if the file names none and the method has none by itself
    share_of: positions of the categories whose share is the headline
    weigh_by: a number that each family counts for; None: each counts once
    """

    headline: Headline | None
    share_of: tuple[int, ...] = ()
    weigh_by: str | None = None
    scale: Fraction = Fraction(100)
    decimals: int = 2
    categories: tuple[Category, ...] = ()
    minimum_families: int = 1
    minimum_coverage: Fraction | None = None
    weak: Weak | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """The index itself or one of its groups, with what stands directly below it.

    groups, indicators: positions
    weights: of the groups and then of the indicators, as whole numbers of 1/unit
    """

    groups: tuple[int, ...]
    indicators: tuple[int, ...]
    combine: Combine
    complete: Complete
    weights: tuple[int, ...]
    unit: int


@dataclass(frozen=True)
class Index:
    """One index of the instrument, with its own groups, indicators and categories."""

    code: str
    name: Text
    method: Method
    combine: Combine
    scale: Fraction
    decimals: int
    direction: Literal["up", "down"]
    complete: Complete
    region: RegionRule
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    categories: tuple[Category, ...]
    applies_when: Condition | None = None
    only: Mapping[str, Condition] = field(default_factory=dict)
    """By roster: within this index, rows that do not pass do not exist."""
    cut_off: Fraction | None = None
    about: Mapping[str, Any] | None = None
    sensitive: frozenset[int] = frozenset()
    """Positions of the indicators that are marked, or whose outcome depends on a sensitive question."""
    reveals: bool = False
    """Whether the state or the category reads a sensitive question directly, not through an indicator."""

    @cached_property
    def top_groups(self) -> tuple[int, ...]:
        return tuple(position for position, group in enumerate(self.groups) if group.parent is None)

    @cached_property
    def nodes(self) -> Mapping[int | None, Node]:
        """The groups by position, each after the groups below it, and last the index itself (None)."""
        # Groups may stand in any order in the file.
        deepest_first = sorted(range(len(self.groups)), key=lambda position: -self._depth(position))
        return {group: self._node(group) for group in (*deepest_first, None)}

    def _depth(self, group: int) -> int:
        parent = self.groups[group].parent
        return 0 if parent is None else 1 + self._depth(parent)

    def _node(self, group: int | None) -> Node:
        groups = tuple(at for at, each in enumerate(self.groups) if each.parent == group)
        indicators = tuple(at for at, each in enumerate(self.indicators) if each.group == group)
        weights = [self.groups[at].weight for at in groups] + [self.indicators[at].weight for at in indicators]
        unit = lcm(*(each.denominator for each in weights))
        own = self if group is None else self.groups[group]
        whole = tuple(int(each * unit) for each in weights)
        return Node(groups, indicators, own.combine, own.complete, whole, unit)


@dataclass(frozen=True, slots=True)
class Follows:
    """The version that this one follows, and which figures of the two may be compared."""

    version: str
    comparable: Literal["all", "none"] | tuple[str, ...]
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Parameters of the protection of published figures."""

    families: int = 30
    base: int = 5
    sensitive_base: int = 10
    group: int = 50


@dataclass(frozen=True, slots=True)
class Case:
    """A worked case: an interview and what it must give. `expect` by index, as the file has it."""

    name: str
    answers: Mapping[str, Any]
    interview: date | None
    expect: Mapping[str, Mapping[str, Any]]
    working: str | None = None


@dataclass(frozen=True, slots=True)
class RegionCase:
    """A worked case of a region with the families of these cases."""

    families: tuple[str, ...]
    expect: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Instrument:
    """A released questionnaire with its scoring.

    Each object equals only itself, because tables are kept by instrument. To compare what two hold would take longer
    than most of what the tables are for.
    """

    format: int
    code: str
    version: str
    status: Status
    valid_from: date
    title: Text
    description: Text | None
    languages: tuple[str, ...]
    sources: tuple[Source, ...]
    option_lists: Mapping[str, tuple[Option, ...]]
    sections: tuple[Section, ...]
    rosters: tuple[Roster, ...]
    questions: tuple[Question, ...]
    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    indices: tuple[Index, ...]
    digest: str
    """sha-256:<hex> over the bytes of the file without a byte order mark."""
    content: Mapping[str, Any]
    """The file as JSON."""
    valid_to: date | None = None
    replaced_by: str | None = None
    follows: Follows | None = None
    disclosure: Disclosure = Disclosure()
    breakdowns: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    region_cases: tuple[RegionCase, ...] = ()

    @cached_property
    def question(self) -> Mapping[str, Question]:
        """The questions by code."""
        return {each.code: each for each in self.questions}

    @cached_property
    def fact(self) -> Mapping[str, Fact]:
        """The facts by code."""
        return {each.code: each for each in self.facts}

    @cached_property
    def asking_again(self) -> tuple[Question, ...]:
        """The questions that ask a fact of the submission's `family` again."""
        return tuple(each for each in self.questions if each.same_as is not None)

    @cached_property
    def warning_checks(self) -> tuple[Check, ...]:
        """The checks that warn and refuse nothing."""
        return tuple(each for each in self.checks if each.effect == "warn")

    @cached_property
    def roster(self) -> Mapping[str, Roster]:
        """The rosters by code."""
        return {each.code: each for each in self.rosters}

    @cached_property
    def options(self) -> Mapping[str, tuple[str, ...]]:
        """For each option list, the codes of its options in order."""
        return {code: tuple(option.code for option in options) for code, options in self.option_lists.items()}

    @cached_property
    def asked(self) -> tuple[Question | Roster, ...]:
        """The questions of the family, with each roster where its first question stands."""
        found: dict[str, Question | Roster] = {}
        for each in self.questions:
            entry: Question | Roster = each if each.roster is None else self.roster[each.roster]
            found.setdefault(entry.code, entry)
        for roster in self.rosters:
            found.setdefault(roster.code, roster)
        return tuple(found.values())

    @cached_property
    def row_questions(self) -> Mapping[str, tuple[Question, ...]]:
        """By roster, the questions that are asked of each row."""
        return {
            roster.code: tuple(each for each in self.questions if each.roster == roster.code) for roster in self.rosters
        }

    @property
    def main(self) -> Index:
        """The first index, which lists show where there is room for one."""
        return self.indices[0]

    def index(self, code: str) -> Index | None:
        return next((each for each in self.indices if each.code == code), None)

    @cached_property
    def sensitive_questions(self) -> frozenset[str]:
        """Questions that are marked, and those that are asked because of such an answer."""
        return sensitive_questions(self.questions, self.rosters, self.facts)

    @cached_property
    def sensitive_codes(self) -> frozenset[str]:
        """Questions and rosters that tell something of the answers to sensitive questions."""
        found = set(self.sensitive_questions)
        for roster in self.rosters:
            # Whether there are rows, and how many, tells what these questions say.
            if (self.questions_read(roster.ask_when) | {roster.rows}) & self.sensitive_questions:
                found |= {roster.code, *(each.code for each in self.row_questions[roster.code])}
        return frozenset(found)

    def questions_read(self, *parts: Condition | Formula | None) -> frozenset[str]:
        """Codes of all questions that conditions and formulas read, also through facts and rosters."""
        return questions_read(parts, self.question, self.roster, self.fact)

    def names_read(self, *parts: Condition | Formula | None) -> frozenset[str]:
        """All names that conditions and formulas read, also through facts and rosters."""
        return names_read(parts, self.roster, self.fact)


def questions_read(
    parts: "tuple[Condition | Formula | None, ...]",
    questions: Mapping[str, Question],
    rosters: Mapping[str, Roster],
    facts: Mapping[str, Fact],
) -> frozenset[str]:
    """Codes of all questions that conditions and formulas read, also through facts and rosters."""
    return names_read(parts, rosters, facts) & questions.keys()


def names_read(
    parts: "tuple[Condition | Formula | None, ...]", rosters: Mapping[str, Roster], facts: Mapping[str, Fact]
) -> frozenset[str]:
    """All names that conditions and formulas read, also through facts and rosters.

    A roster is read by its condition and by the number that says how many rows there are.
    """
    found: set[str] = set()
    left = [name for part in parts for name in names_in(part)]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        if name in facts:
            left += names_in(facts[name].formula)
        elif name in rosters:
            roster = rosters[name]
            left += [*names_in(roster.ask_when), *([roster.rows] if roster.rows else [])]
    return frozenset(found)


def sensitive_questions(
    questions: tuple[Question, ...], rosters: tuple[Roster, ...], facts: tuple[Fact, ...]
) -> frozenset[str]:
    """Questions that are marked, and those that are asked because of such an answer."""
    by_code = {each.code: each for each in questions}
    by_roster = {each.code: each for each in rosters}
    by_fact = {each.code: each for each in facts}
    found = {each.code for each in questions if each.sensitive}
    for question in questions:
        conditions = [question.ask_when]
        if question.roster is not None:
            conditions.append(by_roster[question.roster].ask_when)
        if found & questions_read(tuple(conditions), by_code, by_roster, by_fact):
            found.add(question.code)
    return frozenset(found)
