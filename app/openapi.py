"""The OpenAPI document, with a description of the whole service and an example for every body."""

import json
from asyncio import to_thread
from threading import Lock
from typing import Any, Final, Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app import __version__
from app.examples.parameters import Live, find_parameter
from app.platform.representations import PUBLIC, keep, represent
from app.problems.problem_texts import PROBLEM_KINDS
from app.routers.documenting import example_of
from app.schemas.problem import ProblemOut
from app.schemas.shapes import In, without_null

_DESCRIPTION = """
The service takes the answers of families, scores them and returns receipts. From the scores it computes the *Indeks
Kualitas Keluarga* (IKK, Family Quality Index) of every region and year.

**Start here.**

1. Get a token with `POST /v1/token`. Send an agency's credentials, or a person's username and password.
2. Send each interview with `PUT /v1/submissions/{id}`. Your device makes the id, which is a UUID. Repeat the request
   until you get a receipt. To send many at once, use `POST /v1/submissions/batch`. To learn what became
   of them, use `POST /v1/submissions/reconcile`.
3. Read the results with `GET /v1/aggregates/{region}/{year}`.

**Regions** have Kemendagri codes. You may write them with or without dots. Responses give the code without dots, and
many add the dotted form as `dotted`. BPS codes follow another scheme. About a third of the regencies have
digits that name a different region at BPS.

**Provisional.** The official list of the 29 indicators, the weights and the thresholds are not public. Instruments,
scores and aggregates that rest on working assumptions have the status `provisional`.

**Bodies** may be compressed with `Content-Encoding: gzip`. A member that is null counts as absent. `3.0` is the same
number as 3. The schemas accept what the service accepts. UUIDs have the form 8-4-4-4-12.

**Errors** are RFC 9457 problems in Indonesian or English (`Accept-Language`), with a stable `type`. A 422 lists all
faults of your request at once, up to 100, and the service stores nothing. After a 503 or a broken connection, send
again under the same id. Every 429 and 503 has a `Retry-After`: wait that many seconds first.

**Saving transfer.** Responses with an `ETag` return 304 to `If-None-Match`. With `Accept-Encoding: gzip`, responses of
1 KB and more are compressed, except those with identities or secrets. HEAD works wherever GET does.

**Parameters** of a query are named once. Whole numbers have digits alone, and flags are `true` or `false`.

**Lists** have pages. Set the size of a page with `limit`. To read on, send the value of `next` as `cursor`, until
`next` is null.
"""

_PROBLEM: Final = "application/problem+json"
_KINDS: Final = {kind.slug: kind for kind in PROBLEM_KINDS}
_SHAPES: Final = "#/components/schemas/"
_TAGS: Final = [
    {"name": "Access", "description": "Tokens for agencies and people, and what a token allows"},
    {"name": "People", "description": "Accounts of people, their roles and one-time codes"},
    {"name": "Agencies", "description": "Organisations with credentials"},
    {"name": "Export keys", "description": "Keys with which office programs read figures"},
    {"name": "Submissions", "description": "Send the answers of families, and get receipts and scores"},
    {"name": "Aggregates", "description": "The index by region and year"},
    {
        "name": "Statistics",
        "description": "Figures of other systems: counts of cases, and context figures",
    },
    {"name": "Profiles", "description": "The index of a region beside the figures of other systems"},
    {"name": "Families", "description": "Find a family, and read its identity for a stated purpose"},
    {"name": "Releases", "description": "Numbered releases of figures, protected so that no family can be recognised"},
    {"name": "Rounds", "description": "Rounds of interviews from plan to settlement, with their coverage"},
    {"name": "Rights", "description": "Subject requests of families with their deadlines, and consents"},
    {"name": "Audit", "description": "Who did or read what, where and when"},
    {"name": "Reference", "description": "Regions, instruments and code lists"},
    {"name": "Operation", "description": "Health and metrics"},
]


def describe(issuer: str, root_path: str) -> dict[str, Any]:
    """Keyword arguments for FastAPI with the texts that describe the service, and the addresses at which it is."""
    return {
        "title": "IKK: Family Quality Index",
        "summary": "Scores the answers of families, returns receipts, and serves the index of every region and year",
        "description": _DESCRIPTION,
        "version": __version__,
        "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        "openapi_tags": _TAGS,
        "servers": [
            {"url": issuer, "description": "The public address of the service"},
            {"url": root_path or "/", "description": "The address from which you read this document"},
        ],
        "redoc_url": None,
    }


