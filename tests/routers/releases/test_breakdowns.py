"""GET /v1/aggregates/{region}/{year}/breakdowns, which are made once, when all rounds of the villages are settled."""

from typing import Any

import pytest

from tests.support.accounts import OTHER_VILLAGE, act_as
from tests.support.batches import families, send, statuses
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client
from tests.support.releases import release
from tests.support.rounds import plan_round, settle

VILLAGE = LANDASAN_ULIN_SELATAN
CARD = f"/v1/aggregates/{VILLAGE}/2025"


async def survey(client: Client, *counts: tuple[str, int]) -> str:
    """Interviews families of villages in a round of July, approves and settles them. Returns the round's id."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    planned = await plan_round(client, *(village for village, _ in counts))
    for village, count in counts:
        assert set(statuses(await send(client, families(count, region=village)))) == {201}
    await approve(client, *(village for village, _ in counts))
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    await settle(client, planned)
    return planned


async def approve(client: Client, *villages: str) -> None:
    for village in villages:
        await act_as(client, ("supervisor", village))
        for before, after in (("accepted", "in_review"), ("in_review", "approved")):
            wanted = {"region": village, "year": 2025, "status": before}
            answer = await client.http.post("/v1/submissions/reviews", json={"status": after, "filter": wanted})
            assert answer.status_code == 200, answer.text


async def read(client: Client, region: str = VILLAGE, **query: Any) -> dict[str, Any]:
    await act_as(client, ("analyst", "ID"))
    answer = await client.get(f"/v1/aggregates/{region}/2025/breakdowns", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shown(found: dict[str, Any], breakdown: str = "head_sex") -> dict[str, list[dict[str, Any]]]:
    """By indicator, the groups that are shown."""
    (own,) = [each for each in found["breakdowns"] if each["code"] == breakdown]
    return {each["code"]: each["groups"] for each in own["indicators"] if each["groups"] is not None}


async def test_it_works(client: Client) -> None:
    await survey(client, (VILLAGE, 400))
    await release(client.app, cause="settled")
    found = await read(client)
    assert (found["families"], found["release"]["number"]) == (400, 1)
    groups = shown(found)
    assert len(groups) > 10
    await act_as(client, ("analyst", "ID"))
    whole = {each["code"]: each for each in (await client.get(CARD)).json()["indicators"]}
    for code, each in groups.items():
        assert [group["group"] for group in each] == ["female", "male"]
        assert sum(group["answered"] for group in each) == whole[code]["answered"]
        if all(group["unfulfilled"] for group in each):
            assert sum(group["unfulfilled"] for group in each) == whole[code]["unfulfilled"]
    # Fewer than 50 families have one or two members.
    assert [each["code"] for each in found["breakdowns"]] == ["head_sex"]


async def test_there_are_none_before_the_round_is_settled(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, families(200)))) == {201}
    await release(client.app)
    found = await read(client)
    assert (found["families"], found["breakdowns"]) == (200, [])


async def test_they_are_made_of_a_village_that_was_released_before_its_round_was_settled(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    planned = await plan_round(client, VILLAGE)
    assert set(statuses(await send(client, families(300)))) == {201}
    await release(client.app)
    await act_as(client, ("analyst", "ID"))
    before = (await client.get(CARD)).json()
    await approve(client, VILLAGE)
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    await settle(client, planned)
    await release(client.app, cause="settled")
    assert len(shown(await read(client))) > 10
    after = (await client.get(CARD)).json()
    # The figures are those of before, and so is what they count. A new basis would tell that no family changed since.
    assert (before["basis"], after["basis"]) == ("reported", "reported")
    assert after["indicators"] == before["indicators"]
    assert after["release"]["number"] == 2


async def test_they_are_made_once(client: Client) -> None:
    await survey(client, (VILLAGE, 300))
    first = await release(client.app, cause="settled")
    before = shown(await read(client))
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, families(330)[300:]))) == {201}
    await approve(client, VILLAGE)
    second = await release(client.app)
    assert second not in (None, first)
    found = await read(client)
    assert shown(found) == before
    assert found["families"] == 330
    again = await read(client, release=str(first))
    assert (again["families"], shown(again)) == (300, before)
    # It says where the groups are those of an earlier release.
    for breakdowns, same in ((found, False), (again, True)):
        told = [each for one in breakdowns["breakdowns"] for each in one["indicators"] if each["groups"] is not None]
        assert told
        assert same in {each["adds_up"] for each in told}
        assert same or not all(each["adds_up"] for each in told)


async def test_villages_that_are_too_small_alone_have_a_breakdown_together(client: Client) -> None:
    """Two villages of one district, of which neither has 50 answers of families with a female head."""
    sister = f"{VILLAGE[:6]}1001"
    await survey(client, (VILLAGE, 200), (sister, 200))
    await release(client.app, cause="settled")
    assert not any(each["code"] == "head_sex" for each in (await read(client))["breakdowns"])
    assert len(shown(await read(client, VILLAGE[:6]))) > 10


async def test_small_villages_of_a_district_are_counted_together(client: Client) -> None:
    sister = f"{VILLAGE[:6]}1001"
    await survey(client, (VILLAGE, 20), (sister, 25), (OTHER_VILLAGE, 40))
    await release(client.app, cause="settled")
    await act_as(client, ("analyst", "ID"))
    assert (await client.get(CARD)).json()["families"] == 0
    assert (await client.get(CARD.replace(VILLAGE, VILLAGE[:6]))).json()["families"] == 45
    assert (await client.get(CARD.replace(VILLAGE, "63"))).json()["families"] == 85


async def test_small_villages_of_a_later_round_are_counted_together_beside_those_of_the_first(client: Client) -> None:
    district = VILLAGE[:6]
    await survey(client, (VILLAGE, 20), (f"{district}1001", 25))
    first = await release(client.app, cause="settled")
    await survey(client, (f"{district}1002", 18), (f"{district}1003", 19))
    await release(client.app, cause="settled")
    await act_as(client, ("analyst", "ID"))
    path = CARD.replace(VILLAGE, district)
    assert (await client.get(path)).json()["families"] == 82
    assert (await client.get(path, release=str(first))).json()["families"] == 45
    assert (await client.get(CARD)).json()["families"] == 0


@pytest.mark.parametrize(("region", "status"), [("6371", 403), ("6399", 404)])
async def test_a_region_outside_or_unknown_is_refused(client: Client, region: str, status: int) -> None:
    await act_as(client, ("analyst", "6372"), *([("analyst", "63")] if status == 404 else []))
    assert (await client.get(f"/v1/aggregates/{region}/2025/breakdowns")).status_code == status
