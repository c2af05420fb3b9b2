"""/, the page with which a reader starts."""

from fastapi import Request, Response

from app.routers.pages.reading import read_areas
from app.routers.pages.route import make_router, show
from app.routers.pages.session import Reader

router = make_router()


@router.get("/")
async def show_start(caller: Reader, request: Request) -> Response:
    """The reader's own regions with their latest figures, and the search."""
    areas, more = await read_areas(request, caller)
    return show(request, "start.html", areas=areas, more=more)
