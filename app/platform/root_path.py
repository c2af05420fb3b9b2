"""The path under which a proxy offers the service, which is the path of its public address (`IKK_ISSUER`)."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_METADATA: Final = "/.well-known/oauth-authorization-server"


class UnderPath:
    """Serves the application below a path, for proxies that pass the path on and for those that take it away.

    Clients look for the metadata of an issuer with a path at another address too (RFC 8414 section 3.1). Who checks a
    process by its own address needs no path.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": self._root_path, "path": self._whole(scope["path"])}
        await self._app(scope, receive, send)

    def _whole(self, path: str) -> str:
        """The path with the root path before it, as ASGI has it."""
        if path == _METADATA + self._root_path:
            path = _METADATA
        if path == self._root_path:
            # Somebody typed the public address without a slash at its end.
            path += "/"
        return path if path.startswith(self._root_path + "/") else self._root_path + path


def path_below(scope: Scope) -> str:
    """The path of a request without the root path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
