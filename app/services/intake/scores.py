"""Scores the answers of a family, to be stored or only to be shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from app.problems import Problem, kinds
from app.regions.codes import COUNTRY
from app.regions.local_time import local_day
from app.schemas.intake.score import ScoreIn, ScoreOut
from app.schemas.intake.score_json import write_score, writer_of
from app.schemas.moments import read_day
from app.scoring.basis_text import write_bases
from app.scoring.catalogue import Catalogue
from app.scoring.compiled_score import tables_of
from app.scoring.family_sums import index_units, units
from app.scoring.instrument import Instrument
from app.scoring.score import Basis, Score
from app.services.intake.checking import read_body

_TOO_LARGE: Final = 2**63


class FamilyScore(NamedTuple):
    """The score of a family as it is stored, added to the sums of its village, and shown.

    packed: what the family adds to the sums (app/scoring/packing.py)
    text: the JSON of ScoreOut
    """

    outcomes: str
    index_units: int | None
    packed: str
    text: str


def score_family(bases: Sequence[Basis], instrument: Instrument) -> FamilyScore:
    """Scores a family once for everything that is made of its score."""
    tables, writer, outcomes = tables_of(instrument), writer_of(instrument), write_bases(bases, instrument)
    if writer is not None:
        scores = tables.scored(bases)
        return FamilyScore(outcomes, scores[0].units, tables.packed(scores), writer.write(scores))
    score = tables.score(bases)
    shown = ScoreOut.of(score, instrument).model_dump_json()
    return FamilyScore(outcomes, units_of(score, instrument), tables.pack(score), shown)


def units_of(result: Score, instrument: Instrument) -> int | None:
    """Returns the value of the first index as it enters the sums, if it fits its column."""
    value = result.main.value
    found = None if value is None else units(index_units(value, instrument.main))
    return None if found is None or abs(found) >= _TOO_LARGE else found


def score_answers(content: Mapping[str, Any], catalogue: Catalogue) -> str:
    """Returns the JSON of ScoreOut for answers in a body of shape ScoreIn. Raises faults."""
    today = local_day(datetime.now(UTC), COUNTRY)
    shape, published, taken, faults = read_body(content, ScoreIn, catalogue, _day_of(content, today))
    if shape is None or published is None or taken is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return write_score(taken.bases, published.instrument)


def _day_of(content: Mapping[str, Any], today: date) -> date | None:
    """Returns the stated day of the interview, today if none is stated, or None if it cannot be read."""
    stated = content.get("interview")
    return today if stated is None else read_day(stated)
