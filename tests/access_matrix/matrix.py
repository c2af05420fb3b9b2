"""Who may do what where: every operation of the API, the roles that may, and what is answered inside and outside.

Written by hand and on purpose not derived from the code: it is what the code is held to.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from tests.access_matrix.resources import Call, Place, call
from tests.support.factories import make_body

LETTERS: Final = {
    "K": "kader",
    "S": "supervisor",
    "A": "analyst",
    "G": "agency_administrator",
    "D": "data_protection_officer",
    "O": "operator",
}
EVERYBODY: Final = "".join(LETTERS)
PUBLIC: Final = {
    "createToken",
    "getKeys",
    "getLive",
    "getMetadata",
    "getReady",
    "introspectToken",
    "revokeToken",
    "setPassword",
}
"""Need no token: they prove their callers themselves, or tell nothing of anybody."""
PURPOSE: Final = "checks a complaint of the family"


@dataclass(frozen=True, slots=True)
class Row:
    """may: letters of the roles. inside, outside: the status answered; outside None: it belongs to no area."""

    operation: str
    may: str
    inside: int
    outside: int | None
    make: Callable[[Place, str], Awaitable[Call]]
    """The request for a place, from the caller with this id."""
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.operation} {self.note}".strip()


async def put_submission(place: Place, _: str) -> Call:
    return call("PUT", f"/v1/submissions/{uuid4()}", json=make_body(region=place.village))


async def resend_submission(place: Place, _: str) -> Call:
    """Under an id that is taken in this place, from wherever the caller works."""
    sent, _family = await place.submission()
    return call("PUT", f"/v1/submissions/{sent}", json=make_body(region=place.village))


async def get_submission(place: Place, _: str) -> Call:
    sent, family = await place.submission()
    return call("GET", f"/v1/submissions/{sent}", shows=[family])


async def list_submissions(place: Place, _: str) -> Call:
    sent, family = await place.submission()
    return call("GET", "/v1/submissions", params={"region": place.village}, shows=[sent, family])


async def list_all_submissions(place: Place, _: str) -> Call:
    sent, family = await place.submission()
    return call("GET", "/v1/submissions", shows=[sent, family])


async def compute_score(_: Place, _id: str) -> Call:
    body = make_body()
    return call("POST", "/v1/scores", json={name: body[name] for name in ("instrument", "version", "answers")})


def reading(path: str, **params: Any) -> Callable[[Place, str], Awaitable[Call]]:
    """A GET of an address in the place's village."""

    async def make(place: Place, _: str) -> Call:
        return call("GET", path.format(village=place.village, district=place.village[:6]), params=params)

    return make


async def list_aggregates(place: Place, _: str) -> Call:
    query = {"parent": place.village[:6], "level": "village", "year": 2025}
    return call("GET", "/v1/aggregates", params=query)


async def create_person(place: Place, _: str) -> Call:
    body = {"username": f"kader-{uuid4().hex[:12]}", "name": "Kader Contoh", "grants": [place.grant()]}
    return call("POST", "/v1/people", json=body)


async def import_people(place: Place, _: str) -> Call:
    lines = f"username,name,role,region\nkader-{uuid4().hex[:12]},Kader Contoh,kader,{place.village}\n"
    return call("POST", "/v1/people/import", content=lines, headers={"Content-Type": "text/csv"})


async def list_people(place: Place, _: str) -> Call:
    person, _grant = await place.person()
    return call("GET", "/v1/people", params={"region": place.village}, shows=[person])


async def list_all_people(place: Place, _: str) -> Call:
    person, _grant = await place.person()
    return call("GET", "/v1/people", shows=[person])


def on_person(method: str, path: str, **sent: Any) -> Callable[[Place, str], Awaitable[Call]]:
    """A request about a person of the place."""

    async def make(place: Place, _: str) -> Call:
        person, grant = await place.person()
        return call(method, path.format(person=person, grant=grant), **sent)

    return make


