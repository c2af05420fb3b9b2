"""Tells a device what became of the interviews that it holds, wherever it sent them.

Only the sender is told whether the content is equal. For what others sent, the service reads neither a hash nor the
revision, so neither the response nor its time tells more than that the id is in use.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller, span_of
from app.platform.encryption import Vault
from app.problems import Fault, Problem, kinds, read_shape
from app.problems.reconcile_texts import ActionCode, SentState
from app.schemas.intake.reconcile import (
    ACTIONS,
    PairIn,
    PairsIn,
    ReconciledOut,
    ReconcileIn,
    ReconciliationOut,
    StatesOut,
)
from app.services.audit.queue import record
from app.turns import in_turns

RECONCILE_BYTES: Final = 1024 * 1024
"""The largest request. 5,000 pairs have 640 KiB, and less than this with a blank wherever JSON may have one."""
_SENT: Final = text("SELECT * FROM sent_anywhere(CAST(:ids AS uuid[]), CAST(:sender AS uuid))")
_EARLIER: Final = text("SELECT * FROM earlier_anywhere(CAST(:ids AS uuid[]), CAST(:sender AS uuid))")


async def read_pairs(content: Mapping[str, Any]) -> list[PairIn]:
    """Returns the pairs of a body of shape ReconcileIn. Raises faults."""
    outline, faults = read_shape(PairsIn, content, published=ReconcileIn)
    if outline is None:
        raise Problem(kinds.FAULTS, faults=faults)
    pairs, faults = list[PairIn](), list[Fault]()
    async for position, sent in in_turns(enumerate(outline.items)):
        pair, found = read_shape(PairIn, sent, ("items", position), listed=len(faults))
        faults += found
        if pair is not None:
            pairs.append(pair)
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return pairs


async def reconcile(
    session: AsyncSession, caller: Caller, pairs: Sequence[PairIn], *, vault: Vault
) -> ReconciliationOut:
    """Returns and audits what became of each pair, in their order. An id that comes twice is answered twice."""
    wanted = {"ids": list({each.id for each in pairs}), "sender": UUID(caller.id)}
    there = {row["id"]: row for row in (await session.execute(_SENT, wanted)).mappings()}
    earlier = defaultdict[UUID, list[Mapping[Any, Any]]](list)
    for row in (await session.execute(_EARLIER, wanted)).mappings():
        earlier[row["id"]].append(row)
    told = [_tell(each, there.get(each.id), earlier.get(each.id, ()), vault) async for each in in_turns(pairs)]
    counted = Counter[str](each.state for each in told)
    counts = StatesOut(**{state: counted[state] for state in StatesOut.model_fields})
    await record(session, caller, "submission.reconcile", region=span_of(caller.regions), states=counts.model_dump())
    return ReconciliationOut(items=told, counts=counts)


def _tell(
    pair: PairIn, there: Mapping[Any, Any] | None, earlier: Sequence[Mapping[Any, Any]], vault: Vault
) -> ReconciledOut:
    state = _state_of(pair, there, earlier, vault)
    purpose, revision = (None, None) if there is None else (there["purpose"], there["revision"])
    action = ACTIONS[_action_of(state, purpose, compared=pair.hash is not None)]
    return ReconciledOut(id=pair.id, state=state, action=action, purpose=purpose, revision=revision)


def _action_of(state: SentState, purpose: str | None, *, compared: bool) -> ActionCode:
    if purpose == "training" and state in ("stored", "erased"):
        return "stored_for_training" if state == "stored" else "training_erased"
    return "stored_uncompared" if state == "stored" and not compared else state


def _state_of(
    pair: PairIn, there: Mapping[Any, Any] | None, earlier: Sequence[Mapping[Any, Any]], vault: Vault
) -> SentState:
    """Returns the state of a pair. It is compared only with what the caller sent, so that nobody can try out answers.

    earlier: the revisions that the caller sent and that were replaced
    """
    if there is None:
        return "missing"
    if not there["own"]:
        return "not_yours"
    if there["erased"]:
        return "erased"
    if pair.hash is None:
        return "stored"
    sent = bytes.fromhex(pair.hash.removeprefix("sha-256:"))
    if there["current"] and _is_hash_of(there, sent, vault):
        return "stored"
    if any(_is_hash_of(each, sent, vault) for each in earlier):
        return "superseded"
    # After a correction by a family's right, the service does not know any more what the caller had sent.
    return "differs" if there["current"] or earlier else "superseded"


def _is_hash_of(row: Mapping[Any, Any], sent: bytes, vault: Vault) -> bool:
    hashed = vault.decrypt_hash(row["id"], row["hash_key_id"], row["encrypted_hash"])
    return hashed is not None and hashed.value == sent
