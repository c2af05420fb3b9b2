"""Examples of what is held: a conflict that is read and settled, and one that is erased."""

from typing import Any

from app.examples.ids import HELD, PERSON, RECEIPT, RECEIPT_CODE, RECEIVED_AT, SUBMISSION, SURVEYED_AT, VILLAGE
from app.problems import Fault
from app.regions.codes import dot
from app.schemas.intake.submission import ReceiptOut
from app.schemas.kept import HeldFaultyOut, KeptOut
from app.schemas.problem import FaultOut
from app.schemas.reviews.held import ErasedHeldOut, HeldFamilyOut, HeldOut, HeldRowOut, SettledHeldOut
from app.schemas.shapes import Page


def make_held_examples(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id."""
    row: dict[str, Any] = {
        "id": HELD,
        "submission": SUBMISSION,
        "kind": "conflict",
        "status": "open",
        "region": VILLAGE,
        "dotted": dot(VILLAGE),
        "received_at": RECEIVED_AT,
        "code": RECEIPT_CODE,
        "sent_by": PERSON,
        "training": False,
        "based_on": None,
        "reason": None,
        "faults_total": 0,
        "closed_at": None,
        "closed_by": None,
    }
    read = HeldOut(
        **row,
        instrument=body["instrument"],
        version=body["version"],
        surveyed_at=SURVEYED_AT.isoformat(),
        family=HeldFamilyOut(head_sex=body["family"]["head_sex"], members=body["family"]["members"]),
        answers={name: body["answers"][name] for name in list(body["answers"])[:4]},
        withheld=True,
        faults=[],
        stored_revision=1,
        differs=["answers.savings"],
    )
    closed = {**row, "status": "chosen", "closed_at": RECEIVED_AT, "closed_by": PERSON}
    receipt = ReceiptOut(
        content_hash="sha-256:" + "5f" * 32, received_at=RECEIVED_AT, code=RECEIPT_CODE, signature=RECEIPT
    )
    faults = [FaultOut.model_validate(Fault("missing", pointer="/family").render("en"))]
    shown = {
        "putSubmission 202": KeptOut(
            id=SUBMISSION,
            status="held",
            held=HeldFaultyOut(id=HELD, kind="faulty", receipt=receipt, faults=faults),
        ),
        "listHeld": Page[HeldRowOut](items=[HeldRowOut(**row)], next=None),
        "getHeld": read,
        "settleHeld": SettledHeldOut(**closed, revision=2),
        "eraseHeld": ErasedHeldOut(id=HELD, erased_at=RECEIVED_AT),
    }
    return {"settleHeld": {"choose": "held", "revision": 1}}, {
        # A fault has only the members that it needs.
        name: each.model_dump(mode="json", exclude_unset=name == "putSubmission 202")
        for name, each in shown.items()
    }
