"""GET of an aggregate in the layer in front and without it: the same bytes, for all kinds of callers."""

import asyncio
import base64
import gzip
import json
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final
from unittest.mock import AsyncMock
from uuid import uuid4

import asyncpg
import pytest

from app.config import Settings
from app.platform.database import UnavailableError
from tests.platform.test_telemetry import Log
from tests.platform.test_telemetry import written as written
from tests.support.databases import fresh_database
from tests.support.factories import LANDASAN_ULIN_SELATAN, make_body
from tests.support.releases import release
from tests.support.two_ways import AGENCY, REQUEST_ID, Served, served
from tests.support.wire import eventually

VILLAGE: Final = LANDASAN_ULIN_SELATAN
FEW: Final = "6372021005"
_AS_OF: Final = re.compile(rb'(?<="as_of":")[^"]+')
_DATE: Final = re.compile(rb"(?<=\ndate: )[^\r]+")
REGIONS: Final = (VILLAGE, FEW, "637206", "6372", "63", "ID", "6301012001", "6372069999")
TEAM: Final = ("aggregates:read", "submissions:review")
WHOLE_TEAM: Final = (*TEAM, "submissions:sensitive")


def get(path: str, token: str | None, *lines: str, method: str = "GET", accept: str | None = None) -> bytes:
    """A request. lines: further headers"""
    head = [f"{method} {path} HTTP/1.1", "host: ikk.test", f"x-request-id: {REQUEST_ID}", "accept-language: en"]
    head += [] if token is None else [f"authorization: Bearer {token}"]
    head += [] if accept is None else [f"accept: {accept}"]
    return "\r\n".join([*head, *lines, "\r\n"]).encode()


def path(region: str, year: int = 2025) -> str:
    return f"/v1/aggregates/{region}/{year}"


