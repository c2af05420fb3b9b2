"""Supervisors who review, choose between contents and settle rounds while the devices send."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.schemas.intake.review_states import MOVES
from tests.storm.interviews import FILE, VILLAGES, YEARS
from tests.storm.line import Line
from tests.support.wire import eventually

_ENDS: Final = (200, 404, 409, 412)
_MOST: Final = 40
"""How many interviews a supervisor looks at before choosing one."""
ROUNDS: Final = VILLAGES[:3]
"""The villages of the round, which is settled in the midst of the storm."""


async def open_round(line: Line) -> str:
    """Makes a round of the year before last, whose days are over. Returns its id, or nothing without such a route."""
    if "POST /v1/rounds" not in line.offered:
        return ""
    code, version = FILE.rsplit("-", 1)
    body = {
        "name": "Badai",
        "instrument": code,
        "version": version,
        "design": "census",
        "opens_on": f"{YEARS[0]}-01-01",
        "closes_on": f"{YEARS[0]}-12-31",
        "villages": [{"region": village} for village in ROUNDS],
    }
    answer = await line.ask("open a round", "POST", "/v1/rounds", body, ends=(201, 409))
    found = answer if answer.status == 201 else await line.ask("find the round", "GET", "/v1/rounds", ends=(200,))
    told = found.read()
    return str(told["id"] if answer.status == 201 else told["items"][0]["id"])


@dataclass(slots=True)
class Supervisor:
    """village: where this one works, while others work in it too"""

    line: Line
    village: str

    async def work(self, devices: "Sequence[asyncio.Task[None]]") -> None:
        """Acts until all devices are done, and at least once."""
        while True:
            if able := self._able():
                await self.line.random.choice(able)()
            if all(each.done() for each in devices):
                return
            await asyncio.sleep(self.line.random.uniform(0.05, 0.5))

    def _able(self) -> list[Callable[[], Awaitable[None]]]:
        """The acts that the service has a route for."""
        needs = {
            self._review: "POST /v1/submissions/{}/review",
            self._review_many: "POST /v1/submissions/reviews",
            self._choose: "POST /v1/held-submissions/{}/settle",
        }
        return [act for act, path in needs.items() if path in self.line.offered]

    async def _read(self, path: str) -> list[dict[str, Any]]:
        answer = await self.line.ask("list", "GET", path, ends=(200,))
        found: list[dict[str, Any]] = answer.read()["items"]
        return found

    async def _review(self) -> None:
        rows = await self._read(f"/v1/submissions?region={self.village}&limit={_MOST}")
        if rows:
            row = self.line.random.choice(rows)
            moves = sorted(MOVES.get(row["status"], ()))
            if moves:
                move = self.line.random.choice(moves)
                body = {"status": move, "revision": row["revision"], "comments": [{"text": "Periksa lagi"}]}
                await self.line.ask("review", "POST", f"/v1/submissions/{row['id']}/review", body, ends=_ENDS)

    async def _review_many(self) -> None:
        state, move = self.line.random.choice((("accepted", "in_review"), ("in_review", "approved")))
        body = {"status": move, "filter": {"region": self.village, "status": state}}
        await self.line.ask("review many", "POST", "/v1/submissions/reviews", body, ends=(*_ENDS, 422))

    async def _choose(self) -> None:
        held = await self._read(f"/v1/held-submissions?region={self.village}&kind=conflict&status=open&limit=20")
        if held:
            one = self.line.random.choice(held)
            path = f"/v1/held-submissions/{one['id']}"
            found = await self.line.ask("look at what is held", "GET", path, ends=(200, 404))
            if found.status == 200:
                body = {"choose": self.line.random.choice(("held", "stored")), "revision": revision_of(found.read())}
                await self.line.ask("choose", "POST", f"{path}/settle", body, ends=_ENDS)


def revision_of(held: dict[str, Any]) -> int:
    """The revision of the stored submission beside what is held."""
    return int(held["stored_revision"])


async def settle_round(line: Line, number: str, devices: "Sequence[asyncio.Task[None]]") -> None:
    """Settles the round when about half of the devices are done."""

    async def is_due() -> bool:
        return sum(each.done() for each in devices) * 2 >= len(devices)

    await eventually(is_due, 3600)
    if not number:
        return
    await line.ask("close the round", "POST", f"/v1/rounds/{number}/close", ends=(200, 409))
    await line.ask("settle the round", "POST", f"/v1/rounds/{number}/settle", ends=(200, 409))
