"""Makes what the examples of `/docs` name, so that each request there works as it stands in this demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from secrets import randbelow, token_hex
from typing import Any, Final
from uuid import uuid4

import httpx

from app.demo.accounts import ADMINISTRATOR, KADER, OFFICER, OPERATOR, SUPERVISOR
from app.demo.rounds import ROUNDS
from app.examples.parameters import Live
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.synthetic import NO_DISTRICT, draw_submission, name_family

SENDER: Final = next(iter(KADER))
"""The kader in whose village the examples are."""
_SURVEYED_AT: Final = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
"""In a year that the demo's table does not show."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """Sends requests as accounts of the demo."""

    http: httpx.Client
    tokens: Mapping[str, str]
    instrument: Instrument

    def send(self, account: str, method: str, path: str, body: Any = None, *, refused: int = 0) -> dict[str, Any]:
        """The body of the response. Raises HTTPStatusError if the service refuses the request otherwise."""
        headers = {"Authorization": f"Bearer {self.tokens[account]}"}
        answer = self.http.request(method, path, json=body, headers=headers)
        if answer.status_code != refused:
            answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def draw(self, card: str, days: int = 0) -> dict[str, Any]:
        """An interview of the family with a card. Its people have other names and numbers each time."""
        random = Random(token_hex(8))
        moment = _SURVEYED_AT + timedelta(days=days)
        _, body = draw_submission(self.instrument, KADER[SENDER], moment, random, lambda _: 0.6)
        body["family"]["card_number"] = card
        return {**name_family(body, random), "salt": str(uuid4())}

    def interview(self, card: str, days: int = 0) -> dict[str, Any]:
        """Sends an interview of the family with a card."""
        return self.send(SENDER, "PUT", f"/v1/submissions/{uuid4()}", self.draw(card, days))


def make_live_examples(http: httpx.Client, tokens: Mapping[str, str], instruments: Path) -> Live:
    """What exists for the examples only, made anew at each start, such as families, an account, an agency and rounds.

    tokens are those of the sender, the supervisor, the administrator, the data protection officer and the operator.
    """
    file = instruments / f"{ROUNDS[-1].instrument}.toml"
    maker = _Maker(http, tokens, read_instrument(file.read_bytes()))
    parameters = {
        **_make_family(maker),
        **_change_an_identity(maker),
        **_make_reviews(maker),
        "/v1/people/{id}": _make_person(maker),
        "/v1/agencies/{id}": _make_agency(maker),
        "/v1/export-keys/{id}": {"id": _make_export_key(maker)},
        "/v1/audit": {"caller": maker.send(SENDER, "GET", "/v1/me")["id"]},
    }
    person = maker.send(ADMINISTRATOR, "GET", "/v1/people?limit=1")["items"][0]["id"]
    parameters["/v1/people"] = {"cursor": person}
    (latest,) = maker.send(OPERATOR, "GET", "/v1/audit?limit=1")["items"]
    parameters["/v1/audit"]["cursor"] = str(latest["position"])
    year = max(each.year for each in ROUNDS)
    (release,) = maker.send(ADMINISTRATOR, "GET", f"/v1/releases?instrument=ikk-29&year={year}&limit=1")["items"]
    parameters["/v1/releases"] = {"id": release["id"]}
    # Numbers that no other family has, because the example of an interview may have been sent before.
    corrected = maker.draw(_draw_card())["family"]
    identity = {name: corrected[name] for name in ("card_number", "address", "people")}
    asked = {"family": parameters["/v1/families/{id}"]["id"]}
    receipt = maker.interview(_draw_card())["receipt"]
    parameters["/v1/submissions"] = {"code": receipt["code"]}
    planned, settled = _make_round(maker), _make_round(maker)
    parameters |= {
        "/v1/rounds/{id}": {"id": planned["id"]},
        "/v1/rounds/{id}/settle": {"id": settled["id"]},
        "/v1/submissions/export": {"round": planned["id"]},
    }
    bodies = {
        "putRound": {name: planned[name] for name in ("opens_on", "closes_on")},
        "createSubjectRequest": asked,
        "fulfilSubjectRequest": {"identity": identity},
        "verifyReceipt": {"receipt": receipt["signature"]},
    }
    return Live(parameters, bodies)


