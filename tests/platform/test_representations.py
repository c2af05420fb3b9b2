"""Compression and entity tags of responses to GET."""

import gzip
import re
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response as Answer
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from app.platform.database import Connection
from app.platform.key_ring import Key
from app.platform.representations import REVALIDATED, SMALLEST_BYTES, keep, represent, takes_gzip
from tests.access_matrix.matrix import MATRIX
from tests.access_matrix.resources import INSIDE, Resources
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.releases import make_release

INSTRUMENT = "/v1/instruments/ikk-29/2025.2"
KEPT = {
    "/v1/instruments": "private, no-cache",
    INSTRUMENT: "private, no-cache",
    f"{INSTRUMENT}/schema": "private, max-age=2592000, immutable",
    "/v1/regions?parent=63": "private, no-cache",
    "/v1/regions/63": "private, no-cache",
    "/v1/aggregates/63/2025": "private, no-cache",
    "/v1/aggregates/63/trend?from=2024&to=2025": "private, no-cache",
    "/v1/aggregates?parent=63&level=regency&year=2025": "private, no-cache",
    "/v1/aggregates/available?parent=63&level=regency": "private, no-cache",
    "/v1/aggregates/ranks?parent=63&level=regency&year=2025": "private, no-cache",
    "/v1/aggregates/63/2025/breakdowns": "private, no-cache",
    "/v1/aggregates/63/2025/restated": "private, no-cache",
    "/v1/releases": "private, no-cache",
    "/v1/releases/RELEASE": "private, no-cache",
    "/v1/releases/RELEASE/metadata": "private, max-age=2592000, immutable",
    "/v1/profiles?parent=63&level=regency&year=2025": "private, no-cache",
    "/v1/regions/63/profile/2025": "private, no-cache",
    "/v1/statistics/context?parent=63": "private, no-cache",
    "/v1/statistics/indicators": "private, no-cache",
    "/v1/codelists": "private, no-cache",
    "/.well-known/jwks.json": "public, max-age=300",
    "/.well-known/oauth-authorization-server": "public, max-age=300",
    "/openapi.json": "public, max-age=300",
}
"""The addresses whose responses have an entity tag, with their Cache-Control. RELEASE stands for the id of one."""
PLAIN = {"Accept-Encoding": "identity"}


async def asked(caller: Client, path: str, **headers: str) -> Answer:
    return await caller.http.get(path, headers={**PLAIN, **{name.replace("_", "-"): headers[name] for name in headers}})


@pytest.mark.parametrize("path", KEPT)
async def test_it_works(caller: Client, connection: Connection, path: str) -> None:
    kept = KEPT[path]
    key: Key = caller.app.state.keys.current("figures")
    path = path.replace("RELEASE", await make_release(connection, key.id))
    first = await asked(caller, path)
    assert (first.status_code, first.headers["cache-control"]) == (200, kept)
    tag = first.headers["etag"]
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', tag)
    again = await asked(caller, path, If_None_Match=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert "content-length" not in again.headers
    assert "content-type" not in again.headers
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]
    packed = await asked(caller, path, Accept_Encoding="gzip")
    assert packed.headers["etag"] == tag
    assert packed.headers.get("content-encoding") == ("gzip" if len(first.content) >= SMALLEST_BYTES else None)
    assert int(packed.headers["content-length"]) <= int(first.headers["content-length"])
    without = re.compile(rb'"as_of":"[^"]*",')
    assert without.sub(b"", packed.content) == without.sub(b"", first.content)
    assert (await asked(caller, path, If_None_Match=tag, Accept_Encoding="gzip")).status_code == 304


async def test_every_route_with_a_304_in_openapi_is_one_of_these(app: FastAPI, caller: Client) -> None:
    documented = {
        path
        for path, methods in app.openapi()["paths"].items()
        if "304" in methods.get("get", {"responses": ()})["responses"]
    }
    shapes = {re.sub(r"\{\w+\}", "[^/?]+", path) for path in documented}
    served = [re.sub(r"\?.*", "", path) for path in KEPT if path != "/openapi.json"]
    # A figure has to be sent first. tests/routers/statistics/test_get_context_figure.py does it.
    shapes -= {"/v1/statistics/context/[^/?]+/[^/?]+/[^/?]+"}
    # Its tag is strong. tests/routers/releases/test_other_forms.py looks at it.
    shapes -= {"/v1/releases/[^/?]+/villages"}
    assert all(any(re.fullmatch(shape, path) for path in served) for shape in shapes)
    assert len(shapes) == len(served)


async def test_an_aggregate_has_another_tag_as_soon_as_a_family_is_stored(caller: Client) -> None:
    for path in ("/v1/aggregates/63/2025", "/v1/aggregates?parent=63&level=regency&year=2025"):
        tag = (await asked(caller, path)).headers["etag"]
        assert (await asked(caller, path)).headers["etag"] == tag
        assert (await caller.put(make_body(len(path)))).status_code == 201
        changed = await asked(caller, path, If_None_Match=tag)
        assert changed.status_code == 200
        assert changed.headers["etag"] != tag


async def test_an_aggregate_depends_on_who_asks(caller: Client) -> None:
    vary = (await asked(caller, "/v1/aggregates/63/2025")).headers["vary"]
    assert {each.strip() for each in vary.split(",")} == {"Authorization", "Accept", "Accept-Encoding"}


