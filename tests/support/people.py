"""People with an account, stored directly in the tables, and their requests to the token endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from httpx import Response

from app.models import Person, RoleGrant
from app.platform.codes import make_code
from app.platform.database import EVERYWHERE, Database
from app.platform.secrets import hash_password
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client

PASSWORD = "sawah-hijau-luas"
KADER = (("kader", LANDASAN_ULIN_SELATAN),)


@dataclass(frozen=True)
class Someone:
    """A person of a test. code: the one-time code that is still valid, if there is one"""

    id: UUID
    username: str
    code: str


async def add_person(
    database: Database,
    *,
    username: str = "siti.aminah",
    grants: Sequence[tuple[str, str]] = KADER,
    password: str | None = PASSWORD,
    **changed: Any,
) -> Someone:
    """Stores a person with grants that are valid now. `changed` sets other columns of the person."""
    now = datetime.now(UTC)
    code, digest = make_code()
    columns = {"code_digest": digest, "code_expires_at": now + timedelta(days=1), "created_at": now, **changed}
    person = Person(
        id=uuid4(),
        username=username,
        name="Siti Aminah",
        password_hash=None if password is None else hash_password(password),
        **columns,
    )
    async with database.session(EVERYWHERE) as session:
        session.add(person)
        await session.flush()
        session.add_all([_make_grant(person.id, role, region) for role, region in grants])
    return Someone(person.id, username, code)


async def add_grant(database: Database, person: UUID, role: str, region: str, **changed: Any) -> UUID:
    grant = _make_grant(person, role, region, **changed)
    async with database.session(EVERYWHERE) as session:
        session.add(grant)
    return grant.id


def _make_grant(person: UUID, role: str, region: str, **changed: Any) -> RoleGrant:
    now = datetime.now(UTC)
    columns = {"valid_from": now - timedelta(days=1), "granted_at": now, "granted_by": uuid4(), **changed}
    return RoleGrant(id=uuid4(), person_id=person, role=role, region=region, **columns)


async def ask(client: Client, headers: dict[str, str] | None = None, /, **form: str) -> Response:
    """The response to POST /v1/token with this form."""
    return await client.http.post("/v1/token", data=form, headers=headers)


async def sign_in(client: Client, username: str = "siti.aminah", password: str = PASSWORD, **form: str) -> Response:
    return await ask(client, grant_type="password", username=username, password=password, **form)


async def refresh(client: Client, token: str, **form: str) -> Response:
    return await ask(client, grant_type="refresh_token", refresh_token=token, **form)


async def me(client: Client, token: str) -> Response:
    """The response to GET /v1/me with a token."""
    return await client.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


def assert_refused(response: Response, status: int, error: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["error"] == error
    assert "access_token" not in response.json()
    assert "refresh_token" not in response.json()
