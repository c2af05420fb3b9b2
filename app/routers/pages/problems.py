"""Problems as pages, in plain words, and the way to the sign-in page for who has no session."""

from typing import Final

from fastapi import Request, Response

from app.config import API_ADDRESSES
from app.formats.negotiation import HTML, JSON, choose
from app.pages.addresses import START, is_page_to_return_to
from app.platform.root_path import path_below
from app.problems import Problem, kinds
from app.routers.pages.route import PageRoute, go_to, language_of_page, show

_OFFERED: Final = (JSON, HTML)


def wants_page(request: Request) -> bool:
    """Whether the problem of a request is shown as a page: at an address of a page, or to a browser that is astray."""
    route = request.scope.get("route")
    if route is not None:
        return isinstance(route, PageRoute)
    if path_below(request.scope).split("/")[1:2] in [[each] for each in API_ADDRESSES]:
        return False
    return choose(request.headers.get("accept"), _OFFERED) == HTML


def show_problem(request: Request, problem: Problem) -> Response:
    """The page of a problem. Without a valid session it is the way to the sign-in page, and from there back."""
    if problem.kind is kinds.UNAUTHENTICATED:
        return go_to(request, "/sign-in", next=_asked(request))
    language = language_of_page(request)
    told = problem.render(language, request.state.request_id, writes=False)
    response = show(request, "problem.html", problem.kind.status, kind=problem.kind.slug, told=told)
    response.headers.update(problem.headers)
    return response


def _asked(request: Request) -> str | None:
    query = request.scope["query_string"].decode("ascii", "replace")
    path = path_below(request.scope)
    whole = f"{path}?{query}" if query else path
    for each in (whole, path):
        if request.method == "GET" and each != START and is_page_to_return_to(each):
            return each
    return None
