"""How far two interviews of the same families agree, question by question.

Cohen's kappa is (o - e) / (1 - e), with o the share of pairs that agree and e the share that would agree by chance,
which is the sum over all answers of the product of their shares in both interviews (Cohen, 1960: A coefficient of
agreement for nominal scales. Educational and Psychological Measurement 20, 37-46). It is not defined where e is 1,
because both interviews have the same answer everywhere.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from app.scoring.instrument import Instrument

FEWEST: Final = 2
"""Pairs below which no share is told."""
Pair = tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the pairs of answers to one question agree. `share` and `kappa` are None where they are not defined."""

    question: str
    pairs: int
    agreeing: int
    share: Fraction | None
    kappa: Fraction | None


def compare(
    interviews: Sequence[tuple[Mapping[str, Hashable], Mapping[str, Hashable]]],
    instruments: Sequence[Instrument],
    *,
    sensitive: bool,
) -> list[Agreement]:
    """The agreement in each question that is neither a text nor asked of rows, the weakest first.

    A question that was asked in one interview only disagrees there. One that was asked in neither makes no pair.

    instruments: comparable versions, the latest first
    sensitive: whether sensitive questions are told. One is hidden if it is sensitive in any version
    """
    hidden = {code for each in instruments if not sensitive for code in each.sensitive_questions}
    asked = [each for instrument in instruments for each in instrument.questions]
    told = {
        each.code: None for each in asked if each.type != "text" and each.roster is None and each.code not in hidden
    }
    found = [agreement(code, [(first.get(code), second.get(code)) for first, second in interviews]) for code in told]
    return sorted(found, key=_weakness)


def agreement(question: str, answers: Sequence[Pair]) -> Agreement:
    """The agreement of pairs of answers. None is no answer."""
    pairs = [each for each in answers if each != (None, None)]
    agreeing = sum(first == second for first, second in pairs)
    if len(pairs) < FEWEST:
        return Agreement(question, len(pairs), agreeing, None, None)
    return Agreement(question, len(pairs), agreeing, Fraction(agreeing, len(pairs)), kappa(pairs))


def kappa(pairs: Sequence[Pair]) -> Fraction | None:
    """Cohen's kappa of pairs, from -1 to 1. None without pairs, or if both sides always have one same answer."""
    if not pairs:
        return None
    count = len(pairs)
    before, after = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    observed = Fraction(sum(first == second for first, second in pairs), count)
    expected = Fraction(sum(times * after[answer] for answer, times in before.items()), count**2)
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _weakness(found: Agreement) -> tuple[bool, Fraction, Fraction, str]:
    """Questions without a share come last. Of equal shares, the one with the lower kappa comes first."""
    share, by_chance = found.share, found.kappa
    return (
        share is None,
        Fraction(0) if share is None else share,
        Fraction(1) if by_chance is None else by_chance,
        (found.question),
    )
