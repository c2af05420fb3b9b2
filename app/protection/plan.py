"""What is released of an instrument, to which bases it is rounded, and the digest that each rule has.

The same rule has the same digest in every instrument. Secrets hang on it, so two instruments that count the same
families by the same rule show the same number.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, Final

from app.protection.parameters import Parameters
from app.scoring.conditions import All, AnyOf, Asked, Condition, Not, names_in
from app.scoring.instrument import Index, Indicator, Instrument
from app.scoring.notation import write_condition, write_formula, write_points

FEWEST_OF_MEAN: Final = 20
"""The mean of families is one equation in so many unknown counts that it tells nothing of a single one."""
_STEPS_OF_MEAN: Final = 1000
_WITH_MEAN: Final = frozenset(("mean", "geometric-mean", "points-sum"))
_BY_STATE: Final = frozenset(("stages", "rule"))


@dataclass(frozen=True, slots=True)
class IndicatorPlan:
    """rule, applies: digests. base: of its counts; applies_base: of the families it does not apply to

    everywhere: it applies to every family, so that their number is 0 and no secret; applies_base is 1 then
    by_index: it applies wherever its index does
    sensitive: whether it has the base of sensitive counts
    """

    code: str
    rule: str
    applies: str
    base: int
    applies_base: int
    everywhere: bool
    by_index: bool
    valued: bool
    sensitive: bool

    @property
    def most_below(self) -> int:
        """By so much the answered families can be fewer than the protected number says, or more."""
        return self.base - 1 + self.applies_base - 1

    @property
    def fewest(self) -> int:
        """The fewest protected answered families with which an indicator enters. At least 2 · base + 1 answered."""
        return 3 * self.base + self.applies_base - 1


Level = tuple[float, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, slots=True)
class MeanPlan:
    """step: the unit of a released mean. effect: by so much `base − 1` families can move the sum of the values.

    weights: by indicator, what a family to which all apply loses if it does not fulfil it. Empty where not known
    is_linear: whether a family that fulfils an indicator also has at least its weight
    parts: by group and indicator, the positions of the indicators that it is made of
    levels: by indicator, from its group up to the index, the weight of all that stands there and of what stands beside
        it, as positions in parts and weights. An indicator costs more where one of these is undefined
    """

    step: Fraction
    effect: Fraction
    weights: tuple[float, ...]
    is_linear: bool
    parts: tuple[tuple[int, ...], ...]
    levels: tuple[tuple["Level", ...], ...]


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """secret: digest that the offset of its counts hangs on. cells: how many counts it has (see `exact.py`).

    The digest is another one in each instrument. Two instruments may count nearly the same families, and both tell
    their categories. One secret for both would tell of those who are in one only.
    """

    index: Index
    secret: str
    base: int
    indicators: tuple[IndicatorPlan, ...]
    mean: MeanPlan | None
    poor: bool
    knows_states: bool

    @property
    def cells(self) -> int:
        return len(self.index.categories) + 4

    def scored(self, counts: Sequence[int]) -> int:
        """The families with a value, of the counts of an index."""
        return sum(counts[: len(self.index.categories) + 1])

    @property
    def length(self) -> int:
        """How many whole numbers it is stored as: by indicator, counts, the poor, and the mean."""
        return 3 * len(self.indicators) + self.cells + 2 + 2


@dataclass(frozen=True, eq=False)
class Plan:
    """What is released of each index of an instrument."""

    indices: tuple[IndexPlan, ...]

    @classmethod
    def of(cls, instrument: Instrument, parameters: Parameters | None = None) -> "Plan":
        """Made once for an instrument. parameters: those of the instrument unless a test lowers them"""
        return _plan(instrument, parameters or Parameters.of(instrument))

    @property
    def main(self) -> IndexPlan:
        return self.indices[0]

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where each index begins in what a village is stored as, and where the last one ends."""
        return list(accumulate((each.length for each in self.indices), initial=1))

    @property
    def length(self) -> int:
        """How many whole numbers a village is stored as."""
        return self.starts[-1]

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Positions of the main index's indicators by code."""
        return {each.code: at for at, each in enumerate(self.main.indicators)}


@lru_cache(maxsize=256)
def _plan(instrument: Instrument, parameters: Parameters) -> Plan:
    return Plan(tuple(_index_plan(each, instrument, parameters) for each in instrument.indices))


