"""The input of everything that serves a subject request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.models import Family, SubjectRequest
from app.platform.encryption import Vault
from app.problems import Fault, Problem, kinds, pointer
from app.problems.fault_texts import Texts
from app.schemas.subject_requests.correction import CorrectionIn
from app.scoring.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """An open subject request and its family, both locked, with everything needed to serve it.

    `latest` is the present moment plus the clock skew allowed.
    """

    request: SubjectRequest
    family: Family
    content: Mapping[str, Any]
    catalogue: Catalogue
    vault: Vault
    latest: datetime


_EMPTY: Final[Texts] = (
    "Permintaan jenis ini dilayani tanpa isian. Hapus bagian ini, dan kirim {{}} saja.",
    "Subject requests of this kind take no members. Remove this, and send only {{}}.",
)


def refuse_members(content: Mapping[str, Any]) -> None:
    """Raises faults for every member of a body that should be an empty object. Null members count as absent."""
    known = CorrectionIn.model_fields
    unknown = [name for name, value in content.items() if value is not None or name not in known]
    if unknown:
        raise Problem(
            kinds.FAULTS, faults=[Fault("unknown_member", pointer=pointer([name]), texts=_EMPTY) for name in unknown]
        )