async def ask(server: Served, request: bytes) -> tuple[bytes, bytes]:
    """The head and the body of a response. A compressed body is unpacked, and its length left out of the head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    head = _DATE.sub(b"*", await reader.readuntil(b"\r\n\r\n"))
    length = re.search(rb"content-length: ([0-9]+)", head)
    empty = b" 304 " in head or request.startswith(b"HEAD")
    body = await reader.readexactly(int(length[1])) if length is not None and not empty else b""
    writer.close()
    if b"content-encoding: gzip" in head:
        body, head = gzip.decompress(body), re.sub(rb"content-length: [0-9]+", b"*", head)
    if b'"as_of":"' in body:
        # A moment at a full second is written without its fraction.
        head = re.sub(rb"content-length: [0-9]+", b"*", head)
    return head, _AS_OF.sub(b"*", body)


def token_of(server: Served, scopes: Sequence[str], *regions: str, kind: Any = "agency") -> str:
    issued: str = server.app.state.tokens.issue(kind, AGENCY, dict.fromkeys(scopes, regions)).token
    return issued


Pair = tuple[Served, Served]


@pytest.fixture(scope="module")
async def pair(server_dsn: str, filled: str, worker_id: str, settings: Settings) -> AsyncIterator[Pair]:
    """A server with the layer in front and one without, on one database with a release."""
    changed = settings.model_copy(update={"agency_requests_per_minute": 0, "person_requests_per_minute": 0})
    async with AsyncExitStack() as stack:
        name = f"ikk_test_cards_{worker_id}_{os.getpid()}".lower()
        dsn = await stack.enter_async_context(fresh_database(server_dsn, name, filled))
        with_front = await stack.enter_async_context(served(changed, dsn, fronted=True))
        without = await stack.enter_async_context(served(changed, dsn, fronted=False))
        await send(with_front, range(45))
        await send(with_front, range(45, 57), FEW)
        await make_release(with_front)
        yield with_front, without


async def make_release(server: Served) -> str:
    """Makes a release and returns its id. The releaser of a server may be making it already."""
    made = str(await release(server.app))
    token = token_of(server, ("aggregates:read",), "ID")

    async def is_made() -> bool:
        found = json.loads((await ask(server, get(f"/v1/releases/{made}", token)))[1])
        return bool(found["status"] == "made")

    await eventually(is_made)
    return made


async def send(server: Served, seeds: Sequence[int], region: str = VILLAGE) -> None:
    """Stores interviews of new families through the batch route."""
    entries = [{"id": str(uuid4()), "submission": make_body(seed, region=region)} for seed in seeds]
    body = json.dumps({"items": entries}).encode()
    token = token_of(server, ("submissions:write",), "ID")
    lines = ("content-type: application/json", f"content-length: {len(body)}")
    head, answer = await ask(server, get("/v1/submissions/batch", token, *lines, method="POST") + body)
    assert json.loads(answer).get("stored") == len(entries), (head, answer)


async def put(server: Served, seed: int, region: str = VILLAGE) -> None:
    """Stores the interview of a new family."""
    body = json.dumps(make_body(seed, region=region)).encode()
    token = token_of(server, ("submissions:write",), "ID")
    lines = ("content-type: application/json", f"content-length: {len(body)}")
    head, answer = await ask(server, get(f"/v1/submissions/{uuid4()}", token, *lines, method="PUT") + body)
    assert head.startswith(b"HTTP/1.1 201 "), answer


async def both(pair: Pair, request: bytes) -> tuple[bytes, bytes]:
    """The response of both servers, which is the same."""
    one, other = [await ask(each, request) for each in pair]
    assert one == other
    return one


async def in_front(pair: Pair, request: bytes, *, ordinary: bool = False) -> tuple[bytes, bytes]:
    """The same, and checks which way the request went."""
    pair[0].ordinary.clear()
    found = await both(pair, request)
    assert bool(pair[0].ordinary) is ordinary, found[0]
    return found


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("scopes", [("aggregates:read",), TEAM, WHOLE_TEAM], ids=["reader", "team", "whole team"])
async def test_every_kind_of_caller(scopes: Sequence[str], region: str, pair: Pair) -> None:
    token = token_of(pair[0], scopes, "ID")
    # Twice, so that what is kept is sent too.
    await both(pair, get(path(region), token))
    head, body = await both(pair, get(path(region), token))
    if region == "6372069999":
        assert head.startswith(b"HTTP/1.1 404 ")
        return
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["protected"] is (scopes == ("aggregates:read",))
    assert f"x-request-id: {REQUEST_ID}".encode() in head


async def test_what_is_plain_is_answered_in_front(pair: Pair) -> None:
    reader, team = token_of(pair[0], ("aggregates:read",), "63"), token_of(pair[0], TEAM, "63")
    for token in (reader, team):
        await in_front(pair, get(path("6372"), token))
    # What has no released figures is computed each time.
    await in_front(pair, get(path(FEW), reader), ordinary=True)
    await in_front(pair, get(path("6372", 2024), reader), ordinary=True)
    await in_front(pair, get(path("6372", 2024), team))


async def test_sensitive_figures_are_kept_apart(pair: Pair) -> None:
    whole, part = [
        json.loads((await both(pair, get(path("6372"), token_of(pair[0], scopes, "63"))))[1])
        for scopes in (WHOLE_TEAM, TEAM)
    ]
    assert whole["suppressed"] == [] != part["suppressed"]
    assert (await both(pair, get(path("6372"), token_of(pair[0], WHOLE_TEAM, "63"))))[1] != b""


async def test_who_reviews_only_a_part_gets_released_figures_of_the_whole(pair: Pair) -> None:
    areas = {"aggregates:read": ("63",), "submissions:review": ("637206",)}
    token = pair[0].app.state.tokens.issue("person", AGENCY, areas).token
    for region, exact in (("63", False), ("6372", False), ("637206", True), (VILLAGE, True), ("637202", False)):
        body = (await both(pair, get(path(region), token)))[1]
        assert json.loads(body)["protected"] is not exact


HEADS: Final[dict[str, tuple[bytes, Sequence[str], bool]]] = {
    "any type": (b" 200 ", ("accept: */*",), False),
    "JSON and others": (b" 200 ", ("accept: text/html, application/json;q=0.9",), False),
    "CSV": (b" 200 ", ("accept: text/csv",), True),
    "another type": (b" 406 ", ("accept: image/png",), True),
    "two lists of types": (b" 200 ", ("accept: application/json", "accept: text/csv;q=0.1"), True),
    "a page elsewhere": (b" 200 ", ("origin: https://dashboard.example.go.id",), True),
    "a part": (b" 200 ", ("range: bytes=0-10",), True),
    "since a day": (b" 200 ", ("if-modified-since: Mon, 23 Nov 2026 00:00:00 GMT",), True),
    "unless it is another": (b" 200 ", ('if-match: "x"',), True),
    "compressed": (b" 200 ", ("accept-encoding: gzip, br",), False),
    "not compressed": (b" 200 ", ("accept-encoding: gzip;q=0, identity",), False),
    "held otherwise": (b" 200 ", ('if-none-match: "x", W/"y"',), False),
    "held anyhow": (b" 304 ", ("if-none-match: *",), False),
    "a long head": (b" 431 ", (f"x-long: {'x' * 40_000}",), True),
}


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("scopes", [("aggregates:read",), TEAM], ids=["reader", "team"])
async def test_a_head(name: str, scopes: Sequence[str], pair: Pair) -> None:
    status, lines, ordinary = HEADS[name]
    request = get(path("6372"), token_of(pair[0], scopes, "63"), *lines)
    head, _ = await in_front(pair, request, ordinary=ordinary)
    assert status in head.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("line", "status", "ordinary"),
    [
        ("/v1/aggregates/6372/2025?", b" 200 ", False),
        ("/v1/aggregates/6372/2025?release=latest", b" 200 ", True),
        ("/v1/aggregates/6372/2025?x=1", b" 422 ", True),
        ("/v1/aggregates/63.72/2025", b" 200 ", True),
        ("/v1/aggregates/%36372/2025", b" 200 ", False),
        ("/v1/aggregates/6372/1999", b" 422 ", True),
        ("/v1/aggregates/6372/2101", b" 422 ", True),
        ("/v1/aggregates/637/2025", b" 422 ", True),
        ("/v1/aggregates/id/2025", b" 422 ", True),
        ("/v1/aggregates/6372/2025/", b" 404 ", True),
        ("/v1/aggregates/1101/2025", b" 403 ", True),
        ("/v1/aggregates/ID/2025", b" 403 ", True),
    ],
)
@pytest.mark.parametrize("scopes", [("aggregates:read",), TEAM], ids=["reader", "team"])
async def test_an_address(line: str, status: bytes, ordinary: bool, scopes: Sequence[str], pair: Pair) -> None:
    head, _ = await in_front(pair, get(line, token_of(pair[0], scopes, "63")), ordinary=ordinary)
    assert status in head.partition(b"\r\n")[0]


async def test_head_requests_go_the_ordinary_way(pair: Pair) -> None:
    for scopes in (("aggregates:read",), TEAM):
        request = get(path("6372"), token_of(pair[0], scopes, "63"), method="HEAD")
        heads = [re.sub(rb"content-length: [0-9]+", b"*", (await ask(each, request))[0]) for each in pair]
        assert heads[0] == heads[1]
        assert b" 200 " in heads[0].partition(b"\r\n")[0]


async def test_tokens_that_do_not_count(pair: Pair) -> None:
    issuing = pair[0].app.state.tokens
    expired = issuing.issue("agency", AGENCY, {"aggregates:read": ("63",)}, until=0).token
    for token in (None, "", "x.y.z", expired, issuing.issue("agency", AGENCY, {"submissions:write": ("63",)}).token):
        head, _ = await in_front(pair, get(path("6372"), token), ordinary=True)
        assert head.partition(b"\r\n")[0].split()[1] in (b"401", b"403")


async def test_a_revoked_token(pair: Pair) -> None:
    issued = pair[0].app.state.tokens.issue("person", str(uuid4()), {"aggregates:read": ("63",)})
    await in_front(pair, get(path("6372"), issued.token))
    for each in pair:
        each.app.state.tokens.hear({issued.caller.token_id: 2e9})
    head, _ = await in_front(pair, get(path("6372"), issued.token), ordinary=True)
    assert b" 401 " in head.partition(b"\r\n")[0]


async def test_a_scope_that_was_taken_away(pair: Pair) -> None:
    """A token of the next sign-in has no more than what the person has left."""
    had, has = [
        pair[0].app.state.tokens.issue("person", AGENCY, dict.fromkeys(scopes, ("63",))).token
        for scopes in (WHOLE_TEAM, ("aggregates:read",))
    ]
    assert not json.loads((await both(pair, get(path("6372"), had)))[1])["protected"]
    assert json.loads((await both(pair, get(path("6372"), has)))[1])["protected"]


async def test_an_export_key_goes_the_ordinary_way(pair: Pair) -> None:
    basic = base64.b64encode(b"nobody:nothing").decode()
    head, _ = await in_front(pair, get(path("6372"), None, f"authorization: Basic {basic}"), ordinary=True)
    assert b" 401 " in head.partition(b"\r\n")[0]


async def etag(server: Served, request: bytes) -> str:
    head, _ = await ask(server, request)
    found = re.search(rb"\netag: ([^\r]+)", head)
    assert found is not None
    return found[1].decode()


@pytest.mark.parametrize("scopes", [("aggregates:read",), TEAM], ids=["reader", "team"])
async def test_what_is_held_is_not_sent_again_until_it_changes(scopes: Sequence[str], pair: Pair) -> None:
    token = token_of(pair[0], scopes, "63")
    tag = await etag(pair[0], get(path("6372"), token))
    held = get(path("6372"), token, f"if-none-match: {tag}")
    head, body = await in_front(pair, held)
    assert head.startswith(b"HTTP/1.1 304 ")
    assert body == b""
    await put(pair[1], 1000 + len(scopes))
    # The progress of released figures is part of them.
    head, _ = await in_front(pair, held)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert await etag(pair[0], get(path("6372"), token)) != tag


@pytest.mark.parametrize("scopes", [("aggregates:read",), TEAM], ids=["reader", "team"])
async def test_what_was_stored_is_in_the_next_response_of_any_server(scopes: Sequence[str], pair: Pair) -> None:
    token = token_of(pair[0], scopes, "63")
    for seed in range(3):
        before = counted((await both(pair, get(path("637206"), token)))[1])
        await put(pair[seed % 2], 2000 + 10 * len(scopes) + seed)
        assert counted((await both(pair, get(path("637206"), token)))[1]) == before + 1


def counted(body: bytes) -> int:
    """The families that were interviewed by now."""
    found = json.loads(body)
    families: int = (found["progress"] or found)["families"]
    return families


async def test_deleted_and_stored_again_is_not_what_it_was(pair: Pair) -> None:
    """Nothing in the service deletes sums, but whoever counts them again by hand does."""
    token = token_of(pair[0], TEAM, "63")
    village = "6371031001"
    await put(pair[0], 3001, village)
    one = (await both(pair, get(path(village), token)))[1]
    owner = await asyncpg.connect(pair[0].dsn)
    await owner.execute("DELETE FROM village_sums WHERE region = $1", village)
    await owner.close()
    await put(pair[0], 3002, village)
    other = (await both(pair, get(path(village), token)))[1]
    assert counted(one) == counted(other) == 1
    assert one != other


async def test_a_new_release_is_read_at_once(pair: Pair) -> None:
    token = token_of(pair[0], ("aggregates:read",), "63")
    before = json.loads((await both(pair, get(path(VILLAGE), token)))[1])
    await send(pair[0], range(4000, 4020))
    made = await make_release(pair[1])
    head, body = await in_front(pair, get(path(VILLAGE), token))
    after = json.loads(body)
    assert (after["release"]["id"], after["release"]["number"]) == (made, before["release"]["number"] + 1)
    assert after["families"] > before["families"]
    assert head.startswith(b"HTTP/1.1 200 ")


async def test_a_renamed_region_has_its_new_name(pair: Pair) -> None:
    token = token_of(pair[0], TEAM, "63")
    await both(pair, get(path("637206"), token))
    owner = await asyncpg.connect(pair[0].dsn)
    old = await owner.fetchval("UPDATE region SET name = 'Baru' WHERE code = '637206' RETURNING name")
    await owner.close()
    assert old == "Baru"
    assert json.loads((await in_front(pair, get(path("637206"), token)))[1])["region"]["name"] == "Baru"


async def test_readers_and_writers_at_once(pair: Pair) -> None:
    """What a reader gets is never less than what was answered before it asked, and the end is counted again."""
    server, region = pair[0], "6371021001"
    tokens = [token_of(server, scopes, "ID") for scopes in (TEAM, WHOLE_TEAM)]
    stored, done = 0, False

    async def write(number: int) -> None:
        nonlocal stored
        for step in range(4):
            await put(server, 5000 + 10 * number + step, region)
            stored += 1

    async def read(number: int) -> None:
        least = 0
        while not done:
            before = stored
            head, body = await ask(server, get(path(region), tokens[number % 2]))
            assert head.startswith(b"HTTP/1.1 200 ")
            found = counted(body)
            assert max(before, least) <= found
            least = found

    readers = [asyncio.create_task(read(number)) for number in range(50)]
    try:
        await asyncio.gather(*(write(number) for number in range(20)))
    finally:
        done = True
        await asyncio.gather(*readers)
    for token in tokens:
        assert counted((await both(pair, get(path(region), token)))[1]) == 80
    above = token_of(server, TEAM, "63")
    assert counted((await both(pair, get(path(region[:6]), above)))[1]) == 80


async def test_an_error_in_a_look_sends_the_request_the_ordinary_way(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scopes in (("aggregates:read",), TEAM):
        token = token_of(pair[0], scopes, "63")
        for error in (UnavailableError(), KeyError("x")):
            with monkeypatch.context() as patch:
                patch.setattr(pair[0].app.state.cards, "find", AsyncMock(side_effect=error))
                head, _ = await in_front(pair, get(path("6372"), token), ordinary=True)
                assert head.startswith(b"HTTP/1.1 200 ")


async def test_a_lost_connection_sends_one_request_the_ordinary_way(pair: Pair) -> None:
    token = token_of(pair[0], TEAM, "63")
    await in_front(pair, get(path("6372"), token))
    for looker in pair[0].app.state.cards._lookers:
        if looker._connection.is_made:
            (await looker._connection.get()).terminate()
    for _ in range(2):
        head, _ = await both(pair, get(path("6372"), token))
        assert head.startswith(b"HTTP/1.1 200 ")
    await in_front(pair, get(path("6372"), token))


async def test_the_log_line_and_the_metrics_are_the_same(pair: Pair, written: Log) -> None:
    written.start()
    told = []
    token = token_of(pair[0], TEAM, "63")
    for each in pair:
        before = _count(each)
        await ask(each, get(path("6372"), token))
        (line,) = [line for line in written.lines() if line["event"] == "request"]
        assert line.pop("milliseconds") > 0
        line.pop("timestamp")
        told.append(list(line.items()))
        assert _count(each) == before + 1
        assert "ikk_requests_running 0.0" in each.app.state.metrics.render().decode()
    assert told[0] == told[1]
    assert dict(told[0])["caller"] == AGENCY


def _count(server: Served) -> float:
    text = server.app.state.metrics.render().decode()
    line = r'ikk_request_seconds_count{method="GET",route="/v1/aggregates/{region}/{year}",status="200"} (\S+)'
    found = re.search(re.escape(line).replace(re.escape(r"(\S+)"), r"(\S+)"), text)
    return float(found[1]) if found else 0.0


async def test_a_caller_is_limited_as_before(settings: Settings, server_dsn: str, filled: str, worker_id: str) -> None:
    changed = settings.model_copy(update={"agency_requests_per_minute": 4})
    answers = []
    for fronted in (True, False):
        name = f"ikk_test_card_limit_{fronted}_{worker_id}_{os.getpid()}".lower()
        async with (
            fresh_database(server_dsn, name, filled) as address,
            served(changed, address, fronted=fronted) as server,
        ):
            token = token_of(server, TEAM, "63")
            asked = [path("6372"), path("1101"), path("6372069999"), path("6372"), path("6372"), path("1101")]
            answers.append([(await ask(server, get(each, token)))[0].partition(b"\r\n")[0] for each in asked])
            seen = server.app.state.addresses.take()
            assert sum(each.uses for each in seen.values()) == 6
    assert answers[0] == answers[1]
    assert [int(each.split()[1]) for each in answers[0]] == [200, 403, 404, 200, 429, 429]
