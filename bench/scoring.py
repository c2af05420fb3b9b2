"""Measures what one family of ikk-29 costs to check and score, as a ratio to a loop over 29 booleans written by hand.

Each family is new to the tables, which have seen others before. What is made of it is what a submission needs: valid
answers, outcomes, the score, stored answers, packed sums and the JSON of the response. Both take turns in one run, and
only the CPU time of this thread counts. `python -m bench.scoring` prints the ratios.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.score_json import ScoreWriter
from app.scoring.answers import check_answers
from app.scoring.coding import encode_answers
from app.scoring.compiled import Compiled
from app.scoring.family_sums import sums_of
from app.scoring.packing import pack
from app.scoring.reading.files import read_instrument
from app.scoring.score import score
from app.synthetic import NO_DISTRICT, draw_answers
from bench.fresh import Drawing

FILE: Final = SHIPPED_INSTRUMENTS / "ikk-29-2025.2.toml"
_BEFORE: Final = 15_000
_FEW: Final = 60
DAY: Final = date(2025, 7, 1)
SIZES: Final = (3, 6, 8, 6, 6)
DIMENSION_OF: Final = [at for at, size in enumerate(SIZES) for _ in range(size)]


def by_hand(held: Sequence[bool]) -> tuple[float, str]:
    """The index of 29 booleans, which is the mean of five shares, and its category."""
    fulfilled = [0, 0, 0, 0, 0]
    for position, each in enumerate(held):
        if each:
            fulfilled[DIMENSION_OF[position]] += 1
    index = sum([100 * part / whole for part, whole in zip(fulfilled, SIZES, strict=True)]) / 5
    return index, "kurang" if index < 50 else "cukup" if index <= 75 else "responsif"


def seconds_of(call: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    """CPU seconds of this thread for one input."""
    start = time.thread_time()
    for each in inputs:
        call(each)
    return (time.thread_time() - start) / len(inputs)


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds of one family in each round: loop by hand, tables, plain evaluation."""

    microseconds: Sequence[tuple[float, float, float]]

    @property
    def ratios(self) -> list[float]:
        return [tables / loop for loop, tables, _ in self.microseconds]

    @property
    def plain_ratios(self) -> list[float]:
        return [plain / loop for loop, _, plain in self.microseconds]


def measure_scoring(rounds: int, families: int, file: Path = FILE, before: int = _BEFORE) -> Costs:
    """Measures rounds of so many new families each. before: families that the tables have seen first"""
    instrument = read_instrument(file.read_bytes())
    compiled, random = Compiled(instrument), Random(29)
    writer = ScoreWriter(compiled.scores)

    def by_tables(sent: dict[str, Any]) -> object:
        taken, _ = compiled.take(sent, DAY)
        scores = compiled.scores.scored(taken.bases)
        return taken.stored, compiled.scores.packed(scores), writer.write(scores)

    def plainly(sent: dict[str, Any]) -> object:
        answers, _ = check_answers(sent, instrument, DAY)
        result = score(answers, instrument, DAY)
        stored = encode_answers(answers, instrument)
        return stored, pack(sums_of(result, instrument), instrument), ScoreOut.of(result, instrument).model_dump_json()

    def draw(count: int) -> list[dict[str, Any]]:
        return [dict(draw_answers(instrument, random, lambda _: 0.75)) for _ in range(count)]

    for each in Drawing(file.stem, [NO_DISTRICT]).answers(before):
        by_tables(each)
    gc.collect()
    gc.freeze()  # what a server does once it has started
    found = []
    for _ in range(rounds):
        fresh, few = draw(families), draw(_FEW)
        held = [[random.random() < 0.75 for _ in range(29)] for _ in range(families)]
        calls = ((by_hand, held), (by_tables, fresh), (plainly, few))
        loop, tables, plain = (1e6 * seconds_of(call, inputs) for call, inputs in calls)
        found.append((loop, tables, plain))
    return Costs(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--families", type=int, default=1500, help="new families in each round")
    parser.add_argument("--file", type=Path, default=FILE)
    costs = measure_scoring(**vars(parser.parse_args()))
    loop, tables, plain = (statistics.median(column) for column in zip(*costs.microseconds, strict=True))
    print(f"loop by hand {loop:.1f} us, tables {tables:.1f} us, plain evaluation {plain:.1f} us")
    ratios = costs.ratios
    print(f"tables / loop {statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})")
    print(f"plain / loop {statistics.median(costs.plain_ratios):.0f}")


if __name__ == "__main__":
    main()
