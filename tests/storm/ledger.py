"""What the devices were answered, all together."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tests.storm.wire import Answer

_COMES_BACK: Final = (429, 503)


@dataclass(slots=True)
class Ledger:
    answers: Counter[str] = field(default_factory=Counter)
    """How many responses had each status, with the kind of the problem."""
    waits: dict[str, list[int]] = field(default_factory=dict)
    """The Retry-After of every 429 and 503, by the kind of the problem."""
    ways: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Everything that should not have happened."""

    def enter(self, answer: Answer) -> int | None:
        """Counts a response. Returns how long it tells the device to wait, or None if it says nothing of that."""
        self.seconds.append(answer.seconds)
        if answer.status < 400:
            self.answers[str(answer.status)] += 1
            return None
        kind = str(answer.read()["type"]).removeprefix("urn:ikk:problem:")
        self.answers[f"{answer.status} {kind}"] += 1
        if answer.status not in _COMES_BACK:
            self.wrong.append(f"answered {answer.status} {kind}: {answer.body.decode()[:300]}")
            return None
        wait = answer.headers.get("retry-after", "")
        if not wait.isdecimal() or int(wait) < 1:
            self.wrong.append(f"{answer.status} {kind} without a Retry-After: {wait!r}")
            return None
        self.waits.setdefault(kind, []).append(int(wait))
        return int(wait)

    def unspread(self) -> list[str]:
        """Kinds of problems that told many devices to come back in the same second."""
        return [kind for kind, waits in self.waits.items() if len(waits) > 20 and len(set(waits)) == 1]
