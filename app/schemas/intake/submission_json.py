"""Writes a stored submission as JSON. Equal to SubmissionOut, which defines it and takes twenty times as long.

The caller gives the score as JSON. Each warning is written once for an instrument and remembered.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.submission import WarningOut
from app.scoring.instrument import Instrument

_MOST: Final = 8192
"""Warnings that are remembered. A warning of a person has a form for each place in the list of people."""


def write_submission(
    *,
    id: UUID,
    family: UUID,
    purpose: Purpose,
    received_at: datetime,
    code: str,
    content_hash: str | None,
    signature: str | None,
    uncounted: Uncounted | None,
    score: str,
    warnings: Sequence[str],
    instrument: Instrument,
    revision: int = 1,
) -> str:
    """The JSON of SubmissionOut.

    code: the receipt code as it is shown
    content_hash: sha-256:<hex>
    score: the JSON of ScoreOut
    warnings: in their stored form
    """
    shown = f'"{content_hash}"' if content_hash is not None else "null"
    signed = f'"{signature}"' if signature is not None else "null"
    counted = f'false,"uncounted":"{uncounted}"' if uncounted is not None else 'true,"uncounted":null'
    moment = received_at.isoformat().replace("+00:00", "Z")
    told = ",".join([_write_warning(each, instrument) for each in warnings]) if warnings else ""
    return (
        f'{{"id":"{id}","family":"{family}","revision":{revision},"status":"accepted","purpose":"{purpose}",'
        f'"receipt":{{"content_hash":{shown},"received_at":"{moment}","code":"{code}",'
        f'"signature":{signed}}},"counts":{counted},"score":{score},"warnings":[{told}]}}'
    )


@lru_cache(maxsize=_MOST)
def _write_warning(stored: str, instrument: Instrument) -> str:
    return WarningOut.of(stored, instrument).model_dump_json()
