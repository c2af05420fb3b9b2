"""Stores a batch of submissions in one transaction, each with its family, sums, audit entry and event.

Submissions of families that nobody knows take one statement, which commits by itself. The first interview of a family
counts at once. A family that holds the card already is locked first. Then its identity is merged with what the
interview states and encrypted, `counting.py` decides what counts, and the same statement stores it all.

The statement bypasses the ORM, which took most of the time of a request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.platform.database import Connection
from app.platform.encryption import Vault
from app.platform.sql import Statement
from app.problems.stored_warnings import read_warnings, write_warnings
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import DEFAULT_PURPOSE
from app.scoring.catalogue import Catalogue
from app.services.aggregates.sums import SumsChange, first_change, sums_values
from app.services.audit.queue import taking_detail
from app.services.families.consents import agree_columns
from app.services.families.earlier_identities import earlier_columns
from app.services.families.family_keys import FIND_BY_CARD, both_digests
from app.services.families.identities import encrypt_identity
from app.services.intake.candidates import Candidate, candidate_from
from app.services.intake.counting import Interview, Renaming, Settling, Standing, mark_values, read_standings
from app.services.intake.drafts import Draft
from app.services.intake.submission_table import UNDECIDED, SubmissionRow
from app.services.intake.taking_statement import (
    TAKE,
    Beside,
    as_array,
    as_bytes_array,
    given_values,
    number_values,
)

PATIENCE: Final = 3.0
"""How many seconds a submission alone waits for rows that others hold, and a batch a tenth of it."""
_SHORT: Final = f"{PATIENCE * 100:g}ms"
_LONG: Final = f"{PATIENCE:g}s"
_FIND: Final = Statement(
    """
SELECT given.position, ({find_by_card}) AS held_by
FROM (SELECT set_config('ikk.area', :area::text, true) AS area) AS viewer
CROSS JOIN unnest(:positions::integer[], :regions::text[], :lookups::text[]) AS given (position, region, card_lookups)
WHERE viewer.area IS NOT NULL
""",
    find_by_card=FIND_BY_CARD,
)
# The ids stand in both conditions, so that both rows are looked up even while the planner believes a table is empty.
_LOCK: Final = """
SELECT held.*, now() AS now FROM (
    SELECT set_config('ikk.area', :area::text, true) AS area,
        set_config('lock_timeout', :patience::text, true) AS patience
) AS viewer CROSS JOIN LATERAL (
    SELECT family.id AS family_id, family.restricted_at, family_identity.key_id, family_identity.encrypted,
        family_identity.basis
    FROM family JOIN family_identity ON family_identity.family_id = family.id
    WHERE family.id = ANY (:ids::uuid[]) AND family_identity.family_id = ANY (:ids::uuid[])
    AND viewer.area IS NOT NULL
    ORDER BY family.id
    {hold}
) AS held
"""
_LOCK_FREE: Final = Statement(_LOCK, hold="FOR NO KEY UPDATE SKIP LOCKED")
_LOCK_WAITING: Final = Statement(_LOCK, hold="FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class Stored:
    """A submission that was stored. Its warnings are in their stored form."""

    family_id: UUID
    received_at: datetime
    warnings: list[str]
    uncounted: Uncounted | None


@dataclass(frozen=True, slots=True)
class Held:
    """It was not stored, because this family holds its card, or may hold it."""

    family_id: UUID | None


@dataclass(frozen=True, slots=True)
class Locked:
    """It was not stored, because others hold its family, or because that is gone."""


@dataclass(frozen=True, slots=True)
class Late:
    """It was not stored, because its round is settled, so it must not count yet (`Draft.round_settled`)."""


Outcome = Stored | Held | Locked | Late | None
"""None: its region was no village, its id is stored or erased, or the sender's mark of training has changed."""


