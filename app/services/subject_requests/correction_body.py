"""Reads the body of a subject request to correct, and checks it as intake does. Reports every fault at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.checks import check_family
from app.identity.merging import MEMBERS, NEED_BASIS, Identity, merge_identities
from app.identity.numbers import card_fault, nik_fault
from app.models import FamilyIdentity, Submission
from app.platform.encryption import ContentHash, Vault
from app.problems import FAULT_LIMIT, Fault, Problem, below, fault_in, kinds, pointer, read_shape
from app.problems.wording import AsTyped
from app.regions.editions import read_districts
from app.regions.local_time import local_day
from app.schemas.families.identity import IdentityIn
from app.schemas.ids import AnyId
from app.schemas.intake.submission import SubmissionIn
from app.schemas.subject_requests.correction import MOST_SUBMISSIONS, CorrectionIn
from app.services.intake.checking import Checked, check_submission, interview_day, region_of, without_identity
from app.services.intake.content_hash import content_hash
from app.services.reference.standing import standings_in
from app.services.subject_requests.fulfilment import Fulfilment

_ID: Final[TypeAdapter[UUID]] = TypeAdapter(AnyId)
_CORRECTION: Final = {"identity": {"address": "Jalan Mawar 12 RT 03 RW 01"}}


@dataclass(frozen=True, slots=True)
class Correction:
    """A valid correction. `identity` is whole, or None if it was not sent.

    `editions` has the edition of each submission whose region or day changes.
    """

    identity: Identity | None
    submissions: dict[UUID, Checked]
    region: str
    editions: dict[UUID, str]


async def read_correction(
    session: AsyncSession, caller: Caller, work: Fulfilment, stored: Mapping[UUID, Submission]
) -> Correction:
    """Checks everything in a body of shape CorrectionIn. Raises all faults, and region-outside-caller."""
    unknown = [name for name in work.content if name not in CorrectionIn.model_fields]
    faults = [fault_in(CorrectionIn, "unknown_member", (name,)) for name in unknown[:FAULT_LIMIT]]
    faults += [Fault("unknown_member", pointer="/…")] * (len(unknown) - len(faults))
    sent_identity, sent_bodies = work.content.get("identity"), work.content.get("submissions")
    if sent_identity is None and not sent_bodies and not faults:
        faults.append(Fault("nothing_to_correct", pointer="", limits={"example": AsTyped(_CORRECTION)}))
    identity = None
    if sent_identity is not None:
        identity, found = _read_identity(sent_identity, work.request.received_at)
        faults += found
        faults += await _basis_faults(session, work.family.id, sent_identity)
        if all(each.purpose == "training" for each in stored.values()):
            faults.append(Fault("training_has_no_identity", pointer="/identity"))
    bodies, found = _bodies_of({} if sent_bodies is None else sent_bodies, stored)
    faults += found
    if any((region := region_of(body)) is not None and not caller.covers(region) for body in bodies.values()):
        raise Problem(kinds.FORBIDDEN_REGION)
    valid: dict[UUID, Checked] = {}
    for key, body in bodies.items():
        checked, found = check_submission(key, body, work.catalogue, work.latest)
        faults += below(f"/submissions/{key}", [*found, *_retired_faults(checked, stored[key])])
        if checked is not None:
            checked = without_identity(checked) if stored[key].purpose == "training" else checked
            valid[key] = _salted(checked, body, stored[key], work.vault)
    region, editions, found = await _find_region(session, bodies, work, stored)
    if faults := [*faults, *found]:
        raise Problem(kinds.FAULTS, faults=faults)
    return Correction(identity, valid, region, editions)


def _retired_faults(checked: Checked | None, stored: Submission) -> list[Fault]:
    """Returns the fault of a version that was retired before the interview, unless neither of the two changes."""
    if checked is None or checked.retired is None:
        return []
    before = stored.instrument_id, local_day(stored.surveyed_at, stored.region)
    after = checked.published.id, checked.day
    return [] if before == after else [checked.retired]


def _salted(checked: Checked, body: Mapping[str, Any], stored: Submission, vault: Vault) -> Checked:
    """Hashes a body without a salt again, with a salt of its own. Content that is stored already stays equal."""
    if body.get("salt") is not None:
        return checked
    hashed = vault.decrypt_hash(stored.id, stored.hash_key_id, stored.encrypted_hash)
    if hashed is not None and checked.hashed.value == hashed.value:
        return checked
    salt = uuid4()
    value = content_hash({**body, "salt": str(salt)}, checked.region)
    return replace(checked, hashed=ContentHash(value, salt))


def _read_identity(content: object, as_of: datetime) -> tuple[Identity | None, list[Fault]]:
    """Returns the whole identity as of the moment of the subject request, and its faults."""
    shaped, faults = read_shape(IdentityIn, content)
    body = {} if shaped is None else shaped.model_dump(mode="json", exclude_none=True)
    if isinstance(content, Mapping):
        found = check_family(content, read_districts())
        faults += [Fault(code, pointer=pointer(path)) for code, path in found.faults]
        for position, card in enumerate(body.get("earlier_cards", ())):
            if (code := card_fault(card)) is not None:
                faults.append(Fault(code, pointer=f"/earlier_cards/{position}"))
        for position, nik in enumerate(body.get("earlier_niks", ())):
            if (code := nik_fault(nik)) is not None:
                faults.append(Fault(code, pointer=f"/earlier_niks/{position}"))
    members = {name: body[name] for name in ("basis", *MEMBERS) if body.get(name)}
    return {"as_of": as_of.isoformat(), **members}, below("/identity", faults)


async def _basis_faults(session: AsyncSession, family_id: UUID, content: object) -> list[Fault]:
    """Returns a fault at each member that needs a basis, if neither the correction nor the stored identity has one."""
    stored = await session.get(FamilyIdentity, family_id, populate_existing=True)
    if not isinstance(content, Mapping) or content.get("basis") is not None or (stored is not None and stored.basis):
        return []
    return [Fault("basis_missing", pointer=f"/identity/{name}") for name in NEED_BASIS if content.get(name)]


def _bodies_of(content: object, stored: Mapping[UUID, Submission]) -> tuple[dict[UUID, Mapping[str, Any]], list[Fault]]:
    """Returns the bodies of the family's own submissions by id, and the faults."""
    if not isinstance(content, Mapping):
        return {}, [fault_in(CorrectionIn, "wrong_type", ("submissions",))]
    if len(content) > MOST_SUBMISSIONS:
        return {}, [fault_in(CorrectionIn, "bad_format", ("submissions",), error="too_long")]
    bodies: dict[UUID, Mapping[str, Any]] = {}
    faults = []
    limits = {"options": [str(each) for each in stored]}
    for name, body in content.items():
        key = _uuid(name)
        if key is None or key not in stored:
            faults.append(Fault("unknown_submission", pointer="/submissions/…", limits=limits))
        elif key in bodies:
            # The same id in upper and in lower case is a repeated name.
            raise Problem(kinds.MALFORMED)
        elif not isinstance(body, Mapping):
            faults += below(f"/submissions/{key}", [fault_in(SubmissionIn, "wrong_type", ())])
        else:
            bodies[key] = body
    return bodies, faults


