"""Scores answers without storing them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from app.problems import Problem, kinds
from app.regions.codes import COUNTRY
from app.regions.local_time import local_day
from app.schemas.intake.score import ScoreIn
from app.schemas.intake.score_json import write_score
from app.schemas.moments import read_day
from app.scoring.catalogue import Catalogue
from app.services.intake.checking import read_body


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
