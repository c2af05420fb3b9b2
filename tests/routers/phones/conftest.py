"""A kader with a phone, and the form of the instrument."""

import pytest

from app.platform.database import Connection, Database
from tests.support.factories import Client
from tests.support.phones import Phone, make_phone


@pytest.fixture
async def forms(connection: Connection) -> None:
    """The forms of the shipped instruments."""
    await connection.execute(
        "INSERT INTO phone_form (instrument_id, generator, form_id, version, xform, xlsform, md5, scores, made_at) "
        "SELECT id, 1, code, version || '-1', '<a/>'::bytea, ''::bytea, md5('<a/>'), true, now() FROM instrument "
        "ON CONFLICT DO NOTHING"
    )


@pytest.fixture
async def phone(client: Client, database: Database, forms: None) -> Phone:
    """A kader's phone."""
    return await make_phone(client.http, database)
