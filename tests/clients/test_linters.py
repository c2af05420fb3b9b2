"""Linters that others wrote find nothing in the OpenAPI document that a server returns."""

from pathlib import Path

import httpx
import pytest

from tests.support.installing import node_modules, run

HERE = Path(__file__).parent

pytestmark = pytest.mark.foreign

LINTERS = {
    "redocly": ["lint", "--config", str(HERE / "redocly.yaml")],
    "spectral": ["lint", "--fail-severity", "hint", "--ruleset", str(HERE / "spectral.yaml")],
}


@pytest.mark.parametrize("linter", LINTERS)
async def test_it_finds_nothing(linter: str, http: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp(linter)
    (folder / "openapi.json").write_bytes((await http.get("/openapi.json")).content)
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    run([str(node_modules(HERE / "package.json") / ".bin" / linter), *LINTERS[linter], "openapi.json"], folder, quiet)
