"""POST /v1/submissions/handover: returned submissions of a kader who has left."""

from uuid import uuid4

from httpx import Response

from app.platform.database import Connection
from tests.routers.reviews.test_review import COMMENT, move
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import put

PERSON = "INSERT INTO person (id, username, name, created_at, training) VALUES ($1, $2, 'Kader', now(), $3)"
GRANT = """
INSERT INTO role_grant (id, person_id, role, region, valid_from, granted_by, granted_at)
VALUES (gen_random_uuid(), $1, 'kader', $2, now() - interval '1 day', $1, now())
"""


async def make_kader(connection: Connection, client: Client, village: str, *, training: bool = False) -> str:
    """Makes an account for the caller of a client, and returns its id."""
    person = str((await client.get("/v1/me")).json()["id"])
    await connection.execute(PERSON, person, f"kader-{person[:8]}", training)
    await connection.execute(GRANT, person, village)
    return person


async def hand_over(client: Client, one: str, other: str, **more: str) -> Response:
    return await client.http.post("/v1/submissions/handover", json={"from": one, "to": other, **more})


async def returned(caller: Client) -> tuple[Client, str, str]:
    """A supervisor, what was returned, and who sent it."""
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await move(supervisor, sent, "in_review")
    await move(supervisor, sent, "returned", comments=COMMENT)
    return supervisor, sent, (await kader.get("/v1/me")).json()["id"]


async def test_it_works(caller: Client, connection: Connection) -> None:
    supervisor, sent, gone = await returned(caller)
    other = await a_kader(caller)
    taking_over = await make_kader(connection, other, LANDASAN_ULIN_SELATAN)
    assert (await hand_over(supervisor, gone, taking_over)).json() == {"passed": 1}
    (row,) = (await other.get("/v1/submissions", mine="true", status="returned")).json()["items"]
    assert row["id"] == sent
    assert (await other.get(f"/v1/submissions/{sent}/reviews")).json()["items"][0]["comments"]
    shown = (await other.get(f"/v1/submissions/{sent}/answers")).json()
    assert (shown["withheld"], shown["salt"]) == ([], None)
    assert (await correct(other, sent, make_body(2), reason="returned")).status_code == 200
    assert (await hand_over(supervisor, gone, taking_over)).json() == {"passed": 0}


async def test_somebody_without_the_village_does_not_take_over(caller: Client, connection: Connection) -> None:
    supervisor, _, gone = await returned(caller)
    other = await make_kader(connection, await a_kader(caller), GUNTUNG_MANGGIS)
    answer = await hand_over(supervisor, gone, other)
    assert problem_of(answer) == (422, "faults")
    assert [each["code"] for each in answer.json()["faults"]] == ["not_a_kader"]


async def test_an_account_in_training_does_not_take_over(caller: Client, connection: Connection) -> None:
    supervisor, _, gone = await returned(caller)
    other = await make_kader(connection, await a_kader(caller), LANDASAN_ULIN_SELATAN, training=True)
    assert problem_of(await hand_over(supervisor, gone, other)) == (422, "faults")


async def test_nobody_unknown_takes_over(caller: Client) -> None:
    supervisor, _, gone = await returned(caller)
    assert problem_of(await hand_over(supervisor, gone, str(uuid4()))) == (422, "faults")


async def test_another_area_is_refused(caller: Client) -> None:
    supervisor, _, gone = await returned(caller)
    assert (await hand_over(supervisor, gone, gone, region=GUNTUNG_MANGGIS)).status_code == 403


async def test_to_the_same_person(caller: Client) -> None:
    supervisor, _, gone = await returned(caller)
    answer = await hand_over(supervisor, gone, gone)
    assert [each["code"] for each in answer.json()["faults"]] == ["same_person"]
