"""Addresses of the pages below the root path, and which of them a reader may be sent back to."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

START: Final = "/"
OWN_INTERVIEWS: Final = "/own"
_CODE: Final = r"(?:ID|[0-9]{2}(?:\.?[0-9]{2}(?:\.?[0-9]{2}(?:\.?[0-9]{4})?)?)?)"
_OURS: Final = re.compile(
    rf"/(?:|own|search|compare|regions/{_CODE}(?:/[0-9]{{4}})?)(?:\?[A-Za-z0-9=&.+_~%-]{{0,400}})?", re.ASCII
)


def is_page_to_return_to(path: str) -> bool:
    """Whether a text is the path of one of our pages that a signed-in reader looks at, with or without a query.

    This names what is allowed, so that nothing else leads anywhere: another host, a backslash, a line break, or an
    encoded form of them.
    """
    return _OURS.fullmatch(path) is not None


def make_address(root: str, path: str, query: Mapping[str, object] | None = None) -> str:
    """A path below the root path with the members of the query that are not None."""
    named = {name: value for name, value in (query or {}).items() if value is not None}
    return f"{root}{path}?{urlencode(named)}" if named else f"{root}{path}"