@dataclass(frozen=True, slots=True)
class _Share:
    """The share of one submission in a batch, for a family as it is now.

    settling: what follows for other interviews of a family that was known before
    """

    draft: Draft
    family: Candidate
    row: SubmissionRow
    settling: Settling | None = None

    def changes(self) -> list[SumsChange]:
        """Returns what changes in the sums."""
        row, draft = self.row, self.draft
        others = [] if self.settling is None else self.settling.changes.rows(row.id)
        if row.uncounted is not None:
            return others
        return [*others, first_change(row, draft.score.packed, draft.checked.published.instrument, row.id)]


class Storing:
    """Stores batches on one connection."""

    def __init__(self, connection: Connection, catalogue: Catalogue, vault: Vault) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._vault = vault
        self._patience = _SHORT

    async def find(self, drafts: Sequence[Draft]) -> list[UUID | None]:
        """Returns the families that hold the cards, without locking them."""
        places = [place for place, draft in enumerate(drafts) if draft.card_lookups]
        if not places:
            return [None] * len(drafts)
        rows = await self._connection.fetch(
            *_FIND.bind(
                area=_union([drafts[place] for place in places]),
                positions=places,
                regions=[drafts[place].row.region for place in places],
                lookups=[as_bytes_array(drafts[place].card_lookups) for place in places],
            )
        )
        held = {row["position"]: row["held_by"] for row in rows}
        return [held.get(place) for place in range(len(drafts))]

    async def store(self, drafts: Sequence[Draft], *, patient: bool = False) -> list[Outcome]:
        """Stores submissions that have nothing in common that one of them had to see of another (`Draft.alone`).

        A family that others hold is left out, unless it is `patient`. Raises LockNotAvailableError if others hold other
        rows for longer than it waits.
        """
        self._patience = _LONG if patient else _SHORT
        if all(draft.holder is None for draft in drafts):
            return await self._take([_new_share(draft) for draft in drafts], _union(drafts))
        async with self._connection.transaction():
            return await self._store_known(drafts, _LOCK_WAITING if patient else _LOCK_FREE)

    async def _store_known(self, drafts: Sequence[Draft], lock: Statement) -> list[Outcome]:
        area, ids = _union(drafts), [draft.holder for draft in drafts if draft.holder is not None]
        rows = await self._connection.fetch(*lock.bind(area=area, patience=self._patience, ids=ids))
        held = {row["family_id"]: row for row in rows}
        # A statement of its own, so that it sees what those left who held the families before.
        standings = await read_standings(self._connection, list(held))
        shares = [self._share(draft, held, standings) for draft in drafts]
        found = iter(await self._take([share for share in shares if share is not None], area))
        return [Locked() if share is None else next(found) for draft, share in zip(drafts, shares, strict=True)]

    def _share(self, draft: Draft, held: Mapping[UUID, Any], standings: Mapping[UUID, Standing]) -> _Share | None:
        """Returns the share for a family that was locked, or of a new one. None if the family could not be locked."""
        if draft.holder is None:
            return _new_share(draft)
        if draft.holder not in held:
            return None
        locked, known = held[draft.holder], standings.get(draft.holder, Standing())
        family = candidate_from(locked, draft.checked, self._vault)
        settling, new = Settling(self._catalogue), _interview_of(draft, locked["now"])
        earlier = list(known.earlier)
        if family.earlier is not None and family.renamed:
            earlier.append(Renaming(new.id, family.earlier.surveyed_before, locked["now"]))
        standing = replace(known, restricted=locked["restricted_at"] is not None, earlier=earlier)
        settling.settle(standing, new)
        warnings = family.warnings(before=new.purpose == DEFAULT_PURPOSE and self._was_interviewed(new, standing))
        row = draft.row._replace(
            family_id=family.id,
            uncounted=settling.verdicts[new.id].uncounted,
            warnings=draft.row.warnings + write_warnings(warnings),
        )
        return _Share(draft, family, row, settling)

    def _was_interviewed(self, new: Interview, standing: Standing) -> bool:
        """Whether the family was interviewed before in the same year and instrument."""
        code = self._catalogue[new.instrument_id].instrument.code
        return any(
            (each.year, each.purpose) == (new.year, DEFAULT_PURPOSE)
            and self._catalogue[each.instrument_id].instrument.code == code
            for each in standing.interviews
        )

    async def _take(self, shares: Sequence[_Share], area: str) -> list[Outcome]:
        if not shares:
            return []
        rows = await self._connection.fetch(
            *TAKE.bind(
                area=area,
                patience=self._patience,
                **given_values([(share.row, self._beside(place, share)) for place, share in enumerate(shares)]),
                **number_values([(place, share.row.region, share.draft.numbers) for place, share in enumerate(shares)]),
                **sums_values([change for share in shares for change in share.changes()]),
                **mark_values([(share.row.id, share.settling.marks) for share in shares if share.settling is not None]),
            )
        )
        found = {row["position"]: row for row in rows}
        return [_outcome(share, found.get(place)) for place, share in enumerate(shares)]

    def _beside(self, position: int, share: _Share) -> Beside:
        draft, family = share.draft, share.family
        earlier, caller = family.earlier, draft.caller
        niks = draft.nik_keys
        if not family.new:
            _, niks = both_digests("nik", [family.identity, None if earlier is None else earlier.identity], self._vault)
        beside: tuple[Any, ...] = (
            position,
            draft.checked.day,
            draft.checked.published.instrument.code,
            caller.training,
            draft.area,
            caller.kind,
            draft.request_id,
            family.new,
            as_bytes_array(draft.salt_marks),
            as_bytes_array(draft.card_lookups),
            as_array([key_id for key_id, _ in draft.card_keys]),
            as_bytes_array([digest for _, digest in draft.card_keys]),
            as_array([key_id for key_id, _ in niks]),
            as_bytes_array([digest for _, digest in niks]),
            *self._encrypted(family),
            *agree_columns(draft.checked.consent),
            self._detail(share),
        )
        return Beside._make(beside)

    def _encrypted(self, family: Candidate) -> tuple[Any, ...]:
        """Returns what is stored of the family's identity, and of one that is kept aside."""
        return *encrypt_identity(family.id, family.identity, self._vault), *earlier_columns(family.earlier)

    def _detail(self, share: _Share) -> str:
        """Returns the detail of the audit entry."""
        family, checked = share.family, share.draft.checked
        agreed = checked.consent
        return taking_detail(
            self._vault.marks(share.row.id, checked.hashed.value)[0],
            None if agreed is None else self._vault.consent_marks(family.id, agreed.version)[0],
            None if family.earlier is None else family.earlier.reason,
        )


