"""/own, the page of a kader: what the kader sent, what came back and why, and what the round still lacks."""

from fastapi import Request, Response

from app.routers.dependencies import Cursor, Year
from app.routers.pages.reading_own import read_own
from app.routers.pages.route import make_router, show
from app.routers.pages.session import Sender

router = make_router()


@router.get("/own")
async def show_own(caller: Sender, request: Request, year: Year | None = None, cursor: Cursor = None) -> Response:
    """The caller's own interviews of a year, the newest at the top. It shows no identity, as it reads none."""
    own = await read_own(request, caller, year, cursor)
    return show(request, "own.html", own=own, first=cursor is None)
