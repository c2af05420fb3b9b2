"""A family counts once a year in each instrument, whoever interviews it, and lists say what does not count and why."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.routers.families.test_settle_identity import NEW, OLD, settle
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import CARD, put, told
from tests.support.subject_requests import count_families, serve

VILLAGE = LANDASAN_ULIN_SELATAN


def on(day: str, seed: int = 1, card: str | None = CARD, **family: Any) -> dict[str, Any]:
    """An interview at eight o'clock of a day. Seeds give other answers."""
    return {**told(seed, card, **family), "surveyed_at": f"{day}T08:00:00+08:00"}


async def states(client: Client, **query: Any) -> dict[str, str | None]:
    """Why each listed submission does not count, or None."""
    rows = (await client.get("/v1/submissions", **query)).json()["items"]
    assert all(each["counts"] is (each["uncounted"] is None) for each in rows)
    return {each["id"]: each["uncounted"] for each in rows}


async def mean(client: Client, year: int = 2025) -> float:
    value: float = (await client.get(f"/v1/aggregates/{VILLAGE}/{year}")).json()["index"]["mean"]
    return value


async def test_it_works(caller: Client) -> None:
    """The interview with the later date counts, and the answer that arrives later carries a warning."""
    first = await put(caller, on("2025-03-01", 1))
    second = await put(caller, on("2025-09-01", 2))
    assert (first["counts"], first["uncounted"], codes(first)) == (True, None, ["card_region_unknown"])
    assert (second["counts"], second["uncounted"]) == (True, None)
    assert codes(second) == ["card_region_unknown", "interviewed_before"]
    assert await count_families(caller, VILLAGE) == await count_families(caller, "63") == 1
    assert await mean(caller) == second["score"]["index"] != first["score"]["index"]
    assert await states(caller) == {first["id"]: "later_interview", second["id"]: None}
    assert (await caller.get(f"/v1/submissions/{first['id']}")).json()["uncounted"] == "later_interview"


def codes(receipt: dict[str, Any]) -> list[str]:
    return [each["code"] for each in receipt["warnings"]]


async def test_an_earlier_interview_that_arrives_later_does_not_count(caller: Client) -> None:
    first = await put(caller, on("2025-09-01", 1))
    second = await put(caller, on("2025-03-01", 2))
    assert (second["counts"], second["uncounted"]) == (False, "later_interview")
    assert "interviewed_before" in codes(second)
    assert await mean(caller) == first["score"]["index"]


async def test_of_two_at_the_same_moment_the_one_received_last_counts(caller: Client) -> None:
    first, second = await put(caller, on("2025-09-01", 1)), await put(caller, on("2025-09-01", 2))
    assert await states(caller) == {first["id"]: "later_interview", second["id"]: None}


async def test_a_resend_says_what_counts_now(caller: Client) -> None:
    uuid, body = uuid4(), on("2025-03-01")
    await put(caller, body, uuid)
    await put(caller, on("2025-09-01", 2))
    again = await caller.put(body, uuid)
    assert (again.status_code, again.json()["counts"], again.json()["uncounted"]) == (200, False, "later_interview")
    assert await count_families(caller) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"surveyed_at": "2024-03-01T08:00:00+08:00"},
        {"family": {"card_number": "6372010101100002", "head_sex": "female", "members": 4}},
        {"family": {"head_sex": "female", "members": 4}},
        {"region": GUNTUNG_MANGGIS},
    ],
    ids=["year", "card", "no card", "village"],
)
async def test_another_year_card_or_village_counts_beside_it(caller: Client, other: dict[str, Any]) -> None:
    first = await put(caller, on("2025-03-01"))
    second = await put(caller, {**on("2025-09-01", 2), **other})
    assert await states(caller) == {first["id"]: None, second["id"]: None}
    assert "interviewed_before" not in codes(second)


async def test_the_local_year_decides(caller: Client) -> None:
    """Half past four in the afternoon of New Year's Eve in UTC is the new year in Kalimantan."""
    first = await put(caller, {**on("2025-03-01"), "surveyed_at": "2025-12-31T15:59:59Z"})
    second = await put(caller, {**on("2025-03-01", 2), "surveyed_at": "2025-12-31T16:30:00Z"})
    assert await states(caller) == {first["id"]: None, second["id"]: None}
    assert await count_families(caller, year=2025) == await count_families(caller, year=2026) == 1


