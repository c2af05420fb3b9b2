"""The legend of signs has a line for each reason and each mark, and only for those that occur."""

from typing import get_args

import pytest

from app.pages.legend import Legend
from app.pages.rendering import Frame, render
from app.problems import Language
from app.protection.uncertainty import Mark, Reason
from tests.support.pages import words_of

NOTHING = Legend(intervals=False, within=False, bounds=False, weak_bounds=False, reasons=(), marks=frozenset())


def told(legend: Legend, language: Language = "id") -> str:
    frame = Frame(language, "", ("/", {}), reader=True, figures=True, own=False, form="")
    return words_of(render("legend.html", frame, {"legend": legend}))


def of(*reasons: Reason, marks: frozenset[Mark] = frozenset()) -> Legend:
    return Legend(intervals=False, within=False, bounds=False, weak_bounds=False, reasons=reasons, marks=marks)


def test_a_page_without_signs_has_no_legend() -> None:
    assert told(NOTHING) == ""


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_reason_has_a_line_of_its_own(language: Language) -> None:
    reasons: tuple[Reason, ...] = get_args(Reason)
    lines = [told(of(each), language) for each in reasons]
    assert "" not in lines
    assert len(set(lines)) == len(reasons)
    assert told(of(*reasons), language) == " ".join(lines)


def test_every_mark_has_a_line_with_its_limit() -> None:
    marks: tuple[Mark, ...] = get_args(Mark)
    lines = {told(of(marks=frozenset({each}))) for each in marks}
    assert lines == {
        "Perlu hati-hati: galat baku relatifnya lebih dari 25 %.",
        "Tidak akurat: galat baku relatifnya lebih dari 50 %.",
    }
