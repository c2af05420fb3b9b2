"""Submissions that are held."""

from uuid import UUID

from app.schemas.intake.submission import ReceiptOut
from app.schemas.shapes import Out


class HeldReceiptOut(Out):
    id: UUID
    receipt: ReceiptOut
