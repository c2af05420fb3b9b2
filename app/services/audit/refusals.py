"""Audits looks at families that were refused. The look's own transaction is rolled back, so this is another one."""

from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text

from app.access import Caller, span_of
from app.platform.database import EVERYWHERE, Database
from app.services.audit.queue import record

# An erased family is still named by its subject requests.
_ABOUT: Final = {
    "family": text("""
SELECT id, region FROM family WHERE id = :asked
UNION ALL SELECT family_id, region FROM subject_request WHERE family_id = :asked LIMIT 1
"""),
    "subject_request": text("SELECT family_id, region FROM subject_request WHERE id = :asked"),
}


async def record_refusal(
    database: Database,
    caller: Caller,
    *,
    look: str,
    problem: str,
    noun: Literal["family", "subject_request"],
    asked: UUID | None,
) -> None:
    """Audits a refused look with the family that it was about, for the auditors of that family's region.

    If no family has the id that was asked for, the entry says so and does not hold the id, because a client can type
    anything in the form of an id. Its region is then the caller's.
    """
    async with database.session(EVERYWHERE) as session:
        about = None if asked is None else (await session.execute(_ABOUT[noun], {"asked": asked})).first()
        await record(
            session,
            caller,
            "identity.refuse",
            region=span_of(caller.regions) if about is None else about[1],
            subject=None if about is None else f"family:{about[0]}",
            look=look,
            problem=problem,
            known=None if asked is None else about is not None,
        )
