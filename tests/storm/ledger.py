"""What the devices were answered, all together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_COMES_BACK: Final = (429, 503)


@dataclass(slots=True)
class Ledger:
    answers: Counter[str] = field(default_factory=Counter)
    """How many responses had each status, with the kind of the problem."""
    waits: dict[str, list[int]] = field(default_factory=dict)
    """The Retry-After of every 429 and 503, under the name that `answers` has for it."""
    ways: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Everything that should not have happened."""

    def refuse(self, status: int, problem: Mapping[str, Any], wait: object, where: str = "") -> int | None:
        """Counts a problem. Returns how long it tells the device to wait, or None if it should not have come."""
        name = f"{status} {str(problem['type']).removeprefix('urn:ikk:problem:')}{where}"
        self.answers[name] += 1
        if status not in _COMES_BACK:
            self.wrong.append(f"answered {name}: {str(problem)[:400]}")
            return None
        if not str(wait).isdecimal() or int(str(wait)) < 1:
            self.wrong.append(f"{name} without a Retry-After: {wait!r}")
            return None
        self.waits.setdefault(name, []).append(int(str(wait)))
        return int(str(wait))

    def unspread(self) -> list[str]:
        """Problems that told many devices to come back in the same second."""
        return [name for name, waits in self.waits.items() if len(waits) > 20 and len(set(waits)) == 1]
