"""Hypothesis strategies: valid answers to any instrument, as a family could give them, and bad moments and texts."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from app.scoring.conditions import DONT_KNOW, REFUSED, All, AnyOf, Compare, Condition, Named, Not, Term
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument, Question
from tests.support.factories import SURVEYED_AT

SMALL = 5
"""Most numbers are at most this much above the question's minimum, as in families of usual size."""
DAY = SURVEYED_AT.date()
KINDS = ("value",) * 7 + ("skipped", REFUSED, DONT_KNOW)
"""Seven of ten answers are substantive."""


def answers_for(instrument: Instrument, *, complete: bool = False) -> SearchStrategy[dict[str, str | int]]:
    """Valid answers to the questions of a file of format 1 that are asked, in the instrument's order.

    Numbers are small or close to what a condition compares them with. A question that is not required is sometimes
    skipped, refused or not known, unless `complete` is true.
    """
    return _answers(instrument, complete)


@st.composite
def _answers(draw: DrawFn, instrument: Instrument, complete: bool) -> dict[str, str | int]:
    comparisons = _comparisons(instrument)
    answers: dict[str, str | int] = {}
    for question in instrument.questions:
        if not Reading(instrument, answers, DAY).asked(question.code):
            continue
        kind = "value" if complete or question.required else draw(st.sampled_from(KINDS))
        if kind in (REFUSED, DONT_KNOW):
            answers[question.code] = kind
        elif kind == "value":
            near = _limits(comparisons.get(question.code, []), answers)
            answers[question.code] = draw(_values(question, instrument, near, answers.get(question.at_most or "")))
    return answers


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every comparison and every `answered` inside a condition of format 1, in reading order."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(inner):
            yield from leaves(inner)
        case _:
            yield condition


def _comparisons(instrument: Instrument) -> Mapping[str, list[Term]]:
    """For each question, what it is compared with."""
    conditions = [each.ask_when for each in instrument.questions]
    conditions += [rule for each in instrument.main.indicators for rule in (each.fulfilled_when, each.applies_when)]
    found: dict[str, list[Term]] = {}
    for condition in conditions:
        for leaf in () if condition is None else leaves(condition):
            if isinstance(leaf, Compare) and isinstance(leaf.left, Named):
                found.setdefault(leaf.left.name, []).append(leaf.right)
    return found


def _limits(bounds: list[Term], answers: Mapping[str, str | int]) -> list[int]:
    limits = []
    for bound in bounds:
        if isinstance(bound, Named):
            other = answers.get(bound.name)
            if isinstance(other, int):
                limits.append(int(other * bound.times))
        elif isinstance(bound.value, Fraction):
            limits.append(int(bound.value))
    return limits


def _values(
    question: Question, instrument: Instrument, near: list[int], most: str | int | None
) -> SearchStrategy[str | int]:
    if question.options is not None:
        return st.sampled_from(instrument.options[question.options])
    minimum, maximum = int(question.minimum or 0), int(question.maximum or 0)
    if isinstance(most, int):
        maximum = min(maximum, most)
    small = st.integers(minimum, min(maximum, minimum + SMALL))
    numbers = [small, small, st.integers(minimum, maximum)]
    beside = sorted({limit + step for limit in near for step in (-1, 0, 1) if minimum <= limit + step <= maximum})
    if beside:
        numbers += [st.sampled_from(beside)] * 3
    return st.one_of(numbers)


MARKER = "zqxjkvw"
"""Is in every bad text, so that a test finds the text wherever it may not be."""

_PIECES = (
    "\u0301\u0316",  # combining marks, which are sorted when a text is composed
    "\u0344",  # a mark that becomes two
    "\u200d\u200b\u2060\u00ad",  # joiners, blanks without width, soft hyphens
    "\u202e\u2068\u2069\u061c",  # directions
    "\u00a0\u2003\u3000",  # blanks of other widths
    "\x00",
    "\r\n\t\u2028",  # ends of lines
    "\ud800",  # half a character
    "６３７２",  # digits of another width
    "\ufdfa",  # one letter that becomes eighteen
    "\ue000\U000f0000",  # private use
    "1 . /",  # digits that may be a number of sixteen
    "\U0001f469\u200d\U0001f467",  # a picture of two characters
    "=\"';,{}[]\\",  # signs of other languages
)


def bad_texts(longest: int) -> SearchStrategy[str]:
    """Texts with MARKER that are odd or hostile. Some have about `longest` bytes in UTF-8."""
    pieces = st.one_of(
        st.sampled_from(_PIECES), st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4).map("".join)
    )
    lengths = st.sampled_from((1, 60, 900, longest, longest))
    return st.builds(lambda piece, length: MARKER + piece * max(1, length // size_of(piece)), pieces, lengths)


def size_of(text: str) -> int:
    """The bytes of a text in UTF-8. Half a character counts too."""
    return len(text.encode("utf-8", "surrogatepass"))


_ENDS = ("0000-01-01", "0001-01-01", "1899-12-31", "1999-12-31", "2000-01-01", "2100-12-31", "2101-01-01", "9999-12-31")
_TIMES = ("T00:00:00", "T23:59:59", "t23:59:59.999999", " 00:00:00", "T23:59:60", "T24:00:00", "T00:00:00.1234567", "")
_OFFSETS = ("Z", "z", "+14:00", "-14:00", "-12:00", "-00:00", "+14:01", "+23:59", "-23:59", "+24:00", "+99:99", "")
_NO_MOMENTS: tuple[object, ...] = (
    "2025-02-30T00:00:00Z",
    "2024-02-29T12:00:00+08:00",
    "2025-W01-1T00:00:00Z",
    "20250729T091200Z",
    "２０２５-07-29T09:12:00Z",
    "2025-07-29T09:12:00Z\n",
    "2025-07-29T09:12:00." + "9" * 5000 + "Z",
    "9" * 400,
    1753752720,
    1e300,
    -1,
    10**30,
    True,
    None,
    [],
    {},
)


def bad_moments() -> SearchStrategy[object]:
    """Moments at the ends of the calendar and of what the service takes, in every spelling, and near misses."""
    spelled = st.builds("{}{}{}".format, st.sampled_from(_ENDS), st.sampled_from(_TIMES), st.sampled_from(_OFFSETS))
    return st.one_of(spelled, spelled, st.sampled_from(_NO_MOMENTS))
