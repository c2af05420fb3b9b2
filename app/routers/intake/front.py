"""Answers a PUT of a submission in front that is plainly valid and new. Such requests are most of all."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from fastapi import Request
from starlette.datastructures import State
from starlette.types import Message, Receive, Scope

from app.access import Caller
from app.config import Settings
from app.formats.negotiation import JSON
from app.platform.bodies import JSON_BYTES
from app.platform.headers import guard
from app.platform.log import log
from app.platform.request_id import REQUEST_ID
from app.routers.front import Answer, Head, Header, address_of, chosen, read_plain, token_in
from app.routers.intake.sent_at import KEY as SENT_AT
from app.routers.intake.sent_at import ahead_in
from app.services.intake.device_clock import RIGHT
from app.services.intake.plainly import check_plainly
from app.services.intake.taking import Reply

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RESERVED: Final = ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
_SCOPE: Final = "submissions:write"
_JSON: Final = JSON.encode()
_OTHER: Final = frozenset((b"origin", b"expect", b"content-encoding", b"transfer-encoding", b"if-match"))
"""Headers of requests that go the ordinary way."""
_READ: Final = frozenset((b"authorization", b"content-type", b"content-length", b"accept", b"x-request-id", SENT_AT))


def error_of(request: Request) -> Exception | None:
    """What was raised here while the submission was stored, to be raised again in the route."""
    return getattr(request.state, "error_in_front", None)


class SubmissionsInFront:
    """The path of a submission."""

    method = "PUT"
    template = "/v1/submissions/{id}"
    pattern = f"/v1/submissions/({_UUID})"

    def __init__(self, state: State) -> None:
        self._state = state
        settings: Settings = state.settings
        self._skew = timedelta(seconds=settings.clock_skew_seconds)
        self._seconds = settings.body_seconds
        self._headers = {https: [(b"content-type", _JSON), *guard((), https=https)] for https in (False, True)}

    def read_head(self, headers: Sequence[Header]) -> Head | None:
        """The headers, or None if the request goes the ordinary way because of them."""
        found = read_plain(headers, refused=_OTHER, read=_READ)
        if found is None:
            return None
        length = found.get(b"content-length", b"")
        plain = (
            _is_json(found.get(b"content-type", b""))
            and len(length) <= len(str(JSON_BYTES))
            and length.isdigit()
            and int(length) <= JSON_BYTES
            and chosen(found.get(b"accept"), (JSON,)) is not None
        )
        return found if plain else None

    async def answer(
        self, named: re.Match[str], head: Head, scope: Scope, receive: Receive, messages: list[Message]
    ) -> Answer | None:
        """Stores the submission. None if the request has to go the ordinary way."""
        if named[1] in _RESERVED:
            return None
        done = await self._take(named[1], head, scope, receive, messages)
        if done is None:
            return None
        taken, caller = done
        self._state.metrics.submissions.labels("stored").inc()
        body = taken.text.encode()
        length = b"content-length", str(len(body)).encode()
        return Answer(201, [length, *self._headers[scope["scheme"] == "https"]], body, caller)

    async def _take(
        self, id: str, head: Head, scope: Scope, receive: Receive, messages: list[Message]
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
            caller: Caller = await state.tokens.caller_of(token_in(head))
            if _SCOPE not in caller.areas:
                return None
            state.throttle.admit(caller)
        except Exception:  # The ordinary way says what is wrong.
            return None
        caller = caller.within(_SCOPE)
        state.addresses.note(caller, address_of(scope))
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


@lru_cache(maxsize=256)
def _is_json(media_type: bytes) -> bool:
    return media_type.partition(b";")[0].strip().lower() == _JSON
