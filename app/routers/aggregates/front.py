"""Answers a GET of an aggregate in front that asks for what most ask for: JSON, and nothing chosen by a query."""

import re
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import State
from starlette.types import Message, Receive, Scope

from app.access import Caller
from app.formats.negotiation import CSV, JSON, XLSX
from app.platform.database import UnavailableError
from app.platform.headers import guard
from app.platform.log import log
from app.platform.prepared import Shown
from app.platform.representations import REVALIDATED, SMALLEST_BYTES, allows_gzip, is_held
from app.platform.request_id import REQUEST_ID
from app.problems import Problem
from app.routers.front import Answer, Head, Header, address_of, chosen, read_plain, token_in

_SCOPE: Final = "aggregates:read"
_OFFERED: Final = (JSON, CSV, XLSX)
_OTHER: Final = frozenset(
    (
        *(b"origin", b"expect", b"content-length", b"content-encoding", b"transfer-encoding"),
        *(b"range", b"if-range", b"if-match", b"if-modified-since", b"if-unmodified-since"),
    )
)
"""Headers of requests that go the ordinary way."""
_READ: Final = frozenset((b"authorization", b"accept", b"accept-encoding", b"if-none-match", b"x-request-id"))
_CACHING: Final = b"cache-control", REVALIDATED.encode()
_VARY: Final = b"vary", b"Authorization, Accept, Accept-Encoding"
_TYPE: Final = b"content-type", JSON.encode()
_PACKED: Final = b"content-encoding", b"gzip"


class AggregatesInFront:
    """The path of an aggregate."""

    method = "GET"
    template = "/v1/aggregates/{region}/{year}"
    pattern = "/v1/aggregates/(ID|[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{4})?)?)?)/(20[0-9]{2}|2100)"

    def __init__(self, state: State) -> None:
        self._state = state
        self._guards = {https: guard((b"cache-control",), https=https) for https in (False, True)}

    def read_head(self, headers: Sequence[Header]) -> Head | None:
        """The headers, or None if the request goes the ordinary way because of them."""
        found = read_plain(headers, refused=_OTHER, read=_READ)
        return None if found is None or chosen(found.get(b"accept"), _OFFERED) != JSON else found

    async def answer(
        self, named: re.Match[str], head: Head, scope: Scope, receive: Receive, messages: list[Message]
    ) -> Answer | None:
        """The aggregate, or None if the request has to go the ordinary way."""
        state, region = self._state, named[1]
        try:
            caller: Caller = await state.tokens.caller_of(token_in(head))
            if not caller.holds(_SCOPE, region):
                return None
            state.throttle.admit(caller)
        except Exception:  # The ordinary way says what is wrong.
            return None
        state.addresses.note(caller, address_of(scope))
        scope["state"]["counted"] = True
        if not state.catalogue.loaded:
            return None
        try:
            shown = await state.cards.find(region, int(named[2]), caller.within(_SCOPE))
        except (UnavailableError, Problem):
            return None
        except Exception as error:
            # A mistake of ours here must not keep from anybody what the ordinary way gives.
            log.error("unexpected", request_id=REQUEST_ID.get(), exc_info=error)
            return None
        return None if shown is None else self._respond(shown, head, caller, https=scope["scheme"] == "https")

    def _respond(self, shown: Shown, head: Head, caller: Caller, *, https: bool) -> Answer:
        tag, held = (b"etag", shown.etag.encode()), head.get(b"if-none-match")
        guards = self._guards[https]
        if held is not None and is_held(shown.etag, held.decode("latin-1")):
            return Answer(304, [_CACHING, tag, _VARY, *guards], b"", caller)
        packed = allows_gzip(head.get(b"accept-encoding", b"").decode("latin-1")) and len(shown.body) >= SMALLEST_BYTES
        body = shown.gzip if packed else shown.body
        headers = [(b"content-length", str(len(body)).encode()), _TYPE, tag, _CACHING, _VARY]
        return Answer(200, [*headers, *([_PACKED] if packed else ()), *guards], body, caller)
