"""A browser without a program, at the application of the tests."""

import pytest

from app.platform.database import Database
from tests.support.factories import Client
from tests.support.pages import Visitor
from tests.support.people import add_person


@pytest.fixture
async def visitor(client: Client) -> Visitor:
    """Somebody without an account."""
    return Visitor(client.http)


@pytest.fixture
async def analyst(visitor: Visitor, database: Database) -> Visitor:
    """An analyst of Kota Banjarbaru who is signed in."""
    await add_person(database, username="analis", grants=[("analyst", "6372")])
    answer = await visitor.sign_in("analis")
    assert answer.status_code == 303, answer.text
    return visitor


@pytest.fixture
async def reviewer(visitor: Visitor, database: Database) -> Visitor:
    """Somebody signed in who reviews the interviews of Kota Banjarbaru and reads sensitive outcomes there.

    They get every figure exactly.
    """
    grants = [("agency_administrator", "6372"), ("sensitive_reader", "6372")]
    await add_person(database, username="peninjau", grants=grants)
    answer = await visitor.sign_in("peninjau")
    assert answer.status_code == 303, answer.text
    return visitor
