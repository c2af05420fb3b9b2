"""Makes requests from fresh interviews before a turn, and keeps in mind what was acknowledged."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from uuid import UUID

from bench.fresh import Drawing, Interview, Round

BATCH: Final = 500
"""Interviews in one batch."""
_RESENT: Final = 64
SumsKey = tuple[str, int, str]
"""The code of an instrument, a year and a village."""


@dataclass(slots=True)
class Ledger:
    """What our server has acknowledged.

    families: how many families were sent
    counted: by sums, the interviews that they must count
    bodies: by sums of the villages in `sample`, what was sent
    known: families with people that were interviewed once
    last: the interviews that were acknowledged last
    copied: how many rows the benchmark itself copied into the table
    """

    sample: frozenset[str]
    ids: set[UUID] = field(default_factory=set)
    families: int = 0
    counted: Counter[SumsKey] = field(default_factory=Counter)
    bodies: dict[SumsKey, list[bytes]] = field(default_factory=dict)
    known: deque[Interview] = field(default_factory=deque)
    last: deque[Interview] = field(default_factory=lambda: deque(maxlen=_RESENT))
    copied: int = 0

    def take(self, code: str, interview: Interview, *, new: bool) -> None:
        key = (code, interview.year, interview.region)
        self.ids.add(interview.id)
        self.families += new
        self.counted[key] += 1
        self.last.append(interview)
        if interview.region in self.sample:
            self.bodies.setdefault(key, []).append(interview.body)


class Requests:
    """Stands for PUT requests of one kind. What one turn does not send is there for the next."""

    def __init__(
        self,
        make: Callable[[int], Sequence[Interview]],
        pack: Callable[[Sequence[Interview]], bytes],
        keep: Callable[[Interview], None] = lambda _: None,
        *,
        size: int = 1,
    ) -> None:
        """pack: makes one request of `size` interviews; keep: is told of each interview that was sent"""
        self._make, self._pack, self._keep, self._size = make, pack, keep, size
        self._stock = deque[tuple[bytes, Sequence[Interview]]]()

    def ready(self, count: int) -> list[bytes]:
        made = self._make(max(0, count - len(self._stock)) * self._size)
        for first in range(0, len(made), self._size):
            interviews = made[first : first + self._size]
            self._stock.append((self._pack(interviews), interviews))
        return [request for request, _ in islice(self._stock, count)]

    def sent(self, count: int) -> None:
        for _ in range(count):
            for interview in self._stock.popleft()[1]:
                self._keep(interview)


@dataclass(frozen=True, slots=True)
class Same:
    """One request as often as wanted."""

    request: bytes

    def ready(self, count: int) -> list[bytes]:
        return [self.request] * count

    def sent(self, count: int) -> None:
        """Nothing is kept."""


class Kinds:
    """The kinds of requests that a benchmark sends under one token."""

    def __init__(self, token: str, ledger: Ledger) -> None:
        self._common = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self.ledger = ledger

    def put(self, interviews: Sequence[Interview]) -> bytes:
        (each,) = interviews
        head = f"PUT /v1/submissions/{each.id} HTTP/1.1\r\n{self._common}Content-Length: {len(each.body)}\r\n\r\n"
        return head.encode() + each.body

    def batch(self, interviews: Sequence[Interview]) -> bytes:
        entries = b", ".join(
            b'{"id": "%b", "submission": %b}' % (str(each.id).encode(), each.body) for each in interviews
        )
        body = b'{"items": [%b]}' % entries
        head = f"POST /v1/submissions/batch HTTP/1.1\r\n{self._common}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def get(self, path: str, *headers: str) -> bytes:
        more = "".join(f"{each}\r\n" for each in headers)
        return f"GET {path} HTTP/1.1\r\n{self._common}{more}\r\n".encode()

    def fresh(self, drawing: Drawing, round_: Round, *, named: bool = False, ours: bool = True) -> Requests:
        """PUT requests of families that are new. Those for a server that is not ours are forgotten."""

        def keep(interview: Interview) -> None:
            self.ledger.take(drawing.instrument.code, interview, new=True)
            if named:
                self.ledger.known.append(interview)

        def make(count: int) -> Sequence[Interview]:
            return drawing.fresh(round_, count, named=named)

        return Requests(make, self.put, keep) if ours else Requests(make, self.put)

    def again(self, drawing: Drawing, round_: Round) -> Requests:
        """PUT requests of named families that were acknowledged before, each once more for another year."""
        known = self.ledger.known

        def make(count: int) -> list[Interview]:
            before = [known.popleft() for _ in range(min(count, len(known)))]
            return [drawing.again(each, round_, named=True) for each in before]

        return Requests(make, self.put, lambda each: self.ledger.take(drawing.instrument.code, each, new=False))

    def batches(self, drawing: Drawing, round_: Round) -> Requests:
        return Requests(
            lambda count: drawing.fresh(round_, count),
            self.batch,
            lambda each: self.ledger.take(drawing.instrument.code, each, new=True),
            size=BATCH,
        )
