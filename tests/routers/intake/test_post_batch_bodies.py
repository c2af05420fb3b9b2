"""POST /v1/submissions/batch: bodies that are broken, too large or no batch, as a whole and in single interviews."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.database import Connection
from app.platform.json_parts import split_lines, split_parts
from app.platform.json_reading import JSON_BYTES
from app.services.intake.batch import BATCH_BYTES
from tests.support.batches import BATCH, LINES, as_lines, codes, entry, families, send, send_text, slug, statuses
from tests.support.factories import Client, make_body
from tests.support.serving import Server
from tests.support.wire import eventually

JSON = "application/json"
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
async def nothing_stored(connection: Connection) -> AsyncIterator[None]:
    """Checks after the test that no table holds a row of what it sent."""
    yield
    for table in ("submission", "family", "village_sums"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


def as_json(*entries: str) -> str:
    """A batch of interviews that are JSON already."""
    return f'{{"items": [{", ".join(entries)}]}}'


WHOLE = as_json(json.dumps(entry()))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param(" \n", id="blank"),
        pytest.param("[]", id="array"),
        pytest.param(WHOLE[:-1], id="cut short"),
        pytest.param(WHOLE[: len(WHOLE) // 2], id="cut in an interview"),
        pytest.param(WHOLE + "}", id="too long"),
        pytest.param(WHOLE + WHOLE, id="twice"),
        pytest.param(as_lines(families(2)), id="lines"),
        pytest.param(WHOLE[:-1] + ',"items": []}', id="repeated member"),
        pytest.param(WHOLE[:-1] + ',"\\u0069tems": []}', id="repeated member, escaped"),
        pytest.param(WHOLE.replace("[", "[,", 1), id="comma"),
        pytest.param(WHOLE[:-2] + ",]}", id="trailing comma"),
        pytest.param('{"items": [' + "[" * 60_000, id="deep array"),
        pytest.param('{"items": "' + "\\ud800" + '"}', id="half a surrogate pair"),
        pytest.param('{"items": [' + "1," * 100_000 + "1]}", id="many numbers"),
        pytest.param(WHOLE.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\x00\xff\xfe", id="binary"),
        pytest.param('"' * BATCH_BYTES, id="quotes"),
    ],
)
@pytest.mark.usefixtures("nothing_stored")
async def test_what_is_no_json_object_is_refused_as_a_whole(caller: Client, content: str | bytes) -> None:
    answer = await send_text(caller, content)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ikk:problem:malformed-json")


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        ("{}", {"/items": "missing"}),
        ('{"items": null}', {"/items": "missing"}),
        ('{"items": []}', {"/items": "missing"}),
        ('{"items": {"a": {}}}', {"/items": "wrong_type"}),
        ('{"items": "a"}', {"/items": "wrong_type"}),
        (json.dumps(entry()), {"/items": "missing", "/id": "unknown_member", "/submission": "unknown_member"}),
        (WHOLE[:-1] + ', "more": [{}]}', {"/more": "unknown_member"}),
        (WHOLE[:-1] + ', "more": null}', {"/more": "unknown_member"}),
        (as_json(*["{}"] * 501), {"/items": "bad_format"}),
        (as_json(*["7"] * 501), {"/items": "bad_format"}),
        (as_json(*["{}"] * 100_000), {"/items": "bad_format"}),
    ],
)
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.usefixtures("nothing_stored")
async def test_what_is_no_batch_is_refused_as_a_whole(
    caller: Client, content: str, faults: dict[str, str], language: str
) -> None:
    answer = await send_text(caller, content, **{"Accept-Language": language})
    assert answer.status_code == 422, answer.text
    assert {each["pointer"]: each["code"] for each in answer.json()["faults"]} == faults


@pytest.mark.parametrize("content", ["", "\n \r\n\t\n", "\n" * BATCH_BYTES, " " * BATCH_BYTES])
@pytest.mark.usefixtures("nothing_stored")
async def test_lines_that_are_all_blank_are_refused(caller: Client, content: str) -> None:
    answer = await send_text(caller, content, LINES)
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "missing")
    assert answer.json()["faults"][0]["example"][0]["submission"]["instrument"]


@pytest.mark.parametrize("media_type", [JSON, LINES])
@pytest.mark.usefixtures("nothing_stored")
async def test_501_interviews_are_refused_as_a_whole(caller: Client, media_type: str) -> None:
    small = {"id": str(uuid4()), "submission": {}}
    content = as_lines([small] * 501) if media_type == LINES else json.dumps({"items": [small] * 501})
    answer = await send_text(caller, content, media_type)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["pointer"], fault["code"], fault["max_entries"]) == ("/items", "bad_format", 500)
    assert "500" in fault["message"]


def with_answer(text: str) -> str:
    """A valid interview as JSON text, with one more member in answers."""
    return json.dumps(entry(make_body(7))).replace('"savings":', f'{text}, "savings":', 1)


BROKEN = {
    "cut short": json.dumps(entry())[:-1],
    "single quotes": json.dumps(entry()).replace('"', "'"),
    "NaN": with_answer('"pets": NaN'),
    "beyond floats": with_answer('"pets": 1e400'),
    "5,000 digits": with_answer('"pets": ' + "9" * 5000),
    "repeated question": with_answer('"toilet": "none"'),
    "repeated id": json.dumps(entry())[:-1] + f', "id": "{uuid4()}"}}',
    "half a surrogate pair": with_answer('"pets": "\\ud800"'),
    "deep": with_answer('"pets": ' + "[" * 20_000 + "]" * 20_000),
    "array": json.dumps([entry()]),
    "number": "7",
    "text": '"a"',
    "null": "null",
    "garbage behind": json.dumps(entry()) + "x",
}
ONLY_LINES = {"cut short", "garbage behind"}
"""What breaks a whole list."""


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("media_type", [JSON, LINES])
async def test_a_broken_interview_is_refused_alone(caller: Client, how: str, media_type: str) -> None:
    one, other = (json.dumps(each) for each in families(2))
    parts = (one, BROKEN[how], other)
    if media_type == JSON and how in ONLY_LINES:
        assert (await send_text(caller, as_json(*parts))).status_code == 400
        return
    answer = await send_text(caller, "\n".join(parts) if media_type == LINES else as_json(*parts), media_type)
    assert statuses(answer) == [201, 400, 201]
    assert slug(answer.json()["items"][1]) == "malformed-json"
    assert answer.json()["items"][1]["id"] is None


@pytest.mark.parametrize("wrong", [b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xe9"'])
@pytest.mark.parametrize("media_type", [JSON, LINES])
async def test_broken_utf_8_spoils_its_own_interview_only(caller: Client, wrong: bytes, media_type: str) -> None:
    one, other = (json.dumps(each).encode() for each in families(2))
    parts = (one, with_answer('"pets": "x"').encode().replace(b'"x"', wrong), other)
    content = b"\n".join(parts) if media_type == LINES else b'{"items": [' + b",".join(parts) + b"]}"
    assert statuses(await send_text(caller, content, media_type)) == [201, 400, 201]


TEXTS = ("{", "}", "[]", '"', "\\", "\\\\", "é", "e\u0301", "😀", "\u2028", "\u0000", "\u202e", "ꦏꦿ", '"}],{"')


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("media_type", [JSON, LINES])
async def test_any_text_leaves_the_interviews_where_they_are(caller: Client, media_type: str, ascii_only: bool) -> None:
    sent = families(len(TEXTS))
    for each, text in zip(sent, TEXTS, strict=True):
        each["submission"]["answers"][text] = text
    written = [json.dumps(each, ensure_ascii=ascii_only) for each in [*sent, entry(make_body(99))]]
    answer = await send_text(
        caller, ("\n".join(written) if media_type == LINES else as_json(*written)).encode(), media_type
    )
    assert statuses(answer) == [422] * len(TEXTS) + [201]
    assert {code for each in answer.json()["items"][:-1] for code in codes(each).values()} == {"unknown_question"}
    assert [each["id"] for each in answer.json()["items"][:-1]] == [each["id"] for each in sent]


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"id": None}, {"/id": "missing"}),
        ({"id": ""}, {"/id": "bad_format"}),
        ({"id": 7}, {"/id": "wrong_type"}),
        ({"id": "{3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2}"}, {"/id": "bad_format"}),
        ({"id": "00000000-0000-0000-0000-000000000000"}, {"/id": "reserved_uuid"}),
        ({"id": "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"}, {"/id": "reserved_uuid"}),
        ({"submission": None}, {"/submission": "missing"}),
        ({"submission": []}, {"/submission": "wrong_type"}),
        ({"submission": "a"}, {"/submission": "wrong_type"}),
        ({"more": 1, "id": "a"}, {"/more": "unknown_member", "/id": "bad_format"}),
        ({"more": None}, {"/more": "unknown_member"}),
        ({"no such name": 1}, {"/…": "unknown_member"}),
        ({f"u{number}": 1 for number in range(150)}, {f"/u{number}": "unknown_member" for number in range(100)}),
    ],
)
async def test_what_is_around_a_submission_is_checked_too(
    caller: Client, changed: dict[str, Any], faults: dict[str, str]
) -> None:
    answer = await send(caller, [{**entry(make_body(1)), **changed}, entry(make_body(2))])
    assert statuses(answer) == [422, 201]
    refused = answer.json()["items"][0]
    assert codes(refused) == faults
    assert (refused["id"] is None) == ("/id" in faults)
    assert refused["problem"]["faults_total"] == max(len(changed), len(faults))


@pytest.mark.parametrize("media_type", [JSON, LINES])
async def test_an_interview_of_more_than_64_kib_is_refused_alone(caller: Client, media_type: str) -> None:
    fits, large = (json.dumps(entry(make_body(seed))) for seed in (1, 2))
    fits = fits[:-1] + " " * (JSON_BYTES - len(fits)) + "}"
    large = large[:-1] + " " * (JSON_BYTES + 1 - len(large)) + "}"
    huge = json.dumps({**entry(), "more": "x" * 3_000_000})
    parts = (large, fits, huge, json.dumps(entry(make_body(3))))
    answer = await send_text(caller, "\n".join(parts) if media_type == LINES else as_json(*parts), media_type)
    assert statuses(answer) == [413, 201, 413, 201]
    refused = answer.json()["items"][0]
    assert (slug(refused), refused["problem"]["limit_bytes"], refused["id"]) == ("body-too-large", JSON_BYTES, None)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
@pytest.mark.parametrize("media_type", [JSON, LINES])
@pytest.mark.usefixtures("nothing_stored")
async def test_a_line_of_10_mb_is_beyond_the_whole(caller: Client, media_type: str, packed: bool) -> None:
    line = json.dumps({**entry(), "more": "x" * 10_000_000})
    content = (f"{json.dumps(entry())}\n{line}" if media_type == LINES else as_json(line)).encode()
    answer = await send_text(
        caller, gzip.compress(content) if packed else content, media_type, **(GZIP if packed else {})
    )
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, BATCH_BYTES)


@pytest.mark.parametrize("media_type", [JSON, LINES])
@pytest.mark.usefixtures("nothing_stored")
async def test_a_gzip_file_that_is_cut_off_or_a_bomb_is_refused_as_a_whole(caller: Client, media_type: str) -> None:
    text = as_lines(families(3)) if media_type == LINES else json.dumps({"items": families(3)})
    packed = gzip.compress(text.encode())
    for content in (packed[:-1], packed[: len(packed) // 2], packed + b"x", text.encode()):
        answer = await send_text(caller, content, media_type, **GZIP)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:ikk:problem:malformed-gzip")
    bomb = gzip.compress(b" " * 20 * BATCH_BYTES, 1)
    answer = await send_text(caller, bomb, media_type, **GZIP)
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, BATCH_BYTES)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "", "application/x-ndjson+json", "text/csv", "application/json-seq"]
)
@pytest.mark.usefixtures("nothing_stored")
async def test_another_content_type_is_refused(caller: Client, media_type: str) -> None:
    answer = await send_text(caller, WHOLE, media_type)
    assert (answer.status_code, answer.json()["expected"]) == (415, JSON)


PARTS = st.recursive(
    st.one_of(st.text(max_size=6), st.integers(), st.none(), st.booleans()),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below, max_size=3),
    max_leaves=12,
)


@given(parts=st.lists(PARTS, max_size=6), ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
async def test_the_parts_of_a_list_are_its_entries(parts: list[Any], ascii_only: bool, indent: int | None) -> None:
    body = json.dumps({"items": parts}, ensure_ascii=ascii_only, indent=indent).encode()
    outline, found = await split_parts(body, 100)
    assert [json.loads(each) for each in found] == [each for each in parts if isinstance(each, list | dict)]
    assert json.loads(outline) == {"items": [{} if isinstance(each, list | dict) else each for each in parts]}


@given(parts=st.lists(PARTS, max_size=6), between=st.sampled_from(["\n", "\r\n", "\n \n\t", " \n"]))
def test_the_lines_of_a_body_are_its_entries(parts: list[Any], between: str) -> None:
    body = between.join(json.dumps(each, ensure_ascii=False) for each in parts).encode()
    assert [json.loads(each) for each in split_lines(body, 100)] == parts


async def test_a_client_that_goes_away_in_the_body_stores_nothing(server: Server, connection: Connection) -> None:
    body = json.dumps({"items": families(20)}).encode()
    head = (
        f"POST {BATCH} HTTP/1.1\r\nHost: ikk.test\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for sent in (0, 1, len(body) // 2, len(body) - 1):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head.encode() + body[:sent])
        await writer.drain()
        writer.transport.abort()

    async def all_noticed() -> bool:
        return len([each for each in server.lines() if each.get("route") == BATCH]) >= 4

    await eventually(all_noticed, 20)
    assert {each["status"] for each in server.lines() if each.get("route") == BATCH} <= {400, 413}
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0


async def test_a_client_that_goes_away_after_the_body_stores_everything(server: Server, connection: Connection) -> None:
    body = json.dumps({"items": families(20)}).encode()
    head = (
        f"POST {BATCH} HTTP/1.1\r\nHost: ikk.test\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head.encode() + body)
    await eventually(lambda: stored(connection, 1), 20)
    writer.transport.abort()
    await eventually(lambda: stored(connection, 20), 20)


async def stored(connection: Connection, least: int) -> bool:
    return bool(await connection.fetchval("SELECT count(*) FROM submission") >= least)
