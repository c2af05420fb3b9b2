"""Measures what the row of one village costs, from its packed sums to JSON, as a ratio to a loop written by hand.

The loop makes the 29 shares of ikk-29, five means, the index and its category from the numbers of families, in floats.
Both take turns in one run, and only the CPU time of this thread counts. `python -m bench.aggregates` prints the ratios.
"""

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from app.access import Caller
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.schemas.aggregates.basis import REPORTED
from app.schemas.aggregates.fields import LARGE_FIELDS
from app.schemas.aggregates.table import figure_rows
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue, Published
from app.scoring.compiled_score import tables_of
from app.scoring.instrument import Instrument
from app.scoring.packing import layout_of, pack
from app.scoring.reading.files import read_instrument
from app.scoring.sums import add
from app.scoring.versions import Versions
from app.services.aggregates.reading import Below
from bench.scoring import SIZES

FILE: Final = SHIPPED_INSTRUMENTS / "ikk-29-2026.1.toml"
YEAR: Final = 2026
VILLAGES: Final = 200
KINDS: Final = {"40 families": 40, "5 families, all hidden": 5, "no families": 0}
FORMS: Final = ("JSON", "JSON with fields", "table")


def by_hand(fulfilled: Sequence[int]) -> tuple[float, str]:
    """The index of the shares of 40 families, and its category."""
    shares = [100 * each / 40 for each in fulfilled]
    ends = [sum(SIZES[: at + 1]) for at in range(len(SIZES))]
    index = sum([sum(shares[end - size : end]) / size for size, end in zip(SIZES, ends, strict=True)]) / 5
    return index, "kurang" if index < 50 else "cukup" if index <= 75 else "responsif"


class Villages:
    """Made-up villages as the database gives them, with packed sums."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument, self.random = instrument, Random(29)
        catalogue = Catalogue()
        catalogue.add(Published(1, instrument, datetime(2026, 1, 1, tzinfo=UTC)))
        self.versions = Versions.of(catalogue, instrument.code, None)
        self.caller = Caller("agency", str(UUID(int=1)), {"aggregates:read": ("63",)}, ("63",), 0)
        self.families = [self._draw_family() for _ in range(500)]

    def _draw_family(self) -> list[int]:
        letters = "".join(self.random.choices("FUM", (70, 25, 5), k=len(self.instrument.main.indicators)))
        return tables_of(self.instrument).sums_of(read_bases(letters, self.instrument))

    def draw(self, families: int) -> list[list[Mapping[str, Any]]]:
        return [[self._row(number, families)] for number in range(VILLAGES)]

    def _row(self, number: int, families: int) -> Mapping[str, Any]:
        place = {"code": f"637201{1001 + number}", "name": "Desa", "first_day": None, "last_day": None}
        if not families:
            return place | dict.fromkeys(("instrument_id", "layout", "basis", "families", "without_card", "sums"))
        sums = pack(add(self.random.sample(self.families, families), self.instrument), self.instrument)
        counted = {"instrument_id": 1, "layout": layout_of(self.instrument), "families": families, "without_card": 0}
        return {**place, **counted, "basis": "r", "sums": sums}

    def write(self, rows: list[list[Mapping[str, Any]]], form: str) -> None:
        fields = tuple(LARGE_FIELDS) if form == "JSON with fields" else ()
        below = Below(rows, VILLAGES, YEAR, self.caller, self.versions, self.versions.groups[0], fields, REPORTED)
        made = asyncio.run(below.make_whole())
        for each in made:
            if form == "table":
                list(figure_rows(each))
            else:
                each.model_dump_json()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--file", type=Path, default=FILE)
    chosen = parser.parse_args()
    villages = Villages(read_instrument(chosen.file.read_bytes()))
    found: dict[str, list[tuple[float, float]]] = {f"{kind}, {form}": [] for kind in KINDS for form in FORMS}
    gc.collect()
    gc.freeze()  # what a server does once it has started
    for _ in range(chosen.rounds):
        counts = [[villages.random.randint(0, 40) for _ in range(29)] for _ in range(VILLAGES)]
        for kind, families in KINDS.items():
            rows = villages.draw(families)
            for form in FORMS:
                start = time.thread_time()
                for each in counts:
                    by_hand(each)
                between = time.thread_time()
                villages.write(rows, form)
                ours = time.thread_time() - between
                found[f"{kind}, {form}"].append((ours / VILLAGES * 1e6, ours / (between - start)))
    for name, pairs in found.items():
        microseconds, ratios = zip(*pairs, strict=True)
        print(
            f"{name:42} {statistics.median(microseconds):7.0f} us   ÷ loop {statistics.median(ratios):6.1f} "
            f"({min(ratios):.1f}-{max(ratios):.1f})"
        )


if __name__ == "__main__":
    main()
