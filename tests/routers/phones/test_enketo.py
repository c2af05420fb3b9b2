"""Enketo's own way with the service, which its server goes on behalf of a browser."""

from uuid import UUID, uuid4
from xml.etree.ElementTree import fromstring

from app.platform.database import Connection
from tests.support.factories import make_body
from tests.support.phones import FORM, LIST, Phone, message_of, post, write_instance


async def test_it_works(phone: Phone, connection: Connection) -> None:
    """It signs in with HEAD, and sends credentials only after it was asked for them."""
    sign_in = (phone.username, phone.secret)
    asked = await phone.http.head("/odk/formList")
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert (await phone.http.head("/odk/formList", auth=sign_in)).status_code == 200
    listed = await phone.http.get("/odk/formList", params={"formID": FORM}, auth=sign_in)
    addresses = [each.findtext(f"{LIST}downloadUrl") or "" for each in fromstring(listed.content)]
    for address in addresses:
        assert (await phone.http.get(address, auth=sign_in)).status_code == 200
    greeted = await phone.http.head("/odk/submission", auth=sign_in)
    assert int(greeted.headers["x-openrosa-accept-content-length"]) > 100_000
    root, edit = uuid4(), uuid4()
    for xml, names in (
        (write_instance(make_body(1), root), named(root)),
        (write_instance(make_body(2), edit, edits=root), named(edit, root)),
    ):
        phone.http.auth = sign_in
        answer = await post(phone.http, "/odk/submission", xml, **names)
        assert answer.status_code == 201, answer.text
        assert message_of(answer)
    assert await connection.fetchval("SELECT revision FROM submission") == 2


def named(instance: UUID, edited: UUID | None = None) -> dict[str, str]:
    more = {} if edited is None else {"X-OpenRosa-Deprecated-Id": f"uuid:{edited}"}
    return {"X-OpenRosa-Instance-Id": f"uuid:{instance}", **more}


async def test_the_address_with_the_secret_needs_no_sign_in(phone: Phone) -> None:
    for path in ("/formList", "/submission"):
        assert (await phone.http.head(f"{phone.server}{path}")).is_success
