"""An account in training: everything that it sends is for training, from the moment of the mark to that of its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from app.platform.database import Connection, Database
from app.platform.signatures import look_at
from tests.routers.intake.test_a_family_counts_once import VILLAGE, on
from tests.support.factories import EVERYTHING, Client, codes_of
from tests.support.families import CARD
from tests.support.people import Someone, add_person, me, refresh, sign_in
from tests.support.subject_requests import count_families

ID = "5d0f6c1e-7a51-4c0b-9d0f-5a1be1f1f0d2"
Mark = Callable[..., Awaitable[Response]]


@pytest.fixture
async def kader(database: Database) -> Someone:
    return await add_person(database)


@pytest.fixture
def mark(caller: Client, kader: Someone) -> Mark:
    """Changes the mark as an agency that manages people."""

    async def change(training: bool, person: UUID = kader.id) -> Response:
        return await caller.http.patch(f"/v1/people/{person}", json={"training": training})

    return change


@pytest.fixture
async def phone(app: FastAPI) -> AsyncIterator[Client]:
    """A client without a token of its own."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        yield Client(http, app)


async def send(client: Client, token: str, body: dict[str, Any], id: str | None = None) -> Response:
    headers = {"authorization": f"Bearer {token}"}
    return await client.http.put(f"/v1/submissions/{id or uuid4()}", json=body, headers=headers)


async def token_of(client: Client) -> str:
    answer = await sign_in(client)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def warned(answer: Response) -> list[str]:
    return [each["code"] for each in answer.json()["warnings"]]


@pytest.mark.parametrize("purpose", [None, "interview", "reinterview", "training"])
async def test_it_works(caller: Client, phone: Client, mark: Mark, connection: Connection, purpose: str | None) -> None:
    """Whatever the body says, what is stored is for training, keeps no identity and says so."""
    changed = await mark(True)
    assert (changed.status_code, changed.json()["training"]) == (200, True)
    token = await token_of(phone)
    people: dict[str, Any] = {"people": [{"name": "Siti", "nik": "6372010101900001"}]}
    answer = await send(phone, token, {**on("2025-03-01", **people), "purpose": purpose})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["purpose"], told["counts"], told["uncounted"]) == ("training", False, "training")
    assert "in_training" in warned(answer)
    assert await connection.fetchval("SELECT purpose FROM submission") == "training"
    assert await connection.fetchval("SELECT count(*) FROM family_identity") == 0
    assert await count_families(caller, VILLAGE) == 0


async def test_the_token_and_me_say_so(phone: Client, mark: Mark) -> None:
    plain = await token_of(phone)
    assert "training" not in look_at(plain)[1]
    assert (await me(phone, plain)).json()["training"] is False
    await mark(True)
    token = await token_of(phone)
    assert look_at(token)[1]["training"] is True
    assert (await me(phone, token)).json()["training"] is True


async def test_a_change_ends_access_tokens_but_no_sign_in(phone: Client, mark: Mark) -> None:
    first = (await sign_in(phone)).json()
    for training in (True, False):
        assert (await mark(training)).status_code == 200
        assert (await send(phone, first["access_token"], on("2025-03-01"))).status_code == 401
        answer = await refresh(phone, first["refresh_token"])
        assert answer.status_code == 200, answer.text
        first = answer.json()
        assert (await me(phone, first["access_token"])).json()["training"] is training


async def test_the_same_mark_again_ends_nothing_and_audits_nothing(
    phone: Client, mark: Mark, connection: Connection
) -> None:
    await mark(True)
    token = await token_of(phone)
    assert (await mark(True)).json()["training"] is True
    assert (await me(phone, token)).status_code == 200
    query = "SELECT detail::text FROM audited WHERE kind = 'person.training'"
    assert [row["detail"] for row in await connection.fetch(query)] == [
        '{"before":{"training":false},"after":{"training":true}}'
    ]


