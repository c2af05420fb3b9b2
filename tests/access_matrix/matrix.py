"""The access matrix: every operation of the API, the roles that may use it, and its status inside and outside.

It is written by hand and deliberately not derived from the code, because the tests check the code against it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from tests.access_matrix.resources import Call, Resources, call
from tests.support.cases import report
from tests.support.factories import make_body

LETTERS: Final = {
    "K": "kader",
    "S": "supervisor",
    "A": "analyst",
    "G": "agency_administrator",
    "D": "data_protection_officer",
    "R": "sensitive_reader",
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
"""Operations without a token. They authenticate their callers in another way, or say nothing about anybody."""
PURPOSE: Final = "complaint"
WRONG: Final = "not the password"


@dataclass(frozen=True, slots=True)
class Row:
    """One operation of the API.

    may: letters of the roles that have the scope
    inside, outside: the status of the response for regions inside or outside the caller's. outside is None if the
        operation concerns no region
    """

    operation: str
    may: str
    inside: int
    outside: int | None
    make: Callable[[Resources, str], Awaitable[Call]]
    """Makes the request, from the resources of a village and the id of the caller."""
    note: str = ""
    sender_only: str = ""
    """Letters of roles that read only what they sent themselves. What another sent is not there for them."""
    shows_whole: str = ""
    """Letters of roles whose response holds every outcome. The others get `withheld`, if it shows outcomes."""

    @property
    def name(self) -> str:
        return f"{self.operation} {self.note}".strip()


async def put_submission(resources: Resources, _: str) -> Call:
    return call("PUT", f"/v1/submissions/{uuid4()}", json=make_body(region=resources.village))


async def resend_submission(resources: Resources, caller: str) -> Call:
    """A PUT under an id that the caller used in this village already, even if they now work elsewhere."""
    sent, _family = await resources.submission(caller)
    return call("PUT", f"/v1/submissions/{sent}", json=make_body(region=resources.village))


async def send_batch(resources: Resources, _: str) -> Call:
    sent = {"items": [{"id": str(uuid4()), "submission": make_body(region=resources.village)}]}
    return call("POST", "/v1/submissions/batch", json=sent, shows=['"outcome":"stored"'])


async def correct_submission(resources: Resources, caller: str) -> Call:
    """A correction of a submission that the caller sent. A supervisor may correct it whoever sent it."""
    sent, _family = await resources.submission(caller)
    body = {**make_body(2, region=resources.village), "correction": {"reason": "typing_error"}}
    return call("PUT", f"/v1/submissions/{sent}", json=body, headers={"If-Match": '"1"'}, shows=['"revision":2'])


def get_submission(*, own: bool) -> Callable[[Resources, str], Awaitable[Call]]:
    """A GET of a submission that the caller or somebody else sent."""

    async def make(resources: Resources, caller: str) -> Call:
        sent, family = await resources.submission(caller if own else None)
        return call("GET", f"/v1/submissions/{sent}", shows=[family])

    return make


async def review_submission(resources: Resources, _: str) -> Call:
    sent, _family = await resources.submission(None)
    return call("POST", f"/v1/submissions/{sent}/review", json={"status": "in_review", "revision": 1})


def held(method: str = "GET", path: str = "/{held}", **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about a conflict of a submission that somebody else sent."""

    async def make(resources: Resources, _: str) -> Call:
        conflict = await resources.conflict()
        shows = [conflict] if method == "GET" else []
        return call(method, f"/v1/held-submissions{path.format(held=conflict)}", **sent, shows=shows)

    return make


def list_held(*, everywhere: bool) -> Callable[[Resources, str], Awaitable[Call]]:
    """A list of the village or of all regions, with a conflict of a submission that somebody else sent."""

    async def make(resources: Resources, _: str) -> Call:
        conflict = await resources.conflict()
        query = {"limit": 1000} if everywhere else {"limit": 1000, "region": resources.village}
        return call("GET", "/v1/held-submissions", params=query, shows=[conflict])

    return make


