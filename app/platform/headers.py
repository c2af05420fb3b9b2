"""Security headers of every response, against content sniffing, caching, framing and foreign scripts.

Why we do not use a library: docs/decisions/0002-libraries.md.
"""

import base64
import hashlib
import re
from collections.abc import Collection
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.head_requests import HeadAsGet
from app.platform.root_path import path_below

_ALWAYS: Final = (b"x-content-type-options", b"nosniff")
_NO_REFERRER: Final = (b"referrer-policy", b"no-referrer")
_API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")
_NOT_KEPT: Final = (b"cache-control", b"no-store")
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_PAGES: Final = frozenset(("/docs", "/docs/oauth2-redirect"))
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def guard(names: Collection[bytes], *, https: bool, policy: bytes = _API_POLICY) -> list[tuple[bytes, bytes]]:
    """The headers that a response with headers of these names gets besides."""
    headers = [_ALWAYS]
    # A page with forms needs the browser to say where a form comes from.
    if b"referrer-policy" not in names:
        headers.append(_NO_REFERRER)
    # A page for people names its own style, and nothing else that a policy could allow.
    if b"content-security-policy" not in names:
        headers.append((b"content-security-policy", policy))
    # A route that forgets the header must not be cached. Files with an entity tag say themselves when they change.
    if b"cache-control" not in names and b"etag" not in names:
        headers.append(_NOT_KEPT)
    if https:
        headers.append(_STRICT_TRANSPORT)
    return headers


class Headers:
    """Adds the headers to each response. Only the documentation page may run its own scripts."""

    def __init__(self, app: ASGIApp, *, docs_policy: bytes) -> None:
        self._app = app
        self._docs_policy = docs_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                policy = self._docs_policy if path_below(scope) in _PAGES else _API_POLICY
                more = guard({name for name, _ in headers}, https=scope["scheme"] == "https", policy=policy)
                message["headers"] = [*headers, *more]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def make_docs_policy(app: FastAPI, root_path: str) -> bytes:
    """The content security policy of the documentation page. It allows our files, and inline scripts by SHA-256."""
    pages = (
        get_swagger_ui_html(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=app.title,
            oauth2_redirect_url=app.swagger_ui_oauth2_redirect_url,
            swagger_ui_parameters=app.swagger_ui_parameters,
        ),
        get_swagger_ui_oauth2_redirect_html(),
    )
    scripts = [script for page in pages for script in _INLINE.findall(bytes(page.body))]
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode("ascii") for script in scripts)
    return _DOCS_POLICY.format(scripts=" ".join(f"'sha256-{each}'" for each in hashes)).encode("ascii")


def dress(app: ASGIApp, *, docs_policy: bytes, origins: Collection[str]) -> ASGIApp:
    """The application with the headers on every response, problems too. It adds CORS headers if `origins` are named.

    A HEAD comes in as a GET, and its response goes out without a body.
    """
    if origins:
        app = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=("Authorization", "Content-Encoding", "If-Match", "If-None-Match", "Sent-At", "X-Request-ID"),
            expose_headers=("ETag", "Retry-After", "X-Request-ID"),
        )
    return HeadAsGet(Headers(app, docs_policy=docs_policy))
