"""The systemd units of `deploy/`: systemd finds no fault, and they fit the service's settings."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.config import Settings
from tests.support.programs import DEPLOY, changed, needs

UNITS = {"ikk@.service": "ikk@8001.service", "ikk-prepare.service": "ikk-prepare.service"}
MOST_EXPOSED = 15
"""Tenths of systemd's own mark, which is 96 for a unit without any hardening."""

each_unit = pytest.mark.parametrize("file", UNITS)


class _Unit(configparser.RawConfigParser):
    """A unit. systemd knows capitals, and a name may come again."""

    def optionxform(self, name: str) -> str:
        return name


def service_of(file: str) -> dict[str, str]:
    unit = _Unit(strict=False, delimiters=("=",), interpolation=None)
    unit.read(DEPLOY / file)
    return dict(unit["Service"])


def installed(file: str, folder: Path) -> Path:
    """The unit for one port, with a program in the place of the service's, which this machine does not have."""
    program = shutil.which("true")
    assert program is not None
    unit = folder / UNITS[file]
    unit.write_text(changed(file, {"/opt/ikk/.venv/bin/ikk": program}))
    return unit


@pytest.mark.foreign
@each_unit
def test_systemd_finds_no_fault(file: str, tmp_path: Path) -> None:
    unit = installed(file, tmp_path)
    checked = subprocess.run(
        [needs("systemd-analyze", "systemd"), "verify", "--man=no", "--recursive-errors=one", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.foreign
@each_unit
def test_little_of_the_machine_is_open_to_the_service(file: str, tmp_path: Path) -> None:
    unit = installed(file, tmp_path)
    checked = subprocess.run(
        [
            needs("systemd-analyze", "systemd"),
            *("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(unit)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_running_requests_have_time_to_finish_before_systemd_kills_the_process() -> None:
    service = service_of("ikk@.service")
    assert int(service["TimeoutStopSec"]) > Settings().shutdown_seconds
    assert service["KillSignal"] == "SIGTERM"


def test_passwords_that_are_compared_at_once_fit_into_the_memory() -> None:
    megabytes = 1024 * int(service_of("ikk@.service")["MemoryMax"].removesuffix("G"))
    assert megabytes >= 300 + 64 * Settings().sign_ins_at_once


@each_unit
def test_no_secret_is_on_a_command_line_and_no_file_is_open_to_others(file: str) -> None:
    service = service_of(file)
    assert not re.search(r"password|secret|postgresql://", " ".join(service.values()), re.IGNORECASE)
    assert (service["StateDirectoryMode"], service["UMask"]) == ("0700", "0077")
    assert service["User"] == "ikk"
    assert service["WorkingDirectory"] == "/opt/ikk"


def test_the_file_of_settings_cannot_send_two_processes_to_one_port() -> None:
    """systemd lets a setting of EnvironmentFile win over one of Environment, so the unit sets its own by env."""
    service = service_of("ikk@.service")
    assert "Environment" not in service
    assert service["ExecStart"].startswith("/usr/bin/env IKK_HOST=127.0.0.1 IKK_PORT=%i IKK_FOLDER=")


def test_both_units_keep_the_key_ring_in_one_folder() -> None:
    folders = set()
    for file in UNITS:
        service = service_of(file)
        folders.add((service["StateDirectory"], re.search(r"IKK_FOLDER=(\S+)", service["ExecStart"])[1]))  # type: ignore[index]
    assert folders == {("ikk-service", "/var/lib/ikk-service")}


def test_the_preparation_does_what_compose_does() -> None:
    prepared = re.findall(
        r"^ExecStart=.*/opt/ikk/\.venv/bin/(.+)$", (DEPLOY / "ikk-prepare.service").read_text(), re.MULTILINE
    )
    compose = (DEPLOY.parent / "compose.yaml").read_text("utf-8")
    assert f'"{"; ".join(prepared)}"' in compose
