"""The states of a submission's review, and which may follow which."""

from collections.abc import Mapping
from typing import Final, Literal

ReviewState = Literal["in_review", "approved", "returned", "rejected"]
"""The states that are stored. Without one a submission is accepted."""
ReviewStatus = Literal["accepted", "in_review", "approved", "returned", "rejected"]
MOVES: Final[Mapping[ReviewStatus, frozenset[ReviewState]]] = {
    "accepted": frozenset(("in_review",)),
    "in_review": frozenset(("approved", "returned", "rejected")),
    "approved": frozenset(("in_review",)),
    "returned": frozenset(("in_review",)),
    "rejected": frozenset(("in_review",)),
}
"""By state, those to which a supervisor may move a submission. A correction moves it to accepted from every state."""
