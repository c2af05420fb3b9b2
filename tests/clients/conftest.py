"""What the stories of generated clients need: a served OpenAPI document, and accounts to sign in with."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.access import COMMAND
from app.platform.database import EVERYWHERE, Database
from app.services.access.appointing import create_person
from tests.support.accounts import VILLAGE, body_of
from tests.support.factories import PROJECT, make_agency
from tests.support.installing import environment, node_modules, run
from tests.support.serving import Server

HERE = Path(__file__).parent

GUIDE = (PROJECT / "docs" / "guides" / "app-builders.md").read_text("utf-8")


@dataclass(frozen=True)
class Stage:
    """The folder in which a story is played, with `openapi.json` and `interview.json`, and the story's accounts."""

    folder: Path
    environment: Mapping[str, str]


@pytest.fixture
async def stage(server: Server, http: httpx.AsyncClient, database: Database, tmp_path: Path) -> Stage:
    (tmp_path / "openapi.json").write_bytes((await http.get("/openapi.json")).content)
    (interview,) = re.findall(r"cat > interview\.json <<'END'\n(.*?)\nEND\n", GUIDE, re.DOTALL)
    (tmp_path / "interview.json").write_text(interview, "utf-8")
    async with database.session(EVERYWHERE) as session:
        person = await create_person(session, COMMAND, body_of("siti.aminah"), code_days=1)
        secret = await make_agency(session, "dp3a-banjarbaru", scopes=["aggregates:read"], regions=[VILLAGE[:4]])
    return Stage(
        tmp_path,
        {
            "ADDRESS": f"http://127.0.0.1:{server.port}",
            "USERNAME": person.username,
            "CODE": person.code,
            "CLIENT_ID": "dp3a-banjarbaru",
            "CLIENT_SECRET": secret,
        },
    )


def generate(stage: Stage, command: str) -> None:
    """Writes a client with a command that the guide has."""
    assert f"\n{command}\n" in GUIDE, command
    program, *arguments = shlex.split(command)
    programs = (
        node_modules(HERE / "package.json") / ".bin"
        if program == "openapi-typescript"
        else environment(HERE / "requirements.txt")
    )
    run([str(programs / program), *arguments], stage.folder)
