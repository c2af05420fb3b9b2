"""Finds the parts of a long JSON body without parsing them, so that each can be read in a turn of its own.

Parsing 4 MiB at once would keep other requests waiting for a tenth of a second and more.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from app.turns import in_turns

_TEXT: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+[^][{}"]*+'
_TOKEN: Final = re.compile(rb"%b(?:%b){,50}+|\[|\]|{|}" % (_TEXT, _TEXT), re.DOTALL)
"""A bracket, or some texts with what stands between them. A bracket within a text is none."""
_LINE: Final = re.compile(rb"[^ \t\r\n][^\n]*")
"""A line from its first character that is no blank."""
_OPENING: Final = b"{["
_CLOSING: Final = b"}]"
_PLACEHOLDER: Final = b"{}"
_DEPTH: Final = 3
"""The entries of a list that is a member of the body."""
_TOKENS: Final = 1000
"""So many tokens take some tenths of a millisecond."""
_MOST_TOKENS: Final = 500_000
"""No 500 interviews have as many brackets. A body of brackets alone would take a second and more."""


def split_lines(body: bytes, most: int) -> list[bytes]:
    """The first `most` lines that are not blank."""
    return [line[0] for line in islice(_LINE.finditer(body), most)]


async def split_parts(body: bytes, most: int) -> tuple[bytes, list[bytes]]:
    """The outline of a JSON body, which has `{}` for each part, and the parts in their order, at most `most`.

    A part is an object or a list at the third level, such as an entry of a list that is a member of the body. Brackets
    are only counted. If they do not match, either the outline or a part is no JSON.
    """
    outline, parts, end = list[bytes](), list[bytes](), 0
    async for found in in_turns(_find(body)):
        if found is not None:
            outline.append(body[end : found.start])
            parts.append(body[found])
            end = found.stop
            if len(parts) == most:
                break
    return _PLACEHOLDER.join([*outline, body[end:]]), parts


def _find(body: bytes) -> Iterator[slice | None]:
    """Yields where each part is, and None from time to time meanwhile."""
    depth = start = 0
    for count, token in enumerate(_TOKEN.finditer(body), 1):
        mark = body[token.start()]
        if mark in _OPENING:
            depth += 1
            if depth == _DEPTH:
                start = token.start()
        elif mark in _CLOSING:
            if depth == _DEPTH:
                yield slice(start, token.end())
            depth -= 1
        if not count % _TOKENS:
            yield None
        if count == _MOST_TOKENS:
            return
