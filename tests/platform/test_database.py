"""The connection to PostgreSQL: texts of its errors, and what a server has loaded when it starts to respond."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.main import create_app
from app.platform.database import Connection, Database


async def test_the_text_of_an_error_does_not_carry_the_values_of_its_statement(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with database.session() as session:
            await session.execute(text("SELECT :name, 1 / (:number)::int"), {"name": "Siti Aminah", "number": 0})
    assert "Siti Aminah" not in str(raised.value)


async def test_a_server_that_starts_knows_what_was_revoked_before_it_answers(
    dsn: str, settings: Settings, connection: Connection
) -> None:
    await connection.execute("INSERT INTO revocation VALUES ('sign-in-of-a-test', now(), now() + interval '1 hour')")
    app = create_app(settings, dsn)
    async with app.router.lifespan_context(app):
        assert "sign-in-of-a-test" in app.state.tokens.revoked
