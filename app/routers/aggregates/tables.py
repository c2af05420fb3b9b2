"""Figures as CSV or as a workbook in place of JSON: the parameters that ask for it, and the response."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request, Response

from app.formats.csv import Separator
from app.formats.negotiation import CSV, JSON, XLSX
from app.platform.representations import REVALIDATED, keep
from app.problems import Fault, Problem, kinds
from app.routers.dependencies import catalogue_of
from app.routers.formats import format_of
from app.schemas.aggregates.aggregate import AggregateSummaryOut
from app.schemas.aggregates.table import COLUMNS
from app.services.aggregates import tables as service

_ENDINGS: Final = {CSV: "csv", XLSX: "xlsx"}
_OF_PAGES: Final = ("limit", "cursor")

TABLES: Final[dict[str, Any]] = {
    "content": {
        CSV: {"schema": {"type": "string"}, "example": ",".join(COLUMNS) + "\r\n"},
        XLSX: {"schema": {"type": "string", "format": "binary"}},
    }
}
"""The OpenAPI content of a successful response besides JSON."""


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
) -> service.Form | None:
    chosen = format_of(request)
    strange = [] if chosen == CSV or separator is None else ["separator"]
    if chosen != JSON:
        strange += [name for name in _OF_PAGES if name in request.query_params]
    if strange:
        raise Problem(kinds.FAULTS, faults=[Fault("other_format", parameter=name) for name in strange])
    return None if chosen == JSON else service.Form(chosen, separator or "comma")


FormOf = Annotated[service.Form | None, Depends(_form)]
"""The form of the table that the response is to be, or None if it is to be JSON."""


async def respond_with_table(request: Request, form: service.Form, name: str, make: service.Make) -> Response:
    """A file called `name`, with the figures that `make` returns."""
    catalogue, turn = catalogue_of(request), request.app.state.table_turn
    body = await service.write_figures(make, form, title=name, catalogue=catalogue, turn=turn)
    named = f'attachment; filename="{name}.{_ENDINGS[form.format]}"'
    response = Response(body, media_type=form.format, headers={"Content-Disposition": named})
    return keep(response, REVALIDATED)


def made(aggregates: Sequence[AggregateSummaryOut]) -> service.Make:
    """For `respond_with_table`, figures that are there already."""

    async def make() -> Sequence[AggregateSummaryOut]:
        return aggregates

    return make