def _index_plan(index: Index, instrument: Instrument, parameters: Parameters) -> IndexPlan:
    hidden = index.reveals or (index.method in _BY_STATE and bool(index.sensitive))
    base = parameters.sensitive_base if hidden else parameters.base
    indicators = tuple(
        _indicator_plan(
            each, parameters.sensitive_base if at in index.sensitive else base, index, instrument, parameters
        )
        for at, each in enumerate(index.indicators)
    )
    weighed = index.region.weigh_by is not None
    return IndexPlan(
        index,
        _digest((instrument.code, _index_rule(index, instrument))),
        base,
        indicators,
        _mean_plan(index, indicators) if not weighed and len(indicators) >= FEWEST_OF_MEAN else None,
        index.method == "counting" and not weighed,
        instrument.format > 1,
    )


def _indicator_plan(
    indicator: Indicator, base: int, index: Index, instrument: Instrument, parameters: Parameters
) -> IndicatorPlan:
    """base: of its own counts, unless whether it applies tells more"""
    conditions = tuple(resolve(each, instrument) for each in (index.applies_when, indicator.applies_when))
    told = bool(instrument.questions_read(*conditions) & instrument.sensitive_questions)
    everywhere = conditions == (None, None)
    by_index = conditions[0] is not None and conditions[1] is None
    applies_base = 1 if everywhere else parameters.sensitive_base if told else parameters.base
    applies = _written(conditions, index, instrument)
    return IndicatorPlan(
        indicator.code,
        _digest((applies, _rule(indicator), _written(_read(indicator), index, instrument))),
        _digest(applies),
        max(base, applies_base),
        # Rounded with the counts of the index, whose last step is up to twice as wide.
        2 * max(base, applies_base) if by_index else applies_base,
        everywhere,
        by_index,
        indicator.points is not None,
        max(base, applies_base) > parameters.base,
    )


def resolve(condition: Condition | None, instrument: Instrument) -> Condition | None:
    """A condition with what decides whether a question is asked in place of the question. None if it always holds.

    Otherwise indicators of several questions that the same families are asked would count the others several times.
    """
    match condition:
        case Asked(name) if instrument.question[name].roster is None:
            return resolve(instrument.question[name].ask_when, instrument)
        case All(parts):
            found = [each for part in parts if (each := resolve(part, instrument)) is not None]
            return All(tuple(found)) if len(found) > 1 else next(iter(found), None)
        case AnyOf(parts):
            ways = [resolve(part, instrument) for part in parts]
            return None if None in ways else AnyOf(tuple(each for each in ways if each is not None))
        case Not(inner):
            resolved = resolve(inner, instrument)
            return condition if resolved is None else Not(resolved)
        case _:
            return condition


def _mean_plan(index: Index, indicators: tuple[IndicatorPlan, ...]) -> MeanPlan | None:
    if index.method not in _WITH_MEAN:
        return None
    if index.method == "points-sum":
        spans = [
            each.weight * (each.points.most - each.points.least if each.points else 1) for each in index.indicators
        ]
        effect = max(map(abs, spans))
    else:
        weights = index.nodes[None].weights
        effect = index.scale * Fraction(max(weights), sum(weights) or 1)
    step, most = index.scale / _STEPS_OF_MEAN, (max(each.base for each in indicators) - 1) * effect
    is_linear = all(node.combine == "mean" for node in index.nodes.values())
    return MeanPlan(step, most, _weights(index, indicators), is_linear, *_levels(index))


def _levels(index: Index) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[Level, ...], ...]]:
    """`parts` and `levels` of the plan of a mean."""
    groups = len(index.groups)
    of_groups = [_leaves(at, index) for at in range(groups)]
    levels = list[tuple[Level, ...]]()
    for at, each in enumerate(index.indicators):
        own, group, found = groups + at, each.group, list[Level]()
        while True:
            node = index.nodes[group]
            below = (*node.groups, *(groups + indicator for indicator in node.indicators))
            beside = zip(below, node.weights, strict=True)
            found.append((sum(node.weights), tuple((part, weight) for part, weight in beside if part != own)))
            if group is None:
                break
            own, group = group, index.groups[group].parent
        levels.append(tuple(found))
    return (*of_groups, *((at,) for at in range(len(index.indicators)))), tuple(levels)


