"""PUT /v1/submissions/{id}: matching submissions to families, encrypted identities, consents, the audit entry."""

import json
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.identity.merging import numbers_of
from app.platform.database import Connection
from app.platform.encryption import Vault
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import counted, identity_of, make_named_body, put, told


async def test_it_works(caller: Client, connection: Connection, app: FastAPI) -> None:
    body = make_named_body()
    receipt = await put(caller, body)
    kept = await identity_of(connection, app, receipt["family"])
    assert {name: kept[name] for name in ("card_number", "address", "people")} == {
        name: body["family"][name] for name in ("card_number", "address", "people")
    }
    keys = await connection.fetch("SELECT kind FROM family_key")
    assert Counter(row["kind"] for row in keys) == {"card": 1, "nik": len(body["family"]["people"])}
    row = await connection.fetchrow("SELECT * FROM family")
    assert (str(row["id"]), row["region"], row["restricted_at"]) == (receipt["family"], LANDASAN_ULIN_SELATAN, None)


async def test_nothing_that_names_a_family_lies_open_in_any_table(caller: Client, connection: Connection) -> None:
    body = make_named_body()
    answer = await caller.put(body)
    family = body["family"]
    secrets = [family["card_number"], family["address"], *(each["nik"] for each in family["people"])]
    secrets += [each["name"] for each in family["people"]] + [each["birth_date"] for each in family["people"]]
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in (row["tablename"] for row in tables):
        for row in await connection.fetch(f"SELECT t.* FROM {table} AS t") if table != "region" else ():
            for secret in secrets:
                assert secret not in str(dict(row)), table
                assert secret.encode() not in b"".join(each for each in row.values() if isinstance(each, bytes)), table
    assert not [secret for secret in secrets if secret in answer.text]


async def test_a_family_that_tells_nothing_is_taken_and_nothing_is_encrypted(
    caller: Client, connection: Connection
) -> None:
    await put(caller, told(1, None))
    await put(caller, told(1, None))
    there = await counted(connection)
    assert (there["family"], there["family_key"], there["family_identity"]) == (2, 0, 0)


async def test_the_same_card_in_the_same_village_is_the_same_family(caller: Client, connection: Connection) -> None:
    first = await put(caller, told(1))
    second = await put(caller, {**told(2), "surveyed_at": "2026-03-01T00:00:00Z"})
    assert first["family"] == second["family"]
    there = await counted(connection)
    assert (there["submission"], there["family"], there["family_key"], there["family_identity"]) == (2, 1, 1, 1)
    assert await connection.fetchval("SELECT count(DISTINCT family_id) FROM submission") == 1


async def test_another_card_or_village_is_another_family(caller: Client, connection: Connection) -> None:
    families = [
        await put(caller, told(1)),
        await put(caller, told(1, "6372010101100002")),
        await put(caller, {**told(1), "region": GUNTUNG_MANGGIS}),
        await put(caller, told(1, None, people=[{"nik": "6372010101900001"}])),
        await put(caller, told(1, None, people=[{"nik": "6372010101900001"}])),
    ]
    assert len({each["family"] for each in families}) == 5
    assert (await counted(connection))["family"] == 5


async def test_a_resend_tells_the_same_family_and_leaves_everything_as_it_is(
    caller: Client, connection: Connection
) -> None:
    uuid, body = uuid4(), make_named_body()
    first = await caller.put(body, uuid)
    before = await counted(connection)
    encrypted = await connection.fetchval("SELECT encrypted FROM family_identity")
    again = await caller.put(body, uuid)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert await counted(connection) == before
    assert await connection.fetchval("SELECT encrypted FROM family_identity") == encrypted


async def test_a_refused_other_content_adds_no_family_and_no_key(caller: Client, connection: Connection) -> None:
    uuid = uuid4()
    await put(caller, told(1), uuid)
    before = await counted(connection)
    assert (await caller.put(told(1, "6372010101100002"), uuid)).status_code == 409
    assert (await caller.put(make_named_body(2), uuid)).status_code == 409
    # Both are held, which is audited, and nothing else.
    assert await counted(connection) == {**before, "audited": before["audited"] + 2}


