"""POST /v1/token with a person's password returns an access token by region and a refresh token."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.platform import secrets
from app.platform.database import Connection, Database
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.people import PASSWORD, Someone, add_grant, add_person, ask, assert_refused, me, sign_in

KADER_SCOPES = "submissions:write"


@pytest.fixture
async def siti(database: Database) -> Someone:
    """A kader of Landasan Ulin Selatan."""
    return await add_person(database)


def claims_of(token: str) -> dict[str, Any]:
    encoded = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return claims


async def audited(connection: Connection) -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """Kind, caller, subject and detail of all audit entries, sealed or not."""
    rows = await connection.fetch(
        "SELECT kind, caller_id, subject, detail, at FROM audit_queue UNION ALL "
        "SELECT kind, caller_id, subject, detail, at FROM audit_log ORDER BY at"
    )
    return [(row["kind"], row["caller_id"], row["subject"], json.loads(row["detail"])) for row in rows]


async def test_it_works(client: Client, siti: Someone) -> None:
    response = await sign_in(client)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, KADER_SCOPES)
    assert len(body["refresh_token"]) == 43
    claims = claims_of(body["access_token"])
    assert (claims["sub"], claims["kind"], claims["regions"]) == (str(siti.id), "person", [LANDASAN_ULIN_SELATAN])
    assert claims["sid"]


async def test_the_token_opens_its_own_village_and_no_other(client: Client, siti: Someone) -> None:
    client.http.headers["Authorization"] = "Bearer " + (await sign_in(client)).json()["access_token"]
    assert (await client.put(make_body(1, region=LANDASAN_ULIN_SELATAN))).status_code == 201
    assert (await client.put(make_body(2, region=GUNTUNG_MANGGIS))).status_code == 403
    assert (await client.get("/v1/aggregates/6372061004/2025")).status_code == 403


async def test_each_role_holds_in_its_own_regions_only(client: Client, database: Database) -> None:
    await add_person(database, grants=[("kader", LANDASAN_ULIN_SELATAN), ("analyst", "64"), ("analyst", "6401")])
    scopes = (await me(client, (await sign_in(client)).json()["access_token"])).json()["scopes"]
    assert scopes == {
        "submissions:write": [LANDASAN_ULIN_SELATAN],
        "aggregates:read": ["64"],
    }


@pytest.mark.parametrize("username", ["Siti.Aminah", " siti.aminah ", "SITI.AMINAH"])
async def test_the_name_may_come_as_keyboards_write_it(client: Client, siti: Someone, username: str) -> None:
    assert (await sign_in(client, username)).status_code == 200


async def test_the_password_may_come_in_another_composition_of_the_same_characters(
    client: Client, database: Database
) -> None:
    await add_person(database, password="café-di-pinggir-kali")
    assert (await sign_in(client, password="cafe\u0301-di-pinggir-kali")).status_code == 200
    assert_refused(await sign_in(client, password="cafe-di-pinggir-kali"), 400, "invalid_grant")


async def test_fewer_scopes_can_be_asked_for(client: Client, siti: Someone, database: Database) -> None:
    await add_grant(database, siti.id, "supervisor", LANDASAN_ULIN_SELATAN)
    body = (await sign_in(client, scope="submissions:read")).json()
    assert body["scope"] == claims_of(body["access_token"])["scope"] == "submissions:read"


@pytest.mark.parametrize("scope", ["aggregates:read", "submissions:read nothing"])
async def test_a_scope_beyond_the_persons_is_refused(client: Client, siti: Someone, scope: str) -> None:
    assert_refused(await sign_in(client, scope=scope), 400, "invalid_scope")


async def test_who_may_not_sign_in_learns_nothing_of_why(client: Client, database: Database) -> None:
    now = datetime.now(UTC)
    await add_person(database)
    await add_person(database, username="disabled", disabled_at=now)
    await add_person(database, username="without.password", password=None)
    await add_person(database, username="without.role", grants=[])
    tries = [await sign_in(client, password=PASSWORD + "x"), await sign_in(client, "nobody"), await sign_in(client, "")]
    tries += [await sign_in(client, name) for name in ("disabled", "without.password", "without.role")]
    for response in tries:
        assert_refused(response, 400, "invalid_grant")
    assert len({json.dumps({**response.json(), "instance": None}) for response in tries}) == 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"valid_from": timedelta(hours=1)}, id="not yet"),
        pytest.param({"valid_until": timedelta(seconds=-1)}, id="no more"),
        pytest.param({"ended_at": timedelta(seconds=-1)}, id="ended"),
    ],
)
async def test_a_grant_out_of_its_time_gives_nothing(
    client: Client, database: Database, changed: dict[str, timedelta]
) -> None:
    person = await add_person(database, grants=[])
    now = datetime.now(UTC)
    times = {name: now + offset for name, offset in changed.items()}
    await add_grant(database, person.id, "kader", LANDASAN_ULIN_SELATAN, **times)
    assert_refused(await sign_in(client), 400, "invalid_grant")


async def test_the_token_ends_with_the_first_grant_that_ends(client: Client, database: Database) -> None:
    person = await add_person(database)
    until = datetime.now(UTC) + timedelta(minutes=5)
    await add_grant(database, person.id, "kader", GUNTUNG_MANGGIS, valid_until=until)
    body = (await sign_in(client)).json()
    assert 290 < body["expires_in"] <= 300
    assert claims_of(body["access_token"])["exp"] == int(until.timestamp())


@pytest.mark.parametrize(
    "form",
    [
        {"username": "siti.aminah"},
        {"password": "x"},
        {"username": "siti.aminah", "password": "x", "client_id": "a", "client_secret": "b"},
        {"username": "siti.aminah", "password": "x", "client_secret": "a"},
        {"username": "siti.aminah", "password": "x", "more": "1"},
    ],
)
async def test_a_form_with_missing_or_other_members_is_refused(client: Client, form: dict[str, str]) -> None:
    assert_refused(await ask(client, grant_type="password", **form), 400, "invalid_request")


async def test_an_app_may_name_itself(client: Client, siti: Someone) -> None:
    assert (await sign_in(client, client_id="kader-app")).status_code == 200
    form = {"grant_type": "password", "username": "siti.aminah", "password": PASSWORD}
    for pair in (b"kader-app:", b":"):
        header = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        assert (await ask(client, header, **form)).status_code == 200


async def test_a_basic_header_beside_a_password_is_refused(client: Client, siti: Someone) -> None:
    form = {"grant_type": "password", "username": "siti.aminah", "password": PASSWORD}
    assert_refused(await ask(client, {"Authorization": "Basic YTpi"}, **form), 400, "invalid_request")


@pytest.mark.parametrize("username", ["siti.aminah\x00", "siti\x00.aminah", "🏠" * 50, "x" * 5000, "\u202e"])
async def test_odd_names_are_unknown_names(client: Client, username: str) -> None:
    assert_refused(await sign_in(client, username), 400, "invalid_grant")


async def test_an_issue_and_a_refusal_are_audited(client: Client, siti: Someone, connection: Connection) -> None:
    issued = claims_of((await sign_in(client)).json()["access_token"])
    await sign_in(client, password="wrong")
    issue, refusal = await audited(connection)
    assert issue[:3] == ("token.issue", str(siti.id), f"sign_in:{issued['sid']}")
    assert issue[3] == {"grant": "password", "scope": KADER_SCOPES}
    assert (refusal[0], refusal[2]) == ("token.refuse", f"person:{siti.id}")
    assert refusal[3] == {"grant": "password", "reason": "proof"}


async def test_a_name_that_does_not_exist_is_audited_nowhere(client: Client, connection: Connection) -> None:
    await sign_in(client, "my-password-in-the-wrong-field")
    ((kind, _, subject, detail),) = await audited(connection)
    assert (kind, subject) == ("token.refuse", None)
    assert "my-password" not in json.dumps(detail)


@pytest.mark.usefixtures("real_hashes")
async def test_a_wrong_password_costs_the_same_whatever_account_it_is_for(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    await add_person(database)
    await add_person(database, username="disabled", disabled_at=now)
    await add_person(database, username="without.password", password=None)
    compared: list[str] = []
    hasher = secrets._hasher

    class Counting:
        """The real hasher. It also lists the hashes with which it compared."""

        def verify(self, hashed: str, secret: str) -> bool:
            compared.append(hashed.rsplit("$", 2)[0])
            return hasher.verify(hashed, secret)

    monkeypatch.setattr(secrets, "_hasher", Counting())
    for username in ("siti.aminah", "disabled", "without.password", "nobody"):
        assert_refused(await sign_in(client, username, "wrong"), 400, "invalid_grant")
        assert len(compared) == 1, username
        assert compared.pop() == "$argon2id$v=19$m=65536,t=3,p=4"


async def test_the_tables_hold_neither_password_nor_refresh_token(
    client: Client, siti: Someone, connection: Connection
) -> None:
    token = (await sign_in(client)).json()["refresh_token"]
    rows = await connection.fetch(
        "SELECT person::text AS row FROM person UNION ALL SELECT refresh_token::text FROM refresh_token UNION ALL "
        "SELECT sign_in::text FROM sign_in UNION ALL SELECT audit_queue::text FROM audit_queue"
    )
    assert len(rows) >= 3
    text = " ".join(row["row"] for row in rows)
    assert PASSWORD not in text
    assert token not in text


async def test_failures_beyond_the_limit_are_refused_unseen(
    client: Client, siti: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = client.app.state.settings.sign_in_failures_per_account
    for _ in range(limit):
        assert_refused(await sign_in(client, password="wrong"), 400, "invalid_grant")
    seen: list[object] = []
    monkeypatch.setattr("app.services.access.people_tokens.password_matches", lambda *asked: seen.append(asked))
    blocked = await sign_in(client)
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["retry-after"]) <= 960
    assert not seen
