"""GET /v1/submissions/export: submissions with their answers, for those who review them, and the codebook."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import anyio
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.access import Caller
from app.formats.csv import Separator
from app.formats.negotiation import CSV, NDJSON, XLSX
from app.formats.sheets import Sheet
from app.platform.head_requests import IS_HEAD
from app.platform.representations import takes_gzip
from app.problems import Fault, Problem, kinds
from app.routers.dependencies import (
    StrictRoute,
    Year,
    catalogue_of,
    database_of,
    respond,
    settings_of,
)
from app.routers.documenting import document
from app.routers.formats import format_of
from app.routers.requirement import require
from app.routers.tables import FormOf, ready, respond_with_table, tables
from app.schemas.ids import AnyId
from app.schemas.intake.review_states import ReviewStatus
from app.schemas.moments import Instant
from app.schemas.parameters import Flag
from app.schemas.reviews.export import CodebookOut, ExportFormat, ExportLabels, ExportTable, WordedPurpose
from app.schemas.shapes import RegionCode
from app.services.reviews.export import Chosen, Export, make_layout
from app.services.reviews.export_columns import CODEBOOK_COLUMNS, Layout, codebook_rows

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/export", tags=["Submissions"])

Reviewer = Annotated[Caller, require("submissions:review")]
_NAMES: Final[dict[str, ExportFormat]] = {CSV: "csv", NDJSON: "ndjson", XLSX: "xlsx"}
_WAIT_SECONDS: Final = 20.0
_END_SECONDS: Final = 10.0
_LEVEL: Final = 1
_BUSY: Final = (
    "Terlalu banyak ekspor sedang dibuat. Coba lagi setelah Retry-After detik.",
    "Too many exports are being made. Try again after Retry-After seconds.",
)


class CsvResponse(Response):
    """Documents that an export is CSV unless the request asks for another format."""

    media_type = CSV


class ExportResponse(StreamingResponse):
    """The bytes of an export. It holds a turn until the last byte is sent or the client has gone."""

    def __init__(self, export: Export, turn: asyncio.Semaphore, *, packed: bool, **named: Any) -> None:
        parts = export.parts()
        super().__init__(_pack(parts) if packed else parts, **named)
        self._export, self._turn, self._parts = export, turn, parts

    async def stream_response(self, send: Send) -> None:
        # What is left of a generator would otherwise stay until it is collected.
        async with aclosing(self._parts):
            await super().stream_response(send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._turn.release()
            with anyio.move_on_after(_END_SECONDS, shield=True):
                await self._export.end()


async def _pack(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    async for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()


Region = Annotated[RegionCode, Query(description="A region. The export holds the submissions in its subtree")]

OfYear = Annotated[Year | None, Query(description="Calendar year of the interview, in the time of the region")]


def _layout(
    caller: Reviewer,
    request: Request,
    region: Region,
    year: OfYear = None,
    instrument: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=40,
            description="Code of the instrument. Without it you get the default one",
            examples=["ikk-29"],
        ),
    ] = None,
    version: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=20,
            examples=["2025.2"],
            description="Version of the instrument. Without it you get the interviews of all versions whose figures "
            "are comparable with the one in force in the year, or with the latest. A question that a version does not "
            "have is empty in its rows",
        ),
    ] = None,
) -> Layout:
    code = instrument or settings_of(request).default_instrument
    return make_layout(catalogue_of(request), caller, region, code, version, year)


LayoutOf = Annotated[Layout, Depends(_layout)]


def _chosen(
    request: Request,
    region: Region,
    export_purpose: Annotated[WordedPurpose, Query()],
    year: OfYear = None,
    status: Annotated[ReviewStatus | None, Query(description="Only submissions with this status")] = None,
    counts: Annotated[
        Flag | None, Query(description="Only what counts in reported figures (`true`), or only what does not (`false`)")
    ] = None,
    since: Annotated[
        Instant | None, Query(description="The earliest time of receipt, included. RFC 3339 with offset")
    ] = None,
    until: Annotated[Instant | None, Query(description="The latest time of receipt, excluded")] = None,
    round: Annotated[AnyId | None, Query(description="Only interviews of this round")] = None,
    training: Annotated[Flag, Query(description="Whether training interviews are exported too")] = False,
    table: Annotated[
        ExportTable,
        Query(
            description="Only with CSV. `rosters` has a row for each row of a roster, such as each member of the family"
        ),
    ] = "interviews",
    labels: Annotated[
        ExportLabels,
        Query(
            description="`id` and `en` give headings and answers as texts in that language. In NDJSON, names of "
            "members stay codes"
        ),
    ] = "codes",
    format: Annotated[
        Literal["csv", "ndjson", "xlsx"] | None,
        Query(description="The format of the response. It outweighs the Accept header"),
    ] = None,
    separator: Annotated[
        Separator | None,
        Query(description="Only with CSV. `semicolon` is for Excel in Indonesian settings"),
    ] = None,
) -> Chosen:
    chosen = _NAMES[format_of(request)]
    strange = [
        name
        for name, asked in (("separator", separator is not None), ("table", table != "interviews"))
        if asked and chosen != "csv"
    ]
    if strange:
        raise Problem(kinds.FAULTS, faults=[Fault("other_format", parameter=name) for name in strange])
    return Chosen(
        region,
        export_purpose,
        chosen,
        year,
        status,
        counts,
        since,
        until,
        None if round is None else UUID(str(round)),
        training,
        table,
        labels,
        separator or "comma",
    )


@router.get(
    "",
    operation_id="exportSubmissions",
    summary="Export submissions with their answers",
    response_class=CsvResponse,
    responses={
        200: {
            "content": {
                CSV: {"schema": {"type": "string"}, "example": "id,family,revision\r\n"},
                NDJSON: {"schema": {"type": "string"}, "example": '{"id":"0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001"}\n'},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        },
        **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND, kinds.BUSY),
    },
)
async def export_submissions(
    caller: Reviewer, layout: LayoutOf, chosen: Annotated[Chosen, Depends(_chosen)], request: Request
) -> Response:
    """Returns the answers, outcomes and states of submissions, a row each, in the order of `listSubmissions`.

    The export never holds identities or what families said in their own words, and leaves out restricted families. You
    get sensitive questions and outcomes only with `submissions:sensitive` in the whole region. `getExportCodebook` says
    what the columns mean and which are left out. The purpose is audited, and at the end the number of submissions.

    CSV has rosters as a table of their own (`table=rosters`), a workbook has them as a second sheet, and NDJSON within
    their interview. A workbook holds up to 100,000 interviews.

    The response has no Content-Length. If the service cannot go on, it breaks off the connection without the end of the
    chunked body. Take an export for whole only if your client reports no error. A submission that changes while you
    read may be exported as it was before or after the change.
    """
    export = Export(database_of(request), caller, layout, chosen)
    media_type = format_of(request)
    name = f"{layout.instruments[0].code}-{chosen.region}.{chosen.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    packed = chosen.format != "xlsx" and takes_gzip(request.headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    if IS_HEAD in request.scope:
        return Response(media_type=media_type, headers=headers)
    turn: asyncio.Semaphore = request.app.state.export_turn
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await turn.acquire()
    except TimeoutError:
        raise Problem(kinds.BUSY, wait=_WAIT_SECONDS, detail=_BUSY) from None
    try:
        await export.start()
    except BaseException:
        turn.release()
        raise
    return ExportResponse(export, turn, packed=packed, media_type=media_type, headers=headers)


@router.get(
    "/codebook",
    operation_id="getExportCodebook",
    summary="Get the codebook of an export",
    response_model=CodebookOut,
    responses={200: tables(CODEBOOK_COLUMNS), **document(kinds.FORBIDDEN_REGION, kinds.BUSY)},
)
async def get_codebook(layout: LayoutOf, form: FormOf, request: Request) -> Response:
    """Returns the columns of an export of these versions: their meaning in both languages, codes, units and versions.

    It also lists the questions that your export leaves out, and why. As CSV or as a workbook there is a row for each
    column and for each code that it can hold.
    """
    if form is None:
        return respond(layout.codebook())
    sheet = Sheet("codebook", tuple(CODEBOOK_COLUMNS), codebook_rows(layout), wrap=True)
    return await respond_with_table(request, form, f"{layout.instruments[0].code}-codebook", ready([sheet]))
