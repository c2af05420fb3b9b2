"""Compiles conditions and facts of an instrument into XPath, with the meaning that `app/scoring/evaluation.py` defines.

Each answer counts only while its question is asked, because some engines keep what was taken back.
"""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any, Final

from app.scoring import conditions as c
from app.scoring.instrument import Instrument, Question
from app.xforms import names
from app.xforms.xpath import (
    FALSE,
    PRINTED,
    TRUE,
    Choice,
    InexactError,
    Number,
    Truth,
    added,
    both,
    checked,
    either,
    negated,
    one_if,
    quoted,
    ref,
    short,
    when,
)

_TURNED: Final = {"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">=": "<", ">": "<="}
_SIGNS: Final = {"==": "=", **{sign: sign for sign in ("<", "<=", "!=", ">=", ">")}}
_EARLIEST_DAY: Final = 1_00_00
_LATEST_DAY: Final = 9999_12_31
_YEAR_OFFSET: Final = 12_000
"""Months in a thousand years. They keep what is divided from being negative."""


def day_number(expression: str) -> str:
    """A day such as 2026-06-15 as the number 20260615."""
    return f"number(translate(substr(string({expression}), 0, 10), '-', ''))"


INTERVIEW_DAY: Final = Number(TRUE, day_number(ref(names.DAY)), 1, _EARLIEST_DAY, _LATEST_DAY)


class Compiler:
    """The conditions of one instrument. Raises InexactError for what XPath cannot say exactly."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.names = names.node_names(instrument)
        self._numbers: dict[str, Number] = {}
        self._truths: dict[str, Truth] = {}

    def node(self, name: str) -> str:
        return ref(self.names[name])

    def asked(self, name: str) -> Truth:
        """Whether a question or roster is asked."""
        entry = self.instrument.question.get(name) or self.instrument.roster[name]
        if entry.ask_when is None:
            return Truth(TRUE, FALSE)
        node = ref(names.asked(self.names[name]))
        return Truth(f"{node} = '1'", f"{node} = '0'")

    def said(self, name: str) -> str:
        """When the question has a substantive answer."""
        question, node = self.instrument.question[name], self.node(name)
        parts = [self.asked(name).true, f"string({node}) != ''"]
        if not question.required and question.type == "choice":
            parts += [f"{node} != '{each}'" for each in (c.REFUSED, c.DONT_KNOW)]
        elif not question.required and question.type == "several":
            parts += [f"not(selected({node}, '{each}'))" for each in (c.REFUSED, c.DONT_KNOW)]
        return both(*parts)

    def given(self, name: str) -> str:
        """When the question has any answer."""
        if name not in self.instrument.question:
            raise _rosters()
        question, node = self.instrument.question[name], self.node(name)
        answered = f"string({node}) != ''"
        if has_why(question):
            answered = either(answered, f"{ref(names.why(self.names[name]))} != ''")
        return both(self.asked(name).true, answered)

    def truth(self, condition: c.Condition) -> Truth:
        """When a condition is surely true, and surely false."""
        match condition:
            case c.Equal(name, option):
                return self._is_one_of(name, (option,))
            case c.In(name, options):
                return self._is_one_of(name, options)
            case c.Includes(name, options):
                return self._includes(name, options)
            case c.Compare(left, sign, right):
                return compared(self.term(left), sign, self.term(right))
            case c.Answered(name):
                if name in self.instrument.roster:
                    raise _rosters()
                known = self.known(name) if name in self.instrument.fact else self.said(name)
                return Truth(known, negated(known))
            case c.Given(name):
                given = self.given(name)
                return Truth(given, negated(given))
            case c.Asked(name):
                return self.asked(name)
            case c.Holds(name):
                return self._held(name)
            case c.All(parts):
                truths = [self.truth(each) for each in parts]
                return Truth(both(*(each.true for each in truths)), either(*(each.false for each in truths)))
            case c.AnyOf(parts):
                truths = [self.truth(each) for each in parts]
                return Truth(either(*(each.true for each in truths)), both(*(each.false for each in truths)))
            case c.Not(part):
                turned = self.truth(part)
                return Truth(turned.false, turned.true)
            case c.Counted(kind, number, of) if isinstance(of, tuple):
                return self._counted(kind, self.term(number), of)
            case _:
                raise _rosters()

    def _held(self, name: str) -> Truth:
        if name not in self._truths:
            formula = self.instrument.fact[name].formula
            assert isinstance(formula, c.When)  # noqa: S101 (the reader has checked it)
            self._truths[name] = self.truth(formula.condition)
        return self._truths[name]

    def _is_one_of(self, name: str, options: tuple[str, ...]) -> Truth:
        chosen = self.choice(name)
        same = [f"{chosen.expression} = {quoted(each)}" for each in options]
        other = [f"{chosen.expression} != {quoted(each)}" for each in options]
        return Truth(both(chosen.known, either(*same)), both(chosen.known, *other))

    def _includes(self, name: str, options: tuple[str, ...]) -> Truth:
        question, node = self.instrument.question[name], self.node(name)
        chosen = either(*(f"selected({node}, {quoted(each)})" for each in options))
        said = self.said(name)
        true, false = both(said, chosen), both(said, negated(chosen))
        if isinstance(question.when_not_asked, tuple):
            blank = self.asked(name).false
            if set(options) & set(question.when_not_asked):
                true = either(true, blank)
            else:
                false = either(false, blank)
        return Truth(true, false)

    def _counted(self, kind: str, number: Number, of: tuple[c.Condition, ...]) -> Truth:
        truths = [self.truth(each) for each in of]
        unit, bound = number.unit, number.expression
        checked(Number(TRUE, "0", 1, 0, (len(of) + 1) * unit))
        surely = f"({added([one_if(each.true) for each in truths])}) * {unit}"
        # What is not surely false may be true.
        perhaps = f"({len(of)} - {added([one_if(each.false) for each in truths])}) * {unit}"
        if kind == "exactly":
            settled = both(*(each.settled for each in truths))
            true = both(settled, f"{surely} = {bound}")
            false = either(f"{surely} > {bound}", f"{perhaps} < {bound}")
        elif kind == "at_least":
            true, false = f"{surely} >= {bound}", f"{perhaps} < {bound}"
        else:
            true, false = f"{perhaps} < {bound} + {unit}", f"{surely} >= {bound} + {unit}"
        return Truth(both(number.known, true), both(number.known, false))

    def choice(self, name: str) -> Choice:
        """The option of a choice, or of a fact that is one."""
        question = self.instrument.question.get(name)
        if question is not None:
            node, said = self.node(name), self.said(name)
            if isinstance(question.when_not_asked, str):
                known = either(said, self.asked(name).false)
                return Choice(known, when(said, f"string({node})", quoted(question.when_not_asked)))
            return Choice(said, node)
        fact = self.instrument.fact[name]
        match fact.formula:
            case c.Classes(of, classes):
                number = self.number(of)
                chosen = quoted(classes[-1].code)
                for each in reversed(classes[:-1]):
                    below = compared(number, "<", constant(each.below or Fraction(0)))
                    chosen = when(below.true, quoted(each.code), chosen)
                return Choice(number.known, chosen)
            case c.OfPerson(part) if fact.roster is not None and part in ("sex", "relation"):
                node = ref(names.person(part, self.names[fact.roster]))
                return Choice(f"string({node}) != ''", node)
            case _:
                raise _rosters()

    def known(self, name: str) -> str:
        """When a fact has a value."""
        formula = self.instrument.fact[name].formula
        if isinstance(formula, c.When):
            return self._held(name).settled
        if isinstance(formula, c.Classes) or (isinstance(formula, c.OfPerson) and formula.part in ("sex", "relation")):
            return self.choice(name).known
        return self.number(name).known

    def term(self, term: c.Term) -> Number:
        if isinstance(term, c.Constant):
            return constant(term.value)
        found, times = self.number(term.name), term.times
        if times == 1:
            return found
        factor = times.numerator
        ends = sorted((found.least * factor, found.most * factor))
        product = f"({found.expression} * {factor})"
        return checked(Number(found.known, product, found.unit * times.denominator, *ends))

    def number(self, name: str) -> Number:
        """The number or day of a question or fact."""
        if name not in self._numbers:
            question = self.instrument.question.get(name)
            self._numbers[name] = checked(self._fact(name) if question is None else self._answer(question))
        return self._numbers[name]

    def _answer(self, question: Question) -> Number:
        said = self.said(question.code)
        found = read_number(question, self.node(question.code), said)
        blank = question.when_not_asked
        if blank is None or isinstance(blank, str | tuple):
            return found
        other = constant(blank).in_units(found.unit)
        return Number(
            either(said, self.asked(question.code).false),
            when(said, found.expression, other.expression),
            found.unit,
            min(found.least, other.least),
            max(found.most, other.most),
        )

    def _fact(self, name: str) -> Number:
        fact = self.instrument.fact[name]
        match fact.formula:
            case c.Arithmetic(kind, terms):
                return arithmetic(kind, [self.term(each) for each in terms])
            case c.Count(of) if isinstance(of, tuple):
                truths = [self.truth(each) for each in of]
                total = added([one_if(each.true) for each in truths])
                return Number(both(*(each.settled for each in truths)), total, 1, 0, len(of))
            case c.Values(of, options):
                return self._values(of, {code: constant(value) for code, value in options.items()})
            case c.Chosen(several):
                return self._chosen(several)
            case c.First(cases):
                return self._first(cases)
            case c.Since(unit, day):
                return since(self.number(day), unit)
            case c.OfPerson(part) if fact.roster is not None and part in ("age_months", "age_years"):
                node = ref(names.person("birth_date", self.names[fact.roster]))
                born = Number(f"string({node}) != ''", day_number(node), 1, _EARLIEST_DAY, _LATEST_DAY)
                return since(born, part.removeprefix("age_"))
            case _:
                raise _rosters()

    def _values(self, of: str, options: dict[str, Number]) -> Number:
        chosen = self.choice(of)
        unit = lcm(*(each.unit for each in options.values()))
        values = {code: each.in_units(unit) for code, each in options.items()}
        expression = "0"
        for code, each in values.items():
            expression = when(f"{chosen.expression} = {quoted(code)}", each.expression, expression)
        least, most = (
            min(0, *(each.least for each in values.values())),
            max(0, *(each.most for each in values.values())),
        )
        return Number(chosen.known, expression, unit, least, most)

    def _chosen(self, several: str) -> Number:
        question, said = self.instrument.question[several], self.said(several)
        number = f"count-selected({self.node(several)})"
        most = len(self.instrument.options[question.options or ""])
        if isinstance(question.when_not_asked, tuple):
            known = either(said, self.asked(several).false)
            return Number(known, when(said, number, str(len(question.when_not_asked))), 1, 0, most)
        return Number(said, number, 1, 0, most)

    def _first(self, cases: "tuple[tuple[c.Condition | None, c.Term], ...]") -> Number:
        terms = [(None if condition is None else self.truth(condition), self.term(term)) for condition, term in cases]
        unit = lcm(*(each.unit for _, each in terms))
        known, expression = FALSE, "0"
        for truth, term in reversed(terms):
            value = term.in_units(unit)
            if truth is None:
                known, expression = value.known, value.expression
            else:
                known = either(both(truth.true, value.known), both(truth.false, known))
                expression = when(truth.true, value.expression, expression)
        values = [each.in_units(unit) for _, each in terms]
        least, most = (
            pick(*(getattr(each, end) for each in values), 0) for pick, end in ((min, "least"), (max, "most"))
        )
        return Number(known, expression, unit, least, most)


def has_why(question: Question) -> bool:
    """Whether the form asks why there is no answer, because its type cannot hold `refused` and `dont_know` itself."""
    return not question.required and question.type not in ("choice", "several")


def read_number(question: Question, node: str, known: str) -> Number:
    """A number or day as it is typed, in units of its last decimal place."""
    if question.type == "date":
        return Number(known, day_number(node), 1, _EARLIEST_DAY, _LATEST_DAY)
    unit = 10**question.digits
    # A typed decimal is the nearest binary number. Its units are whole again.
    expression = f"number({node})" if unit == 1 else f"round(number({node}) * {unit})"
    least, most = (int((each or 0) * unit) for each in (question.minimum, question.maximum))
    return checked(Number(known, expression, unit, least, most))


def constant(value: Fraction | int | date | Any) -> Number:
    if isinstance(value, date):
        digits = int(f"{value:%Y%m%d}")
        return Number(TRUE, str(digits), 1, digits, digits)
    exact = Fraction(value)
    return checked(Number(TRUE, str(exact.numerator), exact.denominator, exact.numerator, exact.numerator))


def compared(left: Number, sign: str, right: Number) -> Truth:
    """A comparison of whole numbers in one unit."""
    unit = lcm(left.unit, right.unit)
    one, other = left.in_units(unit), right.in_units(unit)
    known = both(one.known, other.known)
    true, false = (f"{one.expression} {_SIGNS[each]} {other.expression}" for each in (sign, _TURNED[sign]))
    return Truth(both(known, true), both(known, false))


def arithmetic(kind: str, terms: list[Number]) -> Number:
    """A fact of numbers that are all known."""
    known = both(*(each.known for each in terms))
    if kind == "quotient":
        raise InexactError("pembagian tidak dapat dihitung tepat di ponsel", "a phone cannot divide exactly")
    if kind == "product":
        one, other = terms
        ends = [a * b for a in (one.least, one.most) for b in (other.least, other.most)]
        return Number(
            known, short(f"({one.expression} * {other.expression})"), one.unit * other.unit, min(ends), max(ends)
        )
    unit = lcm(*(each.unit for each in terms))
    values = [each.in_units(unit) for each in terms]
    if kind == "sum":
        total = added([each.expression for each in values])
        return Number(known, total, unit, sum(each.least for each in values), sum(each.most for each in values))
    if kind == "difference":
        one, other = values
        return Number(
            known, f"({one.expression} - {other.expression})", unit, one.least - other.most, one.most - other.least
        )
    found, sign = values[0], "<" if kind == "smallest" else ">"
    pick = min if kind == "smallest" else max
    for each in values[1:]:
        better = f"{each.expression} {sign} {found.expression}"
        least, most = pick(found.least, each.least), pick(found.most, each.most)
        found = Number(known, when(better, each.expression, found.expression), unit, least, most)
    return replace(found, known=known)


def since(day: Number, unit: str) -> Number:
    """Completed months or years from a day to that of the interview."""
    if unit == "days":
        raise InexactError("selisih hari tidak dapat dihitung tepat di ponsel", "a phone cannot count days exactly")
    begun, ended = day.expression, INTERVIEW_DAY.expression
    months = f"({_months(ended)} - {_months(begun)} - {when(f'({ended}) mod 100 < ({begun}) mod 100', '1', '0')})"
    if unit == "years":
        shifted = f"({months} + {_YEAR_OFFSET * 10})"
        months = f"(({shifted} - ({shifted} mod 12)) div 12 - {_YEAR_OFFSET * 10 // 12})"
    return Number(day.known, short(months), 1, -PRINTED, PRINTED)


def _months(day: str) -> str:
    """Months since the year 0 of a day in digits."""
    years = f"(({day}) - (({day}) mod 10000)) div 10000"
    months = f"((({day}) mod 10000) - (({day}) mod 100)) div 100"
    return f"({years} * 12 + {months})"


def _rosters() -> InexactError:
    return InexactError(
        "daftar dengan baris tidak dapat dihitung tepat di ponsel", "a phone cannot compute over rosters"
    )
