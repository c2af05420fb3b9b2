"""`ikk device`: phones for whoever has a shell."""

import base64
import json
import zlib
from pathlib import Path

from app.platform.codes import digest_opaque
from app.platform.database import Connection
from tests.commands.test_commands import Command, ikk
from tests.support.accounts import VILLAGE

__all__ = ["ikk"]

KADER = ("person", "create", "siti", "--name", "Siti Aminah", "--role", "kader", "--region", VILLAGE)
ADD = ("device", "add", "siti", "--name", "Samsung A05")


def told(printed: str, name: str) -> str:
    (line,) = [each for each in printed.splitlines() if each.startswith(name)]
    return line.split()[-1]


async def test_a_phone_is_set_up_listed_and_revoked(ikk: Command, connection: Connection, tmp_path: Path) -> None:
    ikk.done(*KADER)
    slip = tmp_path / "slip.html"
    printed = ikk.done(*ADD, "--slip", str(slip))
    secret, device = told(printed, "app password"), told(printed, "device")
    assert told(printed, "server URL").endswith(f"/odk/k/{secret}")
    assert told(printed, "username") == "siti"
    assert await connection.fetchval("SELECT digest FROM device") == digest_opaque(secret)
    page = slip.read_text("utf-8")
    assert "Landasan Ulin Selatan" in page
    assert secret in page
    assert slip.stat().st_mode & 0o777 == 0o600
    [listed] = json.loads(ikk.done("device", "list", "siti", "--format", "json"))
    assert (listed["device"], listed["name"], listed["ended_at"]) == (device, "Samsung A05", None)
    assert secret not in ikk.done("device", "list", "siti")
    for _ in range(2):
        assert "is revoked" in ikk.done("device", "end", "siti", device)
    [listed] = json.loads(ikk.done("device", "list", "siti", "--format", "json"))
    assert listed["ended_at"] is not None


async def test_a_slip_that_cannot_be_written_makes_no_device(
    ikk: Command, connection: Connection, tmp_path: Path
) -> None:
    ikk.done(*KADER)
    slip = tmp_path / "slip.html"
    slip.write_text("mine", "utf-8")
    assert ikk(*ADD, "--slip", str(slip)).returncode == 1
    assert slip.read_text("utf-8") == "mine"
    assert await connection.fetchval("SELECT count(*) FROM device") == 0


async def test_what_is_not_there_is_said(ikk: Command, tmp_path: Path) -> None:
    ikk.done(*KADER)
    slip = tmp_path / "slip.html"
    unknown = ikk("device", "add", "nobody", "--name", "HP", "--slip", str(slip))
    assert (unknown.returncode, "no person nobody" in unknown.stderr) == (1, True)
    assert not slip.exists()
    assert ikk(*ADD[:3], "--name", "").returncode == 1
    assert "no person nobody" in ikk("device", "list", "nobody").stderr
    missing = "6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11"
    assert f"no device {missing}" in " ".join(ikk("device", "end", "siti", missing).stderr.split())


async def test_an_address_without_tls_is_said(ikk: Command) -> None:
    ikk.done(*KADER)
    assert "not https" in " ".join(ikk(*ADD).stderr.split())


def test_the_packed_settings_are_json_in_zlib_in_base64() -> None:
    from app.formats.collect_settings import make_settings, pack_settings

    settings = make_settings("https://ikk.example.go.id/odk/k/x", "siti")
    assert json.loads(zlib.decompress(base64.b64decode(pack_settings(settings)))) == settings
