"""GET and PUT /v1/statistics/indicators, the catalogue of context indicators, whose entries are data."""

import json
from typing import Any

import asyncpg
import pytest

from app.commands.migrate import load_indicators
from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.context import DEFINED, INDICATORS, address, define, put
from tests.support.factories import EVERYTHING, Client, codes_of

SHIPPED = ["child-marriage", "families-registered", "kla-award", "kla-self-score", "patbm", "population", "puspaga"]


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


async def indicator(client: Client, code: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = (await client.get(INDICATORS)).json()["items"]
    return next(each for each in listed if each["code"] == code)


async def test_the_shipped_ones_are_there(client: Client) -> None:
    await act_as(client, ("kader", "6372061004"))
    answer = await client.get(INDICATORS)
    assert answer.status_code == 200
    assert [each["code"] for each in answer.json()["items"]] == SHIPPED
    assert all(each["source"]["url"].startswith("https://") for each in answer.json()["items"])
    award = next(each for each in answer.json()["items"] if each["code"] == "kla-award")
    assert [each["code"] for each in award["categories"]] == ["none", "pratama", "madya", "nindya", "utama", "kla"]
    again = await client.http.get(INDICATORS, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_new_indicator_is_data(officer: Client, connection: Connection) -> None:
    answer = await define(officer)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        **DEFINED,
        "unit_name": {"id": "%", "en": "%"},
        "code": "stunting",
        "categories": None,
        "bands": None,
        "changed_at": answer.json()["changed_at"],
    }
    assert await indicator(officer, "stunting") == answer.json()
    assert (await put(officer, address("stunting"), value=24.6)).status_code == 201
    entries = await connection.fetch("SELECT region, detail FROM audited WHERE kind = 'indicator.define'")
    assert [(row["region"], json.loads(row["detail"])) for row in entries] == [(None, {"indicator": "stunting"})]


async def test_the_same_again_changes_nothing(officer: Client, connection: Connection) -> None:
    first = (await define(officer)).json()
    again = await define(officer)
    assert (again.status_code, again.json()) == (200, first)
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'indicator.define'") == 1


async def test_a_change_that_stored_figures_would_not_fit_is_refused(officer: Client) -> None:
    await define(officer)
    await put(officer, address("stunting", "63"), value=24.6)
    await put(officer, address("stunting", "64"), value=30)
    names = {"id": "Rendah", "en": "Low"}
    category = {"kind": "category", "categories": [{"code": "low", "name": names}]}
    number = dict.fromkeys(("unit", "decimals", "minimum", "maximum"))
    for change, unfit in (
        ({"maximum": 29.9}, ["64"]),
        ({"minimum": 25}, ["63"]),
        ({"decimals": 0}, ["63"]),
        ({"unit": "per_mille"}, ["63", "64"]),
        ({**number, **category}, ["63", "64"]),
    ):
        answer = await define(officer, **change)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:indicator-in-use"), change
        assert answer.json()["figures"] == len(unfit)
        assert answer.json()["examples"] == [{"region": region, "year": 2022} for region in unfit]
    assert (await indicator(officer, "stunting"))["maximum"] == 100
    assert (await define(officer, maximum=30, minimum=24.6)).status_code == 200
    assert codes_of(await put(officer, address("stunting", "64"), value=30.1)) == {"/value": "out_of_range"}


async def test_a_withdrawn_figure_stands_in_nobodys_way(officer: Client) -> None:
    await define(officer)
    await put(officer, address("stunting"), value=24.6)
    await officer.http.delete(address("stunting"))
    assert (await define(officer, decimals=0)).status_code == 200


async def test_a_category_in_use_cannot_be_removed(officer: Client) -> None:
    def listed(*codes: str) -> list[dict[str, Any]]:
        return [{"code": each, "name": {"id": each, "en": each}} for each in codes]

    body = {**DEFINED, "kind": "category", "categories": listed("low", "high")}
    body = {name: value for name, value in body.items() if name not in ("unit", "decimals", "minimum", "maximum")}
    assert (await officer.http.put(f"{INDICATORS}/level", json=body)).status_code == 201
    await put(officer, address("level"), category="low")
    less = await officer.http.put(f"{INDICATORS}/level", json={**body, "categories": listed("high")})
    assert (less.status_code, less.json()["figures"]) == (409, 1)
    more = await officer.http.put(f"{INDICATORS}/level", json={**body, "categories": listed("low", "middle", "high")})
    assert more.status_code == 200


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"unit": None, "decimals": None}, {"/unit": "missing", "/decimals": "missing"}),
        ({"unit": "rupiah"}, {"/unit_name": "missing"}),
        ({"unit": "Rupiah per orang"}, {"/unit": "bad_format"}),
        ({"decimals": 5}, {"/decimals": "too_large"}),
        ({"decimals": 1.5}, {"/decimals": "wrong_type"}),
        ({"minimum": "0"}, {"/minimum": "wrong_type"}),
        ({"maximum": 10**16}, {"/maximum": "out_of_range"}),
        ({"maximum": -1}, {"/maximum": "not_above"}),
        ({"minimum": 0.25}, {"/minimum": "too_many_digits"}),
        ({"categories": []}, {"/categories": "missing"}),
        ({"source": {"name": "BPS"}}, {"/source/url": "missing"}),
        ({"name": {"id": "Stunting"}}, {"/name/en": "missing"}),
        ({"kind": "sum"}, {"/kind": "not_allowed"}),
        ({"colour": "red"}, {"/colour": "unknown_member"}),
        ({"kind": "present"}, dict.fromkeys(("/unit", "/decimals", "/minimum", "/maximum"), "unknown_member")),
    ],
)
async def test_a_definition_with_faults_is_refused(
    officer: Client, changed: dict[str, Any], faults: dict[str, str]
) -> None:
    answer = await define(officer, **changed)
    assert (answer.status_code, codes_of(answer)) == (422, faults)


async def test_a_unit_of_ones_own_has_a_name(officer: Client) -> None:
    named = {"id": "kasus per 100.000", "en": "cases per 100,000"}
    assert (await define(officer, unit="per_hundred_thousand", unit_name=named)).status_code == 201
    assert (await put(officer, address("stunting"), value=1)).json()["unit_name"] == named


async def test_a_code_is_written_in_small_letters(officer: Client) -> None:
    for code in ("Stunting", "stun_ting", "1st", "x" * 41):
        assert codes_of(await define(officer, code)) == {"indicator": "bad_format"}, code


async def test_loading_again_adds_what_is_missing_and_keeps_what_an_office_changed(migrated_dsn: str) -> None:
    assert sorted(await load_indicators(migrated_dsn)) == SHIPPED
    assert await load_indicators(migrated_dsn) == []
    connection = await asyncpg.connect(migrated_dsn)
    try:
        await connection.execute("DELETE FROM context_indicator WHERE code = 'patbm'")
        older = "definition = replace(definition, 'Puspaga', 'PUSPAGA')"
        await connection.execute(f"UPDATE context_indicator SET {older} WHERE code = 'puspaga'")
        mine = "definition = replace(definition, 'Penduduk', 'Warga'), sender_kind = 'person'"
        await connection.execute(f"UPDATE context_indicator SET {mine} WHERE code = 'population'")
        assert await load_indicators(migrated_dsn) == ["puspaga", "patbm"]
        kept = await connection.fetchval("SELECT definition FROM context_indicator WHERE code = 'population'")
        assert json.loads(kept)["name"]["id"] == "Warga"
    finally:
        await connection.close()
