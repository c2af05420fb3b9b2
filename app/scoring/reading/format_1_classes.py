"""The classes of a file of format 1, and the instrument that such a file describes.

They define the format: a file may contain only what they accept. `format_1.py` reads it.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from app.scoring import conditions, instrument
from app.scoring.parts import BothTexts as Text
from app.scoring.parts import Code, Part, Status
from app.scoring.reading.format_1_conditions import (
    All,
    Answered,
    AnyOf,
    Compare,
    Equal,
    In,
    Multiple,
    Not,
    Rule,
    parse_rule,
    questions_of,
    write_rule,
)
from app.scoring.reading.format_1_sensitive import SENSITIVE_QUESTIONS

Condition = Annotated[Rule, PlainValidator(parse_rule), PlainSerializer(write_rule), WithJsonSchema({"type": "object"})]
Weight = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=9)]
VersionName = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")]


def _all_none_or_codes(written: object) -> object:
    codes = written if isinstance(written, list | tuple) else ()
    listed = codes and all(isinstance(each, str) and each.strip() for each in codes)
    if written not in ("all", "none") and not listed:
        raise ValueError('write "all", "none", or a list of codes of dimensions and indicators')
    return written


Comparable = Annotated[
    Literal["all", "none"] | Annotated[tuple[Code, ...], Field(min_length=1)], BeforeValidator(_all_none_or_codes)
]


class Follows(Part):
    """The version that this one follows, and which figures of the two may be compared."""

    version: VersionName
    comparable: Comparable
    """all: families of both are added up. A list has the dimensions and indicators that a trend may join."""
    note: Text | None = None
    """What changed, for readers of a trend. The file needs it unless nothing stays comparable."""


class Source(Part):
    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: str
    url: str | None = None


class Option(Part):
    code: Code
    text: Text


class OptionList(Part):
    code: Code
    options: Annotated[tuple[Option, ...], Field(min_length=2)]


class Section(Part):
    code: Code
    title: Text
    read: Text | None = None
    """What the enumerator reads aloud before the section's first question."""


class Question(Part):
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    section: Code
    type: Literal["choice", "integer"]
    text: Text
    hint: Text | None = None
    """Help for the enumerator, such as what counts and whom to ask."""
    options: Code | None = None
    minimum: Annotated[int, Field(ge=0)] | None = None
    maximum: Annotated[int, Field(le=10**15)] | None = None
    at_most: Code | None = None
    """An earlier question whose number this number may not exceed, as insured members may not exceed members."""
    unit: str | None = None
    ask_when: Condition | None = None
    required: bool = False
    """True if a submission is refused when the family is asked this question and gives no substantive answer."""
    sensitive: bool = False
    """True for questions to ask in private. `Instrument.sensitive_questions` has these and more."""
    same_as: Literal["members", "head_sex"] | None = None
    """The member of the submission's `family` that this question asks again. A difference gives a warning."""


class Dimension(Part):
    code: Code
    name: Text
    weight: Weight
    status: Status
    sources: tuple[str, ...]
    minimum_answered: Annotated[int, Field(ge=1)] = 1


class Indicator(Part):
    code: Code
    dimension: Code
    name: Text
    weight: Weight
    status: Status
    sources: tuple[str, ...]
    note: str | None = None
    applies_when: Condition | None = None
    fulfilled_when: Condition


class Category(Part):
    """A class of the index. Its bound is `below` (excluded) or `up_to` (included). The last category has no bound."""

    code: Code
    name: Text
    below: Decimal | None = None
    up_to: Decimal | None = None
    status: Status
    sources: tuple[str, ...]


class Scoring(Part):
    method: Literal["mean-of-dimensions"]
    minimum_answered: Annotated[int, Field(ge=1)]
    """A family has an index if at least this many indicators are fulfilled or unfulfilled."""
    weak_below: Annotated[Decimal, Field(gt=0, le=100)]
    """An indicator of a region is weak if its unrounded share (percent) is below this limit."""
    weak_status: Status
    sources: tuple[str, ...]


class Instrument(Part):
    format: Literal[1]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    version: VersionName
    status: Status
    valid_from: date
    """The first local day on which a survey with this instrument can have been made."""
    follows: Follows | None = None
    title: Text
    description: Text
    scoring: Scoring
    source: tuple[Source, ...]
    option_list: tuple[OptionList, ...]
    section: tuple[Section, ...]
    question: tuple[Question, ...]
    dimension: Annotated[tuple[Dimension, ...], Field(min_length=1)]
    indicator: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    category: Annotated[tuple[Category, ...], Field(min_length=1)]
    digest: str = Field(default="", exclude=True)
    """sha-256:<hex> over the bytes of the file. The loader sets it. The file never contains it."""

    @cached_property
    def questions(self) -> dict[str, Question]:
        return {question.code: question for question in self.question}

    @cached_property
    def options(self) -> dict[str, tuple[str, ...]]:
        """For each option list, the codes of its options in order."""
        return {each.code: tuple(option.code for option in each.options) for each in self.option_list}

    @cached_property
    def sensitive_questions(self) -> frozenset[str]:
        """Questions that the file or `SENSITIVE_QUESTIONS` marks, and those asked because of such an answer."""
        found = {code for code in SENSITIVE_QUESTIONS.get((self.code, self.version), ()) if code in self.questions}
        for question in self.question:
            asked_when = frozenset() if question.ask_when is None else questions_of(question.ask_when)
            if question.sensitive or asked_when & found:
                found.add(question.code)
        return frozenset(found)

    @cached_property
    def sensitive_indicators(self) -> frozenset[int]:
        """Positions of the indicators whose outcome depends on a sensitive question."""
        return frozenset(
            position
            for position, indicator in enumerate(self.indicator)
            for rule in (indicator.applies_when, indicator.fulfilled_when)
            if rule is not None and questions_of(rule) & self.sensitive_questions
        )


