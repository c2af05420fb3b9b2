"""The thin layer in front of all others. It answers the requests of a few paths that are plain and most of all.

FastAPI with our layers takes longer for such a request than everything that is done for it. Everything else goes the
ordinary way, and the request is replayed with its body as if this layer were not there. The status, headers and bytes
of a response are the same either way, and so are its log line, metrics and limits.

Each path has a file of its own, such as `app/routers/intake/front.py`.
"""

import re
import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import Caller
from app.config import Settings
from app.formats.negotiation import choose
from app.platform.log import log_request
from app.platform.observing import id_of
from app.platform.request_id import REQUEST_ID
from app.routers.dependencies import HEADER_BYTES

Head = dict[bytes, bytes]
"""The headers of a request, of which none that matters is repeated."""
Header = tuple[bytes, bytes]

_BEARER: Final = b"Bearer "


class Answer(NamedTuple):
    """A response as it is sent. headers: all but the id of the request"""

    status: int
    headers: Sequence[Header]
    body: bytes
    caller: Caller


class FrontPath(Protocol):
    """A method and path whose plain requests are answered in front.

    template: the path of the route, as the log and the metrics name it
    pattern: of the path below the root path
    """

    method: str
    template: str
    pattern: str

    def __init__(self, state: State) -> None: ...

    def read_head(self, headers: Sequence[Header]) -> Head | None:
        """The headers, or None if the request goes the ordinary way because of them."""

    async def answer(
        self, named: re.Match[str], head: Head, scope: Scope, receive: Receive, messages: list[Message]
    ) -> Answer | None:
        """The response, or None if the request has to go the ordinary way.

        It counts the request if the caller is known. What is received goes into `messages`.
        """


class Front:
    """Answers the requests of its paths itself where it can, and hands on all others."""

    def __init__(self, app: ASGIApp, state: State, paths: Sequence[type[FrontPath]]) -> None:
        self._app, self._state = app, state
        settings: Settings = state.settings
        root = re.escape(settings.root_path)
        self._paths = {path.method: (re.compile(f"(?:{root})?{path.pattern}", re.ASCII), path(state)) for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        there = None if scope["type"] != "http" or scope["query_string"] else self._paths.get(scope["method"])
        named = None if there is None else there[0].fullmatch(scope["path"])
        head = None if there is None or named is None else there[1].read_head(scope["headers"])
        if there is None or named is None or head is None:
            await self._app(scope, receive, send)
            return
        path = there[1]
        started = scope.setdefault("state", {})["started"] = time.perf_counter()
        self._state.metrics.running.inc()
        request_id = id_of(head.get(b"x-request-id", b""))
        outer = REQUEST_ID.set(request_id)
        messages: list[Message] = []
        try:
            done = await path.answer(named, head, scope, receive, messages)
        finally:
            REQUEST_ID.reset(outer)
            self._state.metrics.running.dec()
        if done is None:
            await self._app(scope, _replay(messages, receive), send)
            return
        headers = [*done.headers, (b"x-request-id", request_id.encode())]
        try:
            await send({"type": "http.response.start", "status": done.status, "headers": headers})
            await send({"type": "http.response.body", "body": done.body})
        finally:
            seconds = time.perf_counter() - started
            self._state.metrics.time_request(path.method, path.template, done.status, seconds)
            log_request(request_id, path.method, path.template, done.status, seconds, done.caller.id)


def read_plain(headers: Sequence[Header], *, refused: Collection[bytes], read: Collection[bytes]) -> Head | None:
    """The headers by name. None if a refused one is there, if one that is read is repeated, or if they are too long."""
    found = dict(headers)
    if not found.keys().isdisjoint(refused):
        return None
    size = sum(map(len, found)) + sum(map(len, found.values()))
    if len(found) < len(headers):  # a name is repeated
        names = [name for name, _ in headers if name in read]
        if len(names) > len(set(names)):
            return None
        size = sum(len(name) + len(value) for name, value in headers)
    return found if size <= HEADER_BYTES and found.get(b"authorization", b"").startswith(_BEARER) else None


def token_in(head: Head) -> str:
    """The bearer token of a head from `read_plain`."""
    return head[b"authorization"][len(_BEARER) :].decode("latin-1")


def address_of(scope: Scope) -> str:
    """The client's IP address, or an empty text if the server does not know it."""
    client = scope.get("client")
    return "" if client is None else client[0]


@lru_cache(maxsize=256)
def chosen(accept: bytes | None, offered: tuple[str, ...]) -> str | None:
    """The media type of the response to a value of Accept, None if it takes none of those that are offered."""
    return offered[0] if accept is None else choose(accept.decode("latin-1") or None, offered)


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
