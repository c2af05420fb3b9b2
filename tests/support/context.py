"""Bodies and requests of context figures and their indicators."""

from typing import Any

from httpx import Response

from tests.support.factories import Client

INDICATORS = "/v1/statistics/indicators"
CONTEXT = "/v1/statistics/context"
SOURCE = {
    "name": "DP3A Provinsi Kalimantan Selatan",
    "url": "https://example.go.id/angka",
    "published_on": "2023-02-08",
}
DEFINED: dict[str, Any] = {
    "kind": "number",
    "name": {"id": "Stunting", "en": "Stunting"},
    "definition": {"id": "Persentase balita yang stunting.", "en": "Share of children under five who are stunted."},
    "source": {"name": "SSGI", "url": "https://example.go.id/ssgi"},
    "status": "official",
    "unit": "percent",
    "decimals": 1,
    "minimum": 0,
    "maximum": 100,
}


def figure(**members: Any) -> dict[str, Any]:
    """The body of a figure with its source."""
    return {"status": "verified", "source": SOURCE, **members}


def address(indicator: str = "child-marriage", region: str = "63", year: object = 2022) -> str:
    return f"{CONTEXT}/{indicator}/{region}/{year}"


async def put(client: Client, where: str, **members: Any) -> Response:
    """Sends a figure. `content` is a body as bytes."""
    content = members.pop("content", None)
    if content is not None:
        return await client.http.put(where, content=content, headers={"Content-Type": "application/json"})
    return await client.http.put(where, json=figure(**members))


async def define(client: Client, code: str = "stunting", **changed: Any) -> Response:
    return await client.http.put(f"{INDICATORS}/{code}", json={**DEFINED, **changed})
