"""What is held, and what becomes of it."""

from typing import Literal

HeldKind = Literal["conflict", "faulty"]
HeldStatus = Literal["open", "chosen", "dismissed", "repaired"]
