"""/, the page with which a reader starts."""

from fastapi import Request, Response

from app.pages.addresses import OWN_INTERVIEWS
from app.routers.pages.reading import read_areas
from app.routers.pages.route import go_to, make_router, show
from app.routers.pages.session import READS, Entering

router = make_router()


@router.get("/")
async def show_start(caller: Entering, request: Request) -> Response:
    """The reader's own regions with their latest figures, and the search. A kader goes on to the own interviews."""
    if not caller.scopes & set(READS):
        return go_to(request, OWN_INTERVIEWS)
    areas, more = await read_areas(request, caller.within(*READS))
    return show(request, "start.html", areas=areas, more=more)
