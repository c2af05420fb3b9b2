"""What counts of a family: the rule itself, and rows and sums after any acts at once."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.platform.database import EVERYWHERE, Connection, Database, raw_connection
from app.schemas.aggregates.basis import Basis
from app.scoring.catalogue import Catalogue, Published
from app.services.families.families import lock_families
from app.services.intake.counting import Interview, decide, settle_counts
from tests.routers.families.test_settle_identity import NEW, OLD, unsettled
from tests.routers.intake.test_a_family_counts_once import on
from tests.support.bases import Row, check_sums, read_rows
from tests.support.factories import Client, instrument
from tests.support.subject_requests import ask, fulfil

START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Aside:
    """An identity that was kept aside, see `KeptAside`."""

    submission_id: UUID | None
    surveyed_before: datetime | None
    kept_at: datetime


def catalogue() -> Catalogue:
    """Two instruments, of which the first has two versions."""
    found, ikk = Catalogue(), instrument()
    found.add(Published(1, ikk, START))
    found.add(Published(2, replace(ikk, version="next"), START))
    found.add(Published(3, instrument("ketahanan-24-2016.1"), START))
    return found


CATALOGUE = catalogue()
DAYS = st.integers(0, 5).map(lambda day: START + timedelta(days=day))
INTERVIEWS = st.lists(
    st.builds(
        Interview,
        id=st.uuids(version=4),
        instrument_id=st.integers(1, 3),
        year=st.integers(2024, 2025),
        region=st.just("6372061004"),
        outcomes=st.just(""),
        surveyed_at=DAYS,
        received_at=DAYS,
        purpose=st.sampled_from(["interview", "interview", "reinterview", "training"]),
        uncounted=st.sampled_from([None, "undecided", "later_interview"]),
        carded=st.booleans(),
        in_approved=st.booleans(),
        review=st.sampled_from([None, "in_review", "approved", "approved", "returned", "rejected"]),
        after_settlement=st.sampled_from([None, False, True]),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


@given(INTERVIEWS)
def test_each_basis_counts_the_latest_interview_that_it_admits(interviews: list[Interview]) -> None:
    verdicts = decide(interviews, [], CATALOGUE, restricted=False)
    groups = defaultdict[Any, list[Interview]](list)
    for each in interviews:
        groups[each.year, each.instrument_id == 3].append(each)
    for group in groups.values():
        held = [each for each in group if each.purpose == "interview" and each.review != "rejected"]
        reported = [each for each in held if each.review == "approved" or not each.after_settlement]
        assert [each.id for each in group if verdicts[each.id].uncounted is None] == ids_of_latest(reported)
        approved = [each for each in held if each.review == "approved"]
        assert [each.id for each in group if verdicts[each.id].in_approved] == ids_of_latest(approved)


def ids_of_latest(interviews: list[Interview]) -> list[UUID]:
    latest = max(interviews, key=lambda each: (each.surveyed_at, each.received_at, each.id), default=None)
    return [] if latest is None else [latest.id]


@given(INTERVIEWS)
def test_what_is_not_admitted_says_why(interviews: list[Interview]) -> None:
    for each in interviews:
        reason = decide(interviews, [], CATALOGUE, restricted=False)[each.id].uncounted
        if each.purpose != "interview":
            assert reason == each.purpose
        elif each.review == "rejected":
            assert reason == "rejected"
        elif each.after_settlement and each.review != "approved":
            assert reason == "after_settlement"
        else:
            assert reason in (None, "later_interview")


@given(INTERVIEWS)
def test_nothing_of_a_restricted_family_counts(interviews: list[Interview]) -> None:
    assert set(decide(interviews, [], CATALOGUE, restricted=True).values()) <= {("restricted", False)}


@given(INTERVIEWS, DAYS)
def test_people_before_a_change_count_beside_those_after_it(interviews: list[Interview], change: datetime) -> None:
    aside = Aside(None, change, change)
    verdicts = decide(interviews, [aside], CATALOGUE, restricted=False)
    for part in (True, False):
        of_part = [each for each in interviews if ((each.surveyed_at, each.received_at) < (change, change)) is part]
        assert {each.id: verdicts[each.id] for each in of_part} == decide(of_part, [], CATALOGUE, restricted=False)


@given(INTERVIEWS.filter(bool))
@settings(max_examples=30)
def test_one_interview_of_other_people_counts_beside_the_rest(interviews: list[Interview]) -> None:
    first, *others = interviews
    aside = Aside(first.id, None, START)
    assert decide(interviews, [aside], CATALOGUE, restricted=False) == {
        **decide([first], [], CATALOGUE, restricted=False),
        **decide(others, [], CATALOGUE, restricted=False),
    }


async def agree(connection: Connection) -> int:
    """Raises if sums of a basis are not those of the rows that count in it, or if other rows count than should.

    Returns how many rows count as approved.
    """
    stored = await read_rows(connection)
    kept = Counter(row["family_id"] for row in await connection.fetch("SELECT family_id FROM earlier_identity"))
    counting: dict[Basis, list[Row]] = {
        "reported": [row for row in stored if row["uncounted"] is None],
        "approved": [row for row in stored if row["in_approved"]],
    }
    for basis, rows in counting.items():
        numbers = Counter((row["family_id"], row["year"]) for row in rows)
        for row in stored:
            number, admitted = (
                numbers[row["family_id"], row["year"]],
                basis == "reported" or row["review"] == "approved",
            )
            if row["restricted"]:
                assert number == 0
            elif admitted and row["review"] != "rejected":
                assert 1 <= number <= 1 + kept[row["family_id"]], (number, kept[row["family_id"]], row["year"])
        assert all(row["review"] == "approved" for row in rows if basis == "approved")
    for row in stored:
        allowed = (None, "later_interview", *(["rejected"] if row["review"] == "rejected" else []))
        assert row["uncounted"] in (["restricted"] if row["restricted"] else allowed)
    await check_sums(connection, counting)
    return len(counting["approved"])


@pytest.mark.parametrize("seed", range(3))
async def test_rows_and_sums_agree_after_any_acts_at_once(
    caller: Client, connection: Connection, database: Database, seed: int
) -> None:
    random = Random(seed)
    cards = [f"637201010110{number:04}" for number in range(1, 4)]

    async def take(card: str) -> None:
        people = random.choice(([], OLD, NEW))
        year, day = random.choice((2024, 2025)), random.randint(1, 28)
        body = on(f"{year}-03-{day:02}", random.randint(1, 9), card, **({"people": people} if people else {}))
        answer = await caller.put(body, uuid4())
        assert answer.status_code == 201, answer.text

    async def act(family: str, kind: str) -> None:
        answer = await fulfil(caller, await ask(caller, family, kind))
        assert answer.status_code in (200, 404, 409), answer.text

    async def settle(family: str, settled_as: str) -> None:
        for earlier in await unsettled(caller, family):
            path = f"/v1/families/{family}/earlier-identities/{earlier['id']}/settle"
            answer = await caller.http.post(path, json={"as": settled_as})
            assert answer.status_code in (200, 404), answer.text

    async def review(family: str, state: str | None) -> None:
        """As a supervisor does it, through the function that counts families."""
        async with database.session(EVERYWHERE) as session:
            await lock_families(session, [UUID(family)])
            raw = await raw_connection(session)
            found = await raw.fetch("SELECT id FROM submission WHERE family_id = $1 ORDER BY id", UUID(family))
            for row in random.sample(found, min(2, len(found))):
                await raw.execute("UPDATE submission SET review = $2 WHERE id = $1", row["id"], state)
            await settle_counts(raw, [UUID(family)], caller.app.state.catalogue)

    for _ in range(4):
        await asyncio.gather(*(take(random.choice(cards)) for _ in range(6)))
        await agree(connection)
        families = [str(row["id"]) for row in await connection.fetch("SELECT id FROM family ORDER BY id")]
        chosen = random.sample(families, min(3, len(families)))
        acts = [settle(each, random.choice(("same", "another"))) for each in chosen]
        acts += [act(random.choice(families), random.choice(("restrict", "lift"))) for _ in range(2)]
        acts += [review(random.choice(families), random.choice(("approved", "rejected", None))) for _ in range(4)]
        await asyncio.gather(*acts, *(take(random.choice(cards)) for _ in range(3)), return_exceptions=False)
        await agree(connection)
    stored = [str(row["id"]) for row in await connection.fetch("SELECT id FROM family ORDER BY id")]
    await act(random.choice(stored), "erase")
    await agree(connection)
