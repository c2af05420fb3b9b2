"""Python clients that others' generators write pass mypy and play the app builders' story against a real server."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Stage, generate
from tests.support.installing import environment, run
from tests.support.programs import needs
from tests.test_openapi import OPERATIONS

HERE = Path(__file__).parent

pytestmark = [pytest.mark.foreign, pytest.mark.lengthy]


async def test_openapi_python_client(stage: Stage) -> None:
    generate(stage, "openapi-python-client generate --path openapi.json --meta none --output-path ikk_client")
    # It leaves out an operation that it does not understand, with a warning only.
    written = {each.stem for each in stage.folder.glob("ikk_client/api/*/*.py")}
    assert written >= {re.sub("([A-Z])", r"_\1", each).lower() for each in OPERATIONS}
    play("openapi_python_client", stage, "--strict")


async def test_openapi_generator(stage: Stage) -> None:
    needs("java", "default-jre-headless")
    named = "--additional-properties packageName=ikk_generated"
    generate(stage, f"openapi-generator-cli generate -g python -i openapi.json -o . {named}")
    play("openapi_generator", stage)


def play(story: str, stage: Stage, *strictness: str) -> None:
    """Checks the types of a story and its generated client, and runs it."""
    python = environment(HERE / "requirements.txt") / "python"
    file = Path(shutil.copy(HERE / "stories" / f"{story}.py", stage.folder))
    shutil.copy(HERE / "stories" / "mypy.ini", stage.folder)
    run([sys.executable, "-m", "mypy", *strictness, "--python-executable", str(python), file.name], stage.folder)
    run([str(python), file.name], stage.folder, stage.environment)
