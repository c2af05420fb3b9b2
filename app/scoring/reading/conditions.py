"""Reads conditions, and the terms and rows in them, against the names that may be read at their place."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from app.scoring import conditions as c
from app.scoring.conditions import Condition, Constant, Rows
from app.scoring.reading.keys import CONDITIONS
from app.scoring.reading.meant import meant
from app.scoring.reading.names import ANY, Kind, Names
from app.scoring.reading.places import Path
from app.scoring.reading.terms import NameReader, Scope
from app.scoring.reading.written import Entry, Written

MOST_DEPTH: Final = 12
MOST_NODES: Final = 20_000
BROKEN: Final = c.All(())
"""Stands for a condition that cannot be read. A file with one gives no instrument."""


class ConditionReader(NameReader):
    """Reads conditions of one file. It counts their nodes."""

    def __init__(self, written: Written, names: Names) -> None:
        super().__init__(written, names)
        self.nodes = 0

    def condition(self, raw: Any, path: Path, scope: Scope, depth: int = 1) -> Condition:
        """A condition. BROKEN stands for one that is not rightly written, after its faults."""
        self.nodes += 1
        if self.nodes == MOST_NODES + 1:
            self.fault("too_many_conditions", path)
        if depth > MOST_DEPTH:
            self.fault("too_deep", path, most=MOST_DEPTH)
            return BROKEN
        if self.nodes > MOST_NODES:
            return BROKEN
        table = self.written.table(raw, path)
        if table is None:
            return BROKEN
        if len(table) != 1:
            self.fault("condition_keys", path, keys=", ".join(table) or "{ }")
        found = [self._kind(key, value, (*path, key), scope, depth) for key, value in table.items()]
        return found[0] if len(found) == 1 else BROKEN

    def _kind(self, key: str, value: Any, path: Path, scope: Scope, depth: int) -> Condition:
        if key not in CONDITIONS:
            self.fault("condition_unknown", path, key=True, name=key, meant=meant(key, CONDITIONS))
            return BROKEN
        if key in ("all", "any", "not"):
            return self._joined(key, value, path, scope, depth)
        if key in ("some", "none", "every"):
            rows = self.rows(value, path, scope, depth)
            return BROKEN if rows is None else c.Quantified(key, rows)  # type: ignore[arg-type]
        if key in ("at_least", "at_most", "exactly"):
            return self._counted(key, value, path, scope, depth)
        return _LEAVES[key](self, value, path, scope)

    def _joined(self, key: str, value: Any, path: Path, scope: Scope, depth: int) -> Condition:
        if key == "not":
            return c.Not(self.condition(value, path, scope, depth + 1))
        parts = self.several(value, path, scope, depth + 1)
        return c.All(parts) if key == "all" else c.AnyOf(parts)

    def several(self, value: Any, path: Path, scope: Scope, depth: int = 1) -> tuple[Condition, ...]:
        """A list of conditions."""
        listed = self.written.list(value, path) or ()
        return tuple(self.condition(each, (*path, at), scope, depth) for at, each in enumerate(listed))

    def _counted(self, key: str, value: Any, path: Path, scope: Scope, depth: int) -> Condition:
        pair = self.parts(value, path, 2, f"{key} = [2, [{{ … }}, {{ … }}]]")
        if pair is None:
            return BROKEN
        number = self.term(pair[0], (*path, 0), scope, "number")
        of: tuple[Condition, ...] | Rows | None
        if isinstance(pair[1], dict):
            of = self.rows(pair[1], (*path, 1), scope, depth)
        else:
            of = self.several(pair[1], (*path, 1), scope, depth + 1)
        if isinstance(number, Constant) and isinstance(number.value, Fraction):
            self._check_count(number.value, of, (*path, 0))
        return BROKEN if of is None or number is None else c.Counted(key, number, of)  # type: ignore[arg-type]

    def _check_count(self, number: Fraction, of: tuple[Condition, ...] | Rows | None, path: Path) -> None:
        if number.denominator != 1 or number < 0:
            self.fault("count_not_whole", path)
        elif isinstance(of, tuple) and of and number > len(of):
            self.fault("count_beyond", path, number=int(number), most=len(of))

    def rows(
        self, value: Any, path: Path, scope: Scope, depth: int = 1, *, kind: str = "rows", has: bool = True
    ) -> Rows | None:
        """The rows of a roster. has: whether `has` is obligatory"""
        table = self.written.table(value, path)
        if table is None:
            return None
        entry = Entry(self.written, table, path, kind)
        roster = self._roster(entry, scope)
        if roster is None:
            return None
        inner = scope.of_rows(roster)
        where, with_ = (
            self.condition(table[each], (*path, each), inner, depth + 1) if each in table else None
            for each in ("where", "has")
        )
        if has and "has" not in table:
            entry.get("has", needed=True)
        return Rows(roster, where, with_)

    def _roster(self, entry: Entry, scope: Scope) -> str | None:
        code = entry.text("roster", needed=True)
        if code is None:
            return None
        path = entry.at("roster")
        roster = self.roster_code(code, path)
        if roster == ANY:
            return ANY
        if scope.roster is not None:
            self.fault("roster_in_roster", path, code=code)
            return None
        position = self.names.every[roster].position
        if scope.before is not None and position >= scope.before:
            self.tell_unknown(self.names.every[roster], path, scope.before)
            return None
        self.positions.append(position)
        self.over.add(roster)
        return roster

    def _equal(self, value: Any, path: Path, scope: Scope) -> Condition:
        pair = self.parts(value, path, 2, 'equal = ["savings", "yes"]')
        if pair is None:
            return BROKEN
        name = self.name(pair[0], (*path, 0), scope, "choice")
        option = self.option(pair[1], (*path, 1), name)
        return BROKEN if name is None or option is None else c.Equal(name.code, option)

    def _in(self, value: Any, path: Path, scope: Scope) -> Condition:
        return self._listed(value, path, scope, "choice", 'in = ["water", ["piped", "well"]]')

    def _includes(self, value: Any, path: Path, scope: Scope) -> Condition:
        return self._listed(value, path, scope, "several", 'includes = ["assets", ["02", "03"]]')

    def _listed(self, value: Any, path: Path, scope: Scope, kind: Kind, example: str) -> Condition:
        pair = self.parts(value, path, 2, example)
        if pair is None:
            return BROKEN
        name = self.name(pair[0], (*path, 0), scope, kind)
        if not isinstance(pair[1], list) or not pair[1]:
            self.fault("form", (*path, 1), example=example)
            return BROKEN
        options = [self.option(each, (*path, 1, at), name) for at, each in enumerate(pair[1])]
        for at, option in enumerate(options):
            if option is not None and option in options[:at]:
                self.fault("listed_twice", (*path, 1, at), code=option)
        if name is None or None in options:
            return BROKEN
        chosen = tuple(option for option in options if option is not None)
        return c.In(name.code, chosen) if kind == "choice" else c.Includes(name.code, chosen)

    def _compare(self, value: Any, path: Path, scope: Scope) -> Condition:
        parts = self.parts(value, path, 3, 'compare = ["members", ">", 2]')
        if parts is None:
            return BROKEN
        if not isinstance(parts[1], str) or parts[1] not in c.OPERATORS:
            self.fault("operator_unknown", (*path, 1), operators=" ".join(c.OPERATORS))
            return BROKEN
        left = self.term(parts[0], (*path, 0), scope, "number", "date")
        right = self.term(parts[2], (*path, 2), scope, "number", "date")
        if left is None or right is None or not self.same_kind(left, right, (*path, 2)):
            return BROKEN
        if left == right:
            self.fault("compared_with_itself", path)
        return c.Compare(left, parts[1], right)

    def _between(self, value: Any, path: Path, scope: Scope) -> Condition:
        parts = self.parts(value, path, 3, 'between = ["age", 12, 23]')
        if parts is None:
            return BROKEN
        name, low, high = (self.term(each, (*path, at), scope, "number", "date") for at, each in enumerate(parts))
        if name is None or low is None or high is None:
            return BROKEN
        if not self.same_kind(name, low, (*path, 1)) or not self.same_kind(name, high, (*path, 2)):
            return BROKEN
        if isinstance(low, Constant) and isinstance(high, Constant) and low.value > high.value:  # type: ignore[operator]
            self.fault("between_order", path)
        return c.All((c.Compare(name, ">=", low), c.Compare(name, "<=", high)))

    def _answered(self, value: Any, path: Path, scope: Scope) -> Condition:
        name = self.name(value, path, scope)
        return BROKEN if name is None else c.Answered(name.code)

    def _given(self, value: Any, path: Path, scope: Scope) -> Condition:
        name = self.name(value, path, scope)
        if name is not None and name.role == "fact" and not name.twice:
            self.fault("needs_question", path, code=name.code, name="given")
            return BROKEN
        return BROKEN if name is None else c.Given(name.code)

    def _asked(self, value: Any, path: Path, scope: Scope) -> Condition:
        roster = self.names.get(value) if isinstance(value, str) else None
        if roster is not None and roster.role == "roster":
            self.names.read.add(roster.code)
            if scope.before is not None and roster.position >= scope.before:
                self.tell_unknown(roster, path, scope.before)
                return BROKEN
            self.positions.append(roster.position)
            return c.Asked(roster.code)
        name = self.name(value, path, scope)
        if name is not None and name.role == "fact" and not name.twice:
            self.fault("needs_question", path, code=name.code, name="asked")
            return BROKEN
        return BROKEN if name is None else c.Asked(name.code)

    def _holds(self, value: Any, path: Path, scope: Scope) -> Condition:
        name = self.name(value, path, scope, "condition")
        return BROKEN if name is None else c.Holds(name.code)


_LEAVES: Final[Mapping[str, Callable[[ConditionReader, Any, Path, Scope], Condition]]] = {
    "equal": ConditionReader._equal,
    "in": ConditionReader._in,
    "includes": ConditionReader._includes,
    "compare": ConditionReader._compare,
    "between": ConditionReader._between,
    "answered": ConditionReader._answered,
    "given": ConditionReader._given,
    "asked": ConditionReader._asked,
    "holds": ConditionReader._holds,
}