def complete(app: FastAPI) -> None:
    """Adds shapes, security and examples to the app's document, once, when a client first asks for it."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(make(), app.state.settings.root_path, app.state.live_examples)
        return make()

    app.openapi = openapi  # type: ignore[method-assign]


def serve_document(app: FastAPI) -> None:
    """Serves the document in place of FastAPI's route, which would write it anew for every request.

    It is made when the first client asks for it, in a thread, because that takes as long as the rest of the start. Then
    only its text is kept, which takes a tenth of the memory.
    """
    address = app.openapi_url or ""
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != address]

    turn = Lock()
    made: list[bytes] = []

    def write() -> bytes:
        with turn:
            if not made:
                before = app.openapi_schema
                made.append(json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
                app.openapi_schema = before
            return made[0]

    async def get_document(request: Request) -> Response:
        text = made[0] if made else await to_thread(write)
        return await represent(request, keep(Response(text, media_type="application/json"), PUBLIC, vary=None))

    app.add_route(address, get_document, include_in_schema=False)


def _complete(document: dict[str, Any], root_path: str, live: Live) -> None:
    document["components"]["schemas"] |= _shapes(document)
    for flow in document["components"]["securitySchemes"]["oauth2"]["flows"].values():
        # A path is read as of the server that the reader chose.
        flow |= {name: root_path + flow[name] for name in ("tokenUrl", "refreshUrl") if name in flow}
    document["components"]["securitySchemes"]["basic"] = {
        "type": "http",
        "scheme": "basic",
        "description": "An export key: its id as the user name, and its secret as the password",
    }
    document["components"]["securitySchemes"]["token"] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token from POST /v1/token",
    }
    _name_pages(document)
    # Loaded here, because only who reads the document needs the instrument and the families of its examples.
    from app.examples.operations import make_examples

    requests, responses = make_examples()
    requests |= {name: {**requests[name], **members} for name, members in live.bodies.items()}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _secure(operation)
            if method == "get":
                _say_that_it_reads(operation)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = without_null(parameter["schema"])
                # A PUT stores something new, unless its body was made for what exists already.
                stores = method == "put" and operation["operationId"] not in live.bodies
                there = {} if stores else live.parameters
                parameter["example"] = find_parameter(path, parameter["name"], there)
            _illustrate(operation, requests, responses)


def _shapes(document: dict[str, Any]) -> dict[str, Any]:
    """The shapes by name that FastAPI leaves out, which are problems and the bodies of requests.

    It knows only what a route declares. No route declares problems, and services check bodies whole.
    """
    named = {
        content["schema"]["$ref"].rpartition("/")[2]
        for operations in document["paths"].values()
        for operation in operations.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content["schema"]
    }
    sent: list[type[In]] = [In]
    for each in sent:
        sent += each.__subclasses__()
    wanted: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = [(ProblemOut, "serialization")]
    wanted += [(each, "validation") for each in sent if each.__name__ in named]
    _, shapes = models_json_schema(wanted, ref_template=_SHAPES + "{model}")
    found: dict[str, Any] = shapes["$defs"]
    return found


def _name_pages(document: dict[str, Any]) -> None:
    """Calls a page of regions `RegionPage`. Pydantic calls it `Page_RegionOut_`, which clients would have to write."""
    shapes = document["components"]["schemas"]
    names = {f"{_SHAPES}{name}": shape["title"] for name, shape in shapes.items() if name.startswith("Page_")}
    document["components"]["schemas"] = {names.get(_SHAPES + name, name): shape for name, shape in shapes.items()}
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    if content.get("schema", {}).get("$ref") in names:
                        content["schema"]["$ref"] = _SHAPES + names[content["schema"]["$ref"]]


def _secure(operation: dict[str, Any]) -> None:
    """Says which scopes an operation requires, or that it requires no token."""
    # Any of several scopes is enough, while those of one entry are needed together. A reader of the documentation page
    # may paste a token instead of signing in, as with curl. Linters know scopes of OAuth 2 only.
    needed = operation.get("security", ())
    keys = [each for each in needed if "oauth2" not in each]
    needed = [each for each in needed if "oauth2" in each]
    scopes = [scope for each in needed for scope in each["oauth2"]]
    operation["security"] = [{"oauth2": [scope]} for scope in scopes] or [{"oauth2": []} for _ in needed[:1]]
    operation["security"] += [{"token": []} for _ in needed[:1]] + keys


def _say_that_it_reads(operation: dict[str, Any]) -> None:
    """Gives problems of a GET the texts that it returns, which say nothing of what was stored."""
    for response in operation["responses"].values():
        for slug, example in response.get("content", {}).get(_PROBLEM, {}).get("examples", {}).items():
            example["value"] = example_of(_KINDS[slug], writes=False)


def _illustrate(operation: dict[str, Any], requests: dict[str, Any], responses: dict[str, Any]) -> None:
    """Adds an example to each body of an operation."""
    from app.examples.tokens import FORMS

    name = operation["operationId"]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "application/json":
            content["example"] = requests[name]
        elif media_type == "application/x-ndjson":
            content["example"] = "".join(f"{json.dumps(each)}\n" for each in requests[name]["items"])
        elif name in FORMS:
            content["examples"] = {
                which: {"value": form.model_dump(exclude_none=True)} for which, form in FORMS[name].items()
            }
    for status, response in operation["responses"].items():
        body = response.get("content", {}).get("application/json")
        if status.startswith("2") and body is not None and name in responses:
            # A status that has a shape of its own has an example of its own.
            body["example"] = responses.get(f"{name} {status}", responses[name])
