"""The log of `ikk serve`: JSON lines that tell requests apart and keep silent about families and secrets."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from app.database import Database
from app.services.agencies import create_agency
from tests.factories import make_body
from tests.serving import Server, put, rows
from tests.wire import eventually


async def provoke(http: httpx.AsyncClient, body: dict[str, Any], uuid: UUID) -> None:
    """Sends what is taken and what is refused in every way that could make somebody log what was sent."""
    path, number = f"/v1/submissions/{uuid}", str(body["family"]["card_number"])
    assert (await http.put(path, json=body)).status_code == 201
    assert (await http.put(path, json=make_body(6))).status_code == 409
    faulty = {**body, "answers": {**body["answers"], "toilet": "zebra-zebra", number: 1}}
    assert (await http.put(path, json=faulty)).status_code == 422
    assert (await http.put(f"/v1/submissions/{number}", json=body)).status_code == 422
    assert (await http.put(path, content='{"zebra":', headers={"Content-Type": "application/json"})).status_code == 400
    assert (await http.get("/v1/submissions", params={"cursor": "zebra-zebra"})).status_code == 422
    assert (await http.get("/v1/submissions", params={"zebra": number})).status_code == 422
    assert (await http.get("/zebra-zebra")).status_code == 404


async def fetch_token(http: httpx.AsyncClient, secret: str) -> str:
    """A token of the token endpoint, after a wrong secret."""
    form = {"grant_type": "client_credentials", "client_id": "quiet-agency", "client_secret": secret}
    del http.headers["Authorization"]
    assert (await http.post("/v1/token", data={**form, "client_secret": "zebra-zebra"})).status_code == 401
    issued = await http.post("/v1/token", data=form)
    assert issued.status_code == 200
    token: str = issued.json()["access_token"]
    return token


async def test_the_log_is_json_and_says_nothing_about_families_or_callers(
    server: Server, http: httpx.AsyncClient, database: Database
) -> None:
    async with database.session() as session:
        secret = await create_agency(session, "quiet-agency", name="Quiet", scopes=["audit:read"], regions=["63"])
    body, uuid = make_body(5), uuid4()
    body["answers"]["income_month"] = 7_654_321
    await provoke(http, body, uuid)
    issued = await fetch_token(http, secret)

    async def are_logged() -> bool:
        return len([line for line in server.lines() if line.get("route") == "/v1/token"]) >= 2

    await eventually(are_logged)
    requests = [line for line in server.lines() if line["event"] == "request"]
    assert len(requests) >= 10
    assert all(line["request_id"] for line in requests)
    number = body["family"]["card_number"]
    for said in (number, "7654321", "zebra", str(uuid), secret, "quiet-agency", server.token, issued):
        assert said not in server.text(), said


async def test_a_fault_of_the_server_is_answered_as_one_and_logged_without_values(
    server: Server, http: httpx.AsyncClient, other: Any
) -> None:
    number = str(make_body(7)["family"]["card_number"])
    # The text of PostgreSQL's error then quotes the whole row.
    await other.execute("ALTER TABLE family_card ADD CONSTRAINT never CHECK (number = '')")
    try:
        answer = await put(http, 7)
    finally:
        await other.execute("ALTER TABLE family_card DROP CONSTRAINT never")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ikk:problem:internal"
    assert number not in answer.text
    assert await rows(other) == await other.fetchval("SELECT count(*) FROM village_sums") == 0

    async def is_logged() -> bool:
        return len([line for line in server.lines() if line.get("request_id") == answer.headers["x-request-id"]]) == 2

    await eventually(is_logged)
    assert "CheckViolationError" in server.text()
    assert number not in server.text()
    assert (await put(http, 7)).status_code == 201
