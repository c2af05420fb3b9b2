"""The checks of corrections, of what is held and of reviews find what they should find."""

from random import Random
from typing import Any
from uuid import uuid4

import pytest

from tests.storm.interviews import Content, Interview, draw_interviews
from tests.storm.settled import Stored, check_held, check_reviews, check_revisions, check_verdicts


@pytest.fixture
def interview() -> Interview:
    """An interview that was corrected once, with one more content that is held and a body with faults before it."""
    [[each]] = draw_interviews(1, 1, Random(1))
    each.body.pop("purpose", None)
    each.others = [Content(each.body, each.village, revision=2), Content(each.body, each.village, held="h1")]
    each.faulty = ["h2"]
    return each


@pytest.fixture
def row(interview: Interview) -> dict[str, Any]:
    """How it is stored after a supervisor approved it."""
    return {
        "id": interview.id,
        "revision": 2,
        "purpose": "interview",
        "review": "approved",
        "after_settlement": None,
        "uncounted": None,
        "in_approved": True,
    }


@pytest.fixture
def stored(interview: Interview) -> Stored:
    of_held = {"submission_id": interview.id, "sent_by": uuid4()}
    return Stored(
        revisions=[{"submission_id": interview.id, "revision": 1}],
        held=[
            {**of_held, "id": "h1", "status": "open", "content_mark": b"1"},
            {**of_held, "id": "h2", "status": "repaired", "content_mark": b"2"},
        ],
        reviews=[
            {"submission_id": interview.id, "revision": 2, "status": status} for status in ("in_review", "approved")
        ],
        audited=[{"kind": "submission.correct", "subject": f"submission:{interview.id}", "times": 1}],
        events=[{"submission_id": interview.id, "kind": kind, "times": times} for kind, times in (("c", 1), ("v", 2))],
    )


def found(interview: Interview, row: dict[str, Any], stored: Stored) -> list[str]:
    return [
        *check_revisions([interview], [row], stored),
        *check_held([interview], [row], stored),
        *check_reviews([row], stored),
        *check_verdicts([interview], [row]),
    ]


def test_what_is_stored_as_it_should_be_passes(interview: Interview, row: dict[str, Any], stored: Stored) -> None:
    assert found(interview, row, stored) == []


@pytest.mark.parametrize("changed", [{"revision": 1}, {"revision": 3}, {"review": None}, {"review": "returned"}])
def test_a_row_that_nobody_was_told_of_is_wrong(
    interview: Interview, row: dict[str, Any], stored: Stored, changed: dict[str, Any]
) -> None:
    assert found(interview, {**row, **changed}, stored)


@pytest.mark.parametrize("changed", [{"uncounted": "rejected"}, {"in_approved": False}])
def test_a_row_that_counts_otherwise_is_wrong(
    interview: Interview, row: dict[str, Any], stored: Stored, changed: dict[str, Any]
) -> None:
    (told,) = found(interview, {**row, **changed}, stored)
    assert "unlike in a recount" in told


@pytest.mark.parametrize("part", ["revisions", "held", "reviews", "events", "audited"])
@pytest.mark.parametrize("end", ["first", "last"])
def test_anything_missing_is_wrong(
    interview: Interview, row: dict[str, Any], stored: Stored, part: str, end: str
) -> None:
    rows = list(getattr(stored, part))
    if part == "reviews" and end == "first":
        return
    setattr(stored, part, rows[1:] if end == "first" else rows[:-1])
    assert found(interview, row, stored)


def test_content_that_is_held_twice_is_wrong(interview: Interview, row: dict[str, Any], stored: Stored) -> None:
    stored.held = [*stored.held, {**stored.held[0], "id": "h3"}]
    assert any("2 times" in each for each in found(interview, row, stored))


def test_what_is_held_and_was_chosen_meanwhile_needs_no_receipt(
    interview: Interview, row: dict[str, Any], stored: Stored
) -> None:
    stored.held = [*stored.held, {**stored.held[0], "id": "h3", "content_mark": b"3", "status": "chosen"}]
    assert found(interview, row, stored) == []


def test_two_corrections_of_one_revision_are_wrong(interview: Interview, row: dict[str, Any], stored: Stored) -> None:
    interview.others.append(Content(interview.body, interview.village, revision=2))
    assert any("was told of [2, 2]" in each for each in found(interview, row, stored))
