"""What all pages share: the route class, the language, the frame and the headers of their responses."""

from typing import Annotated, Any, ClassVar, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.access import Caller
from app.pages.addresses import make_address
from app.pages.rendering import POLICY, Frame, render
from app.platform.root_path import path_below
from app.problems import Language
from app.routers.dependencies import StrictRoute, settings_of
from app.routers.pages.session import LANGUAGE, OWN, READS, FormProof, is_https, keep_language

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every page. With the usual Referrer-Policy, browsers would hide where a form comes from."""


class PageRoute(StrictRoute):
    """A route whose response people look at. It is no part of the contract, and its problems are pages too."""

    methods_at: ClassVar[dict[str, set[str]]] = {}
    """The methods of each address of a page."""

    def __init__(self, path: str, *args: Any, **named: Any) -> None:
        super().__init__(path, *args, **named)
        self.methods_at.setdefault(path, set()).update(self.methods or ())


def language_of_page(request: Request) -> Language:
    """The language that the address names, or else the one that was chosen before. Indonesian without a choice."""
    named = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    return "en" if named == "en" else "id"


def _choose_language(
    request: Request,
    lang: Annotated[Literal["id", "en"] | None, Query(description="The language of pages, from now on")] = None,
) -> None:
    request.state.language_chosen = lang


def make_router(route_class: type[PageRoute] = PageRoute) -> APIRouter:
    """A router of pages. Each of them takes the language from its address."""
    return APIRouter(
        route_class=route_class,
        include_in_schema=False,
        default_response_class=HTMLResponse,
        dependencies=[Depends(_choose_language)],
    )


def show(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """The page of a template as a response."""
    proof = FormProof(request)
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    caller: Caller | None = getattr(request.state, "caller", None)
    frame = Frame(
        language=language_of_page(request),
        root=settings_of(request).root_path,
        here=(path_below(request.scope), query if request.method == "GET" else {}),
        reader=caller is not None,
        figures=caller is not None and bool(caller.scopes & set(READS)),
        own=_shows_own(request, caller),
        form=proof.make(),
    )
    response = HTMLResponse(render(template, frame, values), status, headers=HEADERS)
    response.headers["Content-Language"] = frame.language
    response.headers["Vary"] = "Cookie"
    proof.keep(response)
    if getattr(request.state, "language_chosen", None) is not None:
        keep_language(response, frame.language, path=frame.root, secure=is_https(request))
    return response


def _shows_own(request: Request, caller: Caller | None) -> bool:
    """What the session found out. A page that was refused earlier shows a kader the way back all the same."""
    known: bool | None = getattr(request.state, "shows_own", None)
    if known is None:
        return caller is not None and not caller.scopes & set(READS) and bool(caller.scopes & set(OWN))
    return known


def go_to(request: Request, path: str, **query: object) -> Response:
    """Sends the browser to another of our pages. The address has no host, so that no header can choose one."""
    address = make_address(settings_of(request).root_path, path, query)
    return RedirectResponse(address, 303, headers={**HEADERS, "Vary": "Cookie"})


def go_away(address: str) -> Response:
    """Sends the browser to the outside issuer of the settings, and to nobody else."""
    return RedirectResponse(address, 303, headers={**HEADERS, "Referrer-Policy": "no-referrer"})
