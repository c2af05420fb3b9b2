"""Aggregates equal a recount of the counted families after interviews and subject requests of any kind in any order.

A family counts once a year in each instrument, with its latest interview. A plain model of that says what counts.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.platform.database import Connection
from app.scoring.coding import decode_answers
from app.synthetic import draw_answers
from tests.services.aggregates.test_aggregates import FILES, YEARS, Sent, agree
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument, make_body
from tests.support.recount import answered, recount
from tests.support.subject_requests import ask, fulfil, send_family, serve

CARDS = ("6372010101100001", "6372010101100001", "6372010202110002", None)
"""Card numbers to draw from. With None, every submission belongs to a new family."""
VILLAGES = (LANDASAN_ULIN_SELATAN, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
ACTS = ("take", "take", "take", "take", "correct", "move", "restrict", "lift", "erase")


@dataclass
class Known:
    """What the test knows of a family."""

    card: str | None
    restricted: bool = False
    submissions: dict[UUID, Sent] = field(default_factory=dict)


@dataclass
class World:
    """What the test has sent and requested so far, and what should be counted."""

    client: Client
    families: dict[str, Known] = field(default_factory=dict)
    interviewed_again: int = 0

    @property
    def counted(self) -> list[Sent]:
        return [
            sent for each in self.families.values() if not each.restricted for sent in latest(each.submissions.values())
        ]

    def body(self, sent: Sent, card: str | None) -> dict[str, Any]:
        family = {**sent.body["family"], **({} if card is None else {"card_number": card})}
        return {**sent.body, "family": family}

    async def take(self, sent: Sent, card: str | None) -> None:
        response = await self.client.put(self.body(sent, card), sent.id)
        assert response.status_code == 201, response.text
        family = self.families.setdefault(response.json()["family"], Known(card))
        assert family.card == card
        self.interviewed_again += bool(family.submissions)
        family.submissions[sent.id] = sent

    async def correct(self, id: str, sent: Sent, *, village: str | None = None) -> None:
        """Corrects all of a family's submissions to other answers, and to another village if one is given."""
        family = self.families[id]
        right = {key: replace(sent, id=key, village=village or old.village) for key, old in family.submissions.items()}
        bodies = {str(key): self.body(each, family.card) for key, each in right.items()}
        response = await fulfil(self.client, await ask(self.client, id, "correct"), {"submissions": bodies})
        if response.status_code == 422:
            # Another family of that village already has the card.
            assert None not in (village, family.card), response.text
            assert {each["code"] for each in response.json()["faults"]} == {"number_in_use"}
        else:
            assert response.status_code == 200, response.text
            family.submissions = right

    async def set_restricted(self, id: str, restricted: bool) -> None:
        await serve(self.client, id, "restrict" if restricted else "lift")
        self.families[id].restricted = restricted

    async def erase(self, id: str) -> None:
        await serve(self.client, id, "erase")
        for sent in self.families.pop(id).submissions.values():
            assert (await self.client.put(sent.body, sent.id)).status_code == 410


def latest(sent: Iterable[Sent]) -> list[Sent]:
    """What counts of a family's interviews, given in the order in which they were received."""
    found = dict[tuple[str, int, str], Sent]()
    for each in sent:
        key = each.village, each.year, instrument(each.file).code
        if key not in found or each.day >= found[key].day:
            found[key] = each
    return list(found.values())


def draw_sent(random: Random) -> Sent:
    """A family drawn at random, in one of two villages."""
    file = random.choice(FILES)
    answers = draw_answers(instrument(file), random, lambda _: 0.6)
    return Sent(uuid4(), file, random.choice(VILLAGES), random.choice(YEARS), answers, random.randint(1, 3))


@pytest.mark.parametrize("seed", range(3))
async def test_every_aggregate_equals_a_recount_after_any_series_of_acts(client: Client, seed: int) -> None:
    await client.sign_in(
        scopes=[
            "submissions:write",
            "submissions:read",
            "submissions:sensitive",
            "submissions:review",
            "aggregates:read",
            "families:identify",
        ],
        regions=["ID"],
    )
    world, random = World(client), Random(seed)
    for number in range(1, 46):
        act = random.choice(ACTS)
        sent = draw_sent(random)
        if act == "take" or not world.families:
            await world.take(sent, random.choice(CARDS))
        else:
            family = random.choice(list(world.families))
            if act in ("correct", "move"):
                await world.correct(family, sent, village=sent.village if act == "move" else None)
            elif act == "erase":
                await world.erase(family)
            else:
                await world.set_restricted(family, act == "restrict")
        if number % 15 == 0:
            await agree(client, world.counted)
            await say_what_counts(client, world)
    assert world.interviewed_again > 0


