"""Forms prove that they come from a page of ours, and lead back only to a page of ours."""

import pytest
from httpx import AsyncClient

from app.pages.addresses import is_page_to_return_to
from app.platform.database import Connection, Database
from tests.support.factories import Client
from tests.support.pages import ORIGIN, Visitor, proof_of, words_of
from tests.support.people import PASSWORD, add_person, me

ELSEWHERE = "https://jahat.example"
FORMS = ("/sign-in", "/sign-out", "/set-password")
FOREIGN = {
    "another origin": {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"},
    "another origin in an old browser": {"Origin": ELSEWHERE, "Sec-Fetch-Site": ""},
    "the origin of a sandbox": {"Origin": "null", "Sec-Fetch-Site": ""},
    "another host below ours": {"Origin": "http://jahat.ikk.test", "Sec-Fetch-Site": "same-site"},
    "our host with more": {"Origin": "http://ikk.test.jahat.example", "Sec-Fetch-Site": ""},
    "our host as a user name": {"Origin": "", "Sec-Fetch-Site": "", "Referer": "http://ikk.test@jahat.example/"},
    "another port": {"Origin": "http://ikk.test:8080", "Sec-Fetch-Site": ""},
    "a referrer from elsewhere": {"Origin": "", "Sec-Fetch-Site": "", "Referer": f"{ELSEWHERE}/http://ikk.test/"},
    "no word of where it comes from": {"Origin": "", "Sec-Fetch-Site": ""},
    "a site that the browser does not know": {"Sec-Fetch-Site": "none"},
    "no address": {"Origin": "http://[", "Sec-Fetch-Site": ""},
}


def filled(proof: str) -> dict[str, str]:
    return {"form": proof, "username": "siti.aminah", "password": PASSWORD}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_from_elsewhere_is_refused(
    visitor: Visitor, database: Database, connection: Connection, path: str, headers: dict[str, str]
) -> None:
    await add_person(database, grants=[("analyst", "6372")])
    answer = await visitor.send(path, filled(await visitor.proof()), **headers)
    assert answer.status_code == 403
    assert "Isi sekali lagi" in words_of(answer.text)
    assert "ikk" not in visitor.http.cookies
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind LIKE 'token.%'") == 0


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "", "Sec-Fetch-Site": "", "Referer": f"{ORIGIN}/sign-in"}, {"Sec-Fetch-Site": ""}],
    ids=["a referrer of ours", "a browser without Sec-Fetch-Site"],
)
async def test_old_browsers_can_send_forms(visitor: Visitor, database: Database, headers: dict[str, str]) -> None:
    await add_person(database, grants=[("analyst", "6372")])
    assert (await visitor.send("/sign-in", filled(await visitor.proof()), **headers)).status_code == 303


async def test_the_public_address_is_an_origin_of_ours(visitor: Visitor, client: Client, database: Database) -> None:
    """A proxy may ask by another name than the browser does."""
    await add_person(database, grants=[("analyst", "6372")])
    issuer = client.app.state.settings.issuer
    assert (await visitor.send("/sign-in", filled(await visitor.proof()), Origin=issuer)).status_code == 303


@pytest.mark.parametrize("proof", ["", ".", "x", "x.y", "0" * 32 + "." + "0" * 64, "é.é", "\0"])
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_its_proof_is_refused(visitor: Visitor, database: Database, path: str, proof: str) -> None:
    await add_person(database, grants=[("analyst", "6372")])
    await visitor.look("/sign-in")
    answer = await visitor.send(path, filled(proof))
    assert answer.status_code == 403


async def test_the_proof_of_another_browser_is_refused(visitor: Visitor, client: Client, database: Database) -> None:
    """Otherwise a stranger could sign somebody in to the stranger's own account."""
    await add_person(database, grants=[("analyst", "6372")])
    async with AsyncClient(transport=client.http._transport, base_url=ORIGIN) as http:
        theirs = proof_of(await http.get("/sign-in"))
    await visitor.look("/sign-in")
    assert (await visitor.send("/sign-in", filled(theirs))).status_code == 403


