"""In the OpenAPI document, every operation has a description, every body an example, every reference a target."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from app.access import SCOPES
from app.examples.tokens import _CLAIMS
from app.formats.negotiation import FILE_TYPES, XLSX
from app.problems.problem_texts import PROBLEM_KINDS

OPERATIONS = {
    "computeScore": "POST /v1/scores",
    "exportSubmissions": "GET /v1/submissions/export",
    "getExportCodebook": "GET /v1/submissions/export/codebook",
    "listHeld": "GET /v1/held-submissions",
    "getHeld": "GET /v1/held-submissions/{id}",
    "settleHeld": "POST /v1/held-submissions/{id}/settle",
    "eraseHeld": "POST /v1/held-submissions/{id}/erase",
    "getAnswers": "GET /v1/submissions/{id}/answers",
    "reconcileSubmissions": "POST /v1/submissions/reconcile",
    "countWarnings": "GET /v1/submissions/warnings",
    "drawReinterviews": "POST /v1/submissions/reinterviews",
    "getReinterviews": "GET /v1/submissions/reinterviews",
    "createRound": "POST /v1/rounds",
    "putRound": "PUT /v1/rounds/{id}",
    "listReleases": "GET /v1/releases",
    "getRelease": "GET /v1/releases/{id}",
    "getReleaseMetadata": "GET /v1/releases/{id}/metadata",
    "exportReleasedVillages": "GET /v1/releases/{id}/villages",
    "getBreakdowns": "GET /v1/aggregates/{region}/{year}/breakdowns",
    "listRanks": "GET /v1/aggregates/ranks",
    "getRestatedAggregate": "GET /v1/aggregates/{region}/{year}/restated",
    "getRound": "GET /v1/rounds/{id}",
    "listRounds": "GET /v1/rounds",
    "listRoundVillages": "GET /v1/rounds/{id}/villages",
    "listRoundChanges": "GET /v1/rounds/{id}/changes",
    "closeRound": "POST /v1/rounds/{id}/close",
    "settleRound": "POST /v1/rounds/{id}/settle",
    "reviewSubmission": "POST /v1/submissions/{id}/review",
    "reviewSubmissions": "POST /v1/submissions/reviews",
    "getReviews": "GET /v1/submissions/{id}/reviews",
    "getRevisions": "GET /v1/submissions/{id}/revisions",
    "handOverSubmissions": "POST /v1/submissions/handover",
    "verifyReceipt": "POST /v1/receipts/verify",
    "createAgency": "POST /v1/agencies",
    "createCode": "POST /v1/people/{id}/code",
    "createCodes": "POST /v1/people/codes",
    "createDevice": "POST /v1/people/{id}/devices",
    "listDevices": "GET /v1/people/{id}/devices",
    "endDevice": "DELETE /v1/people/{id}/devices/{device}",
    "createGrant": "POST /v1/people/{id}/grants",
    "createPerson": "POST /v1/people",
    "createSecret": "POST /v1/agencies/{id}/secrets",
    "createToken": "POST /v1/token",
    "disableAgency": "POST /v1/agencies/{id}/disable",
    "disablePerson": "POST /v1/people/{id}/disable",
    "enablePerson": "POST /v1/people/{id}/enable",
    "endGrant": "DELETE /v1/people/{id}/grants/{grant}",
    "endSecret": "DELETE /v1/agencies/{id}/secrets/{secret}",
    "getAgency": "GET /v1/agencies/{id}",
    "findFamilies": "POST /v1/families/find",
    "getFamily": "GET /v1/families/{id}",
    "createIdentification": "POST /v1/families/{id}/identifications",
    "getIdentification": "GET /v1/families/{id}/identifications/{identification}",
    "approveIdentification": "POST /v1/families/{id}/identifications/{identification}/approve",
    "getIdentity": "GET /v1/families/{id}/identity",
    "listEarlierIdentities": "GET /v1/families/earlier-identities",
    "settleIdentity": "POST /v1/families/{id}/earlier-identities/{earlier}/settle",
    "getCaller": "GET /v1/me",
    "listCodeLists": "GET /v1/codelists",
    "listCases": "GET /v1/statistics/cases",
    "importCases": "POST /v1/statistics/cases",
    "putCases": "PUT /v1/statistics/cases/{region}/{period}",
    "getCases": "GET /v1/statistics/cases/{region}/{period}",
    "withdrawCases": "DELETE /v1/statistics/cases/{region}/{period}",
    "listCaseRevisions": "GET /v1/statistics/cases/{region}/{period}/revisions",
    "getSecondFactor": "GET /v1/me/second-factor",
    "beginSecondFactor": "POST /v1/me/second-factor",
    "confirmSecondFactor": "POST /v1/me/second-factor/confirm",
    "renewRecoveryCodes": "POST /v1/me/second-factor/recovery-codes",
    "resetSecondFactor": "POST /v1/people/{id}/second-factor/reset",
    "getKeys": "GET /.well-known/jwks.json",
    "getMetadata": "GET /.well-known/oauth-authorization-server",
    "introspectToken": "POST /v1/token/introspect",
    "revokeToken": "POST /v1/token/revoke",
    "setPassword": "POST /v1/token/password",
    "createConsent": "POST /v1/families/{id}/consents",
    "createSubjectRequest": "POST /v1/subject-requests",
    "exportFamily": "GET /v1/subject-requests/{id}/export",
    "fulfilSubjectRequest": "POST /v1/subject-requests/{id}/fulfil",
    "getSubjectRequest": "GET /v1/subject-requests/{id}",
    "listConsents": "GET /v1/families/{id}/consents",
    "listSubjectRequests": "GET /v1/subject-requests",
    "refuseSubjectRequest": "POST /v1/subject-requests/{id}/refuse",
    "withdrawConsent": "POST /v1/families/{id}/consents/{consent}/withdraw",
    "getAggregate": "GET /v1/aggregates/{region}/{year}",
    "getInstrument": "GET /v1/instruments/{code}/{version}",
    "getInstrumentSchema": "GET /v1/instruments/{code}/{version}/schema",
    "getInstrumentForm": "GET /v1/instruments/{code}/{version}/form",
    "getLive": "GET /health/live",
    "getMetrics": "GET /metrics",
    "getPerson": "GET /v1/people/{id}",
    "getReady": "GET /health/ready",
    "getRegion": "GET /v1/regions/{code}",
    "getSubmission": "GET /v1/submissions/{id}",
    "getTrend": "GET /v1/aggregates/{region}/trend",
    "importPeople": "POST /v1/people/import",
    "listAddresses": "GET /v1/audit/addresses",
    "listAuditEntries": "GET /v1/audit",
    "importContextFigures": "POST /v1/statistics/context",
    "getContextFigure": "GET /v1/statistics/context/{indicator}/{region}/{year}",
    "listContextFigures": "GET /v1/statistics/context",
    "listContextIndicators": "GET /v1/statistics/indicators",
    "putContextFigure": "PUT /v1/statistics/context/{indicator}/{region}/{year}",
    "putContextIndicator": "PUT /v1/statistics/indicators/{indicator}",
    "withdrawContextFigure": "DELETE /v1/statistics/context/{indicator}/{region}/{year}",
    "createExportKey": "POST /v1/export-keys",
    "endExportKey": "DELETE /v1/export-keys/{id}",
    "listExportKeys": "GET /v1/export-keys",
    "listAgencies": "GET /v1/agencies",
    "listAvailable": "GET /v1/aggregates/available",
    "listAggregates": "GET /v1/aggregates",
    "getProfile": "GET /v1/regions/{code}/profile/{year}",
    "listProfiles": "GET /v1/profiles",
    "listInstruments": "GET /v1/instruments",
    "listPeople": "GET /v1/people",
    "listRegions": "GET /v1/regions",
    "listSubmissions": "GET /v1/submissions",
    "putSubmission": "PUT /v1/submissions/{id}",
    "sendBatch": "POST /v1/submissions/batch",
    "updatePerson": "PATCH /v1/people/{id}",
}
"""These names never change, because clients generate code from them."""

PROVING = {"createToken", "introspectToken", "revokeToken"}
"""Operations whose callers authenticate in the form or in another header."""
PUBLIC = {*PROVING, "getKeys", "getLive", "getMetadata", "getReady", "setPassword"}
WITHOUT_EXAMPLE = {"text/plain", *FILE_TYPES, XLSX}

Operation = tuple[str, dict[str, Any]]


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def parts(node: object) -> Iterator[dict[str, Any]]:
    """Every JSON object in the document."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(child)


