"""POST /v1/families/{id}/earlier-identities/{earlier}/settle, and what is kept aside until then."""

import json
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import Response

from app.platform.database import Connection
from app.platform.encryption import Vault
from tests.support.factories import EVERYTHING, Client, codes_of, make_body
from tests.support.families import CARD, counted, find, identity_of, put, rotate, state_purpose, take, told
from tests.support.subject_requests import ask, count_families, fulfil, serve

SITI, BUDI, WATI = "6372014101900001", "6372010101850002", "6372014101950003"
OLD = [{"name": "Siti Aminah", "nik": SITI, "sex": "female"}, {"name": "Budi", "nik": BUDI}]
NEW = [{"name": "Wati", "nik": WATI}]


def interview(seed: int, year: int, people: list[dict[str, Any]] | None = None, **family: Any) -> dict[str, Any]:
    """An interview in a year. Seeds give other answers."""
    named: dict[str, Any] = {} if people is None else {"people": people}
    return {**told(seed, **named, **family), "surveyed_at": f"{year}-07-29T01:12:00Z", "basis": "public_task"}


async def changed_family(client: Client) -> tuple[str, str, str]:
    """A family that a later interview names anew. Returns its id and those of the two submissions."""
    first = await put(client, interview(1, 2025, OLD, address="Jalan Lama 1"))
    second = await put(client, interview(2, 2026, NEW))
    assert first["family"] == second["family"]
    return first["family"], first["id"], second["id"]


async def unsettled(client: Client, family: str) -> list[dict[str, Any]]:
    response = await client.get(f"/v1/families/{family}")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["earlier_identities"]
    return found


async def settle(client: Client, family: str, **body: Any) -> Response:
    """Settles the family's oldest earlier identity."""
    (earlier, *_) = await unsettled(client, family)
    return await client.http.post(f"/v1/families/{family}/earlier-identities/{earlier['id']}/settle", json=body)


async def families_with(client: Client, nik: str) -> list[str]:
    return [each["family"] for each in (await find(client, nik=nik)).json()["items"]]


async def test_it_works_for_another_family(caller: Client, connection: Connection, app: FastAPI) -> None:
    family, first, second = await changed_family(caller)
    sums = await connection.fetch("SELECT year, families, sums FROM village_sums ORDER BY year")
    answer = await settle(caller, family, **{"as": "another"})
    assert answer.status_code == 200, answer.text
    settled = answer.json()
    other = settled["other_family"]
    assert (settled["family"], settled["as"], settled["submissions"]) == (family, "another", [first])
    assert other not in (None, family)
    assert await families_with(caller, SITI) == await families_with(caller, BUDI) == [other]
    assert await families_with(caller, WATI) == [family]
    assert [each["family"] for each in (await find(caller, card_number=CARD)).json()["items"]] == [family]
    kept = await identity_of(connection, app, other)
    assert (kept["people"], kept["address"]) == (OLD, "Jalan Lama 1")
    assert "card_number" not in kept
    assert (await caller.get(f"/v1/submissions/{first}")).json()["family"] == other
    assert (await caller.get(f"/v1/submissions/{second}")).json()["family"] == family
    assert await connection.fetch("SELECT year, families, sums FROM village_sums ORDER BY year") == sums
    # The card number stayed with the other family.
    assert await connection.fetchval("SELECT sum(without_card) FROM village_sums") == 1
    assert await unsettled(caller, family) == []


