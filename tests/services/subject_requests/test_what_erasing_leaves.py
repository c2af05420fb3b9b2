"""What was typed anywhere reaches no audit entry, and after a family was erased, no table holds anything of it."""

import re
from typing import Any
from uuid import uuid4

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.sealing import seal_all
from tests.support.subject_requests import REQUESTS, ask, fulfil, hours_ago, request_body

CARD, NIK, OTHER_CARD, OTHER_NIK = "6372010101100001", "6372014101900001", "6372010101100009", "6372014101900009"
WORD = "ZUBAIDAH"
"""In every text that a client may type. Upper case and a name of its own, so that no other text holds it."""
ODD = re.compile(r"zubaidah|637201[0-9]{10}", re.IGNORECASE)


TABLES = """
SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relnamespace NOT IN
(SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg_%' OR nspname = 'information_schema')
"""


async def every_row(connection: Connection) -> dict[str, str]:
    """All rows of all tables of the database as text, by table."""
    names = [row["name"] for row in await connection.fetch(TABLES)]
    assert len(names) > 20
    whole = "SELECT string_agg(found::text, E'\\n') FROM {} AS found"
    return {name: str(await connection.fetchval(whole.format(name))) for name in names}


def holding(rows: dict[str, str]) -> dict[str, str]:
    """The tables with an odd text, in clear or as bytes that PostgreSQL shows in hexadecimal."""
    found = {}
    for table, text in rows.items():
        clear = [bytes.fromhex(each).decode("latin-1") for each in re.findall(r"\\\\?x((?:[0-9a-f]{2}){8,})", text)]
        if ODD.search(text) or any(map(ODD.search, clear)):
            found[table] = text
    return found


def named(body: dict[str, Any], card: str = CARD, nik: str = NIK) -> dict[str, Any]:
    people = [{"name": f"Ibu {WORD}", "nik": nik, "relation": "head"}]
    family = {**body["family"], "card_number": card, "address": f"Jalan {WORD} 1", "people": people}
    consent = {"version": WORD, "channel": "paper", "given_at": "2025-07-29T09:00:00+08:00"}
    return {**body, "family": family, "consent": consent}


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(each for name in value for each in paths_of(value[name], (*path, name)))]
    if isinstance(value, list):
        return [path, *(each for at, inner in enumerate(value) for each in paths_of(inner, (*path, at)))]
    return [path]


def with_text(value: Any, path: tuple[Any, ...], text: Any) -> Any:
    """The same body with this text at one path."""
    if not path:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_text(value[path[0]], path[1:], text)
    return copy


async def type_everywhere(client: Client, method: str, path: str, body: dict[str, Any]) -> None:
    """Sends a body with the marker in each of its members, one after another, in an unknown member, and as a query."""
    sent = [
        with_text(body, each, text) for each in paths_of(body)[1:] for text in (WORD, NIK, f"{WORD.lower()} {CARD}")
    ]
    for each in (*sent, {**body, WORD: WORD}, {**body, "note": f"{WORD} {NIK}"}):
        headers = {"X-Request-ID": f"{WORD}-{NIK}", "User-Agent": f"{WORD} {NIK}"}
        await client.http.request(method, path, json=each, headers=headers)
    await client.http.request(method, path, json=body, params={WORD: NIK, "cursor": WORD, "region": NIK, "kind": WORD})


