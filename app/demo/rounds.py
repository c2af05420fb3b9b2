"""The families of the demo: two villages of Banjarbaru surveyed over three years, drawn from fixed seeds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final
from uuid import UUID

from app.scoring.instrument import Indicator, Instrument
from app.synthetic import draw_submission

REGENCY: Final = "6372"


@dataclass(frozen=True, slots=True)
class Round:
    """One village surveyed in one year. families: as many as such a village may have; strength: 0 to 1."""

    region: str
    year: int
    instrument: str
    families: int
    strength: float


ROUNDS: Final = (
    Round("6372021005", 2022, "ketahanan-24-2016.1", 148, 0.42),
    Round("6372061004", 2022, "ketahanan-24-2016.1", 121, 0.34),
    Round("6372021005", 2024, "ikk-29-2025.1", 152, 0.55),
    Round("6372061004", 2024, "ikk-29-2025.1", 125, 0.46),
    Round("6372021005", 2025, "ikk-29-2025.1", 155, 0.64),
    Round("6372061004", 2025, "ikk-29-2025.1", 129, 0.58),
)
"""The 24 indicators were used in 2022, the 29 since October 2023. Sizes are those of real survey villages."""


def draw_round(each: Round, instrument: Instrument) -> list[tuple[UUID, dict[str, Any]]]:
    """The submissions of a round, always the same ones."""
    random = Random(f"{each.region} {each.year}")
    first = datetime(each.year, 10 if each.year < 2025 else 7, 3, 1, 0, tzinfo=UTC)
    return [
        draw_submission(
            instrument,
            each.region,
            first + timedelta(days=number // 6, minutes=55 * (number % 6)),
            random,
            lambda indicator: _strength(each, indicator),
        )
        for number in range(each.families)
    ]


def _strength(each: Round, indicator: Indicator) -> float:
    """Some indicators are weak in a village year after year, as in life; which ones hangs on the village."""
    draw = sha256(f"{each.region} {indicator.code}".encode()).digest()[0] / 255
    return min(0.97, max(0.0, each.strength + 0.75 * (draw - 0.35)))
