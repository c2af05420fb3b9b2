"""Tells what is valid in a file, but what its author may not have meant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from app.scoring import conditions as c
from app.scoring.conditions import Condition, names_in
from app.scoring.instrument import Index, Instrument, Question
from app.scoring.reading.faults import Both, Found
from app.scoring.reading.missing import Trial
from app.scoring.reading.names import Names
from app.scoring.reading.places import Path
from app.scoring.reading.reach import Reach
from app.scoring.reading.scores import unreached
from app.scoring.reading.written import Entry, code_of

_PHONE: Final = 10**9
"""Whole numbers of phones have nine digits."""
_FAR: Final = timedelta(days=366)
_RULES: Final = ("applies_when", "fulfilled_when", "deprived_when", "points")


@dataclass(frozen=True, slots=True)
class Read:
    """A file without faults: its entries by table, its names, and the instrument that it gives."""

    entries: Mapping[str, Sequence[Entry]]
    names: Names
    instrument: Instrument
    found: Found

    def entry(self, table: str, code: str, index: Index | None = None) -> Entry:
        """The entry of a table, or of an index in it."""
        mine = [each for each in self.entries[table] if code_of(each) == code]
        if index is not None:
            mine = [each for each in mine if each.table.get("index", index.code) == index.code]
        return mine[0]


def tell_warnings(read: Read, today: date | None) -> None:
    """today: None if nobody knows it"""
    instrument, found = read.instrument, read.found
    if today is not None and instrument.valid_from > today + _FAR:
        found.add("valid_far", ("valid_from",))
    _tell_unused(read)
    _tell_numbers(read)
    _tell_constant(read)
    trial = Trial(instrument)
    for index in instrument.indices:
        _tell_unreached(read, index)
        _tell_not_asked(read, trial, index)
        _tell_left_out(read, index)
        _tell_sensitive(read, index)
        _tell_weight(read, index)
        _tell_late(read, index)
    _tell_cases(read)


def _tell_unused(read: Read) -> None:
    instrument = read.instrument
    used: Mapping[str, set[str | None]] = {
        "option_list": {each.options for each in instrument.questions},
        "section": {each.section for each in instrument.questions},
        "source": {*_sources(read.entries), *instrument.content.get("sources", ())},
        "roster": {each.roster for each in instrument.questions} | {each.roster for each in instrument.facts},
        "fact": {*read.names.read},
        "question": {*read.names.read, *(each.code for each in instrument.questions if _asked_for_itself(each))},
    }
    for table, codes in used.items():
        for each in read.entries[table]:
            if code_of(each) not in codes:
                each.fault("unused", each.path, table=table, code=code_of(each))


def _sources(entries: Mapping[str, Sequence[Entry]]) -> Iterator[str]:
    """Sources that entries name."""
    tables: list[Any] = [each.table for table in entries.values() for each in table]
    while tables:
        table = tables.pop()
        for key, value in table.items():
            if key == "sources":
                yield from value
            elif isinstance(value, dict):
                tables.append(value)
            elif isinstance(value, list):
                tables += [each for each in value if isinstance(each, dict)]


def _asked_for_itself(question: Question) -> bool:
    """Whether nothing needs to read it: a text, or what checks the family's own record."""
    return question.type == "text" or question.same_as is not None


def _tell_numbers(read: Read) -> None:
    for question in read.instrument.questions:
        if question.type in ("integer", "decimal") and question.minimum is not None and question.maximum is not None:
            most = max(abs(question.minimum), abs(question.maximum)) * 10**question.digits
            if most >= _PHONE:
                entry = read.entry("question", question.code)
                entry.fault("phone_digits", entry.at("maximum"))
    for fact in read.instrument.facts:
        match fact.formula:
            case c.Arithmetic("quotient", (_, c.Named(name))):
                divisor = read.names.every[name]
                if divisor.low is None or (divisor.low <= 0 and (divisor.high is None or divisor.high >= 0)):
                    entry = read.entry("fact", fact.code)
                    entry.fault("divisor_zero", entry.at("quotient", 1), code=name)


def _tell_constant(read: Read) -> None:
    """Conditions that every interview fulfils, or none."""
    reach = Reach(read.instrument, read.names)
    for condition, path in _conditions(read):
        found = reach.outcomes(condition)
        if True not in found:
            read.found.add("never_true", path)
        elif found == {True} or (False not in found and not _says_answered(condition)):
            read.found.add("always_true", path)


def _says_answered(condition: Condition) -> bool:
    """Whether being known at all is what the condition is about."""
    return isinstance(condition, c.Answered | c.Given | c.Asked)


def _conditions(read: Read) -> Iterator[tuple[Condition, Path]]:
    instrument = read.instrument
    for table, asked in (("question", instrument.questions), ("roster", instrument.rosters)):
        for each in asked:
            if each.ask_when is not None and getattr(each, "specify_of", None) is None:
                yield each.ask_when, read.entry(table, each.code).at("ask_when")
    for fact in instrument.facts:
        if isinstance(fact.formula, c.When):
            yield fact.formula.condition, read.entry("fact", fact.code).at("when")
        elif isinstance(fact.formula, c.First):
            yield from _cases(fact.formula.cases, read.entry("fact", fact.code).at("first"))
    for check in instrument.checks:
        yield check.when, read.entry("check", check.code).at("when")
    for index in instrument.indices:
        yield from _conditions_of(read, index)


