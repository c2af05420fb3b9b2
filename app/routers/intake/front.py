"""The thin layer in front of all others. It answers a PUT of a submission that is plainly valid and new.

Such requests are most of all, and FastAPI with our layers takes longer for one than everything that is done for it.
Everything else goes the ordinary way, and the request is replayed with its body as if this layer were not there. The
status, headers and bytes of a response are the same either way, and so are its log line, metrics and limits.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import Caller
from app.config import Settings
from app.formats.negotiation import choose
from app.platform.bodies import JSON_BYTES
from app.platform.headers import guard
from app.platform.log import log, log_request
from app.platform.observing import id_of
from app.platform.request_id import REQUEST_ID
from app.routers.dependencies import HEADER_BYTES
from app.routers.intake.sent_at import KEY as SENT_AT
from app.routers.intake.sent_at import ahead_in
from app.services.intake.device_clock import RIGHT
from app.services.intake.plainly import check_plainly
from app.services.intake.taking import Reply

TEMPLATE: Final = "/v1/submissions/{id}"
_PATH: Final = "/v1/submissions/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_RESERVED: Final = ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
_SCOPE: Final = "submissions:write"
_JSON: Final = b"application/json"
_BEARER: Final = b"Bearer "
_OTHER: Final = frozenset((b"origin", b"expect", b"content-encoding", b"transfer-encoding", b"if-match"))
"""Headers of requests that go the ordinary way."""
_READ: Final = frozenset((b"authorization", b"content-type", b"content-length", b"accept", b"x-request-id", SENT_AT))


def error_of(request: Request) -> Exception | None:
    """What was raised here while the submission was stored, to be raised again in the route."""
    return getattr(request.state, "error_in_front", None)


class Front:
    """Answers the requests described above itself, and hands on all others."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state
        settings: Settings = state.settings
        self._path = re.compile(f"(?:{re.escape(settings.root_path)})?{_PATH}", re.ASCII)
        self._skew = timedelta(seconds=settings.clock_skew_seconds)
        self._seconds = settings.body_seconds
        self._headers = {https: [(b"content-type", _JSON), *guard((), https=https)] for https in (False, True)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or scope["query_string"]:
            await self._app(scope, receive, send)
            return
        found = self._path.fullmatch(scope["path"])
        head = None if found is None or found[1] in _RESERVED else _read_head(scope["headers"])
        if found is None or head is None:
            await self._app(scope, receive, send)
            return
        started = scope.setdefault("state", {})["started"] = time.perf_counter()
        self._state.metrics.running.inc()
        request_id = id_of(head.get(b"x-request-id", b""))
        outer = REQUEST_ID.set(request_id)
        messages: list[Message] = []
        try:
            done = await self._take(found[1], head, scope, receive, messages)
        finally:
            REQUEST_ID.reset(outer)
            self._state.metrics.running.dec()
        if done is None:
            await self._app(scope, _replay(messages, receive), send)
            return
        taken, caller = done
        self._state.metrics.submissions.labels("stored").inc()
        try:
            await self._answer(taken.text.encode(), request_id, scope, send)
        finally:
            seconds = time.perf_counter() - started
            self._state.metrics.time_request("PUT", TEMPLATE, 201, seconds)
            log_request(request_id, "PUT", TEMPLATE, 201, seconds, caller.id)

    async def _take(
        self, id: str, head: dict[bytes, bytes], scope: Scope, receive: Receive, messages: list[Message]
    ) -> tuple[Reply, Caller] | None:
        """Stores the submission. None if the request has to go the ordinary way.

        It is counted once, here if the caller is known. What is received goes into `messages`.
        """
        state, now = self._state, datetime.now(UTC)
        sent_at = head.get(SENT_AT)
        ahead = RIGHT if sent_at is None else ahead_in(sent_at, now)
        if ahead is None:
            return None
        try:
            caller: Caller = await state.tokens.caller_of(head[b"authorization"][len(_BEARER) :].decode("latin-1"))
            if _SCOPE not in caller.areas:
                return None
            state.throttle.admit(caller)
        except Exception:  # The ordinary way says what is wrong.
            return None
        caller = caller.within(_SCOPE)
        client = scope.get("client")
        state.addresses.note(caller, client[0] if client is not None else "")
        scope["state"]["counted"] = True
        body = await self._receive(receive, messages)
        if body is None or not state.catalogue.loaded:
            return None
        made = UUID(id)
        try:
            checked = check_plainly(made, body, state.catalogue, now + self._skew, ahead)
        except Exception as error:
            # A mistake of ours here must not keep out what the ordinary way takes.
            log.error("unexpected", request_id=REQUEST_ID.get(), exc_info=error)
            return None
        if checked is None or not caller.covers(checked.region):
            return None
        try:
            taken: Reply | None = await state.intake.store(made, checked, caller)
        except Exception as error:
            scope["state"]["error_in_front"] = error
            return None
        return None if taken is None else (taken, caller)

    async def _receive(self, receive: Receive, messages: list[Message]) -> bytes | None:
        """The whole body, or None if it did not come. The ordinary way then finds the same in `messages`."""
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    messages.append(message)
                    if message["type"] != "http.request":
                        return None
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            messages.append({"type": "timeout"})
            return None
        if len(messages) == 1:
            body: bytes = messages[0].get("body", b"")
            return body
        return b"".join([each.get("body", b"") for each in messages])

    async def _answer(self, body: bytes, request_id: str, scope: Scope, send: Send) -> None:
        length = (b"content-length", str(len(body)).encode())
        headers = [length, *self._headers[scope["scheme"] == "https"], (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _read_head(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes] | None:
    """The headers that are read here, or None if the request goes the ordinary way because of its head."""
    found = dict(headers)
    if not _OTHER.isdisjoint(found):
        return None
    size = sum(map(len, found)) + sum(map(len, found.values()))
    if len(found) < len(headers):  # a name is repeated
        names = [name for name, _ in headers if name in _READ]
        if len(names) > len(set(names)):
            return None
        size = sum(len(name) + len(value) for name, value in headers)
    length, accept = found.get(b"content-length", b""), found.get(b"accept")
    plain = (
        _is_json(found.get(b"content-type", b""))
        and found.get(b"authorization", b"").startswith(_BEARER)
        and len(length) <= len(str(JSON_BYTES))
        and length.isdigit()
        and int(length) <= JSON_BYTES
        and size <= HEADER_BYTES
        and (accept is None or _takes_json(accept))
    )
    return found if plain else None


@lru_cache(maxsize=256)
def _is_json(media_type: bytes) -> bool:
    return media_type.partition(b";")[0].strip().lower() == _JSON


@lru_cache(maxsize=256)
def _takes_json(accept: bytes) -> bool:
    return choose(accept.decode("latin-1") or None, (_JSON.decode(),)) is not None


def _replay(messages: Sequence[Message], receive: Receive) -> Receive:
    """Receives what was received once more, and then what comes after it."""
    coming = iter(messages)

    async def receive_again() -> Any:
        message = next(coming, None)
        if message is None:
            return await receive()
        if message["type"] == "timeout":
            raise TimeoutError
        return message

    return receive_again
