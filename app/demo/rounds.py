"""Draws the families of the demo from fixed seeds: four villages of Kalimantan Selatan over three years.

One of the villages is split in the last year.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final
from uuid import UUID, uuid5

from app.regions.changes import ChangeRow
from app.regions.codes import COUNTRY
from app.regions.editions import Edition
from app.scoring.instrument import Index, Indicator, Instrument
from app.synthetic import draw_submission


@dataclass(frozen=True, slots=True)
class DemoRound:
    """One village surveyed in one year. strength is the probability (0 to 1) that a family fulfils an indicator."""

    region: str
    year: int
    instrument: str
    families: int
    strength: float
    month: int = 10


ROUNDS: Final = (
    DemoRound("6372021005", 2022, "ketahanan-24-2016.1", 96, 0.54),
    DemoRound("6372061004", 2022, "ketahanan-24-2016.1", 84, 0.36),
    DemoRound("6372021005", 2024, "ikk-29-2025.1", 98, 0.64),
    DemoRound("6372061004", 2024, "ikk-29-2025.1", 86, 0.50),
    DemoRound("6303012012", 2024, "ikk-29-2025.1", 74, 0.36),
    DemoRound("6303062017", 2024, "ikk-29-2025.1", 81, 0.72),
    DemoRound("6372021005", 2025, "ikk-29-2025.2", 101, 0.74, 7),
    DemoRound("6372061004", 2025, "ikk-29-2025.2", 88, 0.67, 7),
    DemoRound("6303012012", 2025, "ikk-29-2025.2", 77, 0.52, 7),
    DemoRound("6303062017", 2025, "ikk-29-2025.2", 83, 0.50, 7),
    DemoRound("6303062901", 2025, "ikk-29-2025.2", 46, 0.58, 9),
    DemoRound("6303062902", 2025, "ikk-29-2025.2", 39, 0.42, 9),
)
"""The 24 indicators were used in 2022, the 29 since October 2023, from 2025 on in a version with more marks. Kota
Banjarbaru improves. Kabupaten Banjar joins in 2024. There Aluh Aluh Besar improves and Mandiangin Timur falls behind.
The villages exist, but for the two parts of Mandiangin Timur. Their figures are made up.
"""
SPLIT: Final = Edition(
    code="demo",
    decree="Pemekaran rekaan untuk demo",
    valid_from=date(2025, 8, 1),
    source="made up",
)
"""The edition of the regions in which Mandiangin Timur is split. No such decree exists."""
SPLIT_ROWS: Final = (
    ChangeRow(2, "split", "6303062017", "6303062901", "Mandiangin Hulu"),
    ChangeRow(3, "split", "6303062017", "6303062902", "Mandiangin Hilir"),
)
VILLAGES: Final = tuple(dict.fromkeys(each.region for each in ROUNDS))

_WEAK: Final = {
    "6372021005": {"KKF": 0.35, "KF": 0.35},
    "6372061004": {"KKE": 0.4, "KE": 0.4},
    "6303012012": {"KLS": 0.6},
    "6303062017": {"KKSP": 0.4},
    "6303062901": {"KKSP": 0.4},
    "6303062902": {"KKSP": 0.4, "KKE": 0.2},
}
"""How much strength each village loses in its weak dimensions (health and home, economy, legality, safety)."""


def draw_round(each: DemoRound, instrument: Instrument) -> list[tuple[UUID, dict[str, Any]]]:
    """The ids and bodies of a round's submissions, the same at every call.

    So their salts are the same too. A device makes a random one.
    """
    random = Random(f"{each.region} {each.year}")
    first = datetime(each.year, each.month, 3, 1, 0, tzinfo=UTC)
    drawn = (
        draw_submission(
            instrument,
            each.region,
            first + timedelta(days=number // 6, minutes=55 * (number % 6)),
            random,
            lambda indicator: _strength(each, indicator, instrument.main),
        )
        for number in range(each.families)
    )
    return [(key, {**body, "salt": str(uuid5(key, "salt"))}) for key, body in drawn]


def draw_again(each: DemoRound, instrument: Instrument) -> tuple[UUID, UUID, dict[str, Any]]:
    """A second interview of a round's first family, some weeks later and with other answers.

    Returns the id of the first interview, and the id and body of the second.
    """
    (first, told), (other, answered), *_ = draw_round(each, instrument)
    moment = datetime.fromisoformat(told["surveyed_at"]) + timedelta(days=40)
    facts = ("members", "head_sex")
    family = {**told["family"], **{name: answered["family"][name] for name in facts}}
    again = {"surveyed_at": moment.isoformat(), "family": family, "salt": str(uuid5(other, "again"))}
    return first, uuid5(first, "again"), {**answered, **again}


def _strength(each: DemoRound, indicator: Indicator, index: Index) -> float:
    """A village's strength in an indicator. As in reality, the same indicators are weak in it year after year."""
    draw = sha256(f"{each.region} {indicator.code}".encode()).digest()[0] / 255
    dimension = None if indicator.group is None else index.groups[indicator.group].code
    lost = _WEAK[each.region].get(dimension or "", 0.0)
    return min(0.97, max(0.0, each.strength + 0.4 * (draw - 0.35) - lost))


def shown_regions(year: int) -> list[str]:
    """The villages of a year, and each region above them with two or more parts. Others would repeat their part."""
    shown = parts = sorted({each.region for each in ROUNDS if each.year == year})
    for length in (6, 4, 2, 0):
        parts_of: dict[str, list[str]] = {}
        for part in parts:
            parts_of.setdefault(part[:length] or COUNTRY, []).append(part)
        sums = [region for region, its_parts in parts_of.items() if len(its_parts) > 1]
        shown = [*shown, *sums]
        parts = [region if region in sums else its_parts[0] for region, its_parts in parts_of.items()]
    return shown
