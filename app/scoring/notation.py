"""Writes conditions, formulas and points as a file of format 2 has them, for people who compare two files."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from app.scoring import conditions as c
from app.scoring.instrument import Points


def write_condition(condition: c.Condition) -> dict[str, Any]:
    """The condition as a table of the file."""
    match condition:
        case c.Equal(name, option):
            return {"equal": [name, option]}
        case c.In(name, options):
            return {"in": [name, list(options)]}
        case c.Includes(name, options):
            return {"includes": [name, list(options)]}
        case c.Compare(left, sign, right):
            return {"compare": [_term(left), sign, _term(right)]}
        case c.Answered(name):
            return {"answered": name}
        case c.Given(name):
            return {"given": name}
        case c.Asked(name):
            return {"asked": name}
        case c.Holds(name):
            return {"holds": name}
        case c.All(parts):
            return {"all": [write_condition(each) for each in parts]}
        case c.AnyOf(parts):
            return {"any": [write_condition(each) for each in parts]}
        case c.Not(part):
            return {"not": write_condition(part)}
        case c.Quantified(kind, rows):
            return {kind: _rows(rows)}
        case c.Counted(kind, count, of):
            return {kind: [_term(count), _counted(of)]}


def write_formula(formula: c.Formula) -> dict[str, Any]:
    """The key and value that say what a fact is."""
    match formula:
        case c.Arithmetic(kind, terms):
            return {kind: [_term(each) for each in terms]}
        case c.Count(of):
            return {"count": _counted(of)}
        case c.OverRows(kind, rows, value):
            return {kind: {**_rows(rows), "value": _term(value)}}
        case c.Pick(rows, name):
            return {"pick": {**_rows(rows), "value": name}}
        case c.Values(of, options):
            return {"values": {"of": of, "options": dict(options)}}
        case c.Classes(of, classes):
            return {
                "class": {"of": of, "classes": [_without_none(code=each.code, below=each.below) for each in classes]}
            }
        case c.Chosen(name):
            return {"chosen": name}
        case c.First(cases):
            return {"first": [_case(condition, value=_term(term)) for condition, term in cases]}
        case c.When(condition):
            return {"when": write_condition(condition)}
        case c.Since(unit, name):
            return {f"{unit}_since": name}
        case c.OfPerson(part):
            return {"person": part}


def write_points(points: Points) -> dict[str, Any]:
    """The points of an indicator, with their bounds."""
    bounds = {"least": points.least, "most": points.most}
    if points.first:
        return {"first": [_case(condition, points=value) for condition, value in points.first], **bounds}
    if points.number:
        return {"of": points.of, "minimum": points.least, "maximum": points.most}
    if points.ranges:
        ranges = [_without_none(below=each.below, points=each.points) for each in points.ranges]
        return {"of": points.of, "ranges": ranges, **bounds}
    table = {"options": points.options} if points.options is not None else {"each": points.each}
    return {"of": points.of, **table, **bounds}


def write_value(value: Any) -> str:
    """A value of the file on one line of TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {write_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(write_value(each) for each in value) + "]"
    return str(value) if isinstance(value, int | date) else f'"{value}"'


def _number(value: Fraction) -> str:
    """A decimal number where it is one with few digits, otherwise the ratio in quotes."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled = value * 10**9
    if scaled.denominator != 1:
        return f'"{value}"'
    sign, digits = "-" if scaled < 0 else "", f"{abs(scaled.numerator):010d}"
    return f"{sign}{digits[:-9]}.{digits[-9:].rstrip('0')}"


def _term(term: c.Term) -> Any:
    if isinstance(term, c.Constant):
        return term.value
    return term.name if term.times == 1 else {"value": term.name, "times": term.times}


def _rows(rows: c.Rows) -> dict[str, Any]:
    where = None if rows.where is None else write_condition(rows.where)
    has = None if rows.has is None else write_condition(rows.has)
    return _without_none(roster=rows.roster, where=where, has=has)


def _counted(of: tuple[c.Condition, ...] | c.Rows) -> Any:
    return [write_condition(each) for each in of] if isinstance(of, tuple) else _rows(of)


def _case(condition: c.Condition | None, **value: Any) -> dict[str, Any]:
    return value if condition is None else {"when": write_condition(condition), **value}


def _without_none(**values: Any) -> dict[str, Any]:
    return {key: each for key, each in values.items() if each is not None}
