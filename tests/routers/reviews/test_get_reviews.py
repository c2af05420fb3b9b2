"""GET /v1/submissions/{id}/reviews: who sees which moves and comments."""

from tests.routers.reviews.test_review import COMMENT, move
from tests.support.corrections import a_kader, a_supervisor, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, Client, make_body
from tests.support.families import put
from tests.support.subject_requests import serve

ABOUT = [{"question": "savings", "text": "Punya celengan?"}, {"question": "violence_physical", "text": "Tanya lagi"}]


async def test_it_works(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await move(supervisor, sent, "in_review")
    await move(supervisor, sent, "returned", comments=COMMENT)
    for reader in (kader, supervisor):
        latest, first = (await reader.get(f"/v1/submissions/{sent}/reviews")).json()["items"]
        assert (first["status"], first["comments"]) == ("in_review", [])
        assert (latest["status"], latest["revision"]) == ("returned", 1)
        assert latest["comments"] == [{"question": None, **COMMENT[0]}]


async def test_another_kader_finds_nothing(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    assert (await (await a_kader(caller)).get(f"/v1/submissions/{sent}/reviews")).status_code == 404


async def test_a_supervisor_of_another_village_finds_nothing(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    elsewhere = await a_supervisor(caller, GUNTUNG_MANGGIS)
    assert (await elsewhere.get(f"/v1/submissions/{sent}/reviews")).status_code == 404


async def test_of_a_restricted_family_nobody_reads_it(caller: Client) -> None:
    answer = await put(await a_kader(caller), make_body(1))
    await serve(caller, answer["family"], "restrict")
    supervisor = await a_supervisor(caller)
    assert problem_of(await supervisor.get(f"/v1/submissions/{answer['id']}/reviews")) == (403, "family-restricted")
