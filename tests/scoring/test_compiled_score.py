"""The tables give what the plain scores give, for random instruments and interviews."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.compiled_score import CompiledScore
from app.scoring.family_sums import sums_of
from app.scoring.rounding import shown_parts
from app.scoring.score import bases_of, score_bases, score_basis
from tests.scoring.drawn import DAY, draw_answers, draw_instrument, in_order


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["mean", None]))
def test_scores_and_sums_are_equal(seed: int, method: str | None) -> None:
    random = Random(seed)
    instrument = draw_instrument(random, method=method)  # type: ignore[arg-type]
    compiled = CompiledScore(instrument)

    for _ in range(5):
        bases = bases_of(draw_answers(instrument, random), instrument, DAY)
        plain = score_bases(bases, instrument)

        assert compiled.score(bases) == plain
        assert compiled.sums_of(bases) == sums_of(plain, instrument)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_rounded_contributions_are_equal(seed: int) -> None:
    random = Random(seed)
    instrument = in_order(draw_instrument(random, method="mean"))
    instrument = replace(
        instrument, indices=tuple(replace(each, decimals=2, combine="mean") for each in instrument.indices)
    )
    for index, compiled in zip(instrument.indices, CompiledScore(instrument).indices, strict=True):
        if not compiled.in_order:
            continue
        for _ in range(5):
            basis = bases_of(draw_answers(instrument, random), instrument, DAY)[instrument.indices.index(index)]
            plain, fast = score_basis(basis, index), compiled.scored(basis)
            if plain.parts is None:
                continue
            shares = fast.shares()
            found = dict[int, int]()
            for share, raised in zip(shares, fast.raised(shares), strict=True):
                found |= share.contributions(raised)

            steps = [found.get(at) for at in range(len(index.indicators))]
            assert [None if each is None else each / 100 for each in steps] == shown_parts(plain.parts, plain.value)
