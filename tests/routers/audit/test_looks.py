"""Which looks are audited: every operation that only reads, with the reason where it leaves no entry."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.access import SCOPES
from tests.access_matrix.matrix import MATRIX, PUBLIC, Row
from tests.access_matrix.resources import INSIDE, Resources

AUDITED = {
    "getSubmission": "submission.read",
    "listSubmissions": "submission.list",
    "verifyReceipt": "receipt.verify",
    "getAnswers": "submission.answers",
    "getAnswers of another": "submission.inspect",
    "getReviews": "submission.reviews",
    "getRevisions": "submission.revisions",
    "listHeld": "held.list",
    "getHeld": "held.read",
    "reconcileSubmissions": "submission.reconcile",
    "findFamilies": "family.find",
    "getFamily": "family.read",
    "listConsents": "family.read",
    "getIdentification": "identification.read",
    "getIdentity": "identity.read",
    "listEarlierIdentities": "identity.list",
    "listSubjectRequests": "request.list",
    "getSubjectRequest": "request.read",
    "exportFamily": "family.export",
    "listAuditEntries": "audit.read",
    "listAddresses": "address.read",
    "countWarnings": "submission.tally",
    "getReinterviews": "submission.agree",
    "exportSubmissions": "submission.export",
}
"""Looks at families' matters, and at what watches over them, with the kind of their entry."""
THEN = {"exportSubmissions": "submission.exported"}
"""Kinds of a second entry, of what was read in the end."""
_ACCOUNTS = "accounts and credentials, whose every change is audited"
_SUMS = "sums of families, which name none"
_RELEASED = "released figures, which tell of no family"
_ROUNDS = "plans and counts of interviews, which name no family"
_SAME = "the same for everybody"
_FIGURES = "figures of regions, of which the reading of small counts is audited"
LEFT_OUT = {
    "getAggregate": _SUMS,
    "getTrend": _SUMS,
    "listAggregates": _SUMS,
    "listRanks": _RELEASED,
    "getBreakdowns": _RELEASED,
    "getRestatedAggregate": _RELEASED,
    "listReleases": _RELEASED,
    "getRelease": _RELEASED,
    "getReleaseMetadata": _SAME,
    "exportReleasedVillages": _RELEASED,
    "getProfile": _FIGURES,
    "listProfiles": _FIGURES,
    "getCases": _FIGURES,
    "listCases": _FIGURES,
    "listCaseRevisions": "who sent figures of a region",
    "getContextFigure": "published figures of regions",
    "listContextFigures": "published figures of regions",
    "listContextIndicators": _SAME,
    "listCodeLists": _SAME,
    "listPeople": _ACCOUNTS,
    "getPerson": _ACCOUNTS,
    "listDevices": _ACCOUNTS,
    "listAgencies": _ACCOUNTS,
    "getAgency": _ACCOUNTS,
    "listRegions": _SAME,
    "getRegion": _SAME,
    "listInstruments": _SAME,
    "getInstrument": _SAME,
    "getInstrumentSchema": _SAME,
    "getInstrumentForm": _SAME,
    "computeScore": "it reads nothing that is stored",
    "getCaller": "it describes the caller's own token",
    "getMetrics": "counts of requests",
    "listAvailable": _SUMS,
    "listExportKeys": _ACCOUNTS,
    "getSecondFactor": _ACCOUNTS,
    "getExportCodebook": _SAME,
    "listRounds": _ROUNDS,
    "getRound": _ROUNDS,
    "listRoundVillages": _ROUNDS,
    "listRoundChanges": "who changed what is settled, without families and answers",
}
LOOKS = [row for row in MATRIX if row.operation in AUDITED.keys() | LEFT_OUT.keys() and row.may != row.sender_only]


@pytest.fixture
async def http(app: FastAPI, database: object) -> AsyncIterator[AsyncClient]:
    assert database is not None
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://ikk.test") as client:
        yield client


async def test_every_operation_that_only_reads_is_named_here(app: FastAPI) -> None:
    reading = {
        operation["get"]["operationId"] for operation in app.openapi()["paths"].values() if "get" in operation
    } - PUBLIC
    assert {name.partition(" ")[0] for name in AUDITED} | LEFT_OUT.keys() == reading | {
        "findFamilies",
        "computeScore",
        "verifyReceipt",
        "reconcileSubmissions",
    }
    assert not AUDITED.keys() & LEFT_OUT.keys()


@pytest.mark.parametrize("row", LOOKS, ids=[row.name for row in LOOKS])
async def test_a_look_leaves_its_entry_and_no_other(
    http: AsyncClient, app: FastAPI, connection: asyncpg.Connection, row: Row
) -> None:
    resources, me = Resources(http, app, INSIDE), str(uuid4())
    made = await row.make(resources, me)
    before = await connection.fetchval("SELECT count(*) FROM audited")
    headers = resources.bearer({scope: ["ID"] for scope in SCOPES}, me)
    answer = await http.request(made.method, made.path, headers=headers, **made.sent)
    assert answer.status_code == 200, answer.text
    found = await connection.fetch("SELECT kind, caller_id FROM audited ORDER BY at OFFSET $1", before)
    expected = [kinds[row.operation] for kinds in (AUDITED, THEN) if row.operation in kinds]
    expected = [AUDITED[row.name]] if row.name in AUDITED and row.note else expected
    assert [(each["kind"], each["caller_id"]) for each in found] == [(kind, me) for kind in expected]
