"""Corrections over HTTP, and the callers who make them."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from tests.support.factories import LANDASAN_ULIN_SELATAN, Client

VILLAGE = LANDASAN_ULIN_SELATAN
WHY = {"reason": "typing_error"}


async def another(caller: Client, *scopes: str, regions: tuple[str, ...] = (VILLAGE,)) -> Client:
    """Another caller of the same application, with a connection of its own."""
    http = AsyncClient(transport=caller.http._transport, base_url=caller.http.base_url)
    other = Client(http, caller.app)
    await other.sign_in(scopes=scopes, regions=regions)
    return other


async def a_kader(caller: Client, *regions: str) -> Client:
    return await another(caller, "submissions:write", regions=regions or (VILLAGE,))


async def a_supervisor(caller: Client, *regions: str) -> Client:
    scopes = ("submissions:read", "submissions:review", "aggregates:read")
    return await another(caller, *scopes, regions=regions or (VILLAGE,))


async def correct(
    client: Client, id: UUID | str, body: dict[str, Any], revision: int | str = 1, **correction: Any
) -> Response:
    """Sends a correction of a revision, for a reason that is given unless another is."""
    content = {**body, "correction": {**WHY, **correction}}
    return await client.http.put(f"/v1/submissions/{id}", json=content, headers={"If-Match": f'"{revision}"'})


def problem_of(answer: Response) -> tuple[int, str]:
    """The status and the slug of a problem."""
    return answer.status_code, str(answer.json()["type"]).removeprefix("urn:ikk:problem:")
