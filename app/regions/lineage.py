"""Follows a region code through splits, merges and new codes, forwards to successors or back to predecessors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

LineageKind = Literal["split", "merge", "recode", "rename"]


@dataclass(frozen=True, slots=True)
class Change:
    """From `day` on, the region `old` or a part of it goes on as `new`. The codes are equal if it keeps its code."""

    day: date
    old: str
    new: str
    kind: LineageKind


def successors_on(code: str, ended: date, day: date, changes: Iterable[Change]) -> set[str]:
    """Codes to which the area of a region that ended had passed by `day`, after every change in between.

    ended: its last day in force. Whoever follows further asks which of the codes are in force.
    """
    by_old: dict[str, list[Change]] = {}
    for each in sorted(changes, key=lambda each: each.day):
        if ended < each.day <= day:
            by_old.setdefault(each.old, []).append(each)
    return _follow(code, by_old, forwards=True)


def predecessors_on(code: str, begins: date, day: date, changes: Iterable[Change]) -> set[str]:
    """Codes that held the area of a later region on `day`, back through every change in between.

    begins: its first day in force.
    """
    by_new: dict[str, list[Change]] = {}
    for each in sorted(changes, key=lambda each: each.day, reverse=True):
        if day < each.day <= begins:
            by_new.setdefault(each.new, []).append(each)
    return _follow(code, by_new, forwards=False)


def _follow(code: str, changes: Mapping[str, Sequence[Change]], *, forwards: bool) -> set[str]:
    """The ends of all ways from a code. Each step is later than the one before it, or earlier if not `forwards`."""
    ends: set[str] = set()
    seen: set[tuple[str, date | None]] = set()
    waiting: list[tuple[str, date | None]] = [(code, None)]
    while waiting:
        at, since = step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        onward = [each for each in changes.get(at, ()) if since is None or _lies_beyond(each.day, since, forwards)]
        if not onward:
            ends.add(at)
        for each in onward:
            if each.day == onward[0].day:
                waiting.append((each.new if forwards else each.old, each.day))
    return ends - {code}


def _lies_beyond(day: date, since: date, forwards: bool) -> bool:
    return day > since if forwards else day < since
