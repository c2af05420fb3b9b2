"""POST /v1/rounds/{id}/close and /settle, and what becomes of interviews then."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import EVERYWHERE, Connection, Database
from app.services.intake.events import forget_changes
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.rounds import ROUNDS, plan_round, settle
from tests.support.subject_requests import REQUESTS, ask

YEAR = datetime.now(UTC).year
OPEN = {"opens_on": f"{YEAR}-01-01", "closes_on": f"{YEAR}-12-31"}


@pytest.fixture
async def supervisor(client: Client) -> Client:
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    return client


def held_now(seed: int = 1) -> dict[str, Any]:
    return make_body(seed, surveyed_at=datetime.now(UTC).isoformat())


async def totals_of(client: Client, round_id: str) -> dict[str, Any]:
    totals: dict[str, Any] = (await client.get(f"{ROUNDS}/{round_id}")).json()["totals"]
    return totals


async def test_to_close_it_marks_what_arrives_later(supervisor: Client) -> None:
    made = await plan_round(supervisor, **OPEN)
    assert "received_late" not in (await supervisor.put(held_now(1))).text
    answer = await supervisor.http.post(f"{ROUNDS}/{made}/close")
    assert (answer.status_code, answer.json()["status"]) == (200, "closed")
    again = await supervisor.http.post(f"{ROUNDS}/{made}/close")
    assert (again.status_code, again.json()) == (200, answer.json())
    late = (await supervisor.put(held_now(2))).json()
    assert ("received_late" in [each["code"] for each in late["warnings"]], late["counts"]) == (True, True)
    totals = await totals_of(supervisor, made)
    assert (totals["interviewed"], totals["late"], totals["coverage"]) == (2, 1, 0.2)


async def test_a_round_that_has_not_opened(supervisor: Client) -> None:
    days = {"opens_on": f"{YEAR + 1}-05-01", "closes_on": f"{YEAR + 1}-05-01"}
    made = await plan_round(supervisor, **days)
    answer = await supervisor.http.post(f"{ROUNDS}/{made}/close")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:round-planned")


async def test_an_open_round(supervisor: Client) -> None:
    made = await plan_round(supervisor, **OPEN)
    answer = await supervisor.http.post(f"{ROUNDS}/{made}/settle")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:round-open")


async def test_it_is_settled_once(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    answers = await asyncio.gather(*(supervisor.http.post(f"{ROUNDS}/{made}/settle") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    assert {each.json()["type"] for each in answers if each.status_code == 409} == {"urn:ikk:problem:round-settled"}
    closed = await supervisor.http.post(f"{ROUNDS}/{made}/close")
    assert (closed.status_code, closed.json()["type"]) == (409, "urn:ikk:problem:round-settled")


async def test_what_arrives_after_settlement_waits(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    before = (await supervisor.put(make_body(1))).json()
    settled = await settle(supervisor, made)
    after = (await supervisor.put(make_body(2))).json()
    assert (before["counts"], after["counts"], after["uncounted"]) == (True, False, "after_settlement")
    totals = await totals_of(supervisor, made)
    assert (totals["interviewed"], totals["after_settlement"]) == (1, 1)
    assert settled["totals"]["interviewed"] == 1
    changes = (await supervisor.get(f"{ROUNDS}/{made}/changes")).json()["items"]
    assert [(each["kind"], each["submission"]) for each in changes] == [("submission.taken", after["id"])]


async def test_devices_send_while_it_is_closed_and_settled(supervisor: Client, connection: Connection) -> None:
    """Whatever was acknowledged as counted is in the settled counts, and nothing else changes them."""
    made = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, **OPEN)
    sent: list[dict[str, Any]] = []

    over = asyncio.Event()

    async def send(device: int) -> None:
        number = 0
        while not over.is_set() or number % 4:
            number += 1
            body = held_now(1000 * device + number)
            body["region"] = (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)[number % 2]
            answer = await supervisor.put(body, uuid4())
            if answer.status_code == 503:
                assert answer.json()["type"] == "urn:ikk:problem:contended"
            else:
                assert answer.status_code == 201, answer.text
                sent.append(answer.json())

    async def end() -> dict[str, Any]:
        await asyncio.sleep(0.1)
        assert (await supervisor.http.post(f"{ROUNDS}/{made}/close")).status_code == 200
        await asyncio.sleep(0.1)
        settled = await settle(supervisor, made)
        await asyncio.sleep(0.1)
        over.set()
        return settled

    settled, *_ = await asyncio.gather(end(), *(send(device) for device in range(8)))
    counted = [each for each in sent if each["counts"]]
    waiting = [each for each in sent if each["uncounted"] == "after_settlement"]
    assert counted
    assert waiting
    totals = await totals_of(supervisor, made)
    assert settled["totals"]["interviewed"] == totals["interviewed"] == len(counted)
    assert (totals["after_settlement"], settled["totals"]["after_settlement"]) == (len(waiting), 0)
    assert len(counted) + len(waiting) == len(sent)
    assert await connection.fetchval("SELECT sum(families) FROM village_sums WHERE basis = 'r'") == len(counted)
    changes = (await supervisor.get(f"{ROUNDS}/{made}/changes", limit=1000)).json()["items"]
    assert {each["submission"] for each in changes} == {each["id"] for each in waiting}


async def test_settling_waits_for_whoever_is_writing(supervisor: Client, connection: Connection) -> None:
    made = await plan_round(supervisor)
    async with connection.transaction():
        await connection.execute("LOCK TABLE submission IN ROW EXCLUSIVE MODE")
        answer = await supervisor.http.post(f"{ROUNDS}/{made}/settle")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:ikk:problem:contended")
    assert "Retry-After" in answer.headers
    await settle(supervisor, made)


@pytest.mark.parametrize(("kind", "event"), [("erase", "submission.erased"), ("restrict", "submission.restricted")])
async def test_a_familys_right_changes_it_on_record(supervisor: Client, kind: str, event: str) -> None:
    made = await plan_round(supervisor)
    stored = (await supervisor.put(make_body(1))).json()
    await settle(supervisor, made)
    await fulfil(supervisor, stored["family"], kind, {})
    assert await changes_of(supervisor, made) == [(event, stored["id"])]
    assert (await totals_of(supervisor, made))["interviewed"] == 0


async def test_a_correction_by_right_is_listed(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    stored = (await supervisor.put(make_body(1))).json()
    await settle(supervisor, made)
    right = make_body(7)
    names = ("instrument", "version", "region", "surveyed_at", "answers")
    family = {name: right["family"][name] for name in ("head_sex", "members")}
    correction = {stored["id"]: {"family": family, **{name: right[name] for name in names}}}
    await fulfil(supervisor, stored["family"], "correct", {"submissions": correction})
    assert ("submission.corrected", stored["id"]) in await changes_of(supervisor, made)
    assert (await totals_of(supervisor, made))["interviewed"] == 1


async def test_the_list_of_changes_stays_when_events_are_forgotten(
    supervisor: Client, connection: Connection, database: Database
) -> None:
    made = await plan_round(supervisor)
    stored = (await supervisor.put(make_body(1))).json()
    await settle(supervisor, made)
    await fulfil(supervisor, stored["family"], "erase", {})
    await connection.execute("UPDATE change_event SET at = at - interval '900 days'")
    async with database.session(EVERYWHERE) as session:
        assert await forget_changes(session, days=365, most=100) > 0
    assert await changes_of(supervisor, made) == [("submission.erased", stored["id"])]


async def test_pages_of_changes(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    await settle(supervisor, made)
    sent = [(await supervisor.put(make_body(seed))).json()["id"] for seed in range(3)]
    path, seen, cursor = f"{ROUNDS}/{made}/changes", list[str](), dict[str, str]()
    while True:
        page = (await supervisor.get(path, limit=1, **cursor)).json()
        seen += [each["submission"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == sent


async def fulfil(client: Client, family: str, kind: str, content: dict[str, Any]) -> None:
    asked = await ask(client, family, kind)
    answer = await client.http.post(f"{REQUESTS}/{asked}/fulfil", json=content)
    assert answer.status_code == 200, answer.text


async def changes_of(client: Client, round_id: str) -> list[tuple[str, str]]:
    changes = (await client.get(f"{ROUNDS}/{round_id}/changes")).json()["items"]
    return [(each["kind"], each["submission"]) for each in changes]
