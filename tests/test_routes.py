"""Every route requires a scope, or stands in the list of those that require none."""

from collections.abc import Iterator
from importlib import import_module

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from app.access import SCOPES
from app.routers.pages.route import PageRoute
from app.routers.pages.session import Session
from app.routers.phones.route import PhoneRoute, admit_phone
from app.routers.requirement import Requirement
from tests.support.source import files_of, module_of

# The token endpoints authenticate their callers themselves. Each has a file of tests.
PUBLIC = {
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/health/live",
    "/health/ready",
    "/v1/token",
    "/v1/token/introspect",
    "/v1/token/password",
    "/v1/token/revoke",
}
OPEN_PAGES = {"/assets/{name}", "/set-password", "/sign-in", "/sign-out", "/sign-in/outside", "/sign-in/outside/return"}
"""Pages without a session. Those with a form prove where it came from (tests/routers/pages)."""
DOCUMENTATION = {"/docs", "/docs/oauth2-redirect", "/openapi.json"}


def all_routes(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        inner = getattr(route, "routes", None)
        if inner and not isinstance(route, Mount):
            yield from all_routes(inner)
        else:
            yield route


def scopes_of(dependant: Dependant) -> Iterator[tuple[str, ...]]:
    """For each requirement of a route, the scopes of which any is enough. Empty if any valid token is."""
    if isinstance(dependant.call, Requirement):
        yield dependant.call.scopes
    for inner in dependant.dependencies:
        yield from scopes_of(inner)


async def test_every_route_requires_a_scope_or_is_public(app: FastAPI) -> None:
    paths = set(app.openapi()["paths"])
    seen = set()
    for route in app_routes():
        required = list(scopes_of(route.dependant))
        seen.add(route.path_format)
        assert (route.path_format in PUBLIC) != bool(required), route.path_format
        assert {scope for scopes in required for scope in scopes} <= SCOPES.keys()
        if () in required:
            known = ("/v1/me", "/v1/regions", "/v1/instruments", "/v1/codelists", "/v1/statistics/indicators")
            assert route.path_format.startswith(known), route.path_format
    assert seen == paths


READ_BY = {"/": ("aggregates:read", "submissions:write"), "/own": ("submissions:write",)}
"""The scopes of pages that do not need figures. `/` leads who has none to the own interviews."""


def sessions_of(dependant: Dependant) -> Iterator[tuple[str, ...]]:
    """For each session that a page requires, its scopes."""
    if isinstance(dependant.call, Session):
        yield dependant.call.scopes
    for inner in dependant.dependencies:
        yield from sessions_of(inner)


def test_every_page_needs_a_session_or_is_open() -> None:
    """A page never takes a bearer token, and the API never takes the cookie of a session."""
    pages = list(app_routes(pages=True))
    assert {route.path_format for route in pages} > OPEN_PAGES
    for route in pages:
        required = list(sessions_of(route.dependant))
        assert (route.path_format in OPEN_PAGES) != bool(required), route.path_format
        expected = READ_BY.get(route.path_format, ("aggregates:read",))
        assert all(scopes == expected for scopes in required), route.path_format
        assert list(scopes_of(route.dependant)) == [], route.path_format
    for route in app_routes():
        assert list(sessions_of(route.dependant)) == [], route.path_format


def test_pages_are_no_part_of_the_contract() -> None:
    for route in app_routes(pages=True):
        assert isinstance(route, PageRoute), route.path_format
        assert not route.path_format.startswith(("/v1", "/health", "/.well-known")), route.path_format
    for route in app_routes():
        assert not isinstance(route, PageRoute), route.path_format


def test_only_forms_without_a_session_change_anything() -> None:
    """A page that reads is a GET. What is sent with POST checks where it came from."""
    posting = {route.path_format for route in app_routes(pages=True) if "POST" in (route.methods or ())}
    assert posting == {"/set-password", "/sign-in", "/sign-out"}
    assert all(route.methods in ({"GET"}, {"POST"}) for route in app_routes(pages=True))


def test_few_routes_are_open_to_one_of_several_scopes() -> None:
    several = {
        route.path_format: each for route in app_routes() for each in scopes_of(route.dependant) if len(each) > 1
    }
    either, seers = ("submissions:read", "submissions:write"), ("aggregates:read", "people:manage", "agencies:manage")
    any_of_round = ("submissions:read", "submissions:review", "submissions:write")
    figures = ("aggregates:read", "statistics:write")
    known = ("submissions:write", "submissions:review")
    assert several == {
        "/v1/submissions": either,
        "/v1/submissions/{id}": either,
        "/v1/submissions/{id}/answers": known,
        "/v1/submissions/{id}/reviews": known,
        "/v1/submissions/{id}/revisions": known,
        "/v1/receipts/verify": either,
        "/v1/held-submissions": known,
        "/v1/held-submissions/{id}": known,
        "/v1/export-keys": seers,
        "/v1/export-keys/{id}": seers,
        "/v1/rounds": any_of_round,
        "/v1/rounds/{id}": any_of_round,
        "/v1/rounds/{id}/villages": any_of_round,
        "/v1/rounds/{id}/changes": ("submissions:read", "submissions:review"),
        "/v1/statistics/cases": figures,
        "/v1/statistics/cases/{region}/{period}": figures,
        "/v1/statistics/context": figures,
        "/v1/statistics/context/{indicator}/{region}/{year}": figures,
    }


def takes_export_key(dependant: Dependant) -> bool:
    mine = isinstance(dependant.call, Requirement) and dependant.call.export_key
    return mine or any(map(takes_export_key, dependant.dependencies))


async def test_export_keys_read_figures_and_what_explains_them_and_nothing_else(app: FastAPI) -> None:
    routes = [route for route in app_routes() if takes_export_key(route.dependant)]
    taking = {(route.path_format, *sorted(route.methods or ())) for route in routes}
    assert taking == {
        ("/v1/aggregates", "GET"),
        ("/v1/aggregates/available", "GET"),
        ("/v1/aggregates/ranks", "GET"),
        ("/v1/aggregates/{region}/trend", "GET"),
        ("/v1/aggregates/{region}/{year}", "GET"),
        ("/v1/aggregates/{region}/{year}/breakdowns", "GET"),
        ("/v1/aggregates/{region}/{year}/restated", "GET"),
        ("/v1/codelists", "GET"),
        ("/v1/instruments", "GET"),
        ("/v1/releases", "GET"),
        ("/v1/releases/{id}", "GET"),
        ("/v1/releases/{id}/metadata", "GET"),
        ("/v1/releases/{id}/villages", "GET"),
        ("/v1/instruments/{code}/{version}", "GET"),
        ("/v1/instruments/{code}/{version}/schema", "GET"),
        ("/v1/instruments/{code}/{version}/form", "GET"),
        ("/v1/profiles", "GET"),
        ("/v1/regions", "GET"),
        ("/v1/regions/{code}", "GET"),
        ("/v1/regions/{code}/profile/{year}", "GET"),
        ("/v1/statistics/cases", "GET"),
        ("/v1/statistics/cases/{region}/{period}", "GET"),
        ("/v1/statistics/context", "GET"),
        ("/v1/statistics/context/{indicator}/{region}/{year}", "GET"),
        ("/v1/statistics/indicators", "GET"),
    }
    documented = {
        (path, method.upper())
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if {"basic": []} in operation.get("security", ())
    }
    assert documented == taking


def depends_on(dependant: Dependant, call: object) -> bool:
    return dependant.call is call or any(depends_on(inner, call) for inner in dependant.dependencies)


def test_every_route_of_phones_needs_the_secret_of_a_phone() -> None:
    """It takes no bearer token and no session, and what takes the secret is no part of the contract."""
    phones = [route for route in every_route() if isinstance(route, PhoneRoute)]
    assert len(phones) == 14
    for route in phones:
        assert route.path_format.startswith(("/odk/k/{token}/", "/odk/")), route.path_format
        assert depends_on(route.dependant, admit_phone), route.path_format
        assert not route.include_in_schema, route.path_format
        assert [*scopes_of(route.dependant), *sessions_of(route.dependant)] == [], route.path_format
    for other in every_route():
        assert isinstance(other, PhoneRoute) or not depends_on(other.dependant, admit_phone), other.path_format


def every_route() -> list[APIRoute]:
    modules = [import_module(module_of(file)) for file in files_of("app/routers")]
    named = ("router", "returning")
    routers = [getattr(module, name) for module in modules for name in named if hasattr(module, name)]
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


def app_routes(*, pages: bool = False) -> list[APIRoute]:
    """The routes of the API, or those of pages. Those of phones are neither."""
    routes = [route for route in every_route() if not isinstance(route, PhoneRoute)]
    return [route for route in routes if route.include_in_schema != pages]


async def test_what_is_not_an_operation_is_documentation(app: FastAPI) -> None:
    others = {route.path for route in all_routes(app.routes) if isinstance(route, Route) and type(route) is Route}
    assert {path for path in others if not path.startswith("/static")} <= DOCUMENTATION
    assert not {route.path for route in all_routes(app.routes) if isinstance(route, Mount)} - {"/static-offline-docs"}