async def use_everything(client: Client) -> str:
    """Sends a family and everything that can be said about it, with markers wherever a text may stand."""
    body, sent = named(make_body(1)), str(uuid4())
    answer = await client.put(body, sent)
    assert answer.status_code == 201, answer.text
    family = str(answer.json()["family"])
    await type_everywhere(client, "PUT", f"/v1/submissions/{sent}", body)
    purpose = {"purpose": "complaint", "letter": f"{WORD}/1"}
    stated = {**purpose, "note": f"Ibu {WORD} datang", "minutes": 30}
    consent = body["consent"]
    asked = request_body(family, "export")
    correction = {"identity": named(make_body(2), OTHER_CARD, OTHER_NIK)["family"]}
    correction["identity"] = {name: correction["identity"][name] for name in ("card_number", "address", "people")}
    on_family = f"/v1/families/{family}"
    for path, good in (
        ("/v1/families/find", {"card_number": CARD, **purpose}),
        ("/v1/families/find", {"nik": NIK, **purpose}),
        (f"{on_family}/identifications", stated),
        (f"{on_family}/consents", consent),
        (REQUESTS, asked),
    ):
        answer = await client.http.post(path, json=good)
        assert answer.status_code in (200, 201), answer.text
        await type_everywhere(client, "POST", path, good)
    for kind, serving in (("export", {}), ("correct", correction), ("restrict", {}), ("lift", {})):
        request = await ask(client, family, kind)
        await client.get(f"{REQUESTS}/{request}/export", people=WORD, sensitive=NIK)
        await client.get(f"{REQUESTS}/{request}/export")
        await type_everywhere(client, "POST", f"{REQUESTS}/{request}/refuse", {"ground": WORD})
        if serving:
            await type_everywhere(
                client, "POST", f"{REQUESTS}/{request}/fulfil", {**serving, "submissions": {WORD: {}}}
            )
        assert (await fulfil(client, request, serving)).status_code == 200
    given = (await client.get(f"{on_family}/consents")).json()["items"][0]["id"]
    withdrawal = {"channel": "letter", "received_at": hours_ago(1)}
    await type_everywhere(client, "POST", f"{on_family}/consents/{given}/withdraw", withdrawal)
    for path in (on_family, f"{on_family}/identity", f"{on_family}/consents", "/v1/submissions", REQUESTS, "/v1/audit"):
        for query in ({}, {"cursor": WORD}, {"kind": WORD}, {"subject": f"family:{WORD.lower()}"}, {"region": NIK}):
            await client.get(path, **query)
    for path in (WORD, NIK, f"{WORD}/identity", f"{NIK[:8]}-0190-0001-8000-000000000000/identity"):
        await client.get(f"/v1/families/{path}")
    return family


async def test_nothing_that_is_typed_reaches_the_audit_log(caller: Client, connection: Connection) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    await use_everything(caller)
    await type_accounts(caller)
    await seal_all(caller.app)
    rows = await every_row(connection)
    assert len(rows["audit_entry"]) > 1000
    assert {table for table in holding(rows) if table.startswith("audit")} == set()


async def type_accounts(client: Client) -> None:
    """Makes agencies and people, and signs in, with markers in every member."""
    agency = {"client_id": WORD.lower(), "name": WORD, "scopes": ["aggregates:read"], "regions": ["63"]}
    grant = {"role": "kader", "region": "6372061004"}
    person = {"username": WORD.lower(), "name": WORD, "grants": [grant]}
    for path, good in (("/v1/agencies", agency), ("/v1/people", person)):
        made = await client.http.post(path, json=good)
        assert made.status_code == 201, made.text
        await type_everywhere(client, "POST", path, good)
        await client.http.patch(f"{path}/{made.json()['id']}", json={"name": f"{WORD} {WORD}"})
        await client.http.post(f"{path}/{made.json()['id']}/grants", json=grant)
    for form in (
        {"grant_type": "client_credentials", "client_id": WORD.lower(), "client_secret": WORD},
        {"grant_type": "client_credentials", "client_id": NIK, "client_secret": NIK, "scope": WORD},
        {"grant_type": "password", "username": WORD, "password": NIK},
        {"grant_type": "refresh_token", "refresh_token": WORD},
        {"grant_type": WORD},
    ):
        await client.http.post("/v1/token", data=form)
        await client.http.post("/v1/token/password", data={**form, "new_password": f"{WORD}-{NIK}", "code": WORD})
        await client.http.post("/v1/token/revoke", data={"token": WORD, **form})


async def test_erasing_leaves_nothing_of_the_family_in_any_table(caller: Client, connection: Connection) -> None:
    family = await use_everything(caller)
    assert holding(await every_row(connection)).keys() == {"consent"}
    assert (await fulfil(caller, await ask(caller, family, "erase"))).status_code == 200
    await seal_all(caller.app)
    rows = await every_row(connection)
    assert holding(rows) == {}
    # Its random id is all that is left.
    assert {table for table, text in rows.items() if family in text} == {"audit_entry", "subject_request"}
