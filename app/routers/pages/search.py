"""/search, which finds a region by its name or code inside the reader's area."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.access import Caller
from app.folding import fold
from app.regions.codes import undot
from app.routers.dependencies import open_session
from app.routers.pages.route import go_to, make_router, show
from app.routers.pages.session import Reader
from app.schemas.reference.region import RegionOut
from app.services.reference import region_tree as service

router = make_router()

_MOST: Final = 100
_MOST_AREAS: Final = 30
_SHORTEST: Final = 2


@router.get("/search")
async def search(
    caller: Reader, request: Request, q: Annotated[str, Query(max_length=80, pattern=r"^[^\x00]*$")] = ""
) -> Response:
    """Regions whose name holds the words, by code. A code leads to the page of its region."""
    code, words = undot(q.strip()), fold(q)
    if code is not None and caller.covers(code):
        return go_to(request, f"/regions/{code}")
    short = len(words) < _SHORTEST
    found, more = ([], False) if short else await _find(request, caller, words)
    return show(
        request,
        "search.html",
        q=q,
        asked=bool(q.strip()),
        short=short,
        outside=code is not None,
        found=found,
        more=more,
    )


async def _find(request: Request, caller: Caller, words: str) -> tuple[list[RegionOut], bool]:
    """Regions inside the reader's area, each own region before those in it, and whether there are more."""
    found: list[RegionOut] = []
    now = datetime.now(UTC)
    async with open_session(request) as session:
        for root in caller.regions[:_MOST_AREAS]:
            own = await service.find_region(session, root, on=None, now=now)
            if words in fold(own.name):
                found.append(own)
            page = await service.list_regions(
                session, parent=root, level=None, q=words, on=None, now=now, limit=_MOST, cursor=None
            )
            found += page.items
            if len(found) > _MOST or page.next is not None:
                return found[:_MOST], True
    return found, len(caller.regions) > _MOST_AREAS
