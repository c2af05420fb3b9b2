"""Second factors: people enrol at /v1/me/second-factor, and then sign in with a code too."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

import pyotp
import pytest
from fastapi import FastAPI
from httpx import Response

from app.access import areas_of
from app.platform.codes import make_code
from app.platform.database import Connection, Database
from app.platform.key_ring import KeyRing
from app.platform.otp import find_step
from app.platform.signatures import look_at
from app.services.access import second_factors
from app.services.access.second_factors import MOST_WRONG
from tests.support.factories import Client, codes_of
from tests.support.people import PASSWORD, Someone, add_person, ask, assert_refused, me, refresh, sign_in

PATH = "/v1/me/second-factor"
SCOPES = ("families:identify", "people:manage", "agencies:manage")
ADMINISTRATOR = [("agency_administrator", "6372")]


@pytest.fixture
async def needed(app: FastAPI) -> AsyncIterator[None]:
    """The service asks for a second factor for its usual scopes. Most other tests turn that off."""
    usual = app.state.tokens.factor_scopes
    app.state.tokens.factor_scopes = SCOPES
    yield
    app.state.tokens.factor_scopes = usual


@pytest.fixture
async def siti(database: Database) -> Someone:
    return await add_person(database, grants=ADMINISTRATOR)


async def post(client: Client, token: str, path: str = "", **body: str) -> Response:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    return await client.http.post(PATH + path, json=body, headers=headers)


NOW = datetime(2026, 11, 26, 10, 0, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes are compared by a clock that stands still, so that no test meets the end of a step."""
    monkeypatch.setattr(
        second_factors, "find_step", lambda secret, code, _, after: find_step(secret, code, NOW, after=after)
    )


def code_of(secret: str, steps: int = 0) -> str:
    """The code of the app now, or of a later or earlier step."""
    return pyotp.TOTP(secret).at(NOW + timedelta(seconds=30 * steps))