def _uuid(name: str) -> UUID | None:
    try:
        return _ID.validate_python(name)
    except ValidationError:
        return None


async def _find_region(
    session: AsyncSession, bodies: Mapping[UUID, Mapping[str, Any]], work: Fulfilment, stored: Mapping[UUID, Submission]
) -> tuple[str, dict[UUID, str], list[Fault]]:
    """Returns the village of all submissions after the correction, the editions that change, and the faults.

    A region has to be in force on the day of its interview, unless neither of the two changes. What was taken before
    an edition was loaded can so be corrected under its code.
    """
    old = work.family.region
    asked: dict[UUID, tuple[str, date]] = {}
    for key, body in bodies.items():
        region, before = region_of(body), stored[key]
        day = interview_day(body, work.latest) or local_day(before.surveyed_at, before.region)
        if region is not None and (region, day) != (before.region, local_day(before.surveyed_at, before.region)):
            asked[key] = (region, day)
    standings = await standings_in(session, set(asked.values())) if asked else {}
    new = {key: region for key, (region, _) in asked.items() if region != old}
    # In another village, a family is found as a different one. So all its submissions move together or none does.
    apart = bool(new) and (len(new) < len(stored) or len(set(new.values())) > 1)
    faults = []
    editions: dict[UUID, str] = {}
    for key, on_day in asked.items():
        standing, where = standings[on_day], f"/submissions/{key}/region"
        if standing.level != "village":
            faults.append(Fault("unknown_region", pointer=where))
        elif standing.edition is None:
            faults.append(standing.fault(where, unknown="unknown_region"))
        elif key in new and apart:
            faults.append(Fault("one_village", pointer=where))
        else:
            editions[key] = standing.edition
    return next(iter(new.values()), old), editions, faults


def merge_correction(known: Identity, correction: Correction) -> Identity:
    """Returns the identity after the correction, which is the one that was sent.

    If none was sent, it is what the latest interview says, as at intake. Nothing is kept aside, because whoever
    corrects decides what the identity is.
    """
    if correction.identity is not None:
        basis = correction.identity.get("basis") or known.get("basis")
        return {**correction.identity, **({"basis": basis} if basis else {})}
    identity = known
    for checked in correction.submissions.values():
        if checked.identity is not None:
            identity = merge_identities(identity, checked.identity).identity if identity else checked.identity
    return identity
