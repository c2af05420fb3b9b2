"""Packed sums: no loss in any layout, negative sums, and the most families that fit."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from app.scoring import packing
from app.scoring.format_1 import Instrument
from app.scoring.packing_1 import CURRENT, LAYOUTS, Layout, OverflowedSumsError, length_of, pack, pack_number, unpack
from tests.support.factories import instrument

IKK = instrument("ikk-29-2025.1")
KETAHANAN = instrument("ketahanan-24-2016.1")
BOTH = pytest.mark.parametrize("each", [IKK, KETAHANAN], ids=lambda each: each.code)
MOST = CURRENT.most_families

modest = settings(max_examples=50, deadline=None)


def plainly(sums: list[int], widths: list[int]) -> str:
    """The packed number by its definition: each sum times ten to the digits before it."""
    total, before = 0, 0
    for each, width in zip(sums, widths, strict=True):
        total += each * 10**before
        before += width
    return f"{Decimal(total):f}"


def widths_in(layout: Layout, each: Instrument) -> list[int]:
    count, points = layout.count_digits, layout.points_digits
    widths = [count, count, points] + [count] * len(each.category)
    return widths + [count, points] * len(each.dimension) + [count, count, count] * len(each.indicator)


@BOTH
@given(draw=st.data())
@modest
def test_sums_are_packed_and_unpacked_without_loss(each: Instrument, draw: DataObject) -> None:
    numbers = st.lists(st.integers(0, MOST // 2), min_size=length_of(each), max_size=length_of(each))
    left, right = draw.draw(numbers), draw.draw(numbers)
    assert unpack(pack(left, each), left[0], each) == left
    assert Decimal(pack_number(left, each)) == Decimal(pack(left, each))
    together = [one + other for one, other in zip(left, right, strict=True)]
    assert pack_number(left, each) + pack_number(right, each) == pack_number(together, each)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: f"layout {layout.version}")
@given(draw=st.data())
@modest
def test_every_layout_stays_readable_with_sums_of_either_sign(layout: Layout, draw: DataObject) -> None:
    most = layout.most_families
    sums = draw.draw(st.lists(st.integers(-most, most), min_size=length_of(IKK), max_size=length_of(IKK)))
    assert unpack(plainly(sums, widths_in(layout, IKK)), sums[0], IKK, layout.version) == sums


def test_as_many_families_fit_as_the_layout_says() -> None:
    best = 100 * 10**8
    sums = [MOST, MOST, MOST * best, *([MOST] * (length_of(IKK) - 3))]
    assert MOST == 4_999_999_999
    assert unpack(pack(sums, IKK), MOST, IKK) == sums


@pytest.mark.parametrize(("packed", "families"), [(MOST + 1, MOST + 1), (7, 8), (10 ** (10 * length_of(IKK) * 3), 0)])
def test_sums_that_overflowed_are_refused(packed: int, families: int) -> None:
    with pytest.raises(OverflowedSumsError, match=f"{families} families in layout 2 of ikk-29 2025.1"):
        unpack(f"{Decimal(packed):f}", families, IKK)


def test_a_later_layout_with_room_for_more_is_read_beside_the_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = Layout(3, 12, 23)
    monkeypatch.setitem(packing.LAYOUTS, 3, wide)
    sums = list(range(length_of(IKK)))
    for layout in (*LAYOUTS.values(), wide):
        assert unpack(plainly(sums, widths_in(layout, IKK)), 0, IKK, layout.version) == sums


def test_an_instrument_of_many_indicators_has_more_digits_than_python_reads() -> None:
    many = IKK.model_copy(update={"indicator": IKK.indicator * 6})
    sums = [1] * length_of(many)
    with pytest.raises(ValueError, match="digits"):
        int(pack(sums, many))
    assert unpack(pack(sums, many), 1, many) == sums