async def test_a_refused_caller_gets_no_304(caller: Client) -> None:
    tag = (await asked(caller, "/v1/aggregates/63/2025")).headers["etag"]
    await caller.sign_in(scopes=["aggregates:read"], regions=["64"])
    assert (await asked(caller, "/v1/aggregates/63/2025", If_None_Match=tag)).status_code == 403
    del caller.http.headers["Authorization"]
    assert (await asked(caller, "/v1/aggregates/63/2025", If_None_Match=tag)).status_code == 401


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{tag}", 304),
        ("{strong}", 304),
        ("*", 304),
        (" * ", 304),
        ('"other", {tag}', 304),
        ('"a,b" , W/"c",{strong}', 304),
        ("", 200),
        ('"other"', 200),
        ("{bare}", 200),
        ('"{bare}', 200),
        ('w/"{bare}x"', 200),
        ('"*"', 200),
        ('*, "other"', 200),
    ],
)
async def test_if_none_match_is_read_as_rfc_9110_says(caller: Client, sent: str, status: int) -> None:
    tag = (await asked(caller, INSTRUMENT)).headers["etag"]
    strong = tag.removeprefix("W/")
    value = sent.format(tag=tag, strong=strong, bare=strong.strip('"'))
    assert (await asked(caller, INSTRUMENT, If_None_Match=value)).status_code == status


async def test_several_lines_of_if_none_match_are_one_list(caller: Client) -> None:
    tag = (await asked(caller, INSTRUMENT)).headers["etag"]
    answer = await caller.http.get(INSTRUMENT, headers=[("If-None-Match", '"other"'), ("If-None-Match", tag)])
    assert answer.status_code == 304


@pytest.mark.parametrize(
    ("sent", "packed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=1.000", True),
        ("identity;q=0, *", True),
        ("gzip; q=0.8, identity; q=0.8", True),
        ("", False),
        ("br", False),
        ("gzip;q=.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0000", False),
        ("gzip;q=much", False),
        ("gzip;q=0.0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("identity, gzip;q=0.5", False),
    ],
)
def test_accept_encoding_is_read_as_rfc_9110_says(sent: str, packed: bool) -> None:
    assert takes_gzip(Headers({"accept-encoding": sent})) is packed


def test_without_accept_encoding_nothing_is_compressed() -> None:
    assert not takes_gzip(Headers({}))


def request_with(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "headers": raw})


@pytest.mark.parametrize("size", [0, SMALLEST_BYTES - 1, SMALLEST_BYTES, 200_000])
async def test_a_body_is_compressed_from_a_kilobyte_on(size: int) -> None:
    body = b"a" * size
    answer = await represent(request_with(accept_encoding="gzip"), Response(body, media_type="text/csv"))
    packed = "content-encoding" in answer.headers
    assert packed == (size >= SMALLEST_BYTES)
    assert (gzip.decompress(bytes(answer.body)) if packed else answer.body) == body
    assert answer.headers["content-length"] == str(len(bytes(answer.body)))
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_what_is_compressed_already_is_not_compressed_again() -> None:
    """Such as a workbook, which is a zip file."""
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for media_type, packed in ((workbook, False), ("text/csv", True), ("application/schema+json", True)):
        answer = await represent(request_with(accept_encoding="gzip"), Response(b"a" * 5000, media_type=media_type))
        assert ("content-encoding" in answer.headers, "vary" in answer.headers) == (packed, packed), media_type


async def test_where_secrets_may_stand_nothing_is_compressed() -> None:
    answer = await represent(
        request_with(accept_encoding="gzip"), Response(b"a" * 5000, media_type="text/csv"), compresses=False
    )
    assert (len(bytes(answer.body)), "content-encoding" in answer.headers) == (5000, False)


@pytest.mark.parametrize("status", [201, 404, 422])
async def test_only_a_200_is_changed(status: int) -> None:
    sent = keep(Response(b"a" * 5000, status, media_type="text/csv"), REVALIDATED)
    answer = await represent(request_with(accept_encoding="gzip", if_none_match="*"), sent)
    assert (answer.status_code, len(bytes(answer.body))) == (status, 5000)


def tag_of(body: bytes, media_type: str = "text/csv", **named: Any) -> str:
    return keep(Response(body, media_type=media_type), REVALIDATED, **named).headers["etag"]


def test_the_tag_follows_content_and_media_type() -> None:
    assert tag_of(b"a") == tag_of(b"a") != tag_of(b"b")
    assert tag_of(b"a") != tag_of(b"a", media_type="application/json")
    assert tag_of(b"a, read at 9", of=b"a") == tag_of(b"a, read at 10", of=b"a") != tag_of(b"b", of=b"b")


async def test_neither_identities_nor_tokens_are_compressed(client: Client) -> None:
    """An export of a family has many kilobytes. Its length would tell something of what is in it."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    client.http.headers["Accept-Encoding"] = "gzip"
    for operation in ("exportFamily", "getIdentity", "getFamily", "listEarlierIdentities"):
        row = next(row for row in MATRIX if row.operation == operation)
        call = await row.make(Resources(client.http, client.app, INSIDE), client.agency_id)
        answer = await client.http.request(call.method, call.path, **call.sent)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert "content-encoding" not in answer.headers
        assert operation != "exportFamily" or len(answer.content) > 10 * SMALLEST_BYTES
    secret = {
        "client_id": "dinas-uji",
        "name": "x" * 80,
        "scopes": EVERYTHING,
        "regions": [f"63{number:02}" for number in range(1, 12)],
    }
    made = (await client.http.post("/v1/agencies", json=secret)).json()
    form = {"grant_type": "client_credentials", "client_id": "dinas-uji", "client_secret": made["client_secret"]}
    del client.http.headers["Authorization"]
    token = await client.http.post("/v1/token", data=form)
    assert (token.status_code, token.headers["cache-control"]) == (200, "no-store")
    assert len(token.content) > SMALLEST_BYTES
    assert "content-encoding" not in token.headers


async def test_a_long_list_is_compressed(caller: Client) -> None:
    answer = await caller.http.get("/v1/regions?parent=6372&level=village", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert len(answer.json()["items"]) == 20
