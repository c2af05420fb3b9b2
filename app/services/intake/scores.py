"""Scores answers without storing them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.problems import Problem, kinds
from app.regions.codes import COUNTRY
from app.regions.local_time import local_day
from app.schemas.intake.score import ScoreIn, ScoreOut
from app.scoring.catalogue import Catalogue
from app.scoring.score import score
from app.services.intake.checking import read_body


def score_answers(content: Mapping[str, Any], catalogue: Catalogue) -> ScoreOut:
    """Returns the score of answers in a body of shape ScoreIn. Raises faults."""
    today = local_day(datetime.now(UTC), COUNTRY)
    shape, published, _, faults = read_body(content, ScoreIn, catalogue, today)
    if shape is None or published is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    day = shape.interview or local_day(datetime.now(UTC), COUNTRY)
    return ScoreOut.of(score(shape.answers, published.definition, day), published.definition)
