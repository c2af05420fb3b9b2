"""Categories of the index. The category is decided on the unrounded index, and only here."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache

from app.scoring.parts import Code, Part, Status, Text


@cache
def _exact(bound: Decimal) -> Fraction:
    """Cached, because there are few bounds, and each family's index is compared with them."""
    return Fraction(bound)


class Category(Part):
    """A class of the index. Its bound is `below` (excluded) or `up_to` (included). The last category has no bound."""

    code: Code
    name: Text
    below: Decimal | None = None
    up_to: Decimal | None = None
    status: Status
    sources: tuple[str, ...]

    def takes(self, index: Fraction) -> bool:
        if self.below is not None:
            return index < _exact(self.below)
        return self.up_to is None or index <= _exact(self.up_to)


def category_at(index: Fraction, categories: Sequence[Category]) -> int:
    """Position of the first category that takes the unrounded index."""
    return next(position for position, category in enumerate(categories) if category.takes(index))
