"""Somebody who looks at pages, with the cookies and forms of a browser but without one."""

import re
from html import unescape
from typing import Any

from httpx import AsyncClient, Response

from tests.support.people import PASSWORD

ORIGIN = "http://ikk.test"
_PROOF = re.compile(r'name="form" value="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Visitor:
    """A browser at the address of the tests. Cookies are kept by the client."""

    def __init__(self, http: AsyncClient) -> None:
        self.http = http
        self.username = ""
        """Of whoever signed in last."""
        http.headers.pop("Authorization", None)

    async def look(self, path: str, **headers: str) -> Response:
        return await self.http.get(path, headers={**HTML, **headers})

    async def proof(self, path: str = "/sign-in") -> str:
        """What the forms of a page hold."""
        return proof_of(await self.look(path))

    async def send(self, path: str, form: dict[str, Any], **headers: str) -> Response:
        """Sends a form from a page of our own. A header that is empty is left out."""
        said = {**HTML, "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **headers}
        return await self.http.post(path, data=form, headers={name: each for name, each in said.items() if each})

    async def sign_in(self, username: str = "siti.aminah", password: str = PASSWORD, **form: str) -> Response:
        self.username = username
        return await self.send(
            "/sign-in", {"form": await self.proof(), "username": username, "password": password, **form}
        )

    async def sign_out(self) -> Response:
        return await self.send("/sign-out", {"form": await self.proof("/search")})


def proof_of(answer: Response) -> str:
    found = _PROOF.search(answer.text)
    assert found is not None, answer.text[:500]
    return found[1]


def words_of(page: str) -> str:
    """What a reader sees of a page, with single blanks."""
    return " ".join(unescape(_TAG.sub(" ", page)).split())


def rows_of(page: str, caption: str) -> list[list[str]]:
    """The cells of the body of the table with this caption."""
    (table,) = [each for each in re.findall(r"<table.*?</table>", page, re.DOTALL) if caption in words_of(each)]
    body = re.search(r"<tbody>(.*?)</tbody>", table, re.DOTALL)
    assert body is not None
    rows = re.findall(r"<tr.*?</tr>", body[1], re.DOTALL)
    return [[words_of(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]
