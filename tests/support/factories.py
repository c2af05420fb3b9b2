"""Bodies of submissions, and a client that is an agency."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND, SCOPES
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.platform.tokens import Tokens
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.services.access.agencies import create_agency
from app.synthetic import draw_submission

PROJECT = Path(__file__).parents[2]
EVERYTHING = tuple(SCOPES)
LANDASAN_ULIN_SELATAN = "6372061004"
GUNTUNG_MANGGIS = "6372021005"
SURVEYED_AT = datetime(2025, 7, 29, 1, 12, tzinfo=UTC)


@cache
def instrument(file: str = "ikk-29-2025.1") -> Instrument:
    """A shipped instrument by the name of its file."""
    return read_instrument((SHIPPED_INSTRUMENTS / f"{file}.toml").read_bytes())


def make_body(seed: int = 1, *, file: str = "ikk-29-2025.1", strength: float = 0.6, **changed: Any) -> dict[str, Any]:
    """The body of a valid submission, the same for the same seed. `changed` replaces members of it."""
    region = str(changed.pop("region", LANDASAN_ULIN_SELATAN))
    _, body = draw_submission(instrument(file), region, SURVEYED_AT, Random(seed), lambda _: strength)
    return {**body, **changed}


async def make_agency(session: AsyncSession, client_id: str, *, scopes: Sequence[str], regions: Sequence[str]) -> str:
    """Creates an agency as the command line does, and returns its secret."""
    wanted = {"client_id": client_id, "name": "Instansi Uji", "scopes": list(scopes), "regions": list(regions)}
    return (await create_agency(session, COMMAND, wanted)).client_secret


class Client:
    """An agency that uses the API over HTTP. `sign_in` makes its token without the token endpoint."""

    def __init__(self, http: AsyncClient, app: FastAPI) -> None:
        self.http = http
        self.app = app
        self.agency_id = str(uuid4())

    async def sign_in(self, *, scopes: Sequence[str], regions: Sequence[str]) -> None:
        tokens: Tokens = self.app.state.tokens
        issued = tokens.issue("agency", self.agency_id, {scope: list(regions) for scope in scopes})
        self.http.headers["Authorization"] = f"Bearer {issued.token}"
        self.http.headers["Accept-Language"] = "en"

    async def put(self, body: dict[str, Any], id: UUID | str | None = None) -> Response:
        """Sends a submission, under a new id if none is given."""
        return await self.http.put(f"/v1/submissions/{id or uuid4()}", json=body)

    async def get(self, path: str, **query: Any) -> Response:
        return await self.http.get(path, params=query)


def codes_of(response: Response) -> dict[str, str]:
    """The codes of a problem's faults by pointer (or by parameter)."""
    return {each.get("pointer") or each.get("parameter"): each["code"] for each in response.json()["faults"]}
