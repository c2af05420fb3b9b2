"""Why a submission is corrected, as whoever corrects it states it."""

from typing import Annotated

from pydantic import Field

from app.schemas.intake.correction_reasons import CorrectionReason
from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In


class WhyCorrectedIn(In):
    """Why what is stored is replaced."""

    reason: Annotated[CorrectionReason, Field(examples=["typing_error"])]
    note: (
        Annotated[
            str,
            Line(500),
            WITHOUT_NUMBER,
            Field(
                description="In words. It is stored encrypted, and must not hold a NIK or a card number",
                examples=["Ibu menyebut sumber air yang lain ketika saya kembali"],
            ),
        ]
        | None
    ) = None
