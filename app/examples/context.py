"""Examples of context indicators and their figures. The figure itself is invented."""

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel

from app.schemas.reference.region import RegionNameOut
from app.schemas.shapes import Page
from app.schemas.statistics.figure import FigureIn, FigureOut, ImportedFigureOut, ImportedFiguresOut, StoredFigureOut
from app.schemas.statistics.indicator import IndicatorIn, IndicatorOut
from app.statistics.indicators import Indicator

_AT: Final = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
_SOURCE: Final = {
    "name": "KemenPPPA, penghargaan KLA",
    "url": "https://example.go.id/penghargaan-kla",
    "published_on": "2024-07-23",
}
_FIGURE: Final = {"category": "madya", "status": "verified", "source": _SOURCE}


def make_context_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id. The shapes check each request."""
    defined = {
        "kind": "number",
        "name": {"id": "Stunting", "en": "Stunting"},
        "definition": {"id": "Persentase balita yang stunting.", "en": "Share of children under five who are stunted."},
        "source": {"name": "Survei Status Gizi Indonesia", "url": "https://example.go.id/ssgi"},
        "status": "official",
        "unit": "percent",
        "decimals": 1,
        "minimum": 0,
        "maximum": 100,
    }
    requests = {"putContextIndicator": defined, "putContextFigure": _FIGURE}
    stunting = IndicatorOut.of(Indicator("stunting", IndicatorIn.model_validate(defined).definition_of()), _AT)
    shown = make_context_figure(RegionNameOut.named("6372", "Kota Banjarbaru"))
    stored = StoredFigureOut(**dict(shown), outcome="created", replaced=None)
    responses: dict[str, BaseModel] = {
        "listContextIndicators": Page(items=[stunting], next=None),
        "putContextIndicator": stunting,
        "listContextFigures": Page(items=[shown], next=None),
        "getContextFigure": shown,
        "putContextFigure": stored,
        "importContextFigures": ImportedFiguresOut(
            created=1,
            replaced=0,
            unchanged=0,
            rows=[
                ImportedFigureOut(
                    row=2, region="63", year=2022, indicator="child-marriage", outcome="created", revision=1
                )
            ],
            ignored_columns=[],
        ),
    }
    return requests, {name: body.model_dump(mode="json", by_alias=True) for name, body in responses.items()}


def make_context_figure(region: RegionNameOut) -> FigureOut:
    """A figure of the region."""
    return FigureOut.of(RegionNameOut.named(region.code, region.name), _award(), _row(FigureIn.model_validate(_FIGURE)))


def _award() -> Indicator:
    names = {"madya": {"id": "Madya", "en": "Madya"}}
    categories = [{"code": code, "name": name} for code, name in names.items()]
    name = {"id": "Penghargaan KLA", "en": "Award of the child-friendly regency"}
    return Indicator("kla-award", {"kind": "category", "name": name, "categories": categories})


def _row(figure: FigureIn) -> dict[str, Any]:
    source = figure.source
    return {
        **figure.model_dump(include={"value", "category", "present", "status", "note"}),
        "year": 2024,
        "source_name": source.name,
        "source_url": source.url,
        "published_on": source.published_on,
        "retrieved_on": source.retrieved_on,
        "revision": 1,
        "received_at": _AT,
    }