async def test_an_account_whose_mark_changes_while_it_sends_has_to_send_again(
    phone: Client, mark: Mark, connection: Connection, other: Any
) -> None:
    """The token was read before the change. Nothing is stored under the old mark, and nothing is lost."""
    for training, seed in ((True, 1), (False, 2)):
        first = (await sign_in(phone)).json()
        body, sent = on("2025-03-01", seed, card=None), str(uuid4())
        # The taking waits for this lock, after its token was read.
        lock = other.transaction()
        await lock.start()
        await other.execute("LOCK TABLE region IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(send(phone, first["access_token"], body, sent))
        await asyncio.sleep(0.3)
        await connection.execute("UPDATE person SET training = $1", training)
        await lock.commit()
        assert (await waiting).status_code == 401
        assert await connection.fetchval("SELECT count(*) FROM submission WHERE id = $1", UUID(sent)) == 0
        again = (await refresh(phone, first["refresh_token"])).json()["access_token"]
        stored = await send(phone, again, body, sent)
        assert (stored.status_code, stored.json()["counts"]) == (201, not training)


@pytest.mark.parametrize("before", [True, False])
async def test_a_resend_after_a_change_gets_the_same_receipt(phone: Client, mark: Mark, before: bool) -> None:
    await mark(before)
    body = on("2025-03-01")
    first = await send(phone, await token_of(phone), body, ID)
    await mark(not before)
    again = await send(phone, await token_of(phone), body, ID)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert ("in_training" in warned(again)) is before


async def test_a_real_interview_is_sent_under_a_new_id_after_the_training(
    caller: Client, phone: Client, mark: Mark
) -> None:
    await mark(True)
    body = {**on("2025-03-01", card=CARD), "salt": str(uuid4())}
    practice = await send(phone, await token_of(phone), body)
    await mark(False)
    real = await send(phone, await token_of(phone), body)
    assert real.json()["family"] != practice.json()["family"]
    assert (real.json()["counts"], real.json()["purpose"]) == (True, "interview")
    # The service asks for the new id itself, so it does not warn of it.
    assert not {"in_training", "salt_used_before"} & {*warned(real)}
    assert await count_families(caller, VILLAGE) == 1


async def test_accounts_are_listed_by_the_mark(caller: Client, mark: Mark, database: Database) -> None:
    await add_person(database, username="budi")
    await mark(True)
    bearer = {"training": "true"}
    assert [each["username"] for each in (await caller.get("/v1/people", **bearer)).json()["items"]] == ["siti.aminah"]
    rest = (await caller.get("/v1/people", training="false")).json()["items"]
    assert [(each["username"], each["training"]) for each in rest] == [("budi", False)]


async def test_a_new_account_can_be_in_training(caller: Client, connection: Connection) -> None:
    body = {"username": "ani", "name": "Ani", "grants": [{"role": "kader", "region": VILLAGE}]}
    for username, training in (("ani", True), ("budi", False), ("cici", None)):
        answer = await caller.http.post("/v1/people", json={**body, "username": username, "training": training})
        assert (answer.status_code, answer.json()["training"]) == (201, training is True)
    entries = await connection.fetch("SELECT detail::text FROM audited WHERE kind = 'person.create' ORDER BY at")
    assert ['"training":true' in row["detail"] for row in entries] == [True, False, False]


@pytest.mark.parametrize(("cell", "training"), [("ya", True), (" YES ", True), ("tidak", False), ("", False)])
async def test_a_file_says_who_is_in_training(caller: Client, cell: str, training: bool) -> None:
    file = f"Nama pengguna;Nama;Tugas;Kode wilayah;Latihan\nani;Ani;Kader;{VILLAGE};{cell}\n"
    answer = await caller.http.post("/v1/people/import", content=file, headers={"content-type": "text/csv"})
    assert answer.status_code == 201, answer.text
    [person] = (await caller.get("/v1/people", q="ani")).json()["items"]
    assert person["training"] is training


async def test_a_cell_that_says_neither_is_a_fault(caller: Client) -> None:
    file = f"Nama pengguna;Nama;Tugas;Kode wilayah;Latihan\nani;Ani;Kader;{VILLAGE};mungkin\n"
    answer = await caller.http.post("/v1/people/import", content=file, headers={"content-type": "text/csv"})
    assert answer.status_code == 422
    [fault] = answer.json()["faults"]
    assert fault["column"] == "latihan"
    assert "yes" in fault["message"]


async def test_nothing_to_change_is_a_fault(caller: Client, kader: Someone) -> None:
    for body in ({}, {"name": None, "training": None}):
        answer = await caller.http.patch(f"/v1/people/{kader.id}", json=body)
        assert [each["code"] for each in (answer).json()["faults"]] == ["nothing_to_change"]
    both = await caller.http.patch(f"/v1/people/{kader.id}", json={"name": "Siti Baru", "training": True})
    assert (both.json()["name"], both.json()["training"]) == ("Siti Baru", True)
    wrong = await caller.http.patch(f"/v1/people/{kader.id}", json={"training": "mungkin"})
    assert list(codes_of(wrong)) == ["/training"]


async def test_only_who_could_grant_all_roles_of_an_account_may_mark_it(
    client: Client, database: Database, mark: Mark
) -> None:
    operator = await add_person(database, username="operator", grants=(("operator", "ID"), ("kader", VILLAGE)))
    assert (await mark(True, operator.id)).json()["type"] == "urn:ikk:problem:account-beyond-caller"
    await client.sign_in(scopes=EVERYTHING, regions=["64"])
    assert (await client.http.patch(f"/v1/people/{operator.id}", json={"training": True})).status_code == 404
    await client.sign_in(scopes=["submissions:write"], regions=["63"])
    assert (await client.http.patch(f"/v1/people/{operator.id}", json={"training": True})).status_code == 403


async def test_an_agency_is_never_in_training(caller: Client) -> None:
    answer = await caller.put(on("2025-03-01"))
    assert "in_training" not in warned(answer)
    assert answer.json()["counts"]
