"""What handlers ask for: the database, the catalogue, page parameters; and how problems are documented."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import Connection, Database
from app.problems import (
    FAULTS,
    FORBIDDEN_SCOPE,
    ISSUER_UNAVAILABLE,
    REQUEST_TIMEOUT,
    TOO_LARGE,
    TOO_MANY_REQUESTS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    Fault,
    Kind,
    Problem,
    pointer,
)
from app.scoring.catalogue import Catalogue, NotYetLoadedError
from app.security import Caller, Tokens
from app.throttle import Attempt, Throttle


class StrictRoute(APIRoute):
    """A route that refuses query parameters it does not declare: ignored, a misspelt one would mislead its reader.

    A route class and not a dependency, as FastAPI solves dependencies anew in every request.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        fields = get_flat_params(self.dependant)
        known = frozenset(field.alias for field in fields if isinstance(field.field_info, params.Query))

        async def answer_strictly(request: Request) -> Response:
            unknown = [name for name in request.query_params if name not in known]
            if unknown:
                faults = [Fault("unknown_member", parameter=pointer([name])[1:]) for name in unknown]
                raise Problem(FAULTS, faults=faults)
            return await answer(request)

        return answer_strictly


@asynccontextmanager
async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction of its own, for a handler that has something slow to do after it; in the caller's area."""
    database: Database = request.app.state.database
    caller: Caller | None = getattr(request.state, "caller", None)
    async with database.session(caller.regions if caller is not None else ()) as session:
        yield session
    # Other processes hear of it within a second; whoever asked for it must not find it undone in this one.
    tokens: Tokens = request.app.state.tokens
    tokens.hear(session.info.pop("revoked", {}))


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with open_session(request) as session:
        yield session


# scope="function": the commit happens before the answer is sent, not after it.
SessionOf = Annotated[AsyncSession, Depends(_session, scope="function")]


def signing_in(request: Request, account: str) -> AbstractAsyncContextManager[Attempt]:
    """A block in which one secret of the account is compared: limits guessing; see `SignIns.signing_in`."""
    throttle: Throttle = request.app.state.throttle
    return throttle.signing_in(account, request.client.host if request.client is not None else "")


def connect(request: Request) -> AbstractAsyncContextManager[Connection]:
    """A bare connection for a hot path; to be left before the answer is made."""
    database: Database = request.app.state.database
    return database.connection()


def catalogue_of(request: Request) -> Catalogue:
    """The published instruments; raises NotYetLoadedError as long as they were never loaded."""
    catalogue: Catalogue = request.app.state.catalogue
    if not catalogue.loaded:
        # Started while the database was down: no reason yet to call a good submission's instrument unknown.
        raise NotYetLoadedError
    return catalogue


def answer(body: BaseModel, status: int = 200) -> Response:
    """A JSON answer made in one step: FastAPI's own way validates what we have just made a second time."""
    return Response(body.model_dump_json(), status, media_type="application/json")


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def latest_of(request: Request) -> datetime:
    """The latest moment that a body may name: now, and as much more as clocks may differ."""
    return datetime.now(UTC) + timedelta(seconds=settings_of(request).clock_skew_seconds)


Limit = Annotated[int, Query(ge=1, le=1000, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
Year = Annotated[int, Query(ge=2000, le=2100)]


_ALWAYS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "scope": (UNAUTHENTICATED, FORBIDDEN_SCOPE, FAULTS, TOO_MANY_REQUESTS, UNAVAILABLE, ISSUER_UNAVAILABLE),
    "token": (UNAUTHENTICATED, FAULTS, TOO_MANY_REQUESTS, UNAVAILABLE, ISSUER_UNAVAILABLE),
    "nothing": (FAULTS, UNAVAILABLE),
}


def document(*kinds: Kind, needs: Literal["scope", "token", "nothing"] = "scope") -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the problems a route can answer with, those of every route with its needs included."""
    by_status: dict[int, list[Kind]] = {}
    of_bodies = (REQUEST_TIMEOUT,) if TOO_LARGE in kinds else ()
    for kind in dict.fromkeys((*_ALWAYS[needs], *kinds, *of_bodies)):
        by_status.setdefault(kind.status, []).append(kind)
    return {
        status: {
            "description": " · ".join(kind.title[1] for kind in each),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemOut"},
                    "examples": {kind.slug: {"value": example_of(kind)} for kind in each},
                }
            },
        }
        for status, each in sorted(by_status.items())
    }


def example_of(kind: Kind) -> dict[str, Any]:
    """What the problem looks like, in English."""
    example: dict[str, Any] = {
        "type": kind.uri,
        "title": kind.title[1],
        "status": kind.status,
        "detail": kind.detail[1],
        "instance": "urn:ikk:request:0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001",
    }
    if kind is FAULTS:
        example["faults"] = [
            {
                "pointer": "/answers/members",
                "code": "out_of_range",
                "message": "The value must lie between 1 and 50.",
            }
        ]
        example |= {"faults_total": 1, "faults_truncated": False}
    return example
