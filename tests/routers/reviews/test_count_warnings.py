"""GET /v1/submissions/warnings"""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from tests.support.accounts import act_as
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body

PATH = "/v1/submissions/warnings"
FAST: dict[str, Any] = {"surveyed_at": "2025-07-29T09:12:00+08:00", "started_at": "2025-07-29T09:11:30+08:00"}
SLOW: dict[str, Any] = {"surveyed_at": "2025-07-29T09:12:00+08:00", "started_at": "2025-07-29T08:12:00+08:00"}


def family(seed: int) -> dict[str, Any]:
    return {"head_sex": "female", "members": 3, "card_number": f"63720101019{seed:05}"}


async def send(client: Client, count: int, *, fast: int, region: str, first: int = 1) -> list[float]:
    """Sends interviews of which the first so many are too fast. Returns the indices of all."""
    values = []
    for number in range(count):
        moments = FAST if number < fast else SLOW
        seed = first + number
        answer = await client.put(make_body(seed, region=region, family=family(seed), **moments))
        assert answer.status_code == 201, answer.text
        values.append(answer.json()["score"]["index"])
    return values


async def test_it_works(caller: Client) -> None:
    first, second = str(uuid4()), str(uuid4())
    await act_as(caller, ("kader", LANDASAN_ULIN_SELATAN), id=first)
    one = await send(caller, 4, fast=1, region=LANDASAN_ULIN_SELATAN)
    await act_as(caller, ("kader", GUNTUNG_MANGGIS), id=second)
    other = await send(caller, 3, fast=3, region=GUNTUNG_MANGGIS, first=100)
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    rows = (await caller.get(PATH, region="6372", year=2025)).json()["items"]
    assert [each["kader"] for each in rows] == sorted([first, second])
    found = {each["kader"]: each for each in rows}
    assert found[first]["warnings"]["too_fast"] == 1
    assert found[second]["warnings"]["too_fast"] == found[second]["interviews"] == found[second]["flagged"] == 3
    assert found[first]["index"]["mean"] == pytest.approx(sum(one) / 4, abs=0.01)
    assert found[second]["index"]["mean"] == pytest.approx(sum(other) / 3, abs=0.01)
    assert found[second]["index_unflagged"] == {"interviews": 0, "mean": None}
    villages = (await caller.get(PATH, region="6372", year=2025, by="village")).json()["items"]
    assert [each["region"] for each in villages] == sorted((LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS))
    assert sum((Counter(each["warnings"]) for each in villages), Counter()) == sum(
        (Counter(each["warnings"]) for each in rows), Counter()
    )


async def test_pages_hold_everybody_once(caller: Client) -> None:
    for village in (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS):
        await send(caller, 1, fast=1, region=village, first=int(village[-2:]))
    first = (await caller.get(PATH, region="6372", year=2025, by="village", limit=1)).json()
    second = (await caller.get(PATH, region="6372", year=2025, by="village", limit=1, cursor=first["next"])).json()
    assert [each["region"] for page in (first, second) for each in page["items"]] == sorted(
        (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    )
    assert second["next"] is None
    other = await caller.get(PATH, region="6372", year=2025, by="kader", cursor=first["next"])
    assert [each["code"] for each in other.json()["faults"]] == ["bad_cursor"]


async def test_without_the_sensitive_scope_few_interviews_have_no_mean(caller: Client) -> None:
    await send(caller, 32, fast=1, region=LANDASAN_ULIN_SELATAN)
    await act_as(caller, ("supervisor", "6372"))
    (row,) = (await caller.get(PATH, region="6372", year=2025)).json()["items"]
    assert row["interviews"] == 32
    assert row["index"]["mean"] is not None
    assert row["index_unflagged"] == {"interviews": row["interviews"] - row["flagged"], "mean": None}


async def test_only_interviews_that_count(caller: Client) -> None:
    await caller.put({**make_body(1, **FAST), "purpose": "reinterview"})
    assert (await caller.get(PATH, region="6372", year=2025)).json()["items"] == []


async def test_a_round_that_does_not_exist_has_none(caller: Client) -> None:
    await send(caller, 1, fast=1, region=LANDASAN_ULIN_SELATAN)
    asked = {"region": "6372", "year": 2025}
    assert (await caller.get(PATH, **asked, round=str(uuid4()))).json()["items"] == []


async def test_a_region_of_others_is_refused(caller: Client) -> None:
    await act_as(caller, ("supervisor", "6372"))
    assert (await caller.get(PATH, region="11", year=2025)).status_code == 403
