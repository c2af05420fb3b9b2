"""Looks are shared with later requests only while very many come."""

from datetime import UTC, datetime
from uuid import UUID

from app.schemas.releases.release import ProgressOut
from app.services.aggregates.released_cards import Seen
from app.services.aggregates.shared_looks import SharedLooks
from app.services.releases.reading import Released

AT = datetime(2026, 11, 27, tzinfo=UTC)
HERE, THERE = ("63", 2025), ("6372", 2025)


def seen(number: int) -> Seen:
    released = Released(UUID(int=number), "ikk-29", 2025, number, AT, "sha-256:00", "2025.1")
    return Seen.of(released, ProgressOut(families=1, expected=None, coverage=None, as_of=AT))


def test_who_sends_one_after_another_waits_for_a_look_each_time() -> None:
    looks = SharedLooks()
    looks.note({HERE: seen(1)}, 1.0)
    assert [looks.find(HERE, 1.0 + each / 100) for each in range(30)] == [None] * 30


def test_while_very_many_come_a_look_serves_a_tenth_of_a_second() -> None:
    looks, last = SharedLooks(), seen(1)
    looks.note({HERE: last}, 1.0)
    found = [looks.find(HERE, 1.0 + each / 1000) for each in range(120)]
    assert found[:40] == [None] * 40
    assert found[60:99] == [last] * 39
    assert found[101:] == [None] * 19
    assert looks.find(THERE, 1.05) is None


def test_nobody_gets_an_earlier_release_after_a_later_one() -> None:
    looks = SharedLooks()
    looks.note({HERE: seen(1), THERE: seen(1)}, 1.0)
    looks.note({HERE: seen(2)}, 1.01)
    for _ in range(100):
        looks.find(HERE, 1.02)
    assert looks.find(HERE, 1.02) == seen(2)
    assert looks.find(THERE, 1.02) is None
