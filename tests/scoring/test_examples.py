"""The files that the guide for authors of instruments shows, and the example files, are valid and do what they say."""

import tomllib

import pytest

from app.scoring.cases import run_cases
from app.scoring.reading.files import check_instrument_file
from tests.support.guide import EXAMPLES, shown_files, snippets

FILES = {
    **shown_files(),
    **{each.name: each.read_text("utf-8") for each in EXAMPLES if "\nformat = 2\n" in each.read_text("utf-8")},
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_an_example_is_valid_and_gives_what_its_cases_say(text: str) -> None:
    checked = check_instrument_file(text.encode("utf-8"))
    assert checked.faults == ()
    assert checked.instrument is not None
    assert checked.instrument.cases
    assert run_cases(checked.instrument) == []


MEANT = {"children": {"W10", "W12"}, "geometric": {"W10"}}
"""Warnings of what is so on purpose: quotients and roots that phones cannot compute, and no children to divide by."""


@pytest.mark.parametrize("code", shown_files())
def test_an_example_of_the_guide_has_no_warning(code: str) -> None:
    """Who copies it sees only warnings of what they changed themselves."""
    warnings = check_instrument_file(shown_files()[code].encode("utf-8")).warnings
    assert {each.code for each in warnings} == MEANT.get(code, set())


def test_a_wrong_expectation_is_found() -> None:
    text = shown_files()["small-index"].replace("{ value = 75, category", "{ value = 76, category")
    checked = check_instrument_file(text.encode("utf-8"))
    (fault,) = checked.faults
    assert (fault.code, "76" in fault.message, "75" in fault.message) == ("E23", True, True)


@pytest.mark.parametrize("text", snippets())
def test_every_snippet_is_toml(text: str) -> None:
    assert tomllib.loads(text)
