"""The exception that a service raises for an error the caller sees, and its JSON form."""

from collections.abc import Mapping, Sequence

from app.problems import problem_texts as kinds
from app.problems.fault_texts import Texts
from app.problems.faults import FAULT_LIMIT, Fault
from app.problems.language import Language, pick
from app.problems.problem_texts import ProblemKind
from app.problems.unready_texts import UNREADY_TEXTS, WAIT, Reason


class Problem(Exception):
    """An error that the caller sees. Services raise it, and so do the layers in front of them."""

    def __init__(
        self,
        kind: ProblemKind,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        detail: Texts | None = None,
        **members: object,
    ) -> None:
        super().__init__(kind.slug)
        self.kind = kind
        self.faults = faults
        self.headers = dict(headers or {})
        self.detail = detail or kind.detail
        self.members = members

    def render(self, language: Language, request_id: str) -> dict[str, object]:
        """The JSON body of the response, with at most FAULT_LIMIT faults."""
        kind = self.kind
        body: dict[str, object] = {
            "type": kind.uri,
            "title": pick(kind.title, language),
            "status": kind.status,
            "detail": pick(self.detail, language),
            "instance": f"urn:ikk:request:{request_id}",
            **self.members,
        }
        if self.faults:
            body["faults"] = [fault.render(language) for fault in self.faults[:FAULT_LIMIT]]
            body["faults_total"] = len(self.faults)
            body["faults_truncated"] = len(self.faults) > FAULT_LIMIT
        return body


def unauthenticated() -> Problem:
    """The 401 for a request without a valid token."""
    return Problem(kinds.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


def unavailable(*reasons: Reason) -> Problem:
    """The 503 of a service that an operator has to make ready, or without reasons of one whose database is away."""
    headers = {"Retry-After": "5"}
    if not reasons:
        return Problem(kinds.UNAVAILABLE, headers=headers)
    told = [UNREADY_TEXTS[reason] for reason in reasons]
    detail = " ".join([*(text[0] for text in told), WAIT[0]]), " ".join([*(text[1] for text in told), WAIT[1]])
    return Problem(kinds.UNAVAILABLE, headers=headers, detail=detail, reasons=list(reasons))
