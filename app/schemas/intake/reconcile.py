"""Requests that ask what became of many submissions, and what the service says of each."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from app.problems.reconcile_texts import ACTION_TEXTS, ActionCode, SentState
from app.schemas.ids import MadeId
from app.schemas.intake.purpose import Purpose
from app.schemas.shapes import In, Out
from app.scoring.parts import Text

MOST_PAIRS: Final = 5000
_HASH: Final = r"^sha-256:[0-9A-Fa-f]{64}$"


class PairIn(In):
    """One interview that a device holds."""

    id: Annotated[MadeId, Field(description="The id under which it was sent, or is to be sent")]
    hash: (
        Annotated[
            str,
            Field(
                description="Its content hash, from the receipt or as the device computes it. Without it, `stored` "
                "only says that your submission is there",
                pattern=_HASH,
                examples=["sha-256:" + "5f" * 32],
            ),
        ]
        | None
    ) = None


class ReconcileIn(In):
    """The interviews that a device holds."""

    items: Annotated[list[PairIn], Field(min_length=1, max_length=MOST_PAIRS)]


class PairsIn(In):
    """The same, whose pairs are checked later, each by itself."""

    items: Annotated[list[Any], Field(min_length=1, max_length=MOST_PAIRS)]


class ReconciledOut(Out):
    """What became of one interview."""

    id: UUID
    state: SentState = Field(
        description="`stored`: you sent it, and it is stored. `missing`: it is not stored. `differs`: you sent other "
        "content under the id, or the service can no longer compare it. `superseded`: you sent it, and it was "
        "corrected later at the family's request. `erased`: it was erased. `not_yours`: another account sent it, "
        "whatever its content. There will be more states: keep the interview at one that you do not know, and show "
        "`action`"
    )
    action: Text = Field(description="What to do next, for the interviewer")
    purpose: Purpose | None = Field(
        description="The purpose for which it is, or was, stored. `training` never counts and is erased after a time. "
        "null for what you did not send"
    )
    revision: int | None = Field(description="The revision that is stored. null for what you did not send")


class StatesOut(Out):
    """How many of the pairs have each state."""

    stored: int
    missing: int
    differs: int
    superseded: int
    erased: int
    not_yours: int


class ReconciliationOut(Out):
    """What became of each interview, in the order of the request."""

    items: list[ReconciledOut]
    counts: StatesOut


ACTIONS: Final[Mapping[ActionCode, Text]] = {
    state: Text(id=texts[0], en=texts[1]) for state, texts in ACTION_TEXTS.items()
}