async def create_grant(place: Place, _: str) -> Call:
    person, _grant = await place.person()
    return call("POST", f"/v1/people/{person}/grants", json={"role": "analyst", "region": place.village})


async def create_agency(place: Place, _: str) -> Call:
    return call("POST", "/v1/agencies", json=place.new_agency())


async def list_agencies(place: Place, _: str) -> Call:
    agency, _secret = await place.agency()
    return call("GET", "/v1/agencies", shows=[agency])


def on_agency(method: str, path: str) -> Callable[[Place, str], Awaitable[Call]]:
    """A request about an agency of the place."""

    async def make(place: Place, _: str) -> Call:
        agency, secret = await place.agency()
        return call(method, path.format(agency=agency, secret=secret))

    return make


async def find_families(place: Place, _: str) -> Call:
    family = await place.family()
    number = make_body()["family"]["card_number"]
    return call("POST", "/v1/families/find", json={"card_number": number, "purpose": PURPOSE}, shows=[family])


def on_family(method: str, path: str, **sent: Any) -> Callable[[Place, str], Awaitable[Call]]:
    """A request about a family of the place."""

    async def make(place: Place, _: str) -> Call:
        return call(method, path.format(family=await place.family()), **sent)

    return make


async def get_identity(place: Place, caller: str) -> Call:
    """With a purpose stated by this very caller, even where they work elsewhere by now."""
    family = await place.family()
    await place.do("POST", f"/v1/families/{family}/identifications", caller, json={"purpose": PURPOSE, "minutes": 5})
    return call("GET", f"/v1/families/{family}/identity", shows=[make_body()["family"]["card_number"]])


async def withdraw_consent(place: Place, _: str) -> Call:
    family, consent = await place.consent()
    body = {"channel": "letter", "received_at": "2026-01-05T09:00:00+08:00"}
    return call("POST", f"/v1/families/{family}/consents/{consent}/withdraw", json=body)


async def open_request(place: Place, _: str) -> Call:
    return call("POST", "/v1/subject-requests", json=place.asks("export", await place.family()))


async def list_requests(place: Place, _: str) -> Call:
    request = await place.request("erase")
    return call("GET", "/v1/subject-requests", params={"region": place.village}, shows=[request])


async def list_all_requests(place: Place, _: str) -> Call:
    return call("GET", "/v1/subject-requests", shows=[await place.request("erase")])


def on_request(method: str, path: str, kind: str, **sent: Any) -> Callable[[Place, str], Awaitable[Call]]:
    """A request about what a family of the place asked for."""

    async def make(place: Place, _: str) -> Call:
        return call(method, path.format(request=await place.request(kind)), **sent)

    return make


async def list_audit(place: Place, _: str) -> Call:
    sent, _family = await place.submission()
    await place.seal()
    return call("GET", "/v1/audit", params={"region": place.village}, shows=[sent])


async def list_all_audit(place: Place, _: str) -> Call:
    sent, _family = await place.submission()
    await place.seal()
    return call("GET", "/v1/audit", params={"kind": "submission.take"}, shows=[sent])


CONSENT: Final = {"version": "2026-1", "channel": "in_person", "given_at": "2025-07-29T09:00:00+08:00"}
PEOPLE, PERSON = "/v1/people", "/v1/people/{person}"
AGENCY, FAMILY, ASKED = "/v1/agencies/{agency}", "/v1/families/{family}", "/v1/subject-requests/{request}"

