"""Responses with instruments, whole and in short."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.schemas.shapes import Out
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text


class InstrumentOut(Out):
    """One released instrument. Its file does not change, and `digest` is the hash of its bytes."""

    code: str
    version: str
    status: Status = Field(description="`provisional` means that the list, weights or thresholds are not official")
    title: Text
    valid_from: date
    digest: str
    published_at: datetime
    dimensions: int
    indicators: int
    questions: int

    @classmethod
    def of(cls, instrument: Instrument, published_at: datetime) -> "InstrumentOut":
        return InstrumentOut(
            code=instrument.code,
            version=instrument.version,
            status=instrument.status,
            title=instrument.title,
            valid_from=instrument.valid_from,
            digest=instrument.digest,
            published_at=published_at,
            dimensions=len(instrument.dimension),
            indicators=len(instrument.indicator),
            questions=len(instrument.question),
        )


class InstrumentWholeOut(InstrumentOut):
    """The instrument with everything in its file, such as questions, indicators, conditions, weights and sources."""

    content: dict[str, Any]