async def test_many_at_once_count_once(caller: Client) -> None:
    bodies = [on(f"2025-03-{day:02}", day) for day in range(1, 13)]
    answers = await asyncio.gather(*(caller.put(body) for body in bodies))
    assert {each.status_code for each in answers} == {201}
    assert await count_families(caller) == 1
    assert await mean(caller) == answers[-1].json()["score"]["index"]
    counting = await states(caller, counts="true")
    assert counting == {answers[-1].json()["id"]: None}


async def test_a_correction_of_the_date_changes_which_counts(caller: Client) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    done = await serve(caller, first["family"], "correct", {"submissions": {first["id"]: on("2025-12-01", 3)}})
    assert [each["families"] for each in done["affected"]] == [{"before": 1, "after": 1}]
    assert await states(caller) == {first["id"]: None, second["id"]: "later_interview"}
    assert await mean(caller) == (await caller.get(f"/v1/submissions/{first['id']}")).json()["score"]["index"]


async def test_a_correction_to_another_year_lets_both_count(caller: Client) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    done = await serve(caller, first["family"], "correct", {"submissions": {second["id"]: on("2026-01-15", 2)}})
    assert {(each["year"], each["families"]["after"]) for each in done["affected"]} == {(2025, 1), (2026, 1)}
    assert set((await states(caller)).values()) == {None}
    assert await mean(caller, 2025) == first["score"]["index"]


async def test_what_is_restricted_does_not_count_and_counts_once_when_it_is_lifted(caller: Client) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await serve(caller, first["family"], "restrict")
    assert set((await states(caller, counts="false")).values()) == {"restricted"}
    lifted = await serve(caller, first["family"], "lift")
    assert [each["families"] for each in lifted["affected"]] == [{"before": 0, "after": 1}]
    assert await states(caller) == {first["id"]: "later_interview", second["id"]: None}


async def test_people_who_are_not_the_same_count_both_until_it_is_settled(caller: Client) -> None:
    first = await put(caller, on("2025-03-01", 1, people=OLD))
    second = await put(caller, on("2025-09-01", 2, people=NEW))
    assert codes(second)[-1] == "identity_changed"
    assert await states(caller) == {first["id"]: None, second["id"]: None}
    third = await put(caller, on("2025-10-01", 3, people=NEW))
    assert await states(caller) == {first["id"]: None, second["id"]: "later_interview", third["id"]: None}
    settled = (await settle(caller, first["family"], **{"as": "same"})).json()
    assert [each["families"] for each in settled["affected"]] == [{"before": 2, "after": 1}]
    assert await states(caller, counts="true") == {third["id"]: None}


async def test_people_who_are_another_family_go_on_counting(caller: Client) -> None:
    first = await put(caller, on("2025-03-01", 1, people=OLD))
    second = await put(caller, on("2025-09-01", 2, people=NEW))
    settled = (await settle(caller, first["family"], **{"as": "another"})).json()
    assert [each["families"] for each in settled["affected"]] == [{"before": 2, "after": 2}]
    assert await states(caller) == {first["id"]: None, second["id"]: None}
    body = (await caller.get(f"/v1/aggregates/{VILLAGE}/2025")).json()
    # The card number stays with the other family.
    assert (body["families"], body["families_without_card"]) == (2, 1)


async def test_cards_tell_how_many_families_have_no_card_number(caller: Client) -> None:
    await put(caller, on("2025-03-01", 1))
    nameless = await put(caller, on("2025-03-01", 2, None))
    for path in (f"/v1/aggregates/{VILLAGE}/2025", "/v1/aggregates/63/2025"):
        body = (await caller.get(path)).json()
        assert (body["families"], body["families_without_card"]) == (2, 1)
    rows = (await caller.get("/v1/aggregates", parent=VILLAGE[:6], level="village", year=2025)).json()["items"]
    assert {each["families_without_card"] for each in rows if each["families"]} == {1}
    # The data protection officer adds the number.
    identity = {"card_number": "6372010101100009"}
    await serve(caller, nameless["family"], "correct", {"identity": identity})
    body = (await caller.get(f"/v1/aggregates/{VILLAGE}/2025")).json()
    assert (body["families"], body["families_without_card"]) == (2, 0)
    await serve(caller, nameless["family"], "erase")
    body = (await caller.get(f"/v1/aggregates/{VILLAGE}/2025")).json()
    assert (body["families"], body["families_without_card"]) == (1, 0)


