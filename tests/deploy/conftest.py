"""A PostgreSQL as an operator sets it up: passwords over TCP, and the logins of `deploy/logins.sql`."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.config import Settings
from app.embedded.data_folder import find_account, find_binaries
from app.platform.database import Database
from app.platform.migrations import migrate
from app.regions.editions import CURRENT
from app.services.reference.instruments import publish_instrument
from app.services.reference.regions import load_regions
from tests.support.programs import DEPLOY, free_port

PASSWORDS = {login: f"{login}-only-for-this-test" for login in ("postgres", "ikk_owner", "ikk_api")}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on this machine. `log` is what it logs."""

    folder: Path
    port: int

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    @property
    def key_ring(self) -> dict[str, str]:
        """The setting of its key ring. A service with another ring is not ready once rows name keys of this one."""
        return {"IKK_KEYS_FILE": str(self.folder / "keys.json")}

    def dsn(self, login: str, database: str = "ikk") -> str:
        return f"postgresql://{login}:{PASSWORDS[login]}@127.0.0.1:{self.port}/{database}"

    def make_logins(self, **passwords: str) -> "subprocess.CompletedProcess[str]":
        """Runs `deploy/logins.sql` as the guide says."""
        given = {
            "OWNER_PASSWORD": PASSWORDS["ikk_owner"],
            "API_PASSWORD": PASSWORDS["ikk_api"],
            "PGPASSWORD": PASSWORDS["postgres"],
        }
        where = ["--host=127.0.0.1", f"--port={self.port}", "--username=postgres", "--dbname=postgres", "--no-psqlrc"]
        return subprocess.run(
            [find_binaries() / "psql", *where, f"--file={DEPLOY / 'logins.sql'}"],
            env={"PATH": os.environ["PATH"], **given, **passwords},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server with nothing but its superuser. It logs all that PostgreSQL can be told to log."""
    # Not tmp_path, because no other account may enter it, and root's server runs under another.
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="ikk-test-"))
    uid, gid = find_account()
    account: dict[str, Any] = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    os.chown(folder, uid, gid)
    (folder / "password").write_text(PASSWORDS["postgres"])
    (folder / "password").chmod(0o644)
    server = Server(folder, free_port())
    cluster, binaries = folder / "cluster", find_binaries()
    initdb = [str(binaries / "initdb"), "-D", str(cluster), "-U", "postgres", "-E", "UTF8", "--locale=C"]
    secure = ["-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    subprocess.run([*initdb, *secure], check=True, capture_output=True, cwd="/", env=environment, **account)
    loud = {
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": "",
        "fsync": "off",
        "log_statement": "all",
        "log_min_duration_statement": "0",
        "log_min_error_statement": "error",
        "log_error_verbosity": "verbose",
        "log_parameter_max_length_on_error": "-1",
    }
    options = [f"-c{name}={value}" for name, value in loud.items()]
    with (folder / "log").open("wb") as log:
        program = subprocess.Popen(
            [binaries / "postgres", "-D", cluster, *options],
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment,
            **account,
        )
    try:
        asyncio.run(_until_it_answers(server))
        yield server
    finally:
        program.terminate()
        program.wait(30)
        shutil.rmtree(folder)


async def _until_it_answers(server: Server) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError, asyncpg.CannotConnectNowError):
            await (await asyncpg.connect(server.dsn("postgres", "postgres"))).close()
            return
        await asyncio.sleep(0.1)
    raise AssertionError(server.log)


@pytest.fixture(scope="session")
async def province(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The server with the logins, the tables, regions and instruments, which the owner made and loaded."""
    made = await asyncio.to_thread(postgres.make_logins)
    assert made.returncode == 0, made.stderr
    owner = postgres.dsn("ikk_owner")
    await migrate(owner)
    settings = Settings(folder=tmp_path_factory.mktemp("owner"))
    async with Database.open(owner, settings) as database, database.session() as session:
        await load_regions(session, CURRENT)
        for file in sorted(SHIPPED_INSTRUMENTS.glob("*.toml")):
            await publish_instrument(session, file.read_bytes())
    return postgres
