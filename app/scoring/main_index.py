"""What a list shows of a family's first index: its value, or the bounds of the value, and its category.

For a reader without sensitive outcomes, the results of a group with such outcomes are remembered by its letters, never
those of a whole interview. Equal to `protect` and `CompiledScore.score`, which also serve instruments without tables.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from app.scoring.basis_text import read_bases, read_main
from app.scoring.compiled_nodes import Node
from app.scoring.compiled_score import NO_NODES, CompiledIndex, Result, Total, add_nodes, tables_of
from app.scoring.disclosure import ProtectedIndex, has_bounds, is_told, protect, touched_groups
from app.scoring.instrument import Index, Instrument
from app.scoring.rounding import steps_of
from app.scoring.score import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED, Basis, IndexScore

_CASES: Final = (UNFULFILLED, FULFILLED, MISSING, NOT_APPLICABLE)
"""The letters that stand in turn for all sensitive outcomes (`disclosure.py`)."""
_MOST: Final = 65_536


class MainIndex(NamedTuple):
    """The first index of a family. Numbers are in units of the last decimal place, and the category is a position.

    withheld: whether outcomes of any index are withheld from the reader
    """

    withheld: bool
    value: int | None = None
    lowest: int | None = None
    highest: int | None = None
    category: int | None = None


def plain_main_index(outcomes: str, instrument: Instrument, *, whole: bool) -> MainIndex:
    """The first index from stored outcomes, whole or as it follows from the visible ones, without tables of its own."""
    bases, decimals = read_bases(outcomes, instrument), instrument.main.decimals
    results = (None if whole else protect(bases, instrument)) or tables_of(instrument).score(bases).indices
    first: ProtectedIndex | IndexScore = results[0]
    withheld = any(isinstance(each, ProtectedIndex) for each in results)
    if isinstance(first, ProtectedIndex):
        lowest, highest = (_steps(each, decimals) for each in (first.bounds.lowest, first.bounds.highest))
        return MainIndex(withheld, None, lowest, highest, first.category)
    return MainIndex(withheld, _steps(first.shown, decimals), category=first.category)


def _steps(value: Fraction | None, decimals: int) -> int | None:
    return None if value is None else steps_of(value, decimals)


@lru_cache(maxsize=256)
def main_index_of(instrument: Instrument) -> "MainIndexTables":
    """The tables of an instrument, which are made once."""
    return MainIndexTables(instrument)


class MainIndexTables:
    """Reads the first index of an instrument from stored outcomes."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._tables = tables_of(instrument).indices[0]
        index = self._tables.index
        self._letters = len(index.indicators) if _is_letters(index) else -1
        self._nothing = (None,) * len(index.indicators)
        self._withholds = any(each.sensitive or each.reveals for each in instrument.indices)
        self._told = not index.sensitive and not index.reveals
        """Whether readers without sensitive outcomes get the first index as others do."""
        self._hidden = not self._told and not has_bounds(index)
        """Whether they get neither bounds nor a category."""
        self._cases = _Cases(self._tables) if _has_cases(self._tables) else None

    def read(self, outcomes: str, *, whole: bool) -> MainIndex:
        """What `plain_main_index` gives, sooner."""
        withheld = self._withholds and not whole
        if self._tables.fast and (self._told or not withheld):
            basis, tables = self._basis(outcomes), self._tables
            if basis.applies is not True:
                return MainIndex(withheld)
            total = add_nodes(NO_NODES, tables.nodes(basis), tables.weights)
            _, _, denominator, _, value, category = tables.result(total)
            return MainIndex(withheld, value if denominator else None, None, None, category)
        if withheld and self._hidden:
            return MainIndex(withheld=True)
        if withheld and self._cases is not None:
            return self._cases.read(self._basis(outcomes))
        return plain_main_index(outcomes, self._instrument, whole=whole)

    def _basis(self, outcomes: str) -> Basis:
        # Letters are their own basis. Another text has another length, or letters of points, which have values.
        if len(outcomes) == self._letters:
            return Basis(outcomes, self._nothing)
        return read_main(outcomes, self._instrument)


def _is_letters(index: Index) -> bool:
    """Whether the stored outcomes of an index are always letters alone."""
    without = index.applies_when is None and index.method != "rule" and index.region.weigh_by is None
    return without and all(each.points is None for each in index.indicators)


def _has_cases(tables: CompiledIndex) -> bool:
    return tables.fast and tables.by_letters and bool(tables.index.sensitive) and has_bounds(tables.index)


class _Cases:
    """The bounds of an index, and its category if it is the same whatever the sensitive outcomes are."""

    def __init__(self, tables: CompiledIndex) -> None:
        index = tables.index
        self._tables, self._sensitive = tables, index.sensitive
        self._told = is_told(index, touched_groups(index, index.sensitive))
        touched = [bool(self._sensitive & set(each.indicators)) for each in tables.tops]
        self._touched = [at for at, each in enumerate(touched) if each]
        self._others = [at for at, each in enumerate(touched) if not each]
        self._spans = [tables.tops[at].span for at in self._touched]
        self._weights = [tables.weights[at] for at in self._touched]
        self._other_weights = [tables.weights[at] for at in self._others]
        self._known: list[dict[str, list[Node]]] = [{} for _ in self._touched]

    def read(self, basis: Basis) -> MainIndex:
        if basis.applies is not True:
            return MainIndex(withheld=True)
        nodes, letters = self._tables.nodes(basis), basis.outcomes
        rest = add_nodes(NO_NODES, list(map(nodes.__getitem__, self._others)), self._other_weights)
        found = [
            known.get(letters[span]) or self._learn(place, basis)
            for place, (known, span) in enumerate(zip(self._known, self._spans, strict=True))
        ]
        low, high, *others = zip(*found, strict=True)
        least, most = self._result(rest, low), self._result(rest, high)
        same = self._told and (least[0], least[-1]) == (most[0], most[-1])
        # The others are looked at only if these two agree, as they rarely do.
        same = same and {(each[0], each[-1]) for each in (self._result(rest, other) for other in others)} == {
            (least[0], least[-1])
        }
        lowest, highest = (each[4] if each[2] else None for each in (least, most))
        if lowest is not None and highest is not None and highest < lowest:
            lowest, highest = highest, lowest
        return MainIndex(True, None, lowest, highest, least[-1] if same else None)

    def _result(self, rest: Total, nodes: Sequence[Node]) -> Result:
        return self._tables.result(add_nodes(rest, nodes, self._weights))

    def _learn(self, place: int, basis: Basis) -> list[Node]:
        """The results of a top group in each case."""
        top, known = self._tables.tops[self._touched[place]], self._known[place]
        found = [top.node(self._with(case, basis)) for case in _CASES]
        if len(known) < _MOST:
            known[basis.outcomes[top.span]] = found
        return found

    def _with(self, case: str, basis: Basis) -> Basis:
        letters = [case if at in self._sensitive else each for at, each in enumerate(basis.outcomes)]
        return basis._replace(outcomes="".join(letters))
