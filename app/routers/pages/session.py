"""The session of somebody who looks at pages: a cookie that holds the access token, and proof of where forms come from.

docs/decisions/0037-pages.md says why the cookies are as they are.
"""

import hmac
import secrets
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response

from app.access import Caller, Scope
from app.platform.key_ring import KeyRing
from app.problems import unauthenticated
from app.routers.dependencies import database_of, settings_of, tokens_of
from app.routers.requirement import admit
from app.services.access.grants import areas_given, grants_now
from app.services.intake.listing import has_sent

READS: Final[tuple[Scope, ...]] = ("aggregates:read",)
"""What every page with figures needs."""
OWN: Final[tuple[Scope, ...]] = ("submissions:write",)
"""What the page with somebody's own interviews needs. No page sends any."""
REVIEWS: Final[tuple[Scope, ...]] = ("submissions:review",)
"""Where somebody holds this now, pages show them exact figures. Sessions do not have it."""
ENTERS: Final[tuple[Scope, ...]] = (*READS, *OWN)
"""Scopes of which a session needs one."""
SCOPES_OF_A_SESSION: Final[frozenset[Scope]] = frozenset((*ENTERS, "submissions:sensitive"))
"""All that pages use. A session has no other scope, so a stolen cookie reads no identity and manages nothing."""

_SESSION: Final = "ikk"
_FORM: Final = "ikk-form"
_OUTSIDE: Final = "ikk-outside"
LANGUAGE: Final = "ikk-lang"
LARGEST_TOKEN: Final = 3800
"""Browsers keep 4,096 bytes of a cookie with its name and attributes (RFC 6265 section 6.1)."""
_SALT_BYTES: Final = 16


def is_https(request: Request) -> bool:
    return request.scope["scheme"] == "https" or settings_of(request).issuer.startswith("https://")


def _prefix(request: Request) -> str:
    """What browsers check before they keep a cookie: https alone, and without a path of ours no other host either.

    Under a path, `__Host-` would send the cookie to whoever serves the other paths of the host.
    """
    if not is_https(request):
        return ""
    return "__Secure-" if settings_of(request).root_path else "__Host-"


def _set(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    seconds: int | None = None,
    samesite: Literal["strict", "lax"] = "strict",
) -> None:
    response.set_cookie(
        _prefix(request) + name,
        value,
        max_age=seconds,
        path=settings_of(request).root_path or "/",
        secure=is_https(request),
        httponly=True,
        samesite=samesite,
    )


def session_of(request: Request) -> str | None:
    """The access token in the session cookie, which may have ended."""
    return request.cookies.get(_prefix(request) + _SESSION) or None


def begin_session(request: Request, response: Response, token: str, seconds: int) -> None:
    _set(request, response, _SESSION, token, seconds=seconds)


def end_session(request: Request, response: Response) -> None:
    _set(request, response, _SESSION, "", seconds=0)


def keep_language(response: Response, language: str, *, path: str, secure: bool) -> None:
    """The language of pages for a year. It tells nothing of anybody."""
    response.set_cookie(
        LANGUAGE, language, max_age=31_536_000, path=path or "/", secure=secure, httponly=True, samesite="lax"
    )


def _digest(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}\0{text}".encode(), sha256).hexdigest()


def _keys(request: Request) -> list[bytes]:
    ring: KeyRing = request.app.state.keys
    return [key.raw for key in ring.all("matching")]


def keep_outside(request: Request, response: Response, text: str, *, seconds: int) -> None:
    """Keeps a text in the browser that nobody can change. It comes back from another site, so it is not strict."""
    value = f"{text.encode().hex()}.{_digest(_keys(request)[0], _OUTSIDE, text)}"
    _set(request, response, _OUTSIDE, value, seconds=seconds, samesite="lax")


def outside_of(request: Request) -> str | None:
    """The text that `keep_outside` kept, or None if it is not there or was changed."""
    packed, _, digest = request.cookies.get(_prefix(request) + _OUTSIDE, "").partition(".")
    try:
        text = bytes.fromhex(packed).decode()
    except ValueError:
        return None
    known = any(hmac.compare_digest(digest.encode(), _digest(key, _OUTSIDE, text).encode()) for key in _keys(request))
    return text if known else None


