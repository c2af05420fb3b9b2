"""The issuer that tokens and metadata name: by default the address at which the server listens."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config import Settings
from app.platform.database import Database
from app.platform.signatures import look_at
from tests.support.factories import make_agency
from tests.support.serving import Server
from tests.support.wire import eventually

PUBLIC = "https://ikk.example.go.id/api"


@pytest.mark.parametrize(
    ("given", "issuer"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 8710}, "http://127.0.0.1:8710"),
        ({"host": "0.0.0.0", "port": 8710}, "http://127.0.0.1:8710"),
        ({"host": "::", "port": 8710}, "http://[::1]:8710"),
        ({"host": "10.1.2.3"}, "http://10.1.2.3:8000"),
        ({"port": 8710, "issuer": PUBLIC}, PUBLIC),
    ],
)
def test_it_follows_host_and_port_unless_it_is_set(given: dict[str, Any], issuer: str) -> None:
    assert Settings(**given).issuer == issuer
    moved = Settings(**given).at_port(9).issuer
    assert moved == (PUBLIC if "issuer" in given else f"{issuer.rpartition(':')[0]}:9")


@pytest.mark.process
@pytest.mark.parametrize(
    ("changed", "issuer"),
    [({}, "http://127.0.0.1:{port}"), ({"IKK_PORT": "0"}, "http://127.0.0.1:{port}"), ({"IKK_ISSUER": PUBLIC}, PUBLIC)],
    ids=["port", "any port", "public address"],
)
async def test_tokens_and_metadata_agree(
    tmp_path: Path, dsn: str, database: Database, settings: Settings, changed: dict[str, str], issuer: str
) -> None:
    async with database.session() as session:
        secret = await make_agency(session, "dp3a-uji", scopes=["aggregates:read"], regions=["63"])
    # The ring of the application, which may have sealed that the agency was made.
    server = Server(tmp_path, dsn, IKK_KEYS_FILE=str(settings.key_ring_file), **changed)
    try:

        async def listens() -> bool:
            told = [line for line in server.lines() if line["event"] == "listening"]
            if told:
                server.port = told[0]["port"]
            return bool(told) and await server.is_ready()

        await eventually(listens)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30, verify=False) as http:
            metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
            form = {"grant_type": "client_credentials", "client_id": "dp3a-uji", "client_secret": secret}
            token = (await http.post("/v1/token", data=form)).json()["access_token"]
            me = await http.get("/v1/aggregates/63/2025", headers={"Authorization": f"Bearer {token}"})
    finally:
        server.program.kill()
        server.program.wait()
    expected = issuer.format(port=server.port)
    assert look_at(token)[1]["iss"] == metadata["issuer"] == expected
    assert metadata["token_endpoint"].startswith(expected)
    assert me.status_code == 200
