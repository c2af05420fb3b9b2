"""Two aggregates beside each other, matched by the codes of their parts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.pages.legend import Figure, Legend, make_legend
from app.pages.region import fewer_than_scored, uncertainty_of, uncertainty_of_shares, value_of
from app.schemas.aggregates.aggregate import AggregateOut
from app.schemas.aggregates.figures import DimensionAggregateOut, IndexAggregateOut, IndicatorAggregateOut
from app.scoring.instrument import Index, Instrument
from app.scoring.region import BY_SHARES

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Pair(Generic[Part]):
    """The same part of both sides. None for a side that does not have it."""

    code: str
    name: Any
    one: Part | None
    other: Part | None

    @property
    def sides(self) -> list[Part]:
        return [each for each in (self.one, self.other) if each is not None]


@dataclass(frozen=True, slots=True)
class IndexPair:
    """One index of both sides, with its scale and decimals.

    of_shares: the index of the regions' shares, if the method has one and it is not the value
    of_mean: the families of each side's mean, where these are fewer than have the index
    With `by_shares` the dimensions are those of the regions' shares, because a release has no other ones.
    """

    one: IndexAggregateOut
    other: IndexAggregateOut | None
    index: Index
    scale: float
    value: Pair[Figure]
    of_mean: tuple[int | None, int | None]
    of_shares: Pair[Figure] | None
    groups: tuple[Pair[Figure], ...]
    indicators: tuple[Pair[IndicatorAggregateOut], ...]
    by_shares: bool


def compare(one: AggregateOut, other: AggregateOut, instrument: Instrument) -> list[IndexPair]:
    """The indices of `one`, whose instrument this is, beside those of the other one with the same codes."""
    others = _by_code(other.indices)
    by_shares = one.protected or other.protected
    return [
        _pair((one, figures), (other, others.get(figures.code)), index, by_shares=by_shares)
        for figures, index in zip(one.indices, instrument.indices, strict=True)
    ]


def legend_of(pairs: Iterable[IndexPair]) -> Legend:
    """The signs of the figures that are compared."""
    return make_legend(each for pair in pairs for each in _figures(pair))


def _figures(pair: IndexPair) -> Iterator[Figure]:
    for each in (pair.value, *([] if pair.of_shares is None else [pair.of_shares]), *pair.groups):
        yield from each.sides
    for indicator in pair.indicators:
        yield from map(Figure.of_share, indicator.sides)


def _pair(
    first: tuple[AggregateOut, IndexAggregateOut],
    second: tuple[AggregateOut, IndexAggregateOut | None],
    index: Index,
    *,
    by_shares: bool,
) -> IndexPair:
    one, other = first[1], second[1]
    groups = _by_code(other.groups if other is not None else ())
    indicators = _by_code((other.indicators or ()) if other is not None else ())
    return IndexPair(
        one=one,
        other=other,
        index=index,
        scale=float(index.scale if index.region.headline is None else index.region.scale),
        value=Pair(one.code, one.name, _of_index(*first), _of_index(*second)),
        of_mean=(_of_mean(one), _of_mean(other)),
        of_shares=Pair("of_indicators", one.name, _of_shares(*first), _of_shares(*second))
        if index.method in BY_SHARES and index.region.headline in (None, "mean")
        else None,
        groups=tuple(
            Pair(
                each.code, each.name, *(_of_group(side, by_shares=by_shares) for side in (each, groups.get(each.code)))
            )
            for each in one.groups
        ),
        indicators=tuple(Pair(each.code, each.name, each, indicators.get(each.code)) for each in one.indicators or ()),
        by_shares=by_shares,
    )


def _of_index(card: AggregateOut, index: IndexAggregateOut | None) -> Figure | None:
    return None if index is None else Figure(value_of(index), index.reason, uncertainty_of(card, index))


def _of_mean(index: IndexAggregateOut | None) -> int | None:
    return None if index is None else fewer_than_scored(index, value_of(index))


def _of_shares(card: AggregateOut, index: IndexAggregateOut | None) -> Figure | None:
    if index is None:
        return None
    uncertain = uncertainty_of_shares(card, index)
    return Figure(index.of_indicators, index.reason, uncertain, left_out=index.left_out or ())


def _of_group(each: DimensionAggregateOut | None, *, by_shares: bool) -> Figure | None:
    if each is None:
        return None
    if by_shares:
        return Figure(each.of_indicators, each.reason, each.uncertainty, left_out=each.left_out or ())
    return Figure(each.mean, each.reason)


def _by_code(parts: Iterable[Any]) -> Mapping[str, Any]:
    return {each.code: each for each in parts}
