"""A device with a queue of interviews. It sends each until it holds the receipt, as the app builders' guide says."""

import asyncio
import gzip
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.storm.interviews import Interview
from tests.storm.ledger import Ledger
from tests.storm.wire import Answer, exchange, make_request, send_only

_WAYS: Final = {"plain": 40, "gzip": 15, "twice at once": 15, "cut in mid-body": 15, "reply lost": 15}
_MOST_MISHAPS: Final = 2
"""After so many broken connections of its own making, a device sends an interview in the plain way."""
_LONGEST_PAUSE: Final = 8.0
_AGAIN_SHARE: Final = 0.05
"""How many interviews are sent once more after their receipt came, as by a device that forgot it."""


@dataclass(slots=True)
class Device:
    token: str
    interviews: Sequence[Interview]
    ports: Sequence[int]
    ledger: Ledger
    random: Random

    async def work(self) -> None:
        queue = deque(self.interviews)
        while queue:
            interview = queue.popleft()
            await self._deliver(interview)
            if interview.receipts and self.random.random() < _AGAIN_SHARE:
                await self._deliver(interview)

    async def _deliver(self, interview: Interview) -> None:
        held, pause, mishaps = len(interview.receipts), 1.0, 0
        while len(interview.receipts) == held and interview.refused is None:
            way = self._choose() if mishaps < _MOST_MISHAPS else "plain"
            self.ledger.ways[way] += 1
            try:
                if way in ("cut in mid-body", "reply lost"):
                    mishaps += 1
                    await self._break_off(interview, half=way == "cut in mid-body")
                    continue
                copies = 2 if way == "twice at once" else 1
                port = self.random.randrange(len(self.ports))
                requests = [
                    exchange(self.ports[(port + copy) % len(self.ports)], self._request(interview, way))
                    for copy in range(copies)
                ]
                answers = await asyncio.gather(*requests, return_exceptions=True)
            except OSError:
                answers = [OSError()]
            wait = self._read(interview, answers)
            if len(interview.receipts) == held and interview.refused is None:
                await asyncio.sleep(wait or pause * self.random.uniform(0.5, 1.5))
                pause = pause if wait else min(pause * 2, _LONGEST_PAUSE)

    def _choose(self) -> str:
        [way] = self.random.choices(list(_WAYS), list(_WAYS.values()))
        return way

    def _request(self, interview: Interview, way: str) -> bytes:
        body, more = interview.sent, {}
        if way == "gzip":
            body, more = gzip.compress(body), {"Content_Encoding": "gzip"}
        path = f"/v1/submissions/{interview.id}"
        return make_request("PUT", path, self.token, body, Content_Type="application/json", **more)

    async def _break_off(self, interview: Interview, *, half: bool) -> None:
        request = self._request(interview, "plain")
        cut = self.random.randrange(len(request)) if half else len(request)
        await send_only(self.random.choice(self.ports), request[:cut])
        await asyncio.sleep(self.random.uniform(0, 0.05))

    def _read(self, interview: Interview, answers: Sequence[Answer | BaseException]) -> int | None:
        """Keeps the receipts. Returns the longest wait that the service named."""
        waits = []
        for answer in answers:
            match answer:
                case TimeoutError():
                    self.ledger.answers["no answer in time"] += 1
                    self.ledger.wrong.append("a request was not answered in time")
                case OSError():
                    self.ledger.answers["connection broken"] += 1
                case BaseException():
                    raise answer
                case Answer(status=200 | 201):
                    self.ledger.enter(answer)
                    interview.receipts.append(answer.read())
                case _:
                    wait = self.ledger.enter(answer)
                    if wait is None:
                        interview.refused = str(answer.status)
                    else:
                        waits.append(wait)
        return max(waits, default=None)
