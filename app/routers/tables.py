"""Figures as CSV or as a workbook in place of JSON: the parameters that ask for it, and the response."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Depends, Query, Request, Response

from app.formats.csv import Separator
from app.formats.negotiation import CSV, JSON, XLSX
from app.formats.sheets import Form, Sheet, write_sheets
from app.platform.representations import REVALIDATED, keep
from app.problems import Fault, Problem, kinds
from app.routers.formats import format_of

_ENDINGS: Final = {CSV: "csv", XLSX: "xlsx"}
_OF_PAGES: Final = ("limit", "cursor")
_WAIT_SECONDS: Final = 20.0
_BUSY: Final = (
    "Terlalu banyak tabel sedang dibuat. Coba lagi setelah Retry-After detik, atau minta wilayah yang lebih kecil.",
    "Too many tables are being made. Try again after Retry-After seconds, or ask for a smaller region.",
)


def tables(columns: Iterable[str]) -> dict[str, Any]:
    """The OpenAPI content of a successful response besides JSON."""
    return {
        "content": {
            CSV: {"schema": {"type": "string"}, "example": ",".join(columns) + "\r\n"},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }


def _form(
    request: Request,
    format: Annotated[
        Literal["json", "csv", "xlsx"] | None,
        Query(description="The format of the response. It outweighs the Accept header"),
    ] = None,
    separator: Annotated[
        Separator | None,
        Query(
            description="Only with CSV. `semicolon` is for Excel in Indonesian settings: semicolons, decimal commas "
            "and a byte order mark. Without it you get commas and decimal points"
        ),
    ] = None,
) -> Form | None:
    chosen = format_of(request)
    strange = [] if chosen == CSV or separator is None else ["separator"]
    if chosen != JSON:
        strange += [name for name in _OF_PAGES if name in request.query_params]
    if strange:
        raise Problem(kinds.FAULTS, faults=[Fault("other_format", parameter=name) for name in strange])
    return None if chosen == JSON else Form(chosen, separator or "comma")


FormOf = Annotated[Form | None, Depends(_form)]
"""The form of the table that the response is to be, or None if it is to be JSON."""


Make = Callable[[], Awaitable[Sequence[Sheet]]]
Found = TypeVar("Found")


async def _shape(make: Callable[[], Awaitable[Found]], shape: Callable[[Found], Sequence[Sheet]]) -> Sequence[Sheet]:
    return shape(await make())


def shaped(make: Callable[[], Awaitable[Found]], shape: Callable[[Found], Sequence[Sheet]]) -> Make:
    """For `respond_with_table`, the sheets of what `make` returns."""
    return partial(_shape, make, shape)


def ready(sheets: Sequence[Sheet]) -> Make:
    """For `respond_with_table`, sheets that are there already."""

    async def make() -> Sequence[Sheet]:
        return sheets

    return make


async def respond_with_table(request: Request, form: Form, name: str, make: Make) -> Response:
    """A file called `name` with the sheets that `make` returns. Raises its problems, and busy (503).

    A table costs up to a few seconds of CPU. So a server process makes one at a time, and other requests go on
    meanwhile. Hold no connection when you call this.
    """
    async with _one_at_a_time(request.app.state.table_turn):
        body = await write_sheets(form, name, await make())
    named = f'attachment; filename="{name}.{_ENDINGS[form.format]}"'
    response = Response(body, media_type=form.format, headers={"Content-Disposition": named})
    return keep(response, REVALIDATED)


@asynccontextmanager
async def _one_at_a_time(turn: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await turn.acquire()
    except TimeoutError:
        raise Problem(kinds.BUSY, wait=_WAIT_SECONDS, detail=_BUSY) from None
    try:
        yield
    finally:
        turn.release()
