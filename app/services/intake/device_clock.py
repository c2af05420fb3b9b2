"""By how much the clock of a device is wrong, and what follows for the moments that it states.

A device may say when it sent a request. If that differs from the service's clock, the device's clock is wrong, and so
are the moments of its interviews. They are stored as they were sent.
"""

from datetime import datetime, timedelta
from typing import Final

from app.regions.local_time import local_day

RIGHT: Final = timedelta(0)
"""A clock that is right, or of which nothing is known."""
TOLERANCE: Final = timedelta(minutes=5)
"""A request may be under way for so long, and clocks that are never set differ by as much."""
_DAY: Final = timedelta(days=1)


def read_ahead(sent_at: datetime | None, now: datetime) -> timedelta:
    """Returns by how much a device's clock is ahead of the service's, negative if it is behind. Small is `RIGHT`."""
    ahead = RIGHT if sent_at is None else sent_at - now
    return ahead if abs(ahead) > TOLERANCE else RIGHT


def is_past(moment: datetime, region: str, latest: datetime, ahead: timedelta) -> bool:
    """Whether a moment that a device states has passed, up to `latest`.

    A later moment is corrected by what the device's clock is ahead, unless its local day at the region would change.
    """
    if moment <= latest:
        return True
    # The clock that is ahead by a day names another day in any case, and the calendar may end before the sum.
    if not RIGHT < ahead < _DAY:
        return False
    corrected = moment - ahead
    return corrected <= latest and local_day(corrected, region) == local_day(moment, region)
