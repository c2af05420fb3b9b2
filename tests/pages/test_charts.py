"""Pictures are drawn where the values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pages.charts import WIDTH, draw_bands, draw_trend, place


def test_a_trend_is_one_line_until_a_break() -> None:
    chart = draw_trend(
        [(2021, 50.0, False), (2022, 60.0, False), (2023, None, False), (2024, 40.0, True), (2025, 45.0, False)], 100
    )
    assert [len(line.split()) for line in chart.lines] == [2, 2]
    assert len(chart.breaks) == 1
    assert chart.marks[1].x < chart.breaks[0] < chart.marks[2].x
    assert [mark.year for mark in chart.marks] == [2021, 2022, 2024, 2025]
    assert [year for _, year in chart.years] == [2021, 2022, 2023, 2024, 2025]


def test_higher_values_are_higher() -> None:
    low, high = draw_trend([(2024, 20.0, False), (2025, 80.0, False)], 100).marks
    assert low.y > high.y
    assert low.x < high.x


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.floats(0, 29)), st.booleans()), min_size=1, max_size=12),
    st.integers(2000, 2080),
)
def test_every_value_is_a_point_inside_the_picture(values: list[tuple[float | None, bool]], first: int) -> None:
    chart = draw_trend([(first + turn, value, broken) for turn, (value, broken) in enumerate(values)], 29)
    there = [value for value, _ in values if value is not None]
    assert [mark.value for mark in chart.marks] == there
    assert all(chart.left <= mark.x <= chart.right and 0 < mark.y <= chart.bottom for mark in chart.marks)
    points = sum(len(line.split()) for line in chart.lines)
    assert points <= len(there)


def test_bands_fill_the_scale_and_say_to_whom_a_bound_belongs() -> None:
    one, two, three = draw_bands([("a", 50.0, False), ("b", 75.0, True), ("c", None, False)], 100)
    assert (one.with_high, two.with_low, two.with_high, three.with_low) == (False, True, True, False)
    assert (one.low, three.high) == (0, 100)
    assert one.x == 0
    assert round(three.x + three.width, 2) == WIDTH
    assert one.width == WIDTH / 2


@pytest.mark.parametrize(("value", "x"), [(-5, 0), (0, 0), (14.5, WIDTH / 2), (29, WIDTH), (40, WIDTH)])
def test_a_value_is_never_drawn_outside_its_scale(value: float, x: float) -> None:
    assert place(value, 29) == x
