"""Reads option lists, sections, rosters, questions and checks."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from app.scoring import conditions as c
from app.scoring.conditions import Condition
from app.scoring.instrument import INTERVIEW, Bound, Check, Option, Question, Roster, Section
from app.scoring.parts import Text
from app.scoring.reading.bands import shown
from app.scoring.reading.conditions import ConditionReader
from app.scoring.reading.keys import TYPES, wrong_type_keys
from app.scoring.reading.names import ANY, SPECIFY, Name
from app.scoring.reading.terms import Scope
from app.scoring.reading.written import Entry

MOST_ROWS: Final = 100
LONGEST_TEXT: Final = 2000
LONGEST_SPECIFY: Final = 200
_MOST: Final = 10**15
_SPECIFY_TEXT: Final = Text(id="Sebutkan", en="Please specify")


class QuestionReader:
    """Reads questions in their order, and completes what is known of their names."""

    def __init__(
        self, reader: ConditionReader, options: Mapping[str, tuple[str, ...] | None], sections: set[str]
    ) -> None:
        """options: for each option list its codes, None if it is broken"""
        self.reader, self.options, self.sections = reader, options, sections

    def name_of(self, entry: Entry) -> Name | None:
        """The name of an entry. None for a second entry with the same code."""
        code = entry.table.get("code")
        name = self.reader.names.get(code) if isinstance(code, str) else None
        return name if name is not None and name.path == entry.path else None

    def prepare(self, entry: Entry) -> None:
        """Reads what conditions need to know of a question, before any condition is read."""
        name = self.name_of(entry)
        if name is None:
            return
        listed = entry.table.get("options")
        if name.kind in ("choice", "several") and isinstance(listed, str):
            name.options = self.options.get(listed)
        if name.kind == "number":
            ends = [_bound_of(entry.table.get(key)) for key in ("minimum", "maximum")]
            instead = _bound_of(entry.table.get("when_not_asked"))
            name.low, name.high = (
                end if end is None or instead is None else choose(end, instead)
                for end, choose in zip(ends, (min, max), strict=True)
            )

    def question(self, entry: Entry, position: int) -> Question:
        kind = entry.one_of("type", TYPES, needed=True)
        name = self.name_of(entry)
        roster = entry.text("roster")
        if roster is not None:
            roster = self.reader.roster_code(roster, entry.at("roster"))
        elif "roster" in entry:
            roster = ANY
        scope = Scope(roster, position)
        if kind is not None:
            self._refuse_keys_of_others(entry, kind)
        ask_when = (
            self.reader.condition(entry.table["ask_when"], entry.at("ask_when"), scope) if "ask_when" in entry else None
        )
        return Question(
            code=entry.table["code"] if isinstance(entry.table.get("code"), str) else "",
            type=kind or "text",
            text=entry.texts("text"),
            hint=entry.texts_or_none("hint"),
            section=self._section(entry),
            roster=roster,
            ask_when=ask_when,
            required=entry.flag("required"),
            sensitive=entry.flag("sensitive"),
            same_as=self._same_as(entry, kind, name),
            **(self._of_type(entry, kind, name, scope) if kind is not None else {}),
        )

    def _refuse_keys_of_others(self, entry: Entry, type: str) -> None:
        for key, types in wrong_type_keys(type).items():
            if key in entry:
                entry.fault("key_of_other_type", entry.at(key), key=True, name=key, type=type, types=", ".join(types))

    def _section(self, entry: Entry) -> str | None:
        section = entry.text("section")
        if section is not None:
            entry.is_known(section, entry.at("section"), "section", self.sections)
        return section

    def _same_as(self, entry: Entry, type: str | None, name: Name | None) -> Any:
        same_as = entry.one_of("same_as", ("members", "head_sex"))
        fits = {"members": "integer", "head_sex": "choice"}.get(same_as or "")
        if same_as is not None and type is not None and (type != fits or "roster" in entry):
            entry.fault("same_as_type", entry.at("same_as"), same_as=same_as, type=str(fits))
        elif (
            same_as == "head_sex"
            and name is not None
            and name.options is not None
            and set(name.options) != {"female", "male"}
        ):
            entry.fault("same_as_options", entry.at("same_as"))
        return same_as

    def _of_type(self, entry: Entry, type: str, name: Name | None, scope: Scope) -> dict[str, Any]:
        if type in ("choice", "several"):
            found = self._choice(entry, name, several=type == "several")
        elif type in ("integer", "decimal"):
            found = self._number(entry, type, name, scope)
        elif type == "date":
            found = {
                "earliest": self._day(entry, "earliest", None, scope),
                "latest": self._day(entry, "latest", INTERVIEW, scope),
            }
            if (
                isinstance(found["earliest"], date)
                and isinstance(found["latest"], date)
                and found["earliest"] > found["latest"]
            ):
                entry.fault("minimum_above", entry.at("earliest"), low="earliest", high="latest")
        else:
            found = self._text(entry)
        if "when_not_asked" in entry:
            found["when_not_asked"] = self._when_not_asked(entry, type, name, found)
        return found

    # ------------------------------------------------------------------------------------------------ by type

    def _choice(self, entry: Entry, name: Name | None, *, several: bool) -> dict[str, Any]:
        listed = entry.text("options", needed=True)
        if listed is not None:
            entry.is_known(listed, entry.at("options"), "option_list", self.options)
        specify = entry.text("specify")
        if specify is not None:
            self.reader.option(specify, entry.at("specify"), name)
        if not several:
            return {"options": listed, "specify": specify}
        alone = [
            option for option, path in entry.texts_in("alone") if self.reader.option(option, path, name) is not None
        ]
        number = len(name.options) if name is not None and name.options is not None else 10_000
        most = entry.whole("maximum_chosen", 1, max(number, 1))
        return {"options": listed, "specify": specify, "alone": tuple(alone), "maximum_chosen": most}

    def _number(self, entry: Entry, type: str, name: Name | None, scope: Scope) -> dict[str, Any]:
        digits = entry.whole("digits", 1, 6, needed=True) if type == "decimal" else 0
        if type == "decimal":
            ends = [entry.number(key, needed=True) for key in ("minimum", "maximum")]
        else:
            whole = [entry.whole(key, -_MOST, _MOST, needed=True) for key in ("minimum", "maximum")]
            ends = [None if each is None else Fraction(each) for each in whole]
        low, high = ends
        if low is not None and high is not None and low > high:
            entry.fault("minimum_above", entry.at("minimum"), low="minimum", high="maximum")
        for key, end in zip(("minimum", "maximum"), ends, strict=True):
            if digits and end is not None and (end * 10**digits).denominator != 1:
                entry.fault("bound_digits", entry.at(key), name=key, digits=digits)
        at_most = self._earlier(entry, "at_most", scope, "number") if "at_most" in entry else None
        return {"minimum": low, "maximum": high, "digits": digits or 0, "unit": entry.text("unit"), "at_most": at_most}

    def _earlier(self, entry: Entry, key: str, scope: Scope, kind: Any) -> str | None:
        """The code of an earlier question."""
        found = self.reader.name(entry.table[key], entry.at(key), scope, kind)
        if found is not None and found.role == "fact" and not found.twice:
            entry.fault("needs_question", entry.at(key), code=found.code, name=key)
            return None
        return None if found is None else found.code

    def _day(self, entry: Entry, key: str, default: Bound, scope: Scope) -> Bound:
        raw = entry.table.get(key)
        if raw is None:
            return default
        if raw == INTERVIEW:
            return INTERVIEW
        return self._earlier(entry, key, scope, "date") if isinstance(raw, str) else entry.day(key)

    def _text(self, entry: Entry) -> dict[str, Any]:
        most = entry.whole("maximum", 1, LONGEST_TEXT, needed=True)
        least = entry.whole("minimum", 0, LONGEST_TEXT)
        if most is not None and least is not None and least > most:
            entry.fault("minimum_above", entry.at("minimum"), low="minimum", high="maximum")
        only = entry.one_of("only", ("digits",))
        return {
            "minimum": None if least is None else Fraction(least),
            "maximum": None if most is None else Fraction(most),
            "only_digits": only is not None,
        }

    def _when_not_asked(self, entry: Entry, type: str, name: Name | None, found: dict[str, Any]) -> Any:
        path, raw = entry.at("when_not_asked"), entry.table["when_not_asked"]
        if "ask_when" not in entry:
            entry.fault("needs_key", path, key=True, name="when_not_asked", other="ask_when")
        if type == "choice":
            return self.reader.option(raw, path, name)
        if type == "several":
            chosen = [
                each for each, at in entry.texts_in("when_not_asked", empty=True) if self.reader.option(each, at, name)
            ]
            order = name.options if name is not None and name.options is not None else ()
            return tuple(each for each in order if each in chosen)
        if type == "text":
            entry.fault("text_as_value", path, code=str(entry.table.get("code")))
            return None
        if type == "date":
            return entry.day("when_not_asked")
        number = entry.number("when_not_asked")
        if number is not None and (number * 10 ** found["digits"]).denominator != 1:
            entry.fault("bound_digits", path, name="when_not_asked", digits=found["digits"])
        low, high = found["minimum"], found["maximum"]
        if number is not None and low is not None and high is not None and not low <= number <= high:
            entry.fault("beyond_answers", path, low=shown(low), high=shown(high))
        return number

    # ------------------------------------------------------------------------------------------------ rosters, checks

    def roster(self, entry: Entry) -> Roster:
        name = self.name_of(entry)
        scope = Scope(None, name.position if name is not None and not name.twice else None)
        ask_when: Condition | None = None
        if "ask_when" in entry:
            ask_when = self.reader.condition(entry.table["ask_when"], entry.at("ask_when"), scope)
        rows = None
        if "rows" in entry:
            found = self.reader.name(entry.table["rows"], entry.at("rows"), scope, "number")
            if found is not None and found.kind is not None and not found.whole:
                entry.fault("rows_not_whole", entry.at("rows"), code=found.code)
            rows = None if found is None else found.code
        return Roster(
            code=entry.table["code"] if isinstance(entry.table.get("code"), str) else "",
            name=entry.texts("name"),
            maximum=entry.whole("maximum", 1, MOST_ROWS, needed=True) or 1,
            rows=rows,
            ask_when=ask_when,
            people=entry.flag("people"),
        )

    def check(self, entry: Entry) -> Check:
        raw = entry.get("when", needed=True)
        return Check(
            entry.code() or "",
            c.All(()) if raw is None else self.reader.condition(raw, entry.at("when"), Scope()),
            entry.texts("text"),
            entry.one_of("effect", ("warn", "refuse"), needed=True) or "warn",
        )


def specify_of(question: Question) -> Question | None:
    """The question for the text of a choice whose option asks for one."""
    if question.specify is None:
        return None
    chosen: Condition = (
        c.Equal(question.code, question.specify)
        if question.type == "choice"
        else c.Includes(question.code, (question.specify,))
    )
    return Question(
        code=question.code + SPECIFY,
        type="text",
        text=_SPECIFY_TEXT,
        section=question.section,
        roster=question.roster,
        ask_when=c.All((c.Answered(question.code), chosen)),
        sensitive=question.sensitive,
        specify_of=question.code,
        maximum=Fraction(LONGEST_SPECIFY),
    )


def option_list(entry: Entry) -> tuple[Option, ...]:
    found: list[Option] = []
    for each in entry.entries("options", "option", needed=True):
        code = each.code()
        if code in c.WITHHELD:
            each.fault("option_reserved", each.at("code"), code=code)
        elif code is not None and code in [one.code for one in found]:
            each.fault("code_twice", each.at("code"), code=code, other=code)
        found.append(Option(code or "", each.texts("text")))
    return tuple(found)


def section(entry: Entry) -> Section:
    return Section(entry.code() or "", entry.texts("title"), entry.texts_or_none("read"))


def standing_apart(entries: Iterable[Entry]) -> None:
    """Says which questions of a roster do not stand together with the others."""
    seen: set[str] = set()
    before: object = None
    for entry in entries:
        roster = entry.table.get("roster")
        if isinstance(roster, str) and roster != before and roster in seen:
            entry.fault("row_question_apart", entry.at("roster"), roster=roster)
        if isinstance(roster, str):
            seen.add(roster)
        before = roster


def _bound_of(raw: Any) -> Fraction | None:
    try:
        return Fraction(raw) if not isinstance(raw, bool) and abs(raw) < _MOST else None
    except (TypeError, ValueError, ArithmeticError):
        return None
