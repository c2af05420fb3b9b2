"""/sign-in and /sign-out: a session with the same accounts, limits and audit entries as the token endpoint."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from httpx import AsyncClient, Response

from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.encryption import Vault
from app.services.access.second_factors import begin_factor, confirm_factor
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client
from tests.support.pages import ORIGIN, Visitor, words_of
from tests.support.people import PASSWORD, add_person, me

ANALYST = [("analyst", "6372")]


def cookie_of(answer: Response, name: str = "ikk") -> str:
    """The line that sets a cookie."""
    (line,) = [each for each in answer.headers.get_list("set-cookie") if each.partition("=")[0] == name]
    return line


async def test_it_works(visitor: Visitor, database: Database) -> None:
    await add_person(database, grants=ANALYST)
    answer = await visitor.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = await visitor.look("/")
    assert page.status_code == 200
    assert "Kota Banjarbaru" in page.text


async def test_without_a_session_every_page_leads_to_the_sign_in_and_back(visitor: Visitor, database: Database) -> None:
    await add_person(database, grants=ANALYST)
    answer = await visitor.look("/regions/6372/2025?sort=value")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Fregions%2F6372%2F2025%3Fsort%3Dvalue",
    )
    form = await visitor.look(answer.headers["location"])
    assert 'name="next" value="/regions/6372/2025?sort=value"' in form.text
    answer = await visitor.sign_in(next="/regions/6372/2025?sort=value")
    assert answer.headers["location"] == "/regions/6372/2025?sort=value"
    assert (await visitor.look(answer.headers["location"])).status_code == 200


async def test_the_cookie_is_for_this_site_alone_and_ends_with_the_token(
    visitor: Visitor, client: Client, database: Database
) -> None:
    await add_person(database, grants=ANALYST)
    answer = await visitor.sign_in()
    parts = cookie_of(answer).split("; ")
    assert {each.lower() for each in parts[1:]} == {"httponly", "path=/", "samesite=strict", "max-age=3600"}
    token = parts[0].partition("=")[2]
    assert (await me(client, token)).status_code == 200, "the cookie holds the access token itself"


async def test_over_https_browsers_check_the_cookie_too(client: Client, database: Database) -> None:
    await add_person(database, grants=ANALYST)
    async with AsyncClient(transport=client.http._transport, base_url="https://ikk.test") as http:
        visitor = Visitor(http)
        form = {"form": await visitor.proof(), "username": "siti.aminah", "password": PASSWORD}
        answer = await visitor.send("/sign-in", form, Origin="https://ikk.test")
        line = cookie_of(answer, "__Host-ikk")
        assert "; Secure" in line
        assert "Path=/;" in line
        assert "Domain" not in line
        assert (await visitor.look("/")).status_code == 200


async def test_a_session_has_only_the_scopes_that_pages_use(
    visitor: Visitor, client: Client, database: Database
) -> None:
    await add_person(database, grants=[("agency_administrator", "6372"), ("sensitive_reader", "6372")])
    token = cookie_of(await visitor.sign_in()).partition("=")[2].partition(";")[0]
    assert (await me(client, token)).json()["scopes"].keys() == {
        "aggregates:read",
        "submissions:sensitive",
        "submissions:write",
    }


@pytest.mark.parametrize(
    ("username", "password"), [("siti.aminah", "bukan-ini-sandinya"), ("tidak.ada", PASSWORD), ("", ""), ("\0", "\0")]
)
async def test_a_wrong_secret_is_refused_in_plain_words(
    visitor: Visitor, database: Database, connection: Connection, username: str, password: str
) -> None:
    await add_person(database, grants=ANALYST)
    answer = await visitor.sign_in(username, password)
    assert answer.status_code == 400
    assert "Nama pengguna atau kata sandi salah" in words_of(answer.text)
    assert not [each for each in answer.headers.get_list("set-cookie") if each.startswith("ikk=")]
    assert password == "" or password == "\0" or password not in answer.text
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'token.refuse'") == 1


async def test_guesses_have_the_same_limit_as_at_the_token_endpoint(visitor: Visitor, database: Database) -> None:
    await add_person(database, grants=ANALYST)
    answers = [await visitor.sign_in(password="salah-terus-menerus") for _ in range(11)]
    assert [each.status_code for each in answers] == [400] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await visitor.sign_in()).status_code == 429, "the right password too"


async def test_it_asks_for_the_code_of_the_second_factor(visitor: Visitor, client: Client, database: Database) -> None:
    person = await add_person(database, grants=ANALYST)
    vault: Vault = client.app.state.vault
    now = datetime.now(UTC)
    async with database.session(EVERYWHERE) as session:
        secret = await begin_factor(session, person.id, vault, now=now)
        await confirm_factor(session, person.id, pyotp.TOTP(secret).at(now - timedelta(seconds=30)), vault, now=now)
    answer = await visitor.sign_in()
    assert answer.status_code == 400
    assert "bersama kode dari aplikasi autentikator" in words_of(answer.text)
    assert 'value="siti.aminah"' in answer.text
    assert "kode aplikasi" in words_of(answer.text).lower()
    wrong = await visitor.sign_in(otp="000000")
    assert (wrong.status_code, "Kode autentikator salah" in words_of(wrong.text)) == (400, True)
    unclear = await visitor.sign_in(otp="12")
    assert unclear.status_code == 422
    assert (await visitor.sign_in(otp=pyotp.TOTP(secret).now())).status_code == 303


async def test_an_account_without_a_role_for_figures_is_told_so(visitor: Visitor, database: Database) -> None:
    await add_person(database, grants=[("data_protection_officer", "6372")])
    answer = await visitor.sign_in()
    assert answer.status_code == 403
    assert "tidak memiliki peran yang boleh melihat angka" in words_of(answer.text)
    assert "ikk" not in visitor.http.cookies


async def test_an_account_that_needs_a_second_factor_is_told_so(
    visitor: Visitor, client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.app.state.tokens, "factor_scopes", ("aggregates:read",))
    await add_person(database, grants=ANALYST)
    answer = await visitor.sign_in()
    assert answer.status_code == 403
    assert "memerlukan faktor kedua" in words_of(answer.text)
    assert "ikk" not in visitor.http.cookies


async def test_a_session_that_has_ended_is_said(visitor: Visitor, client: Client, database: Database) -> None:
    await add_person(database, grants=ANALYST)
    await visitor.sign_in()
    client.app.state.tokens.hear({"person:" + (await me(client, visitor.http.cookies["ikk"])).json()["id"]: 2**33})
    answer = await visitor.look("/")
    assert answer.headers["location"] == "/sign-in"
    form = await visitor.look("/sign-in")
    assert "Sesi Anda sudah berakhir" in words_of(form.text)
    assert "ikk" not in visitor.http.cookies


@pytest.mark.parametrize("cookie", ["x", "a.b.c", "x" * 3000, "%00", '"'])
async def test_a_cookie_that_is_no_token_is_no_session(visitor: Visitor, cookie: str) -> None:
    answer = await visitor.http.get("/", headers={"Cookie": f"ikk={cookie}", "Accept": "text/html"})
    assert answer.status_code == 303


async def test_the_api_does_not_take_the_cookie_and_pages_take_no_bearer_token(
    analyst: Visitor, client: Client
) -> None:
    assert (await client.http.get("/v1/aggregates/6372/2025")).status_code == 401
    token = analyst.http.cookies["ikk"]
    analyst.http.cookies.clear()
    answer = await analyst.look("/", Authorization=f"Bearer {token}")
    assert answer.status_code == 303


async def test_whoever_is_signed_in_needs_no_form(analyst: Visitor) -> None:
    answer = await analyst.look("/sign-in?next=%2Fsearch")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")


async def test_signing_out_revokes_the_token(analyst: Visitor, client: Client, connection: Connection) -> None:
    token = analyst.http.cookies["ikk"]
    answer = await analyst.sign_out()
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "ikk" not in analyst.http.cookies
    assert (await me(client, token)).status_code == 401
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'token.revoke'") == 1


async def test_signing_out_twice_or_with_an_old_session_is_harmless(analyst: Visitor) -> None:
    proof, token = await analyst.proof("/search"), analyst.http.cookies["ikk"]
    for _ in range(2):
        answer = await analyst.send("/sign-out", {"form": proof}, Cookie="")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    analyst.http.cookies.set("ikk", token, domain="ikk.test")
    assert (await analyst.send("/sign-out", {"form": proof})).status_code == 303


async def test_a_form_sent_twice_signs_in_once_more_and_ends_the_first_session(
    visitor: Visitor, client: Client, database: Database
) -> None:
    await add_person(database, grants=ANALYST)
    form = {"form": await visitor.proof(), "username": "siti.aminah", "password": PASSWORD}
    assert (await visitor.send("/sign-in", form)).status_code == 303
    first = visitor.http.cookies["ikk"]
    assert (await visitor.send("/sign-in", form)).status_code == 303
    assert (await me(client, first)).status_code == 401
    assert (await visitor.look("/")).status_code == 200


async def test_a_one_time_code_is_exchanged_for_a_password(visitor: Visitor, database: Database) -> None:
    person = await add_person(database, grants=ANALYST, password=None)
    form = {"form": await visitor.proof("/set-password"), "username": person.username, "code": person.code}
    weak = await visitor.send("/set-password", {**form, "new_password": "banjarbaru2025"})
    assert (weak.status_code, "banjarbaru2025" in weak.text) == (422, False)
    done = await visitor.send("/set-password", {**form, "new_password": "lima-ekor-itik-berenang"})
    assert done.status_code == 200
    assert "Sekarang Anda dapat masuk" in words_of(done.text)
    assert (await visitor.sign_in(password="lima-ekor-itik-berenang")).status_code == 303


@pytest.mark.parametrize("code", ["", "salah", "K5H5-DQ8V-GFGT-YHEG"])
async def test_a_code_that_is_none_sets_no_password(visitor: Visitor, database: Database, code: str) -> None:
    person = await add_person(database, grants=ANALYST, password=None)
    proof = await visitor.proof("/set-password")
    form = {"form": proof, "username": person.username, "code": code, "new_password": "lima-ekor-itik-berenang"}
    answer = await visitor.send("/set-password", form)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"].startswith("text/html")
    assert (await visitor.sign_in(password="lima-ekor-itik-berenang")).status_code == 400


async def test_a_sign_in_from_the_village_sees_only_its_village(visitor: Visitor, database: Database) -> None:
    await add_person(database, grants=[("supervisor", LANDASAN_ULIN_SELATAN)])
    await visitor.sign_in()
    assert (await visitor.look(f"/regions/{LANDASAN_ULIN_SELATAN}/2025")).status_code == 200
    outside = await visitor.look("/regions/6372/2025")
    assert outside.status_code == 403
    assert "bukan wilayah Anda" in words_of(outside.text)


def test_the_origin_of_the_tests_is_the_one_they_ask() -> None:
    assert ORIGIN == "http://ikk.test"
