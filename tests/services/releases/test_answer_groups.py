"""Families are put into groups by the answers that are read, as if all of them were decoded."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from app.protection.grouping import UNKNOWN, Grouping, answer_group, groupings_of
from app.scoring.answers import check_answers
from app.scoring.coding import encode_answers
from app.scoring.evaluation import Reading
from app.scoring.reading.files import read_instrument
from app.services.releases.answer_groups import AnswerGroups
from tests.support.factories import PROJECT, instrument, make_body

DAY = date(2026, 7, 9)
HEAD = instrument("ikk-29-2026.2")
ASKED = [each for each in groupings_of(HEAD) if not each.of_villages][2:]


@pytest.mark.parametrize("file", ["ikk-29-2025.1", "ikk-29-2026.1", "ikk-29-2026.2"])
def test_it_works(file: str) -> None:
    own, random, seen = instrument(file), Random(file), Counter[tuple[str, ...]]()
    groups = AnswerGroups(HEAD, own, ASKED)
    for seed in range(200):
        told = make_body(seed, file=file)["answers"]
        if random.random() < 0.2:
            told = {**told, "difficulty": "refused"}
            told.pop("difficulty_served", None)
        answers, faults = check_answers(told, own, DAY, None)
        assert faults == []
        found = groups.of(encode_answers(answers, own)[0], DAY)
        reading = Reading(HEAD, answers, DAY)
        assert found == tuple(answer_group(each, reading) for each in ASKED)
        seen[found] += 1
    assert len(seen) > 6
    assert any(UNKNOWN in each for each in seen)


@pytest.mark.parametrize("stored", [b"", None])
def test_erased_answers_are_unknown(stored: bytes | None) -> None:
    assert AnswerGroups(HEAD, HEAD, ASKED).of(stored, DAY) == (UNKNOWN,) * len(ASKED)


def test_answers_with_rows_are_read_whole() -> None:
    """The place of a number among the stored ones hangs on how many rows there are."""
    with_rows = read_instrument((PROJECT / "tests" / "scoring" / "examples" / "roster.toml").read_bytes())
    asked = [Grouping("imm", HEAD.title, {})]
    assert AnswerGroups(with_rows, with_rows, asked)._places is None
    assert AnswerGroups(HEAD, HEAD, ASKED)._places is not None
