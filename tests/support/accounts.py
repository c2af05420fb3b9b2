"""Clients that are persons with roles, such as administrators, and their requests to /v1/people."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from httpx import Response

from app.access import COMMAND, areas_of
from app.platform.database import EVERYWHERE, Database
from app.platform.tokens import Tokens
from app.services.access.appointing import create_person
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client

VILLAGE = LANDASAN_ULIN_SELATAN
OTHER_VILLAGE = "6371031001"
"""In Kota Banjarmasin, next to Kota Banjarbaru (6372)."""


async def act_as(client: Client, *roles: tuple[str, str], id: str | None = None) -> Client:
    """Signs the client in as a person with these roles, each in a region, and returns it."""
    tokens: Tokens = client.app.state.tokens
    token = tokens.issue("person", id or str(uuid4()), areas_of(roles)).token
    client.http.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    return client


@contextmanager
def nobody(client: Client) -> Iterator[Client]:
    """Removes the client's token inside the block, as before a sign-in."""
    token = client.http.headers.pop("Authorization")
    yield client
    client.http.headers["Authorization"] = token


def body_of(username: str = "siti.aminah", *grants: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """The body of POST /v1/people for a person with these roles, by default a kader of a village."""
    listed = [{"role": role, "region": region} for role, region in grants or [("kader", VILLAGE)]]
    return {"username": username, "name": "Siti Aminah", "grants": listed, **changed}


async def make_person(database: Database, username: str, *roles: tuple[str, str]) -> str:
    """Creates a person with these roles as the command line does, and returns the id."""
    async with database.session(EVERYWHERE) as session:
        return str((await create_person(session, COMMAND, body_of(username, *roles), code_days=14)).id)


async def post(client: Client, path: str, body: Any = None) -> Response:
    return await client.http.post(f"/v1/people{path}", json=body)


async def post_file(client: Client, text: str | bytes, **headers: str) -> Response:
    """Sends a CSV file."""
    content = text.encode("utf-8") if isinstance(text, str) else text
    return await client.http.post("/v1/people/import", content=content, headers={"Content-Type": "text/csv", **headers})


def grant_of(person: dict[str, Any], role: str = "kader") -> UUID:
    return UUID(next(each["id"] for each in person["grants"] if each["role"] == role))