MATRIX: Final = (
    Row("putSubmission", "KGO", 201, 403, put_submission),
    Row("putSubmission", "KGO", 200, 403, resend_submission, "again"),
    Row("getSubmission", "KSGDO", 200, 404, get_submission),
    Row("listSubmissions", "KSGDO", 200, 403, list_submissions),
    Row("listSubmissions", "KSGDO", 200, 200, list_all_submissions, "of all regions"),
    Row("computeScore", "KGO", 200, None, compute_score),
    Row("getAggregate", "SAGO", 200, 403, reading("/v1/aggregates/{village}/2025")),
    Row("getTrend", "SAGO", 200, 403, reading("/v1/aggregates/{village}/trend", **{"from": 2024, "to": 2025})),
    Row("listAggregates", "SAGO", 200, 403, list_aggregates),
    Row("listRegions", EVERYBODY, 200, None, reading("/v1/regions", parent="63")),
    Row("getRegion", EVERYBODY, 200, None, reading("/v1/regions/{village}")),
    Row("listInstruments", EVERYBODY, 200, None, reading("/v1/instruments")),
    Row("getInstrument", EVERYBODY, 200, None, reading("/v1/instruments/ikk-29/2025.1")),
    Row("getInstrumentSchema", EVERYBODY, 200, None, reading("/v1/instruments/ikk-29/2025.1/schema")),
    Row("getCaller", EVERYBODY, 200, None, reading("/v1/me")),
    Row("getMetrics", "O", 200, None, reading("/metrics")),
    Row("createPerson", "GO", 201, 403, create_person),
    Row("importPeople", "GO", 201, 403, import_people),
    Row("listPeople", "GO", 200, 403, list_people),
    Row("listPeople", "GO", 200, 200, list_all_people, "of all regions"),
    Row("getPerson", "GO", 200, 404, on_person("GET", PERSON)),
    Row("updatePerson", "GO", 200, 404, on_person("PATCH", PERSON, json={"name": "Nama Lain"})),
    Row("createGrant", "GO", 201, 404, create_grant),
    Row("endGrant", "GO", 204, 404, on_person("DELETE", PERSON + "/grants/{grant}")),
    Row("createCode", "GO", 201, 404, on_person("POST", PERSON + "/code")),
    Row("disablePerson", "GO", 204, 404, on_person("POST", PERSON + "/disable")),
    Row("enablePerson", "GO", 204, 404, on_person("POST", PERSON + "/enable")),
    Row("createAgency", "GO", 201, 403, create_agency),
    Row("listAgencies", "GO", 200, 200, list_agencies),
    Row("getAgency", "GO", 200, 404, on_agency("GET", AGENCY)),
    Row("createSecret", "GO", 201, 404, on_agency("POST", AGENCY + "/secrets")),
    Row("endSecret", "GO", 204, 404, on_agency("DELETE", AGENCY + "/secrets/{secret}")),
    Row("disableAgency", "GO", 204, 404, on_agency("POST", AGENCY + "/disable")),
    Row("findFamilies", "D", 200, 200, find_families),
    Row("getFamily", "D", 200, 404, on_family("GET", FAMILY)),
    Row(
        "createIdentification",
        "D",
        201,
        404,
        on_family("POST", FAMILY + "/identifications", json={"purpose": PURPOSE, "minutes": 5}),
    ),
    Row("getIdentity", "D", 200, 404, get_identity),
    Row("listConsents", "D", 200, 404, on_family("GET", FAMILY + "/consents")),
    Row("createConsent", "D", 201, 404, on_family("POST", FAMILY + "/consents", json=CONSENT)),
    Row("withdrawConsent", "D", 200, 404, withdraw_consent),
    Row("createSubjectRequest", "D", 201, 404, open_request),
    Row("listSubjectRequests", "D", 200, 403, list_requests),
    Row("listSubjectRequests", "D", 200, 200, list_all_requests, "of all regions"),
    Row("getSubjectRequest", "D", 200, 404, on_request("GET", ASKED, "export")),
    Row("exportFamily", "D", 200, 404, on_request("GET", ASKED + "/export", "export")),
    Row("fulfilSubjectRequest", "D", 200, 404, on_request("POST", ASKED + "/fulfil", "erase", json={})),
    Row(
        "refuseSubjectRequest",
        "D",
        200,
        404,
        on_request("POST", ASKED + "/refuse", "erase", json={"ground": "not_the_family"}),
    ),
    Row("listAuditEntries", "GDO", 200, 403, list_audit),
    Row("listAuditEntries", "GDO", 200, 200, list_all_audit, "of all regions"),
)
