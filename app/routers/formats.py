"""Which formats a route has, and which of them the response to a request gets."""

from typing import Any

from fastapi import Request
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute

from app.formats.negotiation import FORMATS, choose
from app.problems import Problem, kinds


def offered_by(route: APIRoute) -> tuple[str, ...]:
    """The media types of a route's successful responses, the usual one first. It is empty if they have no body."""
    made = route.response_class
    usual: str | None = (made.value if isinstance(made, DefaultPlaceholder) else made).media_type
    successes: list[dict[str, Any]] = [
        response for status, response in route.responses.items() if str(status).startswith("2")
    ]
    named = [media_type for each in successes for media_type in each.get("content", {})]
    without_body = route.status_code == 204
    return tuple(dict.fromkeys((*(() if usual is None or without_body else (usual,)), *named)))


def choose_format(request: Request, offered: tuple[str, ...], *, by_query: bool) -> None:
    """Stores the format that the response gets, for `format_of`. Raises not-acceptable (406).

    `?format=` outweighs the Accept header, in a route that has the parameter. The route's own check refuses a value
    that it does not know.
    """
    wanted = request.query_params.get("format") if by_query else None
    if wanted is not None:
        request.state.format = FORMATS.get(wanted, offered[0])
        return
    # A list in several lines of the head is one list (RFC 9110 section 5.3).
    chosen = choose(", ".join(request.headers.getlist("accept")) or None, offered)
    if chosen is None:
        raise Problem(kinds.NOT_ACCEPTABLE, available=list(offered))
    request.state.format = chosen


def format_of(request: Request) -> str:
    """The media type of the response, one of those that the route has."""
    chosen: str = request.state.format
    return chosen