def _leaves(group: int, index: Index) -> tuple[int, ...]:
    node = index.nodes[group]
    return (*node.indicators, *(leaf for below in node.groups for leaf in _leaves(below, index)))


def _weights(index: Index, indicators: tuple[IndicatorPlan, ...]) -> tuple[float, ...]:
    """The part of each indicator in the value of a family to which all of them apply. Of others it is larger."""
    if index.method == "points-sum" or any(each.valued for each in indicators):
        return ()
    parts: dict[int | None, Fraction] = {None: index.scale}
    found = [Fraction(0)] * len(indicators)
    for position, node in reversed(list(index.nodes.items())):
        whole = sum(node.weights)
        shares = [parts[position] * weight / whole for weight in node.weights]
        parts.update(zip(node.groups, shares, strict=False))
        for at, share in zip(node.indicators, shares[len(node.groups) :], strict=True):
            found[at] = share
    return tuple(map(float, found))


def _digest(meaning: object) -> str:
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:32]


def _rule(indicator: Indicator) -> object:
    when = [
        None if each is None else write_condition(each) for each in (indicator.fulfilled_when, indicator.deprived_when)
    ]
    return (*when, None if indicator.points is None else write_points(indicator.points), indicator.reverse)


def _read(indicator: Indicator) -> tuple[Condition | str | None, ...]:
    points = indicator.points
    first = () if points is None else tuple(condition for condition, _ in points.first)
    return (indicator.fulfilled_when, indicator.deprived_when, None if points is None else points.of, *first)


def _index_rule(index: Index, instrument: Instrument) -> object:
    if index.applies_when is not None:
        # Shared by all indices that apply to the same families, because the counts of those without are the same.
        return ("applies", _written((index.applies_when,), index, instrument))
    groups = [(each.code, each.parent, each.weight, each.combine, each.complete) for each in index.groups]
    categories = [(each.code, each.bound, each.included, each.after) for each in index.categories]
    conditions = tuple(each.when for each in index.categories)
    rules = [
        (each.weight, each.group, _rule(each), _written((each.applies_when, *_read(each)), index, instrument))
        for each in index.indicators
    ]
    how = (index.method, index.combine, index.scale, index.complete, index.cut_off)
    return (how, groups, categories, _written(conditions, index, instrument), rules)


def _written(parts: tuple[Condition | str | None, ...], index: Index, instrument: Instrument) -> object:
    own = [each if each is None or isinstance(each, str) else write_condition(each) for each in parts]
    return (own, _meaning(parts, index, instrument))


def _meaning(parts: tuple[Condition | str | None, ...], index: Index, instrument: Instrument) -> object:
    """What decides the value of each name that the parts read, in the order of the names."""
    found: dict[str, Any] = {}
    left = [name for part in parts for name in _names(part)]
    while left:
        name = left.pop()
        if name not in found:
            found[name], more = _meaning_of(name, index, instrument)
            left += more
    return sorted(found.items())


def _names(part: Condition | str | None) -> Iterator[str]:
    return iter((part,)) if isinstance(part, str) else names_in(part)


def _meaning_of(name: str, index: Index, instrument: Instrument) -> tuple[object, list[str]]:
    """What a question, fact or roster means, and the names that it reads."""
    question, fact = instrument.question.get(name), instrument.fact.get(name)
    if question is not None:
        options = instrument.options.get(question.options or "")
        asked = None if question.ask_when is None else write_condition(question.ask_when)
        meaning = (question.type, question.digits, options, question.roster, asked, question.when_not_asked)
        return meaning, [*names_in(question.ask_when), *([question.roster] if question.roster else [])]
    if fact is not None:
        return (fact.roster, write_formula(fact.formula)), [
            *names_in(fact.formula),
            *([fact.roster] if fact.roster else []),
        ]
    roster, only = instrument.roster[name], index.only.get(name)
    asked = None if roster.ask_when is None else write_condition(roster.ask_when)
    rows = None if only is None else write_condition(only)
    names = [*names_in(roster.ask_when), *names_in(only), *([roster.rows] if roster.rows else [])]
    return (roster.maximum, roster.rows, asked, roster.people, rows), names
