"""The laws of the house, by reading the code: who imports whom, who may do what, and what things are called."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from app.config import Settings
from app.fault_texts import FAULT_TEXTS
from app.problems import CATALOGUE
from app.security import SCOPES
from tests.factories import PROJECT

APP = PROJECT / "app"
FILES = sorted(APP.rglob("*.py"))

# Who asks the token endpoints proves themself there; each has a file of tests.
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
DOCUMENTATION = {"/docs", "/docs/oauth2-redirect", "/openapi.json"}
BANNED = {"data", "info", "item", "util", "helper", "manager", "handler", "process", "common", "misc"}
LIBRARY_NAMES = {
    "add_exception_handler",
    "handlers",
    "ProcessCollector",
    "get_route_handler",
    "ProcessorFormatter",
    "StreamHandler",
}

PURE = ("app.scoring", "app.regions")
# Package (or file) → the only parts of app that it may import, itself included.
MAY_IMPORT = {
    "app/scoring": {"app.scoring"},
    "app/regions": {"app.regions"},
    "app/models": {"app.models"},
    "app/schemas": {"app.schemas", *PURE},
    "app/tables.py": {"app.problems"},
    "app/people/files.py": {"app.problems", "app.schemas", "app.tables"},
    "app/people/appointing.py": {"app.identity", "app.problems", "app.schemas", "app.security", *PURE},
    "app/config.py": set(),
    "app/fault_texts.py": set(),
    "app/problems.py": {"app.fault_texts"},
    "app/services": {
        "app.models",
        "app.schemas",
        "app.problems",
        "app.database",
        "app.security",
        "app.people.appointing",
        "app.audit",
        "app.revocation",
        "app.identity",
        "app.intake",
        "app.rights",
        *PURE,
    },
    "app/identity.py": set(),
    "app/intake.py": {"app.identity", "app.schemas", "app.problems", *PURE},
    "app/audit": {"app.audit", "app.models", "app.security"},
    "app/audit/chain.py": set(),
    "app/revocation.py": set(),
    "app/rights": {
        "app.rights",
        "app.audit",
        "app.identity",
        "app.intake",
        "app.models",
        "app.problems",
        "app.schemas",
        "app.security",
        *PURE,
    },
    "app/security": {"app.security", "app.config", "app.problems", "app.regions"},
    "app/routers": {
        "app.routers",
        "app.services",
        "app.schemas",
        "app.problems",
        "app.security",
        "app.bodies",
        "app.tables",
        "app.people.files",
        "app.config",
        "app.database",
        "app.scoring.catalogue",
        "app.throttle",
    },
}


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imports(file: Path) -> Iterator[str]:
    """Full names of all that a file imports: the modules, and what is taken out of them."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(file: Path) -> str:
    return file.relative_to(PROJECT).as_posix()


