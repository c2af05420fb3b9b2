"""POST /v1/held-submissions/{id}/erase, which erases what is held at the request of a family that it names."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.problems import kinds
from app.routers.dependencies import SessionOf
from app.routers.documenting import document
from app.routers.watching import Officer, WatchedRoute
from app.schemas.ids import AnyId
from app.schemas.reviews.held import ErasedHeldOut
from app.services.reviews import held

router = APIRouter(route_class=WatchedRoute, prefix="/v1/held-submissions", tags=["Submissions"])

Id = Annotated[AnyId, Path(description="The id of what is held, from the list or from `held`")]


@router.post(
    "/{id}/erase",
    operation_id="eraseHeld",
    summary="Erase a conflict or a submission with faults",
    responses=document(kinds.NOT_FOUND),
)
async def erase_held(id: Id, caller: Officer, session: SessionOf) -> ErasedHeldOut:
    """Erases it at the request of a family that it names, such as one of which nothing is stored. Send no body.

    `POST /v1/families/find` finds it by a number. If a device sends it again, it learns of the erasure. When you serve
    the request of a family to erase it, what is held of it is erased too.
    """
    return await held.erase_one(session, caller, id)
