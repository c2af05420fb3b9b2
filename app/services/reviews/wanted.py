"""Finds the submissions that a move of many reviews names by a filter."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, PublishedInstrument, RoundVillage, Submission
from app.platform.database import inside
from app.problems import Fault, Problem, kinds
from app.schemas.reviews.review import MOST_REVIEWED, ReviewFilterIn
from app.scoring.catalogue import Catalogue
from app.services.intake.flags import hidden_warnings, shown_warnings


async def find_wanted(
    session: AsyncSession, wanted: ReviewFilterIn, caller: Caller, catalogue: Catalogue
) -> list[UUID]:
    """Returns the ids of all interviews that a filter means, without those of restricted families and for training.

    Raises region-outside-caller, and faults for an unknown version and for more than may be moved at once.
    """
    if not caller.holds("submissions:review", wanted.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    query = select(col(Submission.id)).join(Family, col(Family.id) == col(Submission.family_id))
    query = query.where(
        inside(col(Submission.region), [wanted.region]),
        col(Submission.purpose) != "training",
        col(Family.restricted_at).is_(None),
    )
    if wanted.year is not None:
        query = query.where(col(Submission.year) == wanted.year)
    state = col(Submission.review)
    query = query.where(state.is_(None) if wanted.status == "accepted" else state == wanted.status)
    if wanted.instrument is not None or wanted.version is not None:
        query = query.where(col(Submission.instrument_id).in_(_versions(wanted, catalogue)))
    if wanted.flagged is not None:
        shown = shown_warnings(caller, hidden_warnings(catalogue))
        query = query.where(shown != "" if wanted.flagged else shown == "")
    if wanted.round is not None:
        of_round = select(col(RoundVillage.round_id)).where(
            col(RoundVillage.round_id) == wanted.round,
            col(RoundVillage.region) == col(Submission.region),
            col(RoundVillage.opens_at) <= col(Submission.surveyed_at),
            col(RoundVillage.ends_at) > col(Submission.surveyed_at),
            col(PublishedInstrument.id) == col(Submission.instrument_id),
            col(PublishedInstrument.code) == col(RoundVillage.instrument),
        )
        query = query.where(of_round.exists())
    found = list(await session.scalars(query.order_by(col(Submission.id)).limit(MOST_REVIEWED + 1)))
    if len(found) > MOST_REVIEWED:
        limits = {"limit": MOST_REVIEWED}
        raise Problem(kinds.FAULTS, faults=[Fault("too_many_to_review", pointer="/filter", limits=limits)])
    return found


def _versions(wanted: ReviewFilterIn, catalogue: Catalogue) -> list[int]:
    found = [
        each.id
        for each in catalogue
        if wanted.instrument in (None, each.instrument.code) and wanted.version in (None, each.instrument.version)
    ]
    if not found:
        limits = {"options": catalogue.names()}
        raise Problem(kinds.FAULTS, faults=[Fault("unknown_instrument", pointer="/filter/version", limits=limits)])
    return found
