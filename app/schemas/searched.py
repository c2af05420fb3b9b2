"""What somebody types into a search, in its folded form. Its length is checked before it is folded."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from app.folding import fold

_SHORTEST_NAME: Final = 2
_USERNAME: Final = re.compile(r"[a-z0-9._-]+")


def _fold_name(text: str) -> str:
    folded = fold(text)
    if len(folded) < _SHORTEST_NAME:
        raise ValueError("too short")
    return folded


def _fold_username(text: str) -> str:
    folded = fold(text)
    if not _USERNAME.fullmatch(folded):
        raise ValueError("not a part of a username")
    return folded


NamePart = Annotated[
    str, Field(min_length=_SHORTEST_NAME, max_length=80, pattern=r"^[^\x00]*$"), AfterValidator(_fold_name)
]
"""A part of a name."""
UsernamePart = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_fold_username)]
"""A part of a username."""