def get_answers(*, own: bool) -> Callable[[Resources, str], Awaitable[Call]]:
    """A GET of the answers that the caller or somebody else sent."""

    async def make(resources: Resources, caller: str) -> Call:
        sent, _ = await resources.submission(caller if own else None)
        return call("GET", f"/v1/submissions/{sent}/answers", shows=['"answers":{'])

    return make


def get_of_review(what: str, *, own: bool) -> Callable[[Resources, str], Awaitable[Call]]:
    """A GET of the revisions or reviews of what the caller or somebody else sent."""

    async def make(resources: Resources, caller: str) -> Call:
        sent, _ = await resources.submission(caller if own else None)
        return call("GET", f"/v1/submissions/{sent}/{what}", shows=['"items":['])

    return make


async def review_submissions(resources: Resources, _: str) -> Call:
    sent, _family = await resources.submission(None)
    return call("POST", "/v1/submissions/reviews", json={"status": "in_review", "ids": [sent]})


async def hand_over(resources: Resources, _: str) -> Call:
    """It names somebody who has nothing to hand over."""
    body = {"from": str(uuid4()), "to": str(uuid4()), "region": resources.village}
    return call("POST", "/v1/submissions/handover", json=body)


async def reconcile(resources: Resources, caller: str) -> Call:
    """It finds what the caller sent wherever that was."""
    sent, _ = await resources.submission(caller)
    return call("POST", "/v1/submissions/reconcile", json={"items": [{"id": sent}]}, shows=['"state":"stored"'])


EXPORT: Final = "/v1/submissions/export"


async def export_submissions(resources: Resources, caller: str) -> Call:
    sent, family = await resources.submission(caller)
    asked = {"region": resources.village, "export_purpose": "checking"}
    return call("GET", EXPORT, params=asked, shows=[sent, family])


async def get_export_codebook(resources: Resources, _: str) -> Call:
    return call("GET", f"{EXPORT}/codebook", params={"region": resources.village})


def list_submissions(*, own: bool, everywhere: bool = False) -> Callable[[Resources, str], Awaitable[Call]]:
    """A list of the village or of all regions, with a submission that the caller or somebody else sent."""

    async def make(resources: Resources, caller: str) -> Call:
        sent, family = await resources.submission(caller if own else None)
        query = {} if everywhere else {"region": resources.village}
        return call("GET", "/v1/submissions", params=query, shows=[sent, family])

    return make


def find_code(*, own: bool) -> Callable[[Resources, str], Awaitable[Call]]:
    """A list of the submission that the caller or somebody else sent, by the code of its receipt."""

    async def make(resources: Resources, caller: str) -> Call:
        sent, receipt = await resources.receipt(caller if own else None)
        return call("GET", "/v1/submissions", params={"code": receipt["code"]}, shows=[sent])

    return make


def verify_receipt(*, own: bool) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request to verify a receipt that the caller or somebody else got. Its state is for readers only."""

    async def make(resources: Resources, caller: str) -> Call:
        _, receipt = await resources.receipt(caller if own else None)
        body = {"receipt": receipt["signature"]}
        return call("POST", "/v1/receipts/verify", json=body, shows=['"state":"current"'])

    return make


async def compute_score(_: Resources, _id: str) -> Call:
    body = make_body()
    return call("POST", "/v1/scores", json={name: body[name] for name in ("instrument", "version", "answers")})


def reading(path: str, **params: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A GET of an address in the village."""

    async def make(resources: Resources, _: str) -> Call:
        return call("GET", path.format(village=resources.village, district=resources.village[:6]), params=params)

    return make


def of_release(path: str = "", **params: str) -> Callable[[Resources, str], Awaitable[Call]]:
    """A GET of a release, or of something of it."""

    async def make(resources: Resources, _: str) -> Call:
        named = {name: value.format(village=resources.village) for name, value in params.items()}
        return call("GET", f"/v1/releases/{await resources.release()}{path}", params=named)

    return make


