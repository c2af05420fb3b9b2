"""Measures how far released figures are from exact ones, with the functions that make releases.

Families of ikk-29 2026.1 are drawn into villages of different strength: small and large ones by themselves, and all
2,016 villages of a province with 120 to 212 families each, which are added up by district, regency and province. It
prints two tables, one by the number of families of a village and one by level. Both have

- the standard deviation of the error (released less exact, in points) of shares with base 5 and 10, of dimensions and
  of the index from shares, of the mean of families and of shares of categories. Dimensions where an indicator did not
  enter, because too few families answered it, stand apart
- the largest error of a share that is shown
- how many exact values are inside the interval of 95 %, and the mean of z², the squared error by its variance. It is 1
  if the standard errors are right
- how many indicators are left out, how many of the weak ones (below 75) the list of weak ones finds, and how many of
  the listed are weak

`python -m bench.accuracy` takes about a minute and needs no database.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import groupby
from math import sqrt
from random import Random
from statistics import fmean
from typing import Final

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.protection.assessed import IndexUncertainty, assess
from app.protection.exact import ExactIndex, exact_village
from app.protection.indicators import IndicatorOfRegion
from app.protection.parameters import Parameters
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import IndexOfRegion, add_up
from app.protection.secrets import Secrets
from app.protection.uncertainty import CENSUS, Uncertainty
from app.protection.villages import protect
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.shares import IndexOfShares, share_of
from app.scoring.sums import UNITS, add
from bench.pool import Drawn, draw_pool

_FILE: Final = "ikk-29-2026.1"
_YEAR: Final = 2026
_SIZES: Final = ((30, 49), (50, 99), (100, 149), (150, 212))
_LEVELS: Final = {"village": 10, "district": 6, "regency": 4, "province": 2}
"""By level, how many digits a code has."""
_REGENCIES: Final = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "71", "72")
_DISTRICTS: Final = 155
_NEIGHBOURS: Final = 60
"""A village is drawn from so many families, so that villages differ in each indicator too."""
_WEAK: Final = 75
_LEFT_OUT: Final = ", indicator left out"
_ROWS: Final = (
    "share, base 5",
    "share, base 10",
    "dimension from shares",
    f"dimension{_LEFT_OUT}",
    "index from shares",
    f"index{_LEFT_OUT}",
    "mean of families",
    "share of a category",
)


@dataclass(frozen=True, slots=True)
class Village:
    """A drawn village. sums: of its families, in the order of `app.scoring.sums.sums`"""

    place: str
    sums: Sequence[int]


@dataclass(slots=True)
class Found:
    """What was found of the figures of a column. squares: by row, of z. inside: by row, whether the interval holds"""

    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    squares: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    indicators: int = 0
    left_out: int = 0
    truly_weak: int = 0
    listed: int = 0
    both: int = 0

    def take(self, row: str, released: Fraction, exact: Fraction, uncertainty: Uncertainty | None) -> None:
        """Adds a figure with its exact value."""
        error = float(released - exact)
        self.errors[row].append(error)
        if uncertainty is None or uncertainty.low is None or uncertainty.high is None:
            return
        self.inside[row].append(uncertainty.low - 1e-9 <= exact <= uncertainty.high + 1e-9)
        if uncertainty.standard_error:
            self.squares[row].append((error / uncertainty.standard_error) ** 2)


class Exact:
    """Exact figures of an area."""

    def __init__(self, of: ExactIndex, plan: Plan) -> None:
        self._of, index = of, plan.main.index
        ratios = [share_of(each.fulfilled, each.fulfilled + each.unfulfilled) for each in of.indicators]
        tree = IndexOfShares(index, ratios, [each.missing > 0 for each in of.indicators], without=frozenset())
        self.shares = [None if each is None else 100 * Fraction(*each) for each in ratios]
        self.groups = [None if each is None else each * index.scale for each in tree.group_values]
        self.of_indicators = (tree.combined(tree.node(None)) or Fraction()) * index.scale
        self.mean = Fraction(of.value_total, UNITS * of.scored) * Fraction(index.scale, 100)

    def category(self, at: int) -> Fraction:
        return Fraction(100 * self._of.counts[at], self._of.scored)


@cache
def draw_ordered(instrument: Instrument) -> list[Drawn]:
    """The pool, families with the least index first."""
    return sorted(draw_pool(instrument), key=lambda each: (each.units or 0, each.outcomes))


def draw_villages(instrument: Instrument, places: Sequence[str], fewest: int, most: int, seed: int) -> list[Village]:
    """Villages of different strength, between the numbers of families."""
    random, pool, found = Random(seed), draw_ordered(instrument), list[Village]()
    for place in places:
        strength = random.lognormvariate(0, 0.6)
        near = [pool[int(len(pool) * random.random() ** strength)].sums for _ in range(_NEIGHBOURS)]
        found.append(Village(place, add(random.choices(near, k=random.randint(fewest, most)), instrument)))
    return found


def codes(count: int) -> list[str]:
    """Codes of villages of a province in their order, with 13 regencies and 155 districts."""
    districts = [f"63{_REGENCIES[at % 13]}{at // 13 + 1:02}" for at in range(_DISTRICTS)]
    return sorted(f"{districts[at % _DISTRICTS]}{2001 + at // _DISTRICTS}" for at in range(count))


def compare(found: Found, villages: Sequence[Village], protected: Sequence[Protected], instrument: Instrument) -> None:
    """Compares the figures of an area with the exact ones of all its villages."""
    plan, figures = Plan.of(instrument), add_up(protected, Plan.of(instrument))
    place = villages[0].place
    exact = Exact(exact_village(place, add((each.sums for each in villages), instrument), instrument).indices[0], plan)
    released, uncertainty = figures.main, assess(protected, figures, CENSUS)[0]
    for row, value, truth, of in _pairs(released, exact, uncertainty):
        if value is not None and truth is not None:
            found.take(row, value, truth, of)
    whole = [each.ratio is not None for each in released.indicators]
    found.left_out += whole.count(False)
    found.indicators += len(whole)
    weak = {at for at, each in enumerate(exact.shares) if each is not None and each < _WEAK}
    found.truly_weak += len(weak)
    found.listed += len(released.weak)
    found.both += len(weak & set(released.weak))


_Pair = tuple[str, Fraction | None, Fraction | None, Uncertainty | None]


def _pairs(released: IndexOfRegion, exact: Exact, uncertainty: IndexUncertainty) -> Iterator[_Pair]:
    """By row, each released and exact value on a scale of 100."""
    index = released.index
    for indicator, truth, of in zip(released.indicators, exact.shares, uncertainty.indicators, strict=True):
        yield f"share, base {indicator.plan.base}", indicator.share, truth, of
    for at, (value, truth, group) in enumerate(zip(released.groups, exact.groups, uncertainty.groups, strict=True)):
        members = [each for each, of in zip(released.indicators, index.indicators, strict=True) if of.group == at]
        yield _row("dimension", members), value, truth, group
    yield _row("index", released.indicators), released.of_indicators, exact.of_indicators, uncertainty.of_indicators
    yield "mean of families", released.mean, exact.mean, uncertainty.mean
    for at, (value, of) in enumerate(zip(released.shares, uncertainty.categories, strict=True)):
        yield "share of a category", value, exact.category(at), of


def _row(name: str, indicators: Sequence[IndicatorOfRegion]) -> str:
    """Of a figure that is computed from the shares of indicators."""
    whole = all(each.ratio is not None for each in indicators)
    return f"{name} from shares" if whole else f"{name}{_LEFT_OUT}"


def protect_all(villages: Sequence[Village], instrument: Instrument, key: int) -> list[Protected]:
    """ValueError if a village has too few families."""
    plan, secrets = Plan.of(instrument), Secrets(f"accuracy {key}".encode())
    found = []
    for each in villages:
        exact = exact_village(each.place, each.sums, instrument)
        protected = protect(exact, plan, year=_YEAR, secrets=secrets, parameters=Parameters.of(instrument))
        if protected is None:
            raise ValueError(f"{each.place} has too few families")
        found.append(protected)
    return found


def by_size(instrument: Instrument, count: int) -> dict[str, Found]:
    """Villages by number of families, so many of each size."""
    found = {}
    for seed, (fewest, most) in enumerate(_SIZES):
        villages = draw_villages(instrument, codes(count), fewest, most, seed)
        column = found[f"{fewest}-{most}"] = Found()
        for village, protected in zip(villages, protect_all(villages, instrument, seed), strict=True):
            compare(column, [village], [protected], instrument)
    return found


def by_level(instrument: Instrument, count: int, keys: int) -> dict[str, Found]:
    """A province and its parts, rounded with several keys. Villages are taken with the first key only."""
    villages = draw_villages(instrument, codes(count), 120, 212, len(_SIZES))
    found = {level: Found() for level in _LEVELS}
    for key in range(keys):
        rows = list(zip(villages, protect_all(villages, instrument, key), strict=True))
        for level, digits in _LEVELS.items():
            if level == "village" and key:
                continue
            for _, area in groupby(rows, lambda row, digits=digits: row[0].place[:digits]):  # type: ignore[misc]
                members, protected = zip(*area, strict=True)
                compare(found[level], members, protected, instrument)
    return found


def show(title: str, columns: Mapping[str, Found]) -> None:
    """Prints a table."""
    print(f"{title:34}" + "".join(f"{name:>10}" for name in columns))
    print("standard deviation of the error, points")
    for row in _ROWS:
        _line(row, [_root(each.errors[row]) for each in columns.values()])
    shares = [each.errors["share, base 5"] + each.errors["share, base 10"] for each in columns.values()]
    _line("largest error of a shown share", [max(map(abs, each), default=None) for each in shares])
    print("inside the interval of 95 %, in %")
    for row in _ROWS:
        _line(row, [_percent(sum(each.inside[row]), len(each.inside[row])) for each in columns.values()])
    print("mean of z²")
    for row in _ROWS:
        _line(row, [fmean(each.squares[row]) if each.squares[row] else None for each in columns.values()])
    print("indicators, in %")
    _line("left out", [_percent(each.left_out, each.indicators) for each in columns.values()])
    _line("weak ones that are listed", [_percent(each.both, each.truly_weak) for each in columns.values()])
    _line("listed ones that are weak", [_percent(each.both, each.listed) for each in columns.values()])
    print()


def _root(errors: Sequence[float]) -> float | None:
    return sqrt(fmean(each**2 for each in errors)) if errors else None


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _line(name: str, values: Sequence[float | None]) -> None:
    print(f"  {name:32}" + "".join(f"{'-' if each is None else f'{each:.2f}':>10}" for each in values))


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sized", type=int, default=500, help="villages of each number of families (default 500)")
    parser.add_argument("--villages", type=int, default=2_016, help="villages of the province (default 2,016)")
    parser.add_argument("--keys", type=int, default=5, help="how often the province is rounded (default 5)")
    chosen = parser.parse_args()
    instrument = read_instrument((SHIPPED_INSTRUMENTS / f"{_FILE}.toml").read_bytes())
    show("families of a village", by_size(instrument, chosen.sized))
    show("level", by_level(instrument, chosen.villages, chosen.keys))


if __name__ == "__main__":
    main()