async def begin(client: Client, token: str, **body: str) -> dict[str, Any]:
    response = await post(client, token, password=PASSWORD, **body)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def enrol(client: Client, **form: str) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a person who enrols."""
    token = (await sign_in(client, **form)).json()["access_token"]
    secret = (await begin(client, token))["secret"]
    response = await post(client, token, "/confirm", otp=code_of(secret, -1))
    assert response.status_code == 200, response.text
    return secret, response.json()["recovery_codes"]


async def forget_step(connection: Connection) -> None:
    """Makes codes of all steps new again."""
    await connection.execute("UPDATE second_factor SET last_step = NULL")


@pytest.mark.usefixtures("needed")
async def test_it_works(client: Client, siti: Someone) -> None:
    before = (await sign_in(client)).json()
    assert before["second_factor_needed_for"] == "people:manage agencies:manage"
    assert not set(before["scope"].split()) & set(SCOPES)
    begun = await begin(client, before["access_token"])
    response = await post(client, before["access_token"], "/confirm", otp=code_of(begun["secret"], -1))
    assert len(set(response.json()["recovery_codes"])) == 10
    assert response.headers["cache-control"] == "no-store"

    assert_refused(await sign_in(client), 400, "mfa_required")
    answer = await sign_in(client, otp=code_of(begun["secret"]))
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert {"people:manage", "agencies:manage"} <= set(after["scope"].split())
    assert "second_factor_needed_for" not in after
    assert (await me(client, after["access_token"])).json()["id"] == str(siti.id)


@pytest.mark.usefixtures("siti")
async def test_the_secret_comes_as_text_as_a_link_and_as_a_picture(client: Client) -> None:
    token = (await sign_in(client)).json()["access_token"]
    begun = await begin(client, token)
    address = urlsplit(begun["uri"])
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path.endswith(":siti.aminah")
    assert parse_qs(address.query)["secret"] == [begun["secret"]]
    assert ElementTree.fromstring(begun["qr"]).tag.endswith("svg")


@pytest.mark.usefixtures("siti")
async def test_enrolling_ends_all_sign_ins(client: Client) -> None:
    others = [(await sign_in(client)).json() for _ in range(2)]
    await enrol(client)
    for each in others:
        assert (await me(client, each["access_token"])).status_code == 401
        assert_refused(await refresh(client, each["refresh_token"]), 400, "invalid_grant")


@pytest.mark.usefixtures("siti")
async def test_a_refresh_keeps_how_and_when_somebody_signed_in(client: Client, connection: Connection) -> None:
    secret, _ = await enrol(client)
    token = (await sign_in(client, otp=code_of(secret))).json()
    await connection.execute("UPDATE sign_in SET started_at = started_at - interval '2 hours'")
    after = (await refresh(client, token["refresh_token"])).json()
    headers = {"Authorization": f"Bearer {after['access_token']}"}
    form = {"token": after["access_token"]}
    shown = (await client.http.post("/v1/token/introspect", data=form, headers=headers)).json()
    assert shown["amr"] == ["pwd", "otp", "mfa"]
    assert 7100 < shown["iat"] - shown["auth_time"] < 7300
    claims = look_at(after["access_token"])[1]
    assert (claims["amr"], claims["auth_time"]) == (shown["amr"], shown["auth_time"])


@pytest.mark.usefixtures("needed", "siti")
async def test_a_sign_in_without_a_factor_never_gets_the_scopes_by_refreshing(client: Client) -> None:
    first = (await sign_in(client)).json()
    after = (await refresh(client, first["refresh_token"])).json()
    assert not set(after["scope"].split()) & set(SCOPES)
    assert after["second_factor_needed_for"] == "people:manage agencies:manage"


@pytest.mark.usefixtures("needed", "siti")
async def test_a_token_for_such_scopes_alone_is_enough_to_enrol(client: Client) -> None:
    answer = (await sign_in(client, scope="people:manage")).json()
    assert (answer["scope"], answer["second_factor_needed_for"]) == ("", "people:manage")
    assert (await me(client, answer["access_token"])).json()["scopes"] == {}
    await begin(client, answer["access_token"])


@pytest.mark.usefixtures("needed")
async def test_who_holds_no_such_scope_is_asked_for_nothing(client: Client, database: Database) -> None:
    await add_person(database)
    answer = (await sign_in(client)).json()
    assert answer["scope"] == "submissions:write"
    assert "second_factor_needed_for" not in answer


@pytest.mark.parametrize(
    "write",
    [
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f"{code[:3]}\N{NO-BREAK SPACE}{code[3:]}\n",
        lambda code: f"{code[:3]}\N{EN DASH}{code[3:]}",
        lambda code: "".join(chr(ord(each) + 0xFEE0) for each in code),
    ],
    ids=["blank", "nbsp", "en dash", "full width"],
)
@pytest.mark.usefixtures("siti")
async def test_only_the_digits_of_a_code_count(client: Client, write: Callable[[str], str]) -> None:
    secret, _ = await enrol(client)
    assert (await sign_in(client, otp=write(code_of(secret)))).status_code == 200


@pytest.mark.usefixtures("siti")
async def test_a_code_works_once(client: Client) -> None:
    secret, _ = await enrol(client)
    code = code_of(secret)
    assert (await sign_in(client, otp=code)).status_code == 200
    assert_refused(await sign_in(client, otp=code), 400, "invalid_grant")
    assert_refused(await sign_in(client, otp=code_of(secret, -1)), 400, "invalid_grant")


@pytest.mark.usefixtures("siti")
async def test_of_many_uses_of_a_code_at_once_exactly_one_wins(client: Client) -> None:
    secret, codes = await enrol(client)
    for code in (code_of(secret), codes[0]):
        answers = await asyncio.gather(*(sign_in(client, otp=code) for _ in range(4)))
        assert sorted(each.status_code for each in answers) == [200, 400, 400, 400]


@pytest.mark.parametrize(("steps", "status"), [(-2, 400), (-1, 200), (0, 200), (1, 200), (3, 400)])
@pytest.mark.usefixtures("siti")
async def test_a_phone_may_be_wrong_by_half_a_minute(
    client: Client, connection: Connection, steps: int, status: int
) -> None:
    secret, _ = await enrol(client)
    await forget_step(connection)
    assert (await sign_in(client, otp=code_of(secret, steps))).status_code == status


@pytest.mark.usefixtures("siti")
async def test_each_recovery_code_works_once(client: Client, connection: Connection) -> None:
    _, codes = await enrol(client)
    assert (await sign_in(client, otp=codes[0].lower().replace("-", " "))).status_code == 200
    assert_refused(await sign_in(client, otp=codes[0]), 400, "invalid_grant")
    token = (await sign_in(client, otp=codes[1])).json()["access_token"]
    shown = await client.http.get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert shown.json()["recovery_codes_left"] == 8
    kinds = [row["kind"] for row in await connection.fetch("SELECT kind FROM audited")]
    assert kinds.count("factor.recover") == 2


@pytest.mark.usefixtures("siti")
async def test_new_recovery_codes_end_the_earlier_ones(client: Client) -> None:
    secret, codes = await enrol(client)
    token = (await sign_in(client, otp=codes[0])).json()["access_token"]
    assert_refused(await post(client, token, "/recovery-codes", password=PASSWORD), 400, "mfa_required")
    response = await post(client, token, "/recovery-codes", password=PASSWORD, otp=code_of(secret))
    assert response.status_code == 201
    renewed = response.json()["recovery_codes"]
    assert_refused(await sign_in(client, otp=codes[1]), 400, "invalid_grant")
    assert (await sign_in(client, otp=renewed[9])).status_code == 200


@pytest.mark.usefixtures("siti")
async def test_without_a_factor_there_are_no_recovery_codes(client: Client) -> None:
    token = (await sign_in(client)).json()["access_token"]
    assert (await post(client, token, "/recovery-codes", password=PASSWORD)).status_code == 404


@pytest.mark.usefixtures("siti")
async def test_another_phone_takes_over_only_with_a_code_of_the_first(client: Client) -> None:
    secret, codes = await enrol(client)
    token = (await sign_in(client, otp=codes[0])).json()["access_token"]
    assert_refused(await post(client, token, password=PASSWORD), 400, "mfa_required")
    begun = await begin(client, token, otp=code_of(secret))
    assert (await sign_in(client, otp=code_of(secret, 1))).status_code == 200
    assert (await post(client, token, "/confirm", otp=code_of(begun["secret"], -1))).status_code == 200
    assert_refused(await sign_in(client, otp=codes[2]), 400, "invalid_grant")
    assert (await sign_in(client, otp=code_of(begun["secret"]))).status_code == 200


@pytest.mark.usefixtures("siti")
async def test_a_stolen_token_cannot_enrol(client: Client, connection: Connection) -> None:
    token = (await sign_in(client)).json()["access_token"]
    assert_refused(await post(client, token, password="wrong"), 400, "invalid_grant")
    assert codes_of(await post(client, token)) == {"/password": "missing"}
    assert await connection.fetchval("SELECT count(*) FROM second_factor") == 0
    # Guesses at the password count like those of a sign-in.
    for _ in range(client.app.state.settings.sign_in_failures_per_account - 1):
        await post(client, token, password="wrong")
    assert (await post(client, token, password=PASSWORD)).status_code == 429


@pytest.mark.usefixtures("siti")
async def test_nothing_changes_before_a_code_is_confirmed(client: Client, connection: Connection) -> None:
    token = (await sign_in(client)).json()["access_token"]
    assert (await post(client, token, "/confirm", otp="123456")).status_code == 409
    begun = await begin(client, token)
    wrong = code_of(begun["secret"], 5)
    assert_refused(await post(client, token, "/confirm", otp=wrong), 400, "invalid_grant")
    assert (await sign_in(client)).status_code == 200
    await connection.execute("UPDATE second_factor SET made_at = made_at - interval '61 minutes'")
    late = await post(client, token, "/confirm", otp=code_of(begun["secret"]))
    assert (late.status_code, late.json()["type"]) == (409, "urn:ikk:problem:second-factor-not-begun")


@pytest.mark.parametrize("otp", ["", "12345", "1234567", "abcdef", "AAAA-AAAA", "\N{ARABIC-INDIC DIGIT ONE}" * 6])
@pytest.mark.usefixtures("siti")
async def test_what_cannot_be_a_code_is_a_fault_and_does_not_count(client: Client, otp: str) -> None:
    secret, _ = await enrol(client)
    for _ in range(MOST_WRONG + 1):
        response = await sign_in(client, otp=otp)
        assert (response.status_code, codes_of(response)) == (422, {"/otp": "otp_format"})
        assert response.json()["error"] == "invalid_request"
    assert (await sign_in(client, otp=code_of(secret))).status_code == 200


@pytest.mark.usefixtures("siti")
async def test_who_lacks_the_password_learns_nothing_of_the_factor(client: Client) -> None:
    secret, _ = await enrol(client)
    answers = [
        await sign_in(client, password="wrong"),
        await sign_in(client, password="wrong", otp=code_of(secret)),
        await sign_in(client, "nobody", password="wrong", otp=code_of(secret)),
    ]
    for each in answers:
        assert_refused(each, 400, "invalid_grant")
    assert len({each.text.replace(each.json()["instance"], "") for each in answers}) == 1
    # The right code was not used up by that.
    assert (await sign_in(client, otp=code_of(secret))).status_code == 200


async def loosen(connection: Connection) -> None:
    """Ends the limit of wrong passwords, as after a quarter of an hour."""
    await connection.execute("DELETE FROM failed_sign_in")


@pytest.mark.usefixtures("siti")
async def test_who_has_the_password_can_try_few_codes(client: Client, connection: Connection) -> None:
    secret, codes = await enrol(client)
    for number in range(MOST_WRONG):
        assert_refused(
            await sign_in(client, otp=f"{(int(code_of(secret)) + number + 5) % 10**6:06}"), 400, "invalid_grant"
        )
        await loosen(connection)
    for otp in (code_of(secret), codes[0]):
        refused = await sign_in(client, otp=otp)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 3600
    await connection.execute("UPDATE second_factor SET wrong_since = wrong_since - interval '1 day'")
    assert (await sign_in(client, otp=code_of(secret))).status_code == 200


@pytest.mark.usefixtures("siti")
async def test_sending_the_password_alone_does_not_clear_the_count(client: Client) -> None:
    secret, _ = await enrol(client)
    most = client.app.state.settings.sign_in_failures_per_account
    for number in range(most):
        wrong = f"{(int(code_of(secret)) + number + 5) % 10**6:06}"
        assert_refused(await sign_in(client, otp=wrong), 400, "invalid_grant")
        if number < most - 1:
            assert_refused(await sign_in(client), 400, "mfa_required")
    assert (await sign_in(client, otp=code_of(secret))).status_code == 429


@pytest.mark.usefixtures("siti")
async def test_being_asked_for_the_code_is_no_failure(client: Client, connection: Connection) -> None:
    secret, _ = await enrol(client)
    for _ in range(client.app.state.settings.sign_in_failures_per_account + 2):
        assert_refused(await sign_in(client), 400, "mfa_required")
    assert await connection.fetchval("SELECT coalesce(max(failures), 0) FROM failed_sign_in") == 0
    assert (await sign_in(client, otp=code_of(secret))).status_code == 200


NEW = "perahu-biru-di-muara"


@pytest.mark.usefixtures("siti")
async def test_changing_the_password_with_the_old_one_needs_a_code(client: Client) -> None:
    secret, _ = await enrol(client)
    form = {"username": "siti.aminah", "password": PASSWORD, "new_password": NEW}
    assert_refused(await client.http.post("/v1/token/password", data=form), 400, "mfa_required")
    changed = await client.http.post("/v1/token/password", data={**form, "otp": code_of(secret)})
    assert changed.status_code == 204
    assert_refused(await sign_in(client, password=NEW), 400, "mfa_required")


@pytest.mark.usefixtures("siti")
async def test_a_one_time_code_sets_a_password_but_does_not_replace_the_factor(
    client: Client, connection: Connection
) -> None:
    await enrol(client)
    code, digest = make_code()
    await connection.execute("UPDATE person SET code_digest = $1, code_expires_at = now() + interval '1 day'", digest)
    form = {"username": "siti.aminah", "code": code, "new_password": NEW}
    assert (await client.http.post("/v1/token/password", data=form)).status_code == 204
    assert_refused(await sign_in(client, password=NEW), 400, "mfa_required")


async def reset(client: Client, person: object, *roles: tuple[str, str]) -> Response:
    """The response to an administrator with these roles who resets the factor of a person."""
    token = client.app.state.tokens.issue("person", str(uuid4()), areas_of(roles)).token
    headers = {"Authorization": f"Bearer {token}"}
    return await client.http.post(f"/v1/people/{person}/second-factor/reset", headers=headers)


async def test_a_reset_ends_factor_password_and_sign_ins(client: Client, siti: Someone, connection: Connection) -> None:
    secret, codes = await enrol(client)
    before = (await sign_in(client, otp=codes[0])).json()
    answer = await reset(client, siti.id, ("agency_administrator", "63"))
    assert answer.status_code == 201, answer.text
    assert (await me(client, before["access_token"])).status_code == 401
    for otp in (code_of(secret), codes[1]):
        assert_refused(await sign_in(client, otp=otp), 400, "invalid_grant")
    form = {"username": "siti.aminah", "code": answer.json()["code"], "new_password": NEW}
    assert (await client.http.post("/v1/token/password", data=form)).status_code == 204
    assert (await sign_in(client, password=NEW)).status_code == 200
    kinds = [row["kind"] for row in await connection.fetch("SELECT kind FROM audited")]
    assert (kinds.count("factor.reset"), kinds.count("person.code")) == (1, 1)


@pytest.mark.parametrize("roles", [[("operator", "63")], [("data_protection_officer", "ID")]])
async def test_who_could_not_give_the_account_a_code_cannot_reset_its_factor(
    client: Client, database: Database, connection: Connection, roles: list[tuple[str, str]]
) -> None:
    grants = [("data_protection_officer", "63"), ("supervisor", "6372")]
    person = await add_person(database, grants=grants)
    await enrol(client)
    assert (await reset(client, person.id, *roles)).status_code == 403
    assert await connection.fetchval("SELECT count(*) FROM second_factor") == 1


async def test_nobody_resets_their_own_factor(client: Client, siti: Someone) -> None:
    _, codes = await enrol(client)
    token = (await sign_in(client, otp=codes[0])).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = await client.http.post(f"/v1/people/{siti.id}/second-factor/reset", headers=headers)
    assert answer.status_code == 403


@pytest.mark.usefixtures("siti")
async def test_a_rotated_key_still_reads_a_factor_until_it_is_reencrypted(
    client: Client, database: Database, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = await enrol(client)
    ring: KeyRing = client.app.state.keys
    old = ring.current("factors")
    new = replace(old, id="abcdefabcdef", secret=base64.b64encode(b"k" * 32).decode())
    monkeypatch.setattr(ring, "_keys", (*ring.newest(), new))
    assert (await sign_in(client, otp=code_of(secret))).status_code == 200
    async with database.session() as session:
        assert await second_factors.reencrypt_factors(session, client.app.state.vault) == (1, 0)
    assert await connection.fetchval("SELECT key_id FROM second_factor") == new.id
    monkeypatch.setattr(ring, "_keys", tuple(key for key in ring.newest() if key != old))
    assert (await sign_in(client, otp=code_of(secret, 1))).status_code == 200


@pytest.mark.usefixtures("siti")
async def test_without_its_key_a_factor_takes_recovery_codes_only(client: Client, connection: Connection) -> None:
    secret, codes = await enrol(client)
    await connection.execute("UPDATE second_factor SET key_id = 'gone'")
    assert_refused(await sign_in(client, otp=code_of(secret)), 400, "invalid_grant")
    assert (await sign_in(client, otp=codes[0])).status_code == 200


async def test_an_agency_has_no_second_factor(client: Client) -> None:
    await client.sign_in(scopes=["aggregates:read"], regions=["63"])
    for answer in (
        await client.http.get(PATH),
        await client.http.post(PATH, json={"password": "x"}),
        await client.http.post(PATH + "/confirm", json={"otp": "123456"}),
        await client.http.post(PATH + "/recovery-codes", json={"password": "x"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:people-only")


@pytest.mark.usefixtures("siti")
async def test_nothing_of_it_is_stored_in_clear(client: Client, connection: Connection) -> None:
    secret, codes = await enrol(client)
    for table in ("second_factor", "recovery_code", "audited", "person", "sign_in"):
        for row in await connection.fetch(f"SELECT whole::text AS text FROM {table} AS whole"):
            for each in (secret, secret.encode().hex(), codes[0], codes[0].replace("-", "")):
                assert each not in row["text"], table


@pytest.mark.usefixtures("siti")
async def test_it_is_audited_and_counted(client: Client, connection: Connection, app: FastAPI) -> None:
    def counted() -> dict[str, float]:
        return {
            each.labels["outcome"]: each.value
            for family in app.state.metrics.second_factors.collect()
            for each in family.samples
            if each.name.endswith("_total")
        }

    before = counted()
    secret, _ = await enrol(client)
    await sign_in(client)
    await sign_in(client, otp=code_of(secret, 5))
    await sign_in(client, otp=code_of(secret))
    grown = {outcome: number - before.get(outcome, 0) for outcome, number in counted().items()}
    assert {outcome: number for outcome, number in grown.items() if number} == {
        "enrolled": 1,
        "asked": 1,
        "wrong": 1,
        "accepted": 1,
    }
    rows = await connection.fetch("SELECT kind, detail->>'reason' AS reason, region FROM audited")
    found = [(row["kind"], row["reason"]) for row in rows]
    assert found.count(("token.refuse", "second_factor")) == 2
    assert found.count(("factor.enrol", None)) == 1
    assert {row["region"] for row in rows} == {"6372"}


async def test_a_form_of_an_agency_has_no_code(client: Client) -> None:
    response = await ask(client, grant_type="client_credentials", client_id="a", client_secret="b", otp="123456")
    assert response.status_code in (400, 401)
