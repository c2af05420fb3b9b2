"""A batch of 500 interviews over HTTP, beside COPY of as many rows into the table of submissions with its indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from bench.contest import Contestant, Options, compare, ratios
from bench.load import Run, call_all
from bench.sender import BATCH
from bench.stage import NOW, Server, Stage
from bench.verdict import Row, show_contestants

_TABLE: Final = "submission"
_COLUMNS: Final = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
AND attgenerated = '' AND attidentity = '' ORDER BY attnum
"""
_STORED: Final = "SELECT {columns} FROM submission ORDER BY received_at DESC LIMIT $1"


@dataclass(slots=True)
class _Rows:
    """Stored rows again and again, each time with new ids, so that COPY has the very rows that the service makes."""

    rows: Sequence[Sequence[Any]]
    id_at: int
    copied: int = 0

    def ready(self, count: int) -> list[list[tuple[Any, ...]]]:
        return [[self._renamed(each) for each in self.rows] for _ in range(count)]

    def _renamed(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return (*row[: self.id_at], uuid4(), *row[self.id_at + 1 :])

    def sent(self, count: int) -> None:
        self.copied += count * len(self.rows)


async def measure_batches(stage: Stage, ours: Server, options: Options) -> list[Row]:
    """Prints both contestants. Each sends one after another."""
    batches = stage.contestant(
        f"ours: POST of a batch of {BATCH}",
        ours,
        stage.kinds.batches(stage.ikk, NOW),
        (1,),
        status=200,
        weight=BATCH,
    )
    await batches.take_turn(1, 0.5)  # so that there are rows to copy
    batches.turns.clear()
    columns = [each["attname"] for each in await stage.owner.fetch(_COLUMNS, _TABLE)]
    stored = await stage.owner.fetch(_STORED.format(columns=", ".join(columns)), BATCH)
    rows = _Rows([tuple(each) for each in stored], columns.index("id"))

    async def copy(records: list[tuple[Any, ...]]) -> None:
        await stage.owner.copy_records_to_table(_TABLE, records=records, columns=columns)

    async def send(calls: Sequence[Any], level: int, seconds: float) -> Run:
        return await call_all(copy, calls, tasks=level, seconds=seconds)

    copying = Contestant(f"COPY of {BATCH} rows", rows, send, None, stage.postmaster, (1,), weight=len(rows.rows))
    await compare([batches, copying], options)
    stage.ledger.copied += rows.copied
    show_contestants("Families in batches, p50 and p99 of a batch", [batches, copying])
    return [Row(f"Batch of {BATCH} over HTTP, families ÷ rows by COPY", ratios(batches, copying, 1), 0.40)]
