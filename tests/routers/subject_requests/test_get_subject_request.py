"""GET /v1/subject-requests/{id} returns a subject request with its clock, even after the family was erased."""

from uuid import uuid4

from tests.support.factories import EVERYTHING, Client
from tests.support.subject_requests import REQUESTS, ask, send_family, serve


async def test_it_works(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    request = await ask(caller, family, "export")
    response = await caller.get(f"{REQUESTS}/{request}")
    assert response.status_code == 200
    assert response.json().items() >= {"id": request, "family": family, "kind": "export", "status": "open"}.items()


async def test_it_outlives_the_family(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    erased = (await serve(caller, family, "erase"))["request"]["id"]
    body = (await caller.get(f"{REQUESTS}/{erased}")).json()
    assert (body["status"], body["family"], body["hours_left"]) == ("done", family, None)


async def test_one_outside_the_caller_s_regions_is_not_found(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "export")
    await caller.sign_in(scopes=EVERYTHING, regions=["637202"])
    assert (await caller.get(f"{REQUESTS}/{request}")).status_code == 404


async def test_one_that_is_not_there_is_not_found(caller: Client) -> None:
    assert (await caller.get(f"{REQUESTS}/{uuid4()}")).status_code == 404


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.get(f"{REQUESTS}/{uuid4()}")).status_code == 403
