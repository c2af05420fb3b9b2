"""PUT /v1/submissions/{id} stores nothing of a body that is not JSON, incomplete, of another type or too large."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from app.platform.bodies import JSON_BYTES
from app.platform.database import Connection
from tests.support.factories import Client, codes_of, make_body

TEXT = json.dumps(make_body())
JSON = "application/json"


@pytest.fixture
async def nothing_stored(connection: Connection) -> AsyncIterator[None]:
    """Checks after the test that no table holds a row of what it sent."""
    yield
    for table in ("submission", "family", "village_sums"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def send(client: Client, content: Any, media_type: str | None = JSON) -> Response:
    headers = {} if media_type is None else {"Content-Type": media_type}
    return await client.http.put(f"/v1/submissions/{uuid4()}", content=content, headers=headers)


def assert_problem(answer: Response, status: int, slug: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:ikk:problem:{slug}"
    assert answer.json()["status"] == status
    assert answer.headers["x-request-id"]


def with_answer(text: str) -> str:
    """The valid body as JSON text, with one more member in answers."""
    return TEXT.replace('"savings":', f'{text}, "savings":', 1)


async def test_it_works(caller: Client) -> None:
    assert (await send(caller, TEXT)).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param(" \n", id="blank"),
        pytest.param("[]", id="array"),
        pytest.param("null", id="null"),
        pytest.param("7", id="number"),
        pytest.param('"text"', id="text"),
        pytest.param(TEXT[:-1], id="cut short"),
        pytest.param(TEXT + "}", id="too long"),
        pytest.param(TEXT + TEXT, id="twice"),
        pytest.param(TEXT.replace('"', "'"), id="single quotes"),
        pytest.param(TEXT[:-1] + ",}", id="trailing comma"),
        pytest.param(with_answer('"pets": NaN'), id="NaN"),
        pytest.param(with_answer('"pets": Infinity'), id="Infinity"),
        pytest.param(with_answer('"pets": -Infinity'), id="minus Infinity"),
        pytest.param(with_answer('"pets": 007'), id="leading zeros"),
        pytest.param(with_answer('"pets": "a\nb"'), id="raw line break in a text"),
        pytest.param(TEXT[:-1] + ', "version": "2025.1"}', id="repeated member"),
        pytest.param(with_answer('"toilet": "none"'), id="repeated question"),
        pytest.param(with_answer('"\\u0074oilet": "none"'), id="repeated question, escaped"),
        pytest.param(TEXT.replace('"family": {', '"family": {"members": 3, '), id="repeated member of family"),
        pytest.param(with_answer('"pets": "\\ud800"'), id="half a surrogate pair"),
        pytest.param(with_answer('"\\udfff": 1'), id="half a surrogate pair in a name"),
        pytest.param(with_answer('"pets": ' + "9" * 5000), id="integer of 5,000 digits"),
        pytest.param(with_answer('"pets": 1e400'), id="beyond floats"),
        pytest.param(with_answer('"pets": -1e400'), id="beyond floats, negative"),
        pytest.param("[" * 60_000, id="deep array"),
        pytest.param("[" * 30_000 + "]" * 30_000, id="deep array, closed"),
        pytest.param('{"a":' * 10_000 + "1" + "}" * 10_000, id="deep object"),
        pytest.param(with_answer('"pets": ' + "[" * 20_000 + "]" * 20_000), id="deep answer"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16"),
        pytest.param(TEXT.encode("utf-16-le"), id="UTF-16 without mark"),
        pytest.param(TEXT.encode("utf-32"), id="UTF-32"),
        pytest.param(with_answer('"pets": "é"').encode("latin-1"), id="Latin-1"),
        pytest.param(with_answer('"pets": "x"').encode().replace(b"x", b"\xed\xa0\x80"), id="surrogate in UTF-8"),
        pytest.param(with_answer('"pets": "x"').encode().replace(b"x", b"\xc0\x80"), id="overlong UTF-8"),
        pytest.param(b"\x00\xff\xfe", id="binary"),
    ],
)
@pytest.mark.usefixtures("nothing_stored")
async def test_what_is_no_single_json_object_in_utf_8_is_refused(caller: Client, content: str | bytes) -> None:
    assert_problem(await send(caller, content), 400, "malformed-json")


@pytest.mark.parametrize(
    ("member", "pointer", "code"),
    [
        pytest.param('"protein_days": 1e-1', "/answers/protein_days", "wrong_type", id="exponent"),
        pytest.param('"protein_days": 1e1', "/answers/protein_days", "out_of_range", id="exponent, whole"),
        pytest.param('"protein_days": 1e16', "/answers/protein_days", "wrong_type", id="no longer exact"),
        pytest.param('"protein_days": true', "/answers/protein_days", "wrong_type", id="true"),
        pytest.param('"protein_days": 1' + "0" * 400, "/answers/protein_days", "out_of_range", id="401 digits"),
        pytest.param('"protein_days": 9223372036854775808', "/answers/protein_days", "out_of_range", id="64 bits"),
        pytest.param('"protein_days": "\\u0000"', "/answers/protein_days", "wrong_type", id="NUL for a number"),
    ],
)
@pytest.mark.usefixtures("nothing_stored")
async def test_a_number_that_is_no_small_whole_one_is_a_fault(
    caller: Client, member: str, pointer: str, code: str
) -> None:
    answers = {name: value for name, value in make_body()["answers"].items() if name != "protein_days"}
    text = json.dumps(make_body(answers=answers)).replace('"savings":', f'{member}, "savings":')
    answer = await send(caller, text)
    assert_problem(answer, 422, "faults")
    assert codes_of(answer) == {pointer: code}


@pytest.mark.parametrize(
    "text", ["\0", "yes\0", "Yes", "yes ", "y\u0435s", "ye\u0301s", "\u202eyes", "😀", "ｙｅｓ", "\ufeffyes"]
)
@pytest.mark.usefixtures("nothing_stored")
async def test_text_that_only_resembles_an_option_is_a_fault(caller: Client, text: str) -> None:
    body = make_body()
    answer = await caller.put({**body, "answers": {**body["answers"], "savings": text}})
    assert_problem(answer, 422, "faults")
    assert codes_of(answer) == {"/answers/savings": "unknown_option"}


@pytest.mark.parametrize(
    "name", ["\0", "savings\0", "s\u0430vings", "sa\u0301vings", "\u202esavings", "😀", "__proto__"]
)
@pytest.mark.usefixtures("nothing_stored")
async def test_a_name_that_only_resembles_a_question_is_a_fault(caller: Client, name: str) -> None:
    body = make_body()
    answer = await caller.put({**body, "answers": {**body["answers"], name: "yes"}})
    assert_problem(answer, 422, "faults")
    assert list(codes_of(answer).values()) == ["unknown_question"]


@pytest.mark.parametrize("member", ["instrument", "version", "region", "surveyed_at"])
@pytest.mark.usefixtures("nothing_stored")
async def test_a_nul_in_a_text_is_a_fault(caller: Client, member: str) -> None:
    body = make_body()
    answer = await caller.put({**body, member: body[member] + "\0"})
    assert_problem(answer, 422, "faults")


@pytest.mark.parametrize("level", ["body", "family", "answers"])
@pytest.mark.usefixtures("nothing_stored")
async def test_nesting_as_deep_as_is_read_is_a_fault_like_any_other(caller: Client, level: str) -> None:
    body = make_body()
    nested: Any = 1
    for _ in range(150):
        nested = {"a": [nested]}
    (body if level == "body" else body[level])["nested"] = nested
    assert_problem(await caller.put(body), 422, "faults")


@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/problem+json", ";"],
)
@pytest.mark.usefixtures("nothing_stored")
async def test_another_content_type_is_refused(caller: Client, media_type: str | None) -> None:
    answer = await send(caller, TEXT, media_type)
    assert_problem(answer, 415, "unsupported-media-type")
    assert answer.json()["expected"] == JSON


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON", JSON + " ;"]
)
async def test_parameters_and_case_of_the_content_type_do_not_matter(caller: Client, media_type: str) -> None:
    assert (await send(caller, TEXT, media_type)).status_code == 201


def padded(length: int) -> bytes:
    """The valid body, padded with blanks to this length."""
    return TEXT.encode().ljust(length)


async def in_parts(body: bytes) -> AsyncIterator[bytes]:
    """The body in parts, which httpx sends in chunks without Content-Length."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


