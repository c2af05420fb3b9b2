"""Examples of requests about families and their identities, and of the responses."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from app.examples.ids import APPROVER, EARLIER, IDENTIFICATION, OFFICER, OTHER_FAMILY
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
        id=IDENTIFICATION,
        family=family,
        state="live",
        purpose="subject_request",
        letter=None,
        note="Keluarga meminta pembetulan alamat",
        stated_by=OFFICER,
        approved_by=None,
        approved_at=None,
        expires_at=received_at + timedelta(minutes=30),
    )
    responses: dict[str, BaseModel] = {
        "findFamilies": FoundFamiliesOut(
            items=[FoundFamilyOut(family=family, region=region, dotted=dot(region), years=[year])], held=[]
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
                UnsettledOut(id=EARLIER, kept_at=received_at, reason="changed", submission=id, submissions=[])
            ],
        ),
        "createIdentification": stated,
        "getIdentification": stated,
        "approveIdentification": stated.model_copy(update={"approved_by": APPROVER, "approved_at": received_at}),
        "getIdentity": IdentityOut(
            family=family,
            identification=IDENTIFICATION,
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
                    id=EARLIER,
                    kept_at=received_at,
                    reason="changed",
                    submission=id,
                )
            ],
            next=None,
        ),
        "settleIdentity": SettledOut(
            family=family,
            earlier_identity=EARLIER,
            settled_as="another",
            other_family=OTHER_FAMILY,
            submissions=[id],
            numbers=4,
            affected=[],
        ),
    }
    return requests, {name: response.model_dump(mode="json", by_alias=True) for name, response in responses.items()}
