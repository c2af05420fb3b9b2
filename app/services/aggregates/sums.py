"""The sums of villages, from which aggregates are read. The only writer of `village_sums`.

A village has one row per year, instrument, basis and layout. Its sums are packed into one number, so that one addition
adds all of them. Only `app/services/intake/counting.py` decides what the sums hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from app.platform.database import Connection
from app.platform.sql import Statement
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.aggregates.basis import Basis
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue
from app.scoring.compiled_score import tables_of
from app.scoring.instrument import Instrument
from app.scoring.packing import layout_of, pack_number

BASES: Final[Mapping[Basis, str]] = {"reported": "r", "approved": "a"}
"""How a basis is stored."""
_NAMES: Final[Mapping[str, Basis]] = {letter: basis for basis, letter in BASES.items()}
SumsKey = tuple[int, int, str, str]
"""The key of a village's sums, which is the instrument's id, the year, the letter of the basis and the village."""

_INSERT: Final = """
INSERT INTO village_sums (instrument_id, year, basis, region, layout, families, without_card, sums)
SELECT instrument_id, year, basis::"char", region, layout, sum(families), sum(without_card), sum(sums)
FROM unnest(
    :sums_instruments::smallint[], :sums_years::smallint[], :sums_bases::text[], :sums_regions::text[],
    :sums_layouts::smallint[],
    :sums_families::integer[], :sums_without_card::integer[], :sums_packed::text[]::numeric[], :sums_causes::uuid[]
) AS change (instrument_id, year, basis, region, layout, families, without_card, sums, cause)
WHERE {when}
GROUP BY instrument_id, year, basis, region, layout
HAVING sum(families) <> 0 OR sum(without_card) <> 0 OR sum(sums) <> 0
ORDER BY instrument_id, year, basis, region COLLATE "C"
ON CONFLICT (instrument_id, year, basis, region, layout) DO UPDATE SET
    families = village_sums.families + excluded.families,
    without_card = village_sums.without_card + excluded.without_card, sums = village_sums.sums + excluded.sums,
    changes = village_sums.changes + 1
"""
# One statement locks the rows in the order of their keys, as every transaction does.
ADD_TO_SUMS: Final = _INSERT.format(when="(change.cause IN (SELECT id FROM taken)) IS TRUE")
"""Statement part that stores changes of sums, each caused by a submission, if that was `taken`."""
_STORE: Final = Statement(
    """
{changes}
RETURNING instrument_id, year, basis, region, families + coalesce((
    SELECT sum(other.families) FROM village_sums AS other
    WHERE other.instrument_id = village_sums.instrument_id AND other.year = village_sums.year
    AND other.basis = village_sums.basis AND other.region = village_sums.region AND other.layout <> village_sums.layout
), 0) AS families
""",
    changes=_INSERT.format(when="true"),
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


class CountedRow(Counted, Protocol):
    """The members of a row that say in which sums it is."""

    @property
    def uncounted(self) -> str | None: ...
    @property
    def in_approved(self) -> bool: ...


class SumsChange(NamedTuple):
    """Changes the sums of a village. `packed` are the digits of what is added, or taken out if negative.

    basis: its letter
    cause: the submission that brings the change, or None if nothing has to be stored for it
    """

    instrument_id: int
    year: int
    basis: str
    region: str
    layout: int
    families: int
    without_card: int
    packed: str
    cause: UUID | None


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

    def add(self, submission: Counted, basis: Basis) -> None:
        """Counts a submission."""
        self._change(submission, basis, 1)

    def take_out_row(self, row: CountedRow) -> None:
        """Stops counting a row as it was stored."""
        if row.uncounted is None:
            self.take_out(row, "reported")
        if row.in_approved:
            self.take_out(row, "approved")

    def take_out(self, submission: Counted, basis: Basis) -> None:
        """Stops counting a submission."""
        self._change(submission, basis, -1)

    def _change(self, submission: Counted, basis: Basis, sign: int) -> None:
        instrument = self._catalogue[submission.instrument_id].instrument
        key = submission.instrument_id, submission.year, BASES[basis], submission.region
        change = self._by_key.setdefault(key, _Change())
        change.families += sign
        change.without_card += 0 if submission.carded else sign
        values = tables_of(instrument).sums_of(read_bases(submission.outcomes, instrument))
        change.packed += sign * pack_number(values, instrument)

    def rows(self, cause: UUID | None = None) -> list[SumsChange]:
        """Returns the changes in the order of their keys."""
        return [
            SumsChange(*key, self._layout(key), each.families, each.without_card, f"{Decimal(each.packed):f}", cause)
            for key, each in sorted(self._by_key.items())
            if each != _Change()
        ]

    async def store(self, connection: Connection) -> list[AffectedOut]:
        """Adds the changes to the sums of the villages. Returns the aggregates that changed."""
        rows = self.rows()
        if not rows:
            return []
        return [self._affected(row) for row in await connection.fetch(*_STORE.bind(**sums_values(rows)))]

    def _layout(self, key: SumsKey) -> int:
        return layout_of(self._catalogue[key[0]].instrument)

    def _affected(self, row: Mapping[str, Any]) -> AffectedOut:
        instrument, after = self._catalogue[row["instrument_id"]].instrument, int(row["families"])
        letter = row["basis"].decode()
        change = self._by_key[row["instrument_id"], row["year"], letter, row["region"]].families
        return AffectedOut.of(
            row["region"], row["year"], instrument, basis=_NAMES[letter], families=(after - change, after)
        )


def first_change(submission: Counted, packed: str, instrument: Instrument, cause: UUID) -> SumsChange:
    """Returns the change by a submission that counts and whose packed sums are known."""
    return SumsChange(
        submission.instrument_id,
        submission.year,
        BASES["reported"],
        submission.region,
        layout_of(instrument),
        1,
        0 if submission.carded else 1,
        packed,
        cause,
    )


_COLUMNS: Final = tuple(
    f"sums_{name}"
    for name in (
        *("instruments", "years", "bases", "regions", "layouts", "families", "without_card", "packed", "causes"),
    )
)


def sums_values(rows: Sequence[SumsChange]) -> dict[str, Any]:
    """Returns the parameters of `ADD_TO_SUMS`."""
    columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in _COLUMNS)
    return dict(zip(_COLUMNS, columns, strict=True))
