"""Responses of the health endpoints."""

from typing import Literal

from app.schemas.shapes import Out


class LiveOut(Out):
    status: Literal["live"] = "live"


class ReadyOut(Out):
    status: Literal["ready"] = "ready"
