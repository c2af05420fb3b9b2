"""ODK Collect as a server sees it: what it fetches, how it sends its queue, and what it makes of each answer.

It follows what was read in the source of Collect v2026.3.3. A failed instance stays in the queue, cannot be changed,
and is sent again at every later run.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from xml.etree.ElementTree import fromstring

import httpx

from tests.support.phones import DEVICE_ID, HEADERS, LIST, MANIFEST, RESPONSE

_DEFAULT_LENGTH: Final = 10_000_000
_MOST_FILES: Final = 100
Mishap = Literal["cut", "reply lost", "twice"]
"""What may go wrong on the way: the request is cut in its midst, its reply is lost, or it is sent twice at once."""


@dataclass
class Instance:
    """A finalised interview in the queue. `edits` is the instance of which this is an edit."""

    id: UUID
    xml: bytes
    edits: UUID | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    state: Literal["finalised", "failed", "sent"] = "finalised"
    message: str = ""
    statuses: list[int] = field(default_factory=list)


@dataclass
class Collect:
    """One installation of Collect. `servers` are the addresses under which its server can be reached."""

    http: httpx.AsyncClient
    servers: list[str]
    random: Random = field(default_factory=lambda: Random(1))
    mishaps: float = 0.0
    queue: list[Instance] = field(default_factory=list)
    forms: dict[tuple[str, str], str] = field(default_factory=dict)
    """The hash of each form that was fetched, by id and version."""
    media: dict[str, bytes] = field(default_factory=dict)
    fetched: int = 0

    @property
    def server(self) -> str:
        return self.random.choice(self.servers)

    def finalise(self, xml: bytes, id: UUID | None = None, **files: bytes) -> Instance:
        """Puts an interview into the queue."""
        made = Instance(id or uuid4(), xml, files={name.replace("_", "."): each for name, each in files.items()})
        self.queue.append(made)
        return made

    async def update(self) -> None:
        """Fetches the list, and the forms and files whose hash is new."""
        listed = await self._get(f"{self.server}/formList")
        root = fromstring(listed.content)
        assert root.tag == f"{LIST}xforms"
        for form in root:
            told = {child.tag.removeprefix(LIST): child.text or "" for child in form}
            # One form without these would discard the whole list.
            assert told["formID"]
            assert told["name"]
            key, hashed = (told["formID"], told["version"]), told["hash"].removeprefix("md5:")
            if self.forms.get(key) != hashed:
                content = (await self._get(self._reach(told["downloadUrl"]))).content
                assert hashlib.md5(content).hexdigest() == hashed
                self.forms[key] = hashed
                self.fetched += 1
            await self._update_media(self._reach(told["manifestUrl"]))

    async def _update_media(self, address: str) -> None:
        manifest = fromstring((await self._get(address)).content)
        assert manifest.tag == f"{MANIFEST}manifest"
        for file in manifest:
            told = {child.tag.removeprefix(MANIFEST): child.text or "" for child in file}
            hashed = told["hash"].removeprefix("md5:")
            if hashlib.md5(self.media.get(told["filename"], b"")).hexdigest() != hashed:
                content = (await self._get(self._reach(told["downloadUrl"]))).content
                assert hashlib.md5(content).hexdigest() == hashed
                self.media[told["filename"]] = content
                self.fetched += 1

    def _reach(self, address: str) -> str:
        """An address of the service at the server that is there."""
        parts = urlsplit(address)
        base = urlsplit(self.server)
        return parts._replace(scheme=base.scheme, netloc=base.netloc).geturl()

    async def _get(self, address: str) -> httpx.Response:
        answer = await self.http.get(address + DEVICE_ID, headers=HEADERS, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        assert "x-openrosa-version" in answer.headers, "not an OpenRosa server"
        if not address.endswith((".xml", ".csv")):
            assert "text/xml" in answer.headers["content-type"]
        return answer

    async def send_all(self) -> int:
        """Sends what is not sent yet, the earliest first. Returns how many are left."""
        for each in self.queue:
            if each.state != "sent":
                await self.send(each)
                if each.statuses[-1:] == [401]:
                    break
        return sum(each.state != "sent" for each in self.queue)

    async def send(self, instance: Instance) -> None:
        """Sends one instance, as Collect does in its queue or if a user chooses a sent one again."""
        try:
            await self._send(instance)
        except (httpx.HTTPError, OSError, ConnectionError) as error:
            instance.state, instance.message = "failed", type(error).__name__

    async def _send(self, instance: Instance) -> None:
        base = self.server
        greeted = await self.http.head(f"{base}/submission{DEVICE_ID}", headers=HEADERS)
        most = _DEFAULT_LENGTH
        if greeted.status_code == 204:
            most = int(greeted.headers.get("x-openrosa-accept-content-length", most))
        elif greeted.status_code == 401 or greeted.is_success:
            self._fail(instance, greeted.status_code, "no OpenRosa endpoint")
            return
        parts = self._split(instance, most)
        for number, files in enumerate(parts, start=1):
            answer = await self._post(base, instance, files, whole=number == len(parts))
            instance.statuses.append(answer.status_code)
            if answer.status_code not in (201, 202):
                self._fail(instance, answer.status_code, read_message(answer))
                return
            instance.state, instance.message = "sent", read_message(answer)

    @staticmethod
    def _fail(instance: Instance, status: int, message: str) -> None:
        instance.state, instance.message = "failed", message
        if instance.statuses[-1:] != [status]:
            instance.statuses.append(status)

    @staticmethod
    def _split(instance: Instance, most: int) -> list[Mapping[str, bytes]]:
        parts: list[dict[str, bytes]] = [{}]
        size = len(instance.xml)
        for name, content in instance.files.items():
            if len(parts[-1]) >= _MOST_FILES or (parts[-1] and size + len(content) > most):
                parts.append({})
                size = len(instance.xml)
            parts[-1][name] = content
            size += len(content)
        return list(parts)

    async def _post(self, base: str, instance: Instance, files: Mapping[str, bytes], *, whole: bool) -> httpx.Response:
        # The XML goes along each time.
        sent = [("xml_submission_file", ("submission.xml", instance.xml, "text/xml"))]
        sent += [(name, (name, content, "image/jpeg")) for name, content in files.items()]
        fields = {} if whole else {"*isIncomplete*": "yes"}
        request = self.http.build_request(
            "POST", f"{base}/submission{DEVICE_ID}", files=sent, data=fields, headers=HEADERS
        )
        mishap = self._draw_mishap()
        if mishap == "twice":
            answers = await asyncio.gather(self.http.send(request), self.http.send(request))
            return answers[0]
        if mishap is not None:
            await break_off(request, half=mishap == "cut")
            raise httpx.ReadError("the connection broke")
        return await self.http.send(request)

    def _draw_mishap(self) -> Mishap | None:
        if self.random.random() >= self.mishaps:
            return None
        return self.random.choice(("cut", "reply lost", "twice"))


def read_message(answer: httpx.Response) -> str:
    """What Collect shows of an answer: the message of its body, or a text of its own."""
    if answer.status_code in (200, 401) or "xml" not in answer.headers.get("content-type", ""):
        return f"HTTP {answer.status_code}"
    return fromstring(answer.content).findtext(f"{RESPONSE}message") or ""


async def break_off(request: httpx.Request, *, half: bool) -> None:
    """Sends half of a request, or all of it, and closes the connection without reading the reply."""
    url, body = request.url, request.read()
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items() if name != "connection")
    whole = f"POST {url.raw_path.decode()} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode() + body
    _, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(whole[: len(whole) // 2] if half else whole)
        await writer.drain()
        await asyncio.sleep(0.005)
    finally:
        writer.close()
