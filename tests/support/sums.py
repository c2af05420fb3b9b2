"""Sums of villages, for tests of figures that need many families. Instruments are files of format 1, or read ones."""

from collections.abc import Iterable, Sequence

from app.platform.database import Connection
from app.scoring import format_1
from app.scoring.basis_text import read_bases
from app.scoring.instrument import Instrument
from app.scoring.packing import layout_of, pack
from app.scoring.region import add, sums_of
from app.scoring.score import Score, score_bases

_INSERT = """
INSERT INTO village_sums (instrument_id, year, region, layout, families, without_card, sums)
SELECT id, $3, $4, $5, $6, 0, $7::text::numeric FROM instrument WHERE code = $1 AND version = $2
"""

AnyInstrument = Instrument | format_1.Instrument


def definition_of(instrument: AnyInstrument) -> Instrument:
    return instrument if isinstance(instrument, Instrument) else format_1.instrument_of(instrument)


def score_outcomes(outcomes: str, instrument: AnyInstrument) -> Score:
    """The score of a family's stored outcomes."""
    found = definition_of(instrument)
    return score_bases(read_bases(outcomes, found), found)


def sums_of_family(outcomes: str, instrument: AnyInstrument) -> list[int]:
    return sums_of(score_outcomes(outcomes, instrument), definition_of(instrument))


def sums_of_families(every: Iterable[str], instrument: AnyInstrument) -> list[int]:
    return add((sums_of_family(each, instrument) for each in every), definition_of(instrument))


async def insert_sums(
    connection: Connection, instrument: AnyInstrument, sums: Sequence[int], *, region: str, year: int = 2025
) -> None:
    """Stores the sums of a village that has none yet. Every family has a card number."""
    found = definition_of(instrument)
    values = (found.code, found.version, year, region, layout_of(found), sums[0], pack(sums, found))
    await connection.execute(_INSERT, *values)
