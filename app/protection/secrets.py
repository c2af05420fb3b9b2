"""The secret numbers of the rounding. They hang on a key and on what is rounded, and on nothing else.

So the same count of the same place is always rounded the same way, and nobody can average the error away.
"""

import hmac
from collections.abc import Sequence
from typing import Final

_SEPARATOR: Final = "\0"
"""No place, digest or code contains it."""


class Draws:
    """An endless row of secret numbers (HMAC-SHA256 of a counter), the same for the same seed on every machine."""

    def __init__(self, seed: bytes) -> None:
        self._seed, self._block, self._left = seed, 0, b""

    def below(self, bound: int) -> int:
        """The next number from 0 to bound − 1. Of 64 bits, so its bias is below bound ÷ 2⁶⁴."""
        if not self._left:
            self._left = hmac.digest(self._seed, self._block.to_bytes(8, "big"), "sha256")
            self._block += 1
        number, self._left = int.from_bytes(self._left[:8], "big"), self._left[8:]
        return number % bound

    def pick(self, weights: Sequence[int]) -> int:
        """A position, drawn in proportion to the weights. They are not all 0."""
        number = self.below(sum(weights))
        for at, weight in enumerate(weights):
            if number < weight:
                return at
            number -= weight
        raise ValueError("nothing to pick from")

    def order(self, count: int) -> list[int]:
        """The positions from 0 to count − 1 in a random order (Fisher and Yates)."""
        found = list(range(count))
        for at in range(count - 1, 0, -1):
            other = self.below(at + 1)
            found[at], found[other] = found[other], found[at]
        return found


class Secrets:
    """Secret offsets and rows of numbers by what they are for. key: that of the year"""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def offset(self, base: int, *what: str) -> int:
        """A secret number from 0 to base − 1."""
        return int.from_bytes(self._digest("offset", what)[:8], "big") % base

    def generator(self, *what: str) -> Draws:
        """A secret row of numbers."""
        return Draws(self._digest("generator", what))

    def _digest(self, purpose: str, what: tuple[str, ...]) -> bytes:
        return hmac.digest(self._key, _SEPARATOR.join((purpose, *what)).encode(), "sha256")
