"""Makes the FastAPI application. Read `create_app` from top to bottom to see how it is put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app.config import Settings
from app.examples.parameters import Live
from app.jobs.addresses import AddressKeeper
from app.jobs.key_watch import KeyWatch
from app.jobs.releasing import Releaser
from app.jobs.sealing import Sealer
from app.jobs.start import working
from app.jobs.sweeping import Sweeper
from app.openapi import complete, describe, serve_document
from app.platform.addresses import Addresses
from app.platform.bodies import BodyLimit
from app.platform.database import Database, UnavailableError
from app.platform.encryption import Vault, VaultError
from app.platform.headers import dress, make_docs_policy
from app.platform.key_ring import KeyRing
from app.platform.log import log
from app.platform.metrics import Metrics
from app.platform.observing import Observe
from app.platform.receipts import ReceiptSigner
from app.platform.root_path import UnderPath, path_below
from app.platform.throttle import Throttle
from app.platform.tokens import Tokens
from app.platform.unavailable import problem_of
from app.problems import Problem, kinds, language_of, parameter_faults
from app.problems.unready_texts import Reason
from app.routers import operation
from app.routers.access import (
    agencies,
    devices,
    export_keys,
    me,
    metadata,
    people,
    presented_tokens,
    second_factor,
    token,
)
from app.routers.aggregates import aggregates, released
from app.routers.aggregates.front import AggregatesInFront
from app.routers.audit import addresses, entries
from app.routers.dependencies import expected_by
from app.routers.families import consents, families
from app.routers.front import Front
from app.routers.intake import answers, batch, receipts, reconcile, scores, submissions
from app.routers.intake.front import SubmissionsInFront
from app.routers.pages import assets, compare, outside, own, search, sign_in, start
from app.routers.pages import regions as region_pages
from app.routers.pages.problems import show_problem, wants_page
from app.routers.pages.route import PageRoute
from app.routers.phones import forms, instances
from app.routers.phones.route import answer_problem, is_for_phones
from app.routers.profiles import profiles
from app.routers.reference import codelists, instruments, regions
from app.routers.releases import releases
from app.routers.reviews import export, held, held_erasure, reinterviews, reviews, revisions, warnings
from app.routers.rounds import rounds
from app.routers.statistics import cases, context, indicators
from app.routers.subject_requests import subject_requests
from app.scoring.catalogue import Catalogue, NotYetLoadedError
from app.services.aggregates.cards import Cards
from app.services.intake.taking import Intake

_IN_FRONT: Final = (SubmissionsInFront, AggregatesInFront)


def create_app(settings: Settings, dsn: str, *, metrics_folder: Path | None = None, fronted: bool = True) -> FastAPI:
    """The service on the database at `dsn`, which the app opens when it starts and closes after the last request.

    metrics_folder: where several workers share their metrics
    fronted: whether the thin layer in front is there. Without it the responses are the same

    Raises KeyRingError if there is no key ring.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Database.open(dsn, settings) as database, app.state.throttle.working(database):
            state = app.state
            state.database = state.tokens.areas.database = database
            state.intake = Intake(
                database,
                state.catalogue,
                state.vault,
                state.receipts,
                conflicts=settings.conflicts_per_device,
                faulty=settings.faulty_per_person,
            )
            state.cards = Cards(database, state.catalogue, settings.default_instrument)
            async with working(app):
                if state.catalogue.loaded:
                    await state.intake.start()
                try:
                    yield
                finally:
                    await state.intake.finish()
                    await state.cards.finish()

    app = FastAPIOffline(
        lifespan=lifespan,
        # A redirect would name the Host that the client sent, and drop the body. An address is exact or 404.
        redirect_slashes=False,
        # Our own metrics and log lines name the route and never a path or query. FastAPI's would be a second set.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        **describe(settings.issuer, settings.root_path),
    )
    app.state.settings = settings
    app.state.live_examples = Live()
    app.state.keys = KeyRing(settings.key_ring_file)
    app.state.key_watch = KeyWatch(app.state.keys)
    app.state.tokens = Tokens(settings, app.state.keys)
    app.state.receipts = ReceiptSigner(settings, app.state.keys)
    app.state.vault = Vault(app.state.keys)
    app.state.throttle = Throttle(settings, app.state.keys)
    app.state.catalogue = Catalogue()
    app.state.table_turn = asyncio.Semaphore(1)
    app.state.export_turn = asyncio.Semaphore(2)
    app.state.metrics = Metrics(metrics_folder)
    app.state.addresses = Addresses()
    app.state.address_keeper = AddressKeeper(app.state.addresses, settings.address_days)
    app.state.sweeper = Sweeper(
        training_days=settings.training_days, event_days=settings.event_days, held_days=settings.held_days
    )
    app.state.releaser = Releaser(app.state.catalogue, app.state.keys, settings.release_hour)
    app.state.sealer = Sealer(app.state.keys, app.state.metrics, settings.audit_head_seconds)

    # Requests are matched in this order, so the routes with the most requests come first.
    for each in (
        submissions,
        batch,
        reconcile,
        answers,
        warnings,
        reinterviews,
        export,
        reviews,
        revisions,
        held,
        held_erasure,
        aggregates,
        released,
        releases,
        token,
        scores,
        receipts,
        regions,
        instruments,
        codelists,
        cases,
        context,
        indicators,
        profiles,
        families,
        rounds,
        subject_requests,
        consents,
        people,
        devices,
        agencies,
        export_keys,
        entries,
        addresses,
        presented_tokens,
        me,
        second_factor,
        metadata,
        operation,
        forms,
        instances,
        start,
        own,
        region_pages,
        search,
        compare,
        sign_in,
        outside,
        assets,
    ):
        app.include_router(each.router)
    app.include_router(outside.returning)
    complete(app)
    serve_document(app)

    app.add_exception_handler(Problem, _return_problem)
    app.add_exception_handler(UnavailableError, _return_unavailable)
    app.add_exception_handler(NotYetLoadedError, _return_unavailable)
    app.add_exception_handler(VaultError, _return_unreadable)
    app.add_exception_handler(RequestValidationError, _return_invalid)
    app.add_exception_handler(HTTPException, _return_http)
    app.add_middleware(BodyLimit, seconds=settings.body_seconds)
    dressed = partial(dress, docs_policy=make_docs_policy(app, settings.root_path), origins=settings.cors_origins)
    app.add_middleware(dressed)
    app.add_middleware(Observe, metrics=app.state.metrics, answer_internal=dressed(_return_internal))
    if settings.root_path:
        app.add_middleware(UnderPath, root_path=settings.root_path)
    if fronted:
        ordinary = app.build_middleware_stack
        app.build_middleware_stack = lambda: Front(ordinary(), app.state, _IN_FRONT)  # type: ignore[method-assign]
    return app


