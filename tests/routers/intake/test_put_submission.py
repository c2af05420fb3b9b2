"""PUT /v1/submissions/{id}: valid submissions, their rows and responses. Other files here test the refusals."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from app.regions.editions import read_edition
from app.scoring.coding import decode_answers
from app.scoring.instrument import Instrument
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, instrument, make_body

REQUIRED = (
    *("members", "head_sex", "couple", "children_0_17"),
    *("members_7_18", "members_15_up", "members_60_up", "women_18_up"),
)
CANONICAL_HASH = "sha-256:6d6f231f580eafcea272b2eb9806a8750b39c609da5b212b7f7e018179a26d93"


@pytest.fixture(scope="module")
def village_of_papua() -> str:
    """A village in the zone nine hours ahead of UTC."""
    return next(each.code for each in read_edition()[1] if each.level == "village" and each.code.startswith("91"))


@pytest.fixture(scope="module")
def village_of_jakarta() -> str:
    """A village in the zone seven hours ahead of UTC."""
    return next(each.code for each in read_edition()[1] if each.level == "village" and each.code.startswith("31"))


async def year_of(client: Client, region: str, surveyed_at: str) -> int:
    """The year in which a submission of this moment counts, as the list shows it."""
    sent = await client.put(make_body(region=region, surveyed_at=surveyed_at))
    assert sent.status_code == 201, sent.text
    rows = (await client.get("/v1/submissions", region=region)).json()["items"]
    assert [row["id"] for row in rows] == [sent.json()["id"]]
    year: int = rows[0]["year"]
    return year


async def test_it_works(caller: Client) -> None:
    answer = await caller.put(make_body())
    assert answer.status_code == 201, answer.text
    assert answer.json()["score"]["instrument_status"] == "provisional"


async def test_the_response_has_every_member_of_the_contract(caller: Client, ikk29: Instrument) -> None:
    uuid = uuid4()
    answer = await caller.put(make_body(), uuid)
    assert answer.headers["content-type"] == "application/json"
    receipt = answer.json()
    assert list(receipt) == [
        "id",
        "family",
        "revision",
        "status",
        "purpose",
        "receipt",
        "counts",
        "uncounted",
        "score",
        "warnings",
    ]
    assert (receipt["id"], receipt["revision"], receipt["status"]) == (str(uuid), 1, "accepted")
    assert list(receipt["receipt"]) == ["content_hash", "received_at", "code", "signature"]
    assert receipt["receipt"]["content_hash"].startswith("sha-256:")
    assert len(receipt["receipt"]["content_hash"]) == len("sha-256:") + 64
    received_at = datetime.fromisoformat(receipt["receipt"]["received_at"])
    assert abs(datetime.now(UTC) - received_at) < timedelta(minutes=1)
    score = receipt["score"]
    assert (score["instrument"], score["version"]) == ("ikk-29", "2025.1")
    assert score["instrument_digest"] == ikk29.digest
    assert set(score["category"]) == {"code", "name"}
    assert set(score["category"]["name"]) == {"id", "en"}


async def test_the_score_names_every_dimension_and_indicator_of_the_instrument(
    caller: Client, ikk29: Instrument
) -> None:
    score = (await caller.put(make_body())).json()["score"]
    assert [each["code"] for each in score["dimensions"]] == [each.code for each in ikk29.main.groups]
    assert [each["code"] for each in score["indicators"]] == [each.code for each in ikk29.main.indicators]
    counts = {"fulfilled", "applicable", "answered"}
    assert all(set(each) == {"code", "value", "lowest", "highest", *counts} for each in score["dimensions"])
    assert all(set(each) == {"code", "outcome", "contribution"} for each in score["indicators"])


@pytest.mark.parametrize("seed", range(12))
async def test_the_contributions_shown_add_up_to_the_index_shown(caller: Client, seed: int) -> None:
    score = (await caller.put(make_body(seed, strength=seed / 12))).json()["score"]
    shown = [Decimal(str(each["contribution"])) for each in score["indicators"] if each["contribution"] is not None]
    assert sum(shown) == Decimal(str(score["index"]))


async def test_the_content_hash_is_over_the_canonical_body(caller: Client) -> None:
    body = make_body(
        surveyed_at="2025-07-29T09:12:00+08:00",
        family={"members": 4, "head_sex": "female"},
        answers={"members": 4, "head_sex": "female", "couple": "no"}
        | {"children_0_17": 3, "members_7_18": 2, "members_15_up": 1, "members_60_up": 0, "women_18_up": 1},
    )
    answer = await caller.put(body)
    # This hash was made outside the service with: jq -cjS . body.json | sha256sum
    assert answer.json()["receipt"]["content_hash"] == CANONICAL_HASH


async def test_a_dotted_region_is_stored_undotted(caller: Client, connection: Connection) -> None:
    answer = await caller.put(make_body(region="63.72.06.1004"))
    assert answer.status_code == 201
    assert await connection.fetchval("SELECT region FROM submission") == LANDASAN_ULIN_SELATAN


async def test_a_dotted_region_is_the_same_content_as_the_undotted(caller: Client) -> None:
    uuid = uuid4()
    first = await caller.put(make_body(region="63.72.06.1004"), uuid)
    assert (await caller.put(make_body(region="6372061004"), uuid)).json() == first.json()


async def test_the_stored_answers_are_those_that_were_sent(caller: Client, connection: Connection) -> None:
    body = make_body(3)
    await caller.put(body)
    row = await connection.fetchrow("SELECT * FROM submission")
    assert decode_answers(row["answers"], None, instrument()) == body["answers"]
    assert (row["head_sex"], row["members"]) == (body["family"]["head_sex"], body["family"]["members"])
    assert row["surveyed_at"] == datetime.fromisoformat(body["surveyed_at"])
    assert str(row["sent_by"]) == caller.agency_id


async def test_half_past_midnight_on_new_year_s_day_counts_for_the_new_year(caller: Client) -> None:
    assert await year_of(caller, LANDASAN_ULIN_SELATAN, "2025-01-01T00:30:00+08:00") == 2025


async def test_new_year_comes_to_papua_while_it_is_still_the_old_year_in_utc(
    client: Client, village_of_papua: str
) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert await year_of(client, village_of_papua, "2024-12-31T23:30:00Z") == 2025


async def test_the_offset_sent_does_not_decide_the_year(client: Client, village_of_papua: str) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert await year_of(client, village_of_papua, "2024-12-31T22:30:00+07:00") == 2025


async def test_a_minute_before_midnight_in_jakarta_counts_for_the_old_year(
    client: Client, village_of_jakarta: str
) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert await year_of(client, village_of_jakarta, "2024-12-31T16:59:00Z") == 2024


async def test_midnight_in_jakarta_counts_for_the_new_year(client: Client, village_of_jakarta: str) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert await year_of(client, village_of_jakarta, "2024-12-31T17:00:00Z") == 2025


@pytest.mark.parametrize(
    "moment", ["2025-07-29t09:12:00z", "2025-07-29T09:12:00-00:00", "2025-07-29T23:12:00.123456789+14:00"]
)
async def test_every_spelling_of_an_instant_is_taken(caller: Client, moment: str) -> None:
    assert (await caller.put(make_body(surveyed_at=moment))).status_code == 201


async def test_a_device_clock_a_little_ahead_is_forgiven(caller: Client) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=4)
    assert (await caller.put(make_body(surveyed_at=ahead.isoformat()))).status_code == 201


async def test_the_instrument_s_first_local_day_is_accepted(caller: Client) -> None:
    first_moment = "2023-09-30T16:00:00Z"
    assert (await caller.put(make_body(surveyed_at=first_moment))).status_code == 201


async def test_family_differing_from_the_answers_is_taken_with_warnings(caller: Client) -> None:
    body = make_body()
    answer = await caller.put({**body, "family": {"head_sex": "female", "members": body["answers"]["members"] + 1}})
    assert answer.status_code == 201
    warnings = answer.json()["warnings"]
    assert [(each["code"], each["pointer"]) for each in warnings if each["code"] == "family_differs"] == [
        ("family_differs", "/answers/members"),
        ("family_differs", "/answers/head_sex"),
    ]
    assert all(set(each["message"]) == {"id", "en"} for each in warnings)


async def test_family_agreeing_with_the_answers_gives_no_warning(caller: Client) -> None:
    body = make_body()
    del body["family"]["card_number"]
    assert (await caller.put(body)).json()["warnings"] == []


@pytest.mark.parametrize("withheld", ["refused", "dont_know"])
async def test_a_withheld_answer_is_taken_and_its_indicator_missing(caller: Client, withheld: str) -> None:
    body = make_body()
    answer = await caller.put({**body, "answers": {**body["answers"], "savings": withheld}})
    assert answer.status_code == 201
    assert outcome_of("KKE6", answer.json()) == ("missing", None)


async def test_a_question_left_out_is_taken_and_its_indicator_missing(caller: Client) -> None:
    body = make_body()
    del body["answers"]["savings"]
    answer = await caller.put(body)
    assert answer.status_code == 201
    assert outcome_of("KKE6", answer.json()) == ("missing", None)


def outcome_of(indicator: str, receipt: dict[str, Any]) -> tuple[str, float | None]:
    found = next(each for each in receipt["score"]["indicators"] if each["code"] == indicator)
    return found["outcome"], found["contribution"]


async def test_too_few_answers_are_taken_without_an_index(caller: Client) -> None:
    body = make_body()
    few = {question: body["answers"][question] for question in REQUIRED}
    answer = await caller.put({**body, "answers": few})
    assert answer.status_code == 201
    score = answer.json()["score"]
    assert (score["index"], score["category"]) == (None, None)
    assert {each["contribution"] for each in score["indicators"]} == {None}


async def test_an_instrument_s_other_edition_is_scored_by_its_own_rules(
    caller: Client, ketahanan24: Instrument
) -> None:
    answer = await caller.put(make_body(file="ketahanan-24-2016.1"))
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["score"]["indicators"]) == len(ketahanan24.main.indicators) == 24
