"""The log of `ikk serve`: JSON lines with a request id each, and without anything about families and secrets."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.platform.database import Database
from tests.support.factories import make_agency, make_body
from tests.support.families import make_named_body
from tests.support.serving import Server, put, rows, serving
from tests.support.wire import eventually


def names_in(body: dict[str, Any]) -> list[str]:
    """All values in a submission that name somebody."""
    family = body["family"]
    told = [family["card_number"], family["address"]]
    return told + [person[name] for person in family["people"] for name in ("name", "nik", "birth_date")]


async def provoke(http: httpx.AsyncClient, body: dict[str, Any], uuid: UUID) -> None:
    """Sends submissions that are accepted, and ones that are refused in every way that could cause a log line."""
    path, number = f"/v1/submissions/{uuid}", str(body["family"]["card_number"])
    assert (await http.put(path, json=body)).status_code == 201
    assert (await http.put(path, json=make_body(6))).status_code == 409
    assert (await http.put(path, json=make_named_body(8))).status_code == 409
    nameless = {**body, "family": {**body["family"], "people": [*body["family"]["people"]] * 2, "zebra": number}}
    assert (await http.put(path, json=nameless)).status_code == 422
    faulty = {**body, "answers": {**body["answers"], "toilet": "zebra-zebra", number: 1}}
    assert (await http.put(path, json=faulty)).status_code == 422
    assert (await http.put(f"/v1/submissions/{number}", json=body)).status_code == 422
    assert (await http.put(path, content='{"zebra":', headers={"Content-Type": "application/json"})).status_code == 400
    assert (await http.get("/v1/submissions", params={"cursor": "zebra-zebra"})).status_code == 422
    assert (await http.get("/v1/submissions", params={"zebra": number})).status_code == 422
    assert (await http.get("/zebra-zebra")).status_code == 404


async def identify(http: httpx.AsyncClient, body: dict[str, Any], uuid: UUID) -> None:
    """Finds a family by each of its numbers and by impossible numbers, and reads its identity."""
    family, purpose = (await http.get(f"/v1/submissions/{uuid}")).json()["family"], "complaint"
    for number in (body["family"]["card_number"], body["family"]["people"][0]["nik"]):
        for search in ({"nik": number}, {"card_number": number}, {"nik": number, "purpose": number}):
            answer = await http.post("/v1/families/find", json={"purpose": purpose, **search})
            assert answer.status_code in (200, 422)
        assert (await http.get(f"/v1/families/{number}")).status_code == 422
    assert (await http.get(f"/v1/families/{family}/identity")).status_code == 403
    why = {"purpose": purpose, "letter": "ZEBRA/1", "note": "zebra-zebra, because of that", "minutes": 1}
    stated = await http.post(f"/v1/families/{family}/identifications", json=why)
    assert stated.status_code == 201
    assert (await http.get(f"/v1/families/{family}/identity")).json()["address"] == body["family"]["address"]


async def fetch_token(http: httpx.AsyncClient, secret: str) -> str:
    """A token from the token endpoint, after an attempt with a wrong secret."""
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
        secret = await make_agency(session, "quiet-agency", scopes=["audit:read"], regions=["63"])
    body, uuid = make_named_body(5), uuid4()
    body["answers"]["income_month"] = 7_654_321
    await provoke(http, body, uuid)
    await identify(http, body, uuid)
    issued = await fetch_token(http, secret)

    async def are_logged() -> bool:
        return len([line for line in server.lines() if line.get("route") == "/v1/token"]) >= 2

    await eventually(are_logged)
    requests = [line for line in server.lines() if line["event"] == "request"]
    assert len(requests) >= 10
    assert all(line["request_id"] for line in requests)
    for said in (*names_in(body), "7654321", "zebra", "ZEBRA", str(uuid), secret, "quiet-agency", server.token, issued):
        assert said not in server.text(), said


async def test_a_fault_of_the_server_returns_500_and_is_logged_without_values(
    server: Server, http: httpx.AsyncClient, other: Any
) -> None:
    body = make_named_body(7)
    # With this constraint, the text of PostgreSQL's error quotes the whole row.
    await other.execute("ALTER TABLE family_identity ADD CONSTRAINT never CHECK (key_id = '')")
    try:
        answer = await http.put(f"/v1/submissions/{uuid4()}", json=body)
    finally:
        await other.execute("ALTER TABLE family_identity DROP CONSTRAINT never")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ikk:problem:internal"
    for said in names_in(body):
        assert said not in answer.text
    assert await rows(other) == await other.fetchval("SELECT count(*) FROM village_sums") == 0

    async def is_logged() -> bool:
        return len([line for line in server.lines() if line.get("request_id") == answer.headers["x-request-id"]]) == 2

    await eventually(is_logged)
    assert "CheckViolationError" in server.text()
    for said in names_in(body):
        assert said not in server.text()
    assert (await put(http, 7)).status_code == 201


RAW = (
    "GET /odk/k/zebra-zebra/socket?token=zebra-zebra HTTP/1.1\r\nHost: ikk.test\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "GET /odk/k/zebra-zebra?token=zebra-zebra zebra-zebra/9\r\nAuthorization zebra-zebra\r\n\r\n",
    "PUT /odk/k/zebra-zebra HTTP/1.1\r\nHost: ikk.test\r\nContent-Length: zebra-zebra\r\n\r\nzebra-zebra",
    "zebra-zebra" * 10_000 + "\r\n\r\n",
)


@pytest.mark.process
async def test_what_is_not_http_leaves_nothing_of_itself_in_the_log_at_the_level_debug(
    dsn: str, tmp_path: Path
) -> None:
    async with serving(tmp_path, dsn, IKK_LOG_LEVEL="debug") as server:
        for raw in RAW:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(raw.encode())
            async with asyncio.timeout(30):
                assert (await reader.read(100)).startswith(b"HTTP/1.1 4")
            writer.close()
        assert await server.is_ready()

        async def is_logged() -> bool:
            return "Invalid HTTP request received." in server.text()

        await eventually(is_logged)
    assert "Application startup complete." in server.text()
    assert "zebra" not in server.text()
    assert all(line["event"] for line in server.lines())
