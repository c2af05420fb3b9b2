"""What means the same in two versions of an instrument: the same answers give the same result.

Whether a question that is worded differently still gets the same answers, only its author can say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.scoring.conditions import Condition, names_in
from app.scoring.difference import changes
from app.scoring.instrument import Index, Indicator, Instrument
from app.scoring.notation import write_formula


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The codes of what gives the same result for the same answers, by table.

    otherwise: of these, what reads a question that is worded differently or takes other answers
    """

    indices: tuple[str, ...]
    groups: tuple[str, ...]
    indicators: tuple[str, ...]
    otherwise: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return self.indices + self.groups + self.indicators


def find_unchanged(old: Instrument, new: Instrument) -> Unchanged:
    """What means the same in both versions."""
    indices: list[str] = []
    groups: dict[str, bool] = {}
    indicators: dict[str, bool] = {}
    for index in new.indices:
        before = old.index(index.code)
        same = {} if before is None else _same_indicators(before, index, old, new)
        whole = before is not None and _same_index(before, index, old, new) and all(same.values())
        if whole:
            indices.append(index.code)
        for each in index.indicators:
            indicators[each.code] = indicators.get(each.code, True) and same.get(each.code, False)
        for code, holds in _same_groups(before, index, same).items():
            groups[code] = groups.get(code, True) and holds
    otherwise = _asked_otherwise(old, new)
    touched = [
        each.code for index in new.indices for each in index.indicators if _basis(each, index, new).keys() & otherwise
    ]
    stay = tuple(code for code, holds in indicators.items() if holds)
    return Unchanged(
        tuple(indices),
        tuple(code for code, holds in groups.items() if holds),
        stay,
        tuple(dict.fromkeys(code for code in touched if code in stay)),
    )


def _same_indicators(old: Index, new: Index, of_old: Instrument, of_new: Instrument) -> dict[str, bool]:
    before = {each.code: each for each in old.indicators}
    return {
        each.code: each.code in before
        and _rule(before[each.code]) == _rule(each)
        and _basis(before[each.code], old, of_old) == _basis(each, new, of_new)
        for each in new.indicators
    }


def _basis(indicator: Indicator, index: Index, instrument: Instrument) -> dict[str, Any]:
    """What decides the value of each name that an indicator reads, and which rows exist for it."""
    found = _meaning_of(_conditions(indicator), instrument)
    only = {roster: each for roster, each in index.only.items() if roster in found}
    return found | _meaning_of(tuple(only.values()), instrument) | {f"only {roster}": only[roster] for roster in only}


def _same_groups(old: Index | None, new: Index, same: Mapping[str, bool]) -> dict[str, bool]:
    """A group stays if all below it stays, with the same weights and the same way to combine them."""
    if old is None:
        return {each.code: False for each in new.groups}
    return {
        each.code: each.code in _tree(old)
        and _tree(old)[each.code] == _tree(new)[each.code]
        and _all_same(each.code, new, same)
        for each in new.groups
    }


def _all_same(code: str, index: Index, same: Mapping[str, bool]) -> bool:
    return all(same[each] for each in _indicators_below(code, index))


def _indicators_below(code: str, index: Index) -> list[str]:
    at = next(position for position, each in enumerate(index.groups) if each.code == code)
    own = [each.code for each in index.indicators if each.group == at]
    return own + [below for each in index.groups if each.parent == at for below in _indicators_below(each.code, index)]


def _tree(index: Index) -> dict[str, Any]:
    """For each group its way to combine, and its parts with their weights, down to the indicators."""

    def of(at: int | None) -> Any:
        groups = {
            each.code: (each.weight, of(position)) for position, each in enumerate(index.groups) if each.parent == at
        }
        indicators = {each.code: each.weight for each in index.indicators if each.group == at}
        own = None if at is None else (index.groups[at].combine, index.groups[at].complete)
        return (own, index.method, groups, indicators)

    return {each.code: of(at) for at, each in enumerate(index.groups)} | {"": of(None)}


def _same_index(old: Index, new: Index, of_old: Instrument, of_new: Instrument) -> bool:
    return (
        _tree(old)[""] == _tree(new)[""]
        and _index_rule(old) == _index_rule(new)
        and _meaning_of(_index_conditions(old), of_old) == _meaning_of(_index_conditions(new), of_new)
    )


def _index_rule(index: Index) -> Any:
    bounds = [(each.code, each.bound, each.included, each.after, each.when) for each in index.categories]
    return (index.combine, index.scale, index.cut_off, index.complete, index.applies_when, dict(index.only), bounds)


def _index_conditions(index: Index) -> tuple[Condition | None, ...]:
    return (index.applies_when, *index.only.values(), *(each.when for each in index.categories))


def _rule(indicator: Indicator) -> Any:
    return (
        indicator.applies_when,
        indicator.fulfilled_when,
        indicator.deprived_when,
        indicator.points,
        indicator.reverse,
    )


def _conditions(indicator: Indicator) -> tuple[Condition | str | None, ...]:
    points = indicator.points
    first = () if points is None else tuple(condition for condition, _ in points.first)
    of = None if points is None else points.of
    return (indicator.applies_when, indicator.fulfilled_when, indicator.deprived_when, of, *first)


def _meaning_of(parts: tuple[Condition | str | None, ...], instrument: Instrument) -> dict[str, Any]:
    """What decides the value of each name that the parts read, also through facts and conditions of asking."""
    found: dict[str, Any] = {}
    left = [name for part in parts for name in ([part] if isinstance(part, str) else names_in(part))]
    while left:
        name = left.pop()
        if name in found:
            continue
        question, fact = instrument.question.get(name), instrument.fact.get(name)
        if question is not None:
            asked = (question.roster, question.ask_when, question.when_not_asked)
            found[name] = (question.type, question.digits, *asked)
            left += [*names_in(question.ask_when), *([question.roster] if question.roster else [])]
        elif fact is not None:
            found[name] = (fact.roster, write_formula(fact.formula))
            left += [*names_in(fact.formula), *([fact.roster] if fact.roster else [])]
        else:
            roster = instrument.roster[name]
            found[name] = (roster.maximum, roster.rows, roster.ask_when, roster.people)
            left += [*names_in(roster.ask_when), *([roster.rows] if roster.rows else [])]
    return found


_MARKS: Final = frozenset(("section", "sensitive"))


def _asked_otherwise(old: Instrument, new: Instrument) -> set[str]:
    """Questions of both versions that are worded differently, or take other answers."""
    return {
        each.code
        for each in changes(old, new)
        if each.table == "question" and each.kind == "changed" and any(one.key not in _MARKS for one in each.details)
    }
