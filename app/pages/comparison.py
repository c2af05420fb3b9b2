"""Two aggregates beside each other, matched by the codes of their parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.pages.region import value_of
from app.schemas.aggregates.aggregate import AggregateOut
from app.schemas.aggregates.figures import IndexAggregateOut
from app.scoring.instrument import Index, Instrument


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both sides. A side without it has None. weak: whether the figure is marked as weak"""

    code: str
    name: Any
    one: float | None
    other: float | None
    weak: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class IndexPair:
    """One index of both sides, with its scale and decimals."""

    one: IndexAggregateOut
    other: IndexAggregateOut | None
    index: Index
    scale: float
    values: Pair
    groups: tuple[Pair, ...]
    indicators: tuple[Pair, ...]


def compare(one: AggregateOut, other: AggregateOut, instrument: Instrument) -> list[IndexPair]:
    """The indices of `one`, whose instrument this is, beside those of the other one with the same codes."""
    others = _by_code(other.indices)
    pairs = zip(one.indices, instrument.indices, strict=True)
    return [_pair(figures, others.get(figures.code), index) for figures, index in pairs]


def _pair(one: IndexAggregateOut, other: IndexAggregateOut | None, index: Index) -> IndexPair:
    groups = _by_code(other.groups if other is not None else ())
    indicators = _by_code((other.indicators or ()) if other is not None else ())
    return IndexPair(
        one=one,
        other=other,
        index=index,
        scale=float(index.scale if index.region.headline is None else index.region.scale),
        values=Pair(one.code, one.name, value_of(one), None if other is None else value_of(other)),
        groups=tuple(
            Pair(each.code, each.name, each.mean, groups[each.code].mean if each.code in groups else None)
            for each in one.groups
        ),
        indicators=tuple(
            Pair(
                each.code,
                each.name,
                each.share,
                there.share if (there := indicators.get(each.code)) is not None else None,
                (bool(each.weak), there is not None and bool(there.weak)),
            )
            for each in one.indicators or ()
        ),
    )


def _by_code(parts: Iterable[Any]) -> Mapping[str, Any]:
    return {each.code: each for each in parts}
