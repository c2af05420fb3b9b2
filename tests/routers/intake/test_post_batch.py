"""POST /v1/submissions/batch: each interview has its own outcome, which is that of PUT."""

import asyncio
import gzip
import json
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from app.schemas.intake.batch import BatchOut
from tests.support.batches import BATCH, LINES, as_lines, codes, entry, families, send, send_text, slug, statuses
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, Client, make_body
from tests.support.families import told

MEDIA_TYPES = (LINES, "application/ndjson", "application/jsonl")


async def rows(connection: Connection) -> int:
    counted: int = await connection.fetchval("SELECT count(*) FROM submission")
    return counted


async def test_it_works(caller: Client, connection: Connection) -> None:
    sent = families(3)
    answer = await send(caller, sent)
    assert statuses(answer) == [201, 201, 201]
    assert BatchOut.model_validate(answer.json()).stored == 3
    for each, became in zip(sent, answer.json()["items"], strict=True):
        alone = await caller.put(each["submission"], each["id"])
        assert (alone.status_code, became["submission"]) == (200, alone.json())
        assert (became["id"], became["problem"], became["retry_after"]) == (each["id"], None, None)
    assert await rows(connection) == 3
    assert (await caller.get("/v1/aggregates/6372/2025")).json()["families"] == 3
    kinds = await connection.fetch("SELECT kind, caller_id FROM audited WHERE kind LIKE 'submission%'")
    assert [tuple(each) for each in kinds] == [("submission.take", caller.agency_id)] * 3


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
async def test_lines_are_the_same_as_a_list(caller: Client, media_type: str) -> None:
    sent = families(3)
    by_lines = await send_text(caller, as_lines(sent), media_type)
    assert statuses(by_lines) == [201] * 3
    again = await send(caller, sent)
    assert statuses(again) == [200] * 3
    for one, other in zip(by_lines.json()["items"], again.json()["items"], strict=True):
        assert {**one, "status": 200} == other


@pytest.mark.parametrize("media_type", ["application/json", LINES])
async def test_it_may_be_compressed(caller: Client, media_type: str) -> None:
    sent = families(2)
    text = json.dumps({"items": sent}) if media_type == "application/json" else as_lines(sent)
    answer = await send_text(caller, gzip.compress(text.encode()), media_type, **{"Content-Encoding": "gzip"})
    assert statuses(answer) == [201, 201]


@pytest.mark.parametrize(
    "text",
    [
        "\n\r\n  \n{0}\n\n{1}",
        "{0}\r\n{1}\r\n",
        "\ufeff{0}\n{1}\n",
        "\t{0} \n \n{1}\n \t",
    ],
)
async def test_blank_lines_and_other_ends_of_lines_do_not_matter(caller: Client, text: str) -> None:
    content = text.format(*map(json.dumps, families(2))).encode()
    assert statuses(await send_text(caller, content, LINES)) == [201, 201]


async def test_a_resend_gets_the_same_outcomes_and_receipts(caller: Client, connection: Connection) -> None:
    sent = [*families(2), entry({**make_body(3), "answers": {}}), entry(make_body(4))]
    first, again = await send(caller, sent), await send(caller, sent)
    assert (statuses(first), statuses(again)) == ([201, 201, 422, 201], [200, 200, 422, 200])
    for one, other in zip(first.json()["items"], again.json()["items"], strict=True):
        assert (one["outcome"], one["submission"]) == (other["outcome"], other["submission"])
    assert await rows(connection) == 3


async def test_a_bad_interview_stops_no_other(caller: Client, connection: Connection) -> None:
    sent: list[Any] = [
        entry(make_body(1)),
        entry({**make_body(2), "version": "1999.1"}),
        entry(make_body(3, region="6471011001")),
        {"id": "not an id", "submission": make_body(4)},
        {"id": str(uuid4())},
        7,
        entry(make_body(5)),
    ]
    answer = await send(caller, sent)
    assert statuses(answer) == [201, 422, 403, 422, 422, 400, 201]
    became = answer.json()["items"]
    assert codes(became[1]) == {"/version": "unknown_instrument"}
    assert slug(became[2]) == "region-outside-caller"
    assert codes(became[3]) == {"/id": "bad_format"}
    assert codes(became[4]) == {"/submission": "missing"}
    assert slug(became[5]) == "malformed-json"
    assert [each["id"] for each in became] == [
        *(each["id"] for each in sent[:3]),
        None,
        sent[4]["id"],
        None,
        sent[6]["id"],
    ]
    assert await rows(connection) == 2


async def test_each_problem_is_the_one_of_put(caller: Client) -> None:
    used = entry(make_body(1))
    await send(caller, [used])
    bad = [
        entry({**make_body(1), "surveyed_at": "2025-07-29T01:12:01Z"}, used["id"]),
        entry({**make_body(2), "family": {"head_sex": "x", "members": 0}, "extra": 1}),
        entry(make_body(3, region="6471011001")),
        entry(make_body(4, region="6372069999")),
        entry({**make_body(5), "surveyed_at": "2099-07-29T01:12:01Z"}),
    ]
    for language in ("en", "id"):
        answer = await send(caller, bad, **{"Accept-Language": language})
        assert answer.headers["content-language"] == language
        for each, became in zip(bad, answer.json()["items"], strict=True):
            path = f"/v1/submissions/{each['id']}"
            alone = await caller.http.put(path, json=each["submission"], headers={"Accept-Language": language})
            expected = {**alone.json(), "instance": f"urn:ikk:request:{answer.headers['x-request-id']}"}
            for problem in (expected, became["problem"]):
                for fault in problem.get("faults", ()):
                    if fault["code"] == "surveyed_in_future":
                        fault.clear()  # it names the time of the request
            assert (became["status"], became["problem"]) == (alone.status_code, expected)


