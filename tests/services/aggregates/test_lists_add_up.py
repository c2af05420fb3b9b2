"""Lists add up to their parent in every year, for generated editions with splits, merges, moves and ends."""

import os
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.config import Settings
from tests.support.databases import fresh_database
from tests.support.factories import Client
from tests.support.small_regions import FIRST, WHOLE, body_on, load, rows_of, serving_regions

YEARS = (2024, 2025, 2026)
DAYS = tuple(date(year, month, day) for year in (2024, 2025) for month, day in ((1, 1), (6, 15), (12, 31)))[1:]
DISTRICTS = ("637201", "637207")
START = tuple(row.new for row in rows_of(WHOLE) if len(row.new) == 10)

_CLEAR = """
DELETE FROM family; DELETE FROM submission; DELETE FROM village_sums;
DELETE FROM region_change; DELETE FROM region WHERE edition <> '2024-01-01';
DELETE FROM region_edition WHERE code <> '2024-01-01'; UPDATE region_edition SET valid_to = NULL
"""


@pytest.fixture
async def published_dsn(server_dsn: str, worker_id: str, published: str) -> AsyncIterator[str]:
    """A database for one test, with the shipped instruments and no regions."""
    async with fresh_database(server_dsn, f"ikk_test_lists_{worker_id}_{os.getpid()}", published) as dsn:
        yield dsn


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[date, str, frozenset[str]]]:
    """Editions after the first one: the day, the rows of changes, and the villages in force from then on."""
    villages, serial, found = set(START), 100, []
    for day in sorted(draw(st.sets(st.sampled_from(DAYS), min_size=1, max_size=3))):
        rows: list[str] = []
        free = draw(st.permutations(sorted(villages)))
        for kind in draw(st.lists(st.sampled_from(("split", "merge", "recode", "end", "new")), min_size=1, max_size=3)):
            if len(free) < 3:
                break
            serial += 1
            new = f"{draw(st.sampled_from(DISTRICTS))}2{serial}"
            if kind == "new":
                rows.append(f"new,,{new},Baru")
            elif kind == "merge":
                olds, free = free[:2], free[2:]
                rows += [f"merge,{old},{new},Baru" for old in olds]
                villages -= set(olds)
            else:
                old, free = free[0], free[1:]
                kept = draw(st.booleans())
                other = old if kept else f"{draw(st.sampled_from(DISTRICTS))}2{serial + 500}"
                rows += {
                    "split": [f"split,{old},{other},Lain", f"split,{old},{new},Baru"],
                    "recode": [f"recode,{old},{new},"],
                    "end": [f"end,{old},,"],
                }[kind]
                villages.remove(old)
                villages |= {other} if kind == "split" else set()
            villages |= {new} if kind != "end" else set()
        found.append((day, "\n".join(rows), frozenset(villages)))
    return found


@given(history=histories(), draw=st.data())
@hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_rows_of_every_list_add_up_to_the_card(
    settings: Settings, published_dsn: str, history: list[tuple[date, str, frozenset[str]]], draw: st.DataObject
) -> None:
    owner = await asyncpg.connect(published_dsn)
    await owner.execute(_CLEAR)
    await owner.close()
    lists = [(FIRST, frozenset(START)), *((day, villages) for day, _, villages in history)]
    days = draw.draw(st.lists(st.dates(date(2023, 12, 30), date(2026, 2, 1)), min_size=1, max_size=6))
    in_force = [([each for begins, each in lists if begins <= day] or [lists[0][1]])[-1] for day in days]
    sent = [(day, draw.draw(st.sampled_from(sorted(each)))) for day, each in zip(days, in_force, strict=True)]
    async with serving_regions(settings, published_dsn) as client:
        await load(client, WHOLE, FIRST)
        for day, text, _ in history:
            await load(client, text, day)
        for seed, (day, code) in enumerate(sent):
            assert (await client.put(body_on(day.isoformat(), code, seed))).status_code == 201
        for year in YEARS:
            await agree(client, year, [(day.year, code) for day, code in sent], lists)


async def agree(
    client: Client, year: int, sent: list[tuple[int, str]], lists: list[tuple[date, frozenset[str]]]
) -> None:
    for parent in ("ID", "63", "6372", *DISTRICTS):
        card = (await client.get(f"/v1/aggregates/{parent}/{year}")).json()
        assert card["families"] == sum(each == year and code.startswith(parent.strip("ID")) for each, code in sent)
        for level in ("regency", "district", "village"):
            query: dict[str, Any] = {"parent": parent, "level": level, "year": year}
            rows = (await client.get("/v1/aggregates", **query)).json()["items"]
            assert not rows or sum(each["families"] for each in rows) == card["families"], (parent, level, year)
            if level == "village":
                ends = [begins for begins, _ in lists[1:]]
                spans = zip(lists, [*ends, date.max], strict=True)
                expected = {
                    code
                    for (begins, villages), end in spans
                    if (begins.year <= year or begins == FIRST) and end > date(year, 1, 1)
                    for code in villages
                }
                below = {code for code in expected if code.startswith(parent.strip("ID"))}
                assert {each["region"]["code"] for each in rows} == below, (parent, year)
