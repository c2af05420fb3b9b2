"""Days and codes are read as people and office programs write them, and nothing is guessed."""

from datetime import date, datetime, time

import pytest

from app.formats.cells import FORMULA_ERROR, read_cell, read_day


@pytest.mark.parametrize(
    "text",
    [
        *("2026-12-01", "2026/12/1", "2026.12.01", "2026-12-01 00:00:00", "2026-12-01T00:00"),
        *("01/12/2026", "1/12/2026", "1-12-2026", "01.12.2026", "1 12 2026", "01/12/2026 00:00:00", "1 / 12 / 2026"),
        *(
            "1 Desember 2026",
            "01 desember 2026",
            "1 DES 2026",
            "1-Des-2026",
            "1-Dec-26",
            "01-Des-26",
            "1 December 2026",
        ),
        *("Selasa, 1 Desember 2026", "Tuesday, 1 December 2026"),
    ],
)
def test_a_day_is_read_in_every_usual_form(text: str) -> None:
    assert read_day(text) == "2026-12-01"


@pytest.mark.parametrize(
    "text",
    [
        *("12/31/2027", "31/31/2027", "30/02/2026", "01/12/26", "1/12", "2026-13-01", "2026/31/12", "01/12-2026"),
        *(
            "besok",
            "Desember 2026",
            "1 Dezember 2026",
            "46357",
            "01/12/2026 08:30",
            "2026-12-01 23:59:59",
            "٠١/١٢/٢٠٢٦",
        ),
        "1 Desember 2026 s.d. 31 Desember 2027",
    ],
)
def test_what_is_no_day_or_may_be_another_is_not_guessed_at(text: str) -> None:
    assert read_day(text) is None


def test_the_day_comes_first_even_where_the_other_way_round_would_be_a_day_too() -> None:
    assert read_day("03/04/2027") == "2027-04-03"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("6372061004", "6372061004"),
        (" 63.72.06.1004\u00a0", "63.72.06.1004"),
        ("6372061004.0", "6372061004"),
        ("6372061004,00", "6372061004"),
        ("63.72", "63.72"),
        ("63.70", "63.70"),
        ("'6372061004", "6372061004"),
        (6372061004, "6372061004"),
        (6372061004.0, "6372061004"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_code_is_text_however_it_was_typed(value: object, expected: str) -> None:
    assert read_cell(value, "code") == (expected, None)


@pytest.mark.parametrize("text", ["6.37206E+09", "6,37206E+09", "6E9", "6.372061004e9"])
def test_a_code_that_lost_its_digits_is_not_read(text: str) -> None:
    assert read_cell(text, "code") == (text, "lost_digits")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (datetime.fromisoformat("2027-12-31"), "day", ("2027-12-31", None)),
        (date(2027, 12, 31), "day", ("2027-12-31", None)),
        (datetime.fromisoformat("2027-12-31 08:30"), "day", ("2027-12-31T08:30:00", None)),
        (datetime.fromisoformat("2027-03-01"), "code", ("2027-03-01", "became_date")),
        (date(2027, 3, 1), "text", ("2027-03-01", "became_date")),
        (time(8, 30), "text", ("08:30:00", "became_date")),
        (FORMULA_ERROR, "text", ("", "formula_error")),
        (FORMULA_ERROR, "day", ("", "formula_error")),
        (" Siti\u00a0  Aminah ", "text", ("Siti Aminah", None)),
        ("'=Siti", "text", ("=Siti", None)),
        ("'Aisyah", "text", ("'Aisyah", None)),
        (12, "text", ("12", None)),
    ],
)
def test_a_cell_of_a_workbook_is_read_by_the_kind_of_its_column(
    value: object, kind: str, expected: tuple[str, str]
) -> None:
    assert read_cell(value, kind) == expected  # type: ignore[arg-type]
