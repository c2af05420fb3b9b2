"""Checks what every operation returns to every role, inside and outside its regions (route × role × area)."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from app.access import ROLES, SCOPES
from app.platform.database import Database
from tests.access_matrix.matrix import INDICATOR, LETTERS, MATRIX, PUBLIC, Row
from tests.access_matrix.resources import HELD, INSIDE, OUTSIDE, Call, Resources, call
from tests.support.factories import make_body

ALL = pytest.mark.parametrize("row", MATRIX, ids=[row.name for row in MATRIX])
ALLOWED = [(row, role) for row in MATRIX for letter, role in LETTERS.items() if letter in row.may]
REFUSED = [(row, role) for row in MATRIX for letter, role in LETTERS.items() if letter not in row.may]


def named(pairs: list[tuple[Row, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("row", "role"), pairs, ids=[f"{row.name} as {role}" for row, role in pairs])


@pytest.fixture
async def http(app: FastAPI, database: Database) -> AsyncIterator[AsyncClient]:
    assert database is not None
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://ikk.test") as client:
        yield client


def letter_of(role: str) -> str:
    return next(letter for letter, name in LETTERS.items() if name == role)


async def send(http: AsyncClient, made: Call, headers: dict[str, str]) -> Response:
    sent = {**made.sent, "headers": {**made.sent.get("headers", {}), **headers, "Accept-Language": "en"}}
    return await http.request(made.method, made.path, **sent)


def test_every_role_is_tried() -> None:
    assert set(LETTERS.values()) == HELD.keys() == ROLES.keys()


async def test_every_operation_has_its_row(app: FastAPI) -> None:
    """This test fails if a new route has no row in the matrix."""
    operations = {each["operationId"] for path in app.openapi()["paths"].values() for each in path.values()}
    assert {row.operation for row in MATRIX} == operations - PUBLIC
    assert operations >= PUBLIC
    assert set(LETTERS.values()) == ROLES.keys()


OF_NO_REGION = {
    "computeScore": "it stores nothing and reads only the questionnaire",
    "listRegions": "the list of regions is the same for everybody",
    "getRegion": "the list of regions is the same for everybody",
    "listReleases": "releases are the same for everybody",
    "getRelease": "releases are the same for everybody",
    "getReleaseMetadata": "what figures mean is the same for everybody",
    "listInstruments": "questionnaires are the same for everybody",
    "getInstrument": "questionnaires are the same for everybody",
    "getInstrumentSchema": "questionnaires are the same for everybody",
    "getInstrumentForm": "questionnaires are the same for everybody",
    "listCodeLists": "code lists are the same for everybody",
    "listContextIndicators": "definitions are the same for everybody",
    "reconcileSubmissions": "it finds what the caller sent, also where the caller no longer works",
    "getCaller": "it describes the token that it came with",
    "getSecondFactor": "it is the caller's own",
    "beginSecondFactor": "it is the caller's own",
    "confirmSecondFactor": "it is the caller's own",
    "renewRecoveryCodes": "they are the caller's own",
    "listExportKeys": "the caller's own keys belong to no region; others' are tried in test_export_keys.py",
    "endExportKey": "the caller's own keys belong to no region; others' are tried in test_export_keys.py",
}
"""Operations that look at no region of the caller, and why they need not."""
OF_THE_COUNTRY = {
    "getMetrics": call("GET", "/metrics"),
    "listAddresses": call("GET", f"/v1/audit/addresses?caller={uuid4()}"),
    "putContextIndicator": call("PUT", "/v1/statistics/indicators/posyandu", json=INDICATOR),
}
"""Operations whose response belongs to the whole service. They need their scope for the whole country."""


def test_every_other_operation_looks_at_the_callers_regions() -> None:
    assert {row.operation for row in MATRIX if row.outside is None} == OF_NO_REGION.keys() | OF_THE_COUNTRY.keys()


@pytest.mark.parametrize("made", OF_THE_COUNTRY.values(), ids=OF_THE_COUNTRY.keys())
@pytest.mark.parametrize("regions", [[INSIDE], ["6372"], ["63"], ["63", "64"], ["ID"]], ids=" ".join)
async def test_what_belongs_to_the_whole_service_needs_the_whole_country(
    http: AsyncClient, app: FastAPI, made: Call, regions: list[str]
) -> None:
    """Other scopes in the whole country do not help."""
    needed = ("metrics:read", "audit:read", "statistics:write")
    areas = {scope: regions if scope in needed else ["ID"] for scope in SCOPES}
    answer = await send(http, made, Resources(http, app, INSIDE).bearer(areas))
    assert answer.status_code in ((200, 201) if regions == ["ID"] else (403,))


@ALL
async def test_without_a_token_nobody_is_let_in(http: AsyncClient, app: FastAPI, row: Row) -> None:
    made = await row.make(Resources(http, app, INSIDE), str(uuid4()))
    answer = await send(http, made, {})
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:ikk:problem:unauthenticated"


@named(REFUSED)
async def test_a_role_without_the_scope_is_refused_everywhere(
    http: AsyncClient, app: FastAPI, row: Row, role: str
) -> None:
    resources, me = Resources(http, app, INSIDE), str(uuid4())
    answer = await send(http, await row.make(resources, me), resources.as_role(role, me))
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:ikk:problem:missing-scope"


@named(ALLOWED)
async def test_a_role_with_the_scope_is_served_inside(http: AsyncClient, app: FastAPI, row: Row, role: str) -> None:
    resources, me = Resources(http, app, INSIDE), str(uuid4())
    made = await row.make(resources, me)
    answer = await send(http, made, resources.as_role(role, me))
    if letter_of(role) in row.sender_only:
        # A response that it may have says nothing of the submission. By its id, the submission is not found.
        assert answer.status_code == (
            404 if row.operation in ("getSubmission", "getAnswers", "getRevisions", "getReviews", "getHeld") else 200
        ), answer.text
        assert not any(shown in answer.text for shown in made.shows), answer.text
        return
    assert answer.status_code == row.inside, answer.text
    assert all(shown in answer.text for shown in made.shows), answer.text
    if row.shows_whole:
        assert ('"withheld":false' in answer.text) == (letter_of(role) in row.shows_whole), answer.text
        assert ('"withheld":true' in answer.text) == (letter_of(role) not in row.shows_whole), answer.text


@named([(row, role) for row, role in ALLOWED if row.outside is not None])
async def test_a_role_with_the_scope_gets_nothing_outside(http: AsyncClient, app: FastAPI, row: Row, role: str) -> None:
    resources, me = Resources(http, app, OUTSIDE[role]), str(uuid4())
    made = await row.make(resources, me)
    answer = await send(http, made, resources.as_role(role, me))
    assert answer.status_code == row.outside, answer.text
    assert not any(shown in answer.text for shown in made.shows), answer.text
    if answer.status_code == 403:
        assert answer.json()["type"] != "urn:ikk:problem:missing-scope"


async def test_a_role_outside_changes_nothing(http: AsyncClient, app: FastAPI, database: Database) -> None:
    """A request that is refused outside has no effect. The family and the person stay as they were."""
    resources = Resources(http, app, OUTSIDE["operator"])
    headers = resources.as_role("operator") | resources.as_role("data_protection_officer")
    request = await resources.request("erase")
    await send(http, Call("POST", f"/v1/subject-requests/{request}/fulfil", {"json": {}}), headers)
    assert (await resources.do("GET", f"/v1/subject-requests/{request}")).json()["status"] == "open"
    person, grant = await resources.person()
    for path in (f"/v1/people/{person}/disable", f"/v1/people/{person}/code"):
        await send(http, Call("POST", path, {}), resources.as_role("operator"))
    await send(http, Call("DELETE", f"/v1/people/{person}/grants/{grant}", {}), resources.as_role("operator"))
    found = (await resources.do("GET", f"/v1/people/{person}")).json()
    assert found["disabled_at"] is None
    assert found["grants"][0]["ended_at"] is None


async def test_roles_in_different_regions_do_not_multiply(http: AsyncClient, app: FastAPI) -> None:
    """A kader in one village who is an analyst in another province may not send there and may not read figures here."""
    resources = Resources(http, app, INSIDE)
    areas = {scope: [INSIDE] for scope in ROLES["kader"].scopes} | {"aggregates:read": ["64"]}
    headers = resources.bearer(areas)
    there = make_body(region="6471011001")
    assert (await http.put(f"/v1/submissions/{uuid4()}", json=make_body(), headers=headers)).status_code == 201
    assert (await http.put(f"/v1/submissions/{uuid4()}", json=there, headers=headers)).status_code == 403
    assert (await http.get("/v1/aggregates/64/2025", headers=headers)).status_code == 200
    assert (await http.get(f"/v1/aggregates/{INSIDE}/2025", headers=headers)).status_code == 403


def test_the_villages_are_where_their_names_say() -> None:
    for role, held in HELD.items():
        assert INSIDE.startswith(held)
        assert not OUTSIDE[role].startswith(held)
