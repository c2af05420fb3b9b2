"""/odk/…/formList, forms, manifests and media: what ODK Collect and Enketo fetch."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from app.formats.openrosa import MEDIA_TYPE, ListedForm, MediaFile, write_form_list, write_manifest
from app.problems import language_of
from app.routers.dependencies import SessionOf, catalogue_of, connect
from app.routers.phones.route import PhoneRoute, Sender, own_address
from app.services.phones.forms import find_frozen_form, list_forms_in_force
from app.services.phones.villages import FILE, list_villages

router = APIRouter(route_class=PhoneRoute, include_in_schema=False, default_response_class=Response)
PREFIXES: Final = ("/odk/k/{token}", "/odk")
"""With the secret in the path, and with Basic authentication."""

Name = Annotated[str, Path(max_length=200)]


async def list_phone_forms(
    request: Request,
    caller: Sender,
    session: SessionOf,
    form_id: Annotated[str | None, Query(alias="formID")] = None,
) -> Response:
    """Lists one form of each instrument that is in force, with the address of its bytes and of its manifest."""
    language = language_of(request.headers.get("accept-language"))
    base = own_address(request)
    forms = []
    for each in await list_forms_in_force(session, catalogue_of(request), caller.regions, form_id):
        address = f"{base}/forms/{quote(each.form_id, safe='')}/{quote(each.version, safe='')}"
        name = each.name.en if language == "en" else each.name.id
        listed = ListedForm(each.form_id, each.version, name, each.md5, f"{address}.xml", f"{address}/manifest")
        forms.append(listed)
    return Response(write_form_list(forms), media_type=MEDIA_TYPE)


async def get_phone_form(code: Name, version: Name, caller: Sender, session: SessionOf) -> Response:
    """Returns the bytes of a form, of whatever version was ever published. A draft keeps the version of its form."""
    return Response((await find_frozen_form(session, code, version)).xform, media_type=MEDIA_TYPE)


async def get_manifest(request: Request, code: Name, version: Name, caller: Sender, session: SessionOf) -> Response:
    """Lists the files of a form, which are the villages where the person interviews families."""
    await find_frozen_form(session, code, version)
    async with connect(request) as connection:
        villages = await list_villages(connection, caller.regions)
    file = MediaFile(FILE, villages.md5, f"{own_address(request)}/media/{FILE}")
    return Response(write_manifest([file]), media_type=MEDIA_TYPE)


async def get_villages(request: Request, caller: Sender) -> Response:
    """Returns the villages where the person interviews families now, as CSV with the columns `name` and `label`."""
    async with connect(request) as connection:
        villages = await list_villages(connection, caller.regions)
    return Response(villages.content, media_type="text/csv; charset=utf-8")


for prefix in PREFIXES:
    for ending in ("", "/"):
        router.add_api_route(f"{prefix}/formList{ending}", list_phone_forms, methods=["GET"])
    router.add_api_route(f"{prefix}/forms/{{code}}/{{version}}.xml", get_phone_form, methods=["GET"])
    router.add_api_route(f"{prefix}/forms/{{code}}/{{version}}/manifest", get_manifest, methods=["GET"])
    router.add_api_route(f"{prefix}/media/{FILE}", get_villages, methods=["GET"])
