"""Stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GroupCounts:
    families: int
    answered: tuple[int, ...]
    unfulfilled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    breakdown: str
    indicator: int
    level: str
    area: str
    members: tuple[str, ...]
    groups: Mapping[str, Any]

    def to_values(self) -> Any: ...
    @classmethod
    def from_values(cls, *a: Any, **k: Any) -> "Unit": ...


def make_units(*a: Any, **k: Any) -> tuple[Unit, ...]:
    return ()
