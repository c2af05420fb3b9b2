"""Forms for phones are made with the publication of their instrument, once."""

import io
from collections.abc import AsyncIterator

import pytest
from openpyxl import load_workbook

from app.platform.database import Database
from app.scoring.reading.faults import InstrumentFaults
from app.services.reference.instruments import publish_instrument
from app.services.reference.phone_forms import find_form, list_forms
from tests.scoring.format_2 import complete
from tests.scoring.small import SMALL
from tests.support.factories import Client

FILE = SMALL.encode("utf-8")
LONG = """
question = [{ code = "land", type = "decimal", digits = 2, minimum = 0, maximum = 9999999999999 }]
index = [{ code = "i", method = "mean" }]
group = [{ code = "g", index = "i" }]
indicator = [{ code = "x", index = "i", group = "g", fulfilled_when.compare = ["land", ">", 1] }]
"""


@pytest.fixture
async def database(database: Database) -> AsyncIterator[Database]:
    """The application's database. Instruments that a test publishes are deleted afterwards."""
    yield database
    async with database.connection() as bare:
        await bare.execute("DELETE FROM instrument WHERE code = 'small'")


async def publish(database: Database, file: bytes = FILE) -> bool:
    async with database.session() as session:
        return await publish_instrument(session, file)


async def test_a_form_is_made_with_the_publication(database: Database) -> None:
    await publish(database)
    async with database.session() as session:
        form = await find_form(session, "small", "1.0-1")
        listed = [each for each in await list_forms(session) if each.form_id == "small"]
    assert form is not None
    assert [(each.version, each.md5, each.scores) for each in listed] == [("1.0-1", form.md5, form.scores)]
    assert form.xform.startswith(b"<?xml")
    assert form.xlsform.startswith(b"PK")


async def test_the_same_file_keeps_its_form(database: Database) -> None:
    await publish(database)
    async with database.session() as session:
        first = await find_form(session, "small", "1.0-1")
    assert await publish(database) is False
    async with database.session() as session:
        again = await find_form(session, "small", "1.0-1")
    assert first is not None
    assert again is not None
    assert (again.md5, again.made_at) == (first.md5, first.made_at)


async def test_publishing_again_makes_the_form_that_is_missing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(database)
    monkeypatch.setattr("app.services.reference.phone_forms.GENERATOR", 2)
    monkeypatch.setattr("app.xforms.form.GENERATOR", 2)
    assert await publish(database) is False
    async with database.session() as session:
        versions = [each.version for each in await list_forms(session) if each.form_id == "small"]
        earlier = await find_form(session, "small", "1.0-1")
    assert versions == ["1.0-2"]
    assert earlier is not None


async def test_every_shipped_instrument_has_a_form(database: Database) -> None:
    async with database.session() as session:
        found = {(each.form_id, each.version) for each in await list_forms(session)}
    assert {("ikk-29", "2026.1-1"), ("ikk-29", "2026.2-1"), ("ketahanan-24", "2016.3-1")} <= found


async def test_what_no_phone_can_ask_is_not_published(database: Database) -> None:
    with pytest.raises(InstrumentFaults) as caught:
        await publish(database, complete(LONG, code="small", version="1.0").encode())
    [fault] = caught.value.faults
    assert "phone" in fault.message
    assert "ponsel" in fault.indonesian
    async with database.session() as session:
        assert await find_form(session, "small", "1.0-1") is None


async def test_the_workbook_is_at_hand(caller: Client) -> None:
    answer = await caller.get("/v1/instruments/ikk-29/2025.1/form")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="ikk-29-2025.1.xlsx"'
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["survey", "choices", "settings"]
    assert "members" in {row[1].value for row in book["survey"].iter_rows(max_col=2)}
    assert (await caller.get("/v1/instruments/ikk-29/9.9/form")).status_code == 404
