"""What handlers depend on, such as the database, the catalogue, the client's address and the page parameters."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Final, get_args, get_origin

from fastapi import Depends, Path, Query, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.routing import Match
from starlette.types import Scope

from app.access import Caller
from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.platform.representations import represent
from app.platform.root_path import path_below
from app.platform.throttle import Throttle
from app.platform.tokens import Tokens
from app.problems import Expected, Fault, Problem, kinds, pointer, shaped
from app.problems.expected import expect
from app.routers.documenting import respond_with
from app.routers.formats import choose_format, offered_by
from app.schemas.parameters import WHOLE
from app.scoring.catalogue import Catalogue, NotYetLoadedError
from app.services.access.revocations import transaction
from app.services.intake.taking import Intake

ADDRESS_BYTES: Final = 8000
"""The longest path with its query. RFC 9110 asks for at least as much."""
HEADER_BYTES: Final = 32 * 1024


class StrictRoute(APIRoute):
    """A route that refuses query parameters that are unknown or repeated, with faults, and a head that is too long.

    It also refuses a request that accepts none of the formats that the route has, before anything is done.

    A route that ignored a misspelt parameter, or one of two values, would return a list that the reader takes for a
    filtered one. This is a route class and not a dependency, because FastAPI solves dependencies anew in every request.

    An address that one route names in full belongs to that route alone. Otherwise `GET /v1/families/find` would read
    `find` as an id.
    """

    compresses: ClassVar[bool] = True
    """Whether responses to GET may be compressed."""
    strict: ClassVar[bool] = True
    """Whether parameters that the route does not know are refused. Others decide what comes to a few addresses."""
    _named_in_full: ClassVar[set[str]] = set()

    def __init__(self, path: str, *args: Any, **named: Any) -> None:
        super().__init__(path, *args, **named)
        if not self.param_convertors:
            self._named_in_full.add(path)
        self._offered = offered_by(self)
        if self._offered:
            self.responses = {**self.responses, **respond_with((kinds.NOT_ACCEPTABLE,))}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        if match is not Match.NONE and self.param_convertors and path_below(scope) in self._named_in_full:
            return Match.NONE, {}
        return match, found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        fields = get_flat_params(self.dependant)
        known = {
            field.alias: _is_list(field.field_info.annotation)
            for field in fields
            if isinstance(field.field_info, params.Query)
        }
        self.expected = {field.alias: partial(_expect, field.field_info) for field in fields}
        reads = "GET" in (self.methods or ())

        async def handle_strictly(request: Request) -> Response:
            check_head(request.scope)
            if self.strict and request.scope["query_string"] and (faults := _query_faults(request, known)):
                raise Problem(kinds.FAULTS, faults=faults)
            if self._offered:
                choose_format(request, self._offered, by_query="format" in known)
            response = await handle(request)
            if len(self._offered) > 1:
                response.headers.add_vary_header("Accept")
            return await represent(request, response, compresses=self.compresses) if reads else response

        return handle_strictly


def _is_list(annotation: Any) -> bool:
    """Whether a type is a list, or a list or None."""
    return any(get_origin(each) is list for each in (annotation, *get_args(annotation)))


def _query_faults(request: Request, known: Mapping[str, bool]) -> list[Fault]:
    """A fault for each parameter that is not known, and for each that is named more than once.

    known: the names, and whether the parameter is a list, which is named once for each value
    """
    named = Counter(name for name, _ in request.query_params.multi_items())
    faults = []
    for name, times in named.items():
        shown = pointer([name])[1:]
        if name not in known:
            faults.append(shaped("unknown_member", Expected(options=tuple(known)), parameter=shown))
        elif times > 1 and not known[name]:
            faults.append(Fault("named_twice", parameter=shown))
    return faults


def _expect(field: FieldInfo) -> Expected:
    annotated: Any = Annotated[field.annotation, field]
    schema = TypeAdapter[Any](annotated).json_schema()
    return expect(schema, (), schema.get("$defs", {}))


def expected_by(request: Request) -> Callable[[str], Expected]:
    """What the request's route says about each of its parameters."""
    expected = getattr(request.scope.get("route"), "expected", {})
    return lambda name: expected[name]() if name in expected else Expected()


def check_head(scope: Scope) -> None:
    """Raises address-too-long (414) and headers-too-large (431). The server that reads the head has no such limits."""
    if len(scope["path"]) + len(scope["query_string"]) > ADDRESS_BYTES:
        raise Problem(kinds.ADDRESS_TOO_LONG, limit_bytes=ADDRESS_BYTES)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
        raise Problem(kinds.HEADERS_TOO_LARGE, limit_bytes=HEADER_BYTES)


@asynccontextmanager
async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction in the caller's area, for a handler that does something slow before or after its transaction."""
    caller: Caller | None = getattr(request.state, "caller", None)
    regions = caller.regions if caller is not None else ()
    async with transaction(database_of(request), tokens_of(request), regions) as session:
        yield session


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with open_session(request) as session:
        yield session


# scope="function", so that the commit happens before the response is sent and not after it.
SessionOf = Annotated[AsyncSession, Depends(_session, scope="function")]


def connect(request: Request) -> AbstractAsyncContextManager[Connection]:
    """A bare connection for routes with many requests. Give it back before you make the response."""
    return database_of(request).connection()


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def tokens_of(request: Request) -> Tokens:
    tokens: Tokens = request.app.state.tokens
    return tokens


def receipts_of(request: Request) -> ReceiptSigner:
    receipts: ReceiptSigner = request.app.state.receipts
    return receipts


def throttle_of(request: Request) -> Throttle:
    throttle: Throttle = request.app.state.throttle
    return throttle


def vault_of(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


def address_of(request: Request) -> str:
    """The client's IP address, or an empty text if the server does not know it."""
    return request.client.host if request.client is not None else ""


def intake_of(request: Request) -> Intake:
    """What takes submissions. Raises NotYetLoadedError if the published instruments have not been loaded yet."""
    catalogue_of(request)
    intake: Intake = request.app.state.intake
    return intake


def catalogue_of(request: Request) -> Catalogue:
    """The published instruments. Raises NotYetLoadedError if they have not been loaded since the start."""
    catalogue: Catalogue = request.app.state.catalogue
    if not catalogue.loaded:
        # The service started while the database was down. It has no reason yet to call an instrument unknown.
        raise NotYetLoadedError
    return catalogue


def respond(body: BaseModel, status: int = 200) -> Response:
    """A JSON response made in one step. FastAPI would validate the body that we have just made a second time."""
    return Response(body.model_dump_json(), status, media_type="application/json")


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def latest_of(request: Request) -> datetime:
    """The latest moment that a body may name, which is now plus the clock skew of the settings."""
    return datetime.now(UTC) + timedelta(seconds=settings_of(request).clock_skew_seconds)


Limit = Annotated[int, Query(ge=1, le=1000, description="The most items that a page may have", examples=[100]), WHOLE]
Cursor = Annotated[
    str | None, Query(min_length=1, max_length=500, description="The value of `next` on the page before")
]
_YEAR: Final[dict[str, Any]] = {
    "ge": 2000,
    "le": 2100,
    "description": "A calendar year, in the time of the region",
    "examples": [2025],
    "json_schema_extra": {"format": "year"},
}
Year = Annotated[int, Query(**_YEAR), WHOLE]
YearInPath = Annotated[int, Path(**_YEAR), WHOLE]
