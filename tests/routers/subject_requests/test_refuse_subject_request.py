"""POST /v1/subject-requests/{id}/refuse takes a ground of the law, works once, and changes nothing of the family."""

import asyncio
from uuid import uuid4

import pytest
from httpx import Response

from app.schemas.subject_requests.grounds import GROUNDS
from tests.support.factories import EVERYTHING, Client, codes_of
from tests.support.subject_requests import REQUESTS, ask, count_families, fulfil, send_family

KINDS = ("export", "correct", "restrict", "lift", "erase")


async def refuse(client: Client, request: str, ground: object) -> Response:
    return await client.http.post(f"{REQUESTS}/{request}/refuse", json={"ground": ground})


async def test_it_works(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    response = await refuse(caller, request, "statistics_and_research")
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["status"], body["closed_by"], body["hours_left"]) == ("refused", caller.agency_id, None)
    assert body["refusal"]["ground"] == "statistics_and_research"
    assert body["refusal"]["article"] == "15(1)e"
    assert body["refusal"]["text"]["en"] == "For statistics and scientific research."
    assert await count_families(caller) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_ground_is_for_the_kinds_that_its_article_speaks_of(caller: Client, kind: str) -> None:
    family = (await send_family(caller))["family"]
    for code, ground in GROUNDS.items():
        response = await refuse(caller, await ask(caller, family, kind), code)
        assert response.status_code == (200 if kind in ground.kinds else 422), (kind, code)


async def test_every_kind_can_be_refused_to_somebody_who_is_not_the_family() -> None:
    assert set(GROUNDS["not_the_family"].kinds) == set(KINDS)


@pytest.mark.parametrize("ground", ["no time", "", 5, "family_erased"])
async def test_a_ground_that_is_none_of_the_list_is_a_fault(caller: Client, ground: object) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    response = await refuse(caller, request, ground)
    assert response.status_code == 422
    assert codes_of(response) == {"/ground": "not_allowed"}
    assert (await caller.get(f"{REQUESTS}/{request}")).json()["status"] == "open"


async def test_words_of_one_s_own_are_refused(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    body = {"ground": "danger", "note": "she lives at"}
    response = await caller.http.post(f"{REQUESTS}/{request}/refuse", json=body)
    assert codes_of(response) == {"/note": "unknown_member"}


async def test_of_refusing_and_doing_at_once_one_wins(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    answers = await asyncio.gather(
        *(refuse(caller, request, "law_enforcement") for _ in range(3)), *(fulfil(caller, request) for _ in range(3))
    )
    statuses = [each.status_code for each in answers]
    assert statuses.count(200) == 1
    # If the family was erased first, the others find the subject request closed.
    assert statuses.count(409) == 5, statuses


async def test_one_outside_the_caller_s_regions_is_not_found(caller: Client) -> None:
    request = await ask(caller, (await send_family(caller))["family"], "erase")
    await caller.sign_in(scopes=EVERYTHING, regions=["6371"])
    assert (await refuse(caller, request, "danger")).status_code == 404
    assert (await refuse(caller, str(uuid4()), "danger")).status_code == 404


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await refuse(client, str(uuid4()), "danger")).status_code == 403