def _conditions_of(read: Read, index: Index) -> Iterator[tuple[Condition, Path]]:
    entry = read.entry("index", index.code)
    if index.applies_when is not None:
        yield index.applies_when, entry.at("applies_when")
    for roster, condition in index.only.items():
        yield condition, entry.at("only", roster)
    for indicator in index.indicators:
        own = read.entry("indicator", indicator.code, index)
        rules = (indicator.applies_when, indicator.fulfilled_when, indicator.deprived_when)
        for key, rule in zip(_RULES, rules, strict=False):
            if rule is not None:
                yield rule, own.at(key)
        if indicator.points is not None:
            yield from _cases(indicator.points.first, own.at("points", "first"))


def _cases(cases: Sequence[tuple[Condition | None, Any]], path: Path) -> Iterator[tuple[Condition, Path]]:
    for position, (condition, _) in enumerate(cases):
        if condition is not None:
            yield condition, (*path, position, "when")


def _tell_unreached(read: Read, index: Index) -> None:
    """Categories that no family can get. Bounds on another scale were told already."""
    if any(each.code == "W01" for each in read.found.warnings):
        return
    positions: set[int] = set(unreached(index) or ())
    if index.method == "rule":
        reach, before = Reach(read.instrument, read.names), list[Condition]()
        for position, category in enumerate(index.categories):
            here = [] if category.when is None else [category.when]
            if True not in reach.outcomes(c.All((*(c.Not(each) for each in before), *here))):
                positions.add(position)
            before += here
    for position in sorted(positions):
        category = index.categories[position]
        entry = read.entry("category", category.code, index)
        entry.fault("category_unreached", entry.path, code=category.code, of=_of(index, read.instrument))


def _tell_not_asked(read: Read, trial: Trial, index: Index) -> None:
    """What is missing for families whom a question was rightly not asked."""
    for each in trial.missing(index):
        members = index.indicators if each.table == "indicator" else index.categories
        entry = read.entry(each.table, members[each.position].code, index)
        keys = ("applies_when",) if each.applies else (*_RULES[1:], "when")
        at = next(key for key in keys if key in entry)
        kind = "not_asked_sum" if index.method == "points-sum" else "not_asked"
        if each.table == "category":
            kind = "not_asked_rule"
        elif each.question.roster is not None:
            kind = "not_asked_row"
        entry.fault(kind, entry.at(at), code=each.question.code, of=_of(index, read.instrument))


def _tell_left_out(read: Read, index: Index) -> None:
    """Families that a sum of points leaves without a score, because an indicator does not apply to them."""
    for indicator in index.indicators if index.method == "points-sum" else ():
        if indicator.applies_when is not None:
            entry = read.entry("indicator", indicator.code, index)
            entry.fault("sum_without_part", entry.at("applies_when"), key=True, of=_of(index, read.instrument))


def _tell_sensitive(read: Read, index: Index) -> None:
    for position in sorted(index.sensitive):
        indicator = index.indicators[position]
        if not indicator.sensitive:
            entry = read.entry("indicator", indicator.code, index)
            entry.fault("not_marked", entry.path, code=indicator.code)


def _tell_weight(read: Read, index: Index) -> None:
    name = index.region.weigh_by
    question = None if name is None else read.instrument.question.get(name)
    if name is not None and (question is None or not question.required or question.ask_when is not None):
        entry = read.entry("index", index.code)
        kind = "fact_weight_unknown" if question is None else "weight_unknown"
        entry.fault(kind, entry.at("region", "weigh_by"), code=name)


def _tell_late(read: Read, index: Index) -> None:
    """Indices whose score a phone cannot show before the interview is sent."""
    entry = read.entry("index", index.code)
    if index.method == "geometric-mean":
        entry.fault("late_root", entry.at("method"))
    for indicator in index.indicators:
        points = indicator.points
        if points is None or points.of is None or (not points.number and not points.ranges):
            continue
        kinds = set(_formulas(points.of, read.instrument))
        own = read.entry("indicator", indicator.code, index)
        if "quotient" in kinds and points.number:
            own.fault("late_quotient", own.at("points", "of"), code=points.of)
        if "rows" in kinds:
            own.fault("late_rows", own.at("points", "of"), code=points.of)


def _formulas(name: str, instrument: Instrument) -> Iterator[str]:
    """What a number is computed by that phones cannot: quotients, and values of single rows."""
    fact = instrument.fact.get(name)
    if fact is None:
        return
    match fact.formula:
        case c.Arithmetic("quotient", _):
            yield "quotient"
        case c.Pick() | c.OverRows("smallest" | "largest", _, _):
            yield "rows"
    for inner in names_in(fact.formula):
        yield from _formulas(inner, instrument)


def _of(index: Index, instrument: Instrument) -> Both:
    """Which index a warning speaks of, where there are several. An entry may belong to all of them."""
    several = len(instrument.indices) > 1
    return (f" dari indeks {index.code}", f" of the index {index.code}") if several else ("", "")


def _tell_cases(read: Read) -> None:
    instrument = read.instrument
    for entry in read.entries["case"]:
        day = entry.table.get("interview")
        if isinstance(day, date) and day < instrument.valid_from:
            entry.fault("case_early", entry.at("interview"), starts=instrument.valid_from.isoformat())
    if not instrument.cases:
        read.found.add("no_cases", ())
        return
    for index in instrument.indices:
        expected = {case.expect.get(index.code, {}).get("category") for case in instrument.cases}
        for category in index.categories:
            if category.code not in expected:
                entry = read.entry("category", category.code, index)
                entry.fault("category_without_case", entry.path, code=category.code, of=_of(index, instrument))
    if not instrument.region_cases and any(index.region.headline is not None for index in instrument.indices):
        read.found.add("no_region_case", ("case",))
