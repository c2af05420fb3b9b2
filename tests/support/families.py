"""Submissions that name their family, and the requests of a data protection officer."""

import json
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from httpx import Response

from app.platform.database import Connection
from app.platform.encryption import Vault
from app.platform.key_ring import Purpose, rotate_key
from app.synthetic import name_family
from tests.support.factories import Client, make_body

CARD = "6372010101100001"
TABLES = ("submission", "family", "family_key", "family_identity", "consent", "audited", "village_sums")
PURPOSE = "subject_request"


def make_named_body(seed: int = 1, **changed: Any) -> dict[str, Any]:
    """A valid submission with card number, people, address and consent."""
    return {**name_family(make_body(seed, **changed), Random(seed))}


def told(seed: int = 1, card: str | None = CARD, **family: Any) -> dict[str, Any]:
    """A valid submission whose family has this card number and these other members, with a basis for them."""
    body = make_body(seed)
    basis = {"basis": "public_task"} if family else {}
    return {**body, **basis, "family": {**body["family"], "card_number": card, **family}}


async def put(client: Client, body: dict[str, Any], id: UUID | None = None) -> dict[str, Any]:
    """Sends a submission that must be new and stored. Returns its receipt."""
    answer = await client.put(body, id)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def take(client: Client, body: dict[str, Any]) -> str:
    """Sends a submission as `put` does. Returns the id of its family."""
    family: str = (await put(client, body))["family"]
    return family


async def counted(connection: Connection) -> dict[str, int]:
    """The number of rows in each table to which storing a submission writes."""
    return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def identity_of(connection: Connection, app: FastAPI, family: str) -> dict[str, Any]:
    """The decrypted identity of a family."""
    vault: Vault = app.state.vault
    row = await connection.fetchrow("SELECT * FROM family_identity WHERE family_id = $1", UUID(family))
    return vault.decrypt(UUID(family), row["key_id"], row["encrypted"])


async def find(client: Client, **search: Any) -> Response:
    return await client.http.post("/v1/families/find", json={"purpose": PURPOSE, **search})


async def state_purpose(client: Client, family: str, **changed: Any) -> Response:
    body = {"purpose": PURPOSE, "minutes": 10, **changed}
    return await client.http.post(f"/v1/families/{family}/identifications", json=body)


def rotate(app: FastAPI, *purposes: Purpose) -> None:
    """Rotates keys of the application's key ring, and dates them long ago."""
    for purpose in purposes:
        rotate_key(app.state.settings.key_ring_file, purpose)
    age_keys(app.state.settings.key_ring_file)
    app.state.keys.look()


def age_keys(file: Path) -> None:
    """Dates every key of a key ring long ago, so that every server is taken to know it."""
    ring = json.loads(file.read_text("utf-8"))
    for key in ring["keys"]:
        key["made_at"] = "2026-01-01T00:00:00+00:00"
    file.write_text(json.dumps(ring), "utf-8")
