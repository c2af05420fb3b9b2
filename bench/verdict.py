"""The rows of the benchmark, each with what was found, its target and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.contest import Contestant


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `found` has the value of each round.

    by_cpu: the same ratio by CPU time, which decides nothing
    """

    name: str
    found: Sequence[float]
    target: float | None
    at_most: bool = False
    unit: str = ""
    by_cpu: float | None = None

    @property
    def value(self) -> float:
        return median(self.found)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return "no target"
        return "ok" if (self.value <= self.target if self.at_most else self.value >= self.target) else "falls short"


def show_rows(rows: Sequence[Row]) -> None:
    print(f"\n{'':<72}{'found':>9}{'from – to':>16}{'target':>16}{'by CPU':>8}  verdict")
    for each in rows:
        spread = f"{min(each.found):.2f} – {max(each.found):.2f}" if len(each.found) > 1 else ""
        cpu = "" if each.by_cpu is None else f"{each.by_cpu:.2f}"
        sign = "≤" if each.at_most else "≥"
        target = "" if each.target is None else f"{sign} {each.target:.2f}{each.unit and ' ' + each.unit}"
        print(f"{each.name:<72}{each.value:>9.2f}{spread:>16}{target:>16}{cpu:>8}  {each.verdict}")


def show_contestants(title: str, contestants: Sequence[Contestant]) -> None:
    """Prints each contestant with each number of connections."""
    print(f"\n{title:<46}{'at once':>8}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}", end="")
    print(f"{'server µs':>11}{'PostgreSQL µs':>15}{'client µs':>11}")
    for each in contestants:
        for number, level in enumerate(sorted(each.turns)):
            name = each.name if number == 0 else ""
            print(f"  {name:<44}{level:>8}{each.rate(level):>8,.0f}", end="")
            print("".join(f"{each.percentile(level, percent):>9.1f}" for percent in (50, 99)), end="")
            server, database, client = each.microseconds(level)
            print(f"{_shown(server):>11}{_shown(database):>15}{_shown(client):>11}")
    busiest = max(turn.client_share for each in contestants for turns in each.turns.values() for turn in turns)
    print(f"The client was busy for {busiest:.0%} of a core in its busiest turn.")


def _shown(microseconds: float | None) -> str:
    return "–" if microseconds is None else f"{microseconds:,.0f}"
