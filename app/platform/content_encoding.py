"""Bodies of requests that come compressed. Only gzip is taken, and a body is never unpacked beyond its limit."""

import zlib
from collections.abc import Sequence
from typing import Any, Final

from app.problems import Problem, kinds

_GZIP: Final = ("gzip", "x-gzip")
_MOST_MEMBERS: Final = 100
"""Nobody compresses a body in more parts. Thousands of empty ones would take a second."""
_WITH_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS


def is_packed(encodings: Sequence[str], **members: Any) -> bool:
    """Whether the values of Content-Encoding say gzip. Raises unsupported-content-encoding (415)."""
    named = [each for value in encodings for part in value.split(",") if (each := part.strip().lower())]
    if named in ([], ["identity"]):
        return False
    if len(named) == 1 and named[0] in _GZIP:
        return True
    raise Problem(kinds.WRONG_ENCODING, headers={"Accept-Encoding": "gzip"}, **members)


def unpack(body: bytes, limit: int, **members: Any) -> bytes:
    """The body of a gzip file (RFC 1952), which may have several members.

    Raises body-too-large (413) before it unpacks more than `limit` bytes, and malformed-gzip (400) if the file is cut
    off, damaged or followed by anything else.
    """
    unpacked = bytearray()
    try:
        for _ in range(_MOST_MEMBERS):
            member = zlib.decompressobj(_WITH_GZIP_HEADER)
            unpacked += member.decompress(body, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                raise Problem(kinds.TOO_LARGE, limit_bytes=limit)
            if not member.eof:
                break
            body = member.unused_data
            if not body:
                return bytes(unpacked)
    except zlib.error:
        pass
    raise Problem(kinds.MALFORMED_GZIP, **members)
