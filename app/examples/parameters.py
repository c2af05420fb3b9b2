"""Examples of path and query parameters. They fit each other and the examples of the bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.examples.ids import (
    AGENCY,
    AUDIT_POSITION,
    CONSENT,
    DEVICE,
    EARLIER,
    EXPORT_KEY,
    FAMILY,
    GRANT,
    HELD,
    IDENTIFICATION,
    PERSON,
    RECEIPT_CODE,
    RECEIVED_AT,
    RELEASE,
    REQUEST,
    ROUND,
    SECRET,
    SUBMISSION,
    TOKEN_ID,
    VILLAGE,
)
from app.platform.cursors import pack

Parameters = Mapping[str, Mapping[str, Any]]
"""Examples by the beginning of a path and the name of a parameter. The longest beginning decides."""

_ANYWHERE: Final[Mapping[str, Any]] = {
    "flagged": True,
    "warning": "too_fast",
    "Sent-At": "2025-07-29T09:30:00+08:00",
    "keep": "faulty",
    "revision": 1,
    "active": True,
    "basis": "reported",
    "caller": str(PERSON),
    "consent": str(CONSENT),
    "counts": True,
    "earlier": str(EARLIER),
    "device": str(DEVICE),
    "grant": str(GRANT),
    "identification": str(IDENTIFICATION),
    "instrument": "ikk-29",
    "level": "village",
    "limit": 100,
    "moved": False,
    "on": "2026-12-31",
    "overdue": False,
    "people": [0],
    "region": VILLAGE,
    "role": "kader",
    "secret": str(SECRET),
    "sensitive": False,
    "token": str(TOKEN_ID),
    "release": "latest",
    "version": "2025.2",
    "year": 2025,
}
_UNDER: Final[Parameters] = {
    "/v1/submissions/warnings": {"by": "kader", "round": str(ROUND), "cursor": pack(PERSON)},
    "/v1/agencies": {"id": str(AGENCY), "end": str(SECRET), "cursor": "dp3a-banjar"},
    "/v1/aggregates": {
        "figure": "index",
        "parent": "6372",
        "from": 2022,
        "to": 2025,
        "cursor": "6372011001",
        "fields": "categories,indicators",
        "format": "csv",
        "separator": "semicolon",
    },
    "/v1/audit": {
        "kind": "submission.take",
        "subject": f"submission:{SUBMISSION}",
        "from": "2026-11-01T00:00:00+08:00",
        "to": "2026-12-31T23:59:59+08:00",
        "cursor": str(AUDIT_POSITION),
    },
    "/v1/audit/addresses": {"cursor": pack(RECEIVED_AT, 1)},
    "/v1/export-keys": {"id": str(EXPORT_KEY), "cursor": pack(RECEIVED_AT, EXPORT_KEY)},
    "/v1/families": {"id": str(FAMILY), "cursor": pack(RECEIVED_AT, EARLIER)},
    "/v1/instruments": {"code": "ikk-29"},
    "/v1/people": {
        "id": str(PERSON),
        "q": "siti",
        "cursor": str(PERSON),
        "signed_in": False,
        "training": True,
        "include_signed_in": False,
        "format": "json",
    },
    "/v1/profiles": {"parent": "6372", "cursor": "6372011001", "format": "csv", "separator": "semicolon"},
    "/v1/regions": {"code": VILLAGE, "parent": "637202", "q": "guntung", "cursor": "6372021004"},
    "/v1/regions/{code}/profile": {"format": "csv", "separator": "semicolon"},
    "/v1/releases": {"id": str(RELEASE), "cursor": pack(2025, "ikk-29", 12), "format": "csv", "separator": "semicolon"},
    "/v1/rounds": {"id": str(ROUND), "status": "open", "cursor": pack(2025, ROUND)},
    "/v1/rounds/{id}/villages": {"cursor": VILLAGE},
    "/v1/rounds/{id}/changes": {"cursor": pack(4711)},
    "/v1/statistics/cases": {
        "region": "63",
        "period": "2023",
        "status": "provisional",
        "parent": "ID",
        "level": "province",
        "year": 2023,
        "limit": 100,
        "cursor": "63",
        "format": "csv",
        "separator": "semicolon",
    },
    "/v1/statistics/context": {
        "parent": "63",
        "level": "regency",
        "region": "6372",
        "year": 2024,
        "indicator": "kla-award",
        "cursor": pack("6371", 2024, "kla-award"),
        "format": "csv",
        "separator": "semicolon",
    },
    "/v1/statistics/indicators": {"indicator": "stunting"},
    "/v1/subject-requests": {
        "id": str(REQUEST),
        "status": "open",
        "kind": "restrict",
        "cursor": pack(RECEIVED_AT, REQUEST),
    },
    "/v1/submissions/export": {
        "region": VILLAGE,
        "export_purpose": "checking",
        "since": "2026-01-01T00:00:00+08:00",
        "until": "2027-01-01T00:00:00+08:00",
        "round": str(SUBMISSION),
        "training": False,
        "table": "interviews",
        "labels": "codes",
        "format": "csv",
        "separator": "semicolon",
    },
    "/v1/held-submissions": {
        "id": str(HELD),
        "kind": "conflict",
        "status": "open",
        "mine": False,
        "cursor": pack(RECEIVED_AT, HELD),
    },
    "/v1/submissions": {
        "If-Match": '"1"',
        "id": str(SUBMISSION),
        "status": "accepted",
        "code": RECEIPT_CODE,
        "purpose": "interview",
        "mine": True,
        "cursor": pack(VILLAGE, RECEIVED_AT.year, RECEIVED_AT, SUBMISSION),
    },
}


@dataclass(frozen=True, slots=True)
class Live:
    """Examples that exist in one running service, in place of ids that no service has. The demo has some."""

    parameters: Parameters = field(default_factory=dict)
    bodies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Members of bodies of requests, by operation id."""


def find_parameter(path: str, name: str, live: Parameters) -> Any:
    """The example of a parameter of the operations at a path. Raises KeyError if there is none.

    live holds examples that exist in this service. Of two for the same beginning, they come first.
    """
    above = [
        (len(under), rank, known[under][name])
        for rank, known in enumerate((_UNDER, live))
        for under in known
        if path.startswith(under) and name in known[under]
    ]
    return max(above, key=lambda each: each[:2])[2] if above else _ANYWHERE[name]
