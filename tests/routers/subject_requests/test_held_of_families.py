"""What is held of a family is found by its numbers, exported, hidden and erased with the family."""

from uuid import UUID, uuid4

import pytest

from app.platform.database import Connection
from tests.support.corrections import a_kader, problem_of
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.families import find, make_named_body, put, rotate, state_purpose
from tests.support.held import HELD, keep
from tests.support.subject_requests import REQUESTS, ask, serve


def named_with_faults(seed: int = 1) -> dict[str, object]:
    body = make_named_body(seed)
    return {**body, "answers": {**body["answers"], "no_such_question": "yes"}}


@pytest.fixture
async def officer(caller: Client) -> Client:
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    return caller


async def hold(client: Client, seed: int = 1) -> tuple[str, str]:
    """Hands in a named interview with faults. Returns the id under which it was sent, and that of what is held."""
    sent = str(uuid4())
    answer = await keep(client, sent, named_with_faults(seed))
    assert answer.status_code == 202, answer.text
    return sent, answer.json()["held"]["id"]


async def test_it_is_found_by_a_number(officer: Client) -> None:
    _, held = await hold(await a_kader(officer))
    family = make_named_body()["family"]
    for search in ({"card_number": family["card_number"]}, {"nik": family["people"][0]["nik"]}):
        told = (await find(officer, **search)).json()
        assert told["items"] == []
        assert [(each["id"], each["kind"]) for each in told["held"]] == [(held, "faulty")]


async def test_it_is_not_found_elsewhere(officer: Client) -> None:
    await hold(await a_kader(officer))
    await officer.sign_in(scopes=EVERYTHING, regions=["6371"])
    assert (await find(officer, card_number=make_named_body()["family"]["card_number"])).json()["held"] == []


async def test_a_conflict_is_found_with_its_family(officer: Client) -> None:
    sent = (await put(officer, make_named_body()))["id"]
    held = (await officer.http.put(f"/v1/submissions/{sent}", json=make_body(2))).json()["held"]["id"]
    told = (await find(officer, card_number=make_named_body()["family"]["card_number"])).json()
    assert [(each["id"], each["kind"]) for each in told["held"]] == [(held, "conflict")]


async def test_it_is_found_after_a_rotation(officer: Client) -> None:
    _, held = await hold(await a_kader(officer))
    rotate(officer.app, "matching", "identity")
    told = (await find(officer, card_number=make_named_body()["family"]["card_number"])).json()
    assert [each["id"] for each in told["held"]] == [held]


async def test_an_erased_family_leaves_nothing(officer: Client, connection: Connection) -> None:
    kader = await a_kader(officer)
    first = await put(kader, make_named_body())
    sent, _ = await hold(kader)
    await kader.http.put(f"/v1/submissions/{first['id']}", json=make_body(2))
    other = await hold(kader, 5)
    await serve(officer, first["family"], "erase")
    rows = await connection.fetch("SELECT id FROM held_submission")
    assert [row["id"] for row in rows] == [UUID(other[1])]
    assert await connection.fetchval("SELECT count(*) FROM held_number WHERE held_id <> $1", UUID(other[1])) == 0
    assert problem_of(await keep(kader, sent, named_with_faults())) == (410, "submission-erased")


async def test_a_restricted_family_hides_it(officer: Client) -> None:
    kader = await a_kader(officer)
    first = await put(kader, make_named_body())
    _, held = await hold(kader)
    await serve(officer, first["family"], "restrict")
    assert (await officer.get(HELD)).json()["items"] == []
    assert problem_of(await officer.get(f"{HELD}/{held}")) == (403, "family-restricted")
    await serve(officer, first["family"], "lift")
    assert len((await officer.get(HELD)).json()["items"]) == 1


async def test_it_is_exported(officer: Client) -> None:
    kader = await a_kader(officer)
    first = await put(kader, make_named_body())
    sent, held = await hold(kader)
    await hold(kader, 5)
    await state_purpose(officer, first["family"])
    request = await ask(officer, first["family"], "export")
    whole = (await officer.get(f"{REQUESTS}/{request}/export")).json()
    assert [(each["id"], each["submission"], each["kind"]) for each in whole["held"]] == [(held, sent, "faulty")]
    assert whole["held"][0]["body"] == named_with_faults()
    part = (await officer.get(f"{REQUESTS}/{request}/export", sensitive="false")).json()
    assert part["held"][0]["body"] is None
