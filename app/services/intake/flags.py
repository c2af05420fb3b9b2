"""Finds stored warnings by SQL, without those that tell of sensitive answers.

A check or question that is sensitive in one version is left out in all, because a statement reads several versions.
"""

from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, case, func
from sqlmodel import col

from app.access import Caller
from app.models import Submission
from app.platform.database import inside
from app.problems.stored_warnings import pattern_of_forms
from app.schemas.intake.submission import tells_sensitive
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument

SHOWN: Final = """
CASE WHEN submission.warnings = '' OR submission.region ^@ ANY (:sensitive_area::text::text[]) THEN submission.warnings
ELSE regexp_replace(submission.warnings, :hidden::text, '', 'g') END
"""
"""Statement part: the warnings of a submission that a reader may see who holds the sensitive scope in an area."""


def hidden_warnings(catalogue: Catalogue) -> str:
    """Returns the regular expression of stored warnings that tell of sensitive answers."""
    forms = {form for each in catalogue for form in _sensitive(each.instrument)}
    return pattern_of_forms(sorted(forms))


def shown_warnings(caller: Caller, hidden: str) -> ColumnElement[str]:
    """Returns what `SHOWN` says, in the other form. `hidden` is of `hidden_warnings`."""
    sensitive = inside(col(Submission.region), caller.areas.get("submissions:sensitive", ()))
    return case((sensitive, col(Submission.warnings)), else_=func.regexp_replace(Submission.warnings, hidden, "", "g"))


@lru_cache(maxsize=256)
def _sensitive(instrument: Instrument) -> tuple[str, ...]:
    forms = [f"implausible {each.code}" for each in instrument.checks]
    forms += [each.code for each in instrument.asking_again]
    return tuple(each for each in forms if tells_sensitive(each, instrument))
