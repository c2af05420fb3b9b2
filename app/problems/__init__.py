"""Pure: every error and warning the service returns, with its texts in Indonesian and English.

`problem_texts.py` is the catalogue of problems, which other modules call `kinds`. `fault_texts.py` has the texts of
faults, `warning_texts.py` the texts of warnings, and `unready_texts.py` the reasons why the service is not ready.
"""

from app.problems import problem_texts as kinds
from app.problems.faults import FAULT_LIMIT, Fault, Shape, UnknownMembers, pointer, read_shape, shape_faults
from app.problems.language import Language, language_of
from app.problems.problem import Problem, unauthenticated, unavailable
from app.problems.problem_texts import ProblemKind

__all__ = [
    "FAULT_LIMIT",
    "Fault",
    "Language",
    "Problem",
    "ProblemKind",
    "Shape",
    "UnknownMembers",
    "kinds",
    "language_of",
    "pointer",
    "read_shape",
    "shape_faults",
    "unauthenticated",
    "unavailable",
]
