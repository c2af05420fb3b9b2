"""Every example of the demo's documentation page works as it stands, sent by the account that the README names."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.demo.accounts import ADMINISTRATOR, OFFICER, OPERATOR
from app.demo.examples import SENDER
from tests.support.factories import PROJECT
from tests.support.programs import free_port
from tests.support.wire import eventually
from tests.test_openapi import operations

pytestmark = pytest.mark.process

ACCOUNTS = {
    "submissions:write": SENDER,
    "families:identify": OFFICER,
    "audit:read": OPERATOR,
    "metrics:read": OPERATOR,
    "submissions:read": SENDER,
}
"""The account for each scope, as the README names them. The administrator has the rest."""
LAST = (
    *("createIdentification", "createSubjectRequest", "createConsent", "settleIdentity", "withdrawConsent"),
    *("fulfilSubjectRequest", "refuseSubjectRequest", "createSecret", "endSecret", "disableAgency", "endGrant"),
    *("disablePerson", "enablePerson", "createCode", "createCodes", "setPassword"),
)
"""Operations that change what others read, in an order in which each of them succeeds."""
NOT_THERE = {"approveIdentification": "own-identification"}
"""The problem of the operation that needs a second officer, and a setting that the demo does not have."""

NEEDS_ONE = {"listAddresses": "caller"}
"""A parameter of each operation that needs one of several, as its description says."""


@dataclass
class Visitor:
    """Somebody who tries each request of the page."""

    http: httpx.AsyncClient
    passwords: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """What an example cannot know. It stands in place of the member with this name in a form."""

    async def token(self, account: str) -> str:
        if account not in self.tokens:
            form = {"grant_type": "password", "username": account, "password": self.passwords[account]}
            answer = (await self.http.post("/v1/token", data=form)).raise_for_status().json()
            self.tokens[account] = answer["access_token"]
            self.secrets["refresh_token"] = answer["refresh_token"]
        return self.tokens[account]

    async def new_code(self, username: str) -> str:
        headers = {"Authorization": f"Bearer {await self.token(ADMINISTRATOR)}"}
        found = await self.http.get("/v1/people", params={"q": username}, headers=headers)
        (person,) = [each["id"] for each in found.json()["items"] if each["username"] == username]
        made = await self.http.post(f"/v1/people/{person}/code", headers=headers)
        return str(made.raise_for_status().json()["code"])

    async def send(self, place: str, operation: dict[str, Any], query: dict[str, Any], body: Any) -> httpx.Response:
        method, path = place.split()
        for each in operation.get("parameters", ()):
            if each["in"] == "path":
                path = path.replace(f"{{{each['name']}}}", str(each["example"]))
        headers = {}
        if operation["security"]:
            scopes = [scope for each in operation["security"] for scope in each.get("oauth2", ())] or [
                "submissions:write"
            ]
            account = ACCOUNTS.get(scopes[0], ADMINISTRATOR)
            headers["Authorization"] = f"Bearer {await self.token(account)}"
        media_type, content = body
        if media_type == "application/json":
            return await self.http.request(method, path, params=query, headers=headers, json=content)
        if media_type == "application/x-www-form-urlencoded":
            return await self.http.request(method, path, params=query, headers=headers, data=content)
        if media_type:
            headers["Content-Type"] = media_type
        return await self.http.request(method, path, params=query, headers=headers, content=content)


def start_demo(dsn: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": dsn, "IKK_FOLDER": str(folder), "IKK_PORT": str(port)}
    command = [sys.executable, "-m", "app.cli", "demo"]
    with (folder / "log").open("wb") as output:
        return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)


@pytest.fixture
async def visitor(empty_dsn: str, tmp_path: Path) -> AsyncIterator[Visitor]:
    port, log = free_port(), tmp_path / "log"
    demo = start_demo(empty_dsn, tmp_path, port)

    async def is_told() -> bool:
        assert demo.poll() is None, log.read_text("utf-8")
        return "Ctrl-C" in log.read_text("utf-8")

    try:
        await eventually(is_told, 180)
        passwords = json.loads((tmp_path / "demo-secrets.json").read_text("utf-8"))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            yield Visitor(http, passwords)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)


async def test_every_example_works(visitor: Visitor) -> None:
    document = (await visitor.http.get("/openapi.json")).raise_for_status().json()
    failed = []
    tried = set()
    for place, operation in sorted(operations(document), key=turn_of):
        name = operation["operationId"]
        for query, body in requests_of(place, operation):
            answer = await visitor.send(place, operation, query, await fill(visitor, body))
            expected = [int(status) for status in operation["responses"] if status < "300"]
            tried.add(name)
            remember(visitor, name, body, answer)
            if name in NOT_THERE:
                assert answer.json()["type"].endswith(NOT_THERE[name])
            elif answer.status_code not in expected:
                failed.append(f"{name} {query} {body[0]}: {answer.status_code} {answer.text[:300]}")
    assert not failed, "\n".join(failed)
    assert tried == {operation["operationId"] for _, operation in operations(document)}


def turn_of(each: tuple[str, dict[str, Any]]) -> tuple[int, int]:
    place, operation = each
    name = operation["operationId"]
    # Agencies are made before tokens are asked for with their secrets.
    early = ("createAgency", "putSubmission", "createToken")
    if name in early:
        return 0, early.index(name)
    return (2, LAST.index(name)) if name in LAST else (1, place.startswith("GET"))


def requests_of(place: str, operation: dict[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[str, Any]]]:
    """Query and body of each request to try. What changes something is sent once for each body."""
    if place.startswith("GET"):
        yield from ((query, ("", None)) for query in queries_of(operation))
        return
    yield from (({}, body) for body in bodies_of(operation))
    if not operation.get("requestBody", {"required": True}).get("required", False):
        yield list(queries_of(operation))[-1], ("", None)


def queries_of(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is required, that with each other parameter, and all parameters together."""
    asked = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
    either = NEEDS_ONE.get(operation["operationId"])
    needed = {each["name"]: each["example"] for each in asked if each["required"] or each["name"] == either}
    yield needed
    for each in asked:
        if not each["required"]:
            yield {**needed, each["name"]: each["example"]}
    if asked:
        yield {each["name"]: each["example"] for each in asked}


def bodies_of(operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Media type and value of each example of the body."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        yield "", None
    for media_type, each in content.items():
        if "example" in each:
            yield media_type, each["example"]
        for named in each.get("examples", {}).values():
            yield media_type, named["value"]


async def fill(visitor: Visitor, body: tuple[str, Any]) -> tuple[str, Any]:
    """The body with the secrets that this demo has. An example cannot know them."""
    media_type, content = body
    if media_type != "application/x-www-form-urlencoded":
        return body
    known = dict(visitor.secrets)
    if "username" in content:
        known["password"] = visitor.passwords[content["username"]]
    if "code" in content:
        known["code"] = await visitor.new_code(content["username"])
    return media_type, {member: known.get(member, value) for member, value in content.items()}


def remember(visitor: Visitor, name: str, body: tuple[str, Any], answer: httpx.Response) -> None:
    """Keeps the secrets that a response shows once, and a password that was changed."""
    if not answer.is_success:
        return
    if name == "createAgency":
        visitor.secrets["client_secret"] = answer.json()["client_secret"]
    if name == "createToken" and "refresh_token" in answer.json():
        visitor.secrets["refresh_token"] = answer.json()["refresh_token"]
    if name == "setPassword":
        visitor.passwords[body[1]["username"]] = body[1]["new_password"]
