"""Packed sums: no loss in any layout, negative sums, and the most families that fit."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from app.scoring.instrument import Instrument
from app.scoring.packing import MOST_FAMILIES as MOST
from app.scoring.packing import OverflowedSumsError, digits_of, layout_of, pack, pack_number, unpack
from app.scoring.sums import sums
from tests.support.factories import instrument

IKK = instrument("ikk-29-2025.1")
KETAHANAN = instrument("ketahanan-24-2016.1")
BOTH = pytest.mark.parametrize("each", [IKK, KETAHANAN], ids=lambda each: each.code)

modest = settings(max_examples=50, deadline=None)


def plainly(sums: list[int], widths: list[int]) -> str:
    """The packed number by its definition: each sum times ten to the digits before it."""
    total, before = 0, 0
    for each, width in zip(sums, widths, strict=True):
        total += each * 10**before
        before += width
    return f"{Decimal(total):f}"


def widths_in(layout: int, instrument: Instrument) -> list[int]:
    """The digits of the sums of an instrument of format 1, written again. These layouts never change."""
    index = instrument.main
    count, points = {1: (20, 20), 2: (10, 20)}[layout]
    widths = [count, count, points] + [count] * len(index.categories)
    return widths + [count, points] * len(index.groups) + [count, count, count] * len(index.indicators)


def length_of(each: Instrument) -> int:
    return len(sums(each))


@BOTH
@given(draw=st.data())
@modest
def test_sums_are_packed_and_unpacked_without_loss(each: Instrument, draw: DataObject) -> None:
    numbers = st.lists(st.integers(0, MOST // 2), min_size=length_of(each), max_size=length_of(each))
    left, right = draw.draw(numbers), draw.draw(numbers)
    assert pack(left, each) == plainly(left, widths_in(2, each)).zfill(sum(widths_in(2, each)))
    assert unpack(pack(left, each), left[0], each) == left
    assert Decimal(pack_number(left, each)) == Decimal(pack(left, each))
    together = [one + other for one, other in zip(left, right, strict=True)]
    assert pack_number(left, each) + pack_number(right, each) == pack_number(together, each)


@pytest.mark.parametrize("layout", [1, 2])
@given(draw=st.data())
@modest
def test_every_layout_stays_readable_with_sums_of_either_sign(layout: int, draw: DataObject) -> None:
    found = draw.draw(st.lists(st.integers(-MOST, MOST), min_size=length_of(IKK), max_size=length_of(IKK)))
    assert unpack(plainly(found, widths_in(layout, IKK)), found[0], IKK, layout) == found
    if layout == layout_of(IKK):
        assert Decimal(pack(found, IKK)) == Decimal(plainly(found, widths_in(layout, IKK)))


def test_as_many_families_fit_as_the_layout_says() -> None:
    best = 100 * 10**8
    found = [MOST, MOST, MOST * best, *([MOST] * (length_of(IKK) - 3))]
    assert MOST == 4_999_999_999
    assert unpack(pack(found, IKK), MOST, IKK) == found


@pytest.mark.parametrize(("packed", "families"), [(MOST + 1, MOST + 1), (7, 8), (10 ** (10 * length_of(IKK) * 3), 0)])
def test_sums_that_overflowed_are_refused(packed: int, families: int) -> None:
    with pytest.raises(OverflowedSumsError, match=f"{families} families in layout 2 of ikk-29 2025.1"):
        unpack(f"{Decimal(packed):f}", families, IKK)


def test_an_instrument_of_many_indicators_has_more_digits_than_python_reads() -> None:
    many = replace(IKK, indices=(replace(IKK.main, indicators=IKK.main.indicators * 6),))
    assert digits_of(many) > 4300
    found = [1] * length_of(many)
    with pytest.raises(ValueError, match="digits"):
        int(pack(found, many))
    assert unpack(pack(found, many), 1, many) == found
