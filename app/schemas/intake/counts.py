"""Whether a submission counts in the aggregates, and why not."""

from typing import Annotated, Literal

from pydantic import Field

Uncounted = Literal["restricted", "later_interview", "reinterview", "training", "rejected", "after_settlement"]
UncountedReason = Annotated[
    Uncounted | None,
    Field(
        description="Why the submission does not count. `later_interview`: another interview of the family in the same "
        "year, village and instrument was held later and counts instead. `restricted`: the family asked for it. "
        "`reinterview` and `training`: the purpose of the interview. `rejected`: a supervisor rejected it. "
        "`after_settlement`: it arrived after its round was settled, and counts once a supervisor approves it. null if "
        "the submission counts"
    ),
]
Counts = Annotated[bool, Field(description="Whether the aggregates count the submission now. This can change later")]
