"""Aggregates from released figures: from stored cards, and for a region without a card."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, InstrumentRefOut, RegionRefOut
from app.schemas.aggregates.fields import LARGE_FIELDS, FieldName
from app.schemas.aggregates.figures import ReasonCode
from app.schemas.releases.release import ProgressOut
from app.scoring.instrument import Index, Instrument

_ONLY_WHOLE: Final = ("as_of", "weak_below", "suppressed")


def give_whole(members: Mapping[str, Any]) -> AggregateOut:
    """The whole aggregate from the members of a card, with its release and progress."""
    return AggregateOut.model_validate(members)


def give_row(members: Mapping[str, Any], fields: Collection[FieldName]) -> AggregateRowOut:
    """A row of a list from the members of a card, with the large fields that the query names."""
    left_out = {*_ONLY_WHOLE, *(LARGE_FIELDS - set(fields))}
    kept = {name: value for name, value in members.items() if name not in left_out}
    indices = [{name: value for name, value in each.items() if name not in left_out} for each in members["indices"]]
    if "indicators" not in fields:
        indices = [{name: value for name, value in each.items() if name != "weak_below"} for each in indices]
    elif members["weak_below"] is not None:
        indices[0]["weak_below"] = members["weak_below"]
    return AggregateRowOut.model_validate({**kept, "indices": indices})


def without_figures(
    region: RegionRefOut, year: int, instrument: Instrument, progress: ProgressOut, *, released: bool
) -> dict[str, Any]:
    """The members of a card for a region that has no released figures. All of them are null, with the reason.

    released: whether there is a release. Then the region has too few families for figures of its own
    """
    reason: ReasonCode = "not_collected" if not progress.families else "small" if released else "not_released"
    indices = [_empty_index(each, reason) for each in instrument.indices]
    first, weak = indices[0], instrument.main.region.weak
    return {
        "region": region.model_dump(),
        "year": year,
        "instrument": InstrumentRefOut.of(instrument).model_dump(),
        "versions": [],
        "other_versions": [],
        "protected": True,
        "basis": "reported",
        "families": 0,
        "families_without_card": None,
        "index": {
            **dict.fromkeys(("mean", "of_indicators", "families", "category", "category_of_indicators")),
            **dict.fromkeys(("uncertainty", "uncertainty_of_indicators")),
            "reason": reason,
        },
        "dimensions": first["groups"],
        "weak_indicators": None,
        "indices": indices,
        "as_of": progress.as_of,
        "categories": first["categories"],
        "indicators": first["indicators"],
        "weak_below": None if weak is None else float(weak.below),
        "suppressed": [],
    }


def _empty_index(index: Index, reason: ReasonCode) -> dict[str, Any]:
    codes = [each.code for each in index.groups]
    weak = index.region.weak
    return {
        "code": index.code,
        "name": index.name,
        "method": index.method,
        "headline": None
        if index.region.headline is None
        else {"figure": index.region.headline, "value": None, "category": None},
        "families": dict.fromkeys(("scored", "incomplete", "undefined", "not_applicable")),
        "mean": None,
        "of_indicators": None,
        "reason": reason,
        "weak_below": None if weak is None else float(weak.below),
        "groups": [
            {
                "code": each.code,
                "name": each.name,
                "parent": None if each.parent is None else codes[each.parent],
                **dict.fromkeys(("mean", "of_indicators", "families")),
                "reason": reason,
            }
            for each in index.groups
        ],
        "categories": [
            {"code": each.code, "name": each.name, "families": None, "share": None, "reason": reason}
            for each in index.categories
        ],
        "indicators": [
            {
                "code": each.code,
                "dimension": None if each.group is None else codes[each.group],
                "name": each.name,
                "status": each.status,
                **dict.fromkeys(("share", "fulfilled", "unfulfilled", "answered", "applicable", "missing")),
                **dict.fromkeys(("not_applicable", "weak")),
                "reason": reason,
            }
            for each in index.indicators
        ],
    }