def forget_outside(request: Request, response: Response) -> None:
    _set(request, response, _OUTSIDE, "", seconds=0, samesite="lax")


class Session:
    """The dependency of a page on a reader with these scopes, or on any valid session without one."""

    def __init__(self, scopes: tuple[Scope, ...]) -> None:
        self.scopes = scopes

    async def __call__(self, request: Request) -> Caller:
        token = session_of(request)
        if token is None:
            raise unauthenticated()
        caller = admit(request, await tokens_of(request).caller_of(token), self.scopes)
        request.state.shows_own = await _shows_own(request, caller)
        return await _with_reviews(request, caller)


async def _with_reviews(request: Request, caller: Caller) -> Caller:
    """The caller with the area of their reviews, where pages show them exact figures.

    The token lacks this scope, so a stolen cookie cannot review or export interviews.
    """
    if caller.kind != "person" or not caller.scopes & set(READS):
        return caller
    async with database_of(request).session() as session:
        areas = areas_given(await grants_now(session, UUID(caller.id)))
    return replace(caller, areas={**caller.areas, **{scope: areas[scope] for scope in REVIEWS if scope in areas}})


async def _shows_own(request: Request, caller: Caller) -> bool:
    """Whether the caller is shown the way to the own interviews: a kader always, others if they sent any."""
    if not caller.scopes & set(OWN) or not caller.scopes & set(READS):
        return bool(caller.scopes & set(OWN))
    sender = caller.within(*OWN)
    async with database_of(request).session(sender.regions) as session:
        return await has_sent(session, sender)


Reader = Annotated[Caller, Depends(Session(READS))]
Sender = Annotated[Caller, Depends(Session(OWN))]
Entering = Annotated[Caller, Depends(Session(ENTERS))]


async def find_reader(request: Request) -> Caller | None:
    """The caller behind the session cookie if it is still valid."""
    token = session_of(request)
    return None if token is None else await tokens_of(request).look_up(token)


class FormProof:
    """What a form holds, to prove that it came from a page that this browser was shown.

    It is a random salt and a digest under a key of ours, over the salt and a random cookie. It differs in each page, so
    that the length of a compressed page tells nothing of it.
    """

    def __init__(self, request: Request) -> None:
        held = request.cookies.get(_prefix(request) + _FORM)
        self._request = request
        self._new = held is None
        self._cookie = held or secrets.token_urlsafe(32)
        self._keys = _keys(request)

    def make(self) -> str:
        salt = secrets.token_hex(_SALT_BYTES)
        return f"{salt}.{_digest(self._keys[0], 'form', f'{salt}.{self._cookie}')}"

    def keep(self, response: Response) -> None:
        """Gives the browser the cookie if it has none."""
        if self._new:
            _set(self._request, response, _FORM, self._cookie)

    def holds(self, sent: str) -> bool:
        salt, _, digest = sent.partition(".")
        if self._new:
            return False
        text = f"{salt}.{self._cookie}"
        return any(hmac.compare_digest(digest.encode(), _digest(key, "form", text).encode()) for key in self._keys)


def is_own_form(request: Request, sent: str) -> bool:
    """Whether a form was sent from one of our pages, as the browser and the form itself say.

    Every browser sends Origin with a form. One that tells neither that nor Referer is refused.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    named = request.headers.get("origin") or request.headers.get("referer") or ""
    return _origin(named) in _own_origins(request) and FormProof(request).holds(sent)


def _own_origins(request: Request) -> set[str | None]:
    """The public address, and the one that the browser has asked. Another host would not have our cookie."""
    asked = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    return {_origin(settings_of(request).issuer), _origin(asked)} - {None}


def _origin(address: str) -> str | None:
    try:
        found = urlsplit(address)
    except ValueError:
        return None
    return f"{found.scheme}://{found.netloc}".lower() if found.scheme and found.netloc else None
