"""A checked submission with all that is stored of it, except what depends on its family."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from app.access import Caller
from app.platform.codes import make_receipt_code
from app.platform.database import area_of
from app.platform.encryption import Digest, Vault
from app.platform.request_id import REQUEST_ID
from app.schemas.intake.purpose import DEFAULT_PURPOSE
from app.services.families.family_keys import both_digests
from app.services.intake.candidates import Candidate
from app.services.intake.checking import Checked, without_identity
from app.services.intake.scores import FamilyScore, score_family
from app.services.intake.submission_table import SubmissionRow, make_row

_IN_TRAINING: Final = "in_training /purpose"


@dataclass(slots=True, eq=False)
class Draft:
    """A submission to store. Its row is that of a new family's.

    card_lookups, card_keys: the digests to find its card by, and those to store
    nik_lookups, nik_keys: the same of NIKs
    salt_marks: the marks to find its salt by
    """

    checked: Checked
    score: FamilyScore
    row: SubmissionRow
    family: Candidate
    caller: Caller
    area: str
    request_id: str | None
    card_lookups: list[bytes]
    card_keys: list[Digest]
    nik_lookups: list[bytes]
    nik_keys: list[Digest]
    salt_marks: list[bytes]
    holder: UUID | None = None
    """The family that holds its card, as far as is known."""
    round_settled: bool = False
    """Whether its round is settled, as far as is known. Then it does not count yet."""

    @property
    def numbers(self) -> list[bytes]:
        """The digests to find any number of its family by."""
        return [*self.card_lookups, *self.nik_lookups]

    @property
    def alone(self) -> set[Hashable]:
        """What no two submissions of a batch may have in common, because the later one has to see the earlier one."""
        return {self.row.id, *self.card_lookups, *self.nik_lookups, *self.salt_marks}


def make_draft(id: UUID, checked: Checked, caller: Caller, vault: Vault) -> Draft:
    """Scores a checked submission and encrypts what is stored apart from its family."""
    purpose = "training" if caller.training else checked.purpose or DEFAULT_PURPOSE
    if purpose == "training":
        checked = without_identity(checked)
    if caller.training:
        checked = replace(checked, warnings=[*checked.warnings, _IN_TRAINING])
    score = score_family(checked.taken.bases, checked.published.instrument)
    sender, family_id, salt = UUID(caller.id), uuid4(), checked.hashed.salt
    code = make_receipt_code()
    row = make_row(
        id, checked, score, vault, sent_by=sender, family_id=family_id, code=code, purpose=purpose, first=True
    )
    card_lookups, card_keys = both_digests("card", [checked.identity], vault)
    nik_lookups, nik_keys = both_digests("nik", [checked.identity], vault)
    return Draft(
        checked=checked,
        score=score,
        row=row,
        family=Candidate(family_id, checked.identity),
        caller=caller,
        area=area_of(caller.regions),
        request_id=REQUEST_ID.get(),
        card_lookups=card_lookups,
        card_keys=card_keys,
        nik_lookups=nik_lookups,
        nik_keys=nik_keys,
        salt_marks=[] if salt is None else vault.salt_marks(sender, salt),
    )
