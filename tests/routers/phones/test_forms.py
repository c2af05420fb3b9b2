"""GET /odk/k/{token}/formList, forms, manifests and media: what ODK Collect and Enketo fetch."""

import base64
import hashlib
from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

import httpx
import pytest
from httpx import Response

from app.config import Settings
from app.main import create_app
from app.platform.database import Connection, Database
from tests.support.accounts import VILLAGE
from tests.support.factories import GUNTUNG_MANGGIS, Client
from tests.support.phones import (
    FORM,
    LIST,
    MANIFEST,
    VERSION,
    Phone,
    add_phone,
    make_phone,
    message_of,
    revoke,
)
from tests.support.rounds import plan_round

ISSUER = "http://127.0.0.1:8000"


def basic(username: str, password: str) -> dict[str, str]:
    packed = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {packed}"}


async def test_it_works(phone: Phone) -> None:
    """The whole way of a phone: the list, the form, its manifest and its file, by the addresses that it is told."""
    listed = await phone.get("/formList?deviceID=collect%3Aabc")
    assert listed.status_code == 200
    assert listed.headers["content-type"] == "text/xml; charset=utf-8"
    assert listed.headers["x-openrosa-version"] == "1.0"
    root = fromstring(listed.content)
    assert root.tag == f"{LIST}xforms"
    found = {each.findtext(f"{LIST}version"): each for each in root if each.findtext(f"{LIST}formID") == FORM}
    [version] = found
    form = {child.tag.removeprefix(LIST): child.text or "" for child in found[version]}
    assert form["name"]
    assert form["downloadUrl"] == f"{ISSUER}{phone.server}/forms/{FORM}/{version}.xml"
    assert form["manifestUrl"] == f"{ISSUER}{phone.server}/forms/{FORM}/{version}/manifest"
    xform = await phone.http.get(form["downloadUrl"])
    assert (xform.status_code, form["hash"]) == (200, f"md5:{hashlib.md5(xform.content).hexdigest()}")
    manifest = await phone.http.get(form["manifestUrl"])
    assert manifest.headers["content-type"] == "text/xml; charset=utf-8"
    assert fromstring(manifest.content).tag == f"{MANIFEST}manifest"
    [file] = fromstring(manifest.content)
    media = {child.tag.removeprefix(MANIFEST): child.text or "" for child in file}
    assert (media["filename"], media["downloadUrl"]) == ("villages.csv", f"{ISSUER}{phone.server}/media/villages.csv")
    villages = await phone.http.get(media["downloadUrl"])
    assert media["hash"] == f"md5:{hashlib.md5(villages.content).hexdigest()}"
    assert villages.text.splitlines() == ["name,label", f'{VILLAGE},"Landasan Ulin Selatan, Liang Anggang"']


async def test_a_slash_at_the_end_and_any_parameters_are_taken(phone: Phone) -> None:
    plain = await phone.get("/formList")
    for path in ("/formList/", "/formList?verbose=true&listAllVersions=1&deviceID=a&deviceID=b", "/formList/?x=%FF"):
        assert (await phone.get(path)).content == plain.content


@pytest.mark.parametrize("accept", ["text/xml", "application/json", "image/png", "nonsense"])
async def test_whatever_a_client_accepts(phone: Phone, accept: str) -> None:
    for path in ("/formList", "/media/villages.csv", f"/forms/{FORM}/{VERSION}.xml"):
        assert (await phone.get(path, Accept=accept)).status_code == 200


async def test_a_list_of_one_form(phone: Phone) -> None:
    listed = fromstring((await phone.get(f"/formList?formID={FORM}")).content)
    assert {each.findtext(f"{LIST}formID") for each in listed} == {FORM}
    assert len(fromstring((await phone.get("/formList?formID=no-such-form")).content)) == 0


