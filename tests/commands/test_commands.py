"""The `ikk` command on a database of the test's own: what it prints and its exit status.

Commands run in the tests' process; one of each group is started as a program of its own.
"""

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from app import cli
from app.commands import base
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.platform.migrations import migrate
from tests.scoring.small import SMALL, changed, place_of
from tests.support.factories import PROJECT

COMMANDS = [
    "keys list",
    "keys rotate",
    "keys withdraw",
    "keys reencrypt",
    "serve",
    "migrate",
    "release make",
    "release list",
    "regions load",
    "regions list",
    "instrument check",
    "instrument publish",
    "audit verify",
    "audit head",
    "audit seal",
    "audit list",
    "agency create",
    "agency list",
    "agency rotate",
    "agency secrets",
    "agency end",
    "agency disable",
    "person create",
    "person import",
    "person list",
    "person grant",
    "person end",
    "person code",
    "person training",
    "person second-factor reset",
    "person disable",
    "person enable",
    "requests list",
    "retention list",
    "retention apply",
]


Ended = subprocess.CompletedProcess[str]


class Command:
    """Runs `ikk` with a database's address; `settings` are further variables of its environment."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn = dsn
        self.folder = folder

    def __call__(self, *arguments: str, **settings: str) -> Ended:
        """In this process, in a thread: commands have an event loop of their own."""
        environment = dict.fromkeys((name for name in os.environ if name.startswith("IKK_")), None)
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run_here, arguments, environment | self._variables(settings)).result(120)

    def start(self, *arguments: str, **settings: str) -> Ended:
        """As a program of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IKK_")}
        environment |= self._variables(settings)
        command = [sys.executable, "-m", "app.cli", *arguments]
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)

    def _variables(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {"DATABASE_URL": self.dsn, "IKK_FOLDER": str(self.folder), "COLUMNS": "200", **settings}

    def done(self, *arguments: str, **settings: str) -> str:
        return printed_by(self(*arguments, **settings))

    def stopped(self, *arguments: str, status: int = 1, **settings: str) -> str:
        result = self(*arguments, **settings)
        assert result.returncode == status, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stderr


def run_here(arguments: Sequence[str], environment: Mapping[str, str | None]) -> Ended:
    """What a program of its own would have printed, and its exit status; None takes a variable out."""
    configured, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    with pytest.MonkeyPatch.context() as patch:
        # It was measured when the module was imported.
        patch.setattr(base.errors, "width", int(environment["COLUMNS"] or 80))
        ran = CliRunner().invoke(cli.ikk, arguments, env=environment, prog_name="ikk")
    # `serve` sends the log to its output, which is closed now.
    structlog.configure(**configured)
    logging.getLogger().handlers[:] = handlers
    told = ran.stderr
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        told += "".join(traceback.format_exception(ran.exception))
    return Ended(arguments, ran.exit_code, ran.stdout, told)


def printed_by(ended: Ended) -> str:
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def ikk(dsn: str, tmp_path: Path, database: object) -> Command:
    """On this worker's database, with tables, regions and instruments; agencies are deleted afterwards."""
    return Command(dsn, tmp_path)


@pytest.fixture
async def empty_ikk(empty_dsn: str, tmp_path: Path) -> Command:
    """On a database that has nothing in it to begin with."""
    await migrate(empty_dsn, "base")
    return Command(empty_dsn, tmp_path)


CREATE = ("agency", "create", "dp3a-uji", "--name", "DP3A Uji", "--scope", "aggregates:read", "--region", "63.72")


def secret_in(printed: str) -> str:
    return next(line for line in printed.splitlines() if line.startswith("client_secret")).split()[1]


async def test_it_works_from_an_empty_database_and_each_step_is_safe_to_repeat(
    empty_ikk: Command, empty_dsn: str
) -> None:
    try:
        assert "head of the migrations" in printed_by(empty_ikk.start("migrate"))
        assert "head of the migrations" in empty_ikk.done("migrate")
        assert "91,600 regions loaded" in printed_by(empty_ikk.start("regions", "load"))
        assert "already loaded" in empty_ikk.done("regions", "load")
        published = printed_by(empty_ikk.start("instrument", "publish")).splitlines()
        assert published == [f"{file.name}: published" for file in sorted(SHIPPED_INSTRUMENTS.glob("*.toml"))]
        assert "already published" in empty_ikk.done("instrument", "publish", *map(str, SHIPPED_INSTRUMENTS.glob("*")))
        assert secret_in(printed_by(empty_ikk.start(*CREATE)))
        assert "dp3a-uji" in empty_ikk.done("agency", "list")
    finally:
        await migrate(empty_dsn, "base")


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_explains_itself_with_an_example(ikk: Command, command: str) -> None:
    printed = ikk.done(*command.split(), "--help")
    assert "Example: " in " ".join(printed.split())
    assert f"ikk {command}" in " ".join(printed.split())
    assert "--install-completion" not in printed, "only `ikk` itself has it"


def test_help_loads_no_module_of_a_command_and_nothing_heavy() -> None:
    """In a fresh interpreter. `ikk --help` must not wait for what only other commands need."""
    code = """
import sys
from app.cli import ikk
try:
    ikk(["--help"])
except SystemExit:
    pass
heavy = {"fastapi", "starlette", "sqlalchemy", "asyncpg", "pydantic", "httpx", "rich"}
print("loaded:", *sorted(name for name in sys.modules if name in heavy or name.startswith("app.commands.")))
"""
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1].split() == ["loaded:"]
    assert "Brings the database's tables to this version" in printed


async def test_without_a_command_the_commands_are_listed(ikk: Command) -> None:
    result = ikk()
    for group in ("serve", "migrate", "regions", "instrument", "agency"):
        assert group in result.stdout + result.stderr