def contents(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Operation id with status (or "request"), media type, and content, for each body."""
    for _, operation in operations(document):
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for name, body in bodies.items():
            for media_type, content in body.get("content", {}).items():
                yield f"{operation['operationId']} {name}", media_type, content


def invalid(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What is wrong with a value by a schema of the document."""
    validator = Draft202012Validator({"components": document["components"], **schema})
    return [f"{each.json_path}: {each.validator}" for each in validator.iter_errors(value)]


def members(shape: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of the members of a shape, at every depth."""
    for each in shape.get("properties", {}).values():
        yield from parts(each)


def pad(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def resolve(reference: str, document: dict[str, Any]) -> dict[str, Any]:
    assert reference.startswith("#/")
    node: dict[str, Any] = document
    for step in reference[2:].split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


async def test_the_operations_are_those_that_clients_know(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {operation["operationId"]: place for place, operation in operations(document)} == OPERATIONS
    assert len(list(operations(document))) == len(OPERATIONS)


async def test_every_operation_is_described_under_a_known_tag(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for place, operation in operations(document):
        assert operation["summary"].strip(), place
        assert operation["description"].strip(), place
        assert set(operation["tags"]) <= tags, place
        assert len(operation["tags"]) == 1, place
    assert all(tag["description"] for tag in document["tags"])


async def test_every_reference_resolves(document: dict[str, Any]) -> None:
    references = {part["$ref"] for part in parts(document) if isinstance(part.get("$ref"), str)}
    assert "#/components/schemas/ProblemOut" in references
    for reference in references:
        assert isinstance(resolve(reference, document), dict), reference


async def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    lacking = []
    for place, media_type, content in contents(document):
        schema = content.get("schema", {})
        if "$ref" in schema:
            schema = resolve(schema["$ref"], document)
        there = content.get("example") or content.get("examples") or schema.get("example") or schema.get("examples")
        if not there and media_type not in WITHOUT_EXAMPLE:
            lacking.append(place)
    assert lacking == []


async def test_every_problem_is_one_of_the_catalogue_with_an_example(document: dict[str, Any]) -> None:
    known = {kind.uri: kind for kind in PROBLEM_KINDS}
    seen = set()
    for place, media_type, content in contents(document):
        status = place.split()[1]
        if status[0] in "45":
            assert media_type == "application/problem+json", place
            assert content["schema"] == {"$ref": "#/components/schemas/ProblemOut"}
            assert content["examples"], place
            for example in content["examples"].values():
                kind = known[example["value"]["type"]]
                assert (example["value"]["status"], str(kind.status)) == (kind.status, status), place
                seen.add(kind.slug)
    # The service returns the first where a route lacks the method, and the second if the code of a route is wrong.
    assert {kind.slug for kind in PROBLEM_KINDS} - seen <= {"method-not-allowed", "internal"}


async def test_the_frameworks_own_errors_are_gone(document: dict[str, Any]) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in str(document)


async def test_what_needs_a_token_says_so_and_what_does_not_does_not(document: dict[str, Any]) -> None:
    secured = {operation["operationId"] for _, operation in operations(document) if operation.get("security")}
    assert secured == OPERATIONS.keys() - PUBLIC
    schemes = document["components"]["securitySchemes"]
    flow = schemes["oauth2"]["flows"]["clientCredentials"]
    assert (schemes["oauth2"]["type"], flow["tokenUrl"], flow["scopes"]) == ("oauth2", "/v1/token", SCOPES)
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert schemes["oauth2"]["flows"].keys() == {"clientCredentials", "password"}
    assert schemes.keys() == {"basic", "oauth2", "token"}
    for _, operation in operations(document):
        assert ("401" in operation["responses"]) == (operation["operationId"] not in PUBLIC - PROVING), operation[
            "operationId"
        ]


async def test_every_operation_says_whether_it_needs_a_token(document: dict[str, Any]) -> None:
    """Without `security`, an operation would inherit what a generator thinks is the default."""
    assert {operation["operationId"] for _, operation in operations(document) if operation["security"] == []} == PUBLIC


async def test_an_operation_names_the_scope_it_requires(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        refusals = operation["responses"].get("403", {}).get("content", {}).get("application/problem+json", {})
        scopes = [each["oauth2"] for each in operation["security"] if "oauth2" in each]
        assert all(len(each) == ("missing-scope" in refusals.get("examples", {})) for each in scopes), place
        assert {scope for each in scopes for scope in each} <= SCOPES.keys(), place
        assert [each for each in operation["security"] if "token" in each] == [{"token": []}] * bool(scopes), place


async def test_an_operation_with_alternatives_names_each_by_itself(document: dict[str, Any]) -> None:
    """Several scopes of one entry would all be required together (OpenAPI 3.1, Security Requirement Object)."""
    security = document["paths"]["/v1/submissions/{id}"]["get"]["security"]
    assert security == [{"oauth2": ["submissions:read"]}, {"oauth2": ["submissions:write"]}, {"token": []}]


async def test_every_parameter_has_a_description_and_a_valid_example(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (place, parameter["name"])
            assert invalid(parameter["example"], parameter["schema"], document) == [], (place, parameter["name"])
            assert (parameter["in"] == "path") <= parameter["required"], (place, parameter["name"])
            # A query cannot say null.
            assert "null" not in {part.get("type") for part in parts(parameter["schema"])}, (place, parameter["name"])


async def test_every_example_of_a_body_is_valid(document: dict[str, Any]) -> None:
    seen = 0
    for place, _, content in contents(document):
        given = [content["example"]] if "example" in content else []
        given += [each["value"] for each in content.get("examples", {}).values()]
        for example in given:
            seen += 1
            assert invalid(example, content["schema"], document) == [], place
    assert seen > 400


async def test_every_body_of_a_request_is_a_named_shape(document: dict[str, Any]) -> None:
    """Generators make up names such as `SubmissionIn1` for a shape that stands inside an operation."""
    for place, media_type, content in contents(document):
        if place.endswith(" request") and media_type.endswith(("/json", "x-www-form-urlencoded")):
            assert content["schema"].keys() == {"$ref"}, place


async def test_the_shapes_have_names_that_fit_every_language(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch("[A-Z][A-Za-z0-9]+", name), name
        assert schema["title"] == name


async def test_no_member_of_a_shape_has_a_default(document: dict[str, Any]) -> None:
    """Generators demand a member that has a default, or think that it is never null."""
    shapes = document["components"]["schemas"]
    assert [name for name, shape in shapes.items() if any("default" in part for part in members(shape))] == []


async def test_a_response_names_the_members_that_it_always_has(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    sparse = {
        "SourceOut",
        "AggregateRowOut",
        "FaultOut",
        "IntrospectionOut",
        "ProblemOut",
        "RevisionOut",
        "TokenOut",
        "TrendYearOut",
    }
    sparse |= {"CategoryShareOut", "DimensionAggregateOut", "IndexAggregateOut", "IndicatorAggregateOut"}
    sparse |= {"CodeEntryOut", "CountOut", "SourceOut"}
    sparse |= {"DimensionScoreOut", "IndexScoreOut", "IndicatorScoreOut"}
    whole = {name for name, each in shapes.items() if each.get("required", []) == list(each.get("properties", {}))}
    assert {name for name in shapes if name.endswith(("Out", "Page"))} - whole == sparse
    for name in sparse:
        # A member that may be left out is never null, and the other way round.
        optional = shapes[name]["properties"].keys() - shapes[name]["required"]
        assert [
            each for each in optional if {"type": "null"} in shapes[name]["properties"][each].get("anyOf", ())
        ] == []


async def test_every_pattern_is_valid_with_and_without_the_unicode_flag(document: dict[str, Any]) -> None:
    """In ECMAScript without the flag `u`, a range of characters beyond U+FFFF is an error."""
    patterns = {part["pattern"] for part in parts(document) if isinstance(part.get("pattern"), str)}
    assert len(patterns) > 10
    assert [each for each in patterns if max(each) > "\uffff" or re.search(r"\\[pPuU]\{", each)] == []
    assert all(re.compile(each) for each in patterns)


async def test_the_example_of_a_token_has_the_form_of_one(document: dict[str, Any]) -> None:
    example = document["paths"]["/v1/token"]["post"]["responses"]["200"]["content"]["application/json"]["example"]
    head, claims, signature = (pad(part) for part in example["access_token"].split("."))
    assert json.loads(head)["alg"] == "ES256"
    assert json.loads(claims).keys() >= {"iss", "aud", "sub", "scope", "exp", "iat", "jti", "regions"}
    assert json.loads(claims) == _CLAIMS
    assert len(signature) == 64
    assert b"No key has signed this token" in signature


async def test_the_path_parameters_are_those_in_the_path(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert named == {part[1:-1] for part in place.split("/") if part.startswith("{")}, place