async def list_aggregates(resources: Resources, _: str) -> Call:
    query = {"parent": resources.village[:6], "level": "village", "year": 2025}
    return call("GET", "/v1/aggregates", params=query)


async def list_ranks(resources: Resources, _: str) -> Call:
    query = {"parent": resources.village[:6], "level": "village", "year": 2025}
    return call("GET", "/v1/aggregates/ranks", params=query)


async def list_profiles(resources: Resources, _: str) -> Call:
    query = {"parent": resources.village[:6], "level": "village", "year": 2025}
    return call("GET", "/v1/profiles", params=query)


async def list_available(resources: Resources, _: str) -> Call:
    await resources.submission()
    query = {"parent": resources.village[:6], "level": "village"}
    return call("GET", "/v1/aggregates/available", params=query, shows=[resources.village])


async def put_cases(resources: Resources, _: str) -> Call:
    return call("PUT", f"/v1/statistics/cases/{resources.village}/2023", json=report({"victims": 12}))


async def import_cases(resources: Resources, _: str) -> Call:
    lines = f"region;period;status;source;victims\n{resources.village};2023;verified;Simfoni PPA;12\n"
    return call("POST", "/v1/statistics/cases", content=lines, headers={"Content-Type": "text/csv"})


def on_cases(method: str, path: str, **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about the case statistics of the village."""

    async def make(resources: Resources, _: str) -> Call:
        period = await resources.cases()
        return call(method, path.format(village=resources.village, period=period), **sent)

    return make


async def list_cases(resources: Resources, _: str) -> Call:
    await resources.cases()
    query = {"parent": resources.village[:6], "level": "village", "year": 2023}
    return call("GET", "/v1/statistics/cases", params=query)


async def create_person(resources: Resources, _: str) -> Call:
    body = {"username": f"kader-{uuid4().hex[:12]}", "name": "Kader Contoh", "grants": [resources.grant()]}
    return call("POST", "/v1/people", json=body)


async def import_people(resources: Resources, _: str) -> Call:
    lines = f"username,name,role,region\nkader-{uuid4().hex[:12]},Kader Contoh,kader,{resources.village}\n"
    return call("POST", "/v1/people/import", content=lines, headers={"Content-Type": "text/csv"})


async def create_codes(resources: Resources, _: str) -> Call:
    await resources.person()
    return call("POST", "/v1/people/codes", params={"region": resources.village})


async def list_people(resources: Resources, _: str) -> Call:
    person, _grant = await resources.person()
    return call("GET", "/v1/people", params={"region": resources.village}, shows=[person])


async def list_all_people(resources: Resources, _: str) -> Call:
    person, _grant = await resources.person()
    return call("GET", "/v1/people", shows=[person])


def on_person(method: str, path: str, **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about a person of the village."""

    async def make(resources: Resources, _: str) -> Call:
        person, grant = await resources.person()
        return call(method, path.format(person=person, grant=grant), **sent)

    return make


async def end_device(resources: Resources, _: str) -> Call:
    person, device = await resources.device()
    return call("DELETE", f"/v1/people/{person}/devices/{device}")


def on_factor(path: str, **sent: str) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about the caller's own second factor. The caller of these tests has no stored account."""

    async def make(_resources: Resources, _: str) -> Call:
        return call("POST", f"/v1/me/second-factor{path}", json=sent)

    return make


async def create_grant(resources: Resources, _: str) -> Call:
    person, _grant = await resources.person()
    return call("POST", f"/v1/people/{person}/grants", json={"role": "analyst", "region": resources.village})


async def create_agency(resources: Resources, _: str) -> Call:
    return call("POST", "/v1/agencies", json=resources.new_agency())


async def list_agencies(resources: Resources, _: str) -> Call:
    agency, _secret = await resources.agency()
    return call("GET", "/v1/agencies", shows=[agency])


def on_agency(method: str, path: str) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about an agency of the village."""

    async def make(resources: Resources, _: str) -> Call:
        agency, secret = await resources.agency()
        return call(method, path.format(agency=agency, secret=secret))

    return make


async def find_families(resources: Resources, _: str) -> Call:
    family = await resources.family()
    number = make_body()["family"]["card_number"]
    return call("POST", "/v1/families/find", json={"card_number": number, "purpose": PURPOSE}, shows=[family])


def on_family(method: str, path: str, **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about a family of the village."""

    async def make(resources: Resources, _: str) -> Call:
        return call(method, path.format(family=await resources.family()), **sent)

    return make


async def get_identity(resources: Resources, caller: str) -> Call:
    """A GET after this caller has stated a purpose, even if they now work elsewhere."""
    family = await resources.family()
    await resources.do(
        "POST", f"/v1/families/{family}/identifications", caller, json={"purpose": PURPOSE, "minutes": 5}
    )
    return call("GET", f"/v1/families/{family}/identity", shows=[make_body()["family"]["card_number"]])


async def settle_identity(resources: Resources, _: str) -> Call:
    family, earlier = await resources.earlier_identity()
    return call("POST", f"/v1/families/{family}/earlier-identities/{earlier}/settle", json={"as": "same"})


async def list_unsettled(resources: Resources, _: str) -> Call:
    _family, earlier = await resources.earlier_identity()
    path = "/v1/families/earlier-identities"
    return call("GET", path, params={"region": resources.village, "limit": 1000}, shows=[earlier])


async def list_all_unsettled(resources: Resources, _: str) -> Call:
    _family, earlier = await resources.earlier_identity()
    return call("GET", "/v1/families/earlier-identities", params={"limit": 1000}, shows=[earlier])


def on_identification(method: str, path: str) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about a purpose that somebody else stated for a family of the village."""

    async def make(resources: Resources, _: str) -> Call:
        family, identification = await resources.identification()
        shows = [PURPOSE] if method == "GET" else []
        return call(method, f"/v1/families/{family}/identifications/{identification}{path}", shows=shows)

    return make


async def export_family(resources: Resources, caller: str) -> Call:
    """A GET after this caller has stated a purpose, even if they now work elsewhere."""
    request = await resources.request("export")
    family = (await resources.do("GET", f"/v1/subject-requests/{request}", caller)).json()["family"]
    await resources.do(
        "POST", f"/v1/families/{family}/identifications", caller, json={"purpose": PURPOSE, "minutes": 5}
    )
    return call("GET", f"/v1/subject-requests/{request}/export", shows=[make_body()["family"]["card_number"]])


async def withdraw_consent(resources: Resources, _: str) -> Call:
    family, consent = await resources.consent()
    body = {"channel": "letter", "received_at": "2026-01-05T09:00:00+08:00"}
    return call("POST", f"/v1/families/{family}/consents/{consent}/withdraw", json=body)


async def open_request(resources: Resources, _: str) -> Call:
    return call("POST", "/v1/subject-requests", json=resources.asks("export", await resources.family()))


async def count_warnings(resources: Resources, _: str) -> Call:
    await resources.submission()
    asked = {"region": resources.village, "year": 2025, "by": "village"}
    return call("GET", "/v1/submissions/warnings", params=asked, shows=[resources.village])


async def draw_reinterviews(resources: Resources, _: str) -> Call:
    sent, _family = await resources.submission()
    asked = {"region": resources.village, "year": 2025, "share": 1}
    return call("POST", "/v1/submissions/reinterviews", json=asked, shows=[sent])


async def get_reinterviews(resources: Resources, _: str) -> Call:
    asked = {"region": resources.village, "year": 2025}
    return call("GET", "/v1/submissions/reinterviews", params=asked, shows=['"pairs":'])


async def list_requests(resources: Resources, _: str) -> Call:
    request = await resources.request("erase")
    return call("GET", "/v1/subject-requests", params={"region": resources.village}, shows=[request])


async def list_all_requests(resources: Resources, _: str) -> Call:
    return call("GET", "/v1/subject-requests", shows=[await resources.request("erase")])


def on_request(method: str, path: str, kind: str, **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """An HTTP request about a subject request of the village."""

    async def make(resources: Resources, _: str) -> Call:
        return call(method, path.format(request=await resources.request(kind)), **sent)

    return make


async def list_audit(resources: Resources, _: str) -> Call:
    sent, _family = await resources.submission()
    await resources.seal()
    return call("GET", "/v1/audit", params={"region": resources.village}, shows=[sent])


async def list_all_audit(resources: Resources, _: str) -> Call:
    sent, _family = await resources.submission()
    await resources.seal()
    return call("GET", "/v1/audit", params={"kind": "submission.take"}, shows=[sent])


async def create_round(resources: Resources, _: str) -> Call:
    return call("POST", "/v1/rounds", json=resources.new_round())


def on_round(method: str, path: str = "", **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about a round of the village."""

    async def make(resources: Resources, _: str) -> Call:
        made = await resources.round()
        return call(method, f"/v1/rounds/{made}{path}", shows=[made] if method == "GET" and not path else [], **sent)

    return make


async def put_round(resources: Resources, _: str) -> Call:
    body = resources.new_round()
    made = (await resources.do("POST", "/v1/rounds", json=body)).json()["id"]
    return call("PUT", f"/v1/rounds/{made}", json={**body, "name": "Putaran lain"})


async def list_village_rounds(resources: Resources, _: str) -> Call:
    made = await resources.round()
    return call("GET", "/v1/rounds", params={"region": resources.village, "limit": 1000}, shows=[made])


async def list_all_rounds(resources: Resources, _: str) -> Call:
    made = await resources.round()
    return call("GET", "/v1/rounds", params={"limit": 1000}, shows=[made])


async def create_export_key(resources: Resources, _: str) -> Call:
    return call("POST", "/v1/export-keys", json=resources.new_export_key())


async def list_export_keys(resources: Resources, caller: str) -> Call:
    key, _secret = await resources.export_key(caller)
    return call("GET", "/v1/export-keys", params={"limit": 1000}, shows=[key])


async def end_export_key(resources: Resources, caller: str) -> Call:
    key, _secret = await resources.export_key(caller)
    return call("DELETE", f"/v1/export-keys/{key}")


def on_figure(method: str, *, stored: bool = True, **sent: Any) -> Callable[[Resources, str], Awaitable[Call]]:
    """A request about a context figure of the village."""

    async def make(resources: Resources, _: str) -> Call:
        path = f"/v1/statistics/context/patbm/{resources.village}/2024"
        if stored:
            await resources.do("PUT", path, json=FIGURE)
        return call(method, path, shows=[FIGURE["note"]] if method == "GET" else [], **sent)

    return make


async def list_figures(resources: Resources, caller: str) -> Call:
    await on_figure("GET")(resources, caller)
    query = {"parent": resources.village[:6], "level": "village", "year": 2024}
    return call("GET", "/v1/statistics/context", params=query, shows=[FIGURE["note"]])


async def import_figures(resources: Resources, _: str) -> Call:
    heading = "region,year,indicator,present,status,source,url"
    lines = f"{heading}\n{resources.village},2024,patbm,ya,verified,DP3A Contoh,https://example.go.id/patbm\n"
    return call("POST", "/v1/statistics/context", content=lines, headers={"Content-Type": "text/csv"})


async def put_indicator(_resources: Resources, _: str) -> Call:
    return call("PUT", "/v1/statistics/indicators/posyandu", json=INDICATOR)


FIGURE: Final[dict[str, Any]] = {
    "present": True,
    "status": "verified",
    "source": {"name": "DP3A Contoh", "url": "https://example.go.id/patbm"},
    "note": "Catatan angka ini",
}
_TEXTS: Final = {"id": "Posyandu", "en": "Posyandu"}
INDICATOR: Final[dict[str, Any]] = {
    "kind": "present",
    "name": _TEXTS,
    "definition": _TEXTS,
    "source": FIGURE["source"],
    "status": "provisional",
}
CONSENT: Final = {"version": "2026-1", "channel": "in_person", "given_at": "2025-07-29T09:00:00+08:00"}
CASES: Final = "/v1/statistics/cases/{village}/{period}"
PEOPLE, PERSON = "/v1/people", "/v1/people/{person}"
AGENCY, FAMILY, ASKED = "/v1/agencies/{agency}", "/v1/families/{family}", "/v1/subject-requests/{request}"

READERS: Final = "KSGDRO"

MATRIX: Final = (
    Row("putSubmission", "KGO", 201, 403, put_submission),
    Row("putSubmission", "KGO", 200, 200, resend_submission, "again"),
    Row("putSubmission", "KSGO", 200, 403, correct_submission, "corrected"),
    Row("sendBatch", "KGO", 200, 200, send_batch, shows_whole="KGO"),
    Row("getSubmission", READERS, 200, 404, get_submission(own=True), "of the sender", shows_whole=READERS),
    Row("getSubmission", READERS, 200, 404, get_submission(own=False), "of another", sender_only="K", shows_whole="R"),
    Row("getAnswers", "KSGO", 200, 404, get_answers(own=True), "of the sender"),
    Row("getAnswers", "KSGO", 200, 404, get_answers(own=False), "of another", sender_only="K"),
    Row("getRevisions", "KSGO", 200, 404, get_of_review("revisions", own=True), "of the sender"),
    Row("getRevisions", "KSGO", 200, 404, get_of_review("revisions", own=False), "of another", sender_only="K"),
    Row("getReviews", "KSGO", 200, 404, get_of_review("reviews", own=True), "of the sender"),
    Row("getReviews", "KSGO", 200, 404, get_of_review("reviews", own=False), "of another", sender_only="K"),
    Row("reviewSubmissions", "SGO", 200, 404, review_submissions),
    Row("handOverSubmissions", "SGO", 200, 403, hand_over),
    Row("countWarnings", "SGO", 200, 403, count_warnings),
    Row("drawReinterviews", "SGO", 200, 403, draw_reinterviews),
    Row("getReinterviews", "SGO", 200, 403, get_reinterviews),
    Row("exportSubmissions", "SGO", 200, 403, export_submissions),
    Row("getExportCodebook", "SGO", 200, 403, get_export_codebook),
    Row("reviewSubmission", "SGO", 200, 404, review_submission),
    Row("listHeld", "KSGO", 200, 403, list_held(everywhere=False), "of another", sender_only="K"),
    Row("listHeld", "KSGO", 200, 200, list_held(everywhere=True), "of another everywhere", sender_only="K"),
    Row("getHeld", "KSGO", 200, 404, held(), "of another", sender_only="K"),
    Row("settleHeld", "SGO", 200, 404, held("POST", "/{held}/settle", json={"choose": "stored", "revision": 1})),
    Row("eraseHeld", "D", 200, 404, held("POST", "/{held}/erase")),
    Row("reconcileSubmissions", "KGO", 200, None, reconcile),
    Row("listSubmissions", READERS, 200, 403, list_submissions(own=True), "of the sender", shows_whole=READERS),
    Row(
        "listSubmissions",
        READERS,
        200,
        403,
        list_submissions(own=False),
        "of another",
        sender_only="K",
        shows_whole="R",
    ),
    Row(
        "listSubmissions",
        READERS,
        200,
        200,
        list_submissions(own=False, everywhere=True),
        "of all regions",
        sender_only="K",
        shows_whole="R",
    ),
    Row("listSubmissions", READERS, 200, 200, find_code(own=True), "by code", shows_whole=READERS),
    Row(
        "listSubmissions",
        READERS,
        200,
        200,
        find_code(own=False),
        "of another by code",
        sender_only="K",
        shows_whole="R",
    ),
    Row("verifyReceipt", READERS, 200, 200, verify_receipt(own=True), "of the sender"),
    Row("verifyReceipt", READERS, 200, 200, verify_receipt(own=False), "of another", sender_only="K"),
    Row("computeScore", "KGO", 200, None, compute_score),
    Row("getAggregate", "SAGRO", 200, 403, reading("/v1/aggregates/{village}/2025")),
    Row("getTrend", "SAGRO", 200, 403, reading("/v1/aggregates/{village}/trend", **{"from": 2024, "to": 2025})),
    Row("listAggregates", "SAGRO", 200, 403, list_aggregates),
    Row("getProfile", "SAGRO", 200, 403, reading("/v1/regions/{village}/profile/2025")),
    Row("listProfiles", "SAGRO", 200, 403, list_profiles),
    Row("listAvailable", "SAGRO", 200, 403, list_available),
    Row("listAvailable", "SAGRO", 200, 200, reading("/v1/aggregates/available"), "of all regions"),
    Row("listReleases", "SAGRO", 200, None, reading("/v1/releases")),
    Row("getBreakdowns", "SAGRO", 200, 403, reading("/v1/aggregates/{village}/2025/breakdowns")),
    Row("listRanks", "SAGRO", 200, 403, list_ranks),
    Row("getRestatedAggregate", "SAGRO", 200, 403, reading("/v1/aggregates/{village}/2025/restated")),
    Row("getReleaseMetadata", "SAGRO", 200, None, of_release("/metadata")),
    Row("exportReleasedVillages", "SAGRO", 200, 403, of_release("/villages", region="{village}")),
    Row("getRelease", "SAGRO", 200, None, of_release()),
    Row("listCases", "SAGRO", 200, 403, list_cases),
    Row("putCases", "GO", 201, 403, put_cases),
    Row("importCases", "GO", 200, 403, import_cases),
    Row("getCases", "SAGRO", 200, 403, on_cases("GET", CASES)),
    Row("listCaseRevisions", "GO", 200, 403, on_cases("GET", CASES + "/revisions")),
    Row("withdrawCases", "GO", 204, 403, on_cases("DELETE", CASES, params={"status": "verified"})),
    Row("listContextIndicators", EVERYBODY, 200, None, reading("/v1/statistics/indicators")),
    Row("putContextIndicator", "GO", 403, None, put_indicator, "of a province"),
    Row("listContextFigures", "SAGRO", 200, 403, list_figures),
    Row("getContextFigure", "SAGRO", 200, 403, on_figure("GET")),
    Row("putContextFigure", "GO", 201, 403, on_figure("PUT", stored=False, json=FIGURE)),
    Row("importContextFigures", "GO", 200, 403, import_figures),
    Row("withdrawContextFigure", "GO", 204, 403, on_figure("DELETE")),
    Row("createRound", "SGO", 201, 403, create_round),
    Row("putRound", "SGO", 200, 404, put_round),
    Row("closeRound", "SGO", 200, 404, on_round("POST", "/close")),
    Row("settleRound", "SGO", 200, 404, on_round("POST", "/settle")),
    Row("listRounds", "KSGDRO", 200, 403, list_village_rounds),
    Row("listRounds", "KSGDRO", 200, 200, list_all_rounds, "of all regions"),
    Row("getRound", "KSGDRO", 200, 404, on_round("GET")),
    Row("listRoundVillages", "KSGDRO", 200, 404, on_round("GET", "/villages")),
    Row("listRoundChanges", "SGDRO", 200, 404, on_round("GET", "/changes")),
    Row("createExportKey", "SAGRO", 201, 403, create_export_key),
    Row("listExportKeys", "SAGRO", 200, None, list_export_keys, "of the caller"),
    Row("endExportKey", "SAGRO", 204, None, end_export_key, "of the caller"),
    Row("listRegions", EVERYBODY, 200, None, reading("/v1/regions", parent="63")),
    Row("getRegion", EVERYBODY, 200, None, reading("/v1/regions/{village}")),
    Row("listInstruments", EVERYBODY, 200, None, reading("/v1/instruments")),
    Row("getInstrument", EVERYBODY, 200, None, reading("/v1/instruments/ikk-29/2025.1")),
    Row("getInstrumentSchema", EVERYBODY, 200, None, reading("/v1/instruments/ikk-29/2025.1/schema")),
    Row("getInstrumentForm", EVERYBODY, 200, None, reading("/v1/instruments/ikk-29/2025.1/form")),
    Row("listCodeLists", EVERYBODY, 200, None, reading("/v1/codelists")),
    Row("getCaller", EVERYBODY, 200, None, reading("/v1/me")),
    Row("getSecondFactor", EVERYBODY, 200, None, reading("/v1/me/second-factor")),
    Row("beginSecondFactor", EVERYBODY, 400, None, on_factor("", password=WRONG), "with a wrong password"),
    Row("confirmSecondFactor", EVERYBODY, 409, None, on_factor("/confirm", otp="492039"), "that nobody began"),
    Row(
        "renewRecoveryCodes",
        EVERYBODY,
        400,
        None,
        on_factor("/recovery-codes", password=WRONG),
        "with a wrong password",
    ),
    Row("getMetrics", "O", 403, None, reading("/metrics"), "of a province"),
    Row("createPerson", "GO", 201, 403, create_person),
    Row("importPeople", "GO", 201, 403, import_people),
    Row("createCodes", "GO", 201, 403, create_codes),
    Row("listPeople", "GO", 200, 403, list_people),
    Row("listPeople", "GO", 200, 200, list_all_people, "of all regions"),
    Row("getPerson", "GO", 200, 404, on_person("GET", PERSON)),
    Row("updatePerson", "GO", 200, 404, on_person("PATCH", PERSON, json={"name": "Nama Lain"})),
    Row("createGrant", "GO", 201, 404, create_grant),
    Row("endGrant", "GO", 204, 404, on_person("DELETE", PERSON + "/grants/{grant}")),
    Row("createDevice", "GO", 201, 404, on_person("POST", PERSON + "/devices", json={"name": "Samsung A05"})),
    Row("listDevices", "GO", 200, 404, on_person("GET", PERSON + "/devices")),
    Row("endDevice", "GO", 204, 404, end_device),
    Row("createCode", "GO", 201, 404, on_person("POST", PERSON + "/code")),
    Row("resetSecondFactor", "GO", 201, 404, on_person("POST", PERSON + "/second-factor/reset")),
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
    Row("getIdentification", "D", 200, 404, on_identification("GET", "")),
    Row("approveIdentification", "D", 409, 404, on_identification("POST", "/approve"), "that does not wait"),
    Row("getIdentity", "D", 200, 404, get_identity),
    Row("settleIdentity", "D", 200, 404, settle_identity),
    Row("listEarlierIdentities", "D", 200, 403, list_unsettled),
    Row("listEarlierIdentities", "D", 200, 200, list_all_unsettled, "of all regions"),
    Row("listConsents", "D", 200, 404, on_family("GET", FAMILY + "/consents")),
    Row("createConsent", "D", 201, 404, on_family("POST", FAMILY + "/consents", json=CONSENT)),
    Row("withdrawConsent", "D", 200, 404, withdraw_consent),
    Row("createSubjectRequest", "D", 201, 404, open_request),
    Row("listSubjectRequests", "D", 200, 403, list_requests),
    Row("listSubjectRequests", "D", 200, 200, list_all_requests, "of all regions"),
    Row("getSubjectRequest", "D", 200, 404, on_request("GET", ASKED, "export")),
    Row("exportFamily", "D", 200, 404, export_family),
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
    Row("listAddresses", "GDO", 403, None, reading("/v1/audit/addresses", caller=str(uuid4())), "of a province"),
)
