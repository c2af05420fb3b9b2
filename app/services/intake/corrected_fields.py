"""What a correction changes in a submission. Audits it by the names of what changed, never by an answer."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.models import Family, Submission
from app.platform.encryption import Vault, VaultError
from app.scoring.catalogue import Catalogue
from app.scoring.coding import decode_answers
from app.services.audit.queue import record
from app.services.intake.submission_table import SubmissionRow, read_texts

_COMPARED: Final = ("revision", "receipt", "instrument", "region")
ANSWERS: Final = "answers."
"""What the name of a changed answer begins with. The code of its question follows."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A row of a submission and the one that takes its place."""

    old: Submission
    new: SubmissionRow
    catalogue: Catalogue
    vault: Vault


def changed_fields(change: Replaced) -> list[str]:
    """Returns the names of what a correction changes, without its revision and its mark."""
    before, after = _shown(change.old, change), _shown(change.new, change)
    return _differing(before, after)


async def record_correction(
    session: AsyncSession, caller: Caller, change: Replaced, *, family: Family, **detail: str
) -> None:
    """Audits a correction with the old and new mark, revision, instrument and region.

    Of everything else the entry holds only the names of what changed.
    """
    before, after = _shown(change.old, change), _shown(change.new, change)
    await record(
        session,
        caller,
        "submission.correct",
        region=change.new.region,
        subject=f"submission:{change.new.id}",
        family=str(family.id),
        **detail,
        fields=_differing(before, after),
        before={name: before[name] for name in _COMPARED},
        after={name: after[name] for name in _COMPARED},
    )


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    fields = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [name for name in fields if name not in ("revision", "receipt")]


def _shown(row: Submission | SubmissionRow, change: Replaced) -> dict[str, Any]:
    """Returns all that a correction can change in a submission, by name. It stays in memory."""
    instrument = change.catalogue[row.instrument_id].instrument
    try:
        texts = read_texts(row, change.vault)
    except VaultError:
        texts = None
    answers = decode_answers(row.answers, texts, instrument)
    hashed = change.vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
    return {
        "revision": row.revision,
        "receipt": change.vault.marks(row.id, hashed.value)[0] if hashed is not None else None,
        "instrument": f"{instrument.code} {instrument.version}",
        "region": row.region,
        "started_at": row.started_at and row.started_at.isoformat(),
        "surveyed_at": row.surveyed_at.isoformat(),
        "family.head_sex": row.head_sex,
        "family.members": row.members,
        **{f"{ANSWERS}{code}": answer for code, answer in answers.items()},
    }
