"""Numbers, dates, waits and lists in the texts of both languages."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from app.problems.wording import AsTyped, Year, say, say_levels, say_size, say_wait


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (5, "5", "5"),
        (1000, "1.000", "1,000"),
        (1_000_000_000, "1.000.000.000", "1,000,000,000"),
        (-1234, "-1.234", "-1,234"),
        (0.5, "0,5", "0.5"),
        (1234.25, "1.234,25", "1,234.25"),
        (Year(2025), "2025", "2025"),
        (date(2026, 12, 1), "1 Desember 2026", "1 December 2026"),
        (date(2026, 5, 31), "31 Mei 2026", "31 May 2026"),
        (
            datetime(2026, 11, 26, 16, 31, tzinfo=UTC),
            "26 November 2026 pukul 23.31 WIB",
            "26 November 2026 at 23:31 WIB",
        ),
        (
            datetime(2026, 11, 26, 17, 0, tzinfo=UTC),
            "27 November 2026 pukul 00.00 WIB",
            "27 November 2026 at 00:00 WIB",
        ),
        (
            datetime(2026, 12, 31, 23, 31, tzinfo=ZoneInfo("Asia/Makassar")),
            "31 Desember 2026 pukul 23.31 WITA",
            "31 December 2026 at 23:31 WITA",
        ),
        (
            datetime(2026, 11, 26, 0, 5, tzinfo=timezone(timedelta(hours=9))),
            "26 November 2026 pukul 00.05 WIT",
            "26 November 2026 at 00:05 WIT",
        ),
        (
            datetime(2026, 11, 26, 0, 5, tzinfo=timezone(timedelta(hours=14))),
            "25 November 2026 pukul 17.05 WIB",
            "25 November 2026 at 17:05 WIB",
        ),
        (("Ya", "Yes"), "Ya", "Yes"),
        (["yes", "no"], "yes, no", "yes, no"),
        ([("yes (Ya)", "yes (Yes)")], "yes (Ya)", "yes (Yes)"),
        (AsTyped("1234567"), "1234567", "1234567"),
        (AsTyped("Siti", quoted=True), '"Siti"', '"Siti"'),
        (AsTyped({"nama": "Séti"}), '{"nama": "Séti"}', '{"nama": "Séti"}'),
        (True, "true", "true"),
    ],
)
def test_values_are_written_as_the_language_writes_them(value: object, indonesian: str, english: str) -> None:
    assert (say(value, "id"), say(value, "en")) == (indonesian, english)


def test_a_long_list_is_cut_after_ten_and_counted() -> None:
    options = [f"q{number}" for number in range(1234)]
    assert say(options[:10], "id") == ", ".join(options[:10])
    assert say(options, "id") == ", ".join(options[:10]) + ", … (dan 1.224 lainnya)"
    assert say(options, "en") == ", ".join(options[:10]) + ", … (and 1,224 more)"


@pytest.mark.parametrize(
    ("seconds", "texts"),
    [
        (0, ("1 detik", "1 second")),
        (1, ("1 detik", "1 second")),
        (59, ("59 detik", "59 seconds")),
        (60, ("1 menit", "1 minute")),
        (61, ("2 menit", "2 minutes")),
        (899, ("15 menit", "15 minutes")),
        (3600, ("1 jam", "1 hour")),
        (3601, ("2 jam", "2 hours")),
    ],
)
def test_a_wait_is_never_too_short(seconds: float, texts: tuple[str, str]) -> None:
    assert say_wait(seconds) == texts


@pytest.mark.parametrize(
    ("size", "texts"),
    [
        (8000, ("8.000 byte", "8,000 bytes")),
        (64 * 1024, ("64 KB", "64 KB")),
        (2 * 1024**2, ("2 MB", "2 MB")),
    ],
)
def test_a_size_is_written_in_the_largest_whole_unit(size: int, texts: tuple[str, str]) -> None:
    assert say_size(size) == texts


@pytest.mark.parametrize(
    ("levels", "texts"),
    [
        (["village"], ("desa/kelurahan", "a village")),
        (
            ["regency", "country", "province"],
            ("seluruh Indonesia, provinsi atau kabupaten/kota", "the whole country, a province or a regency"),
        ),
    ],
)
def test_levels_are_named_from_the_country_down(levels: list[str], texts: tuple[str, str]) -> None:
    assert say_levels(levels) == texts
