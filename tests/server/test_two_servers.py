"""Two servers with one database and one key ring. What one began before it was killed continues at the other."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from tests.support.factories import EVERYTHING, PROJECT, make_agency
from tests.support.serving import Server, put, serving
from tests.support.wire import eventually

pytestmark = pytest.mark.process

Pair = tuple[Server, Server]
ID = "dp3a-uji"
FAILURES = 3


@pytest.fixture(scope="module")
async def second(dsn: str, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The server that stays, for all tests."""
    folder = tmp_path_factory.mktemp("second")
    # A copy, because a test changes it. The application on this database seals with the same keys.
    shutil.copy(settings.key_ring_file, folder / "keys.json")
    async with serving(folder, dsn, **common(folder)) as server:
        yield server


def common(folder: Path) -> dict[str, str]:
    """The settings of both servers, with the key ring of a folder."""
    return {
        "IKK_ISSUER": "http://127.0.0.1:8000",
        "IKK_KEYS_FILE": str(folder / "keys.json"),
        "IKK_SIGN_IN_FAILURES_PER_ACCOUNT": str(FAILURES),
    }


@pytest.fixture
async def pair(dsn: str, second: Server, tmp_path: Path, database: Database) -> AsyncIterator[Pair]:
    """Two servers. The test kills the first one."""
    assert database is not None
    async with serving(tmp_path, dsn, **common(second.folder)) as first:
        second.token = first.token
        yield first, second


@pytest.fixture
async def secret(database: Database) -> str:
    async with database.session() as session:
        return await make_agency(session, ID, scopes=EVERYTHING, regions=["63"])


def kill(server: Server) -> None:
    server.program.kill()
    server.program.wait()


async def ask(server: Server, path: str, secret: str, **form: str) -> httpx.Response:
    """The response to a form that the agency posts with this secret, valid or not."""
    form |= {"client_id": ID, "client_secret": secret}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30, verify=False) as http:
        return await http.post(path, data=form)


async def ask_token(server: Server, secret: str) -> httpx.Response:
    return await ask(server, "/v1/token", secret, grant_type="client_credentials")


async def test_it_works_with_one_as_with_the_other(pair: Pair) -> None:
    first, second = pair
    async with first.client() as one, second.client() as other:
        sent = await put(one)
        assert sent.status_code == 201
        assert (await other.get(f"/v1/submissions/{sent.json()['id']}")).status_code == 200


async def test_what_one_server_audited_is_sealed_by_the_other(pair: Pair, owner: Connection) -> None:
    first, second = pair
    async with first.client() as one:
        for seed in range(10):
            assert (await put(one, seed)).status_code == 201
    kill(first)

    async def is_sealed() -> bool:
        sealed = await owner.fetchval("SELECT count(*) FROM audit_log WHERE kind LIKE 'submission.%'")
        return (sealed, await owner.fetchval("SELECT count(*) FROM audit_queue")) == (10, 0)

    await eventually(is_sealed)
    async with second.client() as other:
        assert (await put(other, 11)).status_code == 201

    async def goes_on() -> bool:
        return bool(await owner.fetchval("SELECT count(*) = 11 FROM audit_log WHERE kind LIKE 'submission.%'"))

    await eventually(goes_on)


async def test_a_token_revoked_at_one_is_refused_by_the_other(pair: Pair, secret: str) -> None:
    first, second = pair
    async with second.client() as other:
        token = (await ask_token(first, secret)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await other.get("/v1/me", headers=bearer)).status_code == 200
        assert (await ask(first, "/v1/token/revoke", secret, token=token)).status_code == 200
        kill(first)

        async def is_refused() -> bool:
            return (await other.get("/v1/me", headers=bearer)).status_code == 401

        await eventually(is_refused, 20)


async def test_a_key_rotated_after_one_is_gone_is_used_by_the_other(pair: Pair, dsn: str, secret: str) -> None:
    first, second = pair
    kill(first)
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": dsn, "IKK_FOLDER": str(second.folder)}
    rotate = [sys.executable, "-m", "app.cli", "keys", "rotate", "signing"]
    program = await asyncio.create_subprocess_exec(
        *rotate, cwd=PROJECT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    await program.communicate()
    assert program.returncode == 0
    async with second.client() as other:

        async def knows_both() -> bool:
            return len((await other.get("/.well-known/jwks.json")).json()["keys"]) == 3

        await eventually(knows_both, 20)
        token = (await ask_token(second, secret)).json()["access_token"]
        for each in (token, first.token):
            answer = await other.get("/v1/regions", headers={"Authorization": f"Bearer {each}"})
            assert answer.status_code == 200


async def test_wrong_secrets_at_one_count_at_the_other(pair: Pair, secret: str) -> None:
    first, second = pair
    for _ in range(FAILURES):
        assert (await ask_token(first, "x" * 43)).status_code == 401
    kill(first)
    assert (await ask_token(second, secret)).status_code == 429
