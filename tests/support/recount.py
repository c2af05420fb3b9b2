"""Counts a region's aggregate again in plain Python from the answers that were sent, in the form of the JSON."""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from app.scoring.instrument import Index, Instrument
from app.scoring.score import IndexScore as Score
from app.scoring.score import score
from tests.support.factories import SURVEYED_AT

Numbers = Sequence[Fraction | None]


def recount(answers: Sequence[dict[str, Any]], instrument: Instrument) -> dict[str, Any]:
    """Families, index by both estimators, categories, dimensions, indicators and weak indicators of these answers."""
    index, day = instrument.main, SURVEYED_AT.date()
    scores = [score(each, instrument, day).main for each in answers]
    counts = [Counter(each.basis.outcomes[place] for each in scores) for place in range(len(index.indicators))]
    shares = [_share(each) for each in counts]
    means = [_of_shares(scores, place, shares, index) for place in range(len(index.groups))]
    enough = sum(share is not None for share in shares) >= (index.complete.minimum_answered or 0)
    scored = sum(each.value is not None for each in scores)
    weak = [(share, place) for place, share in enumerate(shares) if share is not None and share < 75]
    return {
        "families": len(answers),
        "mean": _shown(_family_mean([each.value for each in scores])),
        "of_indicators": _shown(_mean(means)) if enough and scored else None,
        "scored": scored,
        "categories": [sum(each.category == place for each in scores) for place in range(len(index.categories))],
        "dimensions": [_dimension(scores, place, means[place]) for place in range(len(means))],
        "indicators": [
            (_shown(share), each["F"], each["F"] + each["U"] + each["M"], each["M"])
            for share, each in zip(shares, counts, strict=True)
        ],
        "weak_indicators": [index.indicators[place].code for _, place in sorted(weak)],
    }


def answered(aggregate: dict[str, Any]) -> dict[str, Any]:
    """The same numbers, taken from a response of GET /v1/aggregates/{region}/{year}."""
    return {
        "families": aggregate["families"],
        "mean": aggregate["index"]["mean"],
        "of_indicators": aggregate["index"]["of_indicators"],
        "scored": aggregate["index"]["families"],
        "categories": [each["families"] for each in aggregate["categories"]],
        "dimensions": [(each["mean"], each["of_indicators"], each["families"]) for each in aggregate["dimensions"]],
        "indicators": [
            (each["share"], each["fulfilled"], each["applicable"], each["missing"]) for each in aggregate["indicators"]
        ],
        "weak_indicators": aggregate["weak_indicators"],
    }


def _of_shares(scores: Sequence[Score], place: int, shares: Numbers, index: Index) -> Fraction | None:
    """The mean of a dimension's shares, unless there are too few or no family has a value in the dimension."""
    there = [
        share for share, each in zip(shares, index.indicators, strict=True) if each.group == place and share is not None
    ]
    valued = any(each.groups[place].value is not None for each in scores)
    return _mean(there) if valued and len(there) >= (index.groups[place].complete.minimum_answered or 0) else None


def _dimension(scores: Sequence[Score], place: int, of_indicators: Fraction | None) -> tuple[Any, Any, int]:
    values = [each.groups[place].value for each in scores]
    return _shown(_family_mean(values)), _shown(of_indicators), sum(value is not None for value in values)


def _share(counts: Counter[str]) -> Fraction | None:
    said = counts["F"] + counts["U"]
    return Fraction(100 * counts["F"], said) if said else None


def _mean(values: Numbers) -> Fraction | None:
    there = [value for value in values if value is not None]
    return sum(there, Fraction(0)) / len(there) if there else None


def _family_mean(values: Numbers) -> Fraction | None:
    """The mean of families' values, each rounded to 10⁻⁸ points as it enters the sums."""
    return _mean([None if value is None else Fraction(round(value * 10**8), 10**8) for value in values])


def _shown(value: Fraction | None) -> float | None:
    if value is None:
        return None
    exact = Decimal(value.numerator * 10**30 // value.denominator).scaleb(-30)
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