async def test_a_family_whose_card_number_is_taken_back_has_none(caller: Client) -> None:
    sent = await put(caller, on("2025-03-01", 1))
    people = {"people": [{"name": "Budi", "relation": "head"}], "basis": "public_task"}
    done = await serve(caller, sent["family"], "correct", {"identity": people})
    assert [each["families"] for each in done["affected"]] == [{"before": 1, "after": 1}]
    await put(caller, on("2025-09-01", 2))
    body = (await caller.get(f"/v1/aggregates/{VILLAGE}/2025")).json()
    assert (body["families"], body["families_without_card"]) == (2, 1)


@pytest.mark.parametrize("by", ["card", "nik"])
async def test_a_number_known_in_another_village_only_tells_supervisors(caller: Client, by: str) -> None:
    """It names neither the village nor the family, and changes no figure."""
    person: dict[str, Any] = {"people": [{"name": "Siti Aminah", "nik": "6372014101900001", "sex": "female"}]}
    here = await put(caller, on("2025-03-01", 1, **person))
    told_there = on("2025-09-01", 2) if by == "card" else on("2025-09-01", 2, "6372010101100002", **person)
    await act_as(caller, ("kader", GUNTUNG_MANGGIS), id=(sender := str(uuid4())))
    there = await put(caller, {**told_there, "region": GUNTUNG_MANGGIS})
    assert "moved" not in there
    (row,) = (await caller.get("/v1/submissions")).json()["items"]
    assert (row["id"], row["moved"]) == (there["id"], None)
    assert (await caller.get("/v1/submissions", moved="true")).json()["items"] == []
    # With the scope of a supervisor too, the sender could ask for any number whether it is known elsewhere.
    await act_as(caller, ("supervisor", GUNTUNG_MANGGIS[:6]), id=sender)
    (row,) = (await caller.get("/v1/submissions")).json()["items"]
    assert (row["id"], row["moved"]) == (there["id"], None)
    for moved in ("true", "false"):
        assert (await caller.get("/v1/submissions", moved=moved)).json()["items"] == []
    await act_as(caller, ("supervisor", GUNTUNG_MANGGIS[:6]))
    (row,) = (await caller.get("/v1/submissions", moved="true")).json()["items"]
    assert (row["id"], row["counts"]) == (there["id"], True)
    assert (await caller.get("/v1/submissions", moved="false")).json()["items"] == []
    await act_as(caller, ("supervisor", VILLAGE))
    assert (await caller.get("/v1/submissions", moved="true")).json()["items"] == []
    assert [each["id"] for each in (await caller.get("/v1/submissions")).json()["items"]] == [here["id"]]
    await act_as(caller, ("supervisor", "6372"))
    assert await count_families(caller, "6372") == 2


async def test_a_number_of_a_restricted_family_tells_nobody(caller: Client) -> None:
    first = await put(caller, on("2025-03-01", 1))
    await serve(caller, first["family"], "restrict")
    await put(caller, {**on("2025-09-01", 2), "region": GUNTUNG_MANGGIS})
    assert (await caller.get("/v1/submissions", moved="true")).json()["items"] == []


async def test_pages_of_what_does_not_count_go_on_where_they_ended(caller: Client) -> None:
    cards = [f"637201010110{number:04}" for number in range(1, 6)]
    for card in cards:
        await put(caller, on("2025-03-01", 1, card))
        await put(caller, on("2025-09-01", 2, card))
    seen, query = list[str](), dict[str, Any]()
    while query.get("cursor", "") is not None:
        page = (await caller.get("/v1/submissions", counts="false", limit=2, **query)).json()
        seen += [each["id"] for each in page["items"]]
        query = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 5


async def test_sums_say_how_many_families_they_hold_and_refuse_more(caller: Client, connection: Connection) -> None:
    await put(caller, on("2025-03-01", 1))
    assert await connection.fetchval("SELECT families FROM village_sums") == 1
    await connection.execute("UPDATE village_sums SET families = 999999999")
    answer = await caller.put(on("2025-03-01", 2, "6372010101100002"))
    assert answer.status_code == 500
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1
