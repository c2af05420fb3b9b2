"""What each command loads. Time differs from machine to machine, so the names of modules are compared."""

import subprocess
import sys

import pytest

from tests.support.factories import PROJECT

HTTP = {"fastapi", "starlette", "uvicorn", "fastapi_offline"}
DATABASE = {"sqlalchemy", "sqlmodel", "asyncpg", "alembic"}
CRYPTOGRAPHY = {"jose", "argon2", "cryptography"}
# Each command → which of these it may not load to explain itself.
LEFT_OUT = {
    "": HTTP | DATABASE | CRYPTOGRAPHY | {"pydantic", "httpx", "rich"},
    "migrate": HTTP | {"httpx", "jose", "argon2"},
    "regions": HTTP | {"alembic", "httpx", "jose", "argon2"},
    "instrument": HTTP | {"alembic", "httpx", "jose", "argon2"},
    "agency": HTTP | {"alembic"},
    "person": HTTP | {"alembic"},
    "requests": HTTP | {"alembic"},
    "audit": HTTP | {"alembic", "httpx", "jose", "argon2"},
    "keys": HTTP | {"alembic", "httpx", "jose", "argon2"},
}
# Each command → the capabilities of services that it may load.
SERVICES = {
    "migrate": {"access", "aggregates", "audit", "families", "intake", "reference", "rounds", "statistics"},
    "regions": {"access", "audit", "reference"},
    "instrument": {"access", "audit", "reference"},
    "agency": {"audit", "access", "reference"},
    "person": {"audit", "access", "reference"},
    "audit": {"access", "audit"},
}


def loaded_by(command: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after the help of a command."""
    code = f"""
import sys
from app.cli import ikk
try:
    ikk([*{command.split()!r}, "--help"])
except SystemExit:
    print("\\0".join(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split("\0"))


@pytest.mark.parametrize("command", LEFT_OUT)
def test_a_command_loads_only_what_it_needs(command: str) -> None:
    loaded = loaded_by(command)
    assert "app.cli" in loaded
    assert loaded & LEFT_OUT[command] == set()
    if command in SERVICES:
        services = {name.split(".")[2] for name in loaded if name.startswith("app.services.")}
        assert services <= SERVICES[command]
    if not command:
        assert {name for name in loaded if name.startswith("app.")} == {
            "app.cli",
            "app.language",
            "app.language.catalogue",
            "app.language.frame",
        }
