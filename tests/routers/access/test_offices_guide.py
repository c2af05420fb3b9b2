"""The addresses and the query of the offices' guide work with an export key, as the guide says."""

import re
from typing import Final
from urllib.parse import urlencode

import pytest
from httpx import BasicAuth

from app.platform.database import Database
from app.schemas.aggregates.table import COLUMNS
from tests.support.accounts import act_as, make_person, nobody
from tests.support.factories import PROJECT, Client

GUIDE: Final = (PROJECT / "docs" / "guides" / "offices.md").read_text("utf-8")
ADDRESSES: Final = re.findall(r"`http://127\.0\.0\.1:8000(/v1/[^`]+)`", GUIDE)


def of_query() -> str:
    """The address that the guide's Power Query asks for."""
    path = re.search(r'RelativePath = "([^"]+)"', GUIDE)
    listed = re.search(r"Query = \[(.*)\]", GUIDE)
    assert path is not None
    assert listed is not None
    named = re.findall(r'(\w+) = "([^"]*)"', listed[1])
    return f"/{path[1]}?{urlencode(named)}"


@pytest.mark.parametrize("address", [*ADDRESSES, of_query()])
async def test_each_address_works(client: Client, database: Database, address: str) -> None:
    analyst = await make_person(database, "rina.analis", ("analyst", "63"))
    await act_as(client, ("analyst", "63"), id=analyst)
    body = {"name": "Excel bagian perencanaan", "region": "6372", "days": 180}
    key = (await client.http.post("/v1/export-keys", json=body)).json()
    with nobody(client):
        answer = await client.http.get(address, auth=BasicAuth(key["id"], key["secret"]))
    assert answer.status_code == 200, answer.text


def test_it_has_addresses_of_all_kinds() -> None:
    assert len(ADDRESSES) >= 6


def test_the_query_names_columns_that_there_are() -> None:
    typed = re.findall(r'\{"(\w+)", ', GUIDE)
    assert len(typed) > 8
    assert set(typed) <= COLUMNS.keys()


def test_the_guide_explains_every_reason() -> None:
    assert all(f"`{reason}`" in GUIDE for reason in ("no_families", "small", "too_few_answers"))
