"""What an audit entry may hold. Every member of `detail` has a shape, so that no entry can hold words of anybody.

Entries are never deleted. A name, a number or an address in one would outlive the family that was erased. So an entry
holds ids, listed codes, region codes, moments, counts, names of fields, and keyed marks in place of texts.
"""

import re
from collections.abc import Mapping
from typing import Final, get_args

from app.access import ROLES, SCOPES
from app.identity.merging import MEMBERS as IDENTITY_MEMBERS
from app.platform.key_ring import PURPOSES as KEY_PURPOSES
from app.problems.problem_texts import PROBLEM_KINDS
from app.schemas.aggregates.basis import Basis
from app.schemas.audit.entry import is_subject
from app.schemas.families.consent import ConsentChannel
from app.schemas.families.identity import EarlierReason
from app.schemas.families.purposes import PURPOSES
from app.schemas.intake.correction_reasons import ReplacedReason
from app.schemas.intake.review_states import ReviewStatus
from app.schemas.reviews.export import EXPORT_PURPOSES, ExportFormat, ExportLabels, ExportTable
from app.schemas.subject_requests.grounds import GROUNDS
from app.schemas.subject_requests.kinds import RequestChannel, RequestKind, RequestStatus
from app.services.audit.kinds import KINDS
from app.statistics.periods import PATTERN as PERIOD
from app.statistics.periods import STATUSES

_DIGITS_MOST: Final = 15
"""A NIK has 16."""
_ID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY: Final = "[0-9a-f]{12}"
_MARK: Final = _KEY + ":[0-9a-f]{32}"
_REGION: Final = r"ID|[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{4})?)?)?"
_MOMENT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?(Z|[+-][0-9]{2}:[0-9]{2})"
# The codes of an instrument come from its published file, never from a request.
_VERSION: Final = "[0-9A-Za-z][0-9A-Za-z.-]{0,19}"
_INSTRUMENT: Final = f"[a-z][a-z0-9-]{{0,39}}( {_VERSION})?"
# The code of a context indicator, which only an official of the whole country can add.
_INDICATOR: Final = "[a-z][a-z0-9-]{0,39}"
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FIELD: Final = (
    "|".join(map(re.escape, (*IDENTITY_MEMBERS, "instrument", "region", "started_at", "surveyed_at")))
    + r"|family\.(head_sex|members)|answers\.[A-Za-z0-9][A-Za-z0-9_.-]{0,39}(_specify)?"
)


def _one_of(*codes: str) -> str:
    return "|".join(map(re.escape, codes))


LOOKS: Final = (
    "approveIdentification",
    "createConsent",
    "createIdentification",
    "createSubjectRequest",
    "eraseHeld",
    "exportFamily",
    "findFamilies",
    "fulfilSubjectRequest",
    "getFamily",
    "getIdentification",
    "getIdentity",
    "getSubjectRequest",
    "listConsents",
    "listEarlierIdentities",
    "listSubjectRequests",
    "refuseSubjectRequest",
    "settleIdentity",
    "withdrawConsent",
)
"""The operations on families whose refusals are audited."""

