"""Instruments on the wire."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.schemas.shapes import Localized, Out, Status


class InstrumentOut(Out):
    """One released instrument; its file is frozen, `digest` says which bytes."""

    code: str
    version: str
    status: Status = Field(description="provisional: not an official list, weights or thresholds")
    title: Localized
    valid_from: date
    digest: str
    published_at: datetime
    dimensions: int
    indicators: int
    questions: int


class InstrumentWholeOut(InstrumentOut):
    """The instrument with all that is in its file: questions, indicators, conditions, weights, sources."""

    content: dict[str, Any]
