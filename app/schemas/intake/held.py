"""Submissions that are held."""

from typing import Literal
from uuid import UUID

from app.schemas.intake.submission import ReceiptOut
from app.schemas.shapes import Out

HeldKind = Literal["conflict", "faulty"]
HeldStatus = Literal["open", "chosen", "dismissed", "repaired"]


class HeldReceiptOut(Out):
    """What is kept apart until a supervisor decides, with a receipt of its own."""

    id: UUID
    kind: HeldKind
    receipt: ReceiptOut