async def test_a_good_instrument_file_is_checked_without_a_database(ikk: Command, tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL, "utf-8")
    ikk.dsn = "postgresql://nobody@127.0.0.1:1/nowhere"
    printed = ikk.done("instrument", "check", str(file))
    assert "small 1.0 (provisional): 3 questions, 3 indicators, 1 indices, 0 cases, sha-256:" in " ".join(
        printed.split()
    )


@pytest.mark.parametrize("command", ["check", "publish"])
async def test_a_bad_instrument_file_is_named_line_by_line(ikk: Command, tmp_path: Path, command: str) -> None:
    file = tmp_path / "bad.toml"
    text = changed("weak_below = 60", "weak_below = 0", changed("weight = 3", "weight = 0"))
    file.write_text(text, "utf-8")
    lines = ikk.stopped("instrument", command, str(file)).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"{file}:{place_of('weak_below = 0', text)}:1",
        f"{file}:{place_of('weight = 0', text)}:1",
    ]


async def test_a_published_version_cannot_be_published_otherwise(ikk: Command, tmp_path: Path) -> None:
    file = tmp_path / "ikk-29.toml"
    file.write_bytes((SHIPPED_INSTRUMENTS / "ikk-29-2025.1.toml").read_bytes() + b"\n")
    assert "give it a new version" in " ".join(ikk.stopped("instrument", "publish", str(file)).split())


async def test_a_byte_order_mark_makes_no_other_file(ikk: Command, tmp_path: Path, connection: Any) -> None:
    """Editors on Windows add one when somebody only looked at the file."""
    for name in ("ikk-29-2025.1.toml", "ikk-29-2025.2.toml"):
        marked = tmp_path / name
        marked.write_bytes(b"\xef\xbb\xbf" + (SHIPPED_INSTRUMENTS / name).read_bytes())
        assert "questions" in ikk.done("instrument", "check", str(marked))
        assert "already published" in ikk.done("instrument", "publish", str(marked))
    new = tmp_path / "small.toml"
    new.write_text("\ufeff" + SMALL, "utf-8")
    try:
        assert "small.toml: published" in ikk.done("instrument", "publish", str(new))
        new.write_text(SMALL, "utf-8")
        assert "already published" in ikk.done("instrument", "publish", str(new))
    finally:
        await connection.execute("DELETE FROM instrument WHERE code = 'small'")


async def test_a_file_that_is_not_there_is_refused(ikk: Command) -> None:
    assert "does not exist" in " ".join(ikk.stopped("instrument", "check", "nowhere.toml", status=2).split())


async def test_an_agency_is_created_rotated_and_disabled(ikk: Command) -> None:
    created = ikk(*CREATE)
    assert created.returncode == 0, created.stderr
    assert "shown this once" in created.stderr
    first, second = secret_in(created.stdout), secret_in(ikk.done("agency", "rotate", "dp3a-uji"))
    assert first != second
    listed = ikk.done("agency", "list")
    assert "DP3A Uji" in listed
    assert "6372" in listed
    assert first not in listed + second
    (newest, older) = (line.split()[0] for line in ikk.done("agency", "secrets", "dp3a-uji").splitlines())
    ikk.done("agency", "end", "dp3a-uji", older)
    assert ikk.done("agency", "secrets", "dp3a-uji").split()[0] == newest
    assert "dp3a-uji is disabled" in ikk.done("agency", "disable", "dp3a-uji")
    assert f"{'disabled':>8}" in ikk.done("agency", "list")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*CREATE[:6], "everything", *CREATE[7:]), "/scopes/0: Use one of: submissions:write, submissions:read, "),
        ((*CREATE[:8], "6372010001"), "/regions/0: This code is not in the list of regions."),
        (("agency", "rotate", "nobody"), "no agency nobody"),
        (("agency", "disable", "nobody"), "no agency nobody"),
        (("agency", "secrets", "nobody"), "no agency nobody"),
        (("agency", "end", "nobody", "6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11"), "no secret 6f1e0c1a-33a5-4c59"),
    ],
)
async def test_what_cannot_be_done_to_an_agency_is_said(ikk: Command, arguments: tuple[str, ...], message: str) -> None:
    assert message in " ".join(ikk.stopped(*arguments).split())


async def test_an_agency_cannot_be_created_twice(ikk: Command) -> None:
    ikk.done(*CREATE)
    assert "/client_id: This name is in use." in " ".join(ikk.stopped(*CREATE).split())


@pytest.mark.parametrize(
    ("name", "value"),
    [("IKK_PORT", "http"), ("IKK_TOKEN_SECONDS", "5"), ("IKK_LOG_LEVEL", "loud"), ("DATABASE_URL", "mysql://x")],
)
async def test_a_wrong_setting_is_named(ikk: Command, name: str, value: str) -> None:
    message = ikk.stopped("serve", status=2, **{name: value})
    assert name.removeprefix("IKK_").lower() in message.lower()
    assert value not in message


@pytest.mark.parametrize("command", [("migrate",), ("regions", "load"), ("agency", "list")], ids=" ".join)
async def test_a_database_that_cannot_be_reached_is_said(ikk: Command, command: tuple[str, ...]) -> None:
    ikk.dsn = "postgresql://nobody:geheim@127.0.0.1:1/nowhere"
    message = ikk.stopped(*command)
    assert "the database cannot be reached" in message
    assert "DATABASE_URL" in message
    assert "geheim" not in message


@pytest.mark.parametrize("command", [("regions", "load"), ("agency", "list"), ("instrument", "publish")], ids=" ".join)
async def test_a_database_without_tables_is_said(empty_ikk: Command, command: tuple[str, ...]) -> None:
    assert "ikk migrate" in empty_ikk.stopped(*command)
