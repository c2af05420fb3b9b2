"""GET /v1/instruments, the questionnaires with their scoring."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.reference.instrument import InstrumentOut, InstrumentWholeOut
from app.schemas.shapes import Page
from app.services.reference import instruments as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/instruments", tags=["Reference"], dependencies=[require(None)])

Code = Annotated[str, Path(max_length=40, examples=["ikk-29"])]
Version = Annotated[str, Path(max_length=20, examples=["2025.2"])]


@router.get(
    "",
    operation_id="listInstruments",
    summary="List instruments",
    responses=document(needs="token"),
)
async def list_instruments(request: Request) -> Page[InstrumentOut]:
    """Returns all published instruments and versions on a single page."""
    return Page[InstrumentOut](items=service.list_instruments(catalogue_of(request)), next=None)


@router.get(
    "/{code}/{version}",
    operation_id="getInstrument",
    summary="Get an instrument",
    responses=document(kinds.NOT_FOUND, needs="token"),
)
async def get_instrument(code: Code, version: Version, request: Request) -> InstrumentWholeOut:
    """Returns the whole questionnaire with its scoring.

    `content` holds the questions in both languages and the conditions under which to ask them. It also says which
    answers fulfil an indicator, and it holds the weights and thresholds. Each part has its source and status.
    """
    return service.find_instrument(catalogue_of(request), code, version)


@router.get(
    "/{code}/{version}/schema",
    operation_id="getInstrumentSchema",
    summary="Get the JSON Schema of an instrument's answers",
    responses=document(kinds.NOT_FOUND, needs="token"),
)
async def get_schema(code: Code, version: Version, request: Request) -> dict[str, Any]:
    """Returns a JSON Schema (2020-12) of the member `answers` of a submission.

    `x-ask-when` holds the condition under which a question is asked.
    """
    return service.find_schema(catalogue_of(request), code, version)