async def test_it_works_for_the_same_family(caller: Client, connection: Connection, app: FastAPI) -> None:
    family, first, _ = await changed_family(caller)
    answer = await settle(caller, family, **{"as": "same"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["other_family"], answer.json()["submissions"], answer.json()["numbers"]) == (None, [], 2)
    assert await families_with(caller, SITI) == []
    assert await families_with(caller, WATI) == [family]
    assert await connection.fetchval("SELECT count(*) FROM earlier_identity") == 0
    assert (await caller.get(f"/v1/submissions/{first}")).json()["family"] == family
    assert (await identity_of(connection, app, family))["people"] == NEW


async def test_the_same_family_may_keep_its_earlier_numbers(caller: Client, app: FastAPI) -> None:
    family, *_ = await changed_family(caller)
    assert (await settle(caller, family, **{"as": "same", "keep_numbers": True})).json()["numbers"] == 4
    rotate(app, "identity", "matching")
    for nik in (SITI, BUDI, WATI):
        assert await families_with(caller, nik) == [family]
    await state_purpose(caller, family)
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["earlier_niks"] == [SITI, BUDI]


async def test_until_it_is_settled_the_family_is_found_by_all_its_numbers(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    family, first, second = await changed_family(caller)
    for nik in (SITI, BUDI, WATI):
        assert await families_with(caller, nik) == [family]
    (earlier,) = await unsettled(caller, family)
    assert (earlier["reason"], earlier["submission"], earlier["submissions"]) == ("changed", second, [first])
    assert "Siti" not in json.dumps(earlier)
    assert (await identity_of(connection, app, family))["people"] == NEW
    await state_purpose(caller, family)
    identity = (await caller.get(f"/v1/families/{family}/identity")).json()
    assert [each["name"] for each in identity["people"]] == ["Wati"]
    (shown,) = identity["earlier"]
    assert [each["name"] for each in shown["people"]] == ["Siti Aminah", "Budi"]
    assert (shown["readable"], shown["address"], shown["basis"]) == (True, "Jalan Lama 1", "public_task")


async def test_the_device_is_warned_and_the_taking_is_audited(caller: Client, connection: Connection) -> None:
    await put(caller, interview(1, 2025, OLD))
    body, uuid = interview(2, 2026, NEW), uuid4()
    for _ in range(2):
        answer = await caller.put(body, uuid)
        assert [each["code"] for each in answer.json()["warnings"]][-1] == "identity_changed"
    detail = await connection.fetchval("SELECT detail FROM audited ORDER BY at DESC LIMIT 1")
    assert json.loads(detail)["identity_changed"] is True


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([{"name": "Siti", "nik": SITI}], [{"name": "Wati", "nik": WATI}]),
        ([{"name": "Siti", "nik": SITI}], [{"name": "Wati"}]),
        ([{"name": "Siti", "nik": SITI}], [{"name": "Siti", "nik": WATI}]),
        ([{"name": "Siti", "nik": SITI}], [{"sex": "female", "relation": "head"}]),
        ([{"name": "Siti"}], [{"name": "Wati"}]),
        ([{"name": "Siti"}], [{"name": "Wati", "nik": WATI}]),
        ([{"name": "Siti", "birth_date": "1990-01-01"}], [{"name": "Siti", "birth_date": "1991-01-01"}]),
        ([{"name": "Ali", "nik": BUDI}, {"name": "Ali"}], [{"name": "Ali"}]),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["in order", "late"])
async def test_other_people_never_replace_the_earlier_ones(
    caller: Client, before: list[dict[str, Any]], after: list[dict[str, Any]], late: bool
) -> None:
    sent = [interview(1, 2025, before), interview(2, 2026, after)]
    _, family = [await take(caller, body) for body in (reversed(sent) if late else sent)]
    await state_purpose(caller, family)
    identity = (await caller.get(f"/v1/families/{family}/identity")).json()
    (earlier,) = identity["earlier"]
    for shown, told_people in ((identity, after), (earlier, before)):
        assert [{k: v for k, v in each.items() if v is not None} for each in shown["people"]] == told_people
    for nik in {each["nik"] for each in (*before, *after) if "nik" in each}:
        assert await families_with(caller, nik) == [family]


@pytest.mark.parametrize(
    "after",
    [
        [{"name": "SITI  AMINAH"}, {"name": "Budi"}],
        [{"name": "Budi"}, {"name": "Siti-Aminah", "sex": "female"}],
        [{"nik": SITI, "name": "Siti A."}, {"name": "budi"}],
    ],
)
async def test_a_nik_that_is_left_out_stays_with_a_person_who_is_plainly_the_same(
    caller: Client, after: list[dict[str, Any]]
) -> None:
    family = await take(caller, interview(1, 2025, OLD))
    assert await take(caller, interview(2, 2026, after)) == family
    assert await unsettled(caller, family) == []
    for nik in (SITI, BUDI):
        assert await families_with(caller, nik) == [family]


async def test_an_interview_without_people_changes_nobody(caller: Client) -> None:
    family = await take(caller, interview(1, 2025, OLD))
    await take(caller, interview(2, 2026))
    assert await unsettled(caller, family) == []
    assert await families_with(caller, SITI) == [family]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_who_the_family_is_does_not_depend_on_the_order_of_arrival(
    caller: Client, order: tuple[int, ...]
) -> None:
    months = (OLD, 2), (NEW, 5), (None, 8)
    sent = [
        {**interview(1, 2026, people, address=f"Jalan {month}"), "surveyed_at": f"2026-{month:02}-01T00:00:00Z"}
        for people, month in months
    ]
    families = {await take(caller, sent[at]) for at in order}
    (family,) = families
    await state_purpose(caller, family)
    identity = (await caller.get(f"/v1/families/{family}/identity")).json()
    assert [each["name"] for each in identity["people"]] == ["Wati"]
    assert (identity["address"], identity["as_of"]) == ("Jalan 8", "2026-08-01T00:00:00Z")
    assert [[each["name"] for each in aside["people"]] for aside in identity["earlier"]] == [["Siti Aminah", "Budi"]]


async def test_later_interviews_do_not_lose_what_is_unsettled(caller: Client) -> None:
    family, *_ = await changed_family(caller)
    for month, people in ((8, NEW), (9, [{"name": "Wati"}, {"name": "Dewi"}])):
        await take(caller, {**interview(month, 2026, people), "surveyed_at": f"2026-{month:02}-01T00:00:00Z"})
    assert len(await unsettled(caller, family)) == 1
    for nik in (SITI, BUDI, WATI):
        assert await families_with(caller, nik) == [family]


async def test_two_changes_are_settled_one_after_the_other(caller: Client) -> None:
    ids = [(await put(caller, interview(seed, 2024 + seed, people)))["id"] for seed, people in ((1, OLD), (2, NEW))]
    third = await put(caller, {**interview(3, 2026, [{"name": "Dewi"}]), "surveyed_at": "2026-08-01T00:00:00Z"})
    family = third["family"]
    assert [each["submissions"] for each in await unsettled(caller, family)] == [[ids[0]], [ids[1]]]
    first, second = [(await settle(caller, family, **{"as": "another"})).json() for _ in range(2)]
    assert (first["submissions"], second["submissions"]) == ([ids[0]], [ids[1]])
    assert await families_with(caller, SITI) == [first["other_family"]]
    assert await families_with(caller, WATI) == [second["other_family"]]


async def test_an_officer_may_name_the_submissions(caller: Client) -> None:
    family, first, second = await changed_family(caller)
    answer = await settle(caller, family, **{"as": "another", "submissions": [str(uuid4()), first]})
    assert codes_of(answer) == {"/submissions/0": "unknown_submission"}
    answer = await settle(caller, family, **{"as": "another", "submissions": [first, second]})
    assert sorted(answer.json()["submissions"]) == sorted([first, second])


async def test_consents_go_with_their_submission(caller: Client) -> None:
    consent = {"version": "2025-1", "given_at": "2025-07-29T01:00:00Z", "channel": "paper"}
    await put(caller, {**interview(1, 2025, OLD), "consent": consent})
    family = await take(caller, {**interview(2, 2026, NEW), "consent": {**consent, "version": "2026-1"}})
    other = (await settle(caller, family, **{"as": "another"})).json()["other_family"]
    for each, version in ((family, "2026-1"), (other, "2025-1")):
        consents = (await caller.get(f"/v1/families/{each}/consents")).json()["items"]
        assert [one["version"] for one in consents] == [version]


async def test_a_restricted_family_stays_uncounted_on_both_sides(caller: Client) -> None:
    family, *_ = await changed_family(caller)
    await serve(caller, family, "restrict")
    other = (await settle(caller, family, **{"as": "another"})).json()["other_family"]
    assert (await caller.get(f"/v1/families/{other}")).json()["restricted_at"] is not None
    assert [await count_families(caller, year=year) for year in (2025, 2026)] == [0, 0]
    await serve(caller, other, "lift")
    assert [await count_families(caller, year=year) for year in (2025, 2026)] == [1, 0]


async def lose(connection: Connection, table: str = "family_identity") -> None:
    await connection.execute(f"UPDATE {table} SET key_id = 'lost'")


async def test_what_cannot_be_decrypted_is_kept_aside_and_shown_when_its_key_is_back(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    vault: Vault = app.state.vault
    first = await put(caller, interview(1, 2025, OLD))
    await lose(connection)
    second = await put(caller, interview(2, 2026, NEW))
    family = second["family"]
    assert family == first["family"]
    assert [each["code"] for each in second["warnings"]].count("identity_changed") == 0
    detail = await connection.fetchval("SELECT detail FROM audited ORDER BY at DESC LIMIT 1")
    assert json.loads(detail)["identity_unreadable"] is True
    (earlier,) = await unsettled(caller, family)
    assert (earlier["reason"], earlier["submissions"]) == ("unreadable", [first["id"]])
    for nik in (SITI, WATI):
        assert await families_with(caller, nik) == [family]
    await state_purpose(caller, family)
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["earlier"][0]["readable"] is False
    answer = await settle(caller, family, **{"as": "another"})
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:ikk:problem:identity-unreadable")
    await connection.execute("UPDATE earlier_identity SET key_id = $1", vault.current()[0])
    shown = (await caller.get(f"/v1/families/{family}/identity")).json()["earlier"][0]
    assert [each["name"] for each in shown["people"]] == ["Siti Aminah", "Budi"]
    assert (await settle(caller, family, **{"as": "another"})).status_code == 200


async def test_what_cannot_be_decrypted_may_be_given_up(caller: Client, connection: Connection) -> None:
    family = await take(caller, interview(1, 2025, OLD))
    await lose(connection)
    await take(caller, interview(2, 2026, NEW))
    answer = await settle(caller, family, **{"as": "same", "keep_numbers": True})
    assert answer.json()["type"] == "urn:ikk:problem:identity-unreadable"
    assert (await settle(caller, family, **{"as": "same"})).status_code == 200
    assert await families_with(caller, SITI) == []
    assert (await counted(connection))["family_key"] == 2


async def test_a_correction_keeps_what_it_cannot_decrypt_aside(caller: Client, connection: Connection) -> None:
    family = await take(caller, interview(1, 2025, OLD))
    await lose(connection)
    identity = {"card_number": CARD, "people": NEW, "basis": "public_task"}
    await serve(caller, family, "correct", {"identity": identity})
    (earlier,) = await unsettled(caller, family)
    assert (earlier["reason"], earlier["submission"]) == ("unreadable", None)
    for nik in (SITI, WATI):
        assert await families_with(caller, nik) == [family]


async def test_a_correction_leaves_what_is_unsettled(caller: Client) -> None:
    family, *_ = await changed_family(caller)
    people = [{"name": "Wati Baru"}]
    await serve(caller, family, "correct", {"identity": {"card_number": CARD, "people": people}})
    assert len(await unsettled(caller, family)) == 1
    assert await families_with(caller, SITI) == [family]
    assert await families_with(caller, WATI) == []


async def test_a_family_that_moves_takes_it_along(caller: Client, connection: Connection) -> None:
    family, first, second = await changed_family(caller)
    bodies = {
        sent: {**interview(seed, 2024 + seed), "region": "6372021005"} for seed, sent in ((1, first), (2, second))
    }
    await serve(caller, family, "correct", {"submissions": bodies})
    assert await connection.fetchval("SELECT region FROM earlier_identity") == "6372021005"
    assert len(await unsettled(caller, family)) == 1


async def test_an_erased_family_leaves_nothing_aside(caller: Client, connection: Connection) -> None:
    family, *_ = await changed_family(caller)
    await serve(caller, family, "erase")
    assert await connection.fetchval("SELECT count(*) FROM earlier_identity") == 0


async def test_an_export_holds_it_unless_people_are_left_out(caller: Client) -> None:
    family, *_ = await changed_family(caller)
    request = await ask(caller, family, "export")
    await state_purpose(caller, family)
    path = f"/v1/subject-requests/{request}/export"
    whole, part = await caller.get(path), await caller.get(path, people=0)
    (earlier,) = whole.json()["earlier_identities"]
    assert [each["name"] for each in earlier["people"]] == ["Siti Aminah", "Budi"]
    assert part.json()["earlier_identities"] == []
    assert "Siti" not in part.text
    assert (await fulfil(caller, request)).status_code == 200


async def test_settling_is_audited_for_both_families_without_names(caller: Client, connection: Connection) -> None:
    family, first, _ = await changed_family(caller)
    other = (await settle(caller, family, **{"as": "another"})).json()["other_family"]
    rows = await connection.fetch("SELECT * FROM audited WHERE kind = 'identity.settle' ORDER BY at")
    assert {row["subject"] for row in rows} == {f"family:{family}", f"family:{other}"}
    for row in rows:
        detail = json.loads(row["detail"])
        assert (detail["settled_as"], detail["reason"], detail["submissions"]) == ("another", "changed", [first])
        assert "Siti" not in row["detail"]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"/as": "missing"}),
        ({"as": "zebra"}, {"/as": "not_allowed"}),
        ({"as": "same", "submissions": [str(UUID(int=7, version=4))]}, {"/submissions": "not_allowed"}),
        ({"as": "another", "keep_numbers": True}, {"/keep_numbers": "not_allowed"}),
        ({"as": "same", "keep_numbers": "yes"}, {"/keep_numbers": "wrong_type"}),
        ({"as": "same", "zebra": 1}, {"/zebra": "unknown_member"}),
        ({"settled_as": "same"}, {"/as": "missing", "/settled_as": "unknown_member"}),
    ],
)
async def test_a_fault_is_named_and_nothing_changes(
    caller: Client, body: dict[str, Any], faults: dict[str, str]
) -> None:
    family, *_ = await changed_family(caller)
    answer = await settle(caller, family, **body)
    assert (answer.status_code, codes_of(answer)) == (422, faults)
    assert len(await unsettled(caller, family)) == 1


async def test_what_is_settled_or_another_family_s_is_not_found(caller: Client) -> None:
    family, *_ = await changed_family(caller)
    (earlier,) = await unsettled(caller, family)
    stranger = await take(caller, make_body(9))
    path = f"/earlier-identities/{earlier['id']}/settle"
    for each in (stranger, str(uuid4())):
        answer = await caller.http.post(f"/v1/families/{each}{path}", json={"as": "same"})
        assert answer.status_code == 404
    assert (await caller.http.post(f"/v1/families/{family}{path}", json={"as": "same"})).status_code == 200
    assert (await caller.http.post(f"/v1/families/{family}{path}", json={"as": "same"})).status_code == 404


async def test_outside_the_caller_s_regions_it_is_not_found(caller: Client) -> None:
    family, *_ = await changed_family(caller)
    (earlier,) = await unsettled(caller, family)
    await caller.sign_in(scopes=EVERYTHING, regions=["637202"])
    path = f"/v1/families/{family}/earlier-identities/{earlier['id']}/settle"
    assert (await caller.http.post(path, json={"as": "same"})).status_code == 404
