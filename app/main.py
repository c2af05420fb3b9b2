"""The application: create_app(settings, dsn), read top to bottom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app import problems
from app.bodies import BodyLimit
from app.config import Settings
from app.database import Database, UnavailableError
from app.openapi import complete, describe
from app.problems import Problem, language_of, shape_faults
from app.routers import aggregates, instruments, operation, regions, scores, submissions, token
from app.scoring.catalogue import Catalogue, NotYetLoadedError
from app.security import Tokens
from app.services.instruments import UnreadableInstrumentError, refresh_catalogue
from app.telemetry import Metrics, Observe, log


def create_app(settings: Settings, dsn: str) -> FastAPI:
    """The service on a database; opens it with the application's lifespan and closes it after the last request."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Database.open(dsn, settings) as database:
            app.state.database = database
            await _try_refresh(app)
            refreshing = asyncio.create_task(_keep_fresh(app, settings.refresh_seconds))
            try:
                yield
            finally:
                refreshing.cancel()
                with suppress(asyncio.CancelledError):
                    await refreshing

    app = FastAPIOffline(
        lifespan=lifespan,
        # Our own metrics and log lines know the route and never a path or query; FastAPI's would be a second set.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        **describe(),
    )
    app.state.settings = settings
    app.state.tokens = Tokens(settings)
    app.state.catalogue = Catalogue()
    app.state.metrics = Metrics()

    # In the order in which requests are matched: the routes that are called most come first.
    for each in (submissions, aggregates, token, scores, regions, instruments, operation):
        app.include_router(each.router)
    complete(app)

    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(UnavailableError, _answer_unavailable)
    app.add_exception_handler(NotYetLoadedError, _answer_unavailable)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_middleware(BodyLimit, limit=settings.body_limit_bytes)
    app.add_middleware(Observe, metrics=app.state.metrics, answer_internal=_answer_internal)
    return app


async def _try_refresh(app: FastAPI) -> None:
    """A server whose database is down or not migrated runs all the same, and says so at /health/ready."""
    try:
        async with app.state.database.session() as session:
            await refresh_catalogue(session, app.state.catalogue)
    except UnavailableError:
        log.warning("catalogue not refreshed: database unavailable")
    except UnreadableInstrumentError as error:
        log.error("instruments this version cannot read", instruments=str(error))
    except Exception:
        log.exception("catalogue not refreshed")


async def _keep_fresh(app: FastAPI, seconds: float) -> None:
    """Takes in instruments that are published while the server runs, and at start-up with the database down."""
    while True:
        await asyncio.sleep(seconds if app.state.catalogue.loaded else min(seconds, 1.0))
        await _try_refresh(app)


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 (registered for nothing else)
    language = language_of(request.headers.get("accept-language"))
    return JSONResponse(
        error.render(language, request.state.request_id),
        error.kind.status,
        headers={"Content-Language": language, **error.headers},
        media_type="application/problem+json",
    )


async def _answer_unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", cause=type(error.__cause__ or error).__qualname__)
    problem = Problem(problems.UNAVAILABLE, headers={"Retry-After": "5"})
    return await _answer_problem(request, problem)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    faults = shape_faults(error.errors(), of_parameters=True)
    return await _answer_problem(request, Problem(problems.FAULTS, faults=faults))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    kinds = {404: problems.NOT_FOUND, 405: problems.METHOD_NOT_ALLOWED, 400: problems.MALFORMED}
    kind = kinds.get(error.status_code, problems.INTERNAL)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The router names the methods of the first route at the address only.
        path = getattr(request.scope.get("route"), "path", "")
        methods = request.app.openapi()["paths"].get(path, {})
        headers["Allow"] = ", ".join(sorted(method.upper() for method in methods)) or headers.get("Allow", "")
    return await _answer_problem(request, Problem(kind, headers=headers))


async def _answer_internal(scope: Scope, receive: Receive, send: Send) -> None:
    response = await _answer_problem(Request(scope), Problem(problems.INTERNAL))
    await response(scope, receive, send)
