"""Refuses interviews that were made after their version of the instrument was retired."""

from datetime import date
from typing import Final

from app.problems import Fault
from app.scoring.catalogue import Catalogue, Published

_ASK: Final = ("belum ditetapkan, tanyakan kepada kantor Anda", "not set yet, ask your office")


def retired_fault(published: Published | None, day: date | None, catalogue: Catalogue) -> Fault | None:
    """Returns the fault of a version that was retired before the local day of the interview, or None."""
    retirement = None if published is None else catalogue.retirement(published)
    if published is None or day is None or retirement is None or day <= retirement.after:
        return None
    use = catalogue.replacement(published, day)
    instead = _ASK if use is None else f"{published.instrument.code} {use}"
    members = {"last_day": retirement.after.isoformat(), "use_instead": use}
    return Fault(
        "instrument_retired",
        pointer="/version",
        limits={"last_day": retirement.after, "instead": instead},
        members=members,
    )
