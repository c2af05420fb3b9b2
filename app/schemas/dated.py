"""Reads bodies that hold one moment, which must lie between two others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.problems import Fault, Problem, Shape, kinds, read_shape
from app.schemas.moments import EARLIEST, read_instant


def read_dated(
    content: Mapping[str, Any], shape: type[Shape], *, moment: str, latest: datetime, earliest: datetime = EARLIEST
) -> Shape:
    """Reads a body whose member `moment` must lie between earliest and latest. Raises all faults together."""
    body, faults = read_shape(shape, content)
    when = read_instant(content.get(moment))
    if when is not None and not earliest <= when <= latest:
        limits = {"minimum": earliest.replace(microsecond=0), "maximum": latest.replace(microsecond=0)}
        faults.append(Fault("out_of_range", pointer=f"/{moment}", limits=limits))
    if body is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return body
