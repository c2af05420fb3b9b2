"""Compares a response with a longer one that says the same and more."""

from typing import Any


def cut(whole: Any, like: Any) -> Any:
    """The whole with only the members that the other has, at every depth."""
    if isinstance(whole, dict) and isinstance(like, dict):
        return {name: cut(whole[name], like[name]) for name in like if name in whole}
    if isinstance(whole, list) and isinstance(like, list) and len(whole) == len(like):
        return [cut(each, other) for each, other in zip(whole, like, strict=True)]
    return whole
