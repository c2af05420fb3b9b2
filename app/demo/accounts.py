"""The accounts of the demo: officials of every kind, the kader of every village, a team and a dashboard."""

import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND
from app.demo.rounds import VILLAGES
from app.problems import Problem
from app.regions.codes import COUNTRY
from app.services.access.agencies import add_secret, create_agency, find_agency, find_credentials
from app.services.access.appointing import create_person
from app.services.access.people import give_code, list_people

DASHBOARD: Final = "demo-dashboard"
TEAM: Final = "demo-team"
STATISTICS: Final = "demo-statistics"
AGENCIES: Final = {
    DASHBOARD: ("Demo: dashboard", ["aggregates:read"]),
    TEAM: ("Demo: team (TPK2D)", ["aggregates:read", "submissions:review", "submissions:sensitive"]),
    STATISTICS: ("Demo: figures of other systems", ["statistics:write"]),
}
"""Name and scopes of each agency, by client id. The team also reads figures that a dashboard does not get."""
ADMINISTRATOR: Final = "demo-admin"
OFFICER: Final = "demo-officer"
OPERATOR: Final = "demo-operator"
HEAD: Final = "demo-head"
SUPERVISOR: Final = "demo-supervisor"
_REGENCIES: Final = tuple(sorted({village[:4] for village in VILLAGES}))
_PROVINCE: Final = _REGENCIES[0][:2]
OFFICIALS: Final = {
    ADMINISTRATOR: ("Demo: administrator", "agency_administrator", _REGENCIES),
    OFFICER: ("Demo: data protection officer", "data_protection_officer", _REGENCIES),
    OPERATOR: ("Demo: operator", "operator", (COUNTRY,)),
    HEAD: ("Demo: head of office", "analyst", (_PROVINCE,)),
    SUPERVISOR: ("Demo: supervisor", "supervisor", _REGENCIES),
}
"""Name, role and regions of each official, by username."""
_A_VILLAGE: Final = 2
"""The number of kader in a village."""
KADER: Final = {
    f"demo-kader-{number}": village
    for number, village in enumerate((village for village in VILLAGES for _ in range(_A_VILLAGE)), start=1)
}
"""The village of each kader, by username."""


@dataclass
class Kept:
    """Secrets and passwords of the demo by account, kept for the next run in a file that only its owner can read."""

    file: Path
    of: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Kept":
        """The secrets that an earlier run kept, or none if the file does not exist."""
        return cls(file, json.loads(file.read_text("utf-8")) if file.exists() else {})

    def keep(self, account: str, secret: str) -> None:
        self.of[account] = secret
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.touch(mode=0o600)
        self.file.write_text(json.dumps(self.of), "utf-8")


async def make_agencies(session: AsyncSession, kept: Kept) -> None:
    """Creates the agencies that read the country's aggregates, or new secrets where the kept ones are not valid."""
    for client_id, (name, scopes) in AGENCIES.items():
        if await (await find_credentials(session, client_id)).match(kept.of.get(client_id, "")) is not None:
            continue
        wanted = {"client_id": client_id, "name": name, "scopes": scopes, "regions": [COUNTRY]}
        try:
            secret = (await create_agency(session, COMMAND, wanted)).client_secret
        except Problem:
            # The agency exists already, and its secret was lost.
            held = (await find_agency(session, COMMAND, client_id)).secrets
            end = held[-1].id if held else None
            secret = (await add_secret(session, COMMAND, client_id, end=end)).client_secret
        kept.keep(client_id, secret)


async def make_officials(session: AsyncSession, kept: Kept) -> dict[str, str]:
    """One-time codes by username, for the officials whose password no earlier run kept."""
    codes = {}
    for username, (name, role, regions) in OFFICIALS.items():
        known = await list_people(
            session, COMMAND, region=None, role=None, active=None, q=username, limit=1, cursor=None
        )
        if not known.items:
            grants = [{"role": role, "region": region} for region in regions]
            wanted = {"username": username, "name": name, "grants": grants}
            codes[username] = (await create_person(session, COMMAND, wanted, code_days=1)).code
        elif username not in kept.of:
            codes[username] = (await give_code(session, COMMAND, known.items[0].id, code_days=1)).code
    return codes


def kader_of(villages: Collection[str]) -> list[str]:
    """The usernames of the kader of villages."""
    return [username for username, village in KADER.items() if village in villages]


def sign_in_kader(http: httpx.Client, kept: Kept, usernames: Sequence[str]) -> dict[str, str]:
    """Kader's access tokens by username. The administrator first creates the accounts that are missing."""
    unknown = [username for username in usernames if username not in kept.of]
    if unknown:
        headers = {"Authorization": f"Bearer {sign_in(http, ADMINISTRATOR, kept)}"}
        for username, given in _give_accounts(http, unknown, headers):
            set_password(http, username, given, kept)
    return {username: sign_in(http, username, kept) for username in usernames}


def _give_accounts(http: httpx.Client, usernames: list[str], headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Usernames and one-time codes. One import creates all accounts. Existing ones get new codes one by one."""
    lines = [f"{username},Demo: kader,kader,{KADER[username]}" for username in usernames]
    table = "\n".join(["username,name,role,region", *lines, ""])
    sent = http.post("/v1/people/import", content=table, headers=headers | {"Content-Type": "text/csv"})
    if sent.status_code == httpx.codes.CREATED:
        yield from ((each["username"], each["code"]) for each in sent.json()["people"])
        return
    known = http.get("/v1/people", params={"q": "demo-kader-"}, headers=headers).raise_for_status().json()["items"]
    for each in known:
        if each["username"] in usernames:
            given = http.post(f"/v1/people/{each['id']}/code", headers=headers).raise_for_status().json()
            yield each["username"], given["code"]


def set_password(http: httpx.Client, username: str, code: str, kept: Kept) -> None:
    """Exchanges a one-time code for a random password, which is long because nobody has to type it."""
    password = secrets.token_urlsafe(24)
    form = {"username": username, "code": code, "new_password": password}
    http.post("/v1/token/password", data=form).raise_for_status()
    kept.keep(username, password)


def sign_in(http: httpx.Client, username: str, kept: Kept) -> str:
    """An access token from the token endpoint, with a password, as any app gets it."""
    return _token(http, {"grant_type": "password", "username": username, "password": kept.of[username]})


def set_up_phone(http: httpx.Client, username: str, kept: Kept) -> str:
    """The address of a kader's phone. The administrator sets the phone up unless an earlier run did."""
    address = f"{username}-phone"
    if address not in kept.of:
        headers = {"Authorization": f"Bearer {sign_in(http, ADMINISTRATOR, kept)}"}
        known = http.get("/v1/people", params={"q": username}, headers=headers).raise_for_status().json()["items"]
        (person,) = [each["id"] for each in known if each["username"] == username]
        made = http.post(f"/v1/people/{person}/devices", json={"name": "Demo: HP"}, headers=headers)
        kept.keep(address, made.raise_for_status().json()["secret"])
    return f"{str(http.base_url).rstrip('/')}/odk/k/{kept.of[address]}"


def get_token(http: httpx.Client, client_id: str, kept: Kept) -> str:
    """An access token from the token endpoint, with a client secret, as any agency's system gets it."""
    return _token(
        http, {"grant_type": "client_credentials", "client_id": client_id, "client_secret": kept.of[client_id]}
    )


def _token(http: httpx.Client, form: dict[str, Any]) -> str:
    token: str = http.post("/v1/token", data=form).raise_for_status().json()["access_token"]
    return token