async def say_what_counts(client: Client, world: World) -> None:
    """Lists say of each submission whether it counts, and why not."""
    every = {str(key) for each in world.families.values() for key in each.submissions}
    hidden = {str(key) for each in world.families.values() if each.restricted for key in each.submissions}
    counting = {str(each.id) for each in world.counted}
    listed = {
        counts: {each["id"]: each["uncounted"] for each in await list_all(client, counts=counts)}
        for counts in ("true", "false")
    }
    assert listed["true"] == dict.fromkeys(counting)
    reasons = {each: "restricted" if each in hidden else "later_interview" for each in every - counting}
    assert listed["false"] == reasons


async def list_all(client: Client, **query: Any) -> list[dict[str, Any]]:
    page = (await client.get("/v1/submissions", limit=1000, **query)).json()
    assert page["next"] is None
    items: list[dict[str, Any]] = page["items"]
    return items


async def stored_answers(connection: Connection, year: int) -> list[dict[str, Any]]:
    """The answers in the tables of the submissions that should be counted, each family once."""
    rows = await connection.fetch(
        "SELECT answers, family_id, uncounted FROM submission JOIN family ON family.id = family_id "
        "WHERE restricted_at IS NULL AND year = $1 ORDER BY surveyed_at, received_at, submission.id",
        year,
    )
    families = defaultdict[UUID, list[Any]](list)
    for row in rows:
        families[row["family_id"]].append(row)
    for each in families.values():
        assert [row["uncounted"] for row in each] == ["later_interview"] * (len(each) - 1) + [None]
    return [dict(decode_answers(each[-1]["answers"], None, instrument())) for each in families.values()]


async def test_acts_and_submissions_of_the_same_families_at_once_neither_lose_nor_keep_anything(
    caller: Client, connection: Connection
) -> None:
    for turn in range(3):
        cards = [f"63720101011{turn}{number:04}" for number in range(1, 9)]
        families = [(await send_family(caller, 1, family=family_of(card)))["family"] for card in cards]
        asked = {
            kind: [await ask(caller, family, kind) for family in families]
            for kind in ("restrict", "erase", "correct", "lift")
        }
        acts: list[Coroutine[Any, Any, Response]] = []
        for number, family in enumerate(families):
            acts += [caller.put(make_body(seed, family=family_of(cards[number])), uuid4()) for seed in range(2, 5)]
            acts.append(fulfil(caller, asked["restrict"][number]))
            if number % 2:
                acts.append(fulfil(caller, asked["erase"][number]))
            else:
                acts.append(fulfil(caller, asked["lift"][number]))
            identity = {
                "identity": {"card_number": cards[number], "address": f"RT {family[:1]}", "basis": "public_task"}
            }
            acts.append(fulfil(caller, asked["correct"][number], identity))
        Random(turn).shuffle(acts)
        answers = await asyncio.gather(*acts)
        # Erasing a family closes its other subject requests.
        assert {each.status_code for each in answers} <= {200, 201, 404, 409}, [each.text for each in answers]
        assert {each.json()["type"] for each in answers if each.status_code == 409} <= {
            "urn:ikk:problem:request-closed"
        }
    for year in YEARS:
        found = (await caller.get(f"/v1/aggregates/63/{year}")).json()
        assert answered(found) == recount(await stored_answers(connection, year), instrument()), year
    orphans = "SELECT count(*) FROM submission WHERE NOT EXISTS (SELECT FROM family WHERE id = family_id)"
    assert await connection.fetchval(orphans) == 0


def family_of(card: str) -> dict[str, Any]:
    return {"head_sex": "female", "members": 4, "card_number": card}


async def test_a_resend_that_meets_the_erasure_never_brings_anything_back(
    caller: Client, connection: Connection
) -> None:
    body = make_body(1)
    for _ in range(8):
        sent = uuid4()
        family = (await caller.put(body, sent)).json()["family"]
        request = await ask(caller, family, "erase")
        answers = await asyncio.gather(
            *(caller.put(body, sent) for _ in range(3)),
            fulfil(caller, request),
            *(caller.put(body, sent) for _ in "ab"),
        )
        assert {each.status_code for each in answers} <= {200, 410}, [each.text for each in answers]
        assert (await caller.put(body, sent)).status_code == 410
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0
    assert (await caller.get("/v1/aggregates/63/2025")).json()["families"] == 0
