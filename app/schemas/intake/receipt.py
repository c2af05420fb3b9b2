"""The request that verifies a receipt, and its response."""

from typing import Annotated

from pydantic import Field

from app.problems.fault_texts import Texts
from app.problems.receipt_texts import (
    GENUINE,
    RECEIPT_FAULT_TEXTS,
    RECEIPT_STATE_TEXTS,
    ReceiptFault,
    ReceiptState,
)
from app.schemas.shapes import In, Out
from app.scoring.parts import Text


class ReceiptIn(In):
    """A receipt to verify."""

    receipt: Annotated[
        str,
        Field(
            description="The text of `receipt.signature`, a JWS. Blanks and line breaks do not count",
            examples=["eyJhbGciOiJFUzI1NiIsImtpZCI6IjNmOWEw….eyJjb2RlIjoiN0tRLVgyTS05UlRW….MEQCIB7x…"],
        ),
    ]


class ReceiptClaimsOut(Out):
    """What a receipt says."""

    iss: str = Field(description="The address of the service that issued it")
    id: str = Field(description="The submission's id")
    revision: int
    region: str
    received_at: str
    code: str = Field(description="The code that a kader can read out")
    held: str | None = Field(
        default=None, description="`conflict` or `faulty` for what is kept apart. null for a stored interview"
    )
    content_hash: str | None = Field(description="null if the device sent no salt, and after a correction")


class VerdictOut(Out):
    """Whether a text is a receipt of this service, and what became of its interview."""

    valid: bool
    reason: ReceiptFault | None = Field(description="Why it is no valid receipt. null for a valid one")
    message: Text = Field(description="The reason or the state in words")
    receipt: ReceiptClaimsOut | None = Field(description="What a valid receipt says")
    state: ReceiptState | None = Field(
        description="`current`: the interview is stored as the receipt says. `superseded`: corrected afterwards. "
        "`erased`: erased afterwards. `missing`: it is not stored. `differs`: it is stored, but not as the "
        "receipt says. Tell the operator of these two. `held`: it is kept apart and "
        "counts nowhere. null for an invalid receipt, and if you may not read the "
        "interview"
    )

    @classmethod
    def refused(cls, reason: ReceiptFault) -> "VerdictOut":
        return cls(valid=False, reason=reason, message=_text(RECEIPT_FAULT_TEXTS[reason]), receipt=None, state=None)

    @classmethod
    def genuine(cls, receipt: ReceiptClaimsOut, state: ReceiptState | None) -> "VerdictOut":
        texts = GENUINE if state is None else RECEIPT_STATE_TEXTS[state]
        return cls(valid=True, reason=None, message=_text(texts), receipt=receipt, state=state)


def _text(texts: Texts) -> Text:
    return Text(id=texts[0], en=texts[1])
