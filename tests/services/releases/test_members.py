"""Who is counted in the figures of a village, and whether new figures may stand beside earlier ones."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.services.releases.members import (
    Member,
    count_changed,
    count_least,
    may_change,
    read_members,
    write_members,
)
from tests.support.factories import instrument

KEY = b"k" * 32
SHIPPED = instrument("ikk-29-2026.1")
WIDTH = len(SHIPPED.main.indicators)


def member(number: int, letters: str = "F" * WIDTH, units: int | None = 100 * 10**8) -> Member:
    return Member(UUID(int=number).bytes, letters, units)


def stored(*members: Member) -> bytes:
    return write_members(members, SHIPPED, KEY)


def read(*members: Member) -> dict[bytes, bytes]:
    return dict(read_members(stored(*members), KEY))


def but(at: int, letter: str = "U") -> str:
    return "F" * at + letter + "F" * (WIDTH - at - 1)


def test_what_is_stored_tells_nothing_without_the_key() -> None:
    families = [member(number) for number in range(20)]
    one, other = stored(*families), stored(*families)
    assert one != other, "every version has a stream of its own"
    assert read_members(one, KEY) == read_members(other, KEY)
    assert read_members(one, b"x" * 32) != read_members(one, KEY)
    assert families[0].family not in one
    assert b"F" * 8 not in one


def test_each_count_is_compared_for_itself() -> None:
    before = [member(number) for number in range(30)]
    after = [member(number, but(3), 90 * 10**8) if number < 12 else each for number, each in enumerate(before)]
    counts = count_changed(read(*before), read(*after))
    assert counts[:5] == [0, 0, 0, 12, 0]
    # The rest of the index is as it was, and the value stays in its category.
    assert counts[WIDTH:] == [0, 0]


@pytest.mark.parametrize(
    ("added", "corrected", "allowed"),
    [
        (0, 0, True),
        (9, 0, False),
        (10, 0, True),
        (0, 9, False),
        (0, 10, True),
        (1, 12, False),
        (10, 1, True),
        (9, 1, False),
    ],
)
def test_a_single_family_is_not_covered_by_others_that_changed_elsewhere(
    added: int, corrected: int, allowed: bool
) -> None:
    before = [member(number) for number in range(40)]
    after = [member(number, but(5)) if number < corrected else each for number, each in enumerate(before)]
    after += [member(100 + number) for number in range(added)]
    assert may_change(read(*before), read(*after), 10) is allowed


def test_a_category_is_a_count_too() -> None:
    """Ten families were corrected in one question, and one of them is in another category now."""
    before = [member(number) for number in range(40)]
    after = [
        member(number, but(5), (10 if number == 0 else 100) * 10**8) if number < 10 else member(number)
        for number in range(40)
    ]
    assert not may_change(read(*before), read(*after), 10)


@pytest.mark.parametrize(
    ("left", "came", "gone_otherwise", "back", "allowed"),
    [
        # Five families left, four like them and one other came.
        (5, 4, 0, 0, False),
        (5, 5, 0, 0, True),
        (0, 0, 6, 5, False),
        (0, 0, 5, 5, True),
        # Nine families changed net, which moves two counts by nine.
        (0, 0, 14, 5, False),
        (0, 0, 15, 5, True),
        (20, 11, 0, 0, False),
    ],
)
def test_changes_that_cancel_out_leave_no_few_families(
    left: int, came: int, gone_otherwise: int, back: int, allowed: bool
) -> None:
    fulfilled, unfulfilled = [member(n) for n in range(40)], [member(100 + n, but(5)) for n in range(20)]
    before = [*fulfilled, *unfulfilled]
    after = [member(n, but(5)) if n >= 40 - gone_otherwise else member(n) for n in range(left, 40)]
    after += [member(100 + n) if n < back else member(100 + n, but(5)) for n in range(20)]
    after += [member(200 + n) for n in range(came)]
    after += [member(300, but(5))] if came == 4 else []
    assert may_change(read(*before), read(*after), 10) is allowed


def test_where_half_of_the_families_are_others_changes_may_cancel_out() -> None:
    one = [member(number, but(3) if number < 12 else "F" * WIDTH) for number in range(40)]
    others = [member(100 + number, but(3) if number < 11 else "F" * WIDTH) for number in range(40)]
    assert not may_change(read(*one), read(*others[:15], *one[15:]), 10)
    assert may_change(read(*one), read(*others), 10)


def test_nothing_stored_is_nobody() -> None:
    assert read_members(b"", KEY) == {}
    assert read_members(stored(), KEY) == {}


def test_families_without_a_card_may_be_the_same_in_another_survey() -> None:
    one = [member(number) for number in range(30)]
    assert count_least(read(*one), read(*one[5:])) == 5
    without = [replace(each, carded=False) for each in one]
    others = [replace(member(number), carded=False) for number in range(100, 131)]
    assert count_least(read(*without), read(*others)) == 1
    # 30 families with a card may be 30 of the 31 without one, whoever has the card.
    assert count_least(read(*one), read(*others)) == 1
    assert count_least(read(*others), read(*one)) == 1
    assert count_least(read(*one), read(*(member(number) for number in range(100, 131)))) == 61
