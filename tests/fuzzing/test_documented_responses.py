"""Schemathesis sends requests drawn from the OpenAPI document to `ikk serve`, as callers of every role and as nobody.

No response may be an error of the service, or differ from what the document says of its status, headers and body.
`make fuzz` does the same for longer. FUZZ_SEED draws other requests. The requests, their callers and the choice of
known values depend on the seed alone, but ids and tokens are new in each run.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.access import ROLES
from app.config import Settings
from app.platform.tokens import Tokens
from tests.access_matrix.matrix import MATRIX
from tests.access_matrix.resources import INSIDE, Call, Resources
from tests.support.factories import EVERYTHING, PROJECT, Client
from tests.support.serving import serving

pytestmark = [pytest.mark.foreign, pytest.mark.lengthy]

EXAMPLES: Final = os.environ.get("FUZZ_EXAMPLES", "3")
"""The most requests that are drawn for each operation."""
PHASES: Final = os.environ.get("FUZZ_PHASES", "examples,fuzzing")
"""`coverage` adds requests at the bounds of each value and by other methods. They are about 2,800."""
SEED: Final = os.environ.get("FUZZ_SEED", "6372")
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
UNLIMITED: Final = {
    "IKK_PERSON_REQUESTS_PER_MINUTE": "0",
    "IKK_AGENCY_REQUESTS_PER_MINUTE": "0",
    "IKK_IDENTITY_READS_PER_HOUR": "0",
    "IKK_BATCHES_PER_MINUTE": "0",
    "IKK_RECONCILIATIONS_PER_MINUTE": "0",
    "IKK_OWN_ANSWERS_PER_HOUR": "0",
    "IKK_SIGN_IN_FAILURES_PER_ACCOUNT": "1000000",
    "IKK_SIGN_IN_FAILURES_PER_ADDRESS": "1000000",
}
_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MADE_OF_EACH: Final = 2
"""Valid requests for each row of the access matrix."""

_FACTOR = "/v1/me/second-factor"
NO_SUCCESS = {
    ("GET", _FACTOR): "only people have a second factor, and the callers are agencies",
    ("POST", _FACTOR): "the same",
    ("POST", f"{_FACTOR}/confirm"): "the same",
    ("POST", f"{_FACTOR}/recovery-codes"): "the same",
    ("POST", "/v1/people/codes"): "it takes a region or a file, never both, and chance mostly draws both or none",
}
"""Operations that are refused each time, and why. Tests of their own show their successes."""


async def test_every_response_is_documented(
    client: Client, app: FastAPI, dsn: str, settings: Settings, tmp_path: Path
) -> None:
    given = tmp_path / "given.json"
    # What exists is made in this program, whose hashes are cheap. The server takes the same keys and tokens.
    given.write_text(json.dumps(await what_is_known(client.http, app)), "utf-8")
    same = {"IKK_KEYS_FILE": str(settings.key_ring_file), "IKK_ISSUER": settings.issuer}
    async with serving(tmp_path, dsn, **same, **UNLIMITED) as server:
        ran = run_schemathesis(f"http://127.0.0.1:{server.port}", given)
        lines = server.lines()
    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    operations = len(operations_of(app))
    assert re.search(rf"Operations: +{operations} selected / {operations} total", ran.stdout), ran.stdout
    # The drawn requests got past refusals: every operation succeeded at least once.
    statuses = defaultdict[tuple[str, str], list[int]](list)
    for each in lines:
        if "status" in each:
            statuses[each["method"], each["route"]].append(each["status"])
    failed = {each: statuses[each] for each in operations_of(app) if min(statuses[each], default=500) >= 300}
    assert {each: found for each, found in failed.items() if each not in NO_SUCCESS} == {}


def run_schemathesis(base: str, given: Path) -> subprocess.CompletedProcess[str]:
    """Runs it with a fixed seed and without a store of earlier examples, so that every run draws the same requests."""
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.fuzzing.hooks", "FUZZ_GIVEN": str(given)}
    command = [str(Path(sys.executable).with_name("schemathesis")), "--no-color"]
    command += ["--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run", f"{base}/openapi.json"]
    command += ["--phases", PHASES, "--checks", ",".join(CHECKS), "--continue-on-failure"]
    command += ["--seed", SEED, "--generation-database", "none", "--no-shrink"]
    command += ["--max-examples", EXAMPLES, "--request-timeout", "30", "--warnings", "off"]
    command += ["--suppress-health-check", "all"]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)


async def what_is_known(http: httpx.AsyncClient, app: FastAPI) -> dict[str, Any]:
    """The callers, and for each operation the parameters and members of some valid requests."""
    caller = str(uuid4())
    tokens: Tokens = app.state.tokens
    # A family of its own for each request, because some requests erase theirs.
    resources = Resources(http, app, INSIDE, count(1))
    roles = [resources.as_role(role)["Authorization"].partition(" ")[2] for role in ROLES]
    known: dict[str, list[dict[str, Any]]] = await forms_of(resources, tokens)
    templates = {operation: path for path, operation in operation_ids(app)}
    for row in MATRIX:
        made = [await row.make(resources, caller) for _ in range(MADE_OF_EACH)]
        known.setdefault(row.operation, []).extend(
            {
                "path": parameters_of(templates[row.operation], each.path),
                "query": each.sent.get("params", {}),
                "body": each.sent.get("json", each.sent.get("content", {})),
            }
            for each in (*made, to_nothing(made[0]))
        )
    known["approveIdentification"] = await waiting(resources, app)
    everything = tokens.issue("agency", caller, dict.fromkeys(EVERYTHING, ("ID",))).token
    return {"everything": everything, "others": [*roles, None, "broken"], "known": known}


async def forms_of(resources: Resources, tokens: Tokens) -> dict[str, list[dict[str, Any]]]:
    """Valid forms of the token endpoints, with credentials that exist."""
    agency = (await resources.do("POST", "/v1/agencies", json=resources.new_agency())).json()
    proof = {"client_id": agency["client_id"], "client_secret": agency["client_secret"]}
    token = tokens.issue("agency", agency["id"], {"aggregates:read": (INSIDE,)}).token
    forms: dict[str, list[dict[str, str]]] = {
        "createToken": [{"grant_type": "client_credentials", **proof}],
        "introspectToken": [{"token": token, **proof}],
        "revokeToken": [{"token": token, **proof}, {"token": "unknown", **proof}],
        "setPassword": [],
    }
    for number in range(MADE_OF_EACH):
        username = f"kader-baru-{number}"
        body = {"username": username, "name": "Kader Contoh", "grants": [resources.grant()]}
        code = (await resources.do("POST", "/v1/people", json=body)).json()["code"]
        forms["setPassword"].append({"username": username, "code": code, "new_password": "sawah-hijau-luas"})
    return {name: [{"path": {}, "query": {}, "body": each} for each in listed] for name, listed in forms.items()}


async def waiting(resources: Resources, app: FastAPI) -> list[dict[str, Any]]:
    """Parameters of identifications that wait for approval."""
    before: Settings = app.state.settings
    app.state.settings = before.model_copy(update={"identification_approval": True})
    try:
        made = [await resources.identification() for _ in range(MADE_OF_EACH)]
    finally:
        app.state.settings = before
    return [{"path": {"id": family, "identification": each}, "query": {}, "body": {}} for family, each in made]


def to_nothing(sent: Call) -> Call:
    """The same request with ids that nothing has."""
    return replace(sent, path=_UUID.sub(lambda _: str(uuid4()), sent.path))


def operation_ids(app: FastAPI) -> list[tuple[str, str]]:
    """Each path of the document with the id of an operation there."""
    paths = app.openapi()["paths"]
    return [(path, each["operationId"]) for path, methods in paths.items() for each in methods.values()]


def operations_of(app: FastAPI) -> list[tuple[str, str]]:
    """The method and the path of every operation."""
    return [(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods]


def parameters_of(template: str, path: str) -> dict[str, str]:
    """The values in a path by the names in its template."""
    pairs = zip(template.split("/"), path.split("/"), strict=True)
    return {name[1:-1]: value for name, value in pairs if name.startswith("{")}
