"""Strict request bodies: limits on size and time, and the media type."""

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Collection
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import BaseModel
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.content_encoding import is_packed, unpack
from app.platform.json_reading import JSON_BYTES as JSON_BYTES
from app.platform.json_reading import read_object, refuse_repeats
from app.problems import Problem, kinds

FORM_BYTES: Final = 16 * 1024
LARGEST_BYTES: Final = 512 * 1024
"""The largest body of a route that names no larger limit of its own."""
_MOST_DIGITS: Final = 18


class BodyLimit:
    """Raises body-too-large (413) as soon as the size is known, and request-timeout (408) if a body arrives too slowly.

    The size is known from Content-Length, or while the body arrives. The limit is that of the route, which `read_body`
    puts into the request's state. A body has a number of seconds after its headers to arrive whole, because the service
    keeps it in memory meanwhile.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        expected = int(announced[:_MOST_DIGITS]) if announced.isdigit() else 0
        deadline = asyncio.get_running_loop().time() + self._seconds
        counted = 0
        whole = False

        async def receive_counted() -> Message:
            nonlocal counted, whole
            if whole:
                # After the body comes only the message that the client disconnected. It may take as long as it likes.
                return await receive()
            limit: int = scope["state"].get("body_limit", LARGEST_BYTES)
            if expected > limit:
                raise Problem(kinds.TOO_LARGE, limit_bytes=limit)
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                # The rest of the body may still arrive, so the connection cannot be used again.
                closing = {"Connection": "close"}
                raise Problem(kinds.REQUEST_TIMEOUT, headers=closing, limit_seconds=self._seconds) from None
            whole = not message.get("more_body", False)
            counted += len(message.get("body", b""))
            if counted > limit:
                raise Problem(kinds.TOO_LARGE, limit_bytes=limit)
            return message

        await self._app(scope, receive_counted, send)


def media_type_of(request: Request) -> str:
    """The media type of the body without its parameters, in lower case. Empty if the request names none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(
    request: Request, media_type: str, limit: int, *, also: Collection[str] = (), **members: Any
) -> bytes:
    """The whole body, unpacked. Both the body as sent and the unpacked one have at most `limit` bytes.

    `also` are further media types that the route takes. Raises unsupported-media-type and unsupported-content-encoding
    (415), body-too-large (413), request-timeout (408) and malformed-gzip (400).
    """
    sent = media_type_of(request)
    if sent != media_type and sent not in also:
        raise Problem(kinds.WRONG_TYPE, expected=media_type, headers={"Accept": media_type}, **members)
    packed = is_packed(request.headers.getlist("content-encoding"), **members)
    request.state.body_limit = limit
    try:
        body = await request.body()
    except ClientDisconnect:
        # The client closed the connection in the middle of the body. It cannot read a response, but nothing may be
        # stored.
        raise Problem(kinds.MALFORMED) from None
    return unpack(body, limit, **members) if packed else body


async def read_json(request: Request, limit: int = JSON_BYTES) -> dict[str, Any]:
    """The JSON object in the body. Raises malformed-json, and what `read_body` raises.

    A long body is read in a thread, because 1 MiB of numbers takes half a second.
    """
    body = await read_body(request, "application/json", limit)
    return read_object(body) if len(body) <= JSON_BYTES else await asyncio.to_thread(read_object, body)


class Part(NamedTuple):
    """A part of a multipart body. `file_name` is None for a field that is no file."""

    name: str
    file_name: str | None
    content: bytes


async def read_parts(request: Request, limit: int) -> list[Part]:
    """The parts of a multipart/form-data body, in their order.

    Raises malformed-json also for another media type, and what `read_body` raises otherwise. No part is written to a
    disk, because the limit is below the size from which Starlette would do so.
    """
    if media_type_of(request) != "multipart/form-data":
        raise Problem(kinds.MALFORMED)
    body = await read_body(request, "multipart/form-data", limit)

    async def whole() -> AsyncIterator[bytes]:
        yield body

    # Starlette asks for a generator, and only iterates over it.
    parser = MultiPartParser(request.headers, whole(), max_part_size=limit)  # type: ignore[arg-type]
    try:
        form = await parser.parse()
        return [await _read_part(name, value) for name, value in form.multi_items()]
    except (MultiPartException, FormParserError, LookupError, ValueError):
        raise Problem(kinds.MALFORMED) from None
    finally:
        # Starlette forgets the file of a part that does not end.
        for file in parser._files_to_close_on_error:
            file.close()


async def _read_part(name: str, value: UploadFile | str) -> Part:
    if isinstance(value, UploadFile):
        return Part(name, value.filename or name, await value.read())
    return Part(name, None, value.encode("utf-8", "surrogatepass"))


async def _form_body(request: Request) -> dict[str, str]:
    body = await read_body(request, "application/x-www-form-urlencoded", FORM_BYTES, error="invalid_request")
    try:
        text = body.removeprefix(BOM_UTF8).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=20)
        return refuse_repeats([(name, value) for name, value in pairs])
    except ValueError:
        raise Problem(kinds.INVALID_GRANT_REQUEST, error="invalid_request") from None


FormBody = Annotated[dict[str, str], Depends(_form_body)]


def describe_body(
    model: type[BaseModel], media_type: str = "application/json", limit: int = JSON_BYTES
) -> dict[str, Any]:
    """The OpenAPI `requestBody` of a body that a service checks, for a route's `openapi_extra`.

    `app/openapi.py` adds the shape that it refers to.
    """
    return describe_content({media_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}, limit)


def describe_form(model: type[BaseModel]) -> dict[str, Any]:
    """As `describe_body`, for a form."""
    return describe_body(model, "application/x-www-form-urlencoded", FORM_BYTES)


def describe_content(content: dict[str, Any], limit: int, *, required: bool = True) -> dict[str, Any]:
    """The OpenAPI `requestBody` with this content by media type, which says how large the body may be."""
    return {"requestBody": {"required": required, "description": f"At most {limit:,} bytes", "content": content}}
