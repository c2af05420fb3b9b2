"""A line over which a request is sent until it is answered, as the guides tell the makers of apps."""

import asyncio
import json
from collections.abc import Container, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.storm.ledger import Ledger
from tests.storm.wire import Answer, exchange, make_request, send_only

_LOST_SHARE: Final = 0.15
"""How many requests are sent once before, without waiting for the reply."""
_TWICE_SHARE: Final = 0.1
"""How many are sent twice at once."""
_LONGEST_PAUSE: Final = 8.0
LONGEST_WAIT: Final = 30.0
"""The service says an hour where too many wait for a supervisor. Those of a storm decide within seconds."""


@dataclass(slots=True)
class Line:
    token: str
    ports: Sequence[int]
    ledger: Ledger
    random: Random
    offered: frozenset[str] = frozenset()
    """What the service has routes for, see `offered`."""

    async def ask(
        self, act: str, method: str, path: str, body: Any = None, *, ends: Container[int], **headers: str
    ) -> Answer:
        """Sends a request until one of `ends`, or anything that no resend mends, is answered. The last is noted."""
        content = b"" if body is None else json.dumps(body).encode()
        request = make_request(method, path, self.token, content, Content_Type="application/json", **headers)
        if self.random.random() < _LOST_SHARE:
            await self._lose(request)
        pause = 1.0
        while True:
            answers = await asyncio.gather(
                *(
                    exchange(self.random.choice(self.ports), request)
                    for _ in range(2 if self.random.random() < _TWICE_SHARE else 1)
                ),
                return_exceptions=True,
            )
            last, wait = self._read(act, answers, ends)
            if last is not None:
                return last
            await asyncio.sleep(min(wait or pause * self.random.uniform(0.5, 1.5), LONGEST_WAIT))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _lose(self, request: bytes) -> None:
        try:
            await send_only(self.random.choice(self.ports), request)
        except OSError:
            self.ledger.answers["connection broken"] += 1
        await asyncio.sleep(self.random.uniform(0, 0.05))

    def _read(
        self, act: str, answers: Sequence[Answer | BaseException], ends: Container[int]
    ) -> tuple[Answer | None, int | None]:
        """Returns the answer that ends the act, or how long to wait."""
        last, longest = None, None
        for answer in answers:
            match answer:
                case TimeoutError():
                    self.ledger.wrong.append(f"a request to {act} was not answered in time")
                    continue
                case OSError():
                    self.ledger.answers["connection broken"] += 1
                    continue
                case BaseException():
                    raise answer
            self.ledger.seconds.append(answer.seconds)
            if answer.status in ends:
                self.ledger.answers[f"{answer.status} to {act}"] += 1
                last = answer
                continue
            wait = self.ledger.refuse(answer.status, answer.read(), answer.headers.get("retry-after"), f" to {act}")
            if wait is None:
                last = last or answer
            longest = max(longest or 0, wait or 0)
        return last, longest
