"""GET /v1/submissions and /{id}: who reads a family's outcomes, and that nothing sensitive comes back otherwise."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access import ROLES
from app.platform.database import Connection
from app.platform.tokens import Tokens
from tests.support.accounts import OTHER_VILLAGE, act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument, make_body
from tests.support.jws import as_others_see

FILES = ("ikk-29-2025.1", "ketahanan-24-2016.1")
VILLAGE = LANDASAN_ULIN_SELATAN
PLAIN_READERS = [
    role
    for role, each in ROLES.items()
    if "submissions:read" in each.scopes and "submissions:sensitive" not in each.scopes
]
through_http = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def hold(client: Client, areas: dict[str, list[str]], id: str | None = None) -> Client:
    """Signs the client in as a person with these areas."""
    tokens: Tokens = client.app.state.tokens
    token = tokens.issue("person", id or str(uuid4()), areas).token
    client.http.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    return client


async def send_as(client: Client, sender: str, **changed: Any) -> dict[str, Any]:
    """A submission that a kader of its village sent."""
    body = make_body(**changed)
    await act_as(client, ("kader", body["region"]), id=sender)
    answer = await client.put(body)
    assert answer.status_code == 201, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


async def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/submissions", **query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["items"]
    return rows


@pytest.mark.parametrize("file", FILES)
async def test_it_works(client: Client, file: str) -> None:
    """The sender gets everything, a supervisor the visible outcomes, a sensitive reader all but the hash."""
    sender = str(uuid4())
    sent = await send_as(client, sender, file=file)
    path = f"/v1/submissions/{sent['id']}"
    assert (await client.get(path)).json() == sent
    await act_as(client, ("supervisor", "6372"))
    seen = (await client.get(path)).json()
    assert (seen["score"]["withheld"], seen["score"]["index"], seen["receipt"]["content_hash"]) == (True, None, None)
    hidden = {instrument(file).main.indicators[place].code for place in instrument(file).main.sensitive}
    assert {each["code"] for each in seen["score"]["indicators"] if each["outcome"] == "withheld"} == hidden
    assert seen["score"]["lowest"] <= sent["score"]["index"] <= seen["score"]["highest"]
    await act_as(client, ("sensitive_reader", "6372"))
    whole = (await client.get(path)).json()
    assert whole == {**sent, "receipt": as_others_see(sent["receipt"])}


async def test_a_kader_reads_what_he_or_she_sent_and_nothing_else(client: Client, connection: Connection) -> None:
    mine, colleague = str(uuid4()), str(uuid4())
    own, other = await send_as(client, mine), await send_as(client, colleague, seed=2)
    await act_as(client, ("kader", VILLAGE), id=mine)
    assert (await client.get(f"/v1/submissions/{own['id']}")).json() == own
    refused, unknown = [await client.get(f"/v1/submissions/{each}") for each in (other["id"], uuid4())]
    assert refused.status_code == 404
    assert {**refused.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    (row,) = await listed(client)
    assert (row["id"], row["index"], row["withheld"]) == (own["id"], own["score"]["index"], False)
    assert [each["id"] for each in await listed(client, region=VILLAGE, year=2025, status="accepted")] == [own["id"]]
    assert await listed(client, status="restricted") == []
    looks = await connection.fetch("SELECT subject FROM audited WHERE kind = 'submission.read'")
    assert [each["subject"] for each in looks] == [f"submission:{own['id']}"]


async def test_pages_of_what_a_kader_sent_hold_nothing_else(client: Client) -> None:
    mine = str(uuid4())
    own = [(await send_as(client, mine if seed % 3 else str(uuid4()), seed=seed))["id"] for seed in range(9)]
    expected = [each for seed, each in enumerate(own) if seed % 3]
    await act_as(client, ("kader", VILLAGE), id=mine)
    found: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/submissions", limit=2, **query)).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query = {"cursor": page["next"]}
    assert found == expected


async def test_an_agency_that_only_sends_reads_what_it_sent(client: Client) -> None:
    other = await send_as(client, str(uuid4()))
    await client.sign_in(scopes=["submissions:write"], regions=["63"])
    own = (await client.put(make_body(2))).json()
    assert [each["id"] for each in await listed(client)] == [own["id"]]
    assert (await client.get(f"/v1/submissions/{own['id']}")).json() == own
    assert (await client.get(f"/v1/submissions/{other['id']}")).status_code == 404


async def test_what_was_sent_where_the_sender_may_not_send_any_more_is_not_found(client: Client) -> None:
    mine = str(uuid4())
    own = await send_as(client, mine)
    await act_as(client, ("kader", GUNTUNG_MANGGIS), id=mine)
    assert (await client.get(f"/v1/submissions/{own['id']}")).status_code == 404
    assert await listed(client) == []


async def test_reading_one_region_and_sending_in_another_do_not_multiply(client: Client) -> None:
    """A kader of one village who supervises another district: all of that district, and only the own of the village."""
    mine = str(uuid4())
    own, other = await send_as(client, mine), await send_as(client, str(uuid4()), seed=2)
    there = await send_as(client, str(uuid4()), seed=3, region=GUNTUNG_MANGGIS)
    elsewhere = await send_as(client, str(uuid4()), seed=4, region=OTHER_VILLAGE)
    await act_as(client, ("kader", VILLAGE), ("supervisor", GUNTUNG_MANGGIS), id=mine)
    assert {each["id"] for each in await listed(client)} == {own["id"], there["id"]}
    assert [each["id"] for each in await listed(client, region=VILLAGE)] == [own["id"]]
    assert [each["id"] for each in await listed(client, region=GUNTUNG_MANGGIS)] == [there["id"]]
    assert (await client.get("/v1/submissions", region="6372")).status_code == 403
    found = {
        each["id"]: (await client.get(f"/v1/submissions/{each['id']}")).status_code
        for each in (own, other, there, elsewhere)
    }
    assert list(found.values()) == [200, 404, 200, 404]


async def test_sensitive_outcomes_are_read_only_where_the_scope_is_held(client: Client) -> None:
    here, there = [await send_as(client, str(uuid4()), region=region) for region in (VILLAGE, GUNTUNG_MANGGIS)]
    await hold(client, {"submissions:read": ["6372"], "submissions:sensitive": [VILLAGE]})
    shown = {each["id"]: each["withheld"] for each in await listed(client)}
    assert shown == {here["id"]: False, there["id"]: True}
    for each in (here, there):
        seen = (await client.get(f"/v1/submissions/{each['id']}")).json()["score"]
        assert seen["withheld"] == shown[each["id"]]


@pytest.mark.parametrize("role", PLAIN_READERS)
async def test_no_other_role_gets_a_sensitive_outcome_or_a_hash(client: Client, role: str) -> None:
    sent = await send_as(client, str(uuid4()))
    await act_as(client, (role, VILLAGE))
    seen = (await client.get(f"/v1/submissions/{sent['id']}")).json()
    (row,) = await listed(client)
    assert (seen["score"]["withheld"], row["withheld"]) == (True, True)
    assert "sha-256" not in json.dumps([seen["receipt"], row])
    assert seen["receipt"] == row["receipt"] == as_others_see(sent["receipt"])


async def test_a_list_shows_no_hash_to_anybody(client: Client, connection: Connection) -> None:
    sender = str(uuid4())
    for seed in (1, 2):
        await send_as(client, sender, seed=seed)
    await connection.execute(
        "UPDATE family SET restricted_at = now() WHERE id = (SELECT min(id::text)::uuid FROM family)"
    )
    for roles in ([("kader", VILLAGE)], [("sensitive_reader", VILLAGE), ("kader", VILLAGE)]):
        await act_as(client, *roles, id=sender)
        rows = await listed(client)
        assert sorted(each["status"] for each in rows) == ["accepted", "restricted"]
        assert "sha-256" not in json.dumps(rows)


async def test_a_restricted_family_is_hidden_from_every_reader(client: Client, connection: Connection) -> None:
    sender = str(uuid4())
    sent = await send_as(client, sender)
    await connection.execute("UPDATE family SET restricted_at = now()")
    for role, person in (("kader", sender), ("supervisor", None), ("sensitive_reader", None)):
        await act_as(client, (role, VILLAGE), id=person)
        assert (await client.get(f"/v1/submissions/{sent['id']}")).status_code == 403
        (row,) = await listed(client)
        assert (row["index"], row["lowest"], row["highest"], row["category"]) == (None, None, None, None)
    await act_as(client, ("kader", VILLAGE))
    assert (await client.get(f"/v1/submissions/{sent['id']}")).status_code == 404


async def test_after_a_correction_the_sender_is_like_any_other_reader(client: Client, connection: Connection) -> None:
    """The correction holds what the family told the data protection officer, not what the sender sent."""
    sender = str(uuid4())
    sent = await send_as(client, sender)
    await connection.execute("UPDATE submission SET revision = 2")
    seen = (await client.get(f"/v1/submissions/{sent['id']}")).json()
    assert (seen["revision"], seen["score"]["withheld"], seen["receipt"]["content_hash"]) == (2, True, None)
    (row,) = await listed(client)
    assert (row["revision"], row["withheld"]) == (2, True)


@given(data=st.data())
@through_http
async def test_families_that_differ_only_in_sensitive_outcomes_look_the_same_to_every_other_reader(
    client: Client, connection: Connection, data: st.DataObject
) -> None:
    """Byte for byte, but for ids, the code and the time of receipt."""
    await connection.execute("DELETE FROM family; DELETE FROM submission; DELETE FROM village_sums")
    file = data.draw(st.sampled_from(FILES))
    count, hidden = len(instrument(file).main.indicators), instrument(file).main.sensitive
    letters = st.text("FUNM", min_size=count, max_size=count)
    first, other = data.draw(letters), data.draw(letters)
    second = "".join(other[place] if place in hidden else letter for place, letter in enumerate(first))
    nobody = {"head_sex": "female", "members": 4}
    twins = [await send_as(client, str(uuid4()), file=file, family=nobody) for _ in range(2)]
    for sent, outcomes in zip(twins, (first, second), strict=True):
        await connection.execute("UPDATE submission SET outcomes = $1 WHERE id = $2", outcomes, UUID(sent["id"]))
    for role in PLAIN_READERS:
        await act_as(client, (role, VILLAGE))
        whole = [await client.get(f"/v1/submissions/{each['id']}") for each in twins]
        rows = {each["id"]: json.dumps(each) for each in await listed(client)}
        for shown in ([each.text for each in whole], [rows[each["id"]] for each in twins]):
            assert len({nameless(text, sent) for text, sent in zip(shown, twins, strict=True)}) == 1, role


def nameless(text: str, sent: dict[str, Any]) -> str:
    for value in (sent["id"], sent["family"], sent["receipt"]["received_at"], sent["receipt"]["code"]):
        assert value in text
        text = text.replace(value, "…")
    return text


@pytest.mark.parametrize("file", FILES)
async def test_answers_that_differ_only_in_sensitive_questions_look_the_same(client: Client, file: str) -> None:
    """From the answers on, not from stored outcomes: everything substantive against everything refused."""
    body = make_body(file=file)
    for refused in (False, True):
        answers = body["answers"]
        if refused:
            private = instrument(file).sensitive_questions - {"difficulty_served"}
            answers = {
                code: "refused" if code in private else said
                for code, said in answers.items()
                if code != "difficulty_served"
            }
        await act_as(client, ("kader", VILLAGE))
        assert (await client.put({**body, "answers": answers})).status_code == 201
    await act_as(client, ("supervisor", VILLAGE))
    rows = await listed(client)
    scores = [(await client.get(f"/v1/submissions/{each['id']}")).json()["score"] for each in rows]
    assert scores[0] == scores[1]
    assert len({json.dumps([row["index"], row["lowest"], row["highest"], row["category"]]) for row in rows}) == 1
