"""Writes a score as JSON from the tables of an instrument. Equal to ScoreOut, from which its parts are taken.

Each part of a top group is written once for its outcomes and rounded contributions, and joined for each family.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter, getitem
from typing import Any, Final

from pydantic_core import to_json

from app.schemas.intake.score import CategoryOut, DimensionScoreOut, ScoreOut, indicator_out
from app.scoring.compiled_nodes import Node, Share
from app.scoring.compiled_score import CompiledIndex, CompiledScore, FastScore, tables_of
from app.scoring.instrument import Instrument
from app.scoring.score import Basis, GroupScore

_WRITTEN, _TEXTS = attrgetter("written"), attrgetter("texts")
_MOST: Final = 65_536
"""Texts that are remembered of the groups, and of the indicators, of an index."""


def write_score(bases: Sequence[Basis], instrument: Instrument) -> str:
    """The JSON of ScoreOut, for the bases of a family."""
    tables = tables_of(instrument)
    writer = writer_of(instrument)
    if writer is not None:
        return writer.write(tables.scored(bases))
    return ScoreOut.of(tables.score(bases), instrument).model_dump_json()


@lru_cache(maxsize=256)
def writer_of(instrument: Instrument) -> "ScoreWriter | None":
    """The writer of the scores of an instrument, or None if `ScoreOut` has to be made of each."""
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
        whole = ",".join([each[4] for each in written])
        return (
            f'{self._head}"index":{value},"lowest":null,"highest":null,"category":{category},'
            f'"dimensions":[{groups}],"indicators":[{indicators}],"indices":[{whole}]}}'
        )


def can_write(compiled: CompiledScore) -> bool:
    """Whether ScoreWriter can write scores of the instrument."""
    return all(each.in_order for each in compiled.indices)


class _IndexWriter:
    def __init__(self, compiled: CompiledIndex) -> None:
        index = compiled.index
        self._compiled, self._decimals = compiled, index.decimals
        head = {"code": index.code, "name": index.name, "method": index.method}
        self._head = f'{_json(head)[:-1]},"state":"'
        self._group = lru_cache(maxsize=_MOST)(self._write_group)
        self._indicator = lru_cache(maxsize=_MOST)(self._write_indicator)
        self._categories = [_json(CategoryOut.at(at, index)) for at in range(len(index.categories))]

    def write(self, score: FastScore) -> tuple[str, str, str, str, str]:
        """Value, category, groups and indicators, and the whole JSON of IndexScoreOut."""
        written = list(map(_WRITTEN, score.nodes))
        if "" in written:  # not yet written, or an indicator without a group
            written = [text for node in score.nodes if (text := node.written or self._write_groups(node))]
        groups = ",".join(written)
        if score.denominator:
            value, indicators = _number(score.shown, self._decimals), self._contributing(score)
        else:
            value, indicators = "null", ",".join([node.blank or self._write_blank(node) for node in score.nodes])
        category = "null" if score.category is None else self._categories[score.category]
        whole = (
            f'{self._head}{score.state}","withheld":false,"value":{value},"lowest":null,"highest":null,'
            f'"category":{category},"groups":[{groups}],"indicators":[{indicators}]}}'
        )
        return value, category, groups, indicators, whole

    def _contributing(self, score: FastScore) -> str:
        """The indicators of a score with a value."""
        shares = score.shares()
        raised = score.raised(shares)
        texts: list[Any] = list(map(getitem, map(_TEXTS, shares), raised))
        if None in texts:  # not yet written
            texts = list(map(self._write_contributing, score.nodes, shares, raised))
        return ",".join(texts)

    def _write_groups(self, node: Node) -> str:
        node.written = ",".join(map(self._group, self._compiled.tops[node.place].groups, node.groups))
        return node.written

    def _write_blank(self, node: Node) -> str:
        node.blank = self._indicators_of(node, {})
        return node.blank

    def _write_contributing(self, node: Node, share: Share, raised: int) -> str:
        text = share.texts[raised] or self._indicators_of(node, share.contributions(raised))
        share.texts[raised] = text
        return text

    def _indicators_of(self, node: Node, contributions: Mapping[int, int]) -> str:
        positions = self._compiled.tops[node.place].indicators
        shown = map(contributions.get, positions)
        return ",".join(map(self._indicator, positions, node.outcomes, node.points, shown))

    def _write_group(self, at: int, result: GroupScore) -> str:
        return _json(DimensionScoreOut.at(at, result, self._compiled.index))

    def _write_indicator(self, at: int, letter: str, points: Fraction | None, steps: int | None) -> str:
        contribution = None if steps is None else steps / 10**self._decimals
        return _json(indicator_out(self._compiled.index.indicators[at], letter, points, contribution))


def _json(value: object) -> str:
    return to_json(value).decode()


@lru_cache(maxsize=65_536)
def _number(steps: int, decimals: int) -> str:
    return _json(steps / 10**decimals)
