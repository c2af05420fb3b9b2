"""GET /v1/submissions?flagged and ?warning, and the codes of warnings in rows."""

from typing import Any, get_args

import pytest

from app.problems.warning_texts import WarningCode
from tests.support.accounts import act_as
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, make_body

FAST: dict[str, Any] = {"surveyed_at": "2025-07-29T09:12:00+08:00", "started_at": "2025-07-29T09:11:30+08:00"}


def plain_body(seed: int, **changed: Any) -> dict[str, Any]:
    """A body without a warning: its card would be of a district that does not exist."""
    body = make_body(seed, **changed)
    return {**body, "family": {name: body["family"][name] for name in ("head_sex", "members")}}


async def ids(client: Client, **query: Any) -> dict[str, list[str]]:
    answer = await client.get("/v1/submissions", **query)
    assert answer.status_code == 200, answer.text
    return {each["id"]: each["warnings"] for each in answer.json()["items"]}


async def test_it_works(caller: Client) -> None:
    fast = (await caller.put(plain_body(1, **FAST))).json()["id"]
    plain = (await caller.put(plain_body(2))).json()["id"]
    assert await ids(caller) == {fast: ["too_fast"], plain: []}
    assert await ids(caller, flagged="true") == {fast: ["too_fast"]}
    assert await ids(caller, flagged="false") == {plain: []}
    assert await ids(caller, warning="too_fast") == {fast: ["too_fast"]}
    assert await ids(caller, warning="device_clock") == {}
    assert await ids(caller, warning="too_fast", flagged="false") == {}


@pytest.mark.parametrize("code", get_args(WarningCode))
async def test_the_filter_finds_what_rows_show(caller: Client, code: str) -> None:
    card = {"head_sex": "male", "members": 1, "card_number": "9999990101200001"}
    for body in (make_body(1, family=card, **FAST), make_body(2, family=card), plain_body(3)):
        await caller.put(body)
    shown = {each for each, codes in (await ids(caller)).items() if code in codes}
    assert set(await ids(caller, warning=code)) == shown


async def test_a_supervisor_finds_them_in_the_area(caller: Client) -> None:
    fast = (await caller.put(plain_body(1, **FAST))).json()["id"]
    await act_as(caller, ("supervisor", LANDASAN_ULIN_SELATAN))
    assert await ids(caller, flagged="true") == {fast: ["too_fast"]}


async def test_an_unknown_warning_is_a_fault(caller: Client) -> None:
    assert (await caller.get("/v1/submissions", warning="none")).status_code == 422
