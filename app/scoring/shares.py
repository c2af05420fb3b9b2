"""The shares of indicators in a region, and the index that is made of them by the rule for a family."""

from collections.abc import Sequence
from fractions import Fraction

from app.scoring.instrument import Index, Node, Points
from app.scoring.score import MISSING, NOT_APPLICABLE, VALUED, Combined, Term

Share = tuple[int, int]
"""Numerator and denominator. They need not be in lowest terms, because to find those takes most of the time here."""


def share_of(total: int | Fraction, base: int | Fraction) -> Share | None:
    """The first sum divided by the second. Those of worked cases are not rounded, so they are fractions."""
    return (total.numerator * base.denominator, total.denominator * base.numerator) if base else None


def points_of(share: Share, points: Points) -> Fraction:
    """The mean points of an indicator with this share."""
    return points.least + Fraction(*share) * (points.most - points.least)


class IndexOfShares(Combined):
    """The index of the region's shares, by the rule for a family. An indicator with a share counts as answered.

    missing: by indicator, whether any family did not answer it
    without: groups that no family has. Shares of several families can define what no single family has, which
        describes nobody
    """

    def __init__(
        self, index: Index, shares: Sequence[Share | None], missing: Sequence[bool], *, without: frozenset[int]
    ) -> None:
        letters = [MISSING if lacks else NOT_APPLICABLE for lacks in missing]
        self._values = list(shares)
        for at, share in enumerate(shares):
            if share is not None:
                letters[at], self._values[at] = VALUED, self._value(share, index, at)
        super().__init__(index, "".join(letters), without=without)

    def _value(self, share: Share, index: Index, at: int) -> Share:
        points = index.indicators[at].points
        if index.method == "points-sum" and points is not None:
            return points_of(share, points).as_integer_ratio()
        return (share[1] - share[0], share[1]) if index.method == "counting" else share

    def terms(self, node: Node) -> list[Term]:
        groups = [self.group_values[at] for at in node.groups]
        values = [None if each is None else each.as_integer_ratio() for each in groups]
        values += [self._values[at] for at in node.indicators]
        return [(*value, weight) for value, weight in zip(values, node.weights, strict=True) if value is not None]