def within(name: str, packages: set[str] | tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def files_of(place: str) -> list[Path]:
    found = [file for file in FILES if name_of(file) == place or name_of(file).startswith(place + "/")]
    assert found, place
    return found


def files_that_import(*modules: str) -> list[str]:
    return [name_of(file) for file in FILES if any(within(name, modules) for name in imports(file))]


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_imports_run_in_one_direction(place: str) -> None:
    for file in files_of(place):
        ours = {name for name in imports(file) if within(name, ("app",))}
        assert {name for name in ours if not within(name, MAY_IMPORT[place])} == set(), name_of(file)


def test_scoring_and_regions_know_no_http_no_sql_and_no_clock() -> None:
    for place in ("app/scoring", "app/regions"):
        for file in files_of(place):
            foreign = ("fastapi", "starlette", "sqlalchemy", "sqlmodel", "asyncpg", "time", "random", "os")
            assert [name for name in imports(file) if within(name, foreign)] == [], name_of(file)
            assert not re.search(r"\.(now|today|utcnow)\(", file.read_text("utf-8")), name_of(file)


def test_services_know_no_http() -> None:
    for file in files_of("app/services"):
        assert [name for name in imports(file) if within(name, ("fastapi", "starlette"))] == [], name_of(file)


def test_services_do_not_import_each_other() -> None:
    for file in files_of("app/services"):
        assert [name for name in imports(file) if within(name, ("app.services",))] == [], name_of(file)


def test_routers_know_no_sql() -> None:
    for file in files_of("app/routers"):
        allowed = {"sqlalchemy.ext.asyncio.AsyncSession"}
        sql = {name for name in imports(file) if within(name, ("sqlalchemy", "sqlmodel", "asyncpg"))}
        assert sql <= allowed, name_of(file)


def test_only_config_reads_the_environment() -> None:
    assert files_that_import("pydantic_settings") == ["app/config.py"]
    # Handing the whole of it on to a child is not reading it.
    read = re.compile(r"environb?(\[|\.)|getenv")
    reading = [name_of(file) for file in FILES if read.search(file.read_text("utf-8"))]
    assert reading == []


def test_only_security_sees_tokens() -> None:
    assert files_that_import("jose") == ["app/security/signatures.py"]


def test_only_the_database_commits() -> None:
    committing = [name_of(file) for file in FILES if ".commit(" in file.read_text("utf-8")]
    assert committing == ["app/database.py"]
    beginning = [name_of(file) for file in FILES if ".begin(" in file.read_text("utf-8")]
    assert beginning == ["app/migrate.py"]


def all_routes(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        inner = getattr(route, "routes", None)
        if inner and not isinstance(route, Mount):
            yield from all_routes(inner)
        else:
            yield route


def scopes_of(dependant: Dependant) -> Iterator[str | None]:
    """Scopes that a route requires; None where any valid token will do."""
    if dependant.call is not None and hasattr(dependant.call, "scope"):
        yield dependant.call.scope
    for inner in dependant.dependencies:
        yield from scopes_of(inner)


async def test_every_route_requires_a_scope_or_is_public(app: FastAPI) -> None:
    paths = set(app.openapi()["paths"])
    seen = set()
    for route in app_routes():
        required = list(scopes_of(route.dependant))
        seen.add(route.path_format)
        assert (route.path_format in PUBLIC) != bool(required), route.path_format
        assert {scope for scope in required if scope is not None} <= SCOPES.keys()
        if None in required:
            assert route.path_format.startswith(("/v1/me", "/v1/regions", "/v1/instruments")), route.path_format
    assert seen == paths


def app_routes() -> list[APIRoute]:
    modules = [import_module(f"app.routers.{file.stem}") for file in (APP / "routers").glob("[a-z]*.py")]
    routers = [module.router for module in modules if hasattr(module, "router")]
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


async def test_what_is_not_an_operation_is_documentation(app: FastAPI) -> None:
    others = {route.path for route in all_routes(app.routes) if isinstance(route, Route) and type(route) is Route}
    assert {path for path in others if not path.startswith("/static")} <= DOCUMENTATION
    assert not {route.path for route in all_routes(app.routes) if isinstance(route, Mount)} - {"/static-offline-docs"}


def test_problems_have_slugs_of_their_own_and_all_are_in_the_catalogue() -> None:
    slugs = [kind.slug for kind in CATALOGUE]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in slugs)
    made = [
        name_of(file)
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Kind"
    ]
    assert made == ["app/problems.py"] * len(CATALOGUE)


def test_every_fault_code_in_use_has_texts_and_every_text_is_in_use() -> None:
    used = {
        node.value
        for file in FILES
        if name_of(file) != "app/fault_texts.py"
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert FAULT_TEXTS.keys() <= used
    codes = set()
    for file in FILES:
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Fault": 0, "AnswerFault": 1}.get(node.func.id)
                code = node.args[place] if place is not None else None
                if isinstance(code, ast.Constant):
                    codes.add(code.value)
    assert codes <= FAULT_TEXTS.keys()
    assert len(codes) > 10


def test_every_setting_is_in_the_example_of_the_environment_and_nothing_else() -> None:
    lines = (PROJECT / ".env.example").read_text("utf-8").splitlines()
    named = [found[1] for line in lines if (found := re.fullmatch(r"# ?([A-Z][A-Z_]*)=.*", line))]
    settings = ["DATABASE_URL" if name == "database_url" else f"IKK_{name.upper()}" for name in Settings.model_fields]
    of_compose = set(re.findall(r"\$\{(\w+)", (PROJECT / "compose.yaml").read_text("utf-8")))
    assert sorted(name for name in named if name not in of_compose - set(settings)) == sorted(settings)


def names_in(file: Path) -> Iterator[str]:
    yield file.stem
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def test_no_name_is_a_word_that_says_nothing() -> None:
    for file in FILES:
        for name in names_in(file):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
            plain = words | {word.removesuffix("s") for word in words}
            assert name in LIBRARY_NAMES or not plain & BANNED, f"{name_of(file)}: {name}"


def test_every_module_says_what_it_is_for() -> None:
    for file in FILES:
        if tree_of(file).body:
            assert ast.get_docstring(tree_of(file)), name_of(file)
