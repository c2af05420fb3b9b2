"""Draws the tables that R and this service compute the same figures of: python -m tests.protection.oracle.draw

The tables are kept, so they are drawn again only for another oracle. Numbers look like protected ones, which are
rounded to multiples of five on one side.
"""

import csv
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
INDICATORS = (1, 2, 3)
CATEGORIES = (1, 2, 3, 4)
COLUMNS = (
    *("village", "stratum", "population", "weight"),
    *(f"{side}_{at}" for at in INDICATORS for side in ("fulfilled", "answered")),
    *("mean", "families"),
    *(f"count_{at}" for at in CATEGORIES),
)
Row = Mapping[str, str | int]


@dataclass(frozen=True)
class Table:
    """strata: villages of each. populations: of each stratum, none without a finite population correction

    shares: about which those of the indicators lie; 1 is exactly 1. empty: villages where the first did not enter
    """

    strata: tuple[int, ...]
    populations: tuple[int, ...] = ()
    weights: tuple[str, ...] = ()
    shares: tuple[float, float, float] = (0.7, 0.85, 0.6)
    families: tuple[int, int] = (120, 212)
    empty: frozenset[int] = frozenset()


TABLES = {
    "many-strata": Table(strata=(2,) * 13),
    "lonely": Table(strata=(1, 3, 1, 2, 5, 1)),
    "few": Table(strata=(2,)),
    "fpc": Table(strata=(4, 6, 3, 8), populations=(12, 7, 40, 139)),
    "lonely-fpc": Table(strata=(1, 4, 1, 5), populations=(1, 9, 6, 5)),
    "weighted": Table(strata=(3, 5, 2), weights=("46.3", "12.4", "3.5")),
    "weighted-fpc": Table(strata=(3, 5, 2), populations=(30, 20, 7), weights=("10", "4", "3.5")),
    "ends": Table(strata=(3, 4, 2), shares=(0.99, 0.03, 1)),
    "unequal": Table(strata=(6, 9, 2, 11), families=(30, 2500)),
    "domain": Table(strata=(4, 3, 2, 1), empty=frozenset((0, 4, 9))),
    "large": Table(strata=(139, 80, 45, 201)),
}


def draw_table(table: Table, chance: random.Random) -> Iterator[Row]:
    """A row for each village."""
    village = -1
    for stratum, count in enumerate(table.strata):
        for _ in range(count):
            village += 1
            families = chance.randint(*table.families)
            row: dict[str, str | int] = {
                "village": f"v{village}",
                "stratum": f"s{stratum}",
                "population": table.populations[stratum] if table.populations else "",
                "weight": table.weights[stratum] if table.weights else "1",
                "families": families,
                "mean": f"{chance.gauss(74, 6):.1f}",
            }
            for at, share in zip(INDICATORS, table.shares, strict=True):
                answered = families - 5 * chance.randint(0, 3)
                unfulfilled = 5 * round(answered * min(1, max(0, chance.gauss(1 - share, 0.08))) / 5)
                fulfilled = answered - (0 if share == 1 else min(unfulfilled, answered))
                if at == 1 and village in table.empty:
                    answered = fulfilled = 0
                row |= {f"answered_{at}": answered, f"fulfilled_{at}": fulfilled}
            counts = [5 * (families // chance.randint(20, 40)) for _ in CATEGORIES[1:]]
            counts.append(families - sum(counts))
            yield row | {f"count_{at}": each for at, each in zip(CATEGORIES, counts, strict=True)}


def main() -> None:
    for name, table in TABLES.items():
        with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(draw_table(table, random.Random(name)))


if __name__ == "__main__":
    main()
