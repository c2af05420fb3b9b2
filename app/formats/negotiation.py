"""Chooses the format of a response by the Accept header of the request."""

from typing import Final

from app.formats.csv import MEDIA_TYPE as CSV

JSON: Final = "application/json"


def choose(accept: str | None, *others: str) -> str:
    """The first of the other media types that the Accept header names, or JSON if it names none of them.

    The order of `others` decides. Weights in the header (`q`) do not count.
    """
    return next((media_type for media_type in others if media_type in (accept or "")), JSON)


__all__ = ["CSV", "JSON", "choose"]