async def test_without_its_cookie_a_form_is_refused_and_the_next_one_is_taken(
    visitor: Visitor, database: Database
) -> None:
    await add_person(database, grants=[("analyst", "6372")])
    proof = await visitor.proof()
    visitor.http.cookies.clear()
    answer = await visitor.send("/sign-in", filled(proof))
    assert answer.status_code == 403
    assert (await visitor.send("/sign-in", filled(proof_of(answer)))).status_code == 303


async def test_every_page_has_another_proof_and_all_are_valid(visitor: Visitor, database: Database) -> None:
    """The length of a compressed page tells nothing of a text that is new each time."""
    await add_person(database, grants=[("analyst", "6372")])
    first, second = await visitor.proof(), await visitor.proof()
    assert first != second
    assert (await visitor.send("/sign-in", filled(first))).status_code == 303


async def test_a_sign_out_from_elsewhere_leaves_the_session(analyst: Visitor, client: Client) -> None:
    token = analyst.http.cookies["ikk"]
    answer = await analyst.send("/sign-out", {"form": "x"}, Origin=ELSEWHERE)
    assert answer.status_code == 403
    assert (await me(client, token)).status_code == 200


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b"{}"),
        ("text/plain", b"form=x"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"username=a&username=b"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 30)),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 20_000),
    ],
)
async def test_what_is_no_form_is_refused_as_a_page(visitor: Visitor, path: str, media_type: str, body: bytes) -> None:
    headers = {"Content-Type": media_type, "Origin": ORIGIN}
    answer = await visitor.http.post(path, content=body, headers=headers)
    assert answer.status_code in (400, 413, 415)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


AWAY = (
    "//jahat.example",
    "///jahat.example",
    "/\\jahat.example",
    "\\\\jahat.example",
    "/\t/jahat.example",
    "https://jahat.example",
    "https:jahat.example",
    "http:/\\/jahat.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2F%2Fjahat.example",
    "/%2F/jahat.example",
    "/%5Cjahat.example",
    "/regions/63/2025\r\nSet-Cookie: ikk=x",
    "/regions/63/2025%0d%0aSet-Cookie: ikk=x",
    "/regions/63/2025\n",
    "/search?q=a\r\nX: y",
    "/search?q=//jahat.example#@",
    "/sign-out",
    "/sign-in",
    "/v1/aggregates",
    "/regions/../v1/me",
    "/.//jahat.example",
    "regions/63",
    "@jahat.example",
    ".jahat.example",
    "/regions/٦٣",
    "\u2028/",
    "/" + "x" * 5000,
    "",
)


@pytest.mark.parametrize("path", AWAY, ids=ascii)
async def test_nobody_is_led_away(visitor: Visitor, database: Database, path: str) -> None:
    assert not is_page_to_return_to(path)
    await add_person(database, grants=[("analyst", "6372")])
    shown = await visitor.http.get("/sign-in", params={"next": path})
    assert shown.status_code in (200, 422)
    assert "jahat.example" not in shown.text.replace("%2F", "/").partition("<main")[2]
    answer = await visitor.sign_in(next=path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert len([each for each in answer.headers.get_list("set-cookie") if each.startswith("ikk=")]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=landasan+ulin",
        "/regions/ID/2025",
        "/regions/63.72/2024?sort=value&direction=asc",
        "/compare?first=63",
    ],
)
def test_pages_of_ours_may_be_returned_to(path: str) -> None:
    assert is_page_to_return_to(path)


async def test_no_header_chooses_where_a_redirect_leads(visitor: Visitor) -> None:
    headers = {"Host": "jahat.example", "X-Forwarded-Host": "jahat.example", "Forwarded": "host=jahat.example"}
    answer = await visitor.http.get("/", headers={"Accept": "text/html", **headers})
    assert answer.headers["location"] == "/sign-in"
    assert "jahat" not in str(answer.headers)
