"""Aggregates of released figures: cards made of protected counts, stored cards, and a region without a card.

Numbers are rounded only here. Released values have one decimal on a scale of 0 to 100.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Literal

from app.protection.assessed import IndexUncertainty
from app.protection.regions import IndexOfRegion, RegionFigures
from app.schemas.aggregates.aggregate import (
    AggregateOut,
    AggregateRowOut,
    InstrumentRefOut,
    RegionRefOut,
    VersionOut,
)
from app.schemas.aggregates.fields import LARGE_FIELDS, FieldName
from app.schemas.aggregates.figures import (
    ERROR_DECIMALS,
    CategoryShareOut,
    DimensionAggregateOut,
    FamiliesByStateOut,
    HeadlineOut,
    IndexAggregateOut,
    IndexOut,
    IndicatorAggregateOut,
    ReasonCode,
    RoundingOut,
    UncertaintyOut,
)
from app.schemas.intake.score import CategoryOut
from app.schemas.releases.release import ProgressOut
from app.scoring.instrument import Index, Instrument
from app.scoring.region import BY_SHARES, is_apart, rescaled
from app.scoring.rounding import shown, shown_least, shown_most
from app.scoring.shares import points_of

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
    region: RegionRefOut, year: int, instrument: Instrument, progress: ProgressOut, *, made_at: datetime | None
) -> dict[str, Any]:
    """The members of a card for a region that has no released figures. All of them are null, with the reason.

    made_at: of the release. None if there is none yet. Otherwise the region has too few families for figures of its own
    """
    reason: ReasonCode = "not_collected" if not progress.families else "not_released" if made_at is None else "small"
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
        "as_of": made_at or progress.as_of,
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
        "families_of_mean": None,
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


def make_card(
    region: RegionRefOut,
    year: int,
    instrument: Instrument,
    figures: RegionFigures,
    *,
    counted: Sequence[tuple[Instrument, int]],
    basis: Literal["reported", "approved", "mixed"],
    as_of: datetime,
    uncertain: Sequence[IndexUncertainty],
) -> AggregateOut:
    """The released figures of a region, without the release and the progress.

    counted: the versions with their families, the latest first; as_of: when the latest of its figures was made
    uncertain: the uncertainty of each index
    """
    indices = [_index(each, of) for each, of in zip(figures.indices, uncertain, strict=True)]
    main, first = figures.main, indices[0]
    weak = main.index.region.weak
    return AggregateOut(
        region=region,
        year=year,
        instrument=InstrumentRefOut.of(instrument),
        versions=[
            VersionOut(version=each.version, digest=each.digest, status=each.status, families=families)
            for each, families in counted
        ],
        other_versions=[],
        protected=True,
        release=None,
        progress=None,
        basis=basis,
        families=figures.families,
        families_without_card=None,
        index=_main(main, uncertain[0]),
        dimensions=first.groups,
        weak_indicators=None if weak is None else [main.index.indicators[at].code for at in main.weak],
        indices=indices,
        as_of=as_of,
        categories=first.categories or [],
        indicators=first.indicators or [],
        weak_below=None if weak is None else float(weak.below),
        suppressed=_find_small(indices),
    )


def _find_small(indices: Sequence[IndexAggregateOut]) -> list[str]:
    """Pointers to the parts of the first index that are hidden, and of all indices."""
    found = []
    for position, each in enumerate(indices):
        pointers = [f"/categories/{at}" for at, of in enumerate(each.categories or ()) if of.reason == "small"]
        pointers += [f"/indicators/{at}" for at, of in enumerate(each.indicators or ()) if of.reason == "small"]
        found += pointers if position == 0 else []
        found += [f"/indices/{position}{pointer}" for pointer in pointers]
    return found


_DECIMALS: Final = 1
_POINTS_DECIMALS: Final = 4


def _value(value: Fraction | None, scale: Fraction) -> float | None:
    """A value with one decimal on a scale of 100, and with as many as tell as much on other scales."""
    decimals = _DECIMALS
    while scale < 100:
        scale, decimals = scale * 10, decimals + 1
    return shown(value, decimals)


def _main(of: IndexOfRegion, uncertain: IndexUncertainty) -> IndexOut:
    index, headline = of.index, of.index.region.headline
    small: ReasonCode | None = "small" if of.of_indicators is None and index.method == "mean" else None
    return IndexOut(
        mean=_value(of.mean, index.scale),
        of_indicators=_value(of.of_indicators, index.scale),
        families=of.scored or None if of.plan.mean is None else of.families_of_mean,
        category=_category(of.mean, of) if headline == "mean" else None,
        category_of_indicators=_category(of.of_indicators, of) if headline in ("mean", "of_indicators") else None,
        reason=of.absent or of.mean_reason or small,
        uncertainty=UncertaintyOut.of(uncertain.mean, ERROR_DECIMALS),
        uncertainty_of_indicators=UncertaintyOut.of(uncertain.of_indicators, ERROR_DECIMALS),
        left_out=_left_out(of),
    )


def _left_out(of: IndexOfRegion, group: int | None = None) -> list[str] | None:
    """As `IndexOfRegion.left_out`. None if the index is not made of shares."""
    return list(of.left_out(group)) if of.index.method in BY_SHARES else None


def _category(value: Fraction | None, of: IndexOfRegion) -> CategoryOut | None:
    """The band of a value as it is released, which is rounded."""
    rule = of.index.region
    found = rescaled(value, of.index, rule.scale)
    return None if found is None else CategoryOut.of(next((c for c in rule.categories if c.takes(found)), None))


def _index(of: IndexOfRegion, uncertain: IndexUncertainty) -> IndexAggregateOut:
    index, rule = of.index, of.index.region
    weak = rule.weak
    return IndexAggregateOut(
        code=index.code,
        name=index.name,
        method=index.method,
        headline=_headline(of),
        families=_states(of),
        mean=_value(of.mean, index.scale),
        families_of_mean=of.families_of_mean,
        of_indicators=_value(of.of_indicators, index.scale),
        headcount=_value(of.headcount, rule.scale),
        left_out=_left_out(of),
        reason=of.absent or of.mean_reason,
        weak_below=None if weak is None else float(weak.below),
        groups=[_group(of, at, uncertain) for at in range(len(index.groups))],
        categories=[_share(of, at, uncertain) for at in range(len(index.categories))],
        indicators=[_indicator(of, at, uncertain) for at in range(len(of.indicators))],
    )


def _headline(of: IndexOfRegion) -> HeadlineOut | None:
    rule = of.index.region
    if rule.headline is None:
        return None
    found = HeadlineOut(
        figure=rule.headline, value=_value(of.headline, rule.scale), category=CategoryOut.of(of.category)
    )
    found._apart = is_apart(of.index)
    return found


def _states(of: IndexOfRegion) -> FamiliesByStateOut:
    """What the format does not know is null, as is a rounded 0."""
    states = of.states
    return FamiliesByStateOut(
        scored=states.get("scored"),
        incomplete=states.get("incomplete"),
        undefined=states.get("undefined") if of.plan.knows_states else None,
        not_applicable=states.get("not_applicable"),
    )


def _group(of: IndexOfRegion, at: int, uncertain: IndexUncertainty) -> DimensionAggregateOut:
    groups, value = of.index.groups, of.groups[at]
    parent = groups[at].parent
    return DimensionAggregateOut(
        code=groups[at].code,
        name=groups[at].name,
        parent=None if parent is None else groups[parent].code,
        mean=None,
        of_indicators=_value(value, of.index.scale),
        families=None,
        reason="small" if value is None and of.index.method == "mean" else "not_released",
        uncertainty=UncertaintyOut.of(uncertain.groups[at], ERROR_DECIMALS),
        left_out=_left_out(of, at),
    )


def _share(of: IndexOfRegion, at: int, uncertain: IndexUncertainty) -> CategoryShareOut:
    families, category = of.categories[at] or None, of.index.categories[at]
    return CategoryShareOut(
        code=category.code,
        name=category.name,
        families=families,
        share=None if families is None else shown(of.shares[at], _DECIMALS),
        reason="small" if families is None else None,
        uncertainty=None if families is None else UncertaintyOut.of(uncertain.categories[at], ERROR_DECIMALS),
    )


def _indicator(of: IndexOfRegion, at: int, uncertain: IndexUncertainty) -> IndicatorAggregateOut:
    each = of.indicators[at]
    indicator, group = of.index.indicators[at], of.index.indicators[at].group
    entered, points = each.ratio is not None, indicator.points
    return IndicatorAggregateOut(
        code=indicator.code,
        dimension=None if group is None else of.index.groups[group].code,
        name=indicator.name,
        status=indicator.status,
        share=shown(each.share, _DECIMALS),
        share_at_least=shown_least(each.share_at_least, _DECIMALS),
        share_at_most=shown_most(each.share_at_most, _DECIMALS),
        fulfilled=each.fulfilled,
        unfulfilled=each.unfulfilled,
        answered=each.answered,
        applicable=each.families - each.rounded.not_applicable if entered else None,
        missing=each.missing if entered else None,
        not_applicable=each.not_applicable if entered else None,
        families=each.families if entered else None,
        weak=None if of.index.region.weak is None or not entered else at in of.weak,
        points=shown(points_of(each.ratio, points), _POINTS_DECIMALS)
        if points is not None and each.ratio is not None and each.share is not None
        else None,
        reason=None if each.share is not None else "small",
        rounding=RoundingOut(base=each.plan.base, **each.within._asdict()) if entered else None,
        uncertainty=None if each.share is None else UncertaintyOut.of(uncertain.indicators[at], ERROR_DECIMALS),
    )
