"""Pure: every error and warning the service returns, with its texts in Indonesian and English.

`problem_texts.py` is the catalogue of problems, which other modules call `kinds`. `fault_texts.py` and `shape_texts.py`
have the texts of faults, `warning_texts.py` those of warnings, and `unready_texts.py` the reasons why the service is
not ready. `wording.py` writes numbers, dates and lists in both languages.
"""

from app.problems import problem_texts as kinds
from app.problems.expected import Expected
from app.problems.faults import (
    FAULT_LIMIT,
    Fault,
    Shape,
    UnknownMembers,
    below,
    fault_in,
    parameter_faults,
    pointer,
    read_shape,
    shaped,
)
from app.problems.language import Language, language_of
from app.problems.problem import Problem, unauthenticated, unavailable
from app.problems.problem_texts import ProblemKind

__all__ = [
    "FAULT_LIMIT",
    "Expected",
    "Fault",
    "Language",
    "Problem",
    "ProblemKind",
    "Shape",
    "UnknownMembers",
    "below",
    "fault_in",
    "kinds",
    "language_of",
    "parameter_faults",
    "pointer",
    "read_shape",
    "shaped",
    "unauthenticated",
    "unavailable",
]
