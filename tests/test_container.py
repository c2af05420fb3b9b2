"""Runs the steps of Dockerfile and compose.yaml one by one, so that it needs no container engine.

Steps that need an engine (a base image, a user, an owner) are compared with the known text of the files. A new kind of
step therefore makes a test fail.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config import Settings
from tests.support.wire import eventually

PROJECT = Path(__file__).parents[1]
STEPS = [line for line in (PROJECT / "Dockerfile").read_text().splitlines() if re.match(r"[A-Z]+ ", line)]
COMPOSE = (PROJECT / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]


def steps(kind: str) -> list[str]:
    return [line.removeprefix(kind).strip() for line in STEPS if line.startswith(f"{kind} ")]


# As .dockerignore says. Other tests write there meanwhile.
copy_folder = partial(shutil.copytree, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with its own environment, filled by the Dockerfile's COPY and pip steps in their order."""
    folder = tmp_path_factory.mktemp("image")
    environment = folder / "environment"
    work = folder / "srv"
    work.mkdir()
    venv.create(environment, with_pip=True, symlinks=True)
    for line in STEPS:
        kind, _, step = line.partition(" ")
        if kind == "COPY":
            *sources, target = step.split()
            for source in sources:
                place = work / target if target != "." and not target.endswith("/") else work / target / source
                copy = copy_folder if (PROJECT / source).is_dir() else shutil.copy2
                copy(PROJECT / source, place)
        elif kind == "RUN" and step.startswith("pip "):
            subprocess.run([environment / "bin" / "python", "-m", *step.split()], cwd=work, check=True)
        elif kind == "RUN" and step.startswith("python "):
            subprocess.run([environment / "bin" / "python", *step.split()[1:]], cwd=work, check=True)
    yield folder
    shutil.rmtree(folder)


def test_every_step_is_one_that_is_run_or_known() -> None:
    assert steps("FROM") == ["python:3.12-slim"]
    assert [step for step in steps("RUN") if not step.startswith(("pip ", "python "))] == [
        "useradd --system --create-home --home-dir /srv/ikk ikk",
        "install --directory --owner=ikk --mode=0700 state",
    ]
    assert steps("USER") == ["ikk"]
    known = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}
    assert {line.split()[0] for line in STEPS} == known


def test_the_user_is_set_after_the_last_step_that_needs_root() -> None:
    kinds = [line.split()[0] for line in STEPS]
    assert kinds.index("USER") > max(place for place, kind in enumerate(kinds) if kind in ("RUN", "COPY"))


@pytest.mark.foreign
async def test_it_prepares_serves_is_healthy_and_stops(image: Path, empty_dsn: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    state = image / "state"
    variables = dict(each.split("=", 1) for each in steps("ENV")[0].split())
    environment = {
        **{name: os.environ[name] for name in ("LANG", "TZ") if name in os.environ},
        **variables,
        "PATH": f"{image / 'environment' / 'bin'}:{os.environ['PATH']}",
        "DATABASE_URL": empty_dsn,
        "IKK_FOLDER": str(state),
        "IKK_PORT": str(port),
        "IKK_HOST": "127.0.0.1",
    }
    await _run(SERVICES["prepare"]["command"], image / "srv", environment)
    server = await asyncio.create_subprocess_exec(
        *json.loads(steps("CMD")[0]), cwd=image / "srv", env=environment, stdout=subprocess.PIPE
    )
    try:
        _, _, check = steps("HEALTHCHECK")[0].partition("CMD ")
        await _until_healthy([part.replace("8000", str(port)) for part in json.loads(check)], image, environment)
    finally:
        server.send_signal(getattr(signal, steps("STOPSIGNAL")[0]))
        lines, _ = await asyncio.wait_for(server.communicate(), 40)
    assert server.returncode in (0, -signal.SIGTERM)
    assert all(json.loads(line)["level"] for line in lines.decode().splitlines())
    assert (state / "keys.json").stat().st_mode & 0o077 == 0


async def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    ran = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment)
    assert await ran.wait() == 0


