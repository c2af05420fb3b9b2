"""The outermost layer of a request: its id, its log line, its metrics, and the response to an unforeseen error.

A log line names the route's template, not the path or the query. Metrics count by template, method and status.
"""

import re
import time
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.identity.numbers import holds_number
from app.platform.log import log, log_request
from app.platform.metrics import Metrics
from app.platform.request_id import REQUEST_ID

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
"""A UUID of RFC 9562. The audit log and the log keep the id, so it may not be a text that somebody typed."""


class Observe:
    """Gives each request an id, returns the id as X-Request-ID, then logs and counts the request.

    It also responds to unforeseen errors. Starlette's own layer for them is outside all of ours, so its response would
    have no request id.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, answer_internal: ASGIApp) -> None:
        self._app = app
        self._metrics = metrics
        self._answer_internal = answer_internal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = id_of(sent)
        scope.setdefault("state", {})["request_id"] = request_id
        outer = REQUEST_ID.set(request_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode("ascii"))]
            await send(message)

        # The layer in front may have begun with it.
        started = scope["state"].setdefault("started", time.perf_counter())
        self._metrics.running.inc()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            log.error("unexpected", request_id=request_id, exc_info=error)
            if status:
                raise
            await self._answer_internal(scope, receive, send_with_id)
        finally:
            REQUEST_ID.reset(outer)
            self._metrics.running.dec()
            self._record(scope, request_id, status, time.perf_counter() - started)

    def _record(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        # A client can send any text as a method. Each would make a metric, and put the sender's text into the log.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.time_request(method, route, status, seconds)
        caller = getattr(scope["state"].get("caller"), "id", None)
        log_request(request_id, method, route, status, seconds, caller)


def id_of(sent: bytes) -> str:
    """The request's id: what the client sent if that is a UUID, otherwise a new one.

    A UUID whose digits hold 16 in a row is replaced too, because they could be a NIK.
    """
    text = sent.decode("latin-1").lower()
    return text if _REQUEST_ID.fullmatch(text) and not holds_number(text) else str(uuid4())
