"""The types of numbers and of true and false in paths and queries. A value is spelled in one way, as OpenAPI says.

Pydantic would also take `2_024`, `+2024`, ` 2024`, `2024.0` and `02024`, and `TRUE`, `1` and `on`.
"""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError

_WHOLE: Final = re.compile("0|-?[1-9][0-9]*", re.ASCII)


def _spelled_whole(value: object) -> object:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise PydanticKnownError("int_parsing")
    return value


def _spelled_flag(value: object) -> object:
    if isinstance(value, str) and value not in ("true", "false"):
        raise PydanticKnownError("bool_parsing")
    return value


WHOLE: Final = BeforeValidator(_spelled_whole)
"""Every whole number in a path or query has this, after its bounds: `Annotated[int, Query(ge=1), WHOLE]`.

Before them, the bounds would not be in the schema.
"""

Flag = Annotated[bool, BeforeValidator(_spelled_flag)]
"""`true` or `false` in a query."""
