"""Reads the groups of an index, what makes them complete, and who stands behind an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Final

from app.scoring.instrument import Complete, Group, Indicator
from app.scoring.parts import Status
from app.scoring.reading.members import MOST_LEVELS, Members
from app.scoring.reading.methods import MethodRule
from app.scoring.reading.written import Entry, code_of, refuse

MOST_WHOLE_WEIGHT: Final = 10_000
TRUST: Final[tuple[Status, ...]] = ("official", "literature", "provisional")


@dataclass(slots=True)
class Claims:
    """The file's own status and sources, and the weakest status of its entries.

    known: the sources that there are
    """

    status: Status | None
    sources: tuple[str, ...]
    known: tuple[str, ...]
    weakest: Status = "official"

    def of(self, entry: Entry) -> tuple[Status, tuple[str, ...]]:
        status: Status = entry.one_of("status", TRUST) or self.status or "provisional"
        if "status" in entry and TRUST.index(status) > TRUST.index(self.weakest):
            self.weakest = status
        if "sources" not in entry:
            return status, self.sources
        named = entry.texts_in("sources", empty=True)
        return status, tuple(code for code, path in named if entry.is_known(code, path, "source", self.known))


def group_of(entry: Entry, members: Members, rule: MethodRule | None, method: str | None, claims: Claims) -> Group:
    if rule is not None:
        refuse(entry, rule.group, method or "")
    status, sources = claims.of(entry)
    return Group(
        code=code_of(entry),
        name=entry.texts("name"),
        parent=members.position(entry, "parent", "group"),
        weight=entry.positive("weight", Fraction(1)),
        combine=entry.one_of("combine", ("mean", "minimum", "maximum"), "mean"),
        complete=complete_of(entry, members),
        status=status,
        sources=sources,
    )


def complete_of(entry: Entry, members: Members) -> Complete:
    """What must be answered for a value of an index, or of a group, which needs one answer at least."""
    inner = entry.inner("complete", "complete")
    of_group = entry.kind == "group"
    if inner is None:
        return Complete(minimum_answered=1) if of_group else Complete()
    indicators, groups = members.below[code_of(entry)] if of_group else (len(members.indicators), len(members.groups))
    if members.lost or not members.indicators:
        indicators = groups = 10**6
    answered = inner.whole("minimum_answered", 1, 10**6, 1 if of_group else None)
    missing = inner.whole("maximum_missing", 0, 10**6)
    if answered is not None and "minimum_answered" in inner and answered > indicators:
        inner.fault("complete_beyond", inner.at("minimum_answered"), most=indicators)
    if missing is not None and missing > 0 and missing >= indicators:
        inner.fault("complete_beyond", inner.at("maximum_missing"), most=max(indicators - 1, 0))
    every_group = inner.flag("every_group")
    if every_group and not groups:
        inner.fault("complete_no_groups", inner.at("every_group"))
    required = [members.find(inner, code, path, "indicator") for code, path in inner.texts_in("required", empty=True)]
    positions = tuple(each for each in required if each is not None)
    return Complete(answered, inner.share("minimum_share"), missing, positions, every_group)


def check_tree(
    entry: Entry, members: Members, groups: Sequence[Group], indicators: Sequence[Indicator], method: str | None
) -> None:
    """Says where groups are empty, circular or too deep, and what the method needs of them."""
    used = {each.group for each in indicators} | {each.parent for each in groups}
    without = [each for each in members.indicators if method == "stages" and "group" not in each]
    for entry_without in without:
        entry_without.fault("needs_group", entry_without.path, method=method)
    for position, each in enumerate(members.groups):
        way, circle = _way_up(position, groups)
        if circle and position == min(circle):
            each.fault("group_circular", each.at("parent"), code=code_of(each))
        elif not circle and len(way) > MOST_LEVELS:
            each.fault("group_deep", each.at("parent"), code=code_of(each), most=MOST_LEVELS)
        if position not in used and not members.lost and not without:
            each.fault("group_empty", each.path, code=code_of(each))
    if not indicators and method not in ("rule", None) and not members.unsure:
        entry.fault("index_empty", entry.path)
    if method == "stages" and not groups and not members.unsure:
        entry.fault("method_needs", entry.path, method=method, name="group")
    if method == "geometric-mean":
        _check_whole_weights(entry, groups, indicators)


def _way_up(position: int, groups: Sequence[Group]) -> tuple[list[int], list[int]]:
    """A group and those above it, and which of them are above themselves."""
    way: list[int] = []
    at: int | None = position
    while at is not None:
        if at in way:
            return way, way[way.index(at) :]
        way.append(at)
        at = groups[at].parent
    return way, []


def _check_whole_weights(entry: Entry, groups: Sequence[Group], indicators: Sequence[Indicator]) -> None:
    """The geometric mean is exact with whole weights whose sum is not too large."""
    weights = [each.weight for each in groups if each.parent is None]
    weights += [each.weight for each in indicators if each.group is None]
    scale = lcm(*(each.denominator for each in weights))
    whole = [int(each * scale) for each in weights]
    if whole and sum(whole) // gcd(*whole) > MOST_WHOLE_WEIGHT:
        entry.fault("weights_large", entry.path, most=MOST_WHOLE_WEIGHT)
