"""Access tokens in one process: their claims, and which tokens a revocation ends."""

import asyncio
import time
from pathlib import Path

import pytest

from app.config import Settings
from app.platform.key_ring import make_ring, rotate_key
from app.platform.tokens import Tokens, narrow
from app.problems import Problem

VILLAGES = {"submissions:write": ["6372061004"], "aggregates:read": ["6372"]}


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    settings = Settings(folder=tmp_path)
    return Tokens(settings, make_ring(settings.key_ring_file))


async def is_good(tokens: Tokens, token: str) -> bool:
    try:
        await tokens.caller_of(token)
    except Problem:
        return False
    return True


async def test_what_goes_in_comes_out(tokens: Tokens) -> None:
    issued = tokens.issue("person", "5b0f", VILLAGES, sign_in="a-sign-in")
    caller = await tokens.caller_of(issued.token)
    assert caller == issued.caller
    assert caller.areas == {"submissions:write": ("6372061004",), "aggregates:read": ("6372",)}
    assert (caller.kind, caller.id, caller.sign_in) == ("person", "5b0f", "a-sign-in")
    assert caller.regions == ("6372061004", "6372")


async def test_scopes_without_regions_stay_without(tokens: Tokens) -> None:
    issued = tokens.issue("person", "5b0f", {"submissions:write": [], "aggregates:read": ["63"]})
    caller = await tokens.caller_of(issued.token)
    assert caller.areas == {"submissions:write": (), "aggregates:read": ("63",)}


async def test_a_revoked_token_or_sign_in_ends_whenever_it_was_issued(tokens: Tokens) -> None:
    first, second = (tokens.issue("person", "5b0f", VILLAGES, sign_in=each) for each in ("one", "two"))
    tokens.hear({"one": 1.0})
    assert not await is_good(tokens, first.token)
    assert await is_good(tokens, second.token)
    tokens.hear({second.caller.token_id: 1.0})
    assert not await is_good(tokens, second.token)


async def test_a_revoked_holder_is_valid_again_with_the_next_token_even_in_the_same_second(tokens: Tokens) -> None:
    before = tokens.issue("agency", "5b0f", VILLAGES)
    same_id = tokens.issue("person", "5b0f", VILLAGES)
    tokens.hear({"agency:5b0f": time.time()})
    assert not await is_good(tokens, before.token)
    assert await is_good(tokens, same_id.token)
    assert await is_good(tokens, tokens.issue("agency", "5b0f", VILLAGES).token)


async def test_an_older_revocation_does_not_take_the_place_of_a_newer(tokens: Tokens) -> None:
    issued = tokens.issue("agency", "5b0f", VILLAGES)
    tokens.hear({"agency:5b0f": time.time()})
    tokens.hear({"agency:5b0f": 1.0})
    assert not await is_good(tokens, issued.token)


async def test_what_is_long_past_is_forgotten(tokens: Tokens) -> None:
    tokens.hear({"old": 100.0, "new": 200.0})
    tokens.forget(before=150.0)
    assert tokens.revoked == {"new": 200.0}


async def test_a_token_never_outlives_what_it_comes_from(tokens: Tokens) -> None:
    until = time.time() + 120.9
    issued = tokens.issue("person", "5b0f", VILLAGES, until=until)
    assert issued.caller.expires == int(until)
    assert 119 <= issued.expires_in <= 121


async def test_a_remembered_token_is_forgotten_when_its_key_goes(tmp_path: Path, tokens: Tokens) -> None:
    issued = tokens.issue("agency", "5b0f", VILLAGES)
    assert await is_good(tokens, issued.token)
    rotate_key(tmp_path / "keys.json", "signing")
    ring = make_ring(tmp_path / "keys.json")
    assert len(ring.all("signing")) == 2
    end = time.monotonic() + 30
    while len(tokens.published_keys()) < 2:
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    assert await is_good(tokens, issued.token)
    assert tokens.published_keys()[0]["kid"] == ring.current("signing").id


async def test_only_the_tokens_of_this_service_are_looked_up(tokens: Tokens, tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, issuer="https://another.example.go.id")
    other = Tokens(settings, make_ring(settings.key_ring_file)).issue("agency", "5b0f", VILLAGES)
    assert await tokens.look_up(other.token) is None
    assert await tokens.look_up("a.b.c") is None
    issued = tokens.issue("agency", "5b0f", VILLAGES)
    assert await tokens.look_up(issued.token) == issued.caller


def test_scopes_are_narrowed_and_never_widened() -> None:
    assert narrow(VILLAGES, []) == VILLAGES
    assert narrow(VILLAGES, ["aggregates:read"]) == {"aggregates:read": ["6372"]}
    assert narrow(VILLAGES, ["aggregates:read", "audit:read"]) is None
    assert narrow({}, ["audit:read"]) is None