async def test_head_says_the_same(phone: Phone) -> None:
    """Enketo signs in with HEAD."""
    for path in ("/formList", f"/forms/{FORM}/{VERSION}.xml", "/media/villages.csv"):
        answer = await phone.http.head(f"{phone.server}{path}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["x-openrosa-version"] == "1.0"


def listed_versions(answer: Response) -> list[str | None]:
    """The versions of the form in a list."""
    return [
        each.findtext(f"{LIST}version") for each in fromstring(answer.content) if each.findtext(f"{LIST}formID") == FORM
    ]


async def test_one_version_of_a_form_is_listed(phone: Phone, caller: Client) -> None:
    """Of several, a phone would show whichever it fetched last."""
    latest = listed_versions(await phone.get("/formList"))
    assert latest == ["2026.2-1"]
    today = datetime.now(UTC).date()
    days = {"opens_on": f"{today.year}-01-01", "closes_on": f"{today.year}-12-31", "version": "2025.2"}
    await plan_round(caller, GUNTUNG_MANGGIS, **days)
    assert listed_versions(await phone.get("/formList")) == latest
    planned = await plan_round(caller, **days)
    assert listed_versions(await phone.get("/formList?formID=ikk-29")) == ["2025.2-1"]
    assert (await caller.http.post(f"/v1/rounds/{planned}/close")).status_code == 200
    assert listed_versions(await phone.get("/formList")) == latest


async def test_a_retired_version_is_not_listed_but_stays(phone: Phone, connection: Connection) -> None:
    listed = fromstring((await phone.get("/formList")).content)
    versions = {each.findtext(f"{LIST}version") for each in listed if each.findtext(f"{LIST}formID") == "ketahanan-24"}
    stored = await connection.fetch("SELECT version FROM phone_form WHERE form_id = 'ketahanan-24'")
    for row in stored:
        assert (await phone.get(f"/forms/ketahanan-24/{row['version']}.xml")).status_code == 200
    assert versions <= {row["version"] for row in stored}


async def test_a_form_that_there_is_not(phone: Phone) -> None:
    for path in (f"/forms/{FORM}/1999.1-1.xml", "/forms/none/1-1/manifest", f"/forms/{'x' * 300}/1.xml"):
        answer = await phone.get(path)
        assert answer.status_code in (404, 422)
        assert message_of(answer)


async def test_an_unknown_address_is_answered_in_xml(phone: Phone) -> None:
    for path in ("/", "/submissions", "/media/other.csv"):
        answer = await phone.get(path)
        assert answer.status_code == 404
        assert message_of(answer)


async def test_villages_are_those_of_the_person(phone: Phone, client: Client, database: Database) -> None:
    roles = (("kader", VILLAGE), ("kader", "6372021005"), ("supervisor", "6371"))
    two = await make_phone(client.http, database, *roles, username="dua.desa")
    rows = (await two.get("/media/villages.csv")).text.splitlines()
    assert [each[:10] for each in rows[1:]] == ["6372021005", VILLAGE]
    wide = await make_phone(client.http, database, ("agency_administrator", "6372"), username="admin.kota")
    rows = (await wide.get("/media/villages.csv")).text.splitlines()
    assert len(rows) == 21
    assert all(each.startswith("6372") for each in rows[1:])


async def test_the_bytes_are_the_same_for_everybody(phone: Phone, client: Client, database: Database) -> None:
    other = await make_phone(client.http, database, ("kader", "6372021005"), username="lain")
    path = f"/forms/{FORM}/{VERSION}.xml"
    assert (await phone.get(path)).content == (await other.get(path)).content


@pytest.mark.parametrize("path", ["/formList", "/submission", f"/forms/{FORM}/{VERSION}.xml", "/media/villages.csv"])
async def test_a_wrong_token_is_refused_without_asking_for_a_password(client: Client, path: str) -> None:
    for token in ("ikk_device_wrong", "zzz", "a" * 3000, "%F0%9F%98%80"):
        for method in ("GET", "HEAD"):
            answer = await client.http.request(method, f"/odk/k/{token}{path}")
            assert answer.status_code == 403, answer.text
            assert "www-authenticate" not in answer.headers
            assert answer.headers["x-openrosa-version"] == "1.0"
            assert token not in answer.text
    assert "QR" in message_of(await client.http.get(f"/odk/k/x{path}"))


async def test_a_revoked_phone_is_refused_and_the_other_one_is_not(
    phone: Phone, client: Client, database: Database
) -> None:
    other = await add_phone(client.http, database, phone.person)
    await revoke(database, phone)
    assert (await phone.get("/formList")).status_code == 403
    assert (await other.get("/formList")).status_code == 200


async def test_a_person_without_a_village_is_refused(client: Client, database: Database) -> None:
    analyst = await make_phone(client.http, database, ("analyst", "63"), username="analis")
    assert (await analyst.get("/formList")).status_code == 403


async def test_basic_authentication(phone: Phone) -> None:
    headers = basic(phone.username, phone.secret)
    listed = await phone.http.get("/odk/formList", headers=headers)
    assert listed.status_code == 200
    first = fromstring(listed.content)[0]
    assert (first.findtext(f"{LIST}downloadUrl") or "").startswith(f"{ISSUER}/odk/forms/")
    assert phone.secret not in listed.text
    assert (await phone.http.head("/odk/submission", headers=headers)).status_code == 204


async def test_wrong_basic_authentication_is_challenged(phone: Phone) -> None:
    wrong: tuple[dict[str, str], ...] = (
        {},
        basic(phone.username, "wrong"),
        basic("somebody", phone.secret),
        {"Authorization": "Basic %%%"},
        {"Authorization": f"Bearer {phone.secret}"},
    )
    for headers in wrong:
        for path in ("/odk/formList", "/odk/submission"):
            answer = await phone.http.head(path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")
            assert answer.headers["x-openrosa-version"] == "1.0"
    assert message_of(await phone.http.get("/odk/formList"))


async def test_a_password_over_plain_http_is_refused(phone: Phone, settings: Settings, dsn: str) -> None:
    public = settings.model_copy(update={"issuer": "https://ikk.example.go.id/ikk"})
    app = create_app(public, dsn)
    headers = basic(phone.username, phone.secret)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ikk.example.go.id") as http:
            answer = await http.get("/ikk/odk/formList", headers=headers)
            assert answer.status_code == 403
            assert "https" in message_of(answer)
            # With the secret in the path, the client decides.
            listed = await http.get(f"/ikk{phone.server}/formList")
            assert f"https://ikk.example.go.id/ikk{phone.server}/forms/" in listed.text
        async with httpx.AsyncClient(transport=transport, base_url="https://ikk.example.go.id") as http:
            listed = await http.get("/ikk/odk/formList", headers=headers)
            assert listed.status_code == 200
            assert "https://ikk.example.go.id/ikk/odk/forms/" in listed.text


async def test_messages_are_in_the_language_of_the_phone(client: Client) -> None:
    indonesian = await client.http.get("/odk/k/x/formList")
    english = await client.http.get("/odk/k/x/formList", headers={"Accept-Language": "en-GB"})
    assert (indonesian.headers["content-language"], english.headers["content-language"]) == ("id", "en")
    assert message_of(indonesian) != message_of(english)


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "%F0%9F%98%80", "..%2F..%2Fetc", "a%0Ab"])
async def test_odd_names_of_forms(phone: Phone, odd: str) -> None:
    for path in (f"/forms/{odd}/1.xml", f"/forms/{FORM}/{odd}.xml", f"/forms/{FORM}/{odd}/manifest"):
        assert (await phone.get(path)).status_code == 404, path
    assert (await phone.get(f"/formList?formID={odd}")).status_code == 200
