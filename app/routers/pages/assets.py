"""GET /assets/…, the style and the icon of the pages. A name holds a hash of the content, which never changes."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from app.pages.rendering import ASSETS
from app.problems import Problem, kinds
from app.routers.pages.route import PageRoute

_KEPT: Final = "public, max-age=31536000, immutable"
_MEDIA_TYPES: Final = {"css": "text/css", "svg": "image/svg+xml"}


class FileResponse(Response):
    """A file, in the media type of its name. A page asks for it by its name alone."""

    media_type = None


router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/assets/{name}", response_class=FileResponse)
async def get_asset(name: Annotated[str, Path(max_length=100)]) -> Response:
    """A file by its present name. Only these names are known, so no path leads to another file."""
    if name not in ASSETS:
        raise Problem(kinds.NOT_FOUND)
    headers = {"Cache-Control": _KEPT, "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(ASSETS[name], media_type=_MEDIA_TYPES[name.rpartition(".")[2]], headers=headers)
