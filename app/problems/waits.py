"""How long a device is told to wait, a little different each time, so that those refused together do not return so."""

import secrets
from typing import Final

_LEAST_SPREAD: Final = 4
_MOST_SPREAD: Final = 60


def spread(seconds: int) -> int:
    """A wait of at least `seconds`, and of at most half as long again, within 4 to 60 seconds more."""
    return seconds + secrets.randbelow(min(max(seconds // 2, _LEAST_SPREAD), _MOST_SPREAD) + 1)