async def _until_healthy(check: list[str], image: Path, environment: dict[str, str]) -> None:
    async def is_healthy() -> bool:
        ran = await asyncio.create_subprocess_exec(
            *check, cwd=image / "srv", env=environment, stderr=subprocess.DEVNULL
        )
        return await ran.wait() == 0

    await eventually(is_healthy, 120)


def test_compose_keeps_to_the_schema_of_compose_files() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema=vendor.compose-spec", PROJECT / "compose.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_what_compose_starts_is_what_the_image_offers() -> None:
    assert [name for name, service in SERVICES.items() if service.get("build") == "."] == ["prepare", "api"]
    assert {volume.partition(":")[2] for name in ("prepare", "api") for volume in SERVICES[name]["volumes"]} == {
        steps("VOLUME")[0]
    }
    assert SERVICES["api"]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}
    assert int(SERVICES["api"]["stop_grace_period"].removesuffix("s")) > Settings().shutdown_seconds


def test_the_owner_prepares_and_a_login_that_owns_nothing_serves() -> None:
    address = "postgresql://{login}:${{{password}}}@database:5432/ikk"
    for service, login, password in (
        ("prepare", "ikk_owner", "OWNER_PASSWORD"),
        ("api", "ikk_api", "API_PASSWORD"),
    ):
        wanted = address.format(login=login, password=password)
        assert SERVICES[service]["environment"]["DATABASE_URL"] == wanted
    logins = (PROJECT / "deploy" / "logins.sql").read_text("utf-8")
    assert "OWNER_PASSWORD" in logins
    assert "API_PASSWORD" in logins
    assert "./deploy/logins.sql:/docker-entrypoint-initdb.d/logins.sql:ro" in SERVICES["database"]["volumes"]


def test_no_container_gets_a_password_that_it_does_not_need() -> None:
    """The file of passwords is only read by Compose, which fills in what each container has to know."""
    known = {name: set(re.findall(r"\$\{(\w*PASSWORD)", json.dumps(service))) for name, service in SERVICES.items()}
    assert known == {
        "database": {"POSTGRES_PASSWORD", "OWNER_PASSWORD", "API_PASSWORD"},
        "prepare": {"OWNER_PASSWORD"},
        "api": {"API_PASSWORD"},
        "proxy": set(),
    }
    for service in SERVICES.values():
        assert all(file["path"] != ".env" for file in service.get("env_file", []))
        for spoken in (service.get("command"), service.get("entrypoint"), service.get("healthcheck")):
            assert not re.search(r"\$|password|secret", json.dumps(spoken), re.IGNORECASE)


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "proxy": ["80:80", "443:443"]
    }
    assert yaml.safe_load(COMPOSE)["networks"]["inside"]["internal"] is True
    assert SERVICES["database"]["networks"] == SERVICES["prepare"]["networks"] == ["inside"]
    assert not any("network_mode" in service for service in SERVICES.values())


def test_the_service_trusts_its_proxy_and_the_proxy_knows_the_service() -> None:
    proxy, api = (SERVICES[name]["networks"]["inside"]["ipv4_address"] for name in ("proxy", "api"))
    assert SERVICES["api"]["environment"]["IKK_TRUSTED_PROXIES"] == proxy
    assert yaml.safe_load(COMPOSE)["configs"]["servers"]["content"] == f"server {api}:8000;\n"
    assert Settings(trusted_proxies=(proxy,)).trusted_proxies == (proxy,)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_that_is_taken_over_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    more = {"database": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}
    assert set(service.get("cap_add", [])) == more.get(name, set())
    assert name == "prepare" or service["restart"] == "unless-stopped"


def test_the_log_of_postgresql_holds_no_values() -> None:
    options = {option.removeprefix("-c") for option in SERVICES["database"]["command"][1:]}
    assert {"log_error_verbosity=terse", "log_min_error_statement=panic", "log_min_messages=log"} <= options
    assert {"log_statement=none", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0"} <= options