async def test_a_body_of_exactly_the_limit_is_taken(caller: Client) -> None:
    assert (await send(caller, padded(JSON_BYTES))).status_code == 201


async def test_a_body_of_exactly_the_limit_in_parts_is_taken(caller: Client) -> None:
    assert (await send(caller, in_parts(padded(JSON_BYTES)))).status_code == 201


@pytest.mark.usefixtures("nothing_stored")
async def test_a_body_that_announces_a_byte_too_many_is_refused(caller: Client) -> None:
    answer = await send(caller, padded(JSON_BYTES + 1))
    assert_problem(answer, 413, "body-too-large")
    assert answer.json()["limit_bytes"] == JSON_BYTES == 64 * 1024


@pytest.mark.usefixtures("nothing_stored")
async def test_a_body_that_grows_a_byte_too_long_is_refused(caller: Client) -> None:
    answer = await send(caller, in_parts(padded(JSON_BYTES + 1)))
    assert_problem(answer, 413, "body-too-large")


@pytest.mark.usefixtures("nothing_stored")
async def test_a_too_large_body_is_read_no_further_than_the_limit(caller: Client) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * JSON_BYTES:
            sent += 65_536
            yield b" " * 65_536

    assert_problem(await send(caller, endless()), 413, "body-too-large")
    assert sent <= JSON_BYTES + 2 * 65_536
