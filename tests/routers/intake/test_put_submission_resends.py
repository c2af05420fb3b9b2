"""PUT /v1/submissions/{id} again: resends, conflicts, and many at once. Rows and sums always agree."""

import asyncio
import json
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body

BANJARBARU = "6372"


async def families(client: Client, region: str = BANJARBARU) -> int:
    """The number of families in the region's aggregate, in the year of the submissions from the factories."""
    answer = await client.get(f"/v1/aggregates/{region}/2025")
    assert answer.status_code == 200, answer.text
    counted: int = answer.json()["families"]
    return counted


async def rows(connection: Connection) -> int:
    counted: int = await connection.fetchval("SELECT count(*) FROM submission")
    return counted


async def put_all(client: Client, *sent: tuple[UUID, dict[str, Any]]) -> Counter[int]:
    """Sends all at once. Returns how many responses had each status."""
    answers = await asyncio.gather(*(client.put(body, uuid) for uuid, body in sent))
    return Counter(answer.status_code for answer in answers)


async def test_a_resend_gets_the_same_receipt_and_score(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    first, second, third = [await caller.put(make_body(), uuid) for _ in range(3)]
    assert (first.status_code, second.status_code, third.status_code) == (201, 200, 200)
    assert first.content == second.content == third.content
    assert await rows(connection) == await families(caller) == 1


@pytest.mark.parametrize("seed", range(5))
async def test_a_resend_of_any_submission_gets_the_same_bytes(caller: Client, seed: int) -> None:
    body, uuid = make_body(seed, file="ketahanan-24-2016.1", family={"head_sex": "male", "members": 1}), uuid4()
    first, second = await caller.put(body, uuid), await caller.put(body, uuid)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content


async def test_the_order_of_names_and_blanks_is_no_other_content(caller: Client) -> None:
    uuid, body = uuid4(), make_body()
    turned = {name: body[name] for name in reversed(body)}
    turned["answers"] = dict(reversed(body["answers"].items()))
    first = await caller.put(body, uuid)
    text = json.dumps(turned, indent=4)
    again = await caller.http.put(f"/v1/submissions/{uuid}", content=text, headers={"Content-Type": "application/json"})
    assert again.status_code == 200
    assert again.content == first.content


async def test_an_id_in_upper_case_is_the_same_id(caller: Client) -> None:
    uuid = uuid4()
    first = await caller.put(make_body(), uuid)
    assert (await caller.put(make_body(), str(uuid).upper())).content == first.content


async def test_other_content_gets_the_stored_receipt_and_changes_nothing(
    caller: Client, connection: Connection
) -> None:
    uuid = uuid4()
    first = await caller.put(make_body(1), uuid)
    stored = await connection.fetchrow("SELECT * FROM submission")
    sums = await connection.fetchval("SELECT sums FROM village_sums")
    answer = await caller.put(make_body(2), uuid)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ikk:problem:submission-differs"
    assert answer.json()["stored"] == first.json()["receipt"]
    assert await connection.fetchrow("SELECT * FROM submission") == stored
    assert await connection.fetchval("SELECT sums FROM village_sums") == sums
    assert await connection.fetchval("SELECT count(*) FROM family") == 1
    assert await connection.fetchval("SELECT count(*) FROM family_key") == 1
    assert (await caller.put(make_body(1), uuid)).content == first.content


@pytest.mark.parametrize(
    "changed", [{"surveyed_at": "2025-07-29T01:12:01+00:00"}, {"region": GUNTUNG_MANGGIS}], ids=["time", "region"]
)
async def test_any_other_member_is_other_content(caller: Client, changed: dict[str, str]) -> None:
    uuid = uuid4()
    await caller.put(make_body(), uuid)
    assert (await caller.put(make_body() | changed, uuid)).status_code == 409
    assert await families(caller) == 1


async def test_a_faulty_resend_is_a_fault(caller: Client) -> None:
    uuid = uuid4()
    await caller.put(make_body(), uuid)
    assert (await caller.put(make_body(answers={}), uuid)).status_code == 422


async def test_a_resend_with_an_unknown_region_is_a_fault(caller: Client) -> None:
    uuid = uuid4()
    await caller.put(make_body(), uuid)
    answer = await caller.put(make_body(region="6372069999"), uuid)
    assert answer.status_code == 422
    assert codes_of(answer) == {"/region": "unknown_region"}


async def test_a_conflict_does_not_show_what_lies_outside_the_caller_s_regions(client: Client) -> None:
    uuid = uuid4()
    await client.sign_in(scopes=EVERYTHING, regions=["637202"])
    first = await client.put(make_body(region=GUNTUNG_MANGGIS), uuid)
    assert first.status_code == 201
    await client.sign_in(scopes=EVERYTHING, regions=["637206"])
    answer = await client.put(make_body(region=LANDASAN_ULIN_SELATAN), uuid)
    assert answer.status_code == 409
    assert "stored" not in answer.json()
    assert first.json()["receipt"]["content_hash"] not in answer.text


async def test_thirty_identical_at_once_store_one(caller: Client, connection: Connection) -> None:
    uuid, body = uuid4(), make_body()
    answers = await asyncio.gather(*(caller.put(body, uuid) for _ in range(30)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 29}
    assert len({answer.content for answer in answers}) == 1
    assert await rows(connection) == await families(caller) == 1


async def test_different_contents_under_one_id_at_once_store_one(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    answers = await asyncio.gather(*(caller.put(make_body(seed), uuid) for seed in range(12)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
    receipt = next(answer.json()["receipt"] for answer in answers if answer.status_code == 201)
    assert all(answer.json()["stored"] == receipt for answer in answers if answer.status_code == 409)
    assert await rows(connection) == await families(caller) == 1


async def test_sixty_families_of_one_village_at_once_are_all_counted(caller: Client, connection: Connection) -> None:
    answers = await asyncio.gather(*(caller.put(make_body(seed)) for seed in range(60)))
    assert {answer.status_code for answer in answers} == {201}
    assert await rows(connection) == 60
    aggregate = (await caller.get(f"/v1/aggregates/{LANDASAN_ULIN_SELATAN}/2025")).json()
    assert aggregate["families"] == 60
    scores = [answer.json()["score"] for answer in answers]
    for place, indicator in enumerate(aggregate["indicators"]):
        outcomes = Counter(score["indicators"][place]["outcome"] for score in scores)
        counted = {each: indicator[each] for each in ("fulfilled", "unfulfilled", "not_applicable", "missing")}
        assert Counter({each: count for each, count in counted.items() if count}) == outcomes, indicator["code"]
    categories = Counter(score["category"]["code"] for score in scores if score["category"])
    assert {each["code"]: each["families"] for each in aggregate["categories"] if each["families"]} == categories


async def test_crossing_resends_of_several_villages_do_not_block_each_other(
    caller: Client, connection: Connection
) -> None:
    villages = ["6372061001", "6372061002", "6372061003", "6372061004"]
    sent = [(uuid4(), make_body(seed, region=villages[seed % 4])) for seed in range(16)]
    assert await put_all(caller, *sent, *reversed(sent), *sent) == {201: 16, 200: 32}
    assert await rows(connection) == await families(caller) == 16


# A pair selects one of three ids and one of two contents. The pairs of one inner list are sent at once.
SENDS = st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=6), max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENDS)
async def test_however_sends_interleave_rows_and_sums_agree(
    caller: Client, connection: Connection, sends: list[list[tuple[int, int]]]
) -> None:
    before = await families(caller)
    ids = [uuid4() for _ in range(3)]
    # Without a card number, each id is a family of its own.
    nameless = [make_body(content, family={"head_sex": "female", "members": 4}) for content in range(2)]
    stored: dict[int, str] = {}
    seen: Counter[int] = Counter()
    for together in sends:
        answers = await asyncio.gather(*(caller.put(nameless[content], ids[place]) for place, content in together))
        for (place, _), answer in zip(together, answers, strict=True):
            seen[answer.status_code] += 1
            said = answer.json()
            content_hash = said["stored" if answer.status_code == 409 else "receipt"]["content_hash"]
            assert stored.setdefault(place, content_hash) == content_hash
    assert set(seen) <= {200, 201, 409}
    assert seen[201] == len(stored)
    assert await families(caller) - before == len(stored)
    assert await rows(connection) == before + len(stored)


async def test_the_sender_gets_the_receipt_after_its_area_has_changed(caller: Client, connection: Connection) -> None:
    """The reply may have been lost before. Nobody else, and nothing else, gets through."""
    uuid, body = uuid4(), make_body()
    first = await caller.put(body, uuid)
    await caller.sign_in(scopes=["submissions:write"], regions=[GUNTUNG_MANGGIS])
    again = await caller.put(body, uuid)
    assert (again.status_code, again.content) == (200, first.content)
    other = await caller.put(make_body(5), uuid)
    assert (other.status_code, other.json()["stored"]) == (409, first.json()["receipt"])
    assert (await caller.put(body, uuid4())).status_code == 403
    faulty = await caller.put({**body, "region": LANDASAN_ULIN_SELATAN, "answers": {}}, uuid)
    assert faulty.status_code == 422
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=["submissions:write"], regions=[GUNTUNG_MANGGIS])
    assert (await caller.put(body, uuid)).status_code == 403
    assert await rows(connection) == 1
