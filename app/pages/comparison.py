"""Two aggregates beside each other, matched by the codes of their parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.pages.region import value_of
from app.schemas.aggregates.aggregate import AggregateOut
from app.schemas.aggregates.figures import DimensionAggregateOut, IndexAggregateOut, ReasonCode
from app.scoring.instrument import Index, Instrument


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both sides. A side without it has None.

    `why` has the reasons of sides without it, and `weak` says whether the figure is marked as weak.
    """

    code: str
    name: Any
    one: float | None
    other: float | None
    why: tuple[ReasonCode | None, ReasonCode | None]
    weak: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class IndexPair:
    """One index of both sides, with its scale and decimals.

    With `by_shares` the dimensions are those of the regions' shares, because a release has no other ones.
    """

    one: IndexAggregateOut
    other: IndexAggregateOut | None
    index: Index
    scale: float
    values: Pair
    groups: tuple[Pair, ...]
    indicators: tuple[Pair, ...]
    by_shares: bool

    @property
    def weak_hidden(self) -> bool:
        """Whether an indicator is marked as weak beside a share that is hidden."""
        return any(
            weak and share is None
            for each in self.indicators
            for weak, share in zip(each.weak, (each.one, each.other), strict=True)
        )


def compare(one: AggregateOut, other: AggregateOut, instrument: Instrument) -> list[IndexPair]:
    """The indices of `one`, whose instrument this is, beside those of the other one with the same codes."""
    others = _by_code(other.indices)
    pairs = zip(one.indices, instrument.indices, strict=True)
    by_shares = one.protected or other.protected
    return [_pair(figures, others.get(figures.code), index, by_shares=by_shares) for figures, index in pairs]


def _pair(one: IndexAggregateOut, other: IndexAggregateOut | None, index: Index, *, by_shares: bool) -> IndexPair:
    groups = _by_code(other.groups if other is not None else ())
    indicators = _by_code((other.indicators or ()) if other is not None else ())
    return IndexPair(
        one=one,
        other=other,
        index=index,
        scale=float(index.scale if index.region.headline is None else index.region.scale),
        values=Pair(
            one.code,
            one.name,
            value_of(one),
            None if other is None else value_of(other),
            (one.reason, None if other is None else other.reason),
        ),
        groups=tuple(_pair_groups(each, groups.get(each.code), by_shares=by_shares) for each in one.groups),
        indicators=tuple(
            Pair(
                each.code,
                each.name,
                each.share,
                there.share if (there := indicators.get(each.code)) is not None else None,
                (each.reason, None if there is None else there.reason),
                (bool(each.weak), there is not None and bool(there.weak)),
            )
            for each in one.indicators or ()
        ),
        by_shares=by_shares,
    )


def _pair_groups(one: DimensionAggregateOut, other: DimensionAggregateOut | None, *, by_shares: bool) -> Pair:
    figures = [None if each is None else each.of_indicators if by_shares else each.mean for each in (one, other)]
    return Pair(one.code, one.name, figures[0], figures[1], (one.reason, None if other is None else other.reason))


def _by_code(parts: Iterable[Any]) -> Mapping[str, Any]:
    return {each.code: each for each in parts}
