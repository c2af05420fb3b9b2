"""Interviews of a benchmark are valid, and no two have a family, a person or answers in common."""

import json
import re
from datetime import date

import pytest

from app.scoring.answers import check_answers
from bench.fresh import Drawing, Interview, Round, read_villages

_ROUNDS = {
    "ikk-29-2025.2": Round("2025.2", 2025),
    "ikk-29-2026.1": Round("2026.1", 2026, 6),
    "ketahanan-24-2016.3": Round("2016.3", 2026, 6),
}


def numbers(interviews: list[Interview]) -> list[bytes]:
    return [each for one in interviews for each in re.findall(rb'"(\d{16})"', one.body)]


@pytest.mark.parametrize("file", _ROUNDS)
def test_they_are_valid_and_all_different(file: str) -> None:
    drawing = Drawing(file, read_villages("6372"))
    families = drawing.fresh(_ROUNDS[file], 400, named=True)
    assert len({each.id for each in families}) == 400
    assert len({json.dumps(json.loads(each.body)["answers"]) for each in families}) > 390
    assert len(set(numbers(families))) == len(numbers(families)) > 800
    for each in families[:100]:
        body = json.loads(each.body)
        day = date.fromisoformat(body["surveyed_at"][:10])
        assert check_answers(body["answers"], drawing.instrument, day)[1] == []
        assert len(body["family"]["people"]) == body["family"]["members"]


def test_another_run_sends_other_families() -> None:
    first, second = (Drawing("ikk-29-2026.1", ["6372011001"]).fresh(Round("2026.1", 2026), 300) for _ in range(2))
    assert not set(numbers(first)) & set(numbers(second))


def test_a_family_comes_again_with_the_same_people_and_other_answers() -> None:
    drawing = Drawing("ikk-29-2026.1", ["6372011001"])
    (first,) = drawing.fresh(Round("2025.2", 2025), 1, named=True)
    again = drawing.again(first, Round("2026.1", 2026), named=True)
    one, two = json.loads(first.body), json.loads(again.body)
    assert one["family"] == two["family"]
    assert one["answers"] != two["answers"]
    assert (one["surveyed_at"][:4], two["surveyed_at"][:4]) == ("2025", "2026")
    assert first.id != again.id
