"""The sums of villages, from which aggregates are read. The only writer of `village_sums`.

A village has one row per year, instrument and layout. Its sums are packed into one number, so that one addition adds
all of them. Only `app/services/intake/counting.py` decides what the sums hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from app.platform.database import Connection
from app.platform.sql import Statement
from app.schemas.aggregates.affected import AffectedOut
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue
from app.scoring.compiled_score import tables_of
from app.scoring.packing import layout_of, pack_number
from app.scoring.score import Score

SumsKey = tuple[int, int, str]
"""The key of a village's sums, which is the instrument's id, the year and the village's code."""

_INSERT: Final = """
INSERT INTO village_sums (instrument_id, year, region, layout, families, without_card, sums)
SELECT change.instrument_id, change.year, change.region, change.layout, change.families, change.without_card,
    change.sums
FROM {source}unnest(
    :sums_instruments::smallint[], :sums_years::smallint[], :sums_regions::text[], :sums_layouts::smallint[],
    :sums_families::integer[], :sums_without_card::integer[], :sums_packed::text[]::numeric[]
) AS change (instrument_id, year, region, layout, families, without_card, sums)
ORDER BY change.instrument_id, change.year, change.region COLLATE "C"
ON CONFLICT (instrument_id, year, region, layout) DO UPDATE SET families = village_sums.families + excluded.families,
    without_card = village_sums.without_card + excluded.without_card, sums = village_sums.sums + excluded.sums
"""
# One statement locks the rows in the order of their keys, as every transaction does.
ADD_TO_SUMS: Final = _INSERT.format(source="taken CROSS JOIN ")
"""Statement part that stores changes of sums, if a submission was `taken`."""
_STORE: Final = Statement(
    """
{changes}
RETURNING instrument_id, year, region, families + coalesce((
    SELECT sum(other.families) FROM village_sums AS other
    WHERE other.instrument_id = village_sums.instrument_id AND other.year = village_sums.year
    AND other.region = village_sums.region AND other.layout <> village_sums.layout
), 0) AS families
""",
    changes=_INSERT.format(source=""),
)


class Counted(Protocol):
    """The members of a submission that decide where and how it counts."""

    @property
    def instrument_id(self) -> int: ...
    @property
    def year(self) -> int: ...
    @property
    def region(self) -> str: ...
    @property
    def outcomes(self) -> str: ...
    @property
    def carded(self) -> bool: ...


@dataclass(slots=True)
class _Change:
    families: int = 0
    without_card: int = 0
    packed: int = 0


class Changes:
    """Changes of sums that are not stored yet. Each is the difference of two packed numbers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_key: dict[SumsKey, _Change] = {}

    def add(self, submission: Counted) -> None:
        """Counts a submission."""
        self._change(submission, 1)

    def take_out(self, submission: Counted) -> None:
        """Stops counting a submission."""
        self._change(submission, -1)

    def _change(self, submission: Counted, sign: int) -> None:
        instrument = self._catalogue[submission.instrument_id].instrument
        change = self._by_key.setdefault(_key_of(submission), _Change())
        change.families += sign
        change.without_card += 0 if submission.carded else sign
        values = tables_of(instrument).sums_of(read_bases(submission.outcomes, instrument))
        change.packed += sign * pack_number(values, instrument)

    async def store(self, connection: Connection) -> list[AffectedOut]:
        """Adds the changes to the sums of the villages. Returns the aggregates that changed."""
        changes = {key: each for key, each in self._by_key.items() if each != _Change()}
        if not changes:
            return []
        rows = [
            (key, layout_of(self._catalogue[key[0]].instrument), each.families, each.without_card, packed)
            for key, each in sorted(changes.items())
            for packed in (f"{Decimal(each.packed):f}",)
        ]
        return [
            self._affected(row, changes[row["instrument_id"], row["year"], row["region"]].families)
            for row in await connection.fetch(*_STORE.bind(**_values(rows)))
        ]

    def _affected(self, row: Mapping[str, Any], change: int) -> AffectedOut:
        instrument, after = self._catalogue[row["instrument_id"]].instrument, int(row["families"])
        return AffectedOut.of(row["region"], row["year"], instrument, families=(after - change, after))


def values_of_first(submission: Counted, result: Score, catalogue: Catalogue) -> dict[str, Any]:
    """Returns the parameters of `ADD_TO_SUMS` for the first submission of a family, which nobody has to lock."""
    instrument = catalogue[submission.instrument_id].instrument
    packed = tables_of(instrument).pack(result)
    return _values([(_key_of(submission), layout_of(instrument), 1, 0 if submission.carded else 1, packed)])


def no_values() -> dict[str, Any]:
    """Returns the parameters of `ADD_TO_SUMS` that change nothing."""
    return _values([])


def _key_of(submission: Counted) -> SumsKey:
    return submission.instrument_id, submission.year, submission.region


def _values(rows: Sequence[tuple[SumsKey, int, int, int, str]]) -> dict[str, Any]:
    return {
        "sums_instruments": [key[0] for key, *_ in rows],
        "sums_years": [key[1] for key, *_ in rows],
        "sums_regions": [key[2] for key, *_ in rows],
        "sums_layouts": [layout for _, layout, *_ in rows],
        "sums_families": [families for _, _, families, _, _ in rows],
        "sums_without_card": [without_card for *_, without_card, _ in rows],
        "sums_packed": [packed for *_, packed in rows],
    }
