"""Contestants that take turns, round after round, so that whatever else the machine does affects them alike."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final, Protocol

from bench.cpu import tree_seconds
from bench.load import Run

WARM_CONNECTIONS: Final = 32
PARTS: Final = frozenset(("puts", "gets", "batches", "workers", "others"))
"""The parts of the benchmark, which can be measured alone."""
_WARM_SECONDS: Final = 0.4
_FIRST: Final = 300
"""How many calls the first turn gets. Later ones get what the turn before would have needed, and half as much more."""


@dataclass(frozen=True, slots=True)
class Options:
    """interviews: how many a round of `others` stores. So few leave pages half empty, so that one round finds somewhat
    too much disk
    """

    seconds: float
    rounds: int
    only: frozenset[str] = PARTS
    interviews: int = 2_000


def _difference(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else now - then


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a contestant.

    cpu: CPU seconds of the measured program, of PostgreSQL and of the benchmark itself, None where they are unknown
    tail: CPU seconds that the server still worked after the last response, for what was sent in this turn
    weight: families in one call
    """

    run: Run
    cpu: tuple[float | None, float | None, float]
    tail: float
    weight: int

    @property
    def rate(self) -> float:
        """Families a second. What the server does later counts as if it had been done in the turn."""
        return self.weight * len(self.run.latencies) / (self.run.seconds + self.tail)

    @property
    def client_share(self) -> float:
        """How busy the benchmark itself was, as a share of one core."""
        return self.cpu[2] / self.run.seconds


class Source(Protocol):
    """Makes calls before a turn, and learns afterwards how many of them were sent."""

    def ready(self, count: int) -> Sequence[Any]: ...
    def sent(self, count: int) -> None: ...


Send = Callable[[Sequence[Any], int, float], Awaitable[Run]]
"""Makes calls from so many connections for so many seconds."""


@dataclass(slots=True)
class Contestant:
    """Something to measure.

    root: the process that it runs in, with all below it, if it is not the benchmark's own
    postmaster: the process of PostgreSQL
    levels: the numbers of connections that it is measured with
    settle: waits until nothing of a turn is left to do
    weight: families in one call
    """

    name: str
    source: Source
    send: Send
    root: int | None
    postmaster: int | None
    levels: Sequence[int]
    settle: Callable[[], Awaitable[None]] | None = None
    weight: int = 1
    turns: dict[int, list[Turn]] = field(default_factory=dict)
    _expected: dict[int, float] = field(default_factory=dict)

    async def take_turn(self, level: int, seconds: float) -> Turn:
        per_second = self._expected.get(level, max(self._expected.values(), default=_FIRST / self.weight))
        calls = self.source.ready(round(1.5 * per_second * seconds) + level)
        before, client = tree_seconds(self.root, self.postmaster), time.process_time()
        run = await self.send(calls, level, seconds)
        client, answered = time.process_time() - client, tree_seconds(self.root, self.postmaster)
        self.source.sent(len(run.latencies))
        if self.settle is not None:
            await self.settle()
        done = tree_seconds(self.root, self.postmaster)
        self._expected[level] = run.rate
        server, database = (_difference(now, then) for now, then in zip(done, before, strict=True))
        tail = 0.0 if self.settle is None else _difference(done[0], answered[0]) or 0.0
        return Turn(run, (server, database, client), tail, self.weight)

    def rate(self, level: int) -> float:
        return median(each.rate for each in self.turns[level])

    def percentile(self, level: int, percent: int) -> float:
        return median(each.run.percentile(percent) for each in self.turns[level])

    def microseconds(self, level: int) -> list[float | None]:
        """CPU time of a family in the server, in PostgreSQL and in the client."""
        turns = self.turns[level]
        families = sum(len(each.run.latencies) * each.weight for each in turns)
        columns = zip(*(each.cpu for each in turns), strict=True)
        return [_per(column, families) for column in columns]


def _per(seconds: Sequence[float | None], families: int) -> float | None:
    known = [each for each in seconds if each is not None]
    return sum(known) / families * 1e6 if len(known) == len(seconds) else None


def ratios(ours: Contestant, other: Contestant, level: int) -> list[float]:
    """How many times the other's rate ours is, round by round."""
    return [one.rate / two.rate for one, two in zip(ours.turns[level], other.turns[level], strict=True)]


def cpu_ratio(ours: Contestant, other: Contestant, level: int) -> float | None:
    """How many times ours the CPU time of the other is, in servers and PostgreSQL. It is steadier on a busy machine."""
    sums = [sum(each or 0.0 for each in one.microseconds(level)[:2]) for one in (ours, other)]
    return sums[1] / sums[0] if all(sums) else None


async def compare(contestants: Sequence[Contestant], options: Options) -> None:
    """Warms up each contestant. Then each takes a turn with each number of connections in each round."""
    for each in contestants:
        await each.take_turn(min(WARM_CONNECTIONS, max(each.levels)), _WARM_SECONDS)
    levels = sorted({level for each in contestants for level in each.levels})
    for round_ in range(options.rounds):
        for level in levels:
            there = [each for each in contestants if level in each.levels]
            # Whoever is behind another in one round is before it in the next.
            for each in there if round_ % 2 == 0 else reversed(there):
                each.turns.setdefault(level, []).append(await each.take_turn(level, options.seconds))
