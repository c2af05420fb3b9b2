"""The JSON that is joined from parts is that of ScoreOut, for random instruments and interviews."""

import json
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.schemas.intake.score import ScoreOut
from app.schemas.intake.score_json import ScoreWriter, can_write
from app.scoring.compiled_score import CompiledScore
from app.scoring.family_sums import sums_of
from app.scoring.packing import pack
from app.scoring.score import bases_of, score_bases
from tests.scoring.drawn import DAY, draw_answers, draw_instrument, in_order


@settings(deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_it_is_the_same_score(seed: int, ordered: bool) -> None:
    random = Random(seed)
    instrument = draw_instrument(random, method="mean")
    instrument = in_order(instrument) if ordered else instrument
    compiled = CompiledScore(instrument)
    if not can_write(compiled):
        return
    writer = ScoreWriter(compiled)
    for _ in range(5):
        bases = bases_of(draw_answers(instrument, random), instrument, DAY)
        plain = score_bases(bases, instrument)
        fast = compiled.scored(bases)

        assert json.loads(writer.write(fast)) == json.loads(ScoreOut.of(plain, instrument).model_dump_json())
        assert compiled.packed(fast) == pack(sums_of(plain, instrument), instrument)
