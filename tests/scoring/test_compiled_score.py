"""The tables give what the plain scores give, for random instruments and interviews."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.compiled_score import CompiledScore
from app.scoring.family_sums import sums_of
from app.scoring.rounding import shown_parts
from app.scoring.score import bases_of, score_bases, score_basis
from tests.scoring.drawn import DAY, draw_answers, draw_instrument


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
    instrument = draw_instrument(random, method="mean")
    instrument = replace(
        instrument, indices=tuple(replace(each, decimals=2, combine="mean") for each in instrument.indices)
    )
    for index, compiled in zip(instrument.indices, CompiledScore(instrument).indices, strict=True):
        if not compiled.fast:
            continue
        for _ in range(5):
            basis = bases_of(draw_answers(instrument, random), instrument, DAY)[instrument.indices.index(index)]
            plain, fast = score_basis(basis, index), compiled.scored(basis)
            if plain.parts is None:
                continue
            shown = [0.0 if part is not None else None for part in plain.parts]
            for node, rounded in zip(fast.nodes, fast.shown_parts(), strict=True):
                for (_, _, positions), (floor, raised) in zip(node.equal, rounded, strict=True):
                    for nth, position in enumerate(positions):
                        shown[position] = (floor + (nth < raised)) / 100

            assert shown == shown_parts(plain.parts, plain.value)
