"""Categories of the index, and the edge between two of them: decided here, on the unrounded index."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from app.scoring.parts import Code, Part, Status, Text


class Category(Part):
    """A class of the index. The bound is `below` (not included) or `up_to` (included); the last has none."""

    code: Code
    name: Text
    below: Decimal | None = None
    up_to: Decimal | None = None
    status: Status
    sources: tuple[str, ...]

    def takes(self, index: Fraction) -> bool:
        if self.below is not None:
            return index < Fraction(self.below)
        return self.up_to is None or index <= Fraction(self.up_to)


def category_at(index: Fraction, categories: Sequence[Category]) -> int:
    """Position of the first category that takes the unrounded index."""
    return next(position for position, category in enumerate(categories) if category.takes(index))
