"""Families, people and agencies of a village, made through the API by a caller with every scope in every region."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, repeat
from typing import Any, Final
from uuid import uuid4

from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.access import ROLES, SCOPES
from app.jobs.sealing import seal_queue
from app.platform.tokens import Tokens
from tests.support.cases import report
from tests.support.factories import LANDASAN_ULIN_SELATAN, make_body
from tests.support.releases import make_release

INSIDE: Final = LANDASAN_ULIN_SELATAN
HELD: Final = {
    "kader": INSIDE,
    "supervisor": "6372",
    "analyst": "63",
    "agency_administrator": "63",
    "data_protection_officer": "63",
    "sensitive_reader": "63",
    "operator": "63",
}
"""The region in which these tests grant each role."""
OUTSIDE: Final = {role: "6371011001" if held == "6372" else "6471011001" for role, held in HELD.items()} | {
    "kader": "6372021005"
}
"""The nearest village outside: in the same regency, in another regency or in another province."""


_DAYS: Final = count()
_NUMBERS: Final = count(1)
"""Of releases."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. shows: what a response may contain only if the village is inside the caller's regions"""

    method: str
    path: str
    sent: dict[str, Any]
    shows: tuple[str, ...] = ()


def call(method: str, path: str, *, shows: Sequence[str] = (), **sent: Any) -> Call:
    return Call(method, path, sent, tuple(shows))


