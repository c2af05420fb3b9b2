"""Hypothesis strategies for valid answers to any instrument, as a family could give them."""

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from app.scoring.instrument import Instrument, Question
from app.scoring.rules import DONT_KNOW, REFUSED, Answers, Compare, Multiple, leaves

SMALL = 5
"""Most numbers are at most this much above the question's minimum, as in families of usual size."""
KINDS = ("value",) * 7 + ("skipped", REFUSED, DONT_KNOW)
"""Seven of ten answers are substantive."""


def answers_for(instrument: Instrument, *, complete: bool = False) -> SearchStrategy[dict[str, str | int]]:
    """Valid answers to the questions that are asked, in the instrument's order.

    Numbers are small or close to what a rule compares them with. A question that is not required is sometimes
    skipped, refused or not known, unless `complete` is true.
    """
    return _answers(instrument, complete)


@st.composite
def _answers(draw: DrawFn, instrument: Instrument, complete: bool) -> dict[str, str | int]:
    comparisons = _comparisons(instrument)
    answers: dict[str, str | int] = {}
    for question in instrument.question:
        if question.ask_when is not None and question.ask_when.holds(answers) is not True:
            continue
        kind = "value" if complete or question.required else draw(st.sampled_from(KINDS))
        if kind in (REFUSED, DONT_KNOW):
            answers[question.code] = kind
        elif kind == "value":
            near = _limits(comparisons.get(question.code, []), answers)
            answers[question.code] = draw(_values(question, instrument, near, answers.get(question.at_most or "")))
    return answers


def _comparisons(instrument: Instrument) -> Mapping[str, list[Compare]]:
    rules = [indicator.fulfilled_when for indicator in instrument.indicator]
    rules += [indicator.applies_when for indicator in instrument.indicator if indicator.applies_when is not None]
    rules += [question.ask_when for question in instrument.question if question.ask_when is not None]
    found: dict[str, list[Compare]] = {}
    for rule in rules:
        for leaf in leaves(rule):
            if isinstance(leaf, Compare):
                found.setdefault(leaf.question, []).append(leaf)
    return found


def _limits(comparisons: list[Compare], answers: Answers) -> list[int]:
    limits = []
    for comparison in comparisons:
        bound = comparison.bound
        if isinstance(bound, Multiple):
            other = answers.get(bound.question)
            if isinstance(other, int):
                limits.append(other * bound.times)
        else:
            limits.append(bound)
    return limits


def _values(
    question: Question, instrument: Instrument, near: list[int], most: str | int | None
) -> SearchStrategy[str | int]:
    if question.options is not None:
        return st.sampled_from(instrument.options[question.options])
    minimum, maximum = question.minimum or 0, question.maximum or 0
    if isinstance(most, int):
        maximum = min(maximum, most)
    small = st.integers(minimum, min(maximum, minimum + SMALL))
    numbers = [small, small, st.integers(minimum, maximum)]
    beside = sorted({limit + step for limit in near for step in (-1, 0, 1) if minimum <= limit + step <= maximum})
    if beside:
        numbers += [st.sampled_from(beside)] * 3
    return st.one_of(numbers)
