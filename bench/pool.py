"""Families to fill villages with, drawn at random and the same each time."""

from datetime import UTC, datetime
from random import Random
from typing import Final, NamedTuple

from app.scoring.basis_text import write_bases
from app.scoring.coding import encode_answers
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Instrument
from app.scoring.score import score
from app.synthetic import draw_submission

SURVEYED: Final = datetime(2026, 7, 29, 1, 12, tzinfo=UTC)
_POOL: Final = 2_000


class Drawn(NamedTuple):
    """A family of the pool, with what it adds to the sums."""

    head_sex: str
    members: int
    answers: bytes
    outcomes: str
    units: int | None
    sums: list[int]


def draw_pool(instrument: Instrument) -> list[Drawn]:
    """Families with different strengths, so that villages differ."""
    random, found = Random(1), []
    for _ in range(_POOL):
        _, body = draw_submission(instrument, "6372061004", SURVEYED, random, lambda _: random.random() ** 0.4)
        made = score(body["answers"], instrument, SURVEYED.date())
        bases = tuple(each.basis for each in made.indices)
        value = made.main.value
        units = None if value is None else round(value * 10**8)
        family = body["family"]
        found.append(
            Drawn(
                family["head_sex"],
                family["members"],
                encode_answers(body["answers"], instrument)[0],
                write_bases(bases, instrument),
                units,
                sums_of(made, instrument),
            )
        )
    return found
