"""Pure: every error and warning the service returns, with its texts in Indonesian and English.

`kinds.py` is the catalogue of problems, `fault_texts.py` the texts of faults, `warning_texts.py` those of warnings.
"""

from app.problems import kinds
from app.problems.faults import Fault, Shape, pointer, read_shape, shape_faults
from app.problems.kinds import ProblemKind
from app.problems.language import Language, language_of
from app.problems.problem import FAULT_LIMIT, Problem, unauthenticated

__all__ = [
    "FAULT_LIMIT",
    "Fault",
    "Language",
    "Problem",
    "ProblemKind",
    "Shape",
    "kinds",
    "language_of",
    "pointer",
    "read_shape",
    "shape_faults",
    "unauthenticated",
]
