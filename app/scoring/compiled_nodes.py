"""What one top group of an index gives for some outcomes: its value, its sums and its contributions."""

from fractions import Fraction
from functools import lru_cache
from typing import Final

from app.scoring.score import GroupScore

_SHARES: Final = 32
"""Sums of weights for which the contributions of one result are remembered."""


@lru_cache(maxsize=65_536)
def fraction(numerator: int, denominator: int) -> Fraction:
    """A fraction, most of which are made once."""
    return Fraction(numerator, denominator)


Rest = tuple[float, Fraction, int, int]
"""What rounding down leaves of equal contributions: the size as a negative number, first as a float, the place of the
group, and how many have it."""


class Share:
    """What one top group contributes to the index at one sum of weights, in the last decimal of the index.

    total: the sum of all contributions, each rounded down
    floors: for each indicator with a contribution its position and the contribution rounded down
    order: the positions of those that are not whole, in the order in which they are rounded up
    rests: what is left of them, the largest first
    texts: for whoever writes them, the texts of the indicators by how many contributions are rounded up
    """

    __slots__ = ("floors", "order", "rests", "texts", "total")

    def __init__(self, node: "Node", divisor: int, factor: int) -> None:
        self.floors: dict[int, int] = {}
        left: dict[tuple[int, int], list[int]] = {}
        for at, part in node.parts:
            denominator = part.denominator * divisor
            floor, rest = divmod(part.numerator * factor, denominator)
            self.floors[at] = floor
            if rest:
                left.setdefault((-rest, denominator), []).append(at)
        rests: dict[Fraction, list[int]] = {}
        for (rest, denominator), positions in left.items():
            rests.setdefault(fraction(rest, denominator), []).extend(positions)
        self.total = sum(self.floors.values())
        self.order = [at for rest in sorted(rests) for at in sorted(rests[rest])]
        self.rests: list[Rest] = [(float(rest), rest, node.place, len(rests[rest])) for rest in sorted(rests)]
        self.texts: list[str | None] = [None] * (len(self.order) + 1)

    def contributions(self, raised: int) -> dict[int, int]:
        """The contributions, so many of which are rounded up, by position."""
        return self.floors | {at: self.floors[at] + 1 for at in self.order[:raised]}


class Node:
    """A top group, or an indicator directly below the index, with the result for some outcomes.

    numerator, denominator: its value from 0 to 1; the denominator is 0 without a value
    parts: for each fulfilled or valued indicator its position and its part of the value, from 0 to 1
    shares: its contributions by the divisor of the index
    sums: what its groups and indicators add to the sums of a village, by position; the digits: the same as packed
    digits, of the indicators and of the groups
    written, blank: texts of its groups, and of its indicators without contributions, for whoever writes them
    """

    __slots__ = (
        "answered",
        "blank",
        "denominator",
        "group_digits",
        "groups",
        "indicator_digits",
        "missing",
        "numerator",
        "outcomes",
        "parts",
        "place",
        "points",
        "shares",
        "sums",
        "values",
        "written",
    )

    def __init__(self, outcomes: str, points: tuple[Fraction | None, ...], place: int) -> None:
        self.outcomes, self.points, self.place = outcomes, points, place
        self.numerator = self.denominator = 0
        self.shares: dict[int, Share] = {}
        self.groups: tuple[GroupScore, ...] = ()
        self.values: tuple[Fraction | None, ...] = ()
        self.parts: tuple[tuple[int, Fraction], ...] = ()
        self.answered = self.missing = 0
        self.sums: tuple[tuple[int, int], ...] = ()
        self.indicator_digits = self.group_digits = self.written = self.blank = ""

    def share(self, divisor: int, factor: int) -> Share:
        """Its contributions, each of which is a part times factor ÷ divisor."""
        found = Share(self, divisor, factor)
        if len(self.shares) < _SHARES:
            self.shares[divisor] = found
        return found
