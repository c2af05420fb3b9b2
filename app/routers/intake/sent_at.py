"""The header `Sent-At`, in which a device says what its clock showed when it sent a request."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Header, Request

from app.problems import Fault, Problem, kinds
from app.schemas.moments import AnyInstant, read_any_instant
from app.services.intake.device_clock import read_ahead

NAME: Final = "Sent-At"
KEY: Final = b"sent-at"
"""The name as servers hand it on."""


def ahead_in(sent: bytes, now: datetime) -> timedelta | None:
    """Returns by how much the clock is ahead of a device that sent this value. None if it is no moment."""
    sent_at = read_any_instant(sent.decode("latin-1"))
    return None if sent_at is None else read_ahead(sent_at, now)


def _ahead(
    request: Request,
    sent_at: Annotated[
        AnyInstant | None,
        Header(
            alias=NAME,
            description="What the clock of your device shows when it sends the request, in RFC 3339 with offset. If "
            "it differs from the service's clock by more than five minutes, the submission has the warning "
            "`device_clock`. An interview that lies in the future only because of that is stored, unless its day is in "
            "doubt",
        ),
    ] = None,
) -> timedelta:
    """Raises a fault for a header that is sent several times."""
    if len(request.headers.getlist(NAME)) > 1:
        raise Problem(kinds.FAULTS, faults=[Fault("repeated", parameter=NAME)])
    return read_ahead(sent_at, datetime.now(UTC))


Ahead = Annotated[timedelta, Depends(_ahead)]
"""By how much the clock of the sending device is ahead of the service's, negative if it is behind."""
