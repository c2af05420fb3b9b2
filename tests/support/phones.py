"""Phones with ODK Collect: a person with a device, and what the phone sends."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4
from xml.etree.ElementTree import fromstring, tostring

from httpx import AsyncClient, Response

from app.access import COMMAND
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.platform.database import EVERYWHERE, Database
from app.scoring.reading.files import read_instrument
from app.services.access.devices import create_device, end_device
from app.xforms.form import make_form
from tests.support.accounts import VILLAGE, make_person
from tests.support.factories import make_body
from tests.support.instances import fill_form

LIST: Final = "{http://openrosa.org/xforms/xformsList}"
MANIFEST: Final = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE: Final = "{http://openrosa.org/http/response}"
HEADERS: Final = {
    "X-OpenRosa-Version": "1.0",
    # As Collect writes it every afternoon: a clock of 12 hours without AM and PM.
    "Date": "Fri, 27 Nov 2026 03:12:45 GMT",
    "User-Agent": "org.odk.collect.android/v2026.3.3 Dalvik/2.1.0",
}
DEVICE_ID: Final = "?deviceID=collect%3AzZ9kQ0mK4n8vX2aB"
FORM, VERSION = "ikk-29", "2025.1-1"


@dataclass
class Phone:
    """A phone of a person, with the address that it got by QR code."""

    http: AsyncClient
    person: str
    username: str
    device: UUID
    secret: str

    @property
    def server(self) -> str:
        return f"/odk/k/{self.secret}"

    async def get(self, path: str, **headers: str) -> Response:
        return await self.http.get(f"{self.server}{path}", headers={**HEADERS, **headers})

    async def send(self, xml: bytes, **headers: str) -> Response:
        """Sends an instance as Collect does, without the HEAD before it."""
        return await post(self.http, f"{self.server}/submission{DEVICE_ID}", xml, **headers)


async def post(http: AsyncClient, address: str, xml: bytes, *more: tuple[str, Any], **headers: str) -> Response:
    """Posts an instance with further parts."""
    files = [("xml_submission_file", ("instance.xml", xml, "text/xml")), *more]
    return await http.post(address, files=files, headers={**HEADERS, **headers})


async def make_phone(
    http: AsyncClient, database: Database, *roles: tuple[str, str], username: str = "siti.aminah"
) -> Phone:
    """A new person with these roles, by default a kader of a village, with one phone."""
    person = await make_person(database, username, *(roles or (("kader", VILLAGE),)))
    return await add_phone(http, database, person, username)


async def add_phone(http: AsyncClient, database: Database, person: str, username: str = "siti.aminah") -> Phone:
    """One more phone of a person."""
    async with database.session(EVERYWHERE) as session:
        made = await create_device(session, COMMAND, UUID(person), {"name": "Samsung A05"})
    # A phone keeps no cookies and no tokens of others.
    own = AsyncClient(transport=http._transport, base_url=http.base_url)
    return Phone(own, person, username, made.device.id, made.secret)


async def revoke(database: Database, phone: Phone) -> None:
    async with database.session(EVERYWHERE) as session:
        await end_device(session, COMMAND, UUID(phone.person), device=phone.device)


ASKED: Final = "toilet"


def make_faulty(seed: int = 1, **changed: Any) -> dict[str, Any]:
    """A body with an answer that its question does not have, which no form of ours lets anybody choose."""
    body = make_body(seed, **changed)
    return {**body, "answers": {**body["answers"], ASKED: "no_such_option"}}


def write_instance(
    body: dict[str, Any],
    instance: UUID | str | None = None,
    *,
    edits: UUID | str | None = None,
    shown: tuple[int | None, str | None] | None = None,
    refused: bool = False,
    form: str = FORM,
    version: str = VERSION,
) -> bytes:
    """The XML that a phone sends for the interview of a body.

    edits: the instance that this one edits
    shown: hundredths and category of the score on the phone
    """
    file = SHIPPED_INSTRUMENTS / f"{form}-{version.rpartition('-')[0]}.toml"
    # A form that there is not has the questions of another one.
    xform = _form_of(file if file.exists() else SHIPPED_INSTRUMENTS / f"{FORM}-2025.1.toml")
    filled = fill_form(
        xform,
        body,
        f"uuid:{instance or uuid4()}",
        edits=None if edits is None else f"uuid:{edits}",
        shown=shown,
        refused=refused,
    )
    root = fromstring(filled)
    root.set("id", form)
    root.set("version", version)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


@cache
def _form_of(file: Path) -> bytes:
    return make_form(read_instrument(file.read_bytes())).xform


def message_of(answer: Response) -> str:
    """The message that the phone shows."""
    assert answer.headers["content-type"] == "text/xml; charset=utf-8", answer.headers["content-type"]
    assert answer.headers["x-openrosa-version"] == "1.0"
    root = fromstring(answer.content)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    return root.findtext(f"{RESPONSE}message") or ""
