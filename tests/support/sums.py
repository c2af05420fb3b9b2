"""Sums of villages, for tests of figures that need many families."""

from collections.abc import Iterable, Sequence

from app.platform.database import Connection
from app.schemas.aggregates.basis import REPORTED, Basis
from app.scoring.basis_text import read_bases
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Instrument
from app.scoring.packing import layout_of, pack
from app.scoring.score import Score, score_bases
from app.scoring.sums import add
from app.services.aggregates.sums import BASES

_INSERT = """
INSERT INTO village_sums (instrument_id, year, basis, region, layout, families, without_card, sums)
SELECT id, $3, $8::text::"char", $4, $5, $6, 0, $7::text::numeric FROM instrument WHERE code = $1 AND version = $2
"""


def score_outcomes(outcomes: str, instrument: Instrument) -> Score:
    """The score of a family's stored outcomes."""
    return score_bases(read_bases(outcomes, instrument), instrument)


def sums_of_family(outcomes: str, instrument: Instrument) -> list[int]:
    return sums_of(score_outcomes(outcomes, instrument), instrument)


def sums_of_families(every: Iterable[str], instrument: Instrument) -> list[int]:
    return add((sums_of_family(each, instrument) for each in every), instrument)


async def insert_sums(
    connection: Connection,
    instrument: Instrument,
    sums: Sequence[int],
    *,
    region: str,
    year: int = 2025,
    basis: Basis = REPORTED,
) -> None:
    """Stores the sums of a village that has none yet. Every family has a card number."""
    values = (instrument.code, instrument.version, year, region, layout_of(instrument), sums[0], pack(sums, instrument))
    await connection.execute(_INSERT, *values, BASES[basis])