def _new_share(draft: Draft) -> _Share:
    """Returns the share of a submission of a new family."""
    late = draft.round_settled and draft.row.uncounted is None
    return _Share(draft, draft.family, draft.row._replace(uncounted="after_settlement") if late else draft.row)


def _union(drafts: Sequence[Draft]) -> str:
    """Returns the area of all senders of a batch. Of each, the statement checks its own too."""
    areas = {draft.area for draft in drafts}
    return areas.pop() if len(areas) == 1 else "{" + ",".join([each[1:-1] for each in sorted(areas)]) + "}"


def _interview_of(draft: Draft, now: datetime) -> Interview:
    """Returns a draft as the interview that it will be."""
    row = draft.row
    return Interview(
        row.id,
        row.instrument_id,
        row.year,
        row.region,
        row.outcomes,
        row.surveyed_at,
        now,
        row.purpose,
        UNDECIDED,
        row.carded,
        after_settlement=draft.round_settled,
    )


def _outcome(share: _Share, found: Mapping[str, Any] | None) -> Outcome:
    if found is None or (found["chosen"] and not found["taken"]):
        return None
    if found["awaits"]:
        return Late()
    if not found["taken"]:
        return Held(found["held_by"])
    row = share.row
    assert row.uncounted != UNDECIDED  # noqa: S101 (`_share` has decided it)
    return Stored(row.family_id, found["now"], read_warnings(row.warnings + found["more"]), row.uncounted)