def _make_family(maker: _Maker) -> dict[str, dict[str, str]]:
    """A family with a stated purpose to read its identity, a consent, and an open subject request of each kind."""
    submission = maker.interview(_draw_card())
    family = f"/v1/families/{submission['family']}"
    stated = {"purpose": "subject_request", "note": "Contoh di halaman dokumentasi", "minutes": 60}
    identification = maker.send(OFFICER, "POST", f"{family}/identifications", stated)["id"]
    now = datetime.now(UTC).isoformat()
    asked = {
        kind: maker.send(
            OFFICER,
            "POST",
            "/v1/subject-requests",
            {"family": submission["family"], "kind": kind, "channel": "letter", "received_at": now},
        )["id"]
        for kind in ("export", "correct", "restrict")
    }
    return {
        "/v1/submissions/{id}": {"id": submission["id"]},
        "/v1/families/{id}": {
            "id": submission["family"],
            "identification": identification,
            "consent": maker.send(OFFICER, "GET", f"{family}/consents")["items"][0]["id"],
        },
        "/v1/subject-requests/{id}": {"id": asked["export"]},
        "/v1/subject-requests/{id}/fulfil": {"id": asked["correct"]},
        "/v1/subject-requests/{id}/refuse": {"id": asked["restrict"]},
    }


def _change_an_identity(maker: _Maker) -> dict[str, dict[str, str]]:
    """A family whose card came with other people later, so that an earlier identity is to be settled."""
    card = _draw_card()
    maker.interview(card)
    family = maker.interview(card, days=20)["family"]
    (earlier,) = maker.send(OFFICER, "GET", f"/v1/families/{family}")["earlier_identities"]
    return {"/v1/families/{id}/earlier-identities": {"id": family, "earlier": earlier["id"]}}


def _make_reviews(maker: _Maker) -> dict[str, dict[str, str]]:
    """An interview whose review has begun, and two of which a second device sent other content."""
    begun = maker.interview(_draw_card())["id"]
    maker.send(SUPERVISOR, "POST", f"/v1/submissions/{begun}/review", {"status": "in_review", "revision": 1})
    held = []
    for _ in range(2):
        card = _draw_card()
        path = f"/v1/submissions/{maker.interview(card)['id']}"
        held.append(maker.send(SENDER, "PUT", path, maker.draw(card), refused=httpx.codes.CONFLICT)["held"]["id"])
    return {
        "/v1/submissions/{id}/review": {"id": begun},
        "/v1/held-submissions/{id}": {"id": held[0]},
        "/v1/held-submissions/{id}/settle": {"id": held[1]},
    }


def _make_round(maker: _Maker) -> dict[str, Any]:
    """A round of one day that is over, and of which no round has been made yet."""
    while True:
        day = date(2025, 1, 1) + timedelta(days=randbelow(181))
        wanted = {
            "name": "Demo: contoh",
            "instrument": "ikk-29",
            "version": "2025.2",
            "design": "census",
            "opens_on": day.isoformat(),
            "closes_on": day.isoformat(),
            "villages": [{"region": KADER[SENDER], "expected": 240}],
        }
        made = maker.send(SUPERVISOR, "POST", "/v1/rounds", wanted, refused=httpx.codes.CONFLICT)
        if "id" in made:
            return made


def _make_person(maker: _Maker) -> dict[str, str]:
    name = f"contoh-{token_hex(4)}"
    grant = {"role": "kader", "region": KADER[SENDER]}
    body = {"username": name, "name": "Demo: contoh", "grants": [grant, {**grant, "role": "analyst"}]}
    person = maker.send(ADMINISTRATOR, "POST", "/v1/people", body)
    phone = maker.send(ADMINISTRATOR, "POST", f"/v1/people/{person['id']}/devices", {"name": "Demo: HP"})
    return {"id": person["id"], "grant": person["grants"][0]["id"], "device": phone["id"]}


def _make_agency(maker: _Maker) -> dict[str, str]:
    wanted = {"name": "Demo: contoh", "scopes": ["aggregates:read"], "regions": [KADER[SENDER][:4]]}
    agency = maker.send(ADMINISTRATOR, "POST", "/v1/agencies", {"client_id": f"contoh-{token_hex(4)}", **wanted})
    return {"id": agency["id"], "secret": agency["secrets"][0]["id"]}


def _make_export_key(maker: _Maker) -> str:
    wanted = {"name": "Demo: contoh", "region": KADER[SENDER][:4]}
    return str(maker.send(ADMINISTRATOR, "POST", "/v1/export-keys", wanted)["id"])


def _draw_card() -> str:
    return f"{NO_DISTRICT}{1 + randbelow(28):02}{1 + randbelow(12):02}25{1 + randbelow(9999):04}"