_SHAPES: Final[Mapping[str, str]] = {
    # Ids, marks and subjects.
    "caller_id": _ID,
    "consent": f"{_ID}|{_MARK}",
    "device": _ID,
    "earlier_identity": _ID,
    "factor": _KEY,
    "family": _ID,
    "found": _ID,
    "grant": f"{_ID}|" + _one_of("client_credentials", "password", "refresh_token", "new_password", "second_factor"),
    "held": _one_of("conflict", "faulty"),
    "held_found": _ID,
    "choice": _one_of("held", "stored"),
    "identification": _ID,
    "identity": _KEY,
    "letter": _MARK,
    "matching": _KEY,
    "person": _ID,
    "receipt": _MARK,
    "request": _ID,
    "round": _ID,
    "secret": _ID,
    "submission": _ID,
    "submissions": _ID,
    "token_id": _ID,
    "version_mark": _MARK,
    # Codes.
    "basis": _one_of(*get_args(Basis)),
    "by": _one_of("card", "nik"),
    "changed": "name",
    "channel": _one_of(*dict.fromkeys((*get_args(ConsentChannel), *get_args(RequestChannel)))),
    "export_purpose": _one_of(*EXPORT_PURPOSES),
    "fields": _FIELD,
    "format": _one_of(*get_args(ExportFormat)),
    "indicator": _INDICATOR,
    "instrument": _INSTRUMENT,
    "key_purpose": _one_of(*KEY_PURPOSES),
    "kind": _one_of(*KINDS, *get_args(RequestKind)),
    "labels": _one_of(*get_args(ExportLabels)),
    "look": _one_of(*LOOKS),
    "period": PERIOD,
    "problem": _one_of(*(each.slug for each in PROBLEM_KINDS)),
    "proof": _one_of("code", "password"),
    "purpose": _one_of(*PURPOSES),
    "reason": _one_of(
        *(*GROUNDS, *get_args(EarlierReason), *get_args(ReplacedReason)),
        *("proof", "account", "expired", "disabled", "ended", "reused", "scope", "grants", "secret", "second_factor"),
    ),
    "request_kind": _one_of(*get_args(RequestKind)),
    "role": _one_of(*ROLES),
    "scope": f"({_one_of(*SCOPES)})( ({_one_of(*SCOPES)}))*",
    "scopes": _one_of(*SCOPES),
    "settled_as": _one_of("same", "another", "chosen", "dismissed", "repaired", "open"),
    "sort": _one_of("access", "refresh"),
    "status": _one_of(*dict.fromkeys((*get_args(RequestStatus), *STATUSES, *get_args(ReviewStatus)))),
    "table": _one_of(*get_args(ExportTable)),
    "taken": _one_of("identity", "answers"),
    "closes_on": _DAY,
    "opens_on": _DAY,
    "retired_after": _DAY,
    "use_instead": _VERSION,
    "version": _VERSION,
    # Regions and moments.
    "above": _REGION,
    "dotted": _REGION,
    "region": _REGION,
    "regions": _REGION,
    "code_expires_at": _MOMENT,
    "disabled_at": _MOMENT,
    "due_at": _MOMENT,
    "ended_at": _MOMENT,
    "first": _MOMENT,
    "given_at": _MOMENT,
    "last": _MOMENT,
    "received_from": _MOMENT,
    "received_to": _MOMENT,
    "restricted_at": _MOMENT,
    "valid_from": _MOMENT,
    "valid_until": _MOMENT,
    "withdrawn_at": _MOMENT,
}
"""The pattern of the text that a member may hold, alone or in a list. `version` is an instrument's."""
COUNTED: Final = frozenset(
    (
        "again",
        "complete",
        "count",
        "counts",
        "days",
        "differs",
        "entries",
        "erased",
        "families",
        "found",
        "identity_changed",
        "identity_unreadable",
        "keep_numbers",
        "known",
        "minutes",
        "missing",
        "not_yours",
        "people",
        "restricted",
        "revision",
        "seed",
        "sensitive",
        "stored",
        "submissions",
        "superseded",
        "training",
        "villages",
        "year",
    )
)
"""Members that hold a number or a truth value, alone or in a list."""
NESTED: Final = frozenset(("affected", "after", "before", "families", "states", "wanted"))
"""Members that hold other members, or a list of objects with members."""

_PATTERNS: Final = {member: re.compile(pattern, re.ASCII) for member, pattern in _SHAPES.items()}


def check_subject(subject: str | None) -> None:
    """Raises ValueError for a subject that is not `noun:id`."""
    if subject is not None and not is_subject(subject):
        raise ValueError("the subject of an audit entry is not noun:id with a listed noun")


def check_detail(detail: Mapping[str, object]) -> None:
    """Raises ValueError or TypeError for a member that is not listed here, or does not have its shape."""
    for member, value in detail.items():
        _check(member, value)


def _check(member: str, value: object) -> None:
    match value:
        case None:
            if member not in _PATTERNS.keys() | COUNTED | NESTED:
                raise ValueError(f"an audit entry has no member {member!r}: list it in {__name__} with its shape")
        case list() | tuple():
            for each in value:
                _check(member, each)
        case dict() if member in NESTED:
            check_detail(value)
        case bool():
            _require(member in COUNTED, member)
        case int():
            _require((member in COUNTED or member in ("before", "after")) and abs(value) < 10**_DIGITS_MOST, member)
        case str():
            _require(is_subject(value) if member == "subject" else _holds(member, value), member)
        case _:
            raise TypeError(f"an audit entry holds no {type(value).__name__}: give text, whole numbers, truth or null")


def _holds(member: str, value: str) -> bool:
    return member in _PATTERNS and _PATTERNS[member].fullmatch(value) is not None


def _require(holds: bool, member: str) -> None:
    if not holds:
        # Never the value, which may be what somebody typed.
        raise ValueError(f"{member!r} of an audit entry does not have a shape that is listed in {__name__}")
