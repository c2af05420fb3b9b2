"""Codes are followed through every change up to a day, and back."""

from datetime import date

import pytest

from app.regions.lineage import Change, predecessors_on, successors_on

FIRST, SECOND, THIRD = date(2025, 1, 1), date(2026, 1, 1), date(2027, 1, 1)
CHANGES = [
    Change(FIRST, "A", "B", "split"),
    Change(FIRST, "A", "C", "split"),
    Change(SECOND, "B", "B", "split"),
    Change(SECOND, "B", "D", "split"),
    Change(SECOND, "C", "E", "recode"),
    Change(THIRD, "E", "F", "merge"),
    Change(THIRD, "D", "F", "merge"),
    # The code C passes to another region.
    Change(THIRD, "G", "C", "recode"),
]


@pytest.mark.parametrize(
    ("code", "ended", "day", "expected"),
    [
        ("A", date(2024, 12, 31), date(2025, 6, 1), {"B", "C"}),
        ("A", date(2024, 12, 31), date(2026, 6, 1), {"B", "D", "E"}),
        ("A", date(2024, 12, 31), date(2027, 6, 1), {"B", "F"}),
        ("C", date(2025, 12, 31), date(2026, 6, 1), {"E"}),
        ("D", date(2026, 12, 31), THIRD, {"F"}),
        ("Z", date(2024, 12, 31), THIRD, set()),
    ],
)
def test_successors(code: str, ended: date, day: date, expected: set[str]) -> None:
    assert successors_on(code, ended, day, reversed(CHANGES)) == expected


@pytest.mark.parametrize(
    ("code", "begins", "day", "expected"),
    [
        ("F", THIRD, date(2026, 6, 1), {"D", "E"}),
        ("F", THIRD, date(2025, 6, 1), {"B", "C"}),
        ("F", THIRD, date(2024, 6, 1), {"A"}),
        ("D", SECOND, date(2025, 12, 31), {"B"}),
        ("Z", THIRD, FIRST, set()),
    ],
)
def test_predecessors(code: str, begins: date, day: date, expected: set[str]) -> None:
    assert predecessors_on(code, begins, day, CHANGES) == expected


def test_codes_that_change_places_end() -> None:
    swapped = [Change(FIRST, "A", "B", "recode"), Change(FIRST, "B", "A", "recode"), Change(SECOND, "B", "A", "recode")]
    assert successors_on("A", date(2024, 12, 31), FIRST, swapped) == {"B"}
