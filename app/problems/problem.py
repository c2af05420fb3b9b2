"""The exception that a service raises for an error the caller sees, and its JSON form."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from app.problems import problem_texts as kinds
from app.problems.fault_texts import Texts
from app.problems.faults import FAULT_LIMIT, Fault
from app.problems.language import Language, pick
from app.problems.problem_texts import ProblemKind
from app.problems.unready_texts import UNREADY_TEXTS, WAIT, Reason
from app.problems.waits import spread
from app.problems.wording import say, say_size, say_wait

Scheme = Literal["basic", "bearer"]
"""How a request authenticates itself."""


class Problem(Exception):
    """An error that the caller sees. Services raise it, and so do the layers in front of them."""

    def __init__(
        self,
        kind: ProblemKind,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        detail: Texts | None = None,
        wait: float = 0,
        **members: object,
    ) -> None:
        """wait: after how many seconds the same request may succeed, if that is longer than the kind's own wait"""
        super().__init__(kind.slug)
        self.kind = kind
        self.faults = faults
        self.headers = dict(headers or {})
        self.detail = detail or kind.detail
        self.members = members
        self.wait = max(kind.wait, math.ceil(wait))
        if kind.wait:
            self.headers["Retry-After"] = str(spread(self.wait))

    def render(self, language: Language, request_id: str, *, writes: bool = True) -> dict[str, object]:
        """The JSON body of the response, with at most FAULT_LIMIT faults.

        writes: whether the request could have stored something. Only then the text says what became of it.
        """
        kind = self.kind
        detail = self.detail if kind.on_write is None or not writes else _join(self.detail, kind.on_write)
        body: dict[str, object] = {
            "type": kind.uri,
            "title": pick(kind.title, language),
            "status": kind.status,
            "detail": self._fill(detail, language),
            "instance": f"urn:ikk:request:{request_id}",
            **self.members,
        }
        if kind.hint is not None:
            body["hint"] = self._fill(kind.hint, language)
        if self.faults:
            body["faults"] = [fault.render(language) for fault in self.faults[:FAULT_LIMIT]]
            body["faults_total"] = len(self.faults)
            body["faults_truncated"] = len(self.faults) > FAULT_LIMIT
        return body

    def _fill(self, texts: Texts, language: Language) -> str:
        """The text of the language with the members and the wait that it names."""
        limits = {**self.members, "wait": say_wait(float(self.headers.get("Retry-After", 1)))}
        if isinstance(size := self.members.get("limit_bytes"), int):
            limits["limit_bytes"] = say_size(size)
        return pick(texts, language).format(**{name: say(value, language) for name, value in limits.items()})


def _join(first: Texts, then: Texts) -> Texts:
    return f"{first[0]} {then[0]}", f"{first[1]} {then[1]}"


_CHALLENGES: Final[Mapping[Scheme, str]] = {"basic": 'Basic realm="IKK", charset="UTF-8"', "bearer": "Bearer"}


_EXPORT_KEY: Final[Texts] = (
    "Kunci ekspor ini salah, sudah dicabut, atau sudah habis masanya. Periksa kedua isiannya, atau buat kunci baru.",
    "This export key is wrong, was revoked or has expired. Check both parts of it, or create a new key.",
)


def unauthenticated(*schemes: Scheme) -> Problem:
    """The 401 for a request without a valid token. `schemes` are those that the address takes, if not only tokens."""
    challenge = ", ".join(_CHALLENGES[each] for each in schemes or ("bearer",))
    detail = _EXPORT_KEY if schemes == ("basic",) else None
    return Problem(kinds.UNAUTHENTICATED, headers={"WWW-Authenticate": challenge}, detail=detail)


def unavailable(*reasons: Reason) -> Problem:
    """The 503 of a service that an operator has to make ready, or without reasons of one whose database is away."""
    if not reasons:
        return Problem(kinds.UNAVAILABLE)
    told = [UNREADY_TEXTS[reason] for reason in reasons]
    detail = " ".join([*(text[0] for text in told), WAIT[0]]), " ".join([*(text[1] for text in told), WAIT[1]])
    return Problem(kinds.UNAVAILABLE, detail=detail, reasons=list(reasons))
