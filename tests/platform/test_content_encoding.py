"""Bodies of requests that come compressed, or with a byte order mark: JSON, forms and CSV."""

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st

from app.platform.bodies import FORM_BYTES, JSON_BYTES
from app.platform.content_encoding import is_packed, unpack
from app.problems import Problem
from app.services.access.people_files import FILE_BYTES
from tests.routers.test_size_limits import bodies
from tests.support.factories import EVERYTHING, Client, make_body

FORM = b"grant_type=client_credentials&client_id=nobody&client_secret=wrong"
PEOPLE = b"username;name;role;region\nsiti.uji;Siti Uji;kader;6372061004\n"
MARK = "\ufeff".encode()


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


async def put(officer: Client, content: bytes, encoding: str | None = "gzip") -> Response:
    headers = {"Content-Type": "application/json", **({} if encoding is None else {"Content-Encoding": encoding})}
    return await officer.http.put(f"/v1/submissions/{uuid4()}", content=content, headers=headers)


def an_interview() -> bytes:
    return json.dumps(make_body()).encode()


async def test_it_works(officer: Client) -> None:
    path, body = f"/v1/submissions/{uuid4()}", an_interview()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    sent = await officer.http.put(path, content=gzip.compress(body), headers=headers)
    assert sent.status_code == 201
    # Content is what was compressed, so a plain resend is the same.
    again = await officer.http.put(path, content=body, headers={"Content-Type": "application/json"})
    assert (again.status_code, again.json()) == (200, sent.json())


async def test_a_form_and_a_csv_may_be_compressed_too(officer: Client) -> None:
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    answer = await officer.http.post("/v1/people/import", content=gzip.compress(PEOPLE), headers=headers)
    assert (answer.status_code, answer.json()["people"][0]["username"]) == (201, "siti.uji")
    del officer.http.headers["Authorization"]
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    token = await officer.http.post("/v1/token", content=gzip.compress(FORM), headers=headers)
    assert token.json()["type"] == "urn:ikk:problem:invalid-client"


async def test_every_body_is_bounded_by_its_limit_when_it_is_unpacked(officer: Client) -> None:
    for method, path, media_type, limit in bodies(officer):
        headers = {"Content-Type": media_type, "Content-Encoding": "gzip"}
        large = await officer.http.request(method, path, content=gzip.compress(b" " * (limit + 1)), headers=headers)
        assert (large.status_code, large.json()["limit_bytes"]) == (413, limit), path
        fits = await officer.http.request(method, path, content=gzip.compress(b" " * limit), headers=headers)
        assert fits.status_code not in (413, 415), path
        assert fits.json()["type"] != "urn:ikk:problem:malformed-gzip"


def bombs(limit: int) -> Iterator[bytes]:
    """Small gzip files that would become large, or take long."""
    yield gzip.compress(bytes(100 * limit), 9)
    yield gzip.compress(bytes(limit), 9) * 50
    yield gzip.compress(b"") * (limit // 20)
    yield gzip.compress(b"x") * (limit // 22)
    yield gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * (limit // 5 - 10)  # empty blocks
    yield b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (limit - 20)  # a name without an end


@pytest.mark.parametrize("limit", [FORM_BYTES, JSON_BYTES, FILE_BYTES])
def test_a_bomb_takes_neither_memory_nor_time(limit: int) -> None:
    for number, bomb in enumerate(bombs(limit)):
        started = time.process_time()
        refused = ""
        try:
            unpack(bomb, limit)
        except Problem as problem:
            refused = problem.kind.slug
        assert refused in ("body-too-large", "malformed-gzip"), number
        assert time.process_time() - started < 0.05, number


@pytest.mark.parametrize(
    "encoding", ["br", "deflate", "zstd", "compress", "gzip, gzip", "br, gzip", "identity, gzip", "x", "gzip;q=1"]
)
async def test_another_encoding_is_refused_by_every_route_with_a_body(officer: Client, encoding: str) -> None:
    for method, path, media_type, _ in bodies(officer):
        headers = {"Content-Type": media_type, "Content-Encoding": encoding}
        answer = await officer.http.request(method, path, content=b"{}", headers=headers)
        assert answer.status_code == 415, path
        assert answer.json()["type"] == "urn:ikk:problem:unsupported-content-encoding"
        assert answer.headers["accept-encoding"] == "gzip"
        assert ("error" in answer.json()) == (media_type == "application/x-www-form-urlencoded")


async def test_several_lines_of_the_header_are_one_list(officer: Client) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]
    answer = await officer.http.put(f"/v1/submissions/{uuid4()}", content=b"{}", headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("sent", "packed"),
    [
        ("gzip", True),
        (" GZip ", True),
        ("x-gzip", True),
        ("identity", False),
        ("", False),
        (",", False),
        ("gzip,", True),
    ],
)
def test_names_are_read_as_rfc_9110_says(sent: str, packed: bool) -> None:
    assert is_packed([sent]) is packed


def damaged() -> dict[str, bytes]:
    whole = gzip.compress(an_interview())
    return {
        "nothing": b"",
        "not compressed": an_interview(),
        "cut off": whole[:-1],
        "cut in the middle": whole[: len(whole) // 2],
        "followed by garbage": whole + b"garbage",
        "followed by zeros": whole + bytes(8),
        "followed by half a member": whole + whole[:20],
        "wrong checksum": whole[:-8] + bytes(4) + whole[-4:],
        "wrong length": whole[:-4] + bytes(4),
        "zlib": zlib.compress(an_interview()),
    }


@pytest.mark.parametrize("how", damaged())
async def test_a_damaged_file_is_a_problem_of_its_own(officer: Client, how: str) -> None:
    answer = await put(officer, damaged()[how])
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ikk:problem:malformed-gzip")


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_members_one_after_another_are_one_body(parts: list[bytes]) -> None:
    assert unpack(b"".join(map(gzip.compress, parts)), 4096) == b"".join(parts)


def with_mark(content: bytes, packed: bool) -> dict[str, Any]:
    return {"content": gzip.compress(MARK + content) if packed else MARK + content}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
async def test_a_byte_order_mark_is_passed_over(officer: Client, packed: bool) -> None:
    headers = {"Content-Encoding": "gzip"} if packed else {}
    json_type, csv_type = ({"Content-Type": each, **headers} for each in ("application/json", "text/csv"))
    path = f"/v1/submissions/{uuid4()}"
    sent = await officer.http.put(path, **with_mark(an_interview(), packed), headers=json_type)
    assert sent.status_code == 201
    assert (await officer.http.put(path, json=make_body())).json() == sent.json()
    people = await officer.http.post("/v1/people/import", **with_mark(PEOPLE, packed), headers=csv_type)
    assert people.status_code == 201
    del officer.http.headers["Authorization"]
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    token = await officer.http.post("/v1/token", **with_mark(FORM, packed), headers=form)
    assert token.json()["type"] == "urn:ikk:problem:invalid-client"


@pytest.mark.parametrize("content", [MARK, MARK * 2 + b"{}", "{}".encode("utf-16"), b"{\xef\xbb\xbf}"])
async def test_only_one_mark_at_the_start_is_passed_over(officer: Client, content: bytes) -> None:
    answer = await put(officer, content, None)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ikk:problem:malformed-json")
