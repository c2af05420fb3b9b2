"""The OpenAPI document: what it says of the service as a whole, and an example for every body."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from app import __version__
from app.examples import make_examples
from app.schemas.access.person import GrantIn
from app.schemas.intake.submission import SubmissionIn
from app.schemas.problem import ProblemOut
from app.schemas.subject_requests.correction import CorrectionIn

_DESCRIPTION = """
Takes a family's answers, scores them, gives a receipt, and serves the *Indeks Kualitas Keluarga* (IKK, Family Quality
Index) of every region and year above them.

**Start here.** `POST /v1/token` with an agency's credentials, or with a person's name and password; send each interview
with `PUT /v1/submissions/{id}`, the id being a UUID that the device makes, until a receipt comes; read
`GET /v1/aggregates/{region}/{year}`.

**Regions** are Kemendagri codes, dotted or not; the undotted form is answered. BPS codes are another scheme: about a
third of the regencies have the same digits there for a different place.

**Provisional.** The official list of the 29 indicators, the weights and the thresholds are not public. Instruments,
scores and aggregates that rest on working assumptions carry the status `provisional`.

**Errors** are RFC 9457 problems in Indonesian or English (`Accept-Language`), with a stable `type`. A 422 lists all
faults at once and nothing was stored. After a 503 or a broken connection, send again under the same id; after a 429,
once `Retry-After` seconds are over.

**Lists** are read with `limit` and `cursor`: give `next` as the next `cursor`, until it is null.
"""

_TAGS = [
    {"name": "Access", "description": "Tokens for agencies and people, and what they say"},
    {"name": "People", "description": "Accounts of people, their roles and one-time codes"},
    {"name": "Agencies", "description": "Organisations with credentials"},
    {"name": "Submissions", "description": "Send families' answers, get receipts and scores"},
    {"name": "Aggregates", "description": "The index of regions and years"},
    {"name": "Families", "description": "Find a family, and for a stated purpose read who it is"},
    {"name": "Rights", "description": "What families ask for by right, with its clock; their consents"},
    {"name": "Audit", "description": "What was done and looked at, by whom, where and when"},
    {"name": "Reference", "description": "Regions and instruments"},
    {"name": "Operation", "description": "Health and metrics"},
]


def describe() -> dict[str, Any]:
    """Arguments for FastAPI."""
    return {
        "title": "IKK: Family Quality Index",
        "summary": "Families' answers in, scores and receipts out, the index of every region and year",
        "description": _DESCRIPTION,
        "version": __version__,
        "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        "openapi_tags": _TAGS,
        "redoc_url": None,
    }


def complete(app: FastAPI) -> None:
    """Has the application's document carry the shape of problems and the examples; made once, when first asked for."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(make())
        return make()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    # Shapes that no route declares by itself: of problems, and inside a body that a service checks whole.
    _, shapes = models_json_schema(
        [
            (ProblemOut, "serialization"),
            (SubmissionIn, "validation"),
            (CorrectionIn, "validation"),
            (GrantIn, "validation"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    document["components"]["schemas"] |= shapes["$defs"]
    document["components"]["securitySchemes"]["token"] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token from POST /v1/token",
    }
    requests, answers = make_examples()
    for operation in (each for path in document["paths"].values() for each in path.values()):
        name = operation["operationId"]
        # A token may also simply be pasted, in a page of documentation as in curl.
        operation.get("security", []).extend([{"token": each["oauth2"]} for each in operation.get("security", [])])
        if name in requests:
            operation["requestBody"]["content"]["application/json"]["example"] = requests[name]
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if status.startswith("2") and content is not None and name in answers:
                content["example"] = answers[name]