async def _return_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 (registered for nothing else)
    if is_for_phones(request):
        return answer_problem(request, error)
    if wants_page(request):
        return show_problem(request, error)
    language = language_of(request.headers.get("accept-language"))
    writes = request.method not in ("GET", "HEAD") and not path_below(request.scope).startswith("/v1/token")
    return JSONResponse(
        error.render(language, request.state.request_id, writes=writes),
        error.kind.status,
        headers={"Content-Language": language, **error.headers},
        media_type="application/problem+json",
    )


async def _return_unavailable(request: Request, error: Exception) -> Response:
    also: list[Reason] = ["instruments"] if isinstance(error, NotYetLoadedError) else []
    return await _return_problem(request, problem_of(error, *also))


async def _return_unreadable(request: Request, error: Exception) -> Response:
    log.error("identity unreadable", reason=str(error))
    return await _return_problem(request, Problem(kinds.IDENTITY_UNREADABLE))


async def _return_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    # Two dependencies of a route may declare the same parameter.
    once = {(each["type"], *each["loc"]): each for each in error.errors()}
    faults = parameter_faults(list(once.values()), expected_by(request))
    return await _return_problem(request, Problem(kinds.FAULTS, faults=faults))


async def _return_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    by_status = {404: kinds.NOT_FOUND, 405: kinds.METHOD_NOT_ALLOWED, 400: kinds.MALFORMED}
    kind = by_status.get(error.status_code, kinds.INTERNAL)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The router names only the methods of the first route at the address.
        path = getattr(request.scope.get("route"), "path", "")
        at_path = (
            each.methods or set() for each in iter_route_contexts(request.app.router.routes) if each.path == path
        )
        methods = PageRoute.methods_at.get(path) or set().union(*at_path) or {"GET"}
        headers["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    return await _return_problem(request, Problem(kind, headers=headers))


async def _return_internal(scope: Scope, receive: Receive, send: Send) -> None:
    response = await _return_problem(Request(scope), Problem(kinds.INTERNAL))
    await response(scope, receive, send)
