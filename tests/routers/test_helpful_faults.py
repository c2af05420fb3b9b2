"""Sends a wrong value in every place that takes one, and checks that the fault shows what is right.

The places come from the OpenAPI document, so a new member is covered without anybody thinking of it.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import cycle
from typing import Any, Final

import pytest
from httpx import Headers, Response

from app.config import Settings
from app.platform.database import Database
from app.platform.throttle import Throttle
from tests.access_matrix.resources import Call
from tests.support.direct import send_directly
from tests.support.factories import Client
from tests.support.places import UNKNOWN, Place, change

TEXTS: Final = (10**12, "", "?!", "x" * 600, "0" * 16)
WRONG: Final[tuple[object, ...]] = (*TEXTS, 5, [], {}, None)
"""Both are of an odd number, so that each is sent in one language at one place and in the other at the next."""
LIMITS: Final = (
    *("identity_reads_per_hour", "batches_per_minute", "reconciliations_per_minute", "own_answers_per_hour"),
    "agency_requests_per_minute",
)
SECRETS: Final = {"password", "new_password", "client_secret", "refresh_token", "token"}
"""An example of a secret would soon be somebody's secret."""
NO_EXAMPLE: Final = {"repeated_nik", "nik_is_card", "not_asked", "bad_cursor", "reserved_uuid", "region_ended"}
"""Faults whose texts say what to do, because no value that we could name would be right."""
DEPENDS: Final = {
    *("taken", "repeated", "bad_cursor", "out_of_range", "not_allowed", "one_number", "other_format"),
    "ids_or_filter",
    "other_granularity",
    *("fixed_in_round", "too_early", "too_late"),
    *("other_kind", "unknown_indicator", "year_ahead", "too_many_digits", "unknown_member"),
}
"""Faults that an example of the right form can still have, because of what is stored, of other members or the clock."""
SHOWS: Final = {
    "id": re.compile(
        r"[Mm]isalnya|Contoh|salah satu (dari|saja)|Yang (ada|tersedia|dikenal)|Isi yang berlaku|[Pp]aling |antara|"
        r"sampai|true|Hapus"
    ),
    "en": re.compile(
        r"such as|[Ee]xample|one of|It has|Available|It stays|known columns|at most|at the latest|between|"
        r"Use \S+ or|Remove|true"
    ),
}


@pytest.fixture(autouse=True)
async def unlimited(officer: Client, settings: Settings, database: Database) -> AsyncIterator[None]:
    """The service without its limits on wrong secrets and on reads of identities."""
    none = dict.fromkeys(("sign_in_failures_per_account", "sign_in_failures_per_address"), 10**6)
    patient = settings.model_copy(update={**none, **dict.fromkeys(LIMITS, 0)})
    state, usual = officer.app.state, officer.app.state.throttle
    state.throttle = Throttle(patient, state.keys)
    async with state.throttle.working(database):
        yield
    state.throttle = usual


async def ask(officer: Client, made: Call, language: str = "id") -> Response:
    answer = await send_directly(officer.app, made, Headers({**officer.http.headers, "accept-language": language}))
    assert answer.status_code != 429
    return answer


def faults_at(place: Place, answer: Response) -> list[dict[str, Any]]:
    """The faults of the place itself."""
    if answer.status_code != 422:
        return []
    faults = answer.json()["faults"]
    if place.kind in ("query", "path", "header"):
        return [each for each in faults if "parameter" in each]
    name = str(place.steps[-1])
    return [each for each in faults if each["pointer"].rpartition("/")[2] in (name, "…")]


def shows_what_is_right(fault: Mapping[str, Any], language: str) -> bool:
    if fault["code"] in NO_EXAMPLE:
        return True
    return bool(SHOWS[language].search(fault["message"]))


LANGUAGES: Final = cycle(("id", "en"))


def wrong_values(place: Place) -> Iterator[tuple[object, str]]:
    """Of a member that is not known, nobody reads the value. Outside JSON, every value is a text."""
    known = place.steps[-1] != UNKNOWN
    for value in (WRONG if place.kind == "application/json" else TEXTS) if known else WRONG[:1]:
        yield value, next(LANGUAGES)


async def test_every_fault_shows_what_is_right_and_its_example_is(
    officer: Client, calls: Mapping[str, Call], places: list[Place]
) -> None:
    examples: dict[str, tuple[Place, Any]] = {}
    silent, refused = {}, {}
    for place in (each for each in places if each.steps):
        for value, language in wrong_values(place):
            answer = await ask(officer, change(calls[place.operation], place, value), language)
            for fault in faults_at(place, answer):
                if place.steps[-1] not in SECRETS and not shows_what_is_right(fault, language):
                    silent[f"{place} {value!r:.20}"] = (fault["code"], fault["message"])
                if "example" in fault:
                    examples.setdefault(f"{place} {fault['example']!r}", (place, fault["example"]))
    for place, example in examples.values():
        answer = await ask(officer, change(calls[place.operation], place, example))
        assert answer.status_code < 500, str(place)
        if found := [each for each in faults_at(place, answer) if each["code"] not in DEPENDS]:
            refused[f"{place} {example!r:.60}"] = [(each["code"], each["message"]) for each in found]
    assert silent == {}
    assert refused == {}
    assert len(examples) > 100
