"""Somebody who tries every request of the demo's documentation page, by the account that the README names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp

from app.demo.accounts import ADMINISTRATOR, OFFICER, OPERATOR, SUPERVISOR
from app.demo.examples import SENDER

ACCOUNTS = {
    "submissions:write": SENDER,
    "families:identify": OFFICER,
    "audit:read": OPERATOR,
    "metrics:read": OPERATOR,
    "submissions:read": SUPERVISOR,
    "submissions:review": SUPERVISOR,
}
"""The account for each scope, as the README names them. The administrator has the rest."""
LAST = (
    *("createIdentification", "createSubjectRequest", "createConsent", "settleIdentity", "withdrawConsent"),
    *("beginSecondFactor", "confirmSecondFactor", "renewRecoveryCodes", "endExportKey"),
    *(
        "fulfilSubjectRequest",
        "refuseSubjectRequest",
        "createSecret",
        "endSecret",
        "disableAgency",
        "endDevice",
        "endGrant",
    ),
    *("withdrawCases", "withdrawContextFigure", "eraseHeld", "settleRound"),
    *("disablePerson", "enablePerson", "createCode", "createCodes", "setPassword"),
)
"""Operations that change what others read, in an order in which each of them succeeds."""
NOT_THERE = {"approveIdentification": "own-identification"}
"""The problem of the operation that needs a second officer, and a setting that the demo does not have."""

NEEDS_ONE = {"listAddresses": "caller"}
"""A parameter of each operation that needs one of several, as its description says."""
GOES_WITH = {"separator": {"format": "csv"}, "level": {"parent": "6372"}}
"""What else a request with a parameter needs, as the descriptions say."""
OF_PAGES = ("limit", "cursor")
"""Parameters of pages, which figures as CSV do not have."""
OF_EXACT = ("basis", "version")
"""Parameters that choose among exact figures. A request with one of them names no release."""
ENROLS = OPERATOR
"""The account that begins to use a second factor."""


@dataclass
class Visitor:
    """Somebody who tries each request of the page."""

    http: httpx.AsyncClient
    passwords: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """What an example cannot know. It stands in place of the member with this name in a form."""
    codes: list[str] = field(default_factory=list)
    """Codes of the second factor, each for one use."""

    async def token(self, account: str) -> str:
        if account not in self.tokens:
            form = {"grant_type": "password", "username": account, "password": self.passwords[account]}
            if account == ENROLS and self.codes:
                form["otp"] = self.codes.pop()
            answer = (await self.http.post("/v1/token", data=form)).raise_for_status().json()
            self.tokens[account] = answer["access_token"]
            self.secrets["refresh_token"] = answer["refresh_token"]
        return self.tokens[account]

    async def new_code(self, username: str) -> str:
        headers = {"Authorization": f"Bearer {await self.token(ADMINISTRATOR)}"}
        found = await self.http.get("/v1/people", params={"q": username}, headers=headers)
        (person,) = [each["id"] for each in found.json()["items"] if each["username"] == username]
        made = await self.http.post(f"/v1/people/{person}/code", headers=headers)
        return str(made.raise_for_status().json()["code"])

    async def send(self, place: str, operation: dict[str, Any], query: dict[str, Any], body: Any) -> httpx.Response:
        method, path = place.split()
        for each in operation.get("parameters", ()):
            if each["in"] == "path":
                path = path.replace(f"{{{each['name']}}}", str(each["example"]))
        headers = {}
        if operation["security"]:
            scopes = [scope for each in operation["security"] for scope in each.get("oauth2", ())] or [
                "submissions:write"
            ]
            account = ACCOUNTS.get(scopes[0], ADMINISTRATOR)
            if "second-factor" in path or path.startswith("/v1/statistics"):
                account = OPERATOR
            headers["Authorization"] = f"Bearer {await self.token(account)}"
        media_type, content = body
        if media_type == "application/json":
            return await self.http.request(method, path, params=query, headers=headers, json=content)
        if media_type == "application/x-www-form-urlencoded":
            return await self.http.request(method, path, params=query, headers=headers, data=content)
        if media_type:
            headers["Content-Type"] = media_type
        return await self.http.request(method, path, params=query, headers=headers, content=content)


def turn_of(each: tuple[str, dict[str, Any]]) -> tuple[int, int]:
    place, operation = each
    name = operation["operationId"]
    # Agencies are made before tokens are asked for with their secrets.
    early = ("createAgency", "putSubmission", "createToken")
    if name in early:
        return 0, early.index(name)
    return (2, LAST.index(name)) if name in LAST else (1, place.startswith("GET"))


def requests_of(place: str, operation: dict[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[str, Any]]]:
    """Query and body of each request to try. What changes something is sent once for each body."""
    if place.startswith("GET"):
        yield from ((query, ("", None)) for query in queries_of(operation))
        return
    needed, *more = queries_of(operation)
    yield from ((needed, body) for body in bodies_of(operation))
    if not operation.get("requestBody", {"required": True}).get("required", False):
        yield [needed, *more][-1], ("", None)


def queries_of(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is required, that with each other parameter, and all parameters together."""
    asked = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
    either = NEEDS_ONE.get(operation["operationId"])
    needed = {each["name"]: each["example"] for each in asked if each["required"] or each["name"] == either}
    yield needed
    for each in asked:
        if not each["required"]:
            yield {**needed, **GOES_WITH.get(each["name"], {}), each["name"]: each["example"]}
    if asked:
        together = {each["name"]: each["example"] for each in asked}
        as_csv = together.get("format") == "csv"
        of_exact = any(name in together for name in OF_EXACT)
        left_out = {*(OF_PAGES if as_csv else ()), *(("release",) if of_exact else ())}
        yield {name: value for name, value in together.items() if name not in left_out}


def bodies_of(operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Media type and value of each example of the body."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        yield "", None
    for media_type, each in content.items():
        if "example" in each:
            yield media_type, each["example"]
        for named in each.get("examples", {}).values():
            yield media_type, named["value"]


async def fill(visitor: Visitor, body: tuple[str, Any]) -> tuple[str, Any]:
    """The body with the secrets that this demo has. An example cannot know them."""
    media_type, content = body
    if media_type == "application/json" and "otp" in content:
        content = {**content, "otp": visitor.codes.pop()}
    if media_type == "application/json" and "password" in content:
        content = {**content, "password": visitor.passwords[ENROLS]}
    if media_type != "application/x-www-form-urlencoded":
        return media_type, content
    known = dict(visitor.secrets)
    if "username" in content:
        known["password"] = visitor.passwords[content["username"]]
    if "code" in content:
        known["code"] = await visitor.new_code(content["username"])
    return media_type, {member: known.get(member, value) for member, value in content.items()}


def remember(visitor: Visitor, name: str, body: tuple[str, Any], answer: httpx.Response) -> None:
    """Keeps the secrets that a response shows once, and a password that was changed."""
    if not answer.is_success:
        return
    if name == "createAgency":
        visitor.secrets["client_secret"] = answer.json()["client_secret"]
    if name == "beginSecondFactor":
        visitor.codes = [pyotp.TOTP(answer.json()["secret"]).now()]
    if name == "confirmSecondFactor":
        visitor.codes = answer.json()["recovery_codes"]
        del visitor.tokens[ENROLS]  # it ended with the sign-in without a second factor
    if name == "createToken" and "refresh_token" in answer.json():
        visitor.secrets["refresh_token"] = answer.json()["refresh_token"]
    if name == "setPassword":
        visitor.passwords[body[1]["username"]] = body[1]["new_password"]
