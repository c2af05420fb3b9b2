"""Aggregates equal a recount in plain Python of what was sent, for every region level, year and instrument."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from app.platform.database import Connection
from tests.support.factories import Client, instrument, make_body
from tests.support.recount import answered, recount
from tests.support.strategies import answers_for

VILLAGES = ("6372061004", "6372021005", "6371041001", "6201012001", "6201012002")
YEARS = (2025, 2026)
FILES = ("ikk-29-2025.1", "ikk-29-2025.2", "ketahanan-24-2016.1")
"""Families of both versions of ikk-29 are added up."""
CODES = ("ikk-29", "ketahanan-24")
SCOPES = ("submissions:write", "submissions:review", "submissions:sensitive", "aggregates:read")
"""What it takes to send families and to read every figure exactly."""
REGIONS = sorted({"ID", *(village[:length] for village in VILLAGES for length in (2, 4, 6, 10))})

# Each example uses HTTP and a real database. Hypothesis' check of fixtures cannot know that it is empty again.
through_http = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Sent:
    """One family as a device sends it."""

    id: UUID
    file: str
    village: str
    year: int
    answers: dict[str, str | int]
    day: int = 1

    @property
    def body(self) -> dict[str, Any]:
        each = instrument(self.file)
        return {
            "instrument": each.code,
            "version": each.version,
            "region": self.village,
            "surveyed_at": f"{self.year}-03-{self.day:02}T12:00:00+08:00",
            "family": {"head_sex": "female", "members": 4},
            "answers": self.answers,
        }


@st.composite
def one_sent(draw: DrawFn) -> Sent:
    file = draw(st.sampled_from(FILES))
    return Sent(
        draw(st.uuids(version=4)),
        file,
        draw(st.sampled_from(VILLAGES)),
        draw(st.sampled_from(YEARS)),
        draw(answers_for(instrument(file))),
    )


families = st.lists(one_sent(), max_size=8, unique_by=lambda each: each.id)


async def clear(connection: Connection) -> None:
    await connection.execute("DELETE FROM family; DELETE FROM submission; DELETE FROM village_sums")


async def read_all(client: Client) -> dict[tuple[str, int, str], dict[str, Any]]:
    """The aggregates by region, year and instrument, without what may differ between two readings."""
    found = {}
    for region in REGIONS:
        for year in YEARS:
            for code in CODES:
                response = await client.get(f"/v1/aggregates/{region}/{year}", instrument=code)
                assert response.status_code == 200, response.text
                found[region, year, code] = {**response.json(), "as_of": None}
    return found


async def agree(client: Client, stored: Sequence[Sent]) -> None:
    for (region, year, code), aggregate in (await read_all(client)).items():
        there = [
            each
            for each in stored
            if (each.year, instrument(each.file).code) == (year, code)
            and (region == "ID" or each.village.startswith(region))
        ]
        answers = [each.answers for each in there]
        file = next(each for each in FILES if each.startswith(code))
        assert answered(aggregate) == recount(answers, instrument(file)), (region, year, code)
        counted = Counter(instrument(each.file).version for each in there)
        assert {each["version"]: each["families"] for each in aggregate["versions"] if each["families"]} == counted
        assert aggregate["other_versions"] == []


@given(sent=families)
@through_http
async def test_every_level_and_year_equals_a_recount_of_what_was_sent(
    client: Client, connection: Connection, sent: list[Sent]
) -> None:
    await clear(connection)
    await client.sign_in(scopes=SCOPES, regions=["ID"])
    for each in sent:
        assert (await client.put(each.body, each.id)).status_code == 201
    await agree(client, sent)


@given(sent=st.lists(one_sent(), min_size=1, max_size=4, unique_by=lambda each: each.id), draw=st.data())
@through_http
async def test_resends_and_conflicts_count_nothing(
    client: Client, connection: Connection, sent: list[Sent], draw: st.DataObject
) -> None:
    await clear(connection)
    await client.sign_in(scopes=SCOPES, regions=["ID"])
    for each in sent:
        assert (await client.put(each.body, each.id)).status_code == 201
    for each in draw.draw(st.lists(st.sampled_from(sent), max_size=4)):
        assert (await client.put(each.body, each.id)).status_code == 200
        other = {**each.body, "surveyed_at": f"{each.year}-03-01T13:00:00+08:00"}
        assert (await client.put(other, each.id)).status_code == 409
        elsewhere = {**each.body, "region": VILLAGES[VILLAGES.index(each.village) - 1]}
        assert (await client.put(elsewhere, each.id)).status_code == 409
    await agree(client, sent)


@given(sent=families, draw=st.data())
@settings(through_http, max_examples=4)
async def test_the_order_of_sending_changes_nothing(
    client: Client, connection: Connection, sent: list[Sent], draw: st.DataObject
) -> None:
    await client.sign_in(scopes=SCOPES, regions=["ID"])
    results = []
    for order in (sent, draw.draw(st.permutations(sent))):
        await clear(connection)
        for each in order:
            assert (await client.put(each.body, each.id)).status_code == 201
        results.append(await read_all(client))
    assert results[0] == results[1]


async def test_an_aggregate_is_read_without_any_submission(client: Client, connection: Connection) -> None:
    await client.sign_in(scopes=SCOPES, regions=["ID"])
    for seed in range(3):
        assert (await client.put(make_body(seed, region=VILLAGES[0]))).status_code == 201
    before = await read_all(client)
    assert before["63", 2025, CODES[0]]["families"] == 3
    await connection.execute("DELETE FROM submission")
    assert await read_all(client) == before
