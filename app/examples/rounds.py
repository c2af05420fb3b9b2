"""Examples of a round of interviews. Its figures are invented."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from app.examples.ids import RECEIVED_AT, ROUND, SUBMISSION, VILLAGE
from app.regions.codes import dot
from app.regions.local_time import start_of_day
from app.schemas.rounds.round import RoundChangeOut, RoundCoverageOut, RoundIn, RoundOut, RoundRowOut, RoundVillageOut
from app.schemas.shapes import Page


def make_round_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id. The shape checks each request."""
    planned = {
        "name": "Pendataan IKK 2025 Kota Banjarbaru",
        "instrument": "ikk-29",
        "version": "2025.2",
        "design": "census",
        "opens_on": "2025-07-01",
        "closes_on": "2025-09-30",
        "villages": [{"region": VILLAGE, "expected": 240}],
    }
    wanted = RoundIn.model_validate(planned)
    row = RoundRowOut(
        **wanted.model_dump(exclude={"villages"}),
        id=ROUND,
        span=VILLAGE,
        year=2025,
        status="open",
        closed_at=None,
        settled_at=None,
        created_at=RECEIVED_AT - timedelta(days=60),
        villages=1,
    )
    counts = {
        "accepted": 12,
        "in_review": 4,
        "approved": 180,
        "returned": 6,
        "rejected": 2,
        "late": 0,
        "after_settlement": 0,
        "held": 1,
        "expected": 240,
        "interviewed": 202,
    }
    counted = RoundCoverageOut.members_of(counts, whole=True)
    opens_at = start_of_day(wanted.opens_on, VILLAGE)
    ends_at = start_of_day(wanted.closes_on + timedelta(days=1), VILLAGE)
    village = RoundVillageOut(
        region=VILLAGE, dotted=dot(VILLAGE), opens_at=opens_at, ends_at=ends_at, late_from=ends_at, **counted
    )
    open_round = RoundOut(**dict(row), totals=RoundCoverageOut(**counted))
    closed = open_round.model_copy(update={"status": "closed", "closed_at": RECEIVED_AT + timedelta(days=50)})
    settled = closed.model_copy(update={"status": "settled", "settled_at": RECEIVED_AT + timedelta(days=80)})
    change = RoundChangeOut(
        kind="submission.corrected", submission=SUBMISSION, region=VILLAGE, at=RECEIVED_AT + timedelta(days=90)
    )
    responses: dict[str, BaseModel] = {
        "createRound": open_round,
        "putRound": open_round,
        "listRounds": Page(items=[row], next=None),
        "getRound": open_round,
        "listRoundVillages": Page(items=[village], next=None),
        "closeRound": closed,
        "settleRound": settled,
        "listRoundChanges": Page(items=[change], next=None),
    }
    shown = {name: body.model_dump(mode="json", by_alias=True) for name, body in responses.items()}
    return {"createRound": planned, "putRound": planned}, shown
