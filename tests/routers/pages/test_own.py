"""/own: what a kader sent, what came back and why, and what the round still lacks."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.access import areas_of
from app.pages.texts import write_number
from app.platform.codes import show_receipt_code
from app.platform.database import Connection, Database
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.held import broken
from tests.support.pages import Visitor, rows_of, words_of
from tests.support.people import add_grant, add_person
from tests.support.rounds import make_round

VILLAGE = LANDASAN_ULIN_SELATAN
YEAR = "/own?year=2025"
_NEEDED = (
    *("members", "head_sex", "couple", "children_0_17", "members_7_18", "members_15_up", "members_60_up"),
    "women_18_up",
)
"""Questions that nobody can leave open, because others depend on them."""


class Kader:
    """A kader with an app, and a browser in which the kader is signed in."""

    def __init__(self, client: Client, visitor: Visitor, id: UUID, username: str) -> None:
        self.client, self.visitor, self.id, self.username = client, visitor, id, username
        issued = client.app.state.tokens.issue("person", str(id), areas_of([("kader", VILLAGE)]))
        self.headers = {"Authorization": f"Bearer {issued.token}", "Accept-Language": "id"}

    async def send(self, seed: int = 1, *, status: int = 201, **changed: Any) -> dict[str, Any]:
        body = make_body(seed, region=VILLAGE, **changed)
        return await self.put(str(uuid4()), body, status=status)

    async def put(self, id: str, body: Any, *, status: int = 201, **query: str) -> dict[str, Any]:
        answer = await self.client.http.put(f"/v1/submissions/{id}", json=body, params=query, headers=self.headers)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def look(self, path: str = YEAR) -> str:
        answer = await self.visitor.look(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
async def kader(client: Client, visitor: Visitor, database: Database) -> Kader:
    person = await add_person(database, username="siti.aminah")
    assert (await visitor.sign_in("siti.aminah")).headers["location"] == "/"
    return Kader(client, visitor, person.id, "siti.aminah")


async def review(client: Client, id: str, status: str, comments: Sequence[dict[str, Any]] = ()) -> None:
    """Moves a review as a supervisor of the village."""
    token = client.app.state.tokens.issue("person", str(uuid4()), areas_of([("supervisor", "6372")])).token
    for each in dict.fromkeys(("in_review", status)):
        body: dict[str, Any] = {"status": each, "revision": 1}
        if each in ("returned", "rejected"):
            body["comments"] = list(comments)
        answer = await client.http.post(
            f"/v1/submissions/{id}/review", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.text


def codes_of(page: str) -> list[str]:
    """The receipt codes of a page in their order."""
    return re.findall(r'<p class="code">([0-9A-Z-]+) ', page)


async def test_it_works(kader: Kader) -> None:
    sent = await kader.send()
    landed = await kader.visitor.look("/")
    assert (landed.status_code, landed.headers["location"]) == (303, "/own")
    page = await kader.look()
    assert codes_of(page) == [sent["receipt"]["code"]]
    words = words_of(page)
    assert "Landasan Ulin Selatan 63.72.06.1004" in words
    assert "diterima, belum diperiksa" in words
    score = sent["score"]
    assert write_number(score["index"], "id", 2) in words
    assert score["category"]["name"]["id"] in words


async def test_the_present_year_comes_first_and_the_others_are_a_click_away(kader: Kader) -> None:
    await kader.send()
    page = await kader.look("/own")
    assert "Belum ada wawancara dari Anda yang sampai" in words_of(page)
    assert f'/own?year={datetime.now(UTC).year - 1}"' in page


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("in_review", "sedang diperiksa"),
        ("approved", "disetujui"),
        ("returned", "dikembalikan"),
        ("rejected", "ditolak"),
    ],
)
async def test_every_state_is_said(kader: Kader, status: str, said: str) -> None:
    sent = await kader.send()
    await review(kader.client, sent["id"], status, [{"text": "Alasannya"}])
    assert said in words_of(await kader.look())


async def test_what_came_back_is_on_top_with_the_reason_in_words_of_the_question(
    kader: Kader, connection: Connection
) -> None:
    first, other = await kader.send(1), await kader.send(2)
    comments = [
        {"question": "drinking_water", "text": "Tanyakan lagi sumber air minumnya"},
        {"text": "Tolong lengkapi <b>semuanya</b>"},
    ]
    await review(kader.client, first["id"], "returned", comments)
    page = await kader.look()
    assert codes_of(page) == [first["receipt"]["code"], other["receipt"]["code"], first["receipt"]["code"]]
    words = words_of(page)
    question = kader.client.app.state.catalogue.find("ikk-29", "2025.1").instrument.question["drinking_water"].text
    assert f"{question.id} Tanyakan lagi sumber air minumnya" in words
    assert f"{question.en} Tanyakan" in words_of(await kader.look(f"{YEAR}&lang=en"))
    assert "<b>semuanya" not in page
    assert "&lt;b&gt;semuanya" in page


async def test_only_the_comments_of_the_last_return_are_shown(kader: Kader) -> None:
    sent = await kader.send()
    await review(kader.client, sent["id"], "returned", [{"text": "Alasan pertama"}])
    await review(kader.client, sent["id"], "returned", [{"text": "Alasan kedua"}])
    words = words_of(await kader.look())
    assert "Alasan kedua" in words
    assert "Alasan pertama" not in words


async def test_after_the_correction_nothing_is_to_be_settled(kader: Kader) -> None:
    sent = await kader.send()
    await review(kader.client, sent["id"], "returned", [{"text": "Tanyakan lagi"}])
    assert "Perlu diselesaikan" in words_of(await kader.look())
    body = {**make_body(2, region=VILLAGE), "correction": {"reason": "typing_error"}}
    answer = await kader.client.http.put(
        f"/v1/submissions/{sent['id']}", json=body, headers={**kader.headers, "If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text
    assert "Perlu diselesaikan" not in words_of(await kader.look())


async def test_what_is_held_with_faults_says_which(kader: Kader) -> None:
    kept = await kader.put(str(uuid4()), broken(region=VILLAGE), status=202, keep="faulty")
    words = words_of(await kader.look())
    assert kept["held"]["receipt"]["code"] in words
    assert "disimpan, belum dihitung" in words
    [fault] = kept["held"]["faults"]
    assert fault["message"] in words


async def test_a_conflict_says_that_a_supervisor_chooses(kader: Kader) -> None:
    sent = await kader.send(1)
    told = await kader.put(sent["id"], make_body(2, region=VILLAGE), status=409)
    words = words_of(await kader.look())
    assert told["held"]["receipt"]["code"] in words
    assert "Penyelia memilih mana yang benar" in words


async def test_what_a_supervisor_has_settled_is_not_shown_as_held(kader: Kader, connection: Connection) -> None:
    await kader.put(str(uuid4()), broken(region=VILLAGE), status=202, keep="faulty")
    await connection.execute("UPDATE held_submission SET status = 'dismissed', closed_at = now()")
    assert "Perlu diselesaikan" not in words_of(await kader.look())


async def test_the_round_says_how_many_are_missing(kader: Kader, client: Client) -> None:
    await kader.send()
    await client.sign_in(scopes=EVERYTHING, regions=["6372"])
    planned = make_round(VILLAGE, GUNTUNG_MANGGIS, expected=12)
    assert (await client.http.post("/v1/rounds", json=planned)).status_code == 201
    client.http.headers.pop("Authorization")
    page = await kader.look()
    assert rows_of(page, "Keluarga di desa Anda") == [["Landasan Ulin Selatan", "1 / 12", "11"]]
    assert "Pendataan Juli" in words_of(page)


async def test_the_newest_is_on_top_and_pages_go_on_without_a_gap(kader: Kader, connection: Connection) -> None:
    sent = await kader.send()
    await connection.execute(
        "INSERT INTO submission SELECT (jsonb_populate_record(first.kept, jsonb_build_object('id', gen_random_uuid(), "
        "'family_id', gen_random_uuid(), 'received_at', (first.kept).received_at - make_interval(mins => n / 2), "
        "'code', lpad(n::text, 10, '0')))).* "
        "FROM (SELECT kept FROM submission AS kept) AS first, generate_series(1, 60) AS n"
    )
    pages = [await kader.look()]
    while found := re.search(r'href="(/own\?[^"]*cursor=[^"]*)">Yang lebih lama', pages[-1]):
        pages.append(await kader.look(found[1].replace("&amp;", "&")))
    shown = [codes_of(each) for each in pages]
    assert [len(each) for each in shown] == [25, 25, 11]
    every = [code for each in shown for code in each]
    assert len(set(every)) == 61
    rows = await connection.fetch("SELECT code FROM submission ORDER BY received_at DESC, id DESC")
    assert every == [show_receipt_code(row["code"]) for row in rows]
    assert sent["receipt"]["code"] in shown[0]
    assert "Kembali ke yang terbaru" in words_of(pages[1])
    assert "Kembali ke yang terbaru" not in words_of(pages[0])


@pytest.mark.parametrize("query", ["cursor=x", "cursor=%00", "year=1", "year=abc", "mine=true", "lang=de"])
async def test_a_wrong_address_is_refused_in_a_page(kader: Kader, query: str) -> None:
    answer = await kader.visitor.look(f"/own?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


async def test_what_others_sent_is_not_there(kader: Kader, database: Database) -> None:
    other = await add_person(database, username="budi")
    budi = Kader(kader.client, kader.visitor, other.id, "budi")
    theirs = await budi.send()
    await kader.client.http.put(
        f"/v1/submissions/{uuid4()}", json=broken(region=VILLAGE), params={"keep": "faulty"}, headers=budi.headers
    )
    page = await kader.look()
    assert codes_of(page) == []
    assert theirs["receipt"]["code"] not in page


async def test_no_identity_is_on_the_page(kader: Kader) -> None:
    body = make_body(region=VILLAGE)
    card = "6372010101100001"
    person = {"name": "Galuh Banjar", "nik": "6372014101900001", "sex": "female", "birth_date": "1990-01-01"}
    family = {**body["family"], "card_number": card, "address": "Jalan Melati 7"}
    sent = await kader.put(str(uuid4()), {**body, "family": family, "basis": "public_task"})
    page = await kader.look()
    assert sent["receipt"]["code"] in page
    assert not any(each in page for each in (card, "Melati", person["name"], sent["family"], sent["id"]))


async def test_a_restricted_family_has_no_score(kader: Kader, connection: Connection) -> None:
    sent = await kader.send()
    await connection.execute("UPDATE family SET restricted_at = now() WHERE id = $1", UUID(sent["family"]))
    words = words_of(await kader.look())
    assert "tidak dipakai, atas permintaan keluarga" in words
    assert "Nilainya tidak ditampilkan" in words


async def test_too_few_answers_are_said(kader: Kader) -> None:
    body = make_body(region=VILLAGE)
    answers = {code: answer if code in _NEEDED else "refused" for code, answer in body["answers"].items()}
    sent = await kader.put(str(uuid4()), {**body, "answers": answers})
    assert sent["score"]["index"] is None
    assert "terlalu sedikit pertanyaan yang dijawab" in words_of(await kader.look())


async def test_training_is_marked(kader: Kader) -> None:
    await kader.send(purpose="training")
    assert "latihan" in words_of(await kader.look())


async def test_each_look_is_audited_as_the_api_does(kader: Kader, connection: Connection) -> None:
    sent = await kader.send()
    await review(kader.client, sent["id"], "returned", [{"text": "Tanyakan lagi"}])
    await kader.put(str(uuid4()), broken(2, region=VILLAGE), status=202, keep="faulty")
    before = await connection.fetchval("SELECT coalesce(max(id), 0) FROM audit_queue")
    await kader.look()
    rows = await connection.fetch(
        "SELECT kind, caller_id::text FROM audited WHERE kind LIKE 'submission.%' OR kind LIKE 'held.%' ORDER BY at"
    )
    assert before is not None
    looks = [row["kind"] for row in rows if row["caller_id"] == str(kader.id)]
    for kind in ("submission.list", "submission.reviews", "held.list", "held.read"):
        assert kind in looks


async def test_without_figures_there_is_no_way_to_them(kader: Kader) -> None:
    page = await kader.look()
    assert 'href="/search"' not in page
    assert 'href="/compare"' not in page
    assert "Wawancara saya" in words_of(page)
    refused = await kader.visitor.look("/search")
    assert refused.status_code == 403
    assert 'href="/own"' in refused.text


async def test_who_sees_figures_and_sent_nothing_is_not_shown_the_way(
    visitor: Visitor, client: Client, database: Database
) -> None:
    person = await add_person(database, username="admin", grants=[("agency_administrator", "6372")])
    await visitor.sign_in("admin")
    for path in ("/", "/search"):
        assert 'href="/own"' not in (await visitor.look(path)).text
    issued = client.app.state.tokens.issue("person", str(person.id), areas_of([("kader", VILLAGE)]))
    sent = await client.http.put(
        f"/v1/submissions/{uuid4()}",
        json=make_body(region=VILLAGE),
        headers={"Authorization": f"Bearer {issued.token}"},
    )
    assert sent.status_code == 201
    page = await visitor.look("/")
    assert (page.status_code, 'href="/own"' in page.text) == (200, True)
    assert codes_of((await visitor.look(YEAR)).text) == [sent.json()["receipt"]["code"]]


async def test_a_supervisor_has_no_such_page(visitor: Visitor, database: Database) -> None:
    await add_person(database, username="penyelia", grants=[("supervisor", "6372")])
    await visitor.sign_in("penyelia")
    assert 'href="/own"' not in (await visitor.look("/")).text
    assert (await visitor.look("/own")).status_code == 403


async def test_a_kader_who_is_a_supervisor_too_has_both(kader: Kader, database: Database) -> None:
    await add_grant(database, kader.id, "supervisor", "6372")
    await kader.send()
    await kader.visitor.sign_out()
    await kader.visitor.sign_in(kader.username)
    page = await kader.visitor.look("/")
    assert page.status_code == 200
    assert 'href="/own"' in page.text
    assert 'href="/search"' in page.text


async def test_the_sign_in_leads_back_here(visitor: Visitor, database: Database) -> None:
    await add_person(database)
    answer = await visitor.look(YEAR)
    assert answer.headers["location"] == "/sign-in?next=%2Fown%3Fyear%3D2025"
    assert (await visitor.sign_in(next=YEAR)).headers["location"] == YEAR


async def test_too_many_looks_at_answers_leave_the_faults_out(kader: Kader, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = await kader.put(str(uuid4()), broken(region=VILLAGE), status=202, keep="faulty")
    monkeypatch.setattr(kader.client.app.state.throttle._own_answers, "_limit", 0, raising=False)
    assert kept["held"]["receipt"]["code"] in await kader.look()


def test_the_year_of_these_tests_is_over() -> None:
    assert datetime.now(UTC) - timedelta(days=1) > datetime(2026, 1, 1, tzinfo=UTC)
