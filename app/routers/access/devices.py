"""/v1/people/{id}/devices, the phones with which a person fetches forms and sends interviews."""

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.formats.negotiation import FORMATS, HTML, JSON, choose
from app.pages.device_slip import write_device_slip
from app.pages.slips import POLICY
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import SessionOf, StrictRoute, open_session, respond, settings_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.device import DeviceIn, DevicesOut, NewDeviceOut
from app.schemas.ids import AnyId
from app.services.access import devices as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/people/{id}/devices", tags=["People"])

Appointer = Annotated[Caller, require("people:manage")]
Id = Annotated[AnyId, Path(description="The person's id")]

_SLIP: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "description": "The device with its secret, shown this once",
        "content": {HTML: {"schema": {"type": "string"}, "example": "<!doctype html>…"}},
    }
}


@router.post(
    "",
    operation_id="createDevice",
    summary="Set up a phone",
    status_code=201,
    response_model=NewDeviceOut,
    responses={
        **_SLIP,
        **document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND, kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    },
    openapi_extra=describe_body(DeviceIn),
)
async def create_device(
    id: Id,
    caller: Appointer,
    request: Request,
    format: Annotated[
        Literal["json", "html"] | None,
        Query(description="The format of the response. It outweighs the Accept header. `html` is a slip to print"),
    ] = None,
) -> Response:
    """Creates a device of the person: an address and an app password for one phone with ODK Collect or for Enketo.

    With the secret, the phone fetches the forms and sends interviews in the person's name, in the villages where the
    person may interview at that moment. It can do nothing else. It stays valid until somebody revokes it, so revoke
    the device of a lost phone. A person has at most 10 valid devices.

    The response shows the secret this once. As HTML it is a slip to print, with the QR code of Collect's settings.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        made = await service.create_device(session, caller, id, content)
    address = settings_of(request).issuer
    device = service.set_up(made, address)
    accept = ", ".join(request.headers.getlist("accept"))
    if (FORMATS[format] if format is not None else choose(accept, (JSON, HTML))) != HTML:
        return respond(device, 201)
    page = await asyncio.to_thread(write_device_slip, device, made.name, made.places, address)
    return Response(page, 201, media_type=HTML, headers={"Content-Security-Policy": POLICY})


@router.get("", operation_id="listDevices", summary="List a person's phones", responses=document(kinds.NOT_FOUND))
async def list_devices(id: Id, caller: Appointer, session: SessionOf) -> DevicesOut:
    """Lists the latest hundred devices of the person, also revoked ones, the newest first. Never their secrets."""
    return await service.list_devices(session, caller, id)


@router.delete(
    "/{device}",
    operation_id="endDevice",
    summary="Revoke a phone",
    status_code=204,
    responses=document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND),
)
async def end_device(
    id: Id, device: Annotated[AnyId, Path(description="The device's id")], caller: Appointer, session: SessionOf
) -> None:
    """Revokes the device now. Its phone fetches and sends nothing more. Revoked once more, nothing changes.

    What the phone has not sent stays on it. Set the phone up again, and it sends that with the new device.
    """
    await service.end_device(session, caller, id, device=device)
