"""Runs the worked cases of an instrument file: interviews and regions with what they must give.

Numbers are compared exactly, so an expected third is written "1/3". `shown` is compared as it is rounded. The text
"none" expects that there is no such value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.scoring.answers import check_answers
from app.scoring.family_sums import exact_sums_of
from app.scoring.instrument import Case, Index, Instrument, RegionCase
from app.scoring.region import IndexFigures, estimate
from app.scoring.score import IndexScore, Score, score

Path = tuple[str | int, ...]
NONE: Final = "none"
VALID: Final = "valid answers"
"""What is expected of the answers themselves."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A case that gives something else. path: steps to the expectation in the file, such as ("case", 2, "expect", …)

    expected, found: as texts. If the answers of the case are not valid, `found` names the fault.
    of: the code of the indicator, group or category, empty if it is about the index itself
    """

    path: Path
    expected: str
    found: str
    of: str = ""


def run_cases(instrument: Instrument) -> list[Mismatch]:
    """All expectations that are not met. Empty if every case gives what it says."""
    mismatches: list[Mismatch] = []
    scores: dict[str, Score] = {}
    for position, case in enumerate(instrument.cases):
        day = case.interview or instrument.valid_from
        answers, faults = check_answers(wire(case.answers), instrument, day)
        if faults:
            mismatches += (Mismatch(("case", position, "answers", *fault.path), VALID, fault.code) for fault in faults)
            continue
        scores[case.name] = score(answers, instrument, day)
        mismatches += _of_case(position, case, scores[case.name], instrument)
    for position, region in enumerate(instrument.region_cases):
        if all(name in scores for name in region.families):
            mismatches += _of_region(position, region, scores, instrument)
    return mismatches


def wire(value: Any) -> Any:
    """Answers of a TOML file as a device sends them: dates as texts, and tables as objects."""
    if isinstance(value, Mapping):
        return {key: wire(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [wire(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _of_case(position: int, case: Case, found: Score, instrument: Instrument) -> Iterator[Mismatch]:
    for code, expected in case.expect.items():
        index = instrument.index(code)
        if index is not None:
            result = found.indices[instrument.indices.index(index)]
            yield from _compare(("case", position, "expect", code), expected, _case_values(result, index))


def _of_region(
    position: int, case: RegionCase, scores: Mapping[str, Score], instrument: Instrument
) -> Iterator[Mismatch]:
    rows = [exact_sums_of(scores[name], instrument) for name in case.families]
    figures = estimate([sum(column, Fraction(0)) for column in zip(*rows, strict=True)], instrument)
    for code, expected in case.expect.items():
        index = instrument.index(code)
        if index is not None:
            found = figures.indices[instrument.indices.index(index)]
            yield from _compare(("region_case", position, "expect", code), expected, _region_values(found, index))


def _case_values(result: IndexScore, index: Index) -> Mapping[str, Any]:
    indicators = [each.code for each in index.indicators]
    letters = dict(zip(indicators, result.basis.outcomes, strict=True))
    return {
        "value": result.value,
        "shown": result.shown,
        "category": None if result.category is None else index.categories[result.category].code,
        "state": result.state,
        "poor": result.poor,
        "outcomes": letters,
        "others": letters,
        "groups": {group.code: each.value for group, each in zip(index.groups, result.groups, strict=True)},
        "parts": dict(zip(indicators, result.parts or [None] * len(indicators), strict=True)),
        "points": dict(zip(indicators, result.basis.points, strict=True)),
    }


def _region_values(found: IndexFigures, index: Index) -> Mapping[str, Any]:
    categories = [each.code for each in index.categories]
    indicators = [each.code for each in index.indicators]

    def by_indicator(of: Callable[[Any], Any]) -> dict[str, Any]:
        return {code: of(each) for code, each in zip(indicators, found.indicators, strict=True)}

    return {
        **{str(state): number for state, number in found.families.items()},
        "families": sum(found.families.values()),
        "without_measure": found.without_measure,
        "headline": found.headline,
        "category": None if found.category is None else found.category.code,
        "mean": found.mean,
        "of_indicators": found.of_indicators,
        "headcount": found.headcount,
        "intensity": found.intensity,
        "adjusted": found.adjusted,
        "categories": dict(zip(categories, found.categories, strict=True)),
        "shares": dict(zip(categories, found.shares, strict=True)),
        "groups": {group.code: each.mean for group, each in zip(index.groups, found.groups, strict=True)},
        "indicators": by_indicator(lambda each: each.share),
        "points": by_indicator(lambda each: each.points),
        "censored": by_indicator(lambda each: each.censored),
        "parts": by_indicator(lambda each: each.part),
        "weak": [code for code, each in zip(indicators, found.indicators, strict=True) if each.weak],
    }


CASE_KEYS: Final = ("value", "shown", "category", "state", "poor", "outcomes", "others", "groups", "parts", "points")
"""What `expect` of a case may name."""
REGION_KEYS: Final = (
    *("headline", "category", "mean", "of_indicators", "headcount", "intensity", "adjusted", "families", "scored"),
    *("incomplete", "undefined", "not_applicable", "without_measure", "categories", "shares", "groups", "indicators"),
    *("points", "censored", "parts", "weak"),
)
"""What `expect` of a region_case may name."""


def _compare(path: Path, expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Mismatch]:
    for key, value in expected.items():
        there = found.get(key)
        if key == "others":
            named = expected.get("outcomes", {})
            there = {code: letter for code, letter in found["outcomes"].items() if code not in named}
            value = dict.fromkeys(there, value)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            for code, each in value.items():
                at = (*path, key) if key == "others" else (*path, key, code)
                yield from _differs(at, each, there.get(code), code)
        else:
            yield from _differs((*path, key), value, there)


def _differs(path: Path, expected: Any, found: Any, of: str = "") -> Iterator[Mismatch]:
    if _exact(expected) != _exact(found):
        yield Mismatch(path, _text(expected), _text(found), of)


def _exact(value: Any) -> Any:
    """Numbers and ratios as fractions, so that 0.5 and "1/2" are equal. "none" is None."""
    if value is None or value == NONE:
        return None
    if isinstance(value, list | tuple):
        return sorted(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction | str):
        return value
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        return value


def _text(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{value} ({float(value):.6g})"
    if isinstance(value, list | tuple):
        return ", ".join(sorted(map(str, value))) or "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)
