"""Examples of a batch: one interview that is stored, and one with an answer that is not known."""

from typing import Any, Final

from app.examples.ids import BATCHED
from app.problems import Expected, Problem, kinds, shaped
from app.schemas.intake.batch import BatchedOut, BatchOut
from app.schemas.intake.submission import SubmissionOut

_SALTS: Final = ("1d0f6a2b-8c4e-4b7a-a5d3-0c9e8f7a6b51", "5e2c7b90-4a1d-4f68-b3c7-6d5e4f3a2b10")
_REQUEST: Final = "0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001"


def make_batch_examples(submission: SubmissionOut, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id."""
    requests = {"sendBatch": {"items": [_sent(at, body) for at in range(len(BATCHED))]}}
    members = Expected(type="integer", example=4, minimum=1, maximum=50)
    problem = Problem(kinds.FAULTS, faults=[shaped("out_of_range", members, pointer="/family/members")])
    stored = {"position": 0, "id": BATCHED[0], "outcome": "stored", "status": 201, "retry_after": None, "problem": None}
    refused = {"position": 1, "id": BATCHED[1], "outcome": "refused", "status": 422, "retry_after": None}
    taken = BatchedOut(**stored, submission=submission.model_copy(update={"id": BATCHED[0]}))
    faulty = BatchedOut(**refused, submission=None, problem=problem.render("en", _REQUEST))
    whole = BatchOut(items=[taken, faulty], stored=1, refused=1)
    return requests, {"sendBatch": whole.model_dump(mode="json")}


def _sent(position: int, body: dict[str, Any]) -> dict[str, Any]:
    """An interview with few answers, as one that the family ended early. The second family showed no card."""
    answers = {name: body["answers"][name] for name in list(body["answers"])[:4]}
    family = {name: value for name, value in body["family"].items() if position == 0 or name != "card_number"}
    changed = {"family": family, "answers": answers, "salt": _SALTS[position]}
    return {"id": str(BATCHED[position]), "submission": {**body, **changed}}
