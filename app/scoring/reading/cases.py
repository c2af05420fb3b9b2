"""Reads the worked cases of a file. What they must give is compared elsewhere, by scoring them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from app.scoring.cases import CASE_KEYS, REGION_KEYS
from app.scoring.instrument import Case, Index, RegionCase
from app.scoring.reading.meant import meant
from app.scoring.reading.places import Path
from app.scoring.reading.written import Entry

_BY_CODE: Final = {
    "outcomes": "indicator",
    "parts": "indicator",
    "points": "indicator",
    "censored": "indicator",
    "indicators": "indicator",
    "groups": "group",
    "categories": "category",
    "shares": "category",
}


def read_cases(entries: Sequence[Entry], indices: Mapping[str, Index], asked: Sequence[str]) -> tuple[Case, ...]:
    """The cases, each with the answers of those that it is based on. asked: what answers there may be"""
    found: dict[str, Case] = {}
    for entry in entries:
        name = entry.text("name", needed=True)
        if name is not None and name in found:
            entry.fault("case_twice", entry.at("name"), name=name[:60])
        case = _case(entry, name or "", found, [each.table.get("name") for each in entries], asked)
        _check_expected(entry, indices, CASE_KEYS)
        found.setdefault(case.name, case)
    return tuple(found.values())


def _case(entry: Entry, name: str, earlier: Mapping[str, Case], every: Sequence[Any], asked: Sequence[str]) -> Case:
    base = entry.text("base")
    above = None if base is None else earlier.get(base)
    if base is not None and above is None:
        if base in every:
            entry.fault("case_later", entry.at("base"), name=base[:60])
        else:
            entry.is_known(base, entry.at("base"), "case", [each for each in every if isinstance(each, str)])
    raw = entry.get("answers", needed=base is None)
    answers = (None if raw is None else entry.written.table(raw, entry.at("answers"))) or {}
    _check_numbers(entry, answers, entry.at("answers"))
    for code in answers:
        entry.is_known(code, entry.at("answers", code), "question", asked)
    without = [code for code, path in entry.texts_in("without") if entry.is_known(code, path, "question", asked)]
    day = entry.day("interview")
    inherited = {} if above is None else above.answers
    merged = {code: each for code, each in {**inherited, **answers}.items() if code not in without}
    return Case(
        name=name,
        answers=merged,
        interview=day if day is not None or above is None else above.interview,
        expect=_expect(entry),
        working=entry.text("working"),
    )


def _expect(entry: Entry) -> Mapping[str, Mapping[str, Any]]:
    raw = entry.get("expect", needed=True)
    table = None if raw is None else entry.written.table(raw, entry.at("expect"))
    return {code: each for code, each in (table or {}).items() if isinstance(each, dict)}


def _check_expected(entry: Entry, indices: Mapping[str, Index], keys: Sequence[str]) -> None:
    """Says which names in an expectation there are not."""
    raw = entry.table.get("expect")
    for code, expected in raw.items() if isinstance(raw, dict) else ():
        path = entry.at("expect", code)
        if not entry.is_known(code, path, "index", indices) or entry.written.table(expected, path) is None:
            continue
        for key, value in expected.items():
            if key not in keys:
                entry.fault("expect_unknown", (*path, key), key=True, name=key[:60], meant=meant(key, keys))
            elif key in _BY_CODE:
                if entry.written.table(value, (*path, key)) is not None:
                    _check_codes(entry, indices[code], _BY_CODE[key], value, (*path, key))
            elif key == "weak":
                for position, each in enumerate(entry.written.list(value, (*path, key), empty=True) or ()):
                    _check_value(entry, each, (*path, key, position))
            elif key == "category" and value != "none":
                entry.is_known(str(value), (*path, key), "category", _categories(indices[code]))
            else:
                _check_value(entry, value, (*path, key))


def _categories(index: Index) -> list[str]:
    return [each.code for each in (*index.categories, *index.region.categories)]


def _check_codes(entry: Entry, index: Index, table: str, value: Mapping[str, Any], path: Path) -> None:
    codes = {
        "indicator": [each.code for each in index.indicators],
        "group": [each.code for each in index.groups],
        "category": [each.code for each in index.categories],
    }[table]
    for code, inner in value.items():
        at = (*path, code)
        if isinstance(inner, dict) and code not in codes:
            entry.fault("dotted_key", at, key=True, code=f"{code}.{next(iter(inner), '')}")
        elif entry.is_known(code, at, table, codes):
            _check_value(entry, inner, at)


def _check_value(entry: Entry, value: Any, path: Path) -> None:
    """An expected value is a number, a text such as "none" or "1/3", or a truth value."""
    if isinstance(value, Decimal) or not isinstance(value, str | int):
        entry.written.number(value, path)


def _check_numbers(entry: Entry, value: Any, path: Path) -> None:
    """Says which numbers in answers are none, however deep they stand."""
    if isinstance(value, dict):
        for key, each in value.items():
            _check_numbers(entry, each, (*path, key))
    elif isinstance(value, list):
        for position, each in enumerate(value):
            _check_numbers(entry, each, (*path, position))
    elif isinstance(value, Decimal):
        entry.written.number(value, path)


def read_region_cases(
    entries: Sequence[Entry], indices: Mapping[str, Index], cases: Sequence[Case]
) -> tuple[RegionCase, ...]:
    names = [each.name for each in cases]
    found = []
    for entry in entries:
        families = [
            name
            for name, path in entry.texts_in("families", needed=True, twice=True)
            if entry.is_known(name, path, "case", names)
        ]
        _check_expected(entry, indices, REGION_KEYS)
        found.append(RegionCase(tuple(families), _expect(entry)))
    return tuple(found)
