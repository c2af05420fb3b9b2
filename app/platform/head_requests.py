"""HEAD at every address that has GET: the same status and headers, and no body."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

IS_HEAD: Final = "ikk.is_head"
"""A member of the scope of a GET that was HEAD. A route whose body takes long need not make it."""


class HeadAsGet:
    """Has the application answer HEAD as GET, and leaves the body out.

    The layers outside still see HEAD, so a request is logged, counted and sent as what it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        asked = {**scope, "method": "GET", IS_HEAD: True}
        try:
            await self._app(asked, receive, send_without_body)
        finally:
            # The log and the metrics name the route.
            scope["route"] = asked.get("route")
