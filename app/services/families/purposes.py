"""Reads bodies that state a purpose. The audit log keeps the purpose for good."""

from collections.abc import Mapping
from typing import Any, TypeVar

from app.identity.numbers import holds_number
from app.problems import Fault, read_shape
from app.schemas.families.family import FamilySearchIn, IdentificationIn

Shape = TypeVar("Shape", FamilySearchIn, IdentificationIn)


def read_with_purpose(content: Mapping[str, Any], shape: type[Shape]) -> tuple[Shape | None, list[Fault]]:
    """Returns the body in its shape, and its faults. A card number or a NIK in the purpose is a fault."""
    body, faults = read_shape(shape, content)
    purpose = content.get("purpose")
    if isinstance(purpose, str) and holds_number(purpose):
        faults.append(Fault("looks_like_nik", pointer="/purpose"))
    return body, faults
