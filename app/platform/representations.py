"""How a response to GET travels: compressed if that pays, and not at all if the client still has it (RFC 9110).

A route marks its response with `keep`. `represent` then compares and compresses. `StrictRoute` calls it for every GET,
so that requests that store something pay nothing for it.
"""

import gzip
import re
from functools import lru_cache
from typing import Final

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from app.platform.entity_tags import GZIP_LEVEL, tag_of

REVALIDATED: Final = "private, no-cache"
"""Caching of what depends on the caller and changes at any time. The client asks each time, and mostly gets a 304."""
UNCHANGING: Final = "private, max-age=2592000, immutable"
"""Caching of what never changes. The 30 days bound how long a client keeps the form of an earlier release."""
PUBLIC: Final = "public, max-age=300"
"""Caching of what needs no token."""

SMALLEST_BYTES: Final = 1024
"""A smaller body fits into one packet in any case."""
_THREAD_BYTES: Final = 32 * 1024
"""A larger body is compressed in a thread, because compression releases Python's lock."""
_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_WEIGHT: Final = re.compile(r"q=(0\.?[0-9]{0,9}|\.[0-9]{1,9}|1(?:\.0{0,9})?)", re.ASCII)
_TEXT: Final = re.compile(r"text/|application/([\w.-]+\+)?json\b")
"""Media types that compression makes smaller. A workbook is compressed already."""


def keep(response: Response, caching: str, *, of: bytes | None = None, vary: str | None = "Authorization") -> Response:
    """Marks a response with an entity tag, so that If-None-Match gets a 304, and with the Cache-Control `caching`.

    `of` is what the tag is the hash of, if that is not the body. Leave out of it what differs each time, such as the
    time of reading. `vary` names the request headers that choose the response, beside Accept-Encoding.

    The tag is weak. It stays the same in every content coding, and means the same content in the same media type, not
    the same bytes.
    """
    content = bytes(response.body) if of is None else of
    response.headers["ETag"] = tag_of(response.headers.get("content-type", ""), content)
    response.headers["Cache-Control"] = caching
    if vary:
        response.headers["Vary"] = vary
    return response


async def represent(request: Request, response: Response, *, compresses: bool = True) -> Response:
    """The response as it travels: a 304 without a body, or a body that is compressed if that pays.

    It changes only a 200. `compresses` is false where secrets may stand beside what a stranger wrote, because the
    length of the compressed body would tell whether the two are alike.
    """
    body = bytes(getattr(response, "body", b""))
    if response.status_code != 200:
        return response
    compresses = compresses and _TEXT.match(response.headers.get("content-type", "")) is not None
    if compresses:
        response.headers.add_vary_header("Accept-Encoding")
    tag = response.headers.get("etag")
    if tag is not None and is_held(tag, ", ".join(request.headers.getlist("if-none-match"))):
        kept = ("cache-control", "etag", "vary")
        return Response(status_code=304, headers={name: response.headers[name] for name in kept})
    if compresses and len(body) >= SMALLEST_BYTES and takes_gzip(request.headers):
        await _compress(response, body)
    return response


def is_held(tag: str, held: str) -> bool:
    """Whether the value of If-None-Match holds the tag, by weak comparison (RFC 9110 section 13.1.2)."""
    return held == tag or held.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(held)


def takes_gzip(headers: Headers) -> bool:
    """Whether Accept-Encoding allows gzip, and does not prefer an uncompressed body (RFC 9110 section 12.5.3)."""
    return allows_gzip(",".join(headers.getlist("accept-encoding")))


@lru_cache(maxsize=256)
def allows_gzip(accepted: str) -> bool:
    """The same for the value of Accept-Encoding."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter.strip() or "q=1")
        weights[coding.strip()] = float(weight[1]) if weight else 0.0
    of_gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return of_gzip > 0 and of_gzip >= weights.get("identity", 0.0)


async def _compress(response: Response, body: bytes) -> None:
    if len(body) < _THREAD_BYTES:
        packed = gzip.compress(body, GZIP_LEVEL, mtime=0)
    else:
        packed = await to_thread.run_sync(gzip.compress, body, GZIP_LEVEL)
    response.body = packed
    response.headers["Content-Length"] = str(len(packed))
    response.headers["Content-Encoding"] = "gzip"
