"""Examples of requests about families and their identities, and of the responses."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from app.regions.codes import dot
from app.schemas.families.family import (
    FamilyOut,
    FamilySearchIn,
    FamilySubmissionOut,
    FoundFamiliesOut,
    FoundFamilyOut,
    IdentificationIn,
    IdentificationOut,
    UnsettledOut,
)
from app.schemas.families.identity import IdentityOut, MemberOut, UnsettledIdentityOut
from app.schemas.intake.submission import SubmissionIn
from app.schemas.shapes import Page
from app.schemas.subject_requests.settlement import SettledOut, SettlementIn

_LETTER: Final = "460/112/DINSOS/XI/2026"
_CALLER: Final = UUID("a4a5c9a6-7c1e-4a39-8a6c-0d8f4f2b7e10")
_APPROVER: Final = UUID("0f6d3b1c-52a4-4e7d-9c1b-7a8e5d2c4f90")
_EARLIER: Final = UUID("2f6d1b0c-93a4-4f0e-8c55-7be0d4a1c9e2")
_OTHER: Final = UUID("c1e7a9d4-52b8-4d36-a0f3-19c86e5b7d40")
_IDENTIFICATION: Final = UUID("6c0a7a3e-5d0b-4b8c-9a51-1f6f0f6f8d11")


def make_family_examples(
    id: UUID, family: UUID, body: dict[str, Any], received_at: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id, all for the family of one submission."""
    submission = SubmissionIn.model_validate(body)
    region, told = submission.region, submission.family.model_dump(mode="json", exclude_none=True)
    requests = {
        "findFamilies": {"card_number": told["card_number"], "purpose": "assistance_matching", "letter": _LETTER},
        "createIdentification": {
            "purpose": "subject_request",
            "note": "Keluarga meminta pembetulan alamat",
            "minutes": 30,
        },
        "settleIdentity": {"as": "another"},
    }
    FamilySearchIn.model_validate(requests["findFamilies"])
    IdentificationIn.model_validate(requests["createIdentification"])
    SettlementIn.model_validate(requests["settleIdentity"])
    year = submission.surveyed_at.year
    sent = FamilySubmissionOut(
        id=id,
        year=year,
        surveyed_at=submission.surveyed_at,
        instrument=submission.instrument,
        version=submission.version,
        revision=1,
    )
    stated = IdentificationOut(
        id=_IDENTIFICATION,
        family=family,
        state="live",
        purpose="subject_request",
        letter=None,
        note="Keluarga meminta pembetulan alamat",
        stated_by=_CALLER,
        approved_by=None,
        approved_at=None,
        expires_at=received_at + timedelta(minutes=30),
    )
    responses: dict[str, BaseModel] = {
        "findFamilies": FoundFamiliesOut(
            items=[FoundFamilyOut(family=family, region=region, dotted=dot(region), years=[year])]
        ),
        "getFamily": FamilyOut(
            id=family,
            region=region,
            dotted=dot(region),
            created_at=received_at,
            restricted_at=None,
            submissions=[sent],
            consents=[],
            earlier_identities=[
                UnsettledOut(id=_EARLIER, kept_at=received_at, reason="changed", submission=id, submissions=[])
            ],
        ),
        "createIdentification": stated,
        "getIdentification": stated,
        "approveIdentification": stated.model_copy(update={"approved_by": _APPROVER, "approved_at": received_at}),
        "getIdentity": IdentityOut(
            family=family,
            identification=_IDENTIFICATION,
            card_number=told["card_number"],
            address=told["address"],
            people=[MemberOut(**each) for each in told["people"]],
            as_of=submission.surveyed_at,
            basis="consent",
        ),
        "listEarlierIdentities": Page(
            items=[
                UnsettledIdentityOut(
                    family=family,
                    region=region,
                    dotted=dot(region),
                    id=_EARLIER,
                    kept_at=received_at,
                    reason="changed",
                    submission=id,
                )
            ],
            next=None,
        ),
        "settleIdentity": SettledOut(
            family=family,
            earlier_identity=_EARLIER,
            settled_as="another",
            other_family=_OTHER,
            submissions=[id],
            numbers=4,
            affected=[],
        ),
    }
    return requests, {name: response.model_dump(mode="json") for name, response in responses.items()}
