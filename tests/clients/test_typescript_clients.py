"""TypeScript clients that others' generators write pass tsc and play the app builders' story against a real server."""

import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import Stage, generate
from tests.support.installing import node_modules, run
from tests.support.programs import needs

HERE = Path(__file__).parent

pytestmark = pytest.mark.foreign


async def test_openapi_typescript_and_openapi_fetch(stage: Stage) -> None:
    generate(stage, "openapi-typescript openapi.json --output schema.d.ts")
    play("openapi_fetch", stage)


@pytest.mark.lengthy
async def test_openapi_generator(stage: Stage) -> None:
    needs("java", "default-jre-headless")
    generate(stage, "openapi-generator-cli generate -g typescript-fetch -i openapi.json -o client")
    play("typescript_fetch", stage)


def play(story: str, stage: Stage) -> None:
    """Checks the types of a story and its generated client, and runs it."""
    (stage.folder / "node_modules").symlink_to(node_modules(HERE / "package.json"))
    for file in (f"{story}.ts", "tsconfig.json"):
        shutil.copy(HERE / "stories" / file, stage.folder)
    run([str(node_modules(HERE / "package.json") / ".bin" / "tsc"), "--project", "tsconfig.json"], stage.folder)
    run([needs("node", "nodejs"), f"built/{story}.js"], stage.folder, stage.environment)
