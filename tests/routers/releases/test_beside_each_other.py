"""Figures of one village that stand beside each other: of two instruments, and of villages that empty and come back."""

from collections.abc import Iterable
from typing import Any

import pytest

from app.protection.plan import Plan
from tests.routers.releases.test_breakdowns import CARD as DISTRICT_CARD
from tests.routers.releases.test_breakdowns import approve, read, shown, survey
from tests.routers.releases.test_releases import FILE, as_analyst, card
from tests.support.accounts import act_as
from tests.support.batches import entry, families, send, statuses
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument, make_body
from tests.support.releases import release
from tests.support.rounds import plan_round, settle

VILLAGE = LANDASAN_ULIN_SELATAN
OTHER_FILE = "ketahanan-24-2016.1"
SISTER = f"{VILLAGE[:6]}1001"


def interviews(seeds: Iterable[int], *, file: str = FILE, carded: bool = True, region: str = VILLAGE) -> list[Any]:
    """Interviews of the same families by whichever instrument."""
    found = []
    for seed in seeds:
        family = dict(make_body(seed)["family"])
        if not carded:
            family.pop("card_number", None)
        found.append(entry({**make_body(seed, file=file, region=region), "family": family}))
    return found


async def store(client: Client, entries: list[Any]) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, entries))) <= {201}


def shared_codes(own: int) -> set[str]:
    """The indicators of one of the two instruments whose rule is the other's, too."""
    rules = [
        {each.rule: each.code for each in Plan.of(instrument(name)).main.indicators} for name in (FILE, OTHER_FILE)
    ]
    return {rules[own][rule] for rule in rules[0].keys() & rules[1].keys()}


def told(found: dict[str, Any]) -> set[str]:
    return {each["code"] for each in found["indicators"] if each["answered"] is not None}


@pytest.mark.parametrize("carded", [True, False])
async def test_two_instruments_asked_of_the_same_families_tell_a_rule_once(client: Client, *, carded: bool) -> None:
    await store(client, interviews(range(1, 46), carded=carded))
    await store(client, interviews(range(1, 46), file=OTHER_FILE, carded=carded))
    await release(client.app)
    await release(client.app, instrument="ketahanan-24")
    await as_analyst(client)
    found = await card(client, instrument="ketahanan-24")
    assert found["families"] == 45
    assert len(shared_codes(1)) == 19
    assert told(found)
    assert not told(found) & shared_codes(1)
    assert len(told(await card(client))) > 20


async def test_an_instrument_tells_nothing_that_an_earlier_release_of_another_told_of_nearly_the_same(
    client: Client,
) -> None:
    """One family more than in the first release, and far fewer than in the second."""
    await store(client, interviews(range(1, 46)))
    first = await release(client.app)
    await store(client, interviews(range(50, 62)))
    await release(client.app)
    await store(client, interviews(range(1, 47), file=OTHER_FILE))
    await release(client.app, instrument="ketahanan-24")
    await as_analyst(client)
    assert (await card(client))["families"] == 57
    assert (await card(client, release=str(first)))["families"] == 45
    found = await card(client, instrument="ketahanan-24")
    assert found["families"] == 46
    assert not told(found) & shared_codes(1)


async def test_other_families_are_told_by_both(client: Client) -> None:
    await store(client, interviews(range(1, 46)))
    await store(client, interviews(range(101, 161), file=OTHER_FILE))
    await release(client.app)
    await release(client.app, instrument="ketahanan-24")
    await as_analyst(client)
    assert told(await card(client, instrument="ketahanan-24")) & shared_codes(1)


async def test_a_rule_that_the_other_instrument_left_out_is_told(client: Client) -> None:
    """The second instrument is asked of 8 more families, so it leaves out what the first one tells of 45."""
    await store(client, interviews(range(1, 46)))
    await release(client.app)
    await store(client, interviews(range(1, 54), file=OTHER_FILE))
    await release(client.app, instrument="ketahanan-24")
    await store(client, interviews(range(46, 58)))
    await release(client.app)
    await as_analyst(client)
    assert not told(await card(client, instrument="ketahanan-24")) & shared_codes(1)
    found = await card(client)
    assert found["families"] == 57
    assert told(found) & shared_codes(0)


async def reject(client: Client, count: int, region: str = VILLAGE) -> None:
    await act_as(client, ("supervisor", region))
    listed = (await client.get("/v1/submissions", region=region, year=2025, limit=1000)).json()["items"]
    ids = [each["id"] for each in listed if each["status"] != "rejected"][:count]
    for status in ("in_review", "rejected"):
        comments = {"comments": [{"text": "Keluarga ini tidak ada"}]} if status == "rejected" else {}
        answer = await client.http.post("/v1/submissions/reviews", json={"status": status, "ids": ids, **comments})
        assert answer.status_code == 200, answer.text


async def test_a_village_without_any_family_left_loses_its_figures(client: Client) -> None:
    await store(client, interviews(range(1, 46)))
    first = await release(client.app)
    await reject(client, 45)
    await release(client.app)
    await as_analyst(client)
    assert (await card(client))["families"] == 0
    assert (await card(client, "/v1/aggregates/63/2025"))["families"] == 0
    assert (await card(client, release=str(first)))["families"] == 45


