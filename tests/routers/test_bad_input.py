"""Sends bad texts and moments in every place that takes a value, as a caller who may do everything.

The places come from the OpenAPI document, so a new member is covered without anybody thinking of it. No value may be an
error of the service, take long, come back in a problem, or reach the log, the metrics or the audit log.
"""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

import pytest
import structlog
from httpx import Response
from hypothesis import HealthCheck, Phase, example, given, settings

from app.platform.database import Connection
from app.routers.dependencies import ADDRESS_BYTES
from tests.access_matrix.resources import Call
from tests.support.direct import send_directly
from tests.support.factories import Client
from tests.support.places import Place, change
from tests.support.strategies import MARKER, bad_moments, bad_texts

MOST_SECONDS: Final = 0.05
"""CPU that a request may take beyond that of a harmless one of the same length."""
MARKS: Final = "\u0301\u0316"
IN_BODIES: Final = ("application/json", "application/x-www-form-urlencoded", "text/csv")

drawn = settings(
    derandomize=True,
    max_examples=2,
    deadline=None,
    print_blob=False,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Attack:
    """Sends bad values in places of otherwise valid requests, and checks each answer."""

    def __init__(self, officer: Client, calls: Mapping[str, Call], places: list[Place]) -> None:
        self.places = places
        self._officer = officer
        self._calls = calls

    async def send(self, place: Place, value: object) -> None:
        made = self._calls[place.operation]
        changed = change(made, place, value)
        # The text of a client's own request id must not be kept either.
        changed.sent["headers"] = {**changed.sent.get("headers", {}), "X-Request-ID": MARKER}
        answer, seconds = await timed(self._officer, changed)
        assert answer.status_code < 500, (str(place), ascii(value)[:80], answer.text[:200])
        # The response to a batch holds the problems of its interviews.
        if answer.status_code >= 400 or place.operation == "sendBatch":
            assert MARKER not in answer.text, str(place)
        if seconds > MOST_SECONDS:
            length = len(changed.path) if place.kind not in IN_BODIES else len(changed.sent["content"])
            harmless = change(made, place, "x" * length)
            seconds = min([(await timed(self._officer, changed))[1] for _ in range(3)])
            usual = min([(await timed(self._officer, harmless))[1] for _ in range(3)])
            assert seconds < usual + MOST_SECONDS, (str(place), ascii(value)[:80], seconds, usual)


async def timed(officer: Client, made: Call) -> tuple[Response, float]:
    """The answer, and the CPU that this process took for it."""
    started = time.process_time()
    answer = await send_directly(officer.app, made, officer.http.headers)
    return answer, time.process_time() - started


@pytest.fixture
async def attack(officer: Client, calls: Mapping[str, Call], places: list[Place]) -> Attack:
    return Attack(officer, calls, places)


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def nothing_is_kept(
    officer: Client, connection: Connection, logged: list[Any], caplog: pytest.LogCaptureFixture
) -> AsyncIterator[None]:
    """Checks after the test that nothing of a bad text is in the log, in the metrics or in the audit log."""
    yield
    assert MARKER not in repr(logged)
    assert MARKER not in caplog.text
    assert logged
    assert MARKER not in (await officer.get("/metrics")).text
    kept = "SELECT count(*), count(*) FILTER (WHERE audited::text LIKE $1) FROM audited"
    entries, with_text = await connection.fetchrow(kept, f"%{MARKER}%")
    assert entries
    assert with_text == 0


async def test_it_finds_places_of_every_kind(places: list[Place]) -> None:
    found = {str(place) for place in places}
    assert {place.kind for place in places} == {*IN_BODIES, "query", "path", "header"}
    assert "putSubmission application/json family/people/0/name" in found
    assert "putSubmission application/json consent/given_at" in found
    assert "putSubmission application/json answers/unknown" in found
    assert "fulfilSubjectRequest application/json submissions/unknown/family/people/0/birth_date" in found
    assert "createPerson application/json grants/0/valid_until" in found
    assert "createToken application/x-www-form-urlencoded password" in found
    assert "importPeople text/csv valid_from" in found
    assert "listAuditEntries query from" in found
    assert "listRegions query unknown" in found
    assert "getRegion path 3" in found


UNUSUAL = {
    # Only a purpose that waits for approval can be approved, and by default none does.
    "approveIdentification": {409},
    # The officer is an agency. Only people have a second factor.
    "getSecondFactor": {403},
    "beginSecondFactor": {403},
    "confirmSecondFactor": {403},
    "renewRecoveryCodes": {403},
}


async def test_every_request_is_valid_before_it_is_changed(officer: Client, calls: Mapping[str, Call]) -> None:
    for name, made in calls.items():
        if "form" not in made.sent and "cells" not in made.sent:
            usual = UNUSUAL.get(name, {200, 201, 204})
            assert (await officer.http.request(made.method, made.path, **made.sent)).status_code in usual, name


@pytest.mark.usefixtures("nothing_is_kept")
@drawn
@given(text=bad_texts(12_000))
@example(text=MARKER + MARKS * 15_000)
@example(text=MARKER + "1" + " " * 50_000)
@example(text=MARKER + "\x00")
@example(text=MARKER + "\ud800")
async def test_a_bad_text_in_a_body(attack: Attack, text: str) -> None:
    for place in attack.places:
        if place.kind in IN_BODIES:
            await attack.send(place, text)


@pytest.mark.usefixtures("nothing_is_kept")
@drawn
@given(moment=bad_moments())
@example(moment="0001-01-01T00:00:00+14:00")
@example(moment="9999-12-31T23:59:59-14:00")
@example(moment="2100-12-31T23:59:59-14:00")
@example(moment="9" * 5000)
async def test_a_bad_moment_in_a_body(attack: Attack, moment: object) -> None:
    for place in attack.places:
        if place.kind in IN_BODIES:
            await attack.send(place, moment)


@pytest.mark.usefixtures("nothing_is_kept")
@drawn
@given(text=bad_texts(1500), moment=bad_moments())
@example(text=MARKER + MARKS * 1500, moment="0001-01-01T00:00:00+14:00")
@example(text=MARKER + "a&" * ADDRESS_BYTES, moment="9999-12-31T23:59:59-14:00")
@example(text=MARKER + "\x00", moment="9" * 5000)
async def test_a_bad_text_or_moment_in_an_address(attack: Attack, text: str, moment: object) -> None:
    for place in attack.places:
        if place.kind not in IN_BODIES:
            await attack.send(place, text)
            await attack.send(place, moment)
