"""Reads indices with their groups, indicators and categories. An entry that names no index belongs to every one."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from app.scoring.conditions import Condition
from app.scoring.instrument import Group, Index, Indicator, Points, Question
from app.scoring.reading.categories import categories_of, region_rule
from app.scoring.reading.conditions import ConditionReader
from app.scoring.reading.groups import Claims, check_tree, complete_of, group_of
from app.scoring.reading.members import Members
from app.scoring.reading.methods import METHODS, MethodRule
from app.scoring.reading.places import Path
from app.scoring.reading.points import NO_POINTS, PointsReader
from app.scoring.reading.terms import Scope
from app.scoring.reading.written import Entry, about_of, code_of, refuse

_RULES: Final = ("fulfilled_when", "deprived_when", "points")


class IndexReader:
    def __init__(self, reader: ConditionReader, claims: Claims, questions: Mapping[str, Question]) -> None:
        self.reader, self.claims = reader, claims
        self.points = PointsReader(reader, questions)
        # An entry of several indices is read once.
        self._conditions: dict[Path, Condition] = {}
        self._points: dict[Path, Points] = {}

    def index(self, entry: Entry, members: Members) -> Index:
        method = entry.one_of("method", tuple(METHODS), needed=True)
        rule = METHODS.get(method)
        if rule is not None:
            refuse(entry, rule.index, method)
        groups = tuple(group_of(each, members, rule, method, self.claims) for each in members.groups)
        indicators = tuple(self._indicator(each, members, rule, method) for each in members.indicators)
        scale = entry.positive("scale", Fraction(100))
        check_tree(entry, members, groups, indicators, method)
        reach = None if entry.at("scale") in entry.written.faulty else (Fraction(0), scale)
        if method == "points-sum":
            reach = None if members.unsure else _reach(groups, indicators)
        categories = categories_of(members, method, reach, self._condition, self.claims)
        decimals = entry.whole("decimals", 0, 6, 0 if method in ("stages", "rule") else 2)
        return Index(
            code=code_of(entry),
            name=entry.texts("name"),
            method=method or "mean",
            combine=entry.one_of("combine", ("mean", "minimum", "maximum"), "mean"),
            scale=scale,
            decimals=2 if decimals is None else decimals,
            direction=entry.one_of("direction", ("up", "down"), "up"),
            complete=complete_of(entry, members),
            region=region_rule(entry, method, scale, reach, members, categories, self.reader, self.claims),
            groups=groups,
            indicators=indicators,
            categories=categories,
            applies_when=self._condition(entry, "applies_when"),
            only=self._only(entry),
            cut_off=self._cut_off(entry, method),
            about=about_of(entry),
        )

    def stray(self, members: Members) -> None:
        """Reads entries that name no index there is, for what is wrong with them beside that."""
        for each in members.groups:
            group_of(each, members, None, None, self.claims)
        for each in members.indicators:
            self._indicator(each, members, None, None)
        categories_of(members, None, None, self._condition, self.claims)

    def _condition(self, entry: Entry, key: str) -> Condition | None:
        if key not in entry:
            return None
        path = entry.at(key)
        if path not in self._conditions:
            self._conditions[path] = self.reader.condition(entry.table[key], path, Scope())
        return self._conditions[path]

    def _cut_off(self, entry: Entry, method: str | None) -> Fraction | None:
        if method == "counting" and "cut_off" not in entry:
            entry.fault("method_needs", entry.path, method=method, name="cut_off")
        return entry.share("cut_off") if method == "counting" else None

    def _only(self, entry: Entry) -> dict[str, Condition]:
        raw = entry.table.get("only")
        table = None if raw is None else entry.written.table(raw, entry.at("only"))
        found = {}
        for code, written in (table or {}).items():
            path = entry.at("only", code)
            roster = self.reader.roster_code(code, path)
            self.reader.over = set()
            found[code] = self.reader.condition(written, path, Scope(roster))
            if self.reader.over:
                entry.fault("only_reads_rows", path, roster=code)
        return found

    def _indicator(self, entry: Entry, context: Members, rule: MethodRule | None, method: str | None) -> Indicator:
        if rule is not None:
            refuse(entry, rule.indicator, method or "")
        status, sources = self.claims.of(entry)
        points = self._rule_of(entry, rule, method)
        if (
            "reverse" in entry
            and any(key in entry for key in _RULES[:2])
            and "points" not in entry
            and not (rule is not None and "reverse" in rule.indicator)
        ):
            entry.fault("needs_key", entry.at("reverse"), key=True, name="reverse", other="points")
        return Indicator(
            code=code_of(entry),
            name=entry.texts("name"),
            group=context.position(entry, "group", "group"),
            weight=entry.positive("weight", Fraction(1)),
            status=status,
            sources=sources,
            note=entry.text("note"),
            about=about_of(entry),
            applies_when=self._condition(entry, "applies_when"),
            fulfilled_when=self._condition(entry, "fulfilled_when"),
            deprived_when=self._condition(entry, "deprived_when"),
            points=points,
            reverse=entry.flag("reverse"),
            sensitive=entry.flag("sensitive"),
        )

    def _rule_of(self, entry: Entry, rule: MethodRule | None, method: str | None) -> Points | None:
        refused = rule.indicator if rule is not None else ()
        there = [key for key in _RULES if key in entry and key not in refused]
        if len(there) > 1:
            entry.fault("one_of_too_many", entry.at(there[1]), key=True, keys=", ".join(there))
        elif not any(key in entry for key in _RULES):
            allowed = [key for key in _RULES if key not in refused]
            entry.fault("indicator_without_rule", entry.path, keys=", ".join(allowed))
        if "points" not in entry:
            return None
        if entry.path not in self._points:
            inner = entry.inner("points", "points")
            self._points[entry.path] = NO_POINTS if inner is None else self.points.points(inner)
        return self._points[entry.path]


def _reach(groups: Sequence[Group], indicators: Sequence[Indicator]) -> tuple[Fraction, Fraction] | None:
    """The least and most of a sum of points, with the weights of the groups above. None if it cannot be known."""
    low = high = Fraction(0)
    for each in indicators:
        if each.points is None or each.points is NO_POINTS:
            return None
        weight, parent, steps = each.weight, each.group, 0
        while parent is not None and steps < len(groups):
            weight, parent, steps = weight * groups[parent].weight, groups[parent].parent, steps + 1
        low, high = low + weight * each.points.least, high + weight * each.points.most
    return low, high
