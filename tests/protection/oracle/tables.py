"""Reads the tables of this folder, and what R computed of them."""

import csv
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from app.protection.rows import VillageCounts, VillageMean, VillageShare
from app.protection.uncertainty import Design
from tests.protection.oracle.draw import CATEGORIES

FOLDER = Path(__file__).parent


class Figure(NamedTuple):
    """What R found. low, high: NaN where it found none"""

    estimate: float
    standard_error: float
    low: float
    high: float
    freedom: int


class OracleTable:
    """One table as the rows of uncertainty."""

    def __init__(self, name: str) -> None:
        self._rows = list(_read(f"{name}.csv"))
        populations = {each["stratum"]: each["population"] for each in self._rows if each["population"]}
        self.design = Design("sample", {name: int(each) for name, each in populations.items()} or None)

    def shares(self, at: int) -> list[VillageShare]:
        return [
            VillageShare(int(row[f"fulfilled_{at}"]), int(row[f"answered_{at}"]), row["stratum"], _weight(row))
            for row in self._rows
        ]

    def means(self) -> list[VillageMean]:
        return [
            VillageMean(Fraction(row["mean"]), int(row["families"]), row["stratum"], _weight(row)) for row in self._rows
        ]

    def counts(self) -> list[VillageCounts]:
        return [
            VillageCounts([int(row[f"count_{at}"]) for at in CATEGORIES], row["stratum"], _weight(row))
            for row in self._rows
        ]


def read_figures() -> dict[tuple[str, str], Figure]:
    """By table and name of the figure."""
    found = {}
    for row in _read("figures.csv"):
        estimate, error, low, high = (float(row[each]) for each in ("estimate", "standard_error", "low", "high"))
        found[row["table"], row["figure"]] = Figure(estimate, error, low, high, int(row["freedom"]))
    return found


def read_quantiles() -> list[tuple[int, float, float]]:
    """Degrees of freedom, the probability outside, and the quantile."""
    return [(int(row["freedom"]), float(row["outside"]), float(row["quantile"])) for row in _read("quantiles.csv")]


def share_in(villages: Sequence[VillageShare]) -> Fraction:
    """Σ fulfilled / Σ answered, weighted."""
    return Fraction(sum(each.weight * each.fulfilled for each in villages)) / Fraction(
        sum(each.weight * each.answered for each in villages)
    )


def _weight(row: dict[str, str]) -> Fraction:
    return Fraction(row["weight"])


def _read(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))
