"""The family that a submission is probably taken for, with its identity after the interview and what is kept aside.

Taking looks at the family without locking it, so the family may turn out to be another one (`taking.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from uuid import UUID, uuid4

from app.identity.merging import Identity, merge_identities
from app.platform.encryption import Vault, VaultError
from app.problems.warning_texts import WarningCode
from app.schemas.intake.purpose import DEFAULT_PURPOSE
from app.services.audit.queue import taking_detail
from app.services.families.earlier_identities import Earlier, earlier_values
from app.services.families.family_keys import key_values
from app.services.families.identities import identity_values
from app.services.intake.checking import Checked
from app.services.intake.submission_table import SubmissionRow

_CHANGED: Final[WarningCode] = "identity_changed"
_BEFORE: Final[WarningCode] = "interviewed_before"
INTERVIEWED_BEFORE: Final = f"{_BEFORE} /family/card_number"
"""The stored form of the warning of a family that was interviewed before in the same year and instrument."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The family that a submission is probably taken for. It is a new family, or one that was found before."""

    id: UUID
    identity: Identity | None
    new: bool = True
    earlier: Earlier | None = None
    """The identity that is kept aside, because it names other people or could not be decrypted."""

    def warnings_after(self, warnings: list[str]) -> list[str]:
        """Returns the submission's warnings in their stored form, with the one about its family."""
        changed = self.earlier is not None and self.earlier.reason == "changed"
        return [*warnings, f"{_CHANGED} /family/people"] if changed else warnings


def candidate_from(found: Mapping[str, Any], checked: Checked, vault: Vault) -> Candidate:
    """Returns the family that was found instead, and its identity merged with the one stated in the interview.

    `found` has its family_id and the key_id, encrypted and basis of its identity, or None for each.
    """
    family_id, key_id, encrypted = found["family_id"], found["key_id"], found["encrypted"]
    stated = checked.identity
    if family_id is None or key_id is None or encrypted is None or stated is None:
        return Candidate(uuid4(), stated)
    surveyed_at = checked.surveyed_at.astimezone(UTC)
    try:
        merged = merge_identities(vault.decrypt(family_id, key_id, encrypted), stated)
    except VaultError:
        # An interview is not refused because a key was lost. What cannot be decrypted is kept for when the key is back.
        unreadable = Earlier("unreadable", key_id, encrypted, found["basis"], surveyed_at)
        return Candidate(family_id, stated, new=False, earlier=unreadable)
    earlier = None
    if merged.earlier is not None:
        before = None if merged.late else surveyed_at
        key = vault.encrypt(family_id, merged.earlier)
        earlier = Earlier("changed", *key, merged.earlier.get("basis"), before, merged.earlier)
    return Candidate(family_id, merged.identity, new=False, earlier=earlier)


def family_values(family: Candidate, row: SubmissionRow, checked: Checked, vault: Vault) -> dict[str, Any]:
    """Returns the parameters for the family's keys, its encrypted identity, and the detail of the audit entry."""
    consent = checked.consent
    kept = None if family.earlier is None else family.earlier.identity
    detail = {
        "family": str(family.id),
        "receipt": vault.marks(row.id, checked.hashed.value)[0],
        "consent": None if consent is None else vault.consent_marks(family.id, consent.version)[0],
    }
    return {
        "new": family.new,
        "again": row.purpose == DEFAULT_PURPOSE and (family.earlier is None or family.earlier.reason != "changed"),
        **key_values(checked.card_number, [family.identity, kept], vault),
        **identity_values(family.id, family.identity, vault),
        **earlier_values(family.earlier),
        "detail": taking_detail(
            detail if family.earlier is None else {**detail, f"identity_{family.earlier.reason}": True}
        ),
    }
