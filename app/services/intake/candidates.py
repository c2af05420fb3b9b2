"""The family that a submission is probably taken for, with its identity after the interview and what is kept aside.

Taking looks at the family without locking it, so the family may turn out to be another one (`storing.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from uuid import UUID

from app.identity.merging import Identity, merge_identities
from app.platform.encryption import Vault, VaultError
from app.problems.warning_texts import WarningCode
from app.services.families.earlier_identities import Earlier
from app.services.intake.checking import Checked

_CHANGED: Final[WarningCode] = "identity_changed"
_BEFORE: Final[WarningCode] = "interviewed_before"
_INTERVIEWED_BEFORE: Final = f"{_BEFORE} /family/card_number"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The family that a submission is probably taken for. It is a new family, or one that was found before."""

    id: UUID
    identity: Identity | None
    new: bool = True
    earlier: Earlier | None = None
    """The identity that is kept aside, because it names other people or could not be decrypted."""

    @property
    def renamed(self) -> bool:
        """Whether the interview names other people than were known."""
        return self.earlier is not None and self.earlier.reason == "changed"

    def warnings(self, *, before: bool) -> list[str]:
        """Returns the warnings about the family in their stored form.

        before: whether it was interviewed before in the same year and instrument
        """
        if self.renamed:
            return [f"{_CHANGED} /family/people"]
        return [_INTERVIEWED_BEFORE] if before else []


def candidate_from(held: Mapping[str, Any], checked: Checked, vault: Vault) -> Candidate:
    """Returns the family that holds the card, and its identity merged with the one stated in the interview.

    `held` has its family_id and the key_id, encrypted and basis of its identity.
    """
    family_id, key_id, encrypted = held["family_id"], held["key_id"], held["encrypted"]
    stated = checked.identity or {}
    surveyed_at = checked.surveyed_at.astimezone(UTC)
    try:
        merged = merge_identities(vault.decrypt(family_id, key_id, encrypted), stated)
    except VaultError:
        # An interview is not refused because a key was lost. What cannot be decrypted is kept for when the key is back.
        unreadable = Earlier("unreadable", key_id, encrypted, held["basis"], surveyed_at)
        return Candidate(family_id, stated, new=False, earlier=unreadable)
    earlier = None
    if merged.earlier is not None:
        before = None if merged.late else surveyed_at
        key = vault.encrypt(family_id, merged.earlier)
        earlier = Earlier("changed", *key, merged.earlier.get("basis"), before, merged.earlier)
    return Candidate(family_id, merged.identity, new=False, earlier=earlier)
