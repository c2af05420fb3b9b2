"""Requests that go to the application without an HTTP client, which takes longer for a bad address than the service."""

import asyncio
import json
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlencode

from fastapi import FastAPI
from httpx import Headers, Response

from tests.access_matrix.resources import Call

HOST = "ikk.test"


async def send_directly(app: FastAPI, made: Call, headers: Headers) -> Response:
    """The response of the application to one request with these headers and its own."""
    scope, content = _scope(made, headers)
    started: dict[str, Any] = {}
    parts: list[bytes] = []

    asked = iter((True,))

    async def receive() -> dict[str, Any]:
        if next(asked, False):
            return {"type": "http.request", "body": content, "more_body": False}
        # After the body comes nothing more until the client goes away, and this one stays.
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    # The framework raises an exception again after it has returned a 500 for it.
    with suppress(Exception):
        await app(scope, receive, send)
    return Response(started["status"], headers=started["headers"], content=b"".join(parts))


def _scope(made: Call, headers: Headers) -> tuple[dict[str, Any], bytes]:
    path, _, query = made.path.partition("?")
    if "params" in made.sent:
        query = urlencode(made.sent["params"], doseq=True)
    content: bytes = made.sent.get("content", b"")
    own = dict(made.sent.get("headers", {}))
    if "json" in made.sent:
        content = json.dumps(made.sent["json"]).encode()
        own.setdefault("Content-Type", "application/json")
    told = {**headers, "host": HOST, "content-length": str(len(content)), **{name.lower(): own[name] for name in own}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": made.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "server": (HOST, None),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }
    return scope, content
