"""Finds conditions that are true of every interview or of none, by trying the states that their parts can be in.

Parts that may depend on each other are taken as independent. So more states are tried than there are, and what no
state makes true is never true. Numbers are cut at the constants that they are compared with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise, product
from typing import Any, Final

from app.scoring import conditions as c
from app.scoring.conditions import OPERATORS, Condition, Constant, Named
from app.scoring.instrument import Instrument
from app.scoring.reading.names import Names

MOST_STATES: Final = 4096
_UNKNOWN: Final = "?"
"""The state of a name without a substantive answer."""
State = Mapping[Any, Any]
Held = bool | None
_Truth = Callable[[State], Held]


class Reach:
    """Tries conditions of one instrument. left: how many states may still be tried in all"""

    def __init__(self, instrument: Instrument, names: Names, left: int = 200_000) -> None:
        self.instrument, self.names = instrument, names
        self.left = left

    def outcomes(self, condition: Condition) -> frozenset[Held]:
        """What the condition can be: true, false, unknown. All three if there are too many states to try."""
        every: frozenset[Held] = frozenset((True, False, None))
        variables = _Variables(self.instrument, self.names)
        truth = variables.truth(condition)
        domains = variables.domains()
        size = 1
        for domain in domains.values():
            size *= len(domain)
            if size > MOST_STATES:
                return every
        if size > self.left:
            return every
        self.left -= size
        found: set[Held] = set()
        for states in product(*domains.values()):
            found.add(truth(dict(zip(domains, states, strict=True))))
            if found >= {True, False}:
                break
        return frozenset(found)


class _Variables:
    """What a condition depends on, with the states of each."""

    def __init__(self, instrument: Instrument, names: Names) -> None:
        self.instrument, self.names = instrument, names
        self.cuts: dict[str, set[Any]] = {}
        self.options: dict[str, tuple[Any, ...]] = {}
        self.free: set[Any] = set()
        self.depth = 0

    def domains(self) -> dict[Any, Sequence[Any]]:
        found: dict[Any, Sequence[Any]] = dict.fromkeys(sorted(self.free, key=repr), (True, False))
        for name, cuts in self.cuts.items():
            found[name] = (*self._samples(name, sorted(cuts)), _UNKNOWN)
        for name, options in self.options.items():
            found[name] = (*options, _UNKNOWN)
        return found

    def _samples(self, name: str, cuts: Sequence[Any]) -> list[Any]:
        """A value at each constant and one between each two of them, within the bounds of the name."""
        known = self.names.get(name)
        if cuts and isinstance(cuts[0], date):
            ends = [date.fromordinal(max(cuts[0].toordinal() - 1, 1)), date.fromordinal(cuts[-1].toordinal() + 1)]
            return sorted({*cuts, *ends, *(_middle(a, b) for a, b in pairwise(cuts))})
        low = None if known is None else known.low
        high = None if known is None else known.high
        whole = known is not None and known.whole
        points = {*cuts, *(end for end in (low, high) if end is not None)}
        points |= {cuts[0] - 1, cuts[-1] + 1}
        ordered = sorted(points)
        points |= {(a + b) / 2 for a, b in pairwise(ordered)}
        if whole:
            points = {Fraction(near) for each in points for near in (each.__floor__(), each.__ceil__())}
        return sorted(each for each in points if (low is None or each >= low) and (high is None or each <= high))

    def truth(self, condition: Condition) -> _Truth:
        match condition:
            case c.All(parts):
                truths = [self.truth(each) for each in parts]
                return lambda state: _all(each(state) for each in truths)
            case c.AnyOf(parts):
                truths = [self.truth(each) for each in parts]
                return lambda state: _not(_all(_not(each(state)) for each in truths))
            case c.Not(part):
                inner = self.truth(part)
                return lambda state: _not(inner(state))
            case c.Counted(kind, Constant(number), tuple(parts)):
                return self._counted(kind, number, parts)
            case c.Holds(name):
                return self._holds(name, condition)
            case c.Equal(name, option):
                return self._chosen(name, (option,))
            case c.In(name, options):
                return self._chosen(name, options)
            case c.Compare(left, sign, right):
                return self._compare(left, sign, right, condition)
        return self._opaque(condition)

    def _opaque(self, condition: Condition) -> _Truth:
        self.free.add(condition)
        return lambda state: state[condition]

    def _holds(self, name: str, condition: Condition) -> _Truth:
        formula = self.instrument.fact[name].formula
        self.depth += 1
        found = (
            self.truth(formula.condition)
            if isinstance(formula, c.When) and self.depth < 50
            else self._opaque(condition)
        )
        self.depth -= 1
        return found

    def _chosen(self, name: str, options: Sequence[str]) -> _Truth:
        known = self.names.get(name)
        self.options[name] = () if known is None or known.options is None else known.options
        return lambda state: None if state[name] == _UNKNOWN else state[name] in options

    def _compare(self, left: c.Term, sign: str, right: c.Term, condition: Condition) -> _Truth:
        if isinstance(left, Constant) and isinstance(right, Constant):
            held = OPERATORS[sign](left.value, right.value)
            return lambda _: held
        if isinstance(left, Constant):
            left, right, sign = right, left, _TURNED[sign]
        if not isinstance(right, Constant) or not isinstance(left, Named) or left.times == 0:
            return self._opaque(condition)
        name, times, bound = left.name, left.times, right.value
        self.cuts.setdefault(name, set()).add(bound if isinstance(bound, date) else bound / times)
        compare = OPERATORS[sign]
        if isinstance(bound, date):
            return lambda state: None if state[name] == _UNKNOWN else compare(state[name], bound)
        return lambda state: None if state[name] == _UNKNOWN else compare(state[name] * times, bound)

    def _counted(self, kind: str, number: Any, parts: tuple[Condition, ...]) -> _Truth:
        truths = [self.truth(each) for each in parts]

        def held(state: State) -> Held:
            states = [each(state) for each in truths]
            least, most = states.count(True), len(states) - states.count(False)
            if kind == "at_least":
                return True if least >= number else False if most < number else None
            if kind == "at_most":
                return True if most <= number else False if least > number else None
            return False if least > number or most < number else True if least == most else None

        return held


_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _middle(one: date, other: date) -> date:
    return date.fromordinal((one.toordinal() + other.toordinal()) // 2)


def _not(held: Held) -> Held:
    return None if held is None else not held


def _all(parts: Iterator[Held]) -> Held:
    unknown = False
    for part in parts:
        if part is False:
            return False
        unknown = unknown or part is None
    return None if unknown else True
