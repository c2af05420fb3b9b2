"""SQL with named parameters and parts, for a bare asyncpg connection, which only counts positions."""

import re
from typing import Any, Final

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_PART: Final = re.compile(r"\{([a-z_]+)\}")


class Statement:
    """One statement. `:name` is a parameter, `{name}` a part: SQL that another module owns, put in as it stands.

    Names are numbered once, when the statement is made. Raises KeyError for a part that is not given.
    """

    def __init__(self, text: str, **parts: str) -> None:
        whole = _PART.sub(lambda found: parts[found[1]], text)
        self.names: Final = tuple(dict.fromkeys(_PARAMETER.findall(whole)))
        positions = {name: position for position, name in enumerate(self.names, start=1)}
        self.text: Final = _PARAMETER.sub(lambda found: f"${positions[found[1]]}", whole)
        self._expected = frozenset(self.names)

    def bind(self, **values: Any) -> list[Any]:
        """The text and the values in its order: `connection.fetchrow(*STATEMENT.bind(id=id))`.

        Raises TypeError where a parameter lacks its value, or a value its parameter.
        """
        if values.keys() != self._expected:
            raise TypeError(f"parameters without value or values without parameter: {values.keys() ^ self._expected}")
        return [self.text, *(values[name] for name in self.names)]