def codes_of(instrument: Instrument) -> list[str]:
    """The codes of the dimensions, then of the indicators."""
    return [each.code for each in instrument.dimension] + [each.code for each in instrument.indicator]


def instrument_of(file: Instrument) -> instrument.Instrument:
    """The instrument that a file of format 1 describes."""
    dimensions = {each.code: position for position, each in enumerate(file.dimension)}
    categories = tuple(
        instrument.Category(
            each.code,
            each.name,
            each.status,
            each.sources,
            None if (bound := each.below if each.below is not None else each.up_to) is None else Fraction(bound),
            each.up_to is not None,
        )
        for each in file.category
    )
    index = instrument.Index(
        code=file.code,
        name=file.title,
        method="mean",
        combine="mean",
        scale=Fraction(100),
        decimals=2,
        direction="up",
        complete=instrument.Complete(minimum_answered=file.scoring.minimum_answered),
        region=instrument.RegionRule(
            "mean",
            categories=categories,
            weak=instrument.Weak(Fraction(file.scoring.weak_below), file.scoring.weak_status, file.scoring.sources),
        ),
        groups=tuple(
            instrument.Group(
                each.code,
                each.name,
                None,
                Fraction(each.weight),
                "mean",
                instrument.Complete(minimum_answered=each.minimum_answered),
                each.status,
                each.sources,
            )
            for each in file.dimension
        ),
        indicators=tuple(
            instrument.Indicator(
                each.code,
                each.name,
                dimensions[each.dimension],
                Fraction(each.weight),
                each.status,
                each.sources,
                each.note,
                applies_when=None if each.applies_when is None else condition_of(each.applies_when),
                fulfilled_when=condition_of(each.fulfilled_when),
            )
            for each in file.indicator
        ),
        categories=categories,
        sensitive=file.sensitive_indicators,
    )
    return instrument.Instrument(
        format=1,
        code=file.code,
        version=file.version,
        status=file.status,
        valid_from=file.valid_from,
        title=file.title,
        description=file.description,
        languages=("id", "en"),
        sources=tuple(instrument.Source(each.code, each.title, each.url) for each in file.source),
        option_lists={
            each.code: tuple(instrument.Option(option.code, option.text) for option in each.options)
            for each in file.option_list
        },
        sections=tuple(instrument.Section(each.code, each.title, each.read) for each in file.section),
        rosters=(),
        questions=tuple(_question_of(each, file) for each in file.question),
        facts=(),
        checks=(),
        indices=(index,),
        digest=file.digest,
        content=file.model_dump(mode="json", exclude_none=True),
        follows=None
        if file.follows is None
        else instrument.Follows(file.follows.version, file.follows.comparable, file.follows.note),
    )


def _question_of(question: Question, file: Instrument) -> instrument.Question:
    number = question.type == "integer"
    return instrument.Question(
        question.code,
        question.type,
        question.text,
        question.hint,
        question.section,
        ask_when=None if question.ask_when is None else condition_of(question.ask_when),
        required=question.required,
        sensitive=question.code in file.sensitive_questions,
        same_as=question.same_as,
        at_most=question.at_most,
        options=question.options,
        minimum=Fraction(question.minimum or 0) if number else None,
        maximum=Fraction(question.maximum or 0) if number else None,
        unit=question.unit,
    )


def condition_of(rule: Rule) -> conditions.Condition:
    """The condition that a rule of format 1 is."""
    match rule:
        case Equal(question, value):
            return conditions.Equal(question, value)
        case In(question, values):
            return conditions.In(question, values)
        case Compare(question, sign, bound):
            right: conditions.Term = (
                conditions.Named(bound.question, Fraction(bound.times))
                if isinstance(bound, Multiple)
                else conditions.Constant(Fraction(bound))
            )
            return conditions.Compare(conditions.Named(question), sign, right)
        case All(rules):
            return conditions.All(tuple(map(condition_of, rules)))
        case AnyOf(rules):
            return conditions.AnyOf(tuple(map(condition_of, rules)))
        case Not(inner):
            return conditions.Not(condition_of(inner))
        case Answered(question):
            return conditions.Answered(question)
