"""A kader with a phone."""

import pytest

from app.platform.database import Database
from tests.support.factories import Client
from tests.support.phones import Phone, make_phone


@pytest.fixture
async def phone(client: Client, database: Database) -> Phone:
    """A kader's phone."""
    return await make_phone(client.http, database)