async def test_an_erased_submission_is_told_as_such(caller: Client, connection: Connection) -> None:
    sent = entry()
    await connection.execute("INSERT INTO erased_submission VALUES ($1, now(), $2)", sent["id"], caller.agency_id)
    answer = await send(caller, [sent])
    assert (statuses(answer), slug(answer.json()["items"][0])) == ([410], "submission-erased")


async def test_one_id_twice_is_a_resend_or_a_conflict(caller: Client, connection: Connection) -> None:
    first = entry(make_body(1))
    answer = await send(caller, [first, first, entry(make_body(2), first["id"].upper()), entry(make_body(3))])
    assert statuses(answer) == [201, 200, 409, 201]
    one, other, conflict, _ = answer.json()["items"]
    assert one["submission"] == other["submission"]
    assert slug(conflict) == "submission-differs"
    assert conflict["problem"]["stored"] == one["submission"]["receipt"]
    assert await rows(connection) == 2


@pytest.mark.parametrize("later_first", [False, True])
async def test_of_two_interviews_of_a_family_exactly_one_counts(caller: Client, later_first: bool) -> None:
    card = "6372010101100001"
    sent = [
        entry({**told(day, card), "surveyed_at": f"2025-07-{day:02}T00:00:00Z"})
        for day in ((20, 1) if later_first else (1, 20))
    ]
    sent.insert(1, entry(make_body(99)))
    answer = await send(caller, sent)
    assert statuses(answer) == [201, 201, 201]
    shown = [(each["submission"]["counts"], each["submission"]["uncounted"]) for each in answer.json()["items"]]
    assert sorted(shown[::2]) == [(False, "later_interview"), (True, None)]
    assert shown[0][0] is later_first
    assert (await caller.get("/v1/aggregates/6372/2025")).json()["families"] == 2
    for each in answer.json()["items"]:
        assert (await caller.get(f"/v1/submissions/{each['id']}")).json() == each["submission"]


async def test_a_salt_that_repeats_is_only_a_warning(caller: Client, connection: Connection) -> None:
    salt = str(uuid4())
    sent = [entry({**make_body(seed), "salt": salt}) for seed in (1, 2, 1)]
    answer = await send(caller, sent)
    assert statuses(answer) == [201, 201, 201]
    assert await rows(connection) == 3
    first, _, third = (each["submission"]["receipt"]["content_hash"] for each in answer.json()["items"])
    # Equal content, which the sender knows, has an equal hash under another id too.
    assert first == third
    warned = [[each["code"] for each in became["submission"]["warnings"]] for became in answer.json()["items"]]
    assert ["salt_used_before" in each for each in warned] == [False, True, True]


async def test_whoever_may_not_send_gets_one_refusal(client: Client, connection: Connection) -> None:
    await client.sign_in(scopes=["submissions:read", "aggregates:read"], regions=["63"])
    answer = await send(client, families(1))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:missing-scope")
    del client.http.headers["Authorization"]
    assert (await send(client, families(1))).status_code == 401
    assert await rows(connection) == 0


async def test_each_interview_needs_its_region(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=[GUNTUNG_MANGGIS])
    sent = [*families(1), *families(1, region=GUNTUNG_MANGGIS)]
    assert statuses(await send(client, sent)) == [403, 201]


async def test_what_another_sent_is_told_to_nobody_else(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    theirs = families(1)
    await send(client, theirs)
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    other = [{**theirs[0], "submission": make_body(2)}]
    equal, differing = await send(client, theirs), await send(client, other)
    assert statuses(equal) == statuses(differing) == [409]
    one, two = (each.json()["items"][0]["problem"] for each in (equal, differing))
    assert {**one, "instance": ""} == {**two, "instance": ""}
    assert "stored" not in one


async def test_batches_and_single_requests_at_once_store_each_interview_once(
    caller: Client, connection: Connection
) -> None:
    sent = families(12)
    batches = (send(caller, sent) for _ in range(3))
    alone = (caller.put(each["submission"], each["id"]) for each in sent)
    answers = await asyncio.gather(*batches, *alone)
    receipts: dict[str, list[Any]] = {}
    for answer in answers[:3]:
        for became in answer.json()["items"]:
            receipts.setdefault(became["id"], []).append(became["submission"])
    for single in answers[3:]:
        receipts[single.json()["id"]].append(single.json())
    assert all(each == same[0] for same in receipts.values() for each in same)
    assert await rows(connection) == 12


async def test_it_counts_as_put_does_in_the_metrics(caller: Client) -> None:
    async def counted() -> dict[str, float]:
        lines = (await caller.get("/metrics")).text.splitlines()
        found = (each.split(" ") for each in lines if each.startswith("ikk_submissions_total{"))
        return {name: float(value) for name, value in found}

    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    before, sent = await counted(), families(2)
    await send(caller, [sent[0], sent[1], sent[0], entry({})])
    after = await counted()
    more = {name: after[name] - before.get(name, 0) for name in after}
    assert {name: value for name, value in more.items() if value} == {
        'ikk_submissions_total{outcome="stored"}': 2,
        'ikk_submissions_total{outcome="resent"}': 1,
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_the_address_is_no_id(caller: Client, method: str) -> None:
    answer = await caller.http.request(method, BATCH, json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
