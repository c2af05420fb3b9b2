"""Examples of subject requests and consents, and an export that is cut to what shows its form."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.examples.ids import CONSENT, OFFICER, REQUEST
from app.regions.codes import dot
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.families.consent import ConsentIn, ConsentOut, ConsentsOut
from app.schemas.families.identity import MemberOut
from app.schemas.intake.submission import SubmissionIn, SubmissionOut
from app.schemas.shapes import Page
from app.schemas.subject_requests.correction import CorrectionIn
from app.schemas.subject_requests.export import (
    ExportedAnswerOut,
    ExportedFamilyOut,
    ExportedIdentityOut,
    ExportedNumberOut,
    ExportedSubmissionOut,
    FamilyExportOut,
    TrailOut,
)
from app.schemas.subject_requests.grounds import GROUNDS, RefusalIn, RefusalOut
from app.schemas.subject_requests.subject_request import PUBLISHED, FulfilledOut, SubjectRequestIn, SubjectRequestOut
from app.schemas.subject_requests.withdrawal import WithdrawalIn, WithdrawnOut
from app.scoring.instrument import Instrument


def make_rights_examples(
    submission: SubmissionOut, body: dict[str, Any], instrument: Instrument
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id, all for the family of one submission."""
    asked_at = submission.receipt.received_at + timedelta(days=30)
    told = body["family"]
    request = _request(submission.family, body["region"], asked_at)
    asked = {"family": str(request.family), "kind": request.kind, "channel": request.channel}
    consent = ConsentOut(
        id=CONSENT,
        family=request.family,
        version="2025-1",
        channel="paper",
        given_at=submission.receipt.received_at,
        recorded_at=submission.receipt.received_at,
        recorded_by=OFFICER,
        withdrawn_at=None,
    )
    identity = {name: told[name] for name in ("card_number", "address", "people") if told.get(name)}
    requests = {
        "createSubjectRequest": {**asked, "received_at": asked_at.isoformat()},
        "fulfilSubjectRequest": {"identity": identity},
        "refuseSubjectRequest": {"ground": "statistics_and_research"},
        "createConsent": {"version": consent.version, "channel": "paper", "given_at": consent.given_at.isoformat()},
        "withdrawConsent": {"channel": "letter", "received_at": asked_at.isoformat()},
    }
    shapes: tuple[type[BaseModel], ...] = (SubjectRequestIn, CorrectionIn, RefusalIn, ConsentIn, WithdrawalIn)
    for shape, name in zip(shapes, requests, strict=True):
        shape.model_validate(requests[name])
    done = request.model_copy(
        update={"status": "done", "hours_left": None, "closed_at": asked_at, "closed_by": OFFICER}
    )
    ground = GROUNDS["statistics_and_research"]
    refusal = RefusalOut(ground="statistics_and_research", article=ground.article, text=ground.text)
    affected = AffectedOut.of(request.region, 2025, instrument, basis="reported", families=(20, 19))
    responses: dict[str, BaseModel] = {
        "createSubjectRequest": request,
        "getSubjectRequest": request,
        "listSubjectRequests": Page(items=[request], next=None),
        "fulfilSubjectRequest": FulfilledOut(request=done, affected=[affected], published=PUBLISHED),
        "refuseSubjectRequest": done.model_copy(update={"status": "refused", "refusal": refusal}),
        "exportFamily": _export(submission, body, instrument, request=request, consent=consent),
        "createConsent": consent,
        "listConsents": ConsentsOut(items=[consent]),
        "withdrawConsent": WithdrawnOut(consent=consent.model_copy(update={"withdrawn_at": asked_at}), request=request),
    }
    return requests, {name: response.model_dump(mode="json", by_alias=True) for name, response in responses.items()}


def _request(family: UUID, region: str, asked_at: datetime) -> SubjectRequestOut:
    return SubjectRequestOut(
        id=REQUEST,
        family=family,
        region=region,
        dotted=dot(region),
        kind="restrict",
        channel="letter",
        status="open",
        received_at=asked_at,
        due_at=asked_at + timedelta(hours=72),
        overdue=False,
        hours_left=70.5,
        recorded_at=asked_at + timedelta(hours=1),
        recorded_by=OFFICER,
        closed_at=None,
        closed_by=None,
        refusal=None,
    )


def _export(
    submission: SubmissionOut,
    body: dict[str, Any],
    instrument: Instrument,
    *,
    request: SubjectRequestOut,
    consent: ConsentOut,
) -> FamilyExportOut:
    received_at, sent = submission.receipt.received_at, SubmissionIn.model_validate(body)
    question = instrument.question["members"]
    told = sent.family.model_dump(mode="json", exclude_none=True)
    return FamilyExportOut(
        exported_at=request.recorded_at,
        family=ExportedFamilyOut(
            id=request.family,
            region=request.region,
            dotted=request.dotted,
            created_at=received_at,
            restricted_at=None,
        ),
        identity=ExportedIdentityOut(
            as_of=sent.surveyed_at,
            card_number=told["card_number"],
            address=told["address"],
            people=[MemberOut(**each) for each in told["people"][:1]],
            people_withheld=len(told["people"]) - 1,
        ),
        numbers=[ExportedNumberOut(kind="card", first_seen_at=received_at)],
        submissions=[
            ExportedSubmissionOut(
                id=submission.id,
                revision=1,
                region=request.region,
                dotted=request.dotted,
                year=2025,
                started_at=None,
                surveyed_at=sent.surveyed_at,
                purpose="interview",
                counts=True,
                uncounted=None,
                moved=False,
                sent_by=OFFICER,
                head_sex=sent.family.head_sex,
                members=sent.family.members,
                receipt=submission.receipt.model_copy(update={"signature": None}),
                answers=[
                    ExportedAnswerOut(
                        question=question.code, text=question.text, answer=sent.family.members, answer_text=None
                    )
                ],
                answers_withheld=0,
                score=submission.score,
                warnings=[],
                approved=False,
                status="accepted",
                corrected=False,
                corrected_by=None,
                revised_at=None,
                assigned_to=None,
                after_settlement=False,
                revisions=[],
                reviews=[],
            )
        ],
        held=[],
        consents=[consent],
        requests=[request.model_copy(update={"kind": "export"})],
        identifications=[],
        trail=[
            TrailOut(
                at=received_at,
                kind="submission.take",
                meaning="A submission was stored",
                caller_kind="agency",
                caller_id=str(OFFICER),
                region=request.region,
                subject=f"submission:{submission.id}",
                detail={"family": str(request.family)},
            )
        ],
    )
