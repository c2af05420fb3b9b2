"""SQL with named parameters and parts, for a bare asyncpg connection, which knows only numbered parameters."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_PART: Final = re.compile(r"\{([a-z_]+)\}")

_ROWS_AT_ONCE: Final = 100

Row = TypeVar("Row")


def in_parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in parts, each for one statement. Other requests have their turn between statements."""
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[first : first + _ROWS_AT_ONCE]


class Statement:
    """One SQL statement. `:name` is a parameter, and `{name}` a statement part that another module owns.

    A part is inserted as it is. Parameters get their numbers once, when the statement is made. Raises KeyError if a
    part is missing.
    """

    def __init__(self, text: str, **parts: str) -> None:
        whole = _PART.sub(lambda found: parts[found[1]], text)
        self.names: Final = tuple(dict.fromkeys(_PARAMETER.findall(whole)))
        positions = {name: position for position, name in enumerate(self.names, start=1)}
        self.text: Final = _PARAMETER.sub(lambda found: f"${positions[found[1]]}", whole)
        self._expected = frozenset(self.names)

    def bind(self, **values: Any) -> list[Any]:
        """The text and the values in its order, as in `connection.fetchrow(*STATEMENT.bind(id=id))`.

        Raises TypeError if a parameter has no value or a value has no parameter.
        """
        if values.keys() != self._expected:
            raise TypeError(f"parameters without value or values without parameter: {values.keys() ^ self._expected}")
        return [self.text, *(values[name] for name in self.names)]
