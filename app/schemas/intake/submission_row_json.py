"""Writes the rows of a list of submissions as JSON. Equal to SubmissionRowOut, which defines them.

What rows of an instrument, an edition or a region have in common is written once and remembered.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from pydantic_core import to_json

from app.problems.stored_warnings import read_warnings
from app.regions.codes import dot
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.review_states import ReviewState
from app.schemas.intake.score import CategoryOut
from app.schemas.intake.submission import WarningOut, tells_sensitive
from app.scoring.instrument import Instrument
from app.scoring.main_index import MainIndex

Proof = tuple[str | None, str | None]
"""Content hash and signature of a receipt."""
NO_PROOF: Final[Proof] = (None, None)
NO_WARNINGS: Final = "[]"
_MOST: Final = 65_536
"""Texts of results that are remembered of an instrument. Two families with equal results have the same."""


def write_page(rows: Sequence[str], following: str | None) -> str:
    """The JSON of a page of rows. `following` is the cursor of the next page."""
    return f'{{"items":[{",".join(rows)}],"next":{_json(following)}}}'


def write_place(region: str, edition: str) -> str:
    """The members of a row that tell its region."""
    return f"{_json({'region': region, 'dotted': dot(region), 'edition': edition})[1:-1]},"


@lru_cache(maxsize=256)
def row_writer_of(instrument: Instrument) -> "RowWriter":
    """The writer of rows that were scored by an instrument."""
    return RowWriter(instrument)


class RowWriter:
    """Writes rows of one instrument."""

    def __init__(self, instrument: Instrument) -> None:
        head = {"instrument": instrument.code, "version": instrument.version, "instrument_status": instrument.status}
        self._head = f"{_json(head)[1:-1]},"
        self._without = f'{self._head}"withheld":false,"index":null,"lowest":null,"highest":null,"category":null,'
        self._decimals = instrument.main.decimals
        self._categories = [_json(CategoryOut.at(at, instrument.main)) for at in range(len(instrument.main.categories))]

        self._instrument = instrument
        self._main = lru_cache(maxsize=_MOST)(self._write_main)
        self.codes = lru_cache(maxsize=_MOST)(self._write_codes)
        """Writes the codes of stored warnings as JSON. Takes whether those that tell of sensitive answers are told."""

    def write(
        self,
        id: UUID,
        family: UUID,
        revision: int,
        place: str,
        year: int,
        surveyed_at: datetime,
        purpose: Purpose,
        uncounted: Uncounted | None,
        moved: bool | None,
        main: MainIndex | None,
        received_at: datetime,
        code: str,
        proof: Proof,
        warnings: str,
        review: ReviewState | None = None,
    ) -> str:
        """The JSON of SubmissionRowOut.

        place: of `write_place`
        main: None if the family is restricted
        code: as it is stored
        warnings: of `codes`
        """
        status, result = ("restricted", self._without) if main is None else (review or "accepted", self._main(main))
        counted = f'false,"uncounted":"{uncounted}"' if uncounted is not None else 'true,"uncounted":null'
        shown, signed = _NOT_PROVEN if proof is NO_PROOF else map(_quoted, proof)
        surveyed, received = surveyed_at.isoformat(), received_at.isoformat()
        return (
            f'{{"id":"{id}","family":"{family}","revision":{revision},"status":"{status}",{place}"year":{year},'
            f'"surveyed_at":"{surveyed[:-6]}Z","purpose":"{purpose}","counts":{counted},"moved":{_MOVED[moved]},"warnings":{warnings},'
            f'{result}"receipt":{{"content_hash":{shown},"received_at":"{received[:-6]}Z",'
            f'"code":"{code[:3]}-{code[3:6]}-{code[6:]}","signature":{signed}}}}}'
        )

    def _write_codes(self, stored: str, whole: bool) -> str:
        read, instrument = read_warnings(stored), self._instrument
        told = [each for each in read if whole or not tells_sensitive(each, instrument)]
        return _json(list(dict.fromkeys(WarningOut.of(each, instrument).code for each in told)))

    def _write_main(self, main: MainIndex) -> str:
        """The members that tell the instrument and the result."""
        value, lowest, highest = (
            None if each is None else each / 10**self._decimals for each in (main.value, main.lowest, main.highest)
        )
        category = "null" if main.category is None else self._categories[main.category]
        told = {"withheld": main.withheld, "index": value, "lowest": lowest, "highest": highest}
        return f'{self._head}{_json(told)[1:-1]},"category":{category},'


_MOVED: Final = {None: "null", True: "true", False: "false"}
_NOT_PROVEN: Final = ("null", "null")


def _quoted(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'


def _json(value: object) -> str:
    return to_json(value).decode()
