"""Bodies of requests about families' rights: read whole, every fault at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from app import problems
from app.problems import Fault, Problem, Shape, read_shape
from app.schemas.submission import Instant

LAW_FROM: Final = datetime(2022, 10, 17, tzinfo=UTC)
"""The day of UU 27/2022: no request under it is older."""

_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)


def read_dated(
    content: Mapping[str, Any], shape: type[Shape], *, moment: str, earliest: datetime, latest: datetime
) -> Shape:
    """A body with one moment in it that has to lie between two others; raises all faults at once."""
    body, faults = read_shape(shape, content)
    try:
        when = _INSTANT.validate_python(content.get(moment))
    except ValidationError:
        when = None
    if when is not None and not earliest <= when <= latest:
        limits = {"minimum": earliest.isoformat(), "maximum": latest.isoformat(timespec="seconds")}
        faults.append(Fault("out_of_range", pointer=f"/{moment}", limits=limits))
    if body is None or faults:
        raise Problem(problems.FAULTS, faults=faults)
    return body


def refuse_members(content: Mapping[str, Any]) -> None:
    """Raises faults for a body that should be an empty object."""
    if content:
        faults = [Fault("unknown_member", pointer=problems.pointer([name])) for name in content]
        raise Problem(problems.FAULTS, faults=faults)
