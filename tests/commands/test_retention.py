"""`ikk retention` takes old identities, then old answers. Aggregates stay as they are."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from tests.commands.test_commands import Command
from tests.support.factories import Client, instrument, make_body
from tests.support.families import find, make_named_body, put, state_purpose, told
from tests.support.recount import answered, recount
from tests.support.subject_requests import ask, fulfil, serve

IDENTITY, ANSWERS = "IKK_RETENTION_IDENTITY_DAYS", "IKK_RETENTION_ANSWERS_DAYS"
OF_IDENTITIES = ("family_identity", "earlier_identity", "family_key", "identification")


@pytest.fixture
def ikk(app: FastAPI, dsn: str) -> Command:
    return Command(dsn, Path(app.state.settings.folder))


def days_since(day: str) -> str:
    """Days that lie between a day and now, so that only interviews before that day are due."""
    return str((datetime.now(UTC) - datetime.fromisoformat(f"{day}T00:00:00+00:00")).days)


def at(day: str, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "surveyed_at": f"{day}T03:00:00Z"}


def apply(ikk: Command, **settings: str) -> str:
    ended = ikk("retention", "apply", **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


async def rows_of(connection: Connection, family: str) -> dict[str, int]:
    return {
        table: await connection.fetchval(f"SELECT count(*) FROM {table} WHERE family_id::text = $1", family)
        for table in OF_IDENTITIES
    }


async def test_it_works_and_aggregates_stay_as_they_are(caller: Client, connection: Connection, ikk: Command) -> None:
    old = [at("2025-02-01", make_named_body(1)), at("2025-02-02", make_named_body(2))]
    new = at("2025-09-01", make_named_body(3))
    receipts = [await put(caller, body) for body in (*old, new)]
    await state_purpose(caller, receipts[0]["family"])
    before = (await caller.get("/v1/aggregates/6372061004/2025")).json()
    limit = days_since("2025-06-01")
    shown = ikk("retention", "list", **{IDENTITY: limit, ANSWERS: limit}).stdout
    assert [line.split("│")[1:5] for line in shown.splitlines() if "2025" in line] != []
    printed = apply(ikk, **{IDENTITY: limit, ANSWERS: limit})
    assert printed.splitlines() == ["2 identities taken", "answers of 2 submissions taken"]
    for receipt in receipts[:2]:
        assert set((await rows_of(connection, receipt["family"])).values()) == {0}
    assert (await rows_of(connection, receipts[2]["family"]))["family_identity"] == 1
    assert await connection.fetchval("SELECT count(*) FROM submission WHERE answers = ''") == 2
    after = (await caller.get("/v1/aggregates/6372061004/2025")).json()
    assert {**after, "as_of": None} == {**before, "as_of": None}
    assert answered(after) == recount([body["answers"] for body in (*old, new)], instrument())
    for receipt in receipts:
        shown_again = (await caller.get(f"/v1/submissions/{receipt['id']}")).json()
        assert shown_again["score"] == receipt["score"]
    rows = await connection.fetch("SELECT detail FROM audited WHERE kind = 'retention.apply' ORDER BY at")
    details = [json.loads(row["detail"]) for row in rows]
    assert [(each["taken"], each["families"], each["count"]) for each in details] == [
        ("identity", 2, 2),
        ("answers", 2, 2),
    ]


async def test_again_it_takes_nothing_and_audits_nothing(caller: Client, connection: Connection, ikk: Command) -> None:
    await put(caller, at("2025-02-01", make_named_body(1)))
    limit = {IDENTITY: days_since("2025-06-01"), ANSWERS: days_since("2025-06-01")}
    apply(ikk, **limit)
    assert apply(ikk, **limit).splitlines() == ["0 identities taken", "answers of 0 submissions taken"]
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'retention.apply'") == 2


async def test_a_family_that_was_interviewed_lately_keeps_its_identity_but_not_old_answers(
    caller: Client, connection: Connection, ikk: Command
) -> None:
    first = await put(caller, at("2025-02-01", told(1, people=[{"name": "Siti"}])))
    await put(caller, at("2026-02-01", told(2, people=[{"name": "Wati"}])))
    limit = days_since("2025-06-01")
    apply(ikk, **{IDENTITY: limit, ANSWERS: limit})
    kept = await rows_of(connection, first["family"])
    assert (kept["family_identity"], kept["earlier_identity"]) == (1, 1)
    empty = await connection.fetch("SELECT id FROM submission WHERE answers = ''")
    assert [str(row["id"]) for row in empty] == [first["id"]]


async def test_earlier_identities_go_with_the_identity(caller: Client, connection: Connection, ikk: Command) -> None:
    sent = [at(f"2025-02-0{number}", told(number, people=[{"name": f"Orang {number}"}])) for number in (1, 2)]
    _, family = [(await put(caller, body))["family"] for body in sent]
    assert (await rows_of(connection, family))["earlier_identity"] == 1
    apply(ikk, **{IDENTITY: days_since("2025-06-01")})
    assert set((await rows_of(connection, family)).values()) == {0}


async def test_nothing_is_taken_while_a_subject_request_is_open(
    caller: Client, connection: Connection, ikk: Command
) -> None:
    family = (await put(caller, at("2025-02-01", make_named_body(1))))["family"]
    request = await ask(caller, family, "export")
    limit = {IDENTITY: days_since("2025-06-01"), ANSWERS: days_since("2025-06-01")}
    assert apply(ikk, **limit).splitlines() == ["0 identities taken", "answers of 0 submissions taken"]
    await fulfil(caller, request)
    assert apply(ikk, **limit).splitlines() == ["1 identities taken", "answers of 1 submissions taken"]


async def test_after_it_the_family_is_not_found_and_an_export_says_why_answers_lack(
    caller: Client, ikk: Command
) -> None:
    body = at("2025-02-01", make_named_body(1))
    family = (await put(caller, body))["family"]
    apply(ikk, **{IDENTITY: days_since("2025-06-01"), ANSWERS: days_since("2025-06-01")})
    assert (await find(caller, card_number=body["family"]["card_number"])).json()["items"] == []
    request = await ask(caller, family, "export")
    await state_purpose(caller, family)
    export = (await caller.get(f"/v1/subject-requests/{request}/export")).json()
    assert (export["identity"], export["numbers"]) == (None, [])
    (submission,) = export["submissions"]
    assert (submission["answers"], submission["answers_reason"]) == (None, "retention")
    assert submission["score"] is not None


async def test_a_family_without_answers_can_still_be_corrected_restricted_and_erased(
    caller: Client, connection: Connection, ikk: Command
) -> None:
    sent = await put(caller, at("2025-02-01", make_body(1)))
    apply(ikk, **{ANSWERS: days_since("2025-06-01")})
    await serve(caller, sent["family"], "restrict")
    await serve(caller, sent["family"], "lift")
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: at("2025-02-01", make_body(2))}})
    assert await connection.fetchval("SELECT octet_length(answers) > 0 FROM submission")
    await serve(caller, sent["family"], "erase")
    assert (await caller.get("/v1/aggregates/6372061004/2025")).json()["families"] == 0


async def test_without_a_period_everything_is_kept(caller: Client, connection: Connection, ikk: Command) -> None:
    await put(caller, at("2025-02-01", make_named_body(1)))
    assert "kept" in ikk("retention", "list").stdout
    assert "IKK_RETENTION_IDENTITY_DAYS" in ikk.stopped("retention", "apply", status=2)
    assert await connection.fetchval("SELECT count(*) FROM family_identity") == 1


async def test_a_setting_that_is_no_number_of_days_ends_the_command(ikk: Command) -> None:
    assert "retention_identity_days" in ikk.stopped("retention", "apply", status=2, **{IDENTITY: "0"})