class Resources:
    """The resources of one village. Each is made when a request needs it.

    seeds draw its submissions. The same seed is the same family.
    """

    def __init__(self, http: AsyncClient, app: FastAPI, village: str, seeds: Iterator[int] | None = None) -> None:
        self._http = http
        self._app = app
        self._seeds = seeds or repeat(1)
        self.village = village

    def bearer(self, areas: dict[str, list[str]], id: str | None = None) -> dict[str, str]:
        tokens: Tokens = self._app.state.tokens
        return {"Authorization": f"Bearer {tokens.issue('person', id or str(uuid4()), areas).token}"}

    def as_role(self, role: str, id: str | None = None) -> dict[str, str]:
        """The header of a person who has the role in the region that HELD names."""
        return self.bearer({scope: [HELD[role]] for scope in ROLES[role].scopes}, id)

    async def do(self, method: str, path: str, id: str | None = None, **sent: Any) -> Response:
        """The response to a request by a caller with every scope in every region. It must succeed."""
        headers = self.bearer({scope: ["ID"] for scope in SCOPES}, id) | {"Accept-Language": "en"}
        answer = await self._http.request(method, path, headers=headers, **sent)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer

    async def submission(self, sender: str | None = None) -> tuple[str, str]:
        """The ids of a stored submission of this village and of its family. Without `sender`, somebody sent it."""
        sent, body = str(uuid4()), make_body(next(self._seeds), region=self.village)
        answer = await self.do("PUT", f"/v1/submissions/{sent}", sender, json=body)
        return sent, answer.json()["family"]

    async def conflict(self) -> str:
        """The id of content that is held in conflict with a submission of this village, from its sender."""
        sent, sender = f"/v1/submissions/{uuid4()}", str(uuid4())
        await self.do("PUT", sent, sender, json=make_body(1, region=self.village))
        headers = self.bearer({scope: ["ID"] for scope in SCOPES}, sender)
        answer = await self._http.put(sent, headers=headers, json=make_body(2, region=self.village))
        held: str = answer.json()["held"]["id"]
        return held

    async def receipt(self, sender: str | None = None) -> tuple[str, dict[str, str]]:
        """The id of a stored submission of this village and the receipt that its sender got."""
        sent, body = str(uuid4()), make_body(next(self._seeds), region=self.village)
        answer = await self.do("PUT", f"/v1/submissions/{sent}", sender, json=body)
        return sent, answer.json()["receipt"]

    async def cases(self) -> str:
        """The period of case statistics of this village, which somebody reported."""
        await self.do("PUT", f"/v1/statistics/cases/{self.village}/2023", json=report({"victims": 12}))
        return "2023"

    async def release(self) -> str:
        """The id of a release. The village has no figures in it."""
        async with self._app.state.database.connection() as connection:
            key = self._app.state.keys.current("figures").id
            return await make_release(connection, key, number=next(_NUMBERS))

    async def seal(self) -> None:
        """Seals the audit log's queue at once, instead of within a second."""
        await seal_queue(self._app.state.database, self._app.state.keys)

    async def family(self) -> str:
        return (await self.submission())[1]

    async def person(self) -> tuple[str, str]:
        """The ids of a kader of this village and of the kader's grant."""
        body = {"username": f"kader-{uuid4().hex[:12]}", "name": "Kader Contoh", "grants": [self.grant()]}
        person = (await self.do("POST", "/v1/people", json=body)).json()
        return person["id"], person["grants"][0]["id"]

    async def device(self) -> tuple[str, str]:
        """The ids of a kader of this village and of the kader's phone."""
        person, _ = await self.person()
        return person, (await self.do("POST", f"/v1/people/{person}/devices", json={"name": "Samsung"})).json()["id"]

    def grant(self) -> dict[str, str]:
        return {"role": "kader", "region": self.village}

    async def agency(self) -> tuple[str, str]:
        """The ids of an agency that may read aggregates of this village and of its secret."""
        agency = (await self.do("POST", "/v1/agencies", json=self.new_agency())).json()
        return agency["id"], agency["secrets"][0]["id"]

    def new_agency(self) -> dict[str, Any]:
        name = f"dinas-{uuid4().hex[:12]}"
        return {"client_id": name, "name": "Dinas Contoh", "scopes": ["aggregates:read"], "regions": [self.village]}

    def new_export_key(self) -> dict[str, Any]:
        return {"name": "Excel bagian perencanaan", "region": self.village}

    async def export_key(self, owner: str) -> tuple[str, str]:
        """The id and the secret of an export key for this village."""
        key = (await self.do("POST", "/v1/export-keys", owner, json=self.new_export_key())).json()
        return key["id"], key["secret"]

    def new_round(self) -> dict[str, Any]:
        """A round of this village on one day, which no other round has."""
        day = (date(2025, 7, 1) + timedelta(days=next(_DAYS) % 180)).isoformat()
        return {
            "name": "Ronde contoh",
            "instrument": "ikk-29",
            "version": "2025.1",
            "design": "census",
            "opens_on": day,
            "closes_on": day,
            "villages": [{"region": self.village, "expected": 10}],
        }

    async def round(self) -> str:
        """The id of a round of this village, which has ended with its last day."""
        return str((await self.do("POST", "/v1/rounds", json=self.new_round())).json()["id"])

    async def consent(self) -> tuple[str, str]:
        """The ids of a family of this village and of its consent."""
        family = await self.family()
        body = {"version": "2026-1", "channel": "in_person", "given_at": "2025-07-29T09:00:00+08:00"}
        return family, (await self.do("POST", f"/v1/families/{family}/consents", json=body)).json()["id"]

    async def earlier_identity(self) -> tuple[str, str]:
        """The ids of a family of this village that was named anew and of its earlier identity."""
        card, family = f"637201010110{uuid4().int % 9999 + 1:04}", ""
        for day, name in enumerate(("Orang Satu", "Orang Dua"), 1):
            body = {**make_body(region=self.village), "surveyed_at": f"2025-07-{day:02}T00:00:00Z"}
            named = {**body["family"], "card_number": card, "people": [{"name": name}]}
            sent = {**body, "basis": "public_task", "family": named}
            family = (await self.do("PUT", f"/v1/submissions/{uuid4()}", json=sent)).json()["family"]
        shown = (await self.do("GET", f"/v1/families/{family}")).json()
        return family, shown["earlier_identities"][0]["id"]

    async def identification(self) -> tuple[str, str]:
        """The ids of a family of this village and of a purpose that somebody stated for it."""
        family, body = await self.family(), {"purpose": "complaint", "minutes": 5}
        return family, (await self.do("POST", f"/v1/families/{family}/identifications", json=body)).json()["id"]

    async def request(self, kind: str) -> str:
        """The id of an open subject request of a new family."""
        return str(
            (await self.do("POST", "/v1/subject-requests", json=self.asks(kind, await self.family()))).json()["id"]
        )

    def asks(self, kind: str, family: str) -> dict[str, str]:
        received_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        return {"family": family, "kind": kind, "channel": "letter", "received_at": received_at}