async def test_a_later_interview_is_merged_into_the_identity(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    people = [{"name": "Orang Satu", "nik": "6372010101900001"}, {"name": "Orang Dua", "nik": "6372010101900002"}]
    receipt = await put(caller, told(1, address="Jalan Lama 1", people=people))
    await put(caller, {**told(2, people=people[1:]), "surveyed_at": "2026-03-01T00:00:00Z"})
    kept = await identity_of(connection, app, receipt["family"])
    assert kept["address"] == "Jalan Lama 1"
    assert [each["name"] for each in kept["people"]] == ["Orang Dua"]
    # The numbers of a person who has left the family no longer find it.
    vault: Vault = app.state.vault
    assert await connection.fetch("SELECT digest FROM family_key WHERE kind = 'nik'") == [
        (vault.digest("nik", "6372010101900002")[1],)
    ]


async def test_an_earlier_interview_that_comes_late_does_not_undo_a_later_one(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    receipt = await put(caller, {**told(1, address="Jalan Baru 2"), "surveyed_at": "2026-03-01T00:00:00Z"})
    late = {**told(2, address="Jalan Lama 1", people=[{"name": "Orang Satu"}]), "surveyed_at": "2025-03-01T00:00:00Z"}
    await put(caller, late)
    kept = await identity_of(connection, app, receipt["family"])
    assert (kept["address"], kept["people"]) == ("Jalan Baru 2", [{"name": "Orang Satu"}])


async def test_an_identity_that_cannot_be_decrypted_does_not_stop_an_interview(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    receipt = await put(caller, told(1, address="Jalan Lama 1"))
    await connection.execute("UPDATE family_identity SET encrypted = encrypted || '\\x00'::bytea")
    second = await put(caller, told(2))
    assert second["family"] == receipt["family"]
    assert "address" not in await identity_of(connection, app, receipt["family"])
    detail = await connection.fetchval("SELECT detail FROM audited ORDER BY at DESC LIMIT 1")
    assert json.loads(detail)["identity_unreadable"] is True


async def test_consent_is_kept_with_version_time_and_channel(caller: Client, connection: Connection) -> None:
    consent = {"version": "2025-1", "given_at": "2025-07-29T09:00:00+08:00", "channel": "in_person"}
    receipt = await put(caller, {**told(1), "consent": consent})
    row = await connection.fetchrow("SELECT * FROM consent")
    assert (str(row["family_id"]), row["region"]) == (receipt["family"], LANDASAN_ULIN_SELATAN)
    assert (row["version"], row["channel"]) == ("2025-1", "in_person")
    assert row["given_at"] == datetime(2025, 7, 29, 1, tzinfo=UTC)
    assert (str(row["recorded_by"]), row["withdrawn_at"]) == (caller.agency_id, None)


async def test_taking_is_audited_once_with_receipt_and_consent(caller: Client, connection: Connection) -> None:
    uuid, body = uuid4(), make_named_body()
    answer = await caller.put(body, uuid)
    await caller.put(body, uuid)
    (row,) = await connection.fetch("SELECT * FROM audited")
    assert (row["kind"], row["caller_kind"], row["caller_id"]) == ("submission.take", "agency", caller.agency_id)
    assert (row["region"], row["subject"]) == (LANDASAN_ULIN_SELATAN, f"submission:{uuid}")
    assert row["request_id"] == answer.headers["x-request-id"]
    receipt = answer.json()
    vault: Vault = caller.app.state.vault
    content_hash = bytes.fromhex(receipt["receipt"]["content_hash"].removeprefix("sha-256:"))
    assert json.loads(row["detail"]) == {
        "receipt": vault.marks(uuid, content_hash)[0],
        "consent": vault.consent_marks(UUID(receipt["family"]), body["consent"]["version"])[0],
    }


async def test_an_erased_submission_is_gone_and_sending_it_again_stores_nothing(
    caller: Client, connection: Connection
) -> None:
    uuid = uuid4()
    await connection.execute("INSERT INTO erased_submission VALUES ($1, now(), $2)", uuid, UUID(caller.agency_id))
    answer = await caller.put(make_named_body(), uuid)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:ikk:problem:submission-erased")
    assert set((await counted(connection)).values()) == {0}


async def test_a_restricted_family_s_submission_is_stored_and_not_counted(
    caller: Client, connection: Connection
) -> None:
    first = await put(caller, told(1))
    assert (first["counts"], first["uncounted"]) == (True, None)
    await connection.execute("UPDATE family SET restricted_at = now()")
    second = await put(caller, told(2))
    assert second["family"] == first["family"]
    assert (second["counts"], second["uncounted"]) == (False, "restricted")
    assert (await counted(connection))["submission"] == 2
    assert await connection.fetchval("SELECT families FROM village_sums") == 0
    await put(caller, told(3, "6372010101100002"))
    assert await connection.fetchval("SELECT families FROM village_sums") == 1


@pytest.mark.parametrize("name", ["Siti Amin\u0061\u0301h", "  Siti Aminah  ", "H. M. O'Neill-Şükrü", "李小龙"])
async def test_names_are_kept_composed_and_without_blanks_around(
    caller: Client, connection: Connection, app: FastAPI, name: str
) -> None:
    receipt = await put(caller, told(1, people=[{"name": name}]))
    kept = (await identity_of(connection, app, receipt["family"]))["people"][0]["name"]
    assert kept == name.strip().replace("a\u0301", "\u00e1")


async def test_what_cannot_be_seen_is_taken_out_with_a_warning(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    people = [{"name": "\u2068Siti\u200b Aminah\u2069"}, {"name": "Budi"}]
    body, key = told(1, people=people, address="Jalan Mawar 12\r\nRT 03\u00a0RW 01"), uuid4()
    receipt = await put(caller, body, key)
    told_of = [each for each in receipt["warnings"] if each["code"] == "text_cleaned"]
    assert {each["pointer"] for each in told_of} == {"/family/people/0/name", "/family/address"}
    assert not any(word in str(each["message"]) for each in told_of for word in ("Siti", "Mawar"))
    identity = await identity_of(connection, app, receipt["family"])
    assert [each["name"] for each in identity["people"]] == ["Siti Aminah", "Budi"]
    assert identity["address"] == "Jalan Mawar 12 RT 03 RW 01"
    # A resend of the same bytes stays a resend, and the cleaned text is other content.
    again = await caller.put(body, key)
    assert (again.status_code, again.json()["receipt"]) == (200, receipt["receipt"])
    tidy = told(1, people=[{"name": "Siti Aminah"}, {"name": "Budi"}], address="Jalan Mawar 12 RT 03 RW 01")
    assert (await caller.put(tidy, key)).status_code == 409


PERSON = st.integers(1, 4).map(lambda serial: {"nik": f"637201010190000{serial}"})
INTERVIEW = st.tuples(st.integers(1, 20), st.lists(PERSON, max_size=3, unique_by=lambda each: each["nik"]))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(INTERVIEW, min_size=1, max_size=4))
async def test_a_family_is_found_by_the_numbers_of_its_identity_and_no_others(
    caller: Client, connection: Connection, app: FastAPI, interviews: list[tuple[int, list[dict[str, str]]]]
) -> None:
    vault: Vault = app.state.vault
    bodies = [
        {**told(number, people=people), "surveyed_at": f"2025-07-{day:02}T00:00:00Z"}
        for number, (day, people) in enumerate(interviews)
    ]
    (family,) = {(await put(caller, body))["family"] for body in bodies}
    kept = await identity_of(connection, app, family)
    earlier = await connection.fetch("SELECT * FROM earlier_identity WHERE family_id = $1", UUID(family))
    aside = [vault.decrypt(UUID(family), row["key_id"], row["encrypted"]) for row in earlier]
    rows = await connection.fetch("SELECT kind, digest FROM family_key WHERE family_id = $1", UUID(family))
    found = {(row["kind"], row["digest"]) for row in rows}
    numbers = {(kind, vault.digest(kind, number)[1]) for each in (kept, *aside) for kind, number in numbers_of(each)}
    assert found >= numbers if aside else found == numbers
    for row in earlier:
        path = f"/v1/families/{family}/earlier-identities/{row['id']}/settle"
        assert (await caller.http.post(path, json={"as": "same"})).status_code == 200
    rows = await connection.fetch("SELECT kind, digest FROM family_key WHERE family_id = $1", UUID(family))
    assert {(row["kind"], row["digest"]) for row in rows} == {
        (kind, vault.digest(kind, number)[1]) for kind, number in numbers_of(kept)
    }
