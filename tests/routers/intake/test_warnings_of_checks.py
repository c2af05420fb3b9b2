"""GET /v1/submissions/{id} and resends: a warning of a check has the check's text, and tells nothing sensitive."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from app.config import Settings
from app.platform.database import Database
from tests.scoring.format_2 import complete
from tests.support.accounts import act_as
from tests.support.factories import Client, make_body
from tests.support.small_service import serving

FILE = """
question = [
  { code = "n", type = "integer", minimum = 1, maximum = 30 },
  { code = "ill", type = "integer", minimum = 0, maximum = 30, sensitive = true },
]
fact = [{ code = "healthy", difference = ["n", "ill"] }]
index = [{ code = "i", method = "mean" }]
[[indicator]]
code = "some"
fulfilled_when.compare = ["n", ">", 0]
[[check]]
code = "large"
effect = "warn"
when.compare = ["n", ">", 9]
text.id = "Keluarga besar sekali"
text.bjn = "Banyak banar"
[[check]]
code = "all_ill"
effect = "warn"
when.compare = ["healthy", "<", 1]
text.id = "Semua"
"""


@pytest.fixture
async def http(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    assert database is not None
    async with serving(settings, dsn, [complete(FILE, code="odd", languages=["id", "bjn"])], regions=["63"]) as client:
        yield client


def body() -> dict[str, Any]:
    told = {"instrument": "odd", "version": "1", "surveyed_at": "2026-06-15T03:00:00Z"}
    return {**make_body(), **told, "family": {"head_sex": "female", "members": 12}, "answers": {"n": 12, "ill": 12}}


async def test_readers_without_the_sensitive_scope_see_no_warning_of_a_check_of_sensitive_answers(http: Client) -> None:
    sender, key, sent = str(uuid4()), str(uuid4()), body()
    await act_as(http, ("kader", sent["region"]), id=sender)
    receipt = (await http.put(sent, key)).json()
    large = {"code": "implausible", "pointer": "/answers"}
    messages = [each["message"] for each in receipt["warnings"]]
    assert [{**each, "message": 0} for each in receipt["warnings"]] == [{**large, "message": 0}] * 2
    assert messages[0]["id"] == "Keluarga besar sekali"
    assert messages[0]["bjn"] == "Banyak banar"
    assert messages[1]["id"] == "Semua"
    assert (await http.put(sent, key)).json()["warnings"] == receipt["warnings"]
    await act_as(http, ("supervisor", "6372"))
    read = await http.get(f"/v1/submissions/{key}")
    assert read.json()["warnings"] == receipt["warnings"][:1]
    assert "Semua" not in read.text
    await act_as(http, ("sensitive_reader", "6372"))
    assert (await http.get(f"/v1/submissions/{key}")).json()["warnings"] == receipt["warnings"]


async def test_another_who_sends_the_same_gets_no_warning(http: Client) -> None:
    key, sent = str(uuid4()), body()
    await act_as(http, ("kader", sent["region"]), id=str(uuid4()))
    assert (await http.put(sent, key)).status_code == 201
    await act_as(http, ("kader", sent["region"]), id=str(uuid4()))
    again = await http.put(sent, key)
    assert again.status_code == 409
    assert "warnings" not in again.json()
