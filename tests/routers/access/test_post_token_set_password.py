"""POST /v1/token/password sets a new password with a one-time code or the old password, and ends all sign-ins."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from httpx import Response

from app.platform.database import Connection, Database
from tests.support.factories import Client, codes_of
from tests.support.people import PASSWORD, Someone, add_person, assert_refused, me, refresh, sign_in

NEW = "perahu-biru-di-muara"
WRONG_CODE = "AAAA-AAAA-AAAA-AAAA"


@pytest.fixture
async def newcomer(database: Database) -> Someone:
    """A person with a one-time code and no password yet."""
    return await add_person(database, password=None)


@pytest.fixture
async def siti(database: Database) -> Someone:
    return await add_person(database)


async def change(client: Client, **form: str) -> Response:
    return await client.http.post("/v1/token/password", data={"username": "siti.aminah", **form})


async def test_it_works_with_a_code(client: Client, newcomer: Someone) -> None:
    response = await change(client, code=newcomer.code, new_password=NEW)
    assert (response.status_code, response.content) == (204, b"")
    assert (await sign_in(client, password=NEW)).status_code == 200


async def test_it_works_with_the_old_password(client: Client, siti: Someone) -> None:
    assert (await change(client, password=PASSWORD, new_password=NEW)).status_code == 204
    assert_refused(await sign_in(client), 400, "invalid_grant")
    assert (await sign_in(client, password=NEW)).status_code == 200


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", "\N{NO-BREAK SPACE}"),
        lambda code: code.replace("-", "\N{EN DASH}"),
        lambda code: code.replace("-", "\N{NON-BREAKING HYPHEN}"),
        lambda code: code.replace("-", "\n"),
        lambda code: f"\t{code}\r\n",
        lambda code: f"*{code}*.",
        lambda code: f"\N{FIRST STRONG ISOLATE}{code}\N{POP DIRECTIONAL ISOLATE}\N{ZERO WIDTH SPACE}",
        lambda code: "".join(chr(ord(each) + 0xFEE0) for each in code),
    ],
    ids=["small", "joined", "nbsp", "en dash", "hard hyphen", "lines", "around", "signs", "invisible", "full width"],
)
async def test_only_letters_and_digits_of_a_code_count(
    client: Client, newcomer: Someone, write: Callable[[str], str]
) -> None:
    assert (await change(client, code=write(newcomer.code), new_password=NEW)).status_code == 204


@pytest.mark.parametrize("code", ["", "wrong", "AAAA-AAAA-AAAA-AAA", "AAAA-AAAA-AAAA-AAAAA", "AAAA-AAAA-AAAA-AAA0"])
async def test_what_cannot_be_a_code_is_a_fault_and_does_not_count_as_a_guess(
    client: Client, newcomer: Someone, code: str, connection: Connection
) -> None:
    for _ in range(client.app.state.settings.sign_in_failures_per_account + 1):
        response = await change(client, code=code, new_password=NEW)
        assert (response.status_code, codes_of(response)) == (422, {"/code": "code_format"})
    assert await connection.fetchval("SELECT count(*) FROM audited") == 0
    assert (await change(client, code=newcomer.code, new_password=NEW)).status_code == 204


@pytest.mark.parametrize(
    "username", ["\N{NO-BREAK SPACE}Siti.Aminah\n", "\N{ZERO WIDTH SPACE}siti.aminah\N{LEFT-TO-RIGHT MARK}"]
)
async def test_what_a_chat_adds_to_a_username_does_not_count(client: Client, newcomer: Someone, username: str) -> None:
    assert (await change(client, username=username, code=newcomer.code, new_password=NEW)).status_code == 204
    assert (await sign_in(client, username, NEW)).status_code == 200


async def test_a_code_is_valid_once(client: Client, newcomer: Someone) -> None:
    await change(client, code=newcomer.code, new_password=NEW)
    assert_refused(await change(client, code=newcomer.code, new_password=NEW + "x"), 400, "invalid_grant")
    assert (await sign_in(client, password=NEW)).status_code == 200


async def test_of_many_uses_of_a_code_at_once_exactly_one_wins(client: Client, newcomer: Someone) -> None:
    words = [f"{NEW}-{word}" for word in ("satu", "dua", "tiga", "empat")]
    answers = await asyncio.gather(*(change(client, code=newcomer.code, new_password=word) for word in words))
    assert sorted(each.status_code for each in answers) == [204, 400, 400, 400]
    won = words[[each.status_code for each in answers].index(204)]
    assert (await sign_in(client, password=won)).status_code == 200


async def test_it_ends_all_sign_ins(client: Client, siti: Someone) -> None:
    before = [(await sign_in(client)).json() for _ in range(2)]
    await change(client, password=PASSWORD, new_password=NEW)
    for each in before:
        assert (await me(client, each["access_token"])).status_code == 401
        assert_refused(await refresh(client, each["refresh_token"]), 400, "invalid_grant")
    after = (await sign_in(client, password=NEW)).json()
    assert (await me(client, after["access_token"])).status_code == 200


async def test_a_new_password_uses_up_an_open_code(client: Client, siti: Someone) -> None:
    await change(client, password=PASSWORD, new_password=NEW)
    assert_refused(await change(client, code=siti.code, new_password=NEW), 400, "invalid_grant")


async def test_who_proves_nothing_learns_nothing_of_why(client: Client, database: Database) -> None:
    past = datetime.now(UTC)
    siti = await add_person(database)
    late = await add_person(database, username="late", code_expires_at=past)
    disabled = await add_person(database, username="disabled", disabled_at=past)
    none = await add_person(database, username="none", code_digest=None, code_expires_at=None)
    forms = [
        {"code": WRONG_CODE},
        {"password": "wrong"},
        {"username": "nobody", "code": siti.code},
        {"username": "nobody", "password": PASSWORD},
        {"username": "late", "code": late.code},
        {"username": "disabled", "code": disabled.code},
        {"username": "disabled", "password": PASSWORD},
        {"username": "none", "code": none.code},
        {"username": "late", "code": siti.code},
    ]
    answers = [await change(client, new_password=NEW, **form) for form in forms]
    for response in answers:
        assert_refused(response, 400, "invalid_grant")
    assert len({response.text.replace(response.json()["instance"], "") for response in answers}) == 1


@pytest.mark.parametrize(
    ("form", "faults"),
    [
        ({}, {"/username": "missing", "/new_password": "missing"}),
        ({"username": "siti.aminah", "new_password": NEW}, {"/code": "missing"}),
        ({"username": "a", "code": WRONG_CODE, "password": "y", "new_password": NEW}, {"/password": "unknown_member"}),
        ({"username": "a", "new_password": "short"}, {"/code": "missing", "/new_password": "password_length"}),
        ({"username": "a", "code": WRONG_CODE, "new_password": NEW, "more": "1"}, {"/more": "unknown_member"}),
        ({"username": "a", "code": WRONG_CODE, "new_password": "x" * 1001}, {"/new_password": "bad_format"}),
    ],
)
async def test_all_faults_of_the_form_are_listed(client: Client, form: dict[str, str], faults: dict[str, str]) -> None:
    response = await client.http.post("/v1/token/password", data=form or {"": ""})
    assert response.status_code == 422, response.text
    found = {pointer: code for pointer, code in codes_of(response).items() if pointer != "/…"}
    assert found == faults


@pytest.mark.parametrize(
    "weak", ["password2026", "siti.aminah.88", "qwertyuiop12", "aaaaaaaaaaaaa", "IKK-Keluarga-2026"]
)
async def test_a_password_that_is_easy_to_guess_is_refused_and_the_code_stays_good(
    client: Client, newcomer: Someone, weak: str
) -> None:
    response = await change(client, code=newcomer.code, new_password=weak)
    assert response.status_code == 422
    assert codes_of(response) == {"/new_password": "password_guessable"}
    assert weak not in response.text
    (fault,) = response.json()["faults"]
    assert "benda-sifat-hewan-tempat" in fault["message"]
    assert (await change(client, code=newcomer.code, new_password=NEW)).status_code == 204


@pytest.mark.parametrize("named", ["Wattimena.Rumbiak", "password2026"])
async def test_only_who_has_proven_to_be_the_owner_learns_that_a_password_is_easy_to_guess(
    client: Client, newcomer: Someone, connection: Connection, named: str
) -> None:
    await connection.execute("UPDATE person SET name = 'Rumbiak Wattimena'")
    assert_refused(await change(client, code=WRONG_CODE, new_password=named), 400, "invalid_grant")
    assert codes_of(await change(client, code=newcomer.code, new_password=named)) == {
        "/new_password": "password_guessable"
    }


async def test_it_is_audited_without_password_or_code(
    client: Client, newcomer: Someone, connection: Connection
) -> None:
    await change(client, code=WRONG_CODE, new_password=NEW)
    await change(client, code=newcomer.code, new_password=NEW)
    rows = await connection.fetch(
        "SELECT kind, subject, detail::text FROM audit_queue UNION ALL "
        "SELECT kind, subject, detail::text FROM audit_log"
    )
    assert {(row["kind"], row["subject"]) for row in rows} == {
        ("token.refuse", f"person:{newcomer.id}"),
        ("person.password", f"person:{newcomer.id}"),
    }
    text = " ".join(row["detail"] for row in rows)
    assert NEW not in text
    assert newcomer.code not in text


async def test_guessing_codes_is_limited_with_passwords(client: Client, newcomer: Someone) -> None:
    for _ in range(client.app.state.settings.sign_in_failures_per_account):
        assert_refused(await change(client, code=WRONG_CODE, new_password=NEW), 400, "invalid_grant")
    assert (await change(client, code=newcomer.code, new_password=NEW)).status_code == 429
    assert (await sign_in(client)).status_code == 429
