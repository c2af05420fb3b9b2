"""The types of ids, which are UUIDs. Every path, query and body that names an id uses one of them."""

import re
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_PATTERN: Final = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
_UUID: Final = re.compile(_PATTERN.strip("^$"), re.ASCII)
RESERVED: Final = (UUID(int=0), UUID(int=2**128 - 1))
"""The nil and the max UUID (RFC 9562), which stand for no id. Any two devices that do not make ids would share them."""


def is_id(text: str) -> bool:
    """Whether a text has the form 8-4-4-4-12."""
    return _UUID.fullmatch(text) is not None


def _spelled(value: object) -> object:
    """Accepts text in the form 8-4-4-4-12 only. Pydantic would also take braces, `urn:uuid:` and no hyphens."""
    if isinstance(value, str) and not is_id(value):
        raise ValueError("not a UUID")
    return value


def _made(id: UUID) -> UUID:
    if id in RESERVED:
        raise PydanticCustomError("reserved_uuid", "the nil or the max UUID")
    return id


AnyId = Annotated[
    UUID,
    BeforeValidator(_spelled),
    Field(json_schema_extra={"pattern": _PATTERN}, examples=["3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"]),
]
"""A UUID as 8-4-4-4-12 hexadecimal digits in upper or lower case."""

MadeId = Annotated[
    AnyId,
    AfterValidator(_made),
    Field(json_schema_extra={"pattern": _PATTERN, "not": {"pattern": "^([0-]+|[Ff-]+)$"}}),
]
"""An id that a client makes. Every version is taken, but neither the nil nor the max UUID."""
