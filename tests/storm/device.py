"""A device with a queue of interviews. It sends each until it holds the receipt, as the app builders' guide says."""

import asyncio
import gzip
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID

from tests.storm.acts import act_on, hand_in_faulty
from tests.storm.interviews import Interview
from tests.storm.ledger import Ledger
from tests.storm.line import LONGEST_WAIT, Line
from tests.storm.wire import Answer, exchange, make_request, send_only

_WAYS: Final = {"plain": 40, "gzip": 15, "twice at once": 15, "cut in mid-body": 15, "reply lost": 15}
_MISHAPS: Final = ("cut in mid-body", "reply lost")
_MOST_MISHAPS: Final = 2
"""After so many broken connections of its own making, a device sends in the plain way."""
_BATCH_SHARE: Final = 0.3
_LARGEST_BATCH: Final = 12
_LONGEST_PAUSE: Final = 8.0
_AGAIN_SHARE: Final = 0.05
"""How many interviews are sent once more after their receipt came, as by a device that forgot it."""
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"


@dataclass(slots=True)
class Device:
    account: UUID
    token: str
    interviews: Sequence[Interview]
    ports: Sequence[int]
    ledger: Ledger
    random: Random
    offered: frozenset[str] = frozenset()

    @property
    def line(self) -> Line:
        return Line(self.token, self.ports, self.ledger, self.random, self.offered)

    async def work(self) -> None:
        queue = deque(self.interviews)
        while queue:
            size = self.random.randint(2, _LARGEST_BATCH) if self.random.random() < _BATCH_SHARE else 1
            group = [queue.popleft() for _ in range(min(size, len(queue)))]
            for each in group:
                await hand_in_faulty(self.line, each)
            # What has faults is repaired by an interview that is sent alone.
            apart = [each for each in group if each.faulty]
            for part in ([each for each in group if not each.faulty], *([each] for each in apart)):
                await self._deliver(part)
                if self.random.random() < _AGAIN_SHARE:
                    await self._deliver(part)
            for each in group:
                await act_on(self.line, each)

    async def _deliver(self, group: Sequence[Interview]) -> None:
        """Sends the interviews until each has one receipt more, all in one request unless only one is left."""
        wanted = {each.id: len(each.receipts) + 1 for each in group}
        pause, mishaps = 1.0, 0
        while left := [each for each in group if len(each.receipts) < wanted[each.id] and each.refused is None]:
            way = self._choose() if mishaps < _MOST_MISHAPS else "plain"
            self.ledger.ways[way if len(left) == 1 else f"batch, {way}"] += 1
            if way in _MISHAPS:
                mishaps += 1
                await self._break_off(left, half=way == "cut in mid-body")
                continue
            wait = await self._send(left, way)
            if any(len(each.receipts) < wanted[each.id] and each.refused is None for each in left):
                await asyncio.sleep(min(wait or pause * self.random.uniform(0.5, 1.5), LONGEST_WAIT))
                pause = pause if wait else min(pause * 2, _LONGEST_PAUSE)

    def _choose(self) -> str:
        [way] = self.random.choices(list(_WAYS), list(_WAYS.values()))
        return way

    async def _send(self, group: Sequence[Interview], way: str) -> int | None:
        """Sends and keeps the receipts that come. Returns how long the service says to wait."""
        sent = [group]
        if way == "twice at once":
            # The same once more, or one interview of the batch alone beside it.
            sent.append(group if self.random.random() < 0.5 else group[:1])
        port = self.random.randrange(len(self.ports))
        answers = await asyncio.gather(
            *(
                exchange(self.ports[(port + copy) % len(self.ports)], self._request(each, way))
                for copy, each in enumerate(sent)
            ),
            return_exceptions=True,
        )
        waits = [self._read(each, answer) for each, answer in zip(sent, answers, strict=True)]
        return max((wait for wait in waits if wait is not None), default=None)

    def _request(self, group: Sequence[Interview], way: str) -> bytes:
        more = {"Content_Encoding": "gzip"} if way == "gzip" else {}
        if len(group) == 1:
            method, path, media_type, body = "PUT", f"/v1/submissions/{group[0].id}", _JSON, group[0].sent
        else:
            method, path = "POST", "/v1/submissions/batch"
            media_type = self.random.choice((_JSON, _LINES))
            entries = [{"id": str(each.id), "submission": each.body} for each in group]
            text = json.dumps({"items": entries}) if media_type == _JSON else "\n".join(map(json.dumps, entries))
            body = text.encode()
        body = gzip.compress(body) if more else body
        return make_request(method, path, self.token, body, Content_Type=media_type, **more)

    async def _break_off(self, group: Sequence[Interview], *, half: bool) -> None:
        request = self._request(group, "plain")
        cut = self.random.randrange(len(request)) if half else len(request)
        try:
            await send_only(self.random.choice(self.ports), request[:cut])
        except OSError:
            self.ledger.answers["connection broken"] += 1
        await asyncio.sleep(self.random.uniform(0, 0.05))

    def _read(self, group: Sequence[Interview], answer: Answer | BaseException) -> int | None:
        """Keeps the receipts of a response. Returns the longest wait that it names."""
        match answer:
            case TimeoutError():
                self.ledger.wrong.append("a request was not answered in time")
                return None
            case OSError():
                self.ledger.answers["connection broken"] += 1
                return None
            case BaseException():
                raise answer
        self.ledger.seconds.append(answer.seconds)
        if answer.status >= 400:
            wait = self.ledger.refuse(answer.status, answer.read(), answer.headers.get("retry-after"))
            if wait is None:
                for each in group:
                    each.refused = str(answer.status)
            return wait
        self.ledger.answers[str(answer.status) if len(group) == 1 else f"{answer.status} to a batch"] += 1
        if len(group) == 1:
            group[0].receipts.append(answer.read())
            return None
        waits = [0]
        for interview, entry in zip(group, answer.read()["items"], strict=True):
            if entry["outcome"] == "stored":
                self.ledger.answers[f"{entry['status']} in a batch"] += 1
                interview.receipts.append(entry["submission"])
                continue
            wait = self.ledger.refuse(entry["status"], entry["problem"], entry["retry_after"], " in a batch")
            if wait is None:
                interview.refused = str(entry["status"])
            waits.append(wait or 0)
        return max(waits) or None
