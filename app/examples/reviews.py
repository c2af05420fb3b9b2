"""Examples of reviews, of warnings by kader, and of second interviews."""

from typing import Any

from app.examples.ids import APPROVER, KADER, PERSON, RECEIVED_AT, SUBMISSION, SURVEYED_AT, VILLAGE
from app.schemas.reviews.reinterviews import AgreementOut, DifferenceOut, DrawnOut, DrawOut, ReinterviewsOut
from app.schemas.reviews.review import (
    CommentOut,
    HandoverOut,
    ReviewedAllOut,
    ReviewedOut,
    ReviewHistoryOut,
    ReviewMoveOut,
)
from app.schemas.reviews.revisions import (
    AnswerChangeOut,
    OutcomeChangeOut,
    RevisionChangesOut,
    RevisionShownOut,
    RevisionsOut,
)
from app.schemas.reviews.warnings import FlaggedOut, MeanOut
from app.schemas.shapes import Page

_SEED = 6372


def make_review_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id."""
    flagged = FlaggedOut(
        kader=PERSON,
        region=None,
        interviews=48,
        flagged=5,
        moved=1,
        warnings={"too_fast": 4, "interviewed_before": 1},
        index=MeanOut(interviews=48, mean=71.25),
        index_unflagged=MeanOut(interviews=43, mean=None),
    )
    drawn = DrawnOut(id=SUBMISSION, region=VILLAGE, sent_by=PERSON, surveyed_at=SURVEYED_AT)
    compared = ReinterviewsOut(
        versions=["2025.2"],
        pairs=40,
        cut=False,
        index=DifferenceOut(pairs=40, mean=-0.42, mean_absolute=1.9),
        questions=[AgreementOut(question="birth_certificates", pairs=40, agreeing=34, share=0.85, kappa=0.6341)],
    )
    reviewed = ReviewedOut(
        id=SUBMISSION,
        revision=1,
        status="returned",
        reviewed_at=RECEIVED_AT,
        counts=True,
        uncounted=None,
        approved=False,
    )
    comments = [{"text": "Tanyakan lagi sumber air minumnya"}]
    asked = {"region": VILLAGE, "year": 2025, "size": 20, "seed": _SEED}
    move = ReviewMoveOut(
        status="returned",
        revision=1,
        reviewed_by=APPROVER,
        reviewed_at=RECEIVED_AT,
        comments=[CommentOut(question=None, text="Tanyakan lagi sumber air minumnya")],
    )
    changed = RevisionChangesOut(
        answers=[AnswerChangeOut(question="savings", before="yes", after="no")],
        facts=[],
        indicators=[OutcomeChangeOut(indicator="KKE6", before="fulfilled", after="unfulfilled")],
        index_before=78.17,
        index_after=74.72,
        withheld=False,
    )
    latest = RevisionShownOut(
        revision=2,
        sent_by=PERSON,
        received_at=RECEIVED_AT,
        reason="returned",
        note=None,
        instrument="ikk-29",
        version="2025.2",
        index=74.72,
        category=None,
        changed=changed,
    )
    first = latest.model_copy(update={"revision": 1, "reason": None, "index": 78.17, "changed": None})
    shown = {
        "getReviews": ReviewHistoryOut(items=[move]),
        "getRevisions": RevisionsOut(items=[latest, first]),
        "reviewSubmissions": ReviewedAllOut(status="in_review", reviewed=118),
        "handOverSubmissions": HandoverOut(passed=3),
        "countWarnings": Page[FlaggedOut](items=[flagged], next=None),
        "drawReinterviews": DrawOut(seed=_SEED, counted=320, items=[drawn]),
        "getReinterviews": compared,
        "reviewSubmission": reviewed,
    }
    requests = {
        "reviewSubmissions": {
            "status": "in_review",
            "filter": {"region": VILLAGE, "year": 2025, "status": "accepted"},
        },
        "handOverSubmissions": {"from": str(PERSON), "to": str(KADER), "region": VILLAGE},
        "drawReinterviews": asked,
        "reviewSubmission": {"status": "returned", "revision": 1, "comments": comments},
    }
    return requests, {name: each.model_dump(mode="json") for name, each in shown.items()}
