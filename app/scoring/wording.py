"""Says conditions, facts and points of an instrument in words, for registers of statistics and their readers.

The words are those of the questions and options of the file. `notation.py` writes the same as a file has it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal

from app.scoring import conditions as c
from app.scoring.figure_texts import TEXTS as FIGURE_TEXTS
from app.scoring.instrument import Fact, Instrument, Option, Points
from app.scoring.notation import write_value
from app.scoring.parts import Text
from app.scoring.wording_texts import TEXTS as CONDITION_TEXTS

Language = Literal["id", "en"]
_TEXTS: Final = {**CONDITION_TEXTS, **FIGURE_TEXTS}
_SIGNS: Final = {"<": "<", "<=": "≤", "==": "=", "!=": "≠", ">=": "≥", ">": ">"}
_ARITHMETIC: Final = {"sum": " + ", "difference": " − ", "product": " × ", "quotient": " ÷ "}


class Wording:
    """Speaks of one instrument in one language."""

    def __init__(self, instrument: Instrument, language: Language) -> None:
        self.instrument, self.language = instrument, language

    def say(self, key: str, /, **values: object) -> str:
        """A sentence with its gaps filled. KeyError if there is none."""
        return _TEXTS[key][self.language == "en"].format(**values)

    def spoken(self, text: Text) -> str:
        """A text of the file on one line."""
        return " ".join((text.en if self.language == "en" else text.id).split())

    def number(self, value: Fraction | int) -> str:
        """A number, such as 7,2 and 250.000 in Indonesian and 7.2 and 250,000 in English."""
        written = write_value(Fraction(value)).strip('"')
        if "/" in written:
            return written
        whole, _, decimals = written.partition(".")
        grouped = f"{int(whole):,}" if abs(int(whole)) >= 1000 else whole
        found = f"{grouped}.{decimals}" if decimals else grouped
        return found.translate({44: ".", 46: ","}) if self.language == "id" else found

    def named(self, name: str) -> str:
        """A question by its text, a fact or a roster by its name, and its code."""
        if name in self.instrument.question:
            return f"“{self.spoken(self.instrument.question[name].text)}” ({name})"
        found = self.instrument.fact.get(name) or self.instrument.roster.get(name)
        return name if found is None else f"“{self.spoken(found.name)}” ({name})"

    def condition(self, condition: c.Condition) -> str:
        """What must be so for the condition to be true."""
        match condition:
            case c.Equal(name, option):
                return self.say(self._of_fact(name, "equal"), name=self.named(name), options=self.option(name, option))
            case c.In(name, options):
                return self.say(self._of_fact(name, "in"), name=self.named(name), options=self._options(name, options))
            case c.Includes(name, options):
                return self.say("includes", name=self.named(name), options=self._options(name, options, last="or"))
            case c.Compare(left, sign, right):
                return f"{self.term(left)} {_SIGNS[sign]} {self.term(right)}"
            case c.Answered(name):
                return self.say("answered", name=self.named(name))
            case c.Given(name):
                return self.say("given", name=self.named(name))
            case c.Asked(name):
                return self._asked(name)
            case c.Holds(name):
                return self.formula(self.instrument.fact[name].formula)
            case c.All(parts):
                return self._joined("and", parts)
            case c.AnyOf(parts):
                return self._joined("or", parts)
            case c.Not(c.Asked(name)) if self._when_asked(name):
                return self.say("not_asked", name=self.named(name), when=self._when_asked(name))
            case c.Not(part):
                return self.say("not", part=self.condition(part))
            case c.Quantified(kind, rows):
                return self.say(kind, rows=self._roster(rows), has=self._has(rows))
            case c.Counted(kind, number, of):
                return self.say(kind, number=self.term(number), of=self._counted(of, "hold"))

    def formula(self, formula: c.Formula) -> str:
        """What a fact is."""
        match formula:
            case c.Arithmetic(kind, terms):
                written = [self.term(each) for each in terms]
                if kind in _ARITHMETIC:
                    return _ARITHMETIC[kind].join(written)
                return self.say(kind, terms=", ".join(written))
            case c.Count(of):
                return self.say("count", of=self._counted(of, "true_conditions"))
            case c.OverRows(kind, rows, value):
                return self.say(f"{kind}_over", value=self.term(value), rows=self._having(rows))
            case c.Pick(rows, name):
                return self.say("pick", name=self.named(name), rows=self._having(rows))
            case c.Values(of, options):
                return self.say("number_for_option", name=self.named(of), options=self._by_option(of, options))
            case c.Classes(of, classes):
                told = [self._below(self._class(each), each.below) for each in classes]
                return self.say("class", name=self.named(of), classes="; ".join(told))
            case c.Chosen(name):
                return self.say("chosen", name=self.named(name))
            case c.First(cases):
                return self._cases((condition, self.term(term)) for condition, term in cases)
            case c.When(condition):
                return self.condition(condition)
            case c.Since(unit, name):
                return self.say(f"{unit}_since", name=self.named(name))
            case c.OfPerson(part):
                return self.say(part)

    def points(self, points: Points, *, reverse: bool = False) -> str:
        """How the points of an indicator come about."""
        name = "" if points.of is None else self.named(points.of)
        if points.first:
            said = self.say(
                "points_first", cases=self._cases((when, self.number(value)) for when, value in points.first)
            )
        elif points.number:
            said = self.say("points_number", name=name, least=self.number(points.least), most=self.number(points.most))
        elif points.ranges:
            told = [self._below(self.number(each.points), each.below) for each in points.ranges]
            said = self.say("points_ranges", name=name, ranges="; ".join(told))
        else:
            table, key = (points.options, "points_by_option") if points.options else (points.each, "points_each")
            said = self.say(key, name=name, options=self._by_option(points.of or "", table or {}))
        whole = self.number(points.least + points.most)
        return self.say("points_reverse", points=said, whole=whole) if reverse else said

    def term(self, term: c.Term) -> str:
        if isinstance(term, c.Constant):
            return term.value.isoformat() if isinstance(term.value, date) else self.number(term.value)
        return self.named(term.name) if term.times == 1 else f"{self.number(term.times)} × {self.named(term.name)}"

    def option(self, name: str, code: str) -> str:
        """The text of an option of a question or of a class of a fact. The code itself where nothing names it."""
        fact = self.instrument.fact.get(name)
        if fact is not None:
            return self._option_of_fact(fact, code)
        found = self._texts.get((self.instrument.question[name].options or "", code))
        return code if found is None else f"“{self.spoken(found.text)}”"

    @cached_property
    def _texts(self) -> Mapping[tuple[str, str], Option]:
        lists = self.instrument.option_lists.items()
        return {(code, option.code): option for code, options in lists for option in options}

    def _option_of_fact(self, fact: Fact, code: str) -> str:
        match fact.formula:
            case c.Classes(_, classes):
                return next((self._class(each) for each in classes if each.code == code), code)
            case c.Pick(_, name):
                return self.option(name, code)
            case c.OfPerson("sex" | "relation" as part):
                return f"“{self.say(f'of_{part}_{code}')}”"
            case _:
                return code

    def _options(self, name: str, codes: Iterable[str], *, last: str | None = None) -> str:
        told = [self.option(name, each) for each in codes]
        return ", ".join(told) if last is None else self.say(last).join(told)

    def _by_option(self, name: str, numbers: Mapping[str, Fraction]) -> str:
        return "; ".join(f"{self.option(name, code)} = {self.number(value)}" for code, value in numbers.items())

    def _class(self, each: c.Class) -> str:
        return f"“{each.text.get(self.language) or each.text.get('id') or each.code}”"

    def _of_fact(self, name: str, key: str) -> str:
        return f"fact_{key}" if name in self.instrument.fact else key

    def _asked(self, name: str) -> str:
        when, told = self._when_asked(name), self.named(name)
        return self.say("asked", name=told, when=when) if when else self.say("always_asked", name=told)

    def _when_asked(self, name: str) -> str:
        """When a question or a roster is asked. Empty if it always is."""
        question = self.instrument.question.get(name)
        roster = self.instrument.roster.get(name if question is None else question.roster or "")
        whens = [each.ask_when for each in (roster, question) if each is not None and each.ask_when is not None]
        return self._joined("and", whens) if whens else ""

    def _joined(self, key: str, parts: Iterable[c.Condition]) -> str:
        listed = list(parts)
        told = [self.condition(each) for each in listed]
        if len(told) > 1:
            told = [f"({said})" if _is_compound(each) else said for each, said in zip(listed, told, strict=True)]
        return self.say(key).join(told)

    def _roster(self, rows: c.Rows) -> str:
        name = self.named(rows.roster)
        if rows.where is None:
            return name
        return self.say("roster_where", name=name, where=self.condition(rows.where))

    def _has(self, rows: c.Rows) -> str:
        return self.say("exists") if rows.has is None else self.condition(rows.has)

    def _having(self, rows: c.Rows) -> str:
        told = self._roster(rows)
        return told if rows.has is None else self.say("rows_having", rows=told, has=self.condition(rows.has))

    def _counted(self, of: "tuple[c.Condition, ...] | c.Rows", key: str) -> str:
        if isinstance(of, c.Rows):
            return self._having(of)
        return self.say(key, parts="; ".join(self.condition(each) for each in of))

    def _below(self, what: str, bound: Fraction | None) -> str:
        return self.say("rest", what=what) if bound is None else self.say("below", what=what, bound=self.number(bound))

    def _cases(self, cases: Iterable[tuple[c.Condition | None, str]]) -> str:
        return "; ".join(
            self.say("rest", what=what) if when is None else self.say("case", what=what, when=self.condition(when))
            for when, what in cases
        )


def _is_compound(condition: Any) -> bool:
    return isinstance(condition, c.All | c.AnyOf | c.Counted | c.Quantified | c.Holds | c.Asked)
