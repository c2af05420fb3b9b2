"""Breakdowns by what a family or village is: children, older people, disability, kelurahan or desa, urban or rural."""

from typing import Any

from app.services.reference.urban import UrbanRow, load_urban
from tests.routers.releases.test_breakdowns import VILLAGE, shown
from tests.support.accounts import act_as
from tests.support.batches import entry, send, statuses
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.releases import release
from tests.support.rounds import plan_round, settle

DESA = "6303062001"
"""In another regency than VILLAGE, which is a kelurahan."""
JOINT = ("6303031001", "6303032002")
"""A kelurahan and a desa of one district."""
HAS = {"has_children": 5, "has_elderly": 5, "has_difficulty": 10}
"""Breakdowns that ikk-29 names, and the base of their counts where an indicator is not sensitive."""


async def survey(client: Client, *counts: tuple[str, int], older: str = "") -> None:
    """Interviews families of villages in a round of July 2026, approves and settles them, and releases their figures.

    older: the village in which they answer the version before. The first families of each village do not tell whether
    somebody has difficulty.
    """
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    days = {"opens_on": "2026-07-01", "closes_on": "2026-07-31", "version": "2026.2"}
    planned = await plan_round(client, *(village for village, _ in counts), **days)
    for village, count in counts:
        file = "ikk-29-2026.1" if village == older else "ikk-29-2026.2"
        bodies = [
            make_body(seed, file=file, region=village, surveyed_at="2026-07-09T03:00:00Z")
            for seed in range(1, count + 1)
        ]
        for body in bodies[:7]:
            body["answers"] |= {"difficulty": "refused"}
            body["answers"].pop("difficulty_served", None)
        assert set(statuses(await send(client, [entry(body) for body in bodies]))) == {201}
        await act_as(client, ("supervisor", village))
        for before, after in (("accepted", "in_review"), ("in_review", "approved")):
            wanted = {"region": village, "year": 2026, "status": before}
            answer = await client.http.post("/v1/submissions/reviews", json={"status": after, "filter": wanted})
            assert answer.status_code == 200, answer.text
        await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    await settle(client, planned)
    await release(client.app, cause="settled", year=2026)
    await act_as(client, ("analyst", "ID"))


async def classify(client: Client, **villages: str) -> None:
    async with client.app.state.database.session() as session:
        rows = [UrbanRow(at, code.removeprefix("v"), urban) for at, (code, urban) in enumerate(villages.items(), 2)]
        await load_urban(session, rows, "Peraturan BPS 120/2020")


async def read(client: Client, region: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The breakdowns of a region, and the indicators of its card by code."""
    groups = await client.get(f"/v1/aggregates/{region}/2026/breakdowns")
    card = await client.get(f"/v1/aggregates/{region}/2026")
    assert (groups.status_code, card.status_code) == (200, 200)
    return groups.json(), {each["code"]: each for each in card.json()["indicators"]}


def named(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["code"]: each for each in found["breakdowns"]}


def assert_adds_up(found: dict[str, Any], whole: dict[str, Any], breakdown: str) -> int:
    """Returns for how many indicators there are groups."""
    rows = shown(found, breakdown)
    for code, groups in rows.items():
        assert sum(each["answered"] or 0 for each in groups) == (whole[code]["answered"] or 0)
        for side in ("fulfilled", "unfulfilled"):
            if all(each[side] is not None for each in groups):
                assert sum(each[side] for each in groups) == whole[code][side]
    return len(rows)


async def test_it_works(client: Client) -> None:
    """Each is additive in the village, the regency and the province."""
    await classify(client, **{f"v{VILLAGE}": "yes", f"v{DESA}": "no"})
    await survey(client, (VILLAGE, 400), (DESA, 400))
    for region in (VILLAGE, VILLAGE[:4], "63"):
        found, whole = await read(client, region)
        for breakdown, base in HAS.items():
            assert assert_adds_up(found, whole, breakdown) > 5, (region, breakdown)
            own = named(found)[breakdown]
            assert [each["code"] for each in own["groups"]] == ["no", "yes"]
            assert all(each["name"].keys() >= {"id", "en"} for each in own["groups"])
            assert min(each["base"] for each in own["indicators"]) == base
    found, whole = await read(client, "63")
    assert named(found)["has_elderly"]["groups"][1]["name"]["id"] == "Ada lansia"
    assert "region.kind" not in named((await read(client, VILLAGE))[0])
    for breakdown, groups in (("region.kind", ["kelurahan", "desa"]), ("region.urban", ["urban", "rural"])):
        assert [each["code"] for each in named(found)[breakdown]["groups"]] == groups
        assert assert_adds_up(found, whole, breakdown) > 20


async def test_families_of_an_earlier_version_are_in_the_groups_of_the_latest(client: Client) -> None:
    """The facts that make the groups are only in the latest one."""
    await survey(client, (VILLAGE, 300), (DESA, 40), older=VILLAGE)
    assert [each["code"] for each in named((await read(client, VILLAGE))[0])["has_elderly"]["groups"]] == ["no", "yes"]


async def test_urban_or_rural_is_shown_where_every_village_is_known(client: Client) -> None:
    await classify(client, **{f"v{VILLAGE}": "yes"})
    await survey(client, (VILLAGE, 40), (DESA, 40))
    assert set(named((await read(client, "63"))[0])) == {"region.kind"}


async def test_small_villages_that_are_counted_together_are_in_one_group(client: Client) -> None:
    await classify(client, **{f"v{VILLAGE}": "yes", **{f"v{each}": "no" for each in JOINT}})
    await survey(client, (VILLAGE, 40), *((each, 20) for each in JOINT))
    found, whole = await read(client, "63")
    assert [each["code"] for each in named(found)["region.kind"]["groups"]] == ["kelurahan", "mixed"]
    assert [each["code"] for each in named(found)["region.urban"]["groups"]] == ["urban", "rural"]
    assert assert_adds_up(found, whole, "region.kind") > 10
    assert assert_adds_up(found, whole, "region.urban") > 10
