"""Lists the earlier identities that nobody has settled yet, so that an officer finds them. It decrypts nothing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import EarlierIdentity
from app.platform.cursors import as_moment, as_uuid, pack, unpack
from app.platform.database import inside
from app.problems import Problem, kinds
from app.regions.codes import dot
from app.schemas.families.identity import UnsettledIdentityOut
from app.schemas.shapes import Page
from app.services.audit.queue import record


async def list_unsettled(
    session: AsyncSession, caller: Caller, *, region: str | None, limit: int, cursor: str | None
) -> Page[UnsettledIdentityOut]:
    """Returns a page of the earlier identities of a region's subtree, the one kept longest at the top, and audits it.

    Without `region`, these are those of all the caller's regions. Raises region-outside-caller.
    """
    if region is not None and not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    regions = [region] if region is not None else caller.regions
    key = tuple_(col(EarlierIdentity.kept_at), col(EarlierIdentity.id))
    query = select(EarlierIdentity).where(inside(col(EarlierIdentity.region), regions)).order_by(key).limit(limit + 1)
    if cursor is not None:
        query = query.where(key > _read_cursor(cursor))
    rows = list(await session.scalars(query))
    await record(session, caller, "identity.list", region=span_of(regions), found=min(len(rows), limit))
    return await Page[UnsettledIdentityOut].of(rows, limit, shape=_out, cursor=lambda row: pack(row.kept_at, row.id))


def _out(row: EarlierIdentity) -> UnsettledIdentityOut:
    return UnsettledIdentityOut(
        family=row.family_id,
        region=row.region,
        dotted=dot(row.region),
        id=row.id,
        kept_at=row.kept_at,
        reason=row.reason,
        submission=row.submission_id,
    )


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    kept_at, last = unpack(cursor, (as_moment, as_uuid))
    return kept_at, last
