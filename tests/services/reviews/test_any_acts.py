"""Both bases equal a recount on every level, whatever kaders, supervisors and families do, at once and in turn."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.access import areas_of
from app.platform.database import Connection
from app.platform.tokens import Tokens
from app.schemas.intake.review_states import MOVES
from tests.support.bases import Row, check_bases
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import told
from tests.support.offered import offered
from tests.support.subject_requests import REQUESTS, request_body

VILLAGES: Final = (LANDASAN_ULIN_SELATAN, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
CARDS: Final = ("6372010101100001", "6372010101100001", "6372010202110002", "6372010303120003", None)
NOW: Final = datetime.now(UTC)
REASONS: Final = ("typing_error", "misunderstood", "family_told", "other")
AGAIN: Final = frozenset((429, 503))
LEVELS: Final = ("ID", "63", *(VILLAGES[0][:4], VILLAGES[0][:6], VILLAGES[2][:6], VILLAGES[0], VILLAGES[2]))


Act = Callable[["World", Sequence[Row]], Awaitable[None]]


class World:
    """Everybody who acts, and what each was answered. An act chooses by chance what it is done to."""

    def __init__(self, client: Client, connection: Connection, seed: int) -> None:
        self.client, self.connection, self.random = client, connection, Random(seed)
        self.looking = asyncio.Lock()
        """Acts at once share the connection."""
        self.round: str | None = None
        self.offered = offered(client.app.openapi())
        self.sent = dict[UUID, dict[str, Any]]()
        """The content that was stored first under each id."""
        self.faulty = dict[UUID, dict[str, Any]]()
        """What has faults and was handed in, as it is without the faults."""
        self.held = dict[UUID, str]()
        """The ids under which what has faults is kept."""
        self.answers = Counter[tuple[str, int]]()
        tokens: Tokens = client.app.state.tokens
        kader, supervisor = str(uuid4()), str(uuid4())
        roles = {
            "kader": (kader, [("kader", village) for village in {*VILLAGES}]),
            "supervisor": (supervisor, [("supervisor", VILLAGES[0][:4])]),
        }
        self.tokens = {
            name: tokens.issue("person", account, areas_of(held)).token for name, (account, held) in roles.items()
        }
        scopes = dict.fromkeys(EVERYTHING, ("63",))
        self.tokens["officer"] = tokens.issue("agency", str(uuid4()), scopes).token

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Sends a request, and once more while the service says to come back. Nothing may be answered by 500."""
        told_who = {"Authorization": f"Bearer {self.tokens[who]}", "Accept-Language": "en"}
        every = {**told_who, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = await self.client.http.request(method, path, json=body, headers=every)
        for _ in range(60):
            if answer.status_code not in AGAIN:
                break
            await asyncio.sleep(0.05)
            answer = await self.client.http.request(method, path, json=body, headers=every)
        assert answer.status_code < 500, (method, path, answer.text)
        return answer

    def note(self, act: str, answer: Response, *allowed: int) -> Response:
        """Counts an answer, which must be one of those that the act may get."""
        assert answer.status_code in allowed, (act, answer.status_code, answer.text)
        self.answers[act, answer.status_code] += 1
        return answer

    def draw_body(self, card: str | None = None, *, known: bool = True) -> dict[str, Any]:
        """An interview of today, which belongs to the round, or of a day of one of two years before."""
        body = told(self.random.randint(1, 40), self.random.choice(CARDS) if known else card)
        if self.random.random() < 0.4:
            moment = NOW - timedelta(minutes=self.random.randint(1, 60))
        else:
            moment = datetime(self.random.choice((2024, 2025)), 3, self.random.randint(1, 9), tzinfo=UTC)
        return {**body, "region": self.random.choice(VILLAGES), "surveyed_at": moment.isoformat()}

    def able(self, acts: Sequence[Act]) -> list[Act]:
        """Those of the acts that the service has a route for."""
        return [each for each in acts if NEEDS[each] in self.offered]

    async def rows(self) -> list[Row]:
        """The stored interviews, in an order that does not depend on their ids."""
        return list(await self.connection.fetch("SELECT * FROM submission ORDER BY received_at, surveyed_at, outcomes"))


async def take(world: World, rows: Sequence[Row]) -> None:
    uuid, body = uuid4(), world.draw_body()
    world.note("take", await world.ask("kader", "PUT", f"/v1/submissions/{uuid}", body), 201)
    world.sent[uuid] = body


async def resend(world: World, rows: Sequence[Row]) -> None:
    uuid = world.random.choice(list(world.sent))
    answer = await world.ask("kader", "PUT", f"/v1/submissions/{uuid}", world.sent[uuid])
    # After a correction by a family's right, the earlier content is gone.
    world.note("resend", answer, 200, 409, 410)


async def correct(world: World, rows: Sequence[Row], who: str = "kader", revision: int | None = None) -> None:
    if not rows:
        return
    row = world.random.choice(rows)
    body = {**world.draw_body(), "correction": {"reason": world.random.choice(REASONS)}}
    if world.random.random() < 0.5:
        kept = world.sent.get(row["id"], body)
        body = {**body, **{name: kept[name] for name in ("family", "region", "surveyed_at")}}
    match = f'"{row["revision"] if revision is None else revision}"'
    answer = await world.ask(who, "PUT", f"/v1/submissions/{row['id']}", body, If_Match=match)
    world.note("stale" if revision else f"correct as {who}", answer, 200, 403, 404, 409, 410, 412, 422, 428)


async def supervise(world: World, rows: Sequence[Row]) -> None:
    await correct(world, rows, "supervisor")


async def stale(world: World, rows: Sequence[Row]) -> None:
    await correct(world, rows, revision=77)


async def conflict(world: World, rows: Sequence[Row]) -> None:
    if not rows:
        return
    row = world.random.choice(rows)
    answer = await world.ask("kader", "PUT", f"/v1/submissions/{row['id']}", world.draw_body())
    world.note("conflict", answer, 409, 410)


async def choose(world: World, rows: Sequence[Row]) -> None:
    region = VILLAGES[0][:4]
    listed = await world.ask(
        "supervisor", "GET", f"/v1/held-submissions?region={region}&kind=conflict&status=open&limit=50"
    )
    held = world.note("list held", listed, 200).json()["items"]
    if not held:
        return
    chosen = world.random.choice(held)
    revisions = {str(row["id"]): row["revision"] for row in rows}
    body = {
        "choose": world.random.choice(("held", "held", "stored")),
        "revision": revisions.get(chosen.get("submission", chosen["id"]), 1),
    }
    answer = await world.ask("supervisor", "POST", f"/v1/held-submissions/{chosen['id']}/settle", body)
    world.note(f"choose {body['choose']}", answer, 200, 403, 404, 409, 412, 422)


async def quarantine(world: World, rows: Sequence[Row]) -> None:
    uuid, body = uuid4(), world.draw_body()
    broken = {**body, "answers": {**body["answers"], "no_such_question": "yes"}}
    answer = await world.ask("kader", "PUT", f"/v1/submissions/{uuid}?keep=faulty", broken)
    world.faulty[uuid] = body
    world.held[uuid] = world.note("quarantine", answer, 202).json()["held"]["id"]


async def repair(world: World, rows: Sequence[Row]) -> None:
    if not world.faulty:
        return
    uuid = world.random.choice(list(world.faulty))
    body = world.faulty.pop(uuid)
    if world.random.random() < 0.5:
        answer = await world.ask("kader", "PUT", f"/v1/submissions/{uuid}", body)
    else:
        body = {**body, "correction": {"reason": "other"}}
        answer = await world.ask("supervisor", "PUT", f"/v1/submissions/{uuid}", body, If_Match='"0"')
    gone = await erased_held(world)
    # A family's right to be erased takes what states its card. Nothing is left to repair then.
    if world.note("repair", answer, 201, *([410, 412] if world.held[uuid] in gone else [])).status_code == 201:
        world.sent[uuid] = body


async def erased_held(world: World) -> set[str]:
    """What had been held of families that were erased."""
    async with world.looking:
        found = await world.connection.fetch(
            "SELECT json_array_elements_text(detail -> 'held_found') AS id FROM audited WHERE kind = 'family.erase'"
        )
    return {row["id"] for row in found}


async def review(world: World, rows: Sequence[Row]) -> None:
    if not rows:
        return
    row = world.random.choice(rows)
    move = world.random.choice(sorted(MOVES[row["review"] or "accepted"]))
    body = {"status": move, "revision": row["revision"], "comments": [{"text": "Periksa lagi"}]}
    answer = await world.ask("supervisor", "POST", f"/v1/submissions/{row['id']}/review", body)
    world.note("review", answer, 200, 403, 404, 409)


async def review_many(world: World, rows: Sequence[Row]) -> None:
    state, move = world.random.choice(
        [("accepted", "in_review")] * 3 + [("in_review", "approved")] * 3 + [("in_review", "returned")]
    )
    wanted = {"region": VILLAGES[0][:4], "status": state}
    body = {"status": move, "filter": wanted, "comments": [{"text": "Periksa lagi"}]}
    answer = await world.ask("supervisor", "POST", "/v1/submissions/reviews", body)
    world.note("review many", answer, 200, 403, 404, 409, 422)


async def serve(world: World, rows: Sequence[Row], kind: str | None = None) -> None:
    if not rows:
        return
    row = world.random.choice(rows)
    kind = kind or world.random.choice(("restrict", "lift", "lift"))
    asked = await world.ask("officer", "POST", REQUESTS, request_body(str(row["family_id"]), kind))
    if world.note(f"ask to {kind}", asked, 201, 404, 409).status_code != 201:
        return
    answer = await world.ask("officer", "POST", f"{REQUESTS}/{asked.json()['id']}/fulfil", {})
    world.note(kind, answer, 200, 404, 409)


async def erase(world: World, rows: Sequence[Row]) -> None:
    await serve(world, rows, "erase")


async def open_round(world: World) -> None:
    if "POST /v1/rounds" not in world.offered:
        return
    body = {
        "name": "Putaran uji",
        "instrument": "ikk-29",
        "version": "2025.1",
        "design": "census",
        "opens_on": f"{NOW.year}-01-01",
        "closes_on": f"{NOW.year}-12-31",
        "villages": [{"region": VILLAGES[0], "expected": 40}],
    }
    world.round = world.note("round", await world.ask("supervisor", "POST", "/v1/rounds", body), 201).json()["id"]


async def close(world: World, rows: Sequence[Row]) -> None:
    world.note("close", await world.ask("supervisor", "POST", f"/v1/rounds/{world.round}/close"), 200, 409)


async def settle(world: World, rows: Sequence[Row]) -> None:
    world.note("settle", await world.ask("supervisor", "POST", f"/v1/rounds/{world.round}/settle"), 200, 409)


_PUT: Final = "PUT /v1/submissions/{}"
_FULFIL: Final = "POST /v1/subject-requests/{}/fulfil"
NEEDS: Final[Mapping[Act, str]] = {
    take: _PUT,
    resend: _PUT,
    correct: f"{_PUT} If-Match",
    supervise: f"{_PUT} If-Match",
    stale: f"{_PUT} If-Match",
    conflict: "GET /v1/held-submissions",
    choose: "POST /v1/held-submissions/{}/settle",
    quarantine: f"{_PUT} keep",
    repair: f"{_PUT} keep",
    review: "POST /v1/submissions/{}/review",
    review_many: "POST /v1/submissions/reviews",
    serve: _FULFIL,
    erase: _FULFIL,
    close: "POST /v1/rounds/{}/close",
    settle: "POST /v1/rounds/{}/settle",
}
"""What of the service each act needs. An act without it is left out."""
FIRST: Final = (
    *(take, take, take, take, correct, conflict, choose, quarantine, repair, stale, supervise),
    *(review, review_many, review_many, serve, close, take, review, settle, take, conflict, choose, review_many),
)
"""Each act at least once, in an order in which it can do something."""
OFTEN: Final = (take, take, correct, supervise, conflict, choose, review, review, review_many, quarantine, repair)
ANY: Final = (*OFTEN, resend, stale, serve, erase)


async def check(world: World) -> None:
    """Both bases equal a recount, and nothing that was acknowledged is lost or there twice."""
    await check_bases(world.client, world.connection, LEVELS)
    rows = await world.rows()
    stored = {row["id"] for row in rows}
    erased = {row["id"] for row in await world.connection.fetch("SELECT id FROM erased_submission")}
    assert set(world.sent) <= stored | erased
    assert not stored & erased
    revisions = await world.connection.fetch(
        "SELECT submission_id, array_agg(revision::int ORDER BY revision) AS kept FROM submission_revision GROUP BY 1"
    )
    kept = {row["submission_id"]: row["kept"] for row in revisions}
    for row in rows:
        assert kept.get(row["id"], []) == list(range(1, row["revision"])), row["id"]
    if "PUT /v1/submissions/{} keep" not in world.offered:
        return
    open_faulty = await world.connection.fetch(
        "SELECT submission_id FROM held_submission WHERE kind = 'faulty' AND status = 'open'"
    )
    waiting = {row["submission_id"] for row in open_faulty}
    assert waiting <= set(world.faulty)
    assert {world.held[each] for each in set(world.faulty) - waiting} <= await erased_held(world)
    orphans = "SELECT count(*) FROM submission WHERE NOT EXISTS (SELECT FROM family WHERE id = family_id)"
    assert await world.connection.fetchval(orphans) == 0


@pytest.mark.parametrize("seed", range(2))
async def test_both_bases_equal_a_recount_after_each_act(client: Client, connection: Connection, seed: int) -> None:
    world = World(client, connection, seed)
    await open_round(world)
    for act in (*world.able(FIRST), *world.random.choices(world.able(ANY), k=8)):
        await act(world, await world.rows())
        await check(world)


@pytest.mark.parametrize("seed", range(2))
async def test_both_bases_equal_a_recount_after_acts_at_once(client: Client, connection: Connection, seed: int) -> None:
    world = World(client, connection, 100 + seed)
    await open_round(world)
    await asyncio.gather(*(take(world, ()) for _ in range(8)))
    await check(world)
    for end in (None, None, close, settle, None):
        rows = await world.rows()
        acts = [*world.random.choices(world.able(ANY), k=7), *([] if end is None else world.able([end]))]
        await asyncio.gather(*(act(world, rows) for act in acts))
        await check(world)
    assert all(status < 500 for _, status in world.answers)
