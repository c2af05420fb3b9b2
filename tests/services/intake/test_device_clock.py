"""A wrong clock of a device, and which of its moments have passed all the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.regions.local_time import local_day
from app.schemas.moments import read_any_instant
from app.services.intake.device_clock import RIGHT, TOLERANCE, is_past, read_ahead

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
REGIONS = {"3174011001": 7, "6372061004": 8, "9471011001": 9}


def test_a_small_difference_is_a_right_clock() -> None:
    assert read_ahead(None, NOW) == RIGHT
    for ahead in (TOLERANCE, -TOLERANCE):
        assert read_ahead(NOW + ahead, NOW) == RIGHT
        more = ahead + ahead / 300
        assert read_ahead(NOW + more, NOW) == more


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("region", REGIONS)
def test_clocks_at_the_ends_of_the_calendar_move_nothing(text: str, region: str) -> None:
    sent_at = read_any_instant(text)
    assert sent_at is not None
    ahead = read_ahead(sent_at, NOW)
    assert abs(ahead) > timedelta(days=365)
    assert is_past(NOW, region, NOW, ahead)
    assert not is_past(NOW + timedelta(seconds=1), region, NOW, ahead)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-11-27", "2026-11-27T09:00:00", "0000-01-01T00:00:00Z", "２026-11-27T09:00:00Z"]
)
def test_what_is_no_moment(text: str) -> None:
    assert read_any_instant(text) is None


@pytest.mark.parametrize(("region", "hours"), REGIONS.items())
def test_the_day_stays_the_same_at_the_region(region: str, hours: int) -> None:
    midnight = datetime(2026, 12, 31, 24 - hours, 0, tzinfo=UTC)
    ahead, second = timedelta(hours=2), timedelta(seconds=1)
    # On the last second of the year that the device shows, two hours earlier it was the same day.
    assert is_past(midnight - second, region, midnight - ahead, ahead)
    # It shows the new year, while the old one has not ended.
    assert not is_past(midnight, region, midnight - ahead, ahead)
    assert not is_past(midnight + second, region, midnight - ahead, ahead)


@given(
    st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    st.sampled_from(sorted(REGIONS)),
)
def test_a_correction_admits_only_what_has_passed_on_the_same_day(
    later: timedelta, ahead: timedelta, region: str
) -> None:
    moment = NOW + later
    if is_past(moment, region, NOW, ahead) and moment > NOW:
        assert moment - ahead <= NOW
        assert local_day(moment - ahead, region) == local_day(moment, region)
    if moment <= NOW:
        assert is_past(moment, region, NOW, ahead)
