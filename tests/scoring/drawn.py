"""Random instruments of every kind and valid answers to them, for properties that hold for all of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any, Final, cast

from app.scoring.conditions import (
    OPERATORS,
    All,
    Answered,
    AnyOf,
    Arithmetic,
    Asked,
    Chosen,
    Class,
    Classes,
    Compare,
    Condition,
    Constant,
    Count,
    Counted,
    Equal,
    First,
    Formula,
    Given,
    Holds,
    In,
    Includes,
    Named,
    Not,
    OfPerson,
    OverRows,
    Pick,
    Quantified,
    Rows,
    Since,
    Values,
    When,
)
from app.scoring.evaluation import Answers, Person, Reading, Row, Value
from app.scoring.instrument import (
    Category,
    Complete,
    Fact,
    Group,
    Index,
    Indicator,
    Instrument,
    Method,
    Option,
    Points,
    Question,
    Range,
    RegionRule,
    Roster,
    sensitive_questions,
)
from app.scoring.parts import Text

DAY: Final = date(2026, 6, 15)
METHODS: Final[tuple[Method, ...]] = ("mean", "geometric-mean", "points-sum", "counting", "stages", "rule")
_YES_NO: Final = ("yes", "no")
_MANY: Final = ("01", "02", "03", "04")
_WITHHELD: Final = ("refused", "dont_know")


def words(text: str) -> Text:
    return Text(id=text, en=text)


@dataclass
class _Names:
    """The names that conditions may read at a place, by what they hold."""

    choices: dict[str, tuple[str, ...]]
    several: list[str]
    numbers: list[str]
    dates: list[str]
    truths: list[str]
    questions: list[str]

    def copy(self) -> "_Names":
        return _Names(*(type(each)(each) for each in vars(self).values()))


def draw_instrument(random: Random, *, method: Method | None = None, knowing: bool = True) -> Instrument:
    """An instrument with questions of every type. knowing: whether conditions may ask what was said (`given`, …)"""
    return _Drawing(random, knowing).instrument(method)


class _Drawing:
    def __init__(self, random: Random, knowing: bool) -> None:
        self.random, self.knowing = random, knowing
        self.names = _Names({}, [], [], [], [], [])
        self.of_row: _Names | None = None
        self.questions: list[Question] = []
        self.facts: list[Fact] = []
        self.rosters: list[Roster] = []

    def instrument(self, method: Method | None) -> Instrument:
        self._ask("n", "integer", ask=False)
        for position in range(self.random.randint(2, 6)):
            self._ask(f"q{position}", self.random.choice(("choice", "several", "integer", "decimal", "date", "text")))
        if self.random.random() < 0.7:
            self._add_roster()
        for position in range(self.random.randint(0, 4)):
            self._add_fact(f"f{position}")
        indices = tuple(self._index(f"i{at}", method) for at in range(self.random.choice((1, 1, 2))))
        marked = sensitive_questions(tuple(self.questions), tuple(self.rosters), tuple(self.facts))
        instrument = Instrument(
            format=2,
            code="drawn",
            version="1",
            status="provisional",
            valid_from=date(2026, 1, 1),
            title=words("drawn"),
            description=None,
            languages=("id", "en"),
            sources=(),
            option_lists={
                "yn": tuple(Option(code, words(code)) for code in _YES_NO),
                "many": tuple(Option(code, words(code)) for code in _MANY),
            },
            sections=(),
            rosters=tuple(self.rosters),
            questions=tuple(self.questions),
            facts=tuple(self.facts),
            checks=(),
            indices=indices,
            digest=f"sha-256:{self.random.getrandbits(256):064x}",
            content={},
        )
        return replace(instrument, indices=tuple(_marked(index, instrument, marked) for index in indices))

    def _ask(self, code: str, type: Any, *, roster: str | None = None, ask: bool = True) -> None:
        names = self.names if self.of_row is None else self.of_row
        asks = ask and self.random.random() < 0.4
        several = type == "several"
        self.questions.append(
            Question(
                code,
                type,
                words(code),
                roster=roster,
                ask_when=self.condition(1) if asks else None,
                when_not_asked=self._when_not_asked(type) if asks and self.random.random() < 0.3 else None,
                sensitive=self.random.random() < 0.2,
                options="many" if several else "yn" if type == "choice" else None,
                minimum=Fraction(0) if type in ("integer", "decimal") else None,
                maximum=Fraction(30) if type in ("integer", "decimal") else Fraction(20) if type == "text" else None,
                digits=1 if type == "decimal" else 0,
                latest="interview" if type == "date" else None,
                alone=("04",) if several and self.random.random() < 0.3 else (),
            )
        )
        names.questions.append(code)
        if type == "choice":
            names.choices[code] = _YES_NO
        elif type != "text":
            {"several": names.several, "date": names.dates}.get(type, names.numbers).append(code)

    def _when_not_asked(self, type: str) -> Value | None:
        return cast(
            "Value | None",
            {
                "choice": self.random.choice(_YES_NO),
                "integer": Fraction(self.random.randint(0, 30)),
                "decimal": Fraction(self.random.randint(0, 300), 10),
                "several": (),
            }.get(type),
        )

    def _add_roster(self) -> None:
        ask = self.condition(1) if self.random.random() < 0.3 else None
        people = self.random.random() < 0.6
        rows = "n" if self.random.random() < 0.6 else None
        self.rosters.append(Roster("p", words("p"), 4, rows, ask, people))
        self.of_row = self.names.copy()
        if people:
            self._person_fact("age", OfPerson("age_months"))
            self._person_fact("relation", OfPerson("relation"))
        for position in range(self.random.randint(1, 3)):
            self._ask(f"r{position}", self.random.choice(("choice", "integer", "decimal")), roster="p")
        if self.random.random() < 0.4:
            self._add_fact("rf", roster="p")

    def _person_fact(self, code: str, formula: OfPerson) -> None:
        assert self.of_row is not None
        self.facts.append(Fact(code, words(code), formula, "p"))
        if formula.part == "relation":
            self.of_row.choices[code] = ("head", "spouse", "child", "other")
        else:
            self.of_row.numbers.append(code)

    def _add_fact(self, code: str, roster: str | None = None) -> None:
        row, self.of_row = self.of_row, self.of_row if roster else None
        names = self._now()
        formula, kind = self.random.choice(self._formulas(names))()
        self.facts.append(Fact(code, words(code), formula, roster))
        if kind == "class":
            names.choices[code] = ("low", "high")
        else:
            (names.truths if kind == "truth" else names.numbers).append(code)
        self.of_row = row

    def _formulas(self, names: _Names) -> list[Callable[[], tuple[Formula, str]]]:
        random, number = self.random, self._number
        found: list[Callable[[], tuple[Formula, str]]] = [
            lambda: (Arithmetic(random.choice(("sum", "smallest", "largest")), (number(), number(), number())), "n"),
            lambda: (Arithmetic(random.choice(("difference", "product", "quotient")), (number(), number())), "n"),
            lambda: (Count((self.condition(1), self.condition(1))), "n"),
            lambda: (First(((self.condition(1), number()), (None, number()))), "n"),
            lambda: (When(self.condition(2)), "truth"),
        ]
        if names.numbers:
            bands = (Class("low", {}, Fraction(random.randint(1, 20))), Class("high", {}, None))
            found.append(lambda: (Classes(random.choice(names.numbers), bands), "class"))
        if names.several:
            found.append(lambda: (Chosen(random.choice(names.several)), "n"))
        if names.dates:
            unit: Any = random.choice(("months", "years", "days"))
            found.append(lambda: (Since(unit, random.choice(names.dates)), "n"))
        if names.choices:
            found.append(self._values)
        if self._has_rows():
            found += [
                lambda: (Count(self._rows()), "n"),
                lambda: (
                    OverRows(
                        random.choice(("total", "smallest", "largest")), self._rows(has=False), self._row_number()
                    ),
                    "n",
                ),
                self._pick,
            ]
        return found

    def _values(self) -> tuple[Formula, str]:
        code = self.random.choice(sorted(self._now().choices))
        return Values(code, {each: Fraction(at, 3) for at, each in enumerate(self._now().choices[code])}), "n"

    def _pick(self) -> tuple[Formula, str]:
        term = self._row_number()
        if isinstance(term, Named):
            return Pick(self._rows(has=False), term.name), "n"
        return Count(self._rows()), "n"

    def _now(self) -> _Names:
        return self.names if self.of_row is None else self.of_row

    def _has_rows(self) -> bool:
        return bool(self.rosters) and self.of_row is None and any(each.roster for each in self.questions)

    def _number(self) -> Any:
        numbers = self._now().numbers
        if not numbers or self.random.random() < 0.2:
            return Constant(Fraction(self.random.randint(0, 30), self.random.choice((1, 1, 2))))
        return Named(self.random.choice(numbers), Fraction(self.random.choice((1, 1, 1, 2))))

    def _inside(self, make: Callable[[], Any]) -> Any:
        """What is made with the names of a row."""
        row = self.names.copy()
        for question in self.questions:
            if question.roster is not None:
                row.questions.append(question.code)
                if question.type == "choice":
                    row.choices[question.code] = _YES_NO
                else:
                    row.numbers.append(question.code)
        for fact in self.facts:
            if fact.roster is not None and isinstance(fact.formula, OfPerson) and fact.formula.part == "age_months":
                row.numbers.append(fact.code)
        before, self.of_row = self.of_row, row
        made = make()
        self.of_row = before
        return made

    def _row_number(self) -> Any:
        return self._inside(self._number)

    def _rows(self, *, has: bool = True) -> Rows:
        where = self._inside(lambda: self.condition(0)) if self.random.random() < 0.5 else None
        return Rows("p", where, self._inside(lambda: self.condition(1)) if has else None)

    def condition(self, depth: int) -> Condition:
        """A condition on the names that are there, at most so deep."""
        random, names = self.random, self._now()
        if depth and random.random() < 0.4:
            parts = tuple(self.condition(depth - 1) for _ in range(random.randint(1, 3)))
            number = Constant(Fraction(random.randint(0, 3)))
            return random.choice((All(parts), AnyOf(parts), Not(parts[0]), Counted(self._how_many(), number, parts)))
        if self._has_rows() and depth and random.random() < 0.5:
            rows, number = self._rows(), Constant(Fraction(random.randint(0, 3)))
            kind: Any = random.choice(("some", "none", "every"))
            return random.choice((Quantified(kind, rows), Counted(self._how_many(), number, rows)))
        found: list[Callable[[], Condition]] = [
            lambda: Compare(self._number(), random.choice(list(OPERATORS)), self._number())
        ]
        if names.choices:
            found.append(self._of_choice)
        if names.several:
            found.append(lambda: Includes(random.choice(names.several), (random.choice(_MANY),)))
        if names.dates:
            day = Constant(date(2026, 1, 1) - timedelta(days=random.randint(0, 900)))
            found.append(lambda: Compare(Named(random.choice(names.dates)), random.choice(("<", ">=")), day))
        if names.truths:
            found.append(lambda: Holds(random.choice(names.truths)))
        if names.questions:
            found.append(lambda: Asked(random.choice(names.questions)))
            if self.knowing:
                found += [
                    lambda: Given(random.choice(names.questions)),
                    lambda: Answered(random.choice(names.questions)),
                ]
        return random.choice(found)()

    def _how_many(self) -> Any:
        return self.random.choice(("at_least", "at_most", "exactly"))

    def _of_choice(self) -> Condition:
        code = self.random.choice(sorted(self._now().choices))
        options = self._now().choices[code]
        option = self.random.choice(options)
        return self.random.choice((Equal(code, option), In(code, options[:1])))

    def _index(self, code: str, method: Method | None) -> Index:
        random = self.random
        self.of_row = None
        method = method or random.choice(METHODS)
        assert method is not None
        groups = self._groups(method)
        indicators = tuple(self._indicator(f"{code}_{at}", method, groups) for at in range(random.randint(2, 6)))
        used = {each.group for each in indicators}
        if method in ("geometric-mean", "stages"):
            indicators += tuple(
                replace(indicators[0], code=f"{code}_g{at}", group=at) for at in range(len(groups)) if at not in used
            )
        categories = self._categories(method, groups)
        headline: Any = {"counting": "adjusted", "stages": "share", "rule": "share"}.get(method, "mean")
        if random.random() < 0.3:
            headline = "share"
        return Index(
            code=code,
            name=words(code),
            method=method,
            combine=random.choice(("mean", "mean", "minimum", "maximum")) if method in ("mean", "counting") else "mean",
            scale=Fraction(random.choice((1, 10, 100))),
            decimals=random.choice((0, 2, 4)),
            direction="up",
            complete=random.choice((Complete(), Complete(minimum_answered=2), Complete(maximum_missing=1))),
            region=RegionRule(
                headline,
                share_of=(len(categories) - 1,),
                weigh_by="n" if random.random() < 0.4 else None,
                minimum_families=random.choice((1, 1, 2)),
            ),
            groups=groups,
            indicators=indicators,
            categories=categories,
            applies_when=self.condition(1) if random.random() < 0.2 else None,
            only={"p": self._inside(lambda: self.condition(0))} if self.rosters and random.random() < 0.3 else {},
            cut_off=Fraction(1, 3) if method == "counting" else None,
        )

    def _groups(self, method: str) -> tuple[Group, ...]:
        number = self.random.randint(1 if method in ("geometric-mean", "stages") else 0, 4)
        nested = method not in ("geometric-mean", "stages")
        return tuple(
            Group(
                f"g{at}",
                words(f"g{at}"),
                self.random.randrange(at) if nested and at and self.random.random() < 0.4 else None,
                Fraction(self.random.randint(1, 3)),
                self.random.choice(("mean", "mean", "minimum")) if method in ("mean", "counting") else "mean",
                Complete(minimum_answered=self.random.choice((1, 1, 2))),
                "provisional",
                (),
            )
            for at in range(number)
        )

    def _indicator(self, code: str, method: str, groups: tuple[Group, ...]) -> Indicator:
        random = self.random
        group = random.randrange(len(groups)) if groups and (random.random() < 0.9 or method != "mean") else None
        valued = method in ("mean", "geometric-mean", "points-sum") and random.random() < 0.5
        condition = self.condition(2)
        deprived = not valued and random.random() < 0.4
        return Indicator(
            code,
            words(code),
            group,
            Fraction(random.randint(1, 3)),
            "provisional",
            (),
            applies_when=self.condition(1) if random.random() < 0.3 else None,
            fulfilled_when=None if valued or deprived else condition,
            deprived_when=condition if deprived else None,
            points=self._points() if valued else None,
            reverse=valued and random.random() < 0.3,
            sensitive=random.random() < 0.1,
        )

    def _points(self) -> Points:
        names, third = self.names, Fraction(1, 3)
        found = [
            Points(Fraction(0), Fraction(2), first=((self.condition(1), Fraction(2)), (None, Fraction(0)))),
            *(Points(Fraction(0), third, code, options={"yes": third, "no": Fraction(0)})
              for code, options in sorted(names.choices.items()) if options == _YES_NO),
            *(Points(Fraction(0), Fraction(10), code, each={each: Fraction(at + 1) for at, each in enumerate(_MANY)})
              for code in names.several),
            *(Points(Fraction(0), Fraction(10), code, number=True) for code in names.numbers),
            *(Points(Fraction(1), Fraction(4), code, ranges=(Range(Fraction(5), Fraction(1)), Range(None, Fraction(4))))
              for code in names.numbers),
        ]  # fmt: skip
        return self.random.choice(found)

    def _categories(self, method: str, groups: tuple[Group, ...]) -> tuple[Category, ...]:
        if method == "stages":
            after = [at for at, group in enumerate(groups) if group.parent is None]
            return (_category("base"), *(replace(_category(f"after{at}"), after=at) for at in after))
        if method == "rule":
            return (replace(_category("first"), when=self.condition(2)), _category("rest"))
        bound = self.random.choice((Fraction(1, 2), Fraction(3, 4), Fraction(2)))
        return (replace(_category("low"), bound=bound, included=self.random.random() < 0.5), _category("high"))


def _category(code: str) -> Category:
    return Category(code, words(code), "provisional", ())


def _marked(index: Index, instrument: Instrument, marked: frozenset[str]) -> Index:
    reads = instrument.questions_read
    sensitive = frozenset(
        at
        for at, each in enumerate(index.indicators)
        if each.sensitive
        or marked
        & reads(
            each.applies_when,
            each.fulfilled_when,
            each.deprived_when,
            *_of_points(each.points),
            *index.only.values(),
        )
    )
    direct = reads(index.applies_when, *index.only.values(), *(each.when for each in index.categories))
    return replace(index, sensitive=sensitive, reveals=bool(marked & direct))


def _of_points(points: Points | None) -> list[Condition | Formula | None]:
    if points is None:
        return []
    return [*(condition for condition, _ in points.first), None if points.of is None else Chosen(points.of)]


def draw_answers(instrument: Instrument, random: Random, *, silent: float = 0.15) -> Answers:
    """Valid answers. silent: the share of questions that are refused, not known or left out"""
    answers: dict[str, Any] = {}
    for entry in instrument.asked:
        if Reading(instrument, answers, DAY).asked(entry.code) is not True:
            continue
        if isinstance(entry, Roster):
            found = _rows(entry, instrument, answers, random, silent)
        else:
            found = _answer(entry, random, silent)
        if found is not None:
            answers[entry.code] = found
    return answers


def _answer(question: Question, random: Random, silent: float) -> Value | None:
    if random.random() < silent:
        return random.choice((*_WITHHELD, None))
    if question.type == "choice":
        return random.choice(_YES_NO)
    if question.type == "several":
        chosen = tuple(each for each in _MANY if random.random() < 0.5 and each not in question.alone)
        return chosen or (question.alone or _MANY)[:1]
    if question.type == "date":
        return DAY - timedelta(days=random.randint(0, 1200))
    if question.type == "text":
        return "teks"
    highest = int(question.maximum or 0)
    return random.randint(0, highest) if question.digits == 0 else Fraction(random.randint(0, highest * 10), 10)


def _rows(roster: Roster, instrument: Instrument, answers: Any, random: Random, silent: float) -> Any:
    if random.random() < silent:
        return random.choice((*_WITHHELD, None))
    stated = None if roster.rows is None else Reading(instrument, answers, DAY).value(roster.rows)
    most = roster.maximum if stated is None else min(int(cast("int", stated)), roster.maximum)
    return tuple(_row(roster, instrument, answers, random, silent) for _ in range(random.randint(0, most)))


def _row(roster: Roster, instrument: Instrument, answers: Any, random: Random, silent: float) -> Row:
    person = None
    if roster.people:
        person = Person(
            random.choice(("female", "male", None)),
            random.choice(("head", "spouse", "child", "other", None)),
            random.choice((None, random.randint(0, 900))),
        )
    found: dict[str, Value] = {}
    for question in instrument.row_questions[roster.code]:
        reading = Reading(instrument, {**answers, roster.code: (Row(found, person),)}, DAY)
        row = reading.rows(roster.code)[0] if reading.rows(roster.code) else None
        if row is not None and reading.asked(question.code, row) is True:
            answer = _answer(question, random, silent)
            if answer is not None:
                found[question.code] = answer
    return Row(found, person)


def in_order(instrument: Instrument) -> Instrument:
    """The same instrument, with the indicators in the order of the groups at the top and no groups below these."""
    return replace(
        instrument,
        indices=tuple(
            replace(
                each,
                groups=tuple(replace(group, parent=None) for group in each.groups),
                indicators=tuple(
                    sorted(each.indicators, key=lambda at: len(each.groups) if at.group is None else at.group)
                ),
            )
            for each in instrument.indices
        ),
    )


def know_less(answers: Answers, instrument: Instrument, random: Random) -> Answers:
    """The same interview, of which less is known. What is not known to be asked any more is left out."""
    less: dict[str, Any] = {}
    for entry in instrument.asked:
        answer = answers.get(entry.code)
        if answer is None or Reading(instrument, less, DAY).asked(entry.code) is not True:
            continue
        if random.random() < 0.25:
            answer = random.choice((*_WITHHELD, None))
        elif isinstance(entry, Roster) and isinstance(answer, tuple):
            answer = tuple(_less_row(cast("Row", each), entry, instrument, less, random) for each in answer)
        if answer is not None:
            less[entry.code] = answer
    return less


def _less_row(row: Row, roster: Roster, instrument: Instrument, answers: Any, random: Random) -> Row:
    person = None if random.random() < 0.2 else row.person
    kept: dict[str, Value] = {}
    for question in instrument.row_questions[roster.code]:
        reading = Reading(instrument, {**answers, roster.code: (Row(kept, person),)}, DAY)
        answer = row.answers.get(question.code)
        if answer is None or not reading.rows(roster.code):
            continue
        if reading.asked(question.code, reading.rows(roster.code)[0]) is True:
            less = random.choice((*_WITHHELD, None)) if random.random() < 0.25 else answer
            if less is not None:
                kept[question.code] = less
    return Row(kept, person)
