"""Examples of what a device with a new phone asks: what became of its interviews, and for answers back."""

from typing import Any

from app.examples.ids import BATCHED, SALT, SUBMISSION, SURVEYED_AT, VILLAGE
from app.schemas.intake.answers import SentFamilyOut, SubmissionAnswersOut
from app.schemas.intake.reconcile import ACTIONS, ReconciledOut, ReconciliationOut, StatesOut


def make_reconcile_examples(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id."""
    pairs = [{"id": str(SUBMISSION), "hash": "sha-256:" + "5f" * 32}, {"id": str(BATCHED[0])}]
    told = [
        ReconciledOut(id=SUBMISSION, state="stored", action=ACTIONS["stored"], purpose="interview", revision=1),
        ReconciledOut(id=BATCHED[0], state="missing", action=ACTIONS["missing"], purpose=None, revision=None),
    ]
    counts = StatesOut(stored=1, missing=1, differs=0, superseded=0, erased=0, not_yours=0)
    answers = SubmissionAnswersOut(
        revision=1,
        withheld=[],
        id=SUBMISSION,
        instrument=body["instrument"],
        version=body["version"],
        region=VILLAGE,
        started_at=None,
        surveyed_at=SURVEYED_AT,
        purpose="interview",
        family=SentFamilyOut(head_sex=body["family"]["head_sex"], members=body["family"]["members"]),
        answers={name: body["answers"][name] for name in list(body["answers"])[:4]},
        salt=SALT,
    )
    shown = {"reconcileSubmissions": ReconciliationOut(items=told, counts=counts), "getAnswers": answers}
    return (
        {"reconcileSubmissions": {"items": pairs}},
        {name: each.model_dump(mode="json") for name, each in shown.items()},
    )
