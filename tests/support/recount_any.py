"""Counts the figures of a region again from its families, in plain Python, for instruments of every method."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from app.scoring.instrument import Complete, Index
from app.scoring.score import IndexScore

Number = Fraction | None
_SCALED = ("mean", "geometric-mean", "counting")


def recount_index(scores: Sequence[IndexScore], index: Index) -> dict[str, Any]:
    """The exact figures of one index from the scores of all families, by the names of `IndexFigures`."""
    return _Recount(scores, index).figures()


class _Recount:
    def __init__(self, scores: Sequence[IndexScore], index: Index) -> None:
        self.scores, self.index, self.rule = scores, index, index.region
        self.scored = [each for each in scores if each.state == "scored"]
        self.concerned = [each for each in scores if each.basis.applies is True]

    def counts_for(self, each: IndexScore) -> Number:
        return each.basis.measure if self.rule.weigh_by is not None else Fraction(1)

    def ratio(
        self,
        families: Sequence[IndexScore],
        a: Callable[[IndexScore], Any],
        b: Callable[[IndexScore], Any] = lambda _: 1,
    ) -> Number:
        """Σ f·a ÷ Σ f·b, of the families whose f is known."""
        known = [(f, each) for each in families if (f := self.counts_for(each)) is not None]
        base = sum((f * b(each) for f, each in known), Fraction(0))
        return sum((f * a(each) for f, each in known), Fraction(0)) / base if base else None

    def figures(self) -> dict[str, Any]:
        index, absent = self.index, self.absent()
        none = absent is not None
        shares = [None if none else self.share(at) for at in range(len(index.indicators))]
        groups = [self.group(at, shares, none=none) for at in range(len(index.groups))]
        found: dict[str, Any] = {
            "families": {state: sum(each.state == state for each in self.scores)
                         for state in ("scored", "incomplete", "undefined", "not_applicable")},
            "absent": absent,
            "categories": [sum(each.category == at for each in self.scored) for at in range(len(index.categories))],
            "shares": [None if none else self.of_category((at,)) for at in range(len(index.categories))],
            "mean": None if none or index.method in ("stages", "rule") else self.ratio(self.scored, lambda s: s.value),
            "of_indicators": None if none else self.of_indicators(shares, groups),
            "groups": groups,
            "indicators": [self.indicator(at, shares[at], none=none) for at in range(len(index.indicators))],
            "headcount": None,
            "adjusted": None,
            "intensity": None,
        }  # fmt: skip
        if index.method == "counting" and not none:
            scale = self.rule.scale

            def c(each: IndexScore) -> Fraction:
                """The share of deprivations."""
                return (each.value or Fraction(0)) / index.scale

            found["headcount"] = times(self.ratio(self.scored, lambda s: bool(s.poor)), scale)
            found["adjusted"] = times(self.ratio(self.scored, lambda s: c(s) * bool(s.poor)), scale)
            found["intensity"] = times(
                self.ratio(self.scored, lambda s: c(s) * bool(s.poor), lambda s: bool(s.poor)), scale
            )
        found["headline"] = self.headline(found)
        band = next(
            (each for each in self.rule.categories if found["headline"] is not None and each.takes(found["headline"])),
            None,
        )
        found["category"] = None if band is None else band.code
        return found

    def absent(self) -> str | None:
        rule = self.rule
        if self.scores and len(self.scored) < rule.minimum_families and rule.minimum_families > 1:
            return "few_families"
        concerned = [each for each in self.scores if each.state != "not_applicable"]
        if rule.minimum_coverage is not None and len(self.scored) < rule.minimum_coverage * len(concerned):
            return "low_coverage"
        return None

    def of_category(self, positions: Sequence[int]) -> Number:
        return times(self.ratio(self.scored, lambda s: s.category in positions), Fraction(100))

    def headline(self, found: dict[str, Any]) -> Number:
        rule, index = self.rule, self.index
        if rule.headline is None or found["absent"] is not None:
            return None
        if rule.headline == "share":
            return times(self.of_category(rule.share_of), rule.scale / 100)
        value: Number = found[rule.headline]
        scaled = rule.headline in ("mean", "of_indicators") and index.method in _SCALED
        return times(value, rule.scale / index.scale) if scaled else value

    def group(self, at: int, shares: Sequence[Number], *, none: bool) -> dict[str, Any]:
        there = [each for each in self.concerned if each.groups[at].value is not None]
        mean = None if none else self.ratio(there, lambda s: s.groups[at].value)
        of_shares = None if none or not there or self.index.method not in _BY_SHARES else self.node(at, shares)
        scale = self.index.scale if self.index.method in _SCALED else Fraction(1)
        return {"families": len(there), "mean": mean, "of_indicators": times(of_shares, scale)}

    def share(self, at: int) -> Number:
        """Mean value of an indicator from 0 to 1."""
        points = self.index.indicators[at].points

        def value(each: IndexScore) -> Fraction:
            letter = each.basis.outcomes[at]
            if letter != "V" or points is None:
                return Fraction(letter == "F")
            return ((each.basis.points[at] or Fraction(0)) - points.least) / (points.most - points.least)

        return self.ratio([each for each in self.concerned if each.basis.outcomes[at] in "FUV"], value)

    def indicator(self, at: int, share: Number, *, none: bool) -> dict[str, Any]:
        letters, points = Counter(each.basis.outcomes[at] for each in self.concerned), self.index.indicators[at].points
        weak = self.rule.weak
        found: dict[str, Any] = {
            "share": times(share, Fraction(100)),
            "fulfilled": letters["F"],
            "unfulfilled": letters["U"],
            "missing": letters["M"],
            "valued": letters["V"],
            "weak": weak is not None and share is not None and share * 100 < weak.below,
            "points": None if points is None or share is None else points.least + share * (points.most - points.least),
            "censored": None,
            "part": None,
        }
        if self.index.method == "counting" and not none and self.scored:
            scale = self.rule.scale
            found["censored"] = times(self.ratio(self.scored, lambda s: s.poor and s.basis.outcomes[at] == "U"), scale)
            part = lambda s: s.poor and ((s.parts or ())[at] or 0) / self.index.scale  # noqa: E731
            found["part"] = times(self.ratio(self.scored, part), scale)
        return found

    def of_indicators(self, shares: Sequence[Number], groups: Sequence[dict[str, Any]]) -> Number:
        index = self.index
        if index.method not in _BY_SHARES or not self.scored or not self.enough(index.complete, None, shares):
            return None
        if index.method == "points-sum" and None in shares:
            return None
        return times(self.node(None, shares), index.scale if index.method in _SCALED else Fraction(1))

    def below(self, group: int | None) -> list[int]:
        """Positions of the indicators in a group and in the groups below it."""
        index = self.index
        found = [at for at, each in enumerate(index.indicators) if each.group == group]
        for at, each in enumerate(index.groups):
            if each.parent == group:
                found += self.below(at)
        return found

    def enough(self, complete: Complete, group: int | None, shares: Sequence[Number]) -> bool:
        """Whether the shares are complete. An indicator that nobody has a share of is missing if anybody missed it."""
        unanswered = [at for at in self.below(group) if shares[at] is None]
        missing = sum(any(each.basis.outcomes[at] == "M" for each in self.concerned) for at in unanswered)
        answered = len(self.below(group)) - len(unanswered)
        return (
            answered >= (complete.minimum_answered or 1)
            and answered >= (complete.minimum_share or 0) * (answered + missing)
            and (complete.maximum_missing is None or missing <= complete.maximum_missing)
        )

    def node(self, group: int | None, shares: Sequence[Number]) -> Number:
        """The value of a group or of the index from the region's shares. A group that no family has does not count."""
        index = self.index
        children: list[tuple[Fraction, Fraction]] = []
        for at, each in enumerate(index.groups):
            if each.parent == group and any(one.groups[at].value is not None for one in self.concerned):
                value = self.node(at, shares)
                if value is not None and self.enough(each.complete, at, shares):
                    children.append((value, each.weight))
        for at, indicator in enumerate(index.indicators):
            share = shares[at]
            if indicator.group == group and share is not None:
                children.append((self.value_of(at, share), indicator.weight))
        combine = index.combine if group is None else index.groups[group].combine
        if group is not None and not self.enough(index.groups[group].complete, group, shares):
            return None
        if not children:
            return None
        if index.method == "points-sum":
            whole = None not in [shares[at] for at in self.below(group)]
            return sum((value * weight for value, weight in children), Fraction(0)) if whole else None
        if combine == "minimum":
            return min(value for value, _ in children)
        if combine == "maximum":
            return max(value for value, _ in children)
        total = sum((weight for _, weight in children), Fraction(0))
        return sum((value * weight for value, weight in children), Fraction(0)) / total

    def value_of(self, at: int, share: Fraction) -> Fraction:
        points = self.index.indicators[at].points
        if self.index.method == "points-sum" and points is not None:
            return points.least + share * (points.most - points.least)
        return 1 - share if self.index.method == "counting" else share


_BY_SHARES = ("mean", "counting", "points-sum")


def times(value: Number, scale: Fraction) -> Number:
    return None if value is None else value * scale
