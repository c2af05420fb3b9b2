"""Draws villages of invented families by their outcomes, for the tests of protection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil
from random import Random

from app.protection.exact import ExactVillage, exact_village
from app.protection.parameters import Parameters
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.secrets import Secrets
from app.protection.villages import protect
from app.scoring.compiled_score import tables_of
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.score import Basis
from app.scoring.sums import add
from tests.support.factories import PROJECT

YEAR = 2026
PARAMETERS = Parameters()
SECRETS = Secrets(b"a key of a test")


@cache
def ikk() -> Instrument:
    return read_instrument((PROJECT / "app" / "instruments" / "ikk-29-2026.1.toml").read_bytes())


class Chosen(Secrets):
    """Secrets whose offsets are all the same part of their base."""

    def __init__(self, part: Fraction = Fraction(0), **parts: Fraction) -> None:
        """parts: of offsets by the last word of what they are for, such as U"""
        super().__init__(b"chosen")
        self._part, self._parts = part, parts

    def offset(self, base: int, *what: str) -> int:
        return min(base - 1, ceil(base * self._parts.get(what[-1], self._part)))


@dataclass(frozen=True)
class DrawnVillage:
    """A village with the outcomes of each family in the main index, and its exact counts."""

    place: str
    outcomes: tuple[str, ...]
    sums: tuple[int, ...]
    exact: ExactVillage


def draw_village(
    place: str, families: int, random: Random, instrument: Instrument | None = None, *, complete: bool = False
) -> DrawnVillage:
    """Each indicator has its own share of fulfilling families, from none to all. complete: all apply, all answered"""
    instrument = instrument or ikk()
    conditional = [each.applies_when is not None and not complete for each in instrument.main.indicators]
    chances = [_chance(each, random, 0 if complete else 0.03) for each in conditional]
    letters = [
        "".join(columns) for columns in zip(*(_letters(each, families, random) for each in chances), strict=True)
    ]
    return village_of(place, letters, instrument)


def village_of(place: str, letters: Sequence[str], instrument: Instrument | None = None) -> DrawnVillage:
    instrument = instrument or ikk()
    nothing = (None,) * len(instrument.main.indicators)
    tables = tables_of(instrument)
    rows = [tables.sums_of((Basis(each, nothing),)) for each in letters]
    total = add(rows, instrument)
    return DrawnVillage(place, tuple(letters), tuple(total), exact_village(place, total, instrument))


def _chance(conditional: bool, random: Random, missing: float) -> Mapping[str, float]:
    applies = random.uniform(0.3, 0.95) if conditional else 1.0
    lacking = random.uniform(0, 2 * missing)
    fulfilled = random.choice((random.betavariate(6, 2), random.uniform(0.93, 1), random.uniform(0, 0.15), 1.0))
    rest = applies * (1 - lacking)
    return {"F": rest * fulfilled, "U": rest * (1 - fulfilled), "M": applies * lacking, "N": 1 - applies}


def _letters(chance: Mapping[str, float], families: int, random: Random) -> list[str]:
    return random.choices(list(chance), list(chance.values()), k=families)


def places(regencies: int, villages: int) -> list[str]:
    """Codes of villages, spread over the regencies and two districts of each."""
    return [f"63{at % regencies + 1:02}{at // regencies % 2 + 1:02}{1001 + at}" for at in range(villages)]


def protect_all(
    villages: Sequence[DrawnVillage], secrets: Secrets = SECRETS, parameters: Parameters = PARAMETERS
) -> list[Protected]:
    plan = Plan.of(ikk(), None if parameters == PARAMETERS else parameters)
    found = [protect(each.exact, plan, year=YEAR, secrets=secrets, parameters=parameters) for each in villages]
    return [each for each in found if each is not None]
