"""Writes a score as JSON from the tables of an instrument. Equal to ScoreOut, from which its parts are taken.

Each part of a top group is written once for its outcomes and rounded contributions, and joined for each family.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from pydantic_core import to_json

from app.schemas.intake.score import CategoryOut, DimensionScoreOut, IndicatorScoreOut, ScoreOut, indicator_out
from app.scoring.compiled_groups import Node, TopGroup
from app.scoring.compiled_score import CompiledIndex, CompiledScore, FastScore, tables_of
from app.scoring.instrument import Instrument
from app.scoring.score import Basis

_MOST: Final = 64
"""Texts that are remembered of the indicators of one result of a top group."""


def write_score(bases: Sequence[Basis], instrument: Instrument) -> str:
    """The JSON of ScoreOut, for the bases of a family."""
    tables = tables_of(instrument)
    writer = _writer_of(instrument)
    if writer is not None:
        return writer.write(tables.scored(bases))
    return ScoreOut.of(tables.score(bases), instrument).model_dump_json()


@lru_cache(maxsize=256)
def _writer_of(instrument: Instrument) -> "ScoreWriter | None":
    tables = tables_of(instrument)
    return ScoreWriter(tables) if can_write(tables) else None


class ScoreWriter:
    """Writes scores of an instrument whose indices are all fast and whose groups stand in order."""

    def __init__(self, compiled: CompiledScore) -> None:
        instrument = compiled.instrument
        head = {
            "instrument": instrument.code,
            "version": instrument.version,
            "instrument_digest": instrument.digest,
            "instrument_status": instrument.status,
            "withheld": False,
        }
        self._head = f"{_json(head)[:-1]},"
        self._indices = [_IndexWriter(each) for each in compiled.indices]

    def write(self, scores: Sequence[FastScore]) -> str:
        """The JSON of ScoreOut."""
        written = [writer.write(score) for writer, score in zip(self._indices, scores, strict=True)]
        value, category, groups, indicators, _ = written[0]
        whole = ",".join([each for *_, each in written])
        return (
            f'{self._head}"index":{value},"lowest":null,"highest":null,"category":{category},'
            f'"dimensions":[{groups}],"indicators":[{indicators}],"indices":[{whole}]}}'
        )


def can_write(compiled: CompiledScore) -> bool:
    """Whether ScoreWriter can write scores of the instrument."""
    return compiled.fast and all(
        [at for top in each.tops for at in top.indicators] == list(range(len(each.index.indicators)))
        and [at for top in each.tops for at in top.groups] == list(range(len(each.index.groups)))
        for each in compiled.indices
    )


class _IndexWriter:
    def __init__(self, compiled: CompiledIndex) -> None:
        index = compiled.index
        self._compiled, self._decimals = compiled, index.decimals
        head = {"code": index.code, "name": index.name, "method": index.method}
        self._head = f'{_json(head)[:-1]},"state":"'
        self._categories = [_json(CategoryOut.at(at, index)) for at in range(len(index.categories))]

    def write(self, score: FastScore) -> tuple[str, str, str, str, str]:
        """Value, category, groups and indicators, and the whole JSON of IndexScoreOut."""
        nodes, tops = score.nodes, self._compiled.tops
        written = [node.written or self._write_groups(node, top) for node, top in zip(nodes, tops, strict=True)]
        groups = ",".join(filter(None, written))
        if score.denominator:
            value = _number(score.shown(), self._decimals)
            parts: Sequence[tuple[tuple[int, int], ...] | None] = score.shown_parts()
        else:
            value, parts = "null", [None] * len(nodes)
        category = "null" if score.category is None else self._categories[score.category]
        indicators = ",".join(
            [
                node.cache.get(key) or self._write_indicators(node, top, key)
                for node, top, key in zip(
                    nodes, tops, [each if each is None else tuple(each) for each in parts], strict=True
                )
            ]
        )
        whole = (
            f'{self._head}{score.state}","withheld":false,"value":{value},"lowest":null,"highest":null,'
            f'"category":{category},"groups":[{groups}],"indicators":[{indicators}]}}'
        )
        return value, category, groups, indicators, whole

    def _write_groups(self, node: Node, top: TopGroup) -> str:
        pairs = zip(top.groups, node.groups, strict=True)
        node.written = ",".join(_json(DimensionScoreOut.at(at, result, self._compiled.index)) for at, result in pairs)
        return node.written

    def _write_indicators(self, node: Node, top: TopGroup, parts: tuple[tuple[int, int], ...] | None) -> str:
        contributions = dict.fromkeys((at for at, _ in node.parts), 0) if parts is not None else {}
        for (_, _, positions), (floor, raised) in zip(node.equal, parts or (), strict=parts is not None):
            contributions |= {at: floor + (nth < raised) for nth, at in enumerate(positions)}
        listed = []
        for at, letter, points in zip(top.indicators, node.outcomes, node.points, strict=True):
            steps = contributions.get(at)
            contribution = None if steps is None else steps / 10**self._decimals
            indicator: IndicatorScoreOut = indicator_out(
                self._compiled.index.indicators[at], letter, points, contribution
            )
            listed.append(_json(indicator))
        text = ",".join(listed)
        if len(node.cache) < _MOST:
            node.cache[parts] = text
        return text


def _json(value: object) -> str:
    return to_json(value).decode()


@lru_cache(maxsize=65_536)
def _number(steps: int, decimals: int) -> str:
    return _json(steps / 10**decimals)
