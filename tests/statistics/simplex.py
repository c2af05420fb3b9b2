"""The least and the greatest value of a linear form under equations of whole numbers ≥ 0, in exact fractions."""

from collections.abc import Sequence
from fractions import Fraction

Row = Sequence[int]


def range_of(form: Row, equations: Sequence[tuple[Row, int]]) -> tuple[Fraction, Fraction | None]:
    """The range of `form` over all x ≥ 0 with the equations. The greatest is None if there is no bound.

    This is the simplex method in its two phases, with Bland's rule. The equations must have a solution.
    """
    solved = _first_phase(equations, len(form))
    least = _minimise(solved, form)
    greatest = _minimise(solved, [-each for each in form])
    assert least is not None
    return least, None if greatest is None else -greatest


Tableau = tuple[list[list[Fraction]], list[int]]


def _first_phase(equations: Sequence[tuple[Row, int]], width: int) -> Tableau:
    count = len(equations)
    rows = [
        [Fraction(each) for each in row] + [Fraction(at == own) for at in range(count)] + [Fraction(value)]
        for own, (row, value) in enumerate(equations)
    ]
    basis = list(range(width, width + count))
    cost = [Fraction(0)] * width + [Fraction(1)] * count
    assert _pivot_to_end(rows, basis, cost, width + count) == 0, "the equations contradict each other"
    kept_rows, kept_basis = [], []
    for at, row in enumerate(rows):
        if basis[at] >= width:
            entering = next((each for each in range(width) if row[each]), None)
            if entering is None:
                continue
            _pivot(rows, basis, at, entering)
        kept_rows.append(at)
        kept_basis.append(at)
    final = [[*rows[at][:width], rows[at][-1]] for at in kept_rows]
    return final, [basis[at] for at in kept_basis]


def _minimise(tableau: Tableau, form: Row) -> Fraction | None:
    rows, basis = [list(row) for row in tableau[0]], list(tableau[1])
    return _pivot_to_end(rows, basis, [Fraction(each) for each in form], len(form))


def _pivot_to_end(
    rows: list[list[Fraction]], basis: list[int], cost: Sequence[Fraction], width: int
) -> Fraction | None:
    while True:
        reduced = (
            cost[each] - sum((cost[basis[at]] * row[each] for at, row in enumerate(rows)), Fraction(0))
            for each in range(width)
        )
        entering = next((each for each, value in enumerate(reduced) if value < 0), None)
        if entering is None:
            return sum((cost[basis[at]] * row[-1] for at, row in enumerate(rows)), Fraction(0))
        ratios = [(row[-1] / row[entering], basis[at], at) for at, row in enumerate(rows) if row[entering] > 0]
        if not ratios:
            return None
        _pivot(rows, basis, min(ratios)[2], entering)


def _pivot(rows: list[list[Fraction]], basis: list[int], leaving: int, entering: int) -> None:
    pivot = rows[leaving][entering]
    rows[leaving] = [each / pivot for each in rows[leaving]]
    for at, row in enumerate(rows):
        if at != leaving and row[entering]:
            factor = row[entering]
            rows[at] = [each - factor * own for each, own in zip(row, rows[leaving], strict=True)]
    basis[leaving] = entering
