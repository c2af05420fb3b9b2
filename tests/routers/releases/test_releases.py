"""GET /v1/releases, and the released figures that everybody reads who does not review interviews."""

import csv
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.accounts import OTHER_VILLAGE, act_as
from tests.support.batches import entry, families, send, statuses
from tests.support.factories import (
    EVERYTHING,
    GUNTUNG_MANGGIS,
    LANDASAN_ULIN_SELATAN,
    Client,
    codes_of,
    make_body,
)
from tests.support.releases import release
from tests.support.rounds import plan_round, settle

FILE = "ikk-29-2025.1"
VILLAGE, OTHER = LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS
CARD = f"/v1/aggregates/{VILLAGE}/2025"
COUNTS = ("fulfilled", "unfulfilled", "missing", "not_applicable")


@pytest.fixture
async def surveyed(client: Client) -> Client:
    """A client that may do everything, after 45 families of one village and 12 of another were interviewed."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, families(45)))) == {201}
    assert set(statuses(await send(client, families(12, region=OTHER)))) == {201}
    return client


async def as_analyst(client: Client, region: str = "63") -> Client:
    return await act_as(client, ("analyst", region))


async def card(client: Client, path: str = CARD, **query: Any) -> dict[str, Any]:
    answer = await client.get(path, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def figures_of(found: dict[str, Any]) -> dict[str, Any]:
    """What a release fixes, without the release itself and the progress."""
    return {name: value for name, value in found.items() if name not in ("release", "progress")}


async def test_it_works(surveyed: Client) -> None:
    made = await release(surveyed.app)
    listed = (await surveyed.get("/v1/releases", year=2025)).json()["items"]
    assert [(each["id"], each["number"], each["status"], each["villages"]) for each in listed] == [
        (str(made), 1, "made", 1)
    ]
    assert listed[0]["rules"]["base"] == 5
    assert (await surveyed.get(f"/v1/releases/{made}")).json() == listed[0]
    await as_analyst(surveyed)
    found = await card(surveyed)
    assert (found["protected"], found["release"]["id"], found["families"]) == (True, str(made), 45)
    entered = [each for each in found["indicators"] if "rounding" in each]
    assert len(entered) > 20
    for each in entered:
        base = each["rounding"]["base"]
        assert each["unfulfilled"] is None or each["unfulfilled"] % base == 0 or each["fulfilled"] % base == 0


async def test_a_supervisor_gets_exact_figures_and_everybody_else_released_ones(surveyed: Client) -> None:
    await release(surveyed.app)
    for role, region, exact in (
        ("supervisor", VILLAGE, True),
        ("supervisor", "6372", True),
        ("agency_administrator", "63", True),
        ("operator", "ID", True),
        ("analyst", VILLAGE, False),
        ("sensitive_reader", VILLAGE, False),
    ):
        await act_as(surveyed, (role, region))
        found = await card(surveyed)
        assert found["protected"] is not exact, role
        assert (found["release"] is None) == exact
    await act_as(surveyed, ("supervisor", OTHER), ("analyst", "63"))
    assert (await card(surveyed))["protected"]
    assert not (await card(surveyed, f"/v1/aggregates/{OTHER}/2025"))["protected"]


async def test_everybody_gets_the_same_bytes_of_a_region(surveyed: Client) -> None:
    await release(surveyed.app)
    seen = set()
    for role, region in (("analyst", "ID"), ("analyst", VILLAGE), ("sensitive_reader", "6372")):
        await act_as(surveyed, (role, region))
        found = await card(surveyed)
        del found["progress"]
        seen.add(str(found))
    await act_as(surveyed, ("supervisor", VILLAGE))
    chosen = await card(surveyed, release="latest")
    del chosen["progress"]
    assert seen == {str(chosen)}


async def test_without_a_release_there_is_progress_only(surveyed: Client) -> None:
    await as_analyst(surveyed)
    found = await card(surveyed)
    assert (found["release"], found["progress"]["families"], found["families"]) == (None, 45, 0)
    assert {each["reason"] for each in found["indicators"]} == {"not_released"}
    assert {each["share"] for each in found["indicators"]} == {None}


async def test_a_village_of_few_families_has_no_figures_of_its_own(surveyed: Client) -> None:
    await release(surveyed.app)
    await as_analyst(surveyed)
    few = await card(surveyed, f"/v1/aggregates/{OTHER}/2025")
    assert (few["progress"]["families"], few["families"], few["index"]["reason"]) == (12, 0, "small")
    nobody = await card(surveyed, "/v1/aggregates/6301012001/2025")
    assert (nobody["progress"]["families"], nobody["index"]["reason"]) == (0, "not_collected")
    # It is in no figure of the regions above either.
    assert (await card(surveyed, "/v1/aggregates/63/2025"))["families"] == 45


async def test_a_mean_that_would_tell_what_newcomers_answered_is_withheld_until_more_come(client: Client) -> None:
    async def release_with(seeds: range, strength: float) -> dict[str, Any]:
        await client.sign_in(scopes=EVERYTHING, regions=["ID"])
        bodies = [make_body(seed, strength=strength) for seed in seeds]
        assert set(statuses(await send(client, [entry(each) for each in bodies]))) == {201}
        await release(client.app)
        await as_analyst(client)
        return await card(client)

    first = await release_with(range(1, 46), 0.6)
    assert first["index"]["mean"] is not None
    perfect = await release_with(range(46, 56), 1.0)
    assert (perfect["families"], perfect["index"]["mean"], perfect["index"]["reason"]) == (55, None, "small")
    assert perfect["index"]["of_indicators"] is not None
    others = await release_with(range(56, 66), 0.6)
    assert others["families"] == 65
    assert others["index"]["mean"] is not None


async def test_nine_changed_families_move_no_byte_and_ten_move_their_village_and_those_above(surveyed: Client) -> None:
    third = OTHER_VILLAGE
    assert set(statuses(await send(surveyed, families(40, region=third)))) == {201}
    await release(surveyed.app)
    await as_analyst(surveyed)
    regions = (VILLAGE, third, VILLAGE[:6], third[:6], "6372", third[:4], "63", "ID")

    async def read_all() -> dict[str, dict[str, Any]]:
        await as_analyst(surveyed, "ID")
        return {each: figures_of(await card(surveyed, f"/v1/aggregates/{each}/2025")) for each in regions}

    before = await read_all()
    await surveyed.sign_in(scopes=EVERYTHING, regions=["ID"])
    added = families(55)[45:]
    assert set(statuses(await send(surveyed, added[:9]))) == {201}
    assert await release(surveyed.app) is not None
    assert await read_all() == before
    await surveyed.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(surveyed, added[9:]))) == {201}
    await release(surveyed.app)
    after = await read_all()
    assert {each for each in regions if after[each] != before[each]} == {VILLAGE, VILLAGE[:6], "6372", "63", "ID"}
    assert after[VILLAGE]["families"] == 55


async def test_an_earlier_release_never_changes(surveyed: Client) -> None:
    first = await release(surveyed.app)
    await as_analyst(surveyed)
    before = await card(surveyed, release=str(first))
    await surveyed.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(surveyed, families(70)[45:]))) == {201}
    second = await release(surveyed.app)
    await as_analyst(surveyed)
    again = await card(surveyed, release=str(first))
    assert figures_of(again) == figures_of(before)
    assert again["release"] == before["release"]
    latest = await card(surveyed)
    assert (latest["release"]["id"], latest["families"]) == (str(second), 70)
    listed = (await surveyed.get(f"/v1/releases/{second}")).json()
    assert (listed["previous"], listed["changed"]) == (str(first), 1)


async def test_nothing_new_makes_no_release(surveyed: Client) -> None:
    assert await release(surveyed.app) is not None
    assert await release(surveyed.app) is None


async def test_every_output_reads_the_same_release(surveyed: Client) -> None:
    await release(surveyed.app)
    await as_analyst(surveyed)
    whole = await card(surveyed)
    query = {"parent": VILLAGE[:6], "level": "village", "year": 2025}
    listed = (await surveyed.get("/v1/aggregates", **query, fields="indicators,categories")).json()["items"]
    (row,) = [each for each in listed if each["region"]["code"] == VILLAGE]
    trend = (await surveyed.get(f"/v1/aggregates/{VILLAGE}/trend", **{"from": 2025, "to": 2025})).json()["years"][0]
    profile = (await surveyed.get(f"/v1/regions/{VILLAGE}/profile/2025")).json()
    assert row["indicators"] == whole["indicators"]
    assert row["index"] == trend["index"] == whole["index"]
    assert profile["index"]["indices"][0]["mean"] == whole["index"]["mean"]
    table = (await surveyed.get("/v1/aggregates", **query, fields="indicators", format="csv")).text
    cells = {
        row["code"]: row
        for row in csv.DictReader(table.splitlines())
        if (row["region"], row["kind"], row["measure"]) == (VILLAGE, "indicator", "share")
    }
    for each in whole["indicators"]:
        row, rounding = cells[each["code"]], each.get("rounding", {"base": None, "fulfilled": None})
        shown = (each["share"], each.get("share_at_least"), rounding["base"], rounding["fulfilled"])
        names = ("value", "share_at_least", "base", "count_within")
        assert tuple(float(row[name]) if row[name] else None for name in names) == shown
        assert row["release"] == "1"


async def test_choices_among_exact_figures_are_refused_for_released_ones(surveyed: Client) -> None:
    await release(surveyed.app)
    await as_analyst(surveyed)
    answer = await surveyed.get(CARD, basis="approved", version="2025.1")
    assert answer.status_code == 422
    assert codes_of(answer) == {"basis": "only_exact", "version": "only_exact"}


@pytest.mark.parametrize("path", [CARD, f"/v1/aggregates?parent={VILLAGE[:6]}&level=village&year=2025"])
async def test_an_unknown_release_is_a_fault(surveyed: Client, path: str) -> None:
    made = await release(surveyed.app)
    await as_analyst(surveyed)
    for wrong in (str(uuid4()), "first"):
        answer = await surveyed.http.get(f"{path}{'&' if '?' in path else '?'}release={wrong}")
        assert answer.status_code == 422, answer.text
    other = await surveyed.get(CARD.replace("2025", "2024"), release=str(made))
    assert codes_of(other) == {"release": "unknown_release"}


@pytest.mark.parametrize(("language", "told"), [("en", "the id of a release"), ("id", "id sebuah rilis")])
async def test_a_release_that_is_no_name_is_told_both_names(client: Client, language: str, told: str) -> None:
    await as_analyst(client)
    for path in (CARD, f"/v1/aggregates/ranks?parent={VILLAGE[:6]}&level=village&year=2025"):
        named = f"{path}{'&' if '?' in path else '?'}release=abc"
        answer = await client.http.get(named, headers={"Accept-Language": language})
        assert answer.status_code == 422
        (fault,) = answer.json()["faults"]
        assert (fault["parameter"], fault["code"]) == ("release", "bad_format")
        assert "latest" in fault["message"]
        assert told in fault["message"]
        assert "UUID" in fault["message"]
        # `latest` alone would say that ids are not allowed.
        assert "options" not in fault


async def test_an_unknown_release_is_not_found(client: Client) -> None:
    await as_analyst(client)
    assert (await client.get(f"/v1/releases/{uuid4()}")).status_code == 404


async def test_a_settled_round_brings_a_release_of_approved_interviews(
    surveyed: Client, connection: Connection
) -> None:
    planned = await plan_round(surveyed, VILLAGE)
    wanted = {"region": VILLAGE, "year": 2025, "status": "accepted"}
    for status in ("in_review", "approved"):
        moved = {"status": status, "filter": {**wanted, "status": "accepted" if status == "in_review" else "in_review"}}
        await act_as(surveyed, ("supervisor", VILLAGE))
        answer = await surveyed.http.post("/v1/submissions/reviews", json=moved)
        assert answer.status_code == 200, answer.text
    await settle(surveyed, planned)
    await release(surveyed.app, cause="settled")
    await as_analyst(surveyed)
    found = await card(surveyed)
    assert (found["basis"], found["families"]) == ("approved", 45)
    assert (found["progress"]["expected"], found["progress"]["coverage"]) == (10, 450.0)
    # Nobody said how many families the other village of the regency has.
    above = await card(surveyed, "/v1/aggregates/6372/2025")
    assert (above["progress"]["families"], above["progress"]["expected"], above["progress"]["coverage"]) == (
        57,
        None,
        None,
    )


async def test_a_village_that_falls_below_thirty_families_loses_its_figures(surveyed: Client) -> None:
    first = await release(surveyed.app)
    await act_as(surveyed, ("supervisor", VILLAGE))
    listed = (await surveyed.get("/v1/submissions", region=VILLAGE, year=2025, limit=20)).json()["items"]
    ids = [each["id"] for each in listed]
    for status in ("in_review", "rejected"):
        comments = {"comments": [{"text": "Keluarga ini tidak ada"}]} if status == "rejected" else {}
        answer = await surveyed.http.post("/v1/submissions/reviews", json={"status": status, "ids": ids, **comments})
        assert answer.status_code == 200, answer.text
    second = await release(surveyed.app)
    assert second not in (None, first)
    await as_analyst(surveyed)
    found = await card(surveyed)
    assert (found["families"], found["progress"]["families"], found["index"]["reason"]) == (0, 25, "small")
    assert (await card(surveyed, "/v1/aggregates/63/2025"))["families"] == 0
    assert (await card(surveyed, release=str(first)))["families"] == 45
    assert (await surveyed.get(f"/v1/releases/{second}/villages", region="63")).text.count("\r\n") == 1
