"""Submissions that are held."""

from uuid import UUID

from app.schemas.intake.submission import ReceiptOut
from app.schemas.kept_kinds import HeldKind, HeldStatus
from app.schemas.shapes import Out

__all__ = ["HeldKind", "HeldReceiptOut", "HeldStatus"]


class HeldReceiptOut(Out):
    """What is kept apart until a supervisor decides, with a receipt of its own."""

    id: UUID
    kind: HeldKind
    receipt: ReceiptOut
