"""What routes on families share: the scope, the limit on reads of identities, the audit of refusals, and a count."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Request, Response

from app.access import Caller
from app.problems import Problem
from app.routers.dependencies import StrictRoute, database_of, throttle_of
from app.routers.requirement import require
from app.services.audit.refusals import record_refusal

Officer = Annotated[Caller, require("families:identify")]

_REFUSED: Final = frozenset((403, 404, 409))
_LIMITED: Final = 429


async def _admit_read(caller: Officer, request: Request) -> Caller:
    await throttle_of(request).admit_identity_read(caller)
    return caller


IdentityReader = Annotated[Caller, Depends(_admit_read)]
"""The caller of a route that reads an identity or searches for one. Such reads have a limit of their own (429)."""


class WatchedRoute(StrictRoute):
    """A route on families. It audits 403, 404 and 409 in a transaction of its own, and counts reads of identities.

    Identities are not compressed. They stand beside texts that others wrote.
    """

    compresses = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        counted = any(each.call is _admit_read for each in self.dependant.dependencies)

        async def handle_watched(request: Request) -> Response:
            outcome = "read"
            try:
                return await handle(request)
            except Problem as problem:
                outcome = "limited" if problem.kind.status == _LIMITED else "refused"
                await self._audit(request, problem)
                raise
            except Exception:
                outcome = "refused"
                raise
            finally:
                if counted:
                    request.app.state.metrics.identity_reads.labels(outcome).inc()

        return handle_watched

    async def _audit(self, request: Request, problem: Problem) -> None:
        caller: Caller | None = getattr(request.state, "caller", None)
        if caller is None or problem.kind.status not in _REFUSED:
            return
        asked = request.path_params.get("id", getattr(request.state, "family", None))
        noun: Literal["family", "subject_request"] = (
            "subject_request" if self.path.startswith("/v1/subject-requests/{") else "family"
        )
        await record_refusal(
            database_of(request),
            caller,
            look=self.operation_id or "",
            problem=problem.kind.slug,
            noun=noun,
            asked=_read_id(asked),
        )


def _read_id(asked: object) -> UUID | None:
    try:
        return UUID(str(asked))
    except ValueError:
        return None
