"""The worked cases of the example instruments, sent over HTTP: scores of interviews, and the figures of every level."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.scoring.cases import wire
from app.scoring.instrument import Case, Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.score import OUTCOMES
from tests.support.factories import Client
from tests.support.small_service import serving

FILES = sorted((Path(__file__).parents[2] / "scoring" / "examples").glob("*.toml"))
INSTRUMENTS = [read_instrument(file.read_bytes()) for file in FILES]
VILLAGE = "6372061004"
each_instrument = pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: each.code)


@pytest.fixture
async def http(settings: Settings, dsn: str) -> AsyncIterator[Client]:
    async with serving(settings, dsn, [file.read_text("utf-8") for file in FILES], regions=["ID"]) as client:
        yield client


def day_of(case: Case, instrument: Instrument) -> date:
    return case.interview or instrument.valid_from


def answers_of(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(wire(case.answers), default=float))
    return found


def same(shown: Any, expected: Any) -> bool:
    """Whether a figure that is shown is the expected one, rounded. An expected ratio is written "1/3"."""
    if expected == "none":
        return shown is None
    if isinstance(expected, bool) or not isinstance(expected, int | Decimal | str):
        return bool(shown == expected)
    try:
        exact = Fraction(expected)
    except ValueError:
        return bool(shown == expected)
    return isinstance(shown, int | float) and abs(Fraction(shown) - exact) < Fraction(1, 100)


def check_score(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    by_code = {each["code"]: each for each in found["indicators"]}
    groups = {each["code"]: each["value"] for each in found["groups"]}
    parts = {code: each["contribution"] for code, each in by_code.items()}
    points = {code: each.get("points") for code, each in by_code.items()}
    named = {"groups": groups, "parts": parts, "points": points}
    for key, value in expected.items():
        if key in ("outcomes", "others"):
            letters = (
                value if key == "outcomes" else dict.fromkeys(by_code.keys() - expected.get("outcomes", {}), value)
            )
            assert {code: by_code[code]["outcome"] for code in letters} == {
                code: OUTCOMES[letter] for code, letter in letters.items()
            }
        elif key in named:
            assert all(same(named[key][code], each) for code, each in value.items()), (key, named[key], value)
        elif key == "category":
            assert (found["category"] and found["category"]["code"]) == (None if value == "none" else value)
        else:
            assert same(found["value" if key == "shown" else key], value), (key, found, value)
    contributions = [part for part in parts.values() if part is not None]
    if contributions:
        assert sum(Decimal(str(part)) for part in contributions) == Decimal(str(found["value"]))


@each_instrument
async def test_every_case_is_scored_as_it_was_worked_by_hand(http: Client, instrument: Instrument) -> None:
    assert instrument.cases
    for case in instrument.cases:
        body = {"instrument": instrument.code, "version": instrument.version, "answers": answers_of(case)}
        answer = await http.http.post("/v1/scores", json=body | {"interview": day_of(case, instrument).isoformat()})
        assert answer.status_code == 200, answer.text
        indices = {each["code"]: each for each in answer.json()["indices"]}
        assert list(indices) == [each.code for each in instrument.indices]
        for code, expected in case.expect.items():
            check_score(indices[code], expected)


def check_region(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    codes = {each["code"]: each for each in found["indicators"]}
    named = {
        "categories": {each["code"]: each["families"] for each in found["categories"]},
        "shares": {each["code"]: each["share"] for each in found["categories"]},
        "groups": {each["code"]: each["mean"] for each in found["groups"]},
        "indicators": {code: each["share"] for code, each in codes.items()},
        "points": {code: each.get("points") for code, each in codes.items()},
        "censored": {code: each.get("censored") for code, each in codes.items()},
        "parts": {code: each.get("part") for code, each in codes.items()},
    }
    headline = found["headline"]
    category = headline["category"] and headline["category"]["code"]
    single = {**found, **found["families"], "headline": headline["value"], "category": category}
    for key, value in expected.items():
        if key in named:
            assert all(same(named[key][code], each) for code, each in value.items()), (key, named[key], value)
        else:
            assert same(single.get(key), value), (key, single.get(key), value)


@each_instrument
async def test_the_families_of_a_region_give_the_figures_that_were_worked_by_hand(
    http: Client, instrument: Instrument
) -> None:
    (region,) = instrument.region_cases
    year = 0
    for name in region.families:
        case = next(each for each in instrument.cases if each.name == name)
        day = day_of(case, instrument)
        sent = await http.put(
            {
                "instrument": instrument.code,
                "version": instrument.version,
                "region": VILLAGE,
                "surveyed_at": f"{day.isoformat()}T10:00:00+08:00",
                "family": {"head_sex": "female", "members": 4},
                "answers": answers_of(case),
            }
        )
        assert sent.status_code == 201, sent.text
        year = day.year
    fields = {"instrument": instrument.code, "fields": "categories,indicators"}
    shown = []
    for place in (VILLAGE, "637206", "6372", "63", "ID"):
        shown.append((await http.get(f"/v1/aggregates/{place}/{year}", instrument=instrument.code)).json())
        trend = await http.get(f"/v1/aggregates/{place}/trend", **{"from": year, "to": year}, **fields)
        shown.append(trend.json()["years"][0])
    rows = await http.get("/v1/aggregates", parent="63", level="regency", year=year, **fields)
    shown += [each for each in rows.json()["items"] if each["families"]]
    for view in shown:
        assert view["families"] == len(region.families)
        indices = {each["code"]: each for each in view["indices"]}
        for code, expected in region.expect.items():
            check_region(indices[code], expected)
