"""What a request to correct a family says is right: read and checked like intake, every fault at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.checks import check_family
from app.identity.merging import MEMBERS, Identity, merge_identities
from app.identity.numbers import card_fault
from app.models import Submission
from app.problems import Fault, Problem, kinds, pointer, read_shape
from app.regions.editions import read_districts
from app.schemas.families.identity import IdentityIn
from app.schemas.subject_requests.correction import CorrectionIn
from app.services.intake.checking import Checked, check_submission, region_of
from app.services.reference.in_force import find_in_force
from app.services.subject_requests.fulfilment import Fulfilment


@dataclass(frozen=True, slots=True)
class Correction:
    """What is right. identity: whole, None where it was not sent; edition: of the region, None where that stays."""

    identity: Identity | None
    submissions: dict[UUID, Checked]
    region: str
    edition: str | None


async def read_correction(
    session: AsyncSession, caller: Caller, work: Fulfilment, stored: Mapping[UUID, Submission]
) -> Correction:
    """The body (shape: CorrectionIn) with everything in it checked; raises all faults, and region-outside-caller."""
    unknown = [name for name in work.content if name not in CorrectionIn.model_fields]
    faults = [Fault("unknown_member", pointer=pointer([name])) for name in unknown]
    told, sent = work.content.get("identity"), work.content.get("submissions")
    if told is None and not sent and not faults:
        faults.append(Fault("nothing_to_correct", pointer=""))
    identity = None
    if told is not None:
        identity, found = _read_identity(told, work.request.received_at)
        faults += found
    bodies, found = _bodies_of({} if sent is None else sent, stored)
    faults += found
    if any((region := region_of(body)) is not None and not caller.covers(region) for body in bodies.values()):
        raise Problem(kinds.FORBIDDEN_REGION)
    sound: dict[UUID, Checked] = {}
    for key, body in bodies.items():
        checked, found = check_submission(body, work.catalogue, work.latest)
        faults += _below(f"/submissions/{key}", found)
        if checked is not None:
            sound[key] = checked
    region, edition, found = await _find_region(session, bodies, work.family.region, stored)
    if faults := [*faults, *found]:
        raise Problem(kinds.FAULTS, faults=faults)
    return Correction(identity, sound, region, edition)


def _read_identity(content: object, as_of: datetime) -> tuple[Identity | None, list[Fault]]:
    """Who the family is, whole, as of the moment of the request."""
    shaped, faults = read_shape(IdentityIn, content)
    body = {} if shaped is None else shaped.model_dump(mode="json", exclude_none=True)
    if isinstance(content, Mapping):
        found = check_family(content, read_districts())
        faults += [Fault(code, pointer=pointer(path)) for code, path in found.faults]
        for place, card in enumerate(body.get("earlier_cards", ())):
            if (code := card_fault(card)) is not None:
                faults.append(Fault(code, pointer=f"/earlier_cards/{place}"))
    told = {name: body[name] for name in MEMBERS if body.get(name)}
    return {"as_of": as_of.isoformat(), **told}, _below("/identity", faults)


def _bodies_of(content: object, stored: Mapping[UUID, Submission]) -> tuple[dict[UUID, Mapping[str, Any]], list[Fault]]:
    """The bodies of the family's own submissions, by id."""
    if not isinstance(content, Mapping):
        return {}, [Fault("wrong_type", pointer="/submissions")]
    bodies: dict[UUID, Mapping[str, Any]] = {}
    faults = []
    for name, body in content.items():
        key = _uuid(name)
        if key is None or key not in stored:
            faults.append(Fault("unknown_submission", pointer="/submissions/…"))
        elif not isinstance(body, Mapping):
            faults.append(Fault("wrong_type", pointer=f"/submissions/{key}"))
        else:
            bodies[key] = body
    return bodies, faults


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _below(place: str, faults: list[Fault]) -> list[Fault]:
    return [replace(fault, pointer=f"{place}{fault.pointer or ''}") for fault in faults]


async def _find_region(
    session: AsyncSession, bodies: Mapping[UUID, Mapping[str, Any]], old: str, stored: Mapping[UUID, Submission]
) -> tuple[str, str | None, list[Fault]]:
    """The village that all submissions lie in afterwards, and its edition where it is another one than before."""
    named = ((key, region_of(body)) for key, body in bodies.items())
    new = {key: region for key, region in named if region is not None and region != old}
    if not new:
        return old, None, []
    regions = await find_in_force(session, set(new.values()))
    editions = {code: region.edition for code, region in regions.items() if region.level == "village"}
    # What lies in another village is another family to whoever looks for it there: they move together or not at all.
    apart = len(new) < len(stored) or len(set(new.values())) > 1
    faults = [
        Fault("unknown_region" if region not in editions else "one_village", pointer=f"/submissions/{key}/region")
        for key, region in new.items()
        if region not in editions or apart
    ]
    region = next(iter(new.values()))
    return region, editions.get(region), faults


def merge_correction(known: Identity, correction: Correction) -> Identity:
    """The identity afterwards: the one that was sent; without one, what the latest interview says, as at intake."""
    if correction.identity is not None:
        return correction.identity
    identity = known
    for checked in correction.submissions.values():
        if checked.identity is not None:
            identity = merge_identities(identity, checked.identity) if identity else checked.identity
    return identity
