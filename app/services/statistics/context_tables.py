"""The sheets of context figures, for people who work in an office program."""

from collections.abc import Sequence
from typing import Final

from app.formats.sheets import Cells, Sheet, notes_sheet
from app.schemas.statistics.context_table import COLUMNS, row_of
from app.schemas.statistics.figure import FigureOut
from app.services.statistics.context_reading import Found
from app.statistics.indicators import Indicator

_WIDTHS: Final = {
    "indicator": 20,
    "indicator_id": 26,
    "indicator_en": 30,
    "source": 40,
    "url": 44,
    "note": 40,
    "received_at": 26,
    "published_on": 13,
    "retrieved_on": 13,
}
_CODEBOOK: Final = (
    *("code", "name_id", "name_en", "kind", "unit", "minimum", "maximum", "definition_id", "definition_en"),
    *("defined_by", "defined_at", "definition_status"),
)
_CODEBOOK_WIDTHS: Final = {"code": 20, "name_id": 30, "name_en": 30, "definition_id": 60, "definition_en": 60}
_NOTES: Final = (
    (
        "Setiap angka berasal dari sumber yang disebut di barisnya. Sel kosong berarti belum dilaporkan, bukan nol.",
        "Each figure comes from the source that its row names. An empty cell was not reported, which is not zero.",
    ),
)


async def sheets_of(found: Found) -> Sequence[Sheet]:
    """The figures, the definitions of their indicators, and notes. Raises the fault `table_too_long`."""
    figures: list[FigureOut] = await found.make_whole()
    codes = sorted({each.indicator for each in figures})
    explained = [_explain(found.indicators[code]) for code in codes]
    return [
        Sheet("figures", tuple(COLUMNS), map(row_of, figures), _WIDTHS),
        Sheet("indicators", _CODEBOOK, explained, _CODEBOOK_WIDTHS),
        notes_sheet(COLUMNS, _NOTES),
    ]


def _explain(indicator: Indicator) -> Cells:
    told = indicator.definition
    bounds = (None if name not in told else float(told[name]) for name in ("minimum", "maximum"))
    return (
        *(indicator.code, *indicator.name, indicator.kind, indicator.unit, *bounds),
        *(told["definition"]["id"], told["definition"]["en"], told["source"]["name"], told["source"]["url"]),
        told["status"],
    )
