"""GET /v1/statistics/cases/{region}/{period}: what of a report whom is shown."""

import pytest

from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.cases import path_of, report
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client

SMALL = (
    {"victims": 35},
    {"sex": "male", "victims": 5},
    {"sex": "female", "victims": 30},
    {"place": "school", "victims": 35},
)
ANALYST, SENSITIVE = ("analyst", "63"), ("sensitive_reader", "63")


async def test_it_works(caller: Client) -> None:
    """The sender reads its own report whole. Others get no small count, and none that gives one away."""
    await caller.http.put(path_of("6372", "2023"), json=report(*SMALL))
    own = (await caller.get(path_of("6372", "2023"))).json()["verified"]
    assert own["own"] is True
    assert {"sex": "male", "victims": 5} in own["counts"]
    await act_as(caller, ANALYST)
    others = (await caller.get(path_of("6372", "2023"))).json()["verified"]
    assert others["own"] is False
    assert others["counts"] == [
        {"victims": 35},
        {"sex": "male", "hidden": ["victims"]},
        {"sex": "female", "hidden": ["victims"]},
        {"place": "school", "victims": 35},
    ]


async def test_what_was_not_reported_is_not_zero(caller: Client) -> None:
    await caller.http.put(path_of("6372", "2023"), json=report({"cases": 0, "victims": None}))
    found = (await caller.get(path_of("6372", "2023"))).json()
    assert found["verified"]["counts"] == [{"cases": 0}]
    assert found["provisional"] is None
    nothing = (await caller.get(path_of("6371", "2023"))).json()
    assert (nothing["verified"], nothing["provisional"]) == (None, None)


async def test_who_may_read_sensitive_figures_reads_small_counts_above_a_village(caller: Client) -> None:
    for region in ("6372", "637206", LANDASAN_ULIN_SELATAN):
        await caller.http.put(path_of(region, "2023"), json=report(*SMALL))
    await act_as(caller, SENSITIVE)
    shown = {
        region: (await caller.get(path_of(region, "2023"))).json()["verified"]["counts"][1]
        for region in ("6372", "637206", LANDASAN_ULIN_SELATAN)
    }
    assert shown["6372"] == shown["637206"] == {"sex": "male", "victims": 5}
    assert shown[LANDASAN_ULIN_SELATAN] == {"sex": "male", "hidden": ["victims"]}


async def test_another_agency_gets_no_more_than_others(caller: Client) -> None:
    await caller.http.put(path_of("6372", "2023"), json=report(*SMALL))
    await act_as(caller, ("agency_administrator", "63"))
    found = (await caller.get(path_of("6372", "2023"))).json()["verified"]
    assert (found["own"], found["counts"][1]) == (False, {"sex": "male", "hidden": ["victims"]})


async def test_an_agency_without_aggregates_reads_its_own(client: Client) -> None:
    await client.sign_in(scopes=["statistics:write"], regions=["6372"])
    await client.http.put(path_of("6372", "2023"), json=report(*SMALL))
    assert (await client.get(path_of("6372", "2023"))).json()["verified"]["counts"][1] == {"sex": "male", "victims": 5}


async def test_a_sibling_outside_the_readers_area_covers_too(client: Client) -> None:
    """The reader of one regency gets the same as a reader of the province, who could subtract."""
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    for region, count in (("6371", 5), ("6372", 12), ("6301", 40), ("63", 57)):
        await client.http.put(path_of(region, "2023"), json=report({"victims": count}))
    await act_as(client, ("analyst", "6372"))
    assert (await client.get(path_of("6372", "2023"))).json()["verified"]["counts"] == [{"hidden": ["victims"]}]
    await act_as(client, ANALYST)
    found = {
        region: (await client.get(path_of(region, "2023"))).json()["verified"]["counts"][0].get("victims")
        for region in ("6371", "6372", "6301", "63")
    }
    assert found == {"6371": None, "6372": None, "6301": 40, "63": 57}


async def test_reading_small_counts_is_audited(caller: Client, connection: Connection) -> None:
    await caller.http.put(path_of("6372", "2023"), json=report(*SMALL))
    await act_as(caller, ANALYST)
    await caller.get(path_of("6372", "2023"))
    read = "SELECT region, detail FROM audited WHERE kind = 'statistics.read'"
    assert await connection.fetch(read) == []
    await act_as(caller, SENSITIVE)
    await caller.get(path_of("6372", "2023"))
    rows = await connection.fetch(read)
    assert [row["region"] for row in rows] == ["6372"]


@pytest.mark.parametrize("path", ["6399/2023", "637201/2023/revision"])
async def test_an_unknown_region_is_not_found(caller: Client, path: str) -> None:
    assert (await caller.get(f"/v1/statistics/cases/{path}")).status_code == 404


async def test_the_revisions_name_their_senders_and_hold_no_counts(caller: Client) -> None:
    path = path_of("6372", "2023")
    await caller.http.put(path, json=report(*SMALL))
    await caller.http.put(path, json=report({"victims": 41}))
    await caller.http.delete(path, params={"status": "verified"})
    await caller.http.put(path, json=report({"victims": 43}, status="provisional"))
    found = (await caller.get(f"{path}/revisions")).json()
    assert (found["region"], found["dotted"], found["period"]) == ("6372", "63.72", "2023")
    told = [
        (each["status"], each["revision"], each["rows"], each["ended_at"] is None, each["withdrawn_by"] is None)
        for each in found["revisions"]
    ]
    assert told == [
        ("provisional", 1, 1, True, True),
        ("verified", 2, 1, False, False),
        ("verified", 1, 4, False, True),
    ]
    assert {each["sender"]["id"] for each in found["revisions"]} == {caller.agency_id}
    assert "41" not in str([each["rows"] for each in found["revisions"]])
