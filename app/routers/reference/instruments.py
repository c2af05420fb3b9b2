"""GET /v1/instruments, the questionnaires with their scoring."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from app.formats.negotiation import XLSX
from app.platform.representations import REVALIDATED, UNCHANGING, keep
from app.problems import kinds
from app.routers.dependencies import SessionOf, StrictRoute, catalogue_of, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.schemas.reference.instrument import InstrumentOut, InstrumentWholeOut
from app.schemas.shapes import Page
from app.services.reference import instruments as service

router = APIRouter(
    route_class=StrictRoute, prefix="/v1/instruments", tags=["Reference"], dependencies=[require(None, export_key=True)]
)

Code = Annotated[str, Path(max_length=40, description="Code of the instrument")]
Version = Annotated[str, Path(max_length=20, description="Version of the instrument")]


@router.get(
    "",
    operation_id="listInstruments",
    summary="List instruments",
    response_model=Page[InstrumentOut],
    responses={**UNCHANGED, **document(needs="token")},
    openapi_extra=EXPORT_KEY,
)
async def list_instruments(request: Request) -> Response:
    """Returns all published instruments and versions on a single page."""
    page = Page[InstrumentOut](items=service.list_instruments(catalogue_of(request)), next=None)
    return keep(respond(page), REVALIDATED)


@router.get(
    "/{code}/{version}",
    operation_id="getInstrument",
    summary="Get an instrument",
    response_model=InstrumentWholeOut,
    responses={**UNCHANGED, **document(kinds.NOT_FOUND, needs="token")},
    openapi_extra=EXPORT_KEY,
)
async def get_instrument(code: Code, version: Version, request: Request) -> Response:
    """Returns the whole questionnaire with its scoring.

    `content` never changes, so keep it as long as `digest` is the same. Only `retired_after` and `use_instead` change,
    when the version is retired. `content` holds the questions in both languages and the conditions under which to ask
    them. It also says which answers fulfil an indicator, and it holds the weights and thresholds. Each part has its
    source and status.
    """
    return keep(respond(service.find_instrument(catalogue_of(request), code, version)), REVALIDATED, vary=None)


@router.get(
    "/{code}/{version}/schema",
    operation_id="getInstrumentSchema",
    summary="Get the JSON Schema of an instrument's answers",
    response_model=dict[str, Any],
    responses={**UNCHANGED, **document(kinds.NOT_FOUND, needs="token")},
    openapi_extra=EXPORT_KEY,
)
async def get_schema(code: Code, version: Version, request: Request) -> Response:
    """Returns a JSON Schema (2020-12) of the member `answers` of a submission. It never changes, so keep it.

    `x-ask-when` holds the condition under which a question is asked.
    """
    return keep(JSONResponse(service.find_schema(catalogue_of(request), code, version)), UNCHANGING, vary=None)


@router.get(
    "/{code}/{version}/form",
    operation_id="getInstrumentForm",
    summary="Get an instrument's form as XLSForm",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}},
        **document(kinds.NOT_FOUND, needs="token"),
    },
    openapi_extra=EXPORT_KEY,
)
async def get_form(code: Code, version: Version, request: Request, session: SessionOf) -> Response:
    """Returns the workbook (XLSForm) of the form that phones fill, to read it or to try it elsewhere.

    Phones fetch the form itself under `/odk`. Interviews from another server's copy are not taken.
    """
    named = {"Content-Disposition": f'attachment; filename="{code}-{version}.xlsx"'}
    workbook = await service.find_workbook(session, catalogue_of(request), code, version)
    return Response(workbook, media_type=XLSX, headers=named)