async def test_figures_that_were_withdrawn_come_back_as_they_were_if_few_changed(client: Client) -> None:
    """Otherwise only a village with exactly the same families as before would have figures again."""
    await store(client, interviews(range(1, 46)))
    await release(client.app)
    await as_analyst(client)
    before = (await card(client))["indicators"]
    await reject(client, 20)
    await release(client.app)
    await as_analyst(client)
    assert (await card(client))["families"] == 0
    # The same families again but for one, which is another.
    await act_as(client, ("supervisor", VILLAGE))
    listed = (await client.get("/v1/submissions", region=VILLAGE, year=2025, limit=1000)).json()["items"]
    ids = [each["id"] for each in listed if each["status"] == "rejected"][:19]
    answer = await client.http.post("/v1/submissions/reviews", json={"status": "in_review", "ids": ids})
    assert answer.status_code == 200, answer.text
    await store(client, interviews([99]))
    await release(client.app)
    await as_analyst(client)
    found = await card(client)
    assert (found["families"], found["progress"]["families"]) == (45, 45)
    assert found["indicators"] == before


@pytest.mark.parametrize("between", [False, True])
async def test_a_village_that_is_refilled_with_other_families_shows_these(client: Client, *, between: bool) -> None:
    """Their outcomes hardly differ in number from those of before. between: whether a release is made when all left"""
    await store(client, interviews(range(1, 46)))
    await release(client.app)
    await reject(client, 45)
    if between:
        await release(client.app)
    await store(client, interviews(range(101, 151)))
    await release(client.app)
    await as_analyst(client)
    found = await card(client)
    assert (found["families"], found["progress"]["families"]) == (50, 50)


async def test_an_instrument_that_leaves_a_rule_out_tells_no_mean(client: Client) -> None:
    """The mean was kept off the counts beside it only, and not off what the other instrument tells."""
    await store(client, interviews(range(1, 46)))
    await store(client, interviews(range(1, 46), file=OTHER_FILE))
    await release(client.app)
    await release(client.app, instrument="ketahanan-24")
    await as_analyst(client)
    assert (await card(client))["index"]["mean"] is not None
    found = (await card(client, instrument="ketahanan-24"))["index"]
    assert (found["mean"], found["reason"]) == (None, "small")


async def test_villages_together_change_by_the_same_rule_as_one(client: Client) -> None:
    path = DISTRICT_CARD.replace(VILLAGE, VILLAGE[:6])
    await survey(client, (VILLAGE, 20), (SISTER, 25))
    first = await release(client.app, cause="settled")
    for more, counted in ((9, 45), (1, 55)):
        await store(client, interviews(range(200 + more * 10, 200 + more * 11)))
        await approve(client, VILLAGE)
        await release(client.app)
        await act_as(client, ("analyst", "ID"))
        assert (await client.get(path)).json()["families"] == counted
    assert (await client.get(path, release=str(first))).json()["families"] == 45


async def test_villages_together_lose_their_figures_if_only_a_handful_is_left_beside_one_of_them(
    client: Client,
) -> None:
    await survey(client, (VILLAGE, 28), (SISTER, 25))
    await release(client.app, cause="settled")
    await as_analyst(client)
    assert (await card(client, DISTRICT_CARD.replace(VILLAGE, VILLAGE[:6])))["families"] == 53
    await reject(client, 16, SISTER)
    await release(client.app)
    await as_analyst(client)
    assert (await card(client, DISTRICT_CARD.replace(VILLAGE, VILLAGE[:6])))["families"] == 0


async def test_a_village_that_was_told_alone_is_never_told_together_with_others(client: Client) -> None:
    """Not by another instrument either. The same families under two secrets, or in two means, would be known better."""
    await store(client, interviews(range(1, 46), file=OTHER_FILE))
    await release(client.app, instrument="ketahanan-24")
    await survey(client, (VILLAGE, 20), (SISTER, 25))
    await release(client.app, cause="settled")
    await act_as(client, ("analyst", "ID"))
    assert (await client.get(DISTRICT_CARD.replace(VILLAGE, VILLAGE[:6]))).json()["families"] == 0


async def test_a_restated_year_counts_small_villages_together_or_names_them(client: Client) -> None:
    await survey(client, (VILLAGE, 20), (SISTER, 25), (GUNTUNG_MANGGIS, 40))
    await release(client.app, cause="settled")
    await as_analyst(client)
    regency = await card(client, "/v1/aggregates/6372/2025/restated")
    whole = await card(client, "/v1/aggregates/6372/2025")
    assert (whole["families"], regency["figures"]["families"], regency["without_figures"]) == (85, 85, [])
    assert regency["figures"]["indicators"][0]["fulfilled"] == whole["indicators"][0]["fulfilled"]
    village = await card(client, f"/v1/aggregates/{VILLAGE}/2025/restated")
    assert (village["figures"], village["without_figures"]) == (None, [VILLAGE])


async def test_a_village_that_was_told_together_with_others_is_never_told_alone(client: Client) -> None:
    await survey(client, (VILLAGE, 20), (SISTER, 25))
    await release(client.app, cause="settled")
    await store(client, interviews(range(301, 346), file=OTHER_FILE))
    await release(client.app, instrument="ketahanan-24")
    await as_analyst(client)
    assert (await card(client, instrument="ketahanan-24"))["families"] == 0


async def test_breakdowns_are_made_though_a_few_families_of_the_figures_were_not_approved(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    planned = await plan_round(client, VILLAGE)
    assert set(statuses(await send(client, families(400)))) == {201}
    await release(client.app)
    await reject(client, 5)
    await approve(client, VILLAGE)
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    await settle(client, planned)
    await release(client.app, cause="settled")
    groups = shown(await read(client))
    assert len(groups) > 10
    await as_analyst(client)
    whole = {each["code"]: each for each in (await card(client))["indicators"]}
    for code, each in groups.items():
        assert sum(group["answered"] for group in each) == whole[code]["answered"]
