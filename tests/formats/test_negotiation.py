"""The format of a response follows the Accept header with its weights (RFC 9110 section 12.5.1)."""

import time

import pytest

from app.formats.negotiation import CSV, JSON, XLSX, choose

OFFERED = (JSON, CSV, XLSX)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        (" , ,", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/*", CSV),
        (XLSX, XLSX),
        ("application/*", JSON),
        ("application/json;q=0.5, text/csv", CSV),
        ("text/csv;q=0.5, application/json", JSON),
        ("text/csv, application/json", JSON),
        ("text/csv ; q=0.9 , application/json;Q=0.8", CSV),
        ("*/*;q=0.1, application/json;q=0", CSV),
        ("*/*, text/csv;q=0, application/json;q=0", XLSX),
        ("text/csv;q=0, text/*;q=1, */*;q=0.2", JSON),
        ("text/csv;q=0.001", CSV),
        ("text/csv;charset=utf-8", CSV),
        ('text/csv;charset="UTF-8";header=present;q=0.4, */*;q=0.3', CSV),
        ("text/csv;q=0.9;charset=latin-1", CSV),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON),
        ('text/html;x="a, text/csv", application/json;q=0.1', JSON),
        ("nonsense", JSON),
        ("application/json;odata=verbose", JSON),
        ("text/csv;profile=x, application/json;q=0.9", CSV),
    ],
)
def test_the_highest_weight_wins_and_of_equals_the_first(accept: str | None, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/json;q=0",
        "*/*;q=0",
        "text/csv;charset=latin-1",
        "application/problem+json",
        'text/html;x="text/csv',
    ],
)
def test_a_header_that_takes_none_of_them_gets_none(accept: str) -> None:
    assert choose(accept, OFFERED) is None


@pytest.mark.parametrize("piece", ['"', '"\\', '"\\"', "a/b,", ";", "a/b;c=d;q=0.5,", "*/*;q=0.5,"])
def test_a_header_of_any_length_takes_no_time(piece: str) -> None:
    before = time.thread_time()
    choose(piece * (32_768 // len(piece)), OFFERED)
    assert time.thread_time() - before < 0.05
