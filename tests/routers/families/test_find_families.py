"""POST /v1/families/find"""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.families import PURPOSE, find, make_named_body, rotate, take


async def test_it_works(caller: Client) -> None:
    body = make_named_body()
    family = await take(caller, body)
    answer = await find(caller, card_number=body["family"]["card_number"])
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "items": [{"family": family, "region": LANDASAN_ULIN_SELATAN, "dotted": "63.72.06.1004", "years": [2025]}],
        "held": [],
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_each_of_its_people_finds_a_family(caller: Client) -> None:
    body = make_named_body()
    family = await take(caller, body)
    for person in body["family"]["people"]:
        found = (await find(caller, nik=person["nik"])).json()["items"]
        assert [each["family"] for each in found] == [family]


async def test_a_nik_is_not_looked_for_as_a_card_nor_the_other_way_round(caller: Client) -> None:
    body = make_named_body()
    await take(caller, body)
    assert (await find(caller, nik=body["family"]["card_number"])).json()["items"] == []
    assert (await find(caller, card_number="6372010101100009")).json()["items"] == []


async def test_all_years_of_a_family_are_told_once(caller: Client) -> None:
    for year in (2026, 2024, 2024):
        await take(caller, make_named_body() | {"surveyed_at": f"{year}-03-01T00:00:00Z"})
    card = make_named_body()["family"]["card_number"]
    assert [each["years"] for each in (await find(caller, card_number=card)).json()["items"]] == [[2024, 2026]]


async def test_a_person_of_two_families_finds_both(caller: Client) -> None:
    body = make_named_body()
    other = {**body, "family": {**body["family"], "card_number": "6372010101100009"}}
    families = {await take(caller, body), await take(caller, other)}
    found = (await find(caller, nik=body["family"]["people"][0]["nik"])).json()["items"]
    assert {each["family"] for each in found} == families
    assert len(families) == 2


async def test_only_families_of_the_caller_s_regions_are_found(caller: Client) -> None:
    body = make_named_body()
    here, there = await take(caller, body), await take(caller, {**body, "region": GUNTUNG_MANGGIS})
    card = body["family"]["card_number"]
    assert {each["family"] for each in (await find(caller, card_number=card)).json()["items"]} == {here, there}
    await caller.sign_in(scopes=["families:identify"], regions=["637206"])
    assert [each["family"] for each in (await find(caller, card_number=card)).json()["items"]] == [here]
    await caller.sign_in(scopes=["families:identify"], regions=["62"])
    assert (await find(caller, card_number=card)).json()["items"] == []


async def test_a_rotated_matching_key_still_finds_what_was_stored_before(caller: Client, app: FastAPI) -> None:
    body = make_named_body()
    family = await take(caller, body)
    rotate(app, "matching")
    for search in ({"card_number": body["family"]["card_number"]}, {"nik": body["family"]["people"][0]["nik"]}):
        assert [each["family"] for each in (await find(caller, **search)).json()["items"]] == [family]
    assert await take(caller, body) == family


async def test_every_search_is_audited_without_the_number(caller: Client, connection: Connection) -> None:
    body = make_named_body()
    family, card = await take(caller, body), body["family"]["card_number"]
    await find(caller, card_number=card)
    await find(caller, nik="6372010101900009")
    rows = await connection.fetch("SELECT * FROM audited WHERE kind = 'family.find' ORDER BY at")
    assert [json.loads(row["detail"]) for row in rows] == [
        {"by": "card", "purpose": PURPOSE, "letter": None, "found": [family], "held_found": []},
        {"by": "nik", "purpose": PURPOSE, "letter": None, "found": [], "held_found": []},
    ]
    assert all((row["region"], row["caller_id"]) == ("63", caller.agency_id) for row in rows)
    assert card not in str([dict(row) for row in rows])


@pytest.mark.parametrize(
    ("search", "faults"),
    [
        ({}, {"/card_number": "missing"}),
        ({"card_number": None}, {"/card_number": "missing"}),
        ({"card_number": "6372010101100001", "nik": "6372010101900001"}, {"/nik": "one_number"}),
        ({"card_number": "6372014101100001"}, {"/card_number": "card_without_date"}),
        ({"nik": "6372013301900001"}, {"/nik": "nik_without_date"}),
        ({"nik": "6372010101900000"}, {"/nik": "serial_zero"}),
        ({"nik": "637201"}, {"/nik": "bad_format"}),
        ({"nik": 6372010101900001}, {"/nik": "wrong_type"}),
        ({"nik": "6372010101900001", "name": "x"}, {"/name": "unknown_member"}),
        ({"nik": "6372010101900001", "purpose": "a reason of my own"}, {"/purpose": "not_allowed"}),
        ({"nik": "6372010101900001", "purpose": "unlisted"}, {"/purpose": "not_allowed"}),
        ({"nik": "6372010101900001", "note": "words"}, {"/note": "unknown_member"}),
        ({"nik": "6372010101900001", "letter": "surat 12"}, {"/letter": "bad_format"}),
        ({"nik": "6372010101900001", "letter": "A" * 41}, {"/letter": "bad_format"}),
        ({"nik": "6372010101900001", "letter": "6372/0101.0190-0001"}, {"/letter": "looks_like_nik"}),
        ({"nik": "x", "purpose": None}, {"/nik": "bad_format", "/purpose": "missing"}),
    ],
)
async def test_what_is_no_search_is_a_fault(
    caller: Client, connection: Connection, search: dict[str, Any], faults: dict[str, str]
) -> None:
    answer = await find(caller, **search)
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == faults
    assert not any(str(sent) in answer.text for sent in search.values() if "63720" in str(sent) and sent != "637201")
    assert await connection.fetchval("SELECT count(*) FROM audited") == 0


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await find(client, nik="6372010101900001")).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await find(client, nik="6372010101900001")).status_code == 403
