"""What devices do with interviews beyond sending them: corrections, conflicts, and bodies with faults."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import uuid4

from app.synthetic import draw_submission
from tests.storm.interviews import FILE, Content, Interview
from tests.storm.line import Line
from tests.support.factories import instrument

_REASONS: Final = ("typing_error", "misunderstood", "family_told", "other")
_FAULTY_SHARE: Final = 0.06
"""How many interviews are handed in with faults before they are sent as they should be."""
_SHARE: Final = 0.25
"""How many interviews get an act after they are stored."""
_STALE: Final = '"77"'
_PUT: Final = "PUT /v1/submissions/{}"


async def hand_in_faulty(line: Line, interview: Interview) -> None:
    """Hands in an interview whose answers the service cannot take, and keeps the receipt."""
    if f"{_PUT} keep" in line.offered and line.random.random() < _FAULTY_SHARE:
        broken = {**interview.body, "answers": {**interview.body["answers"], "no_such_question": "yes"}}
        path = f"/v1/submissions/{interview.id}?keep=faulty"
        answer = await line.ask("hand in faults", "PUT", path, broken, ends=(202,))
        if answer.status == 202:
            interview.faulty.append(answer.read()["held"]["id"])


async def act_on(line: Line, interview: Interview) -> None:
    """Does one thing, or nothing, to an interview that is stored."""
    if interview.purpose == "interview" and interview.refused is None and line.random.random() < _SHARE:
        able = {act: weight for act, (weight, needs) in _ACTS.items() if needs in line.offered}
        if able:
            [act] = line.random.choices(list(able), list(able.values()))
            await act(line, interview)


async def _correct(line: Line, interview: Interview, match: str | None = None) -> None:
    content = Content(_draw_other(interview, line.random), interview.village)
    body = {**content.body, "correction": {"reason": line.random.choice(_REASONS)}}
    act, asked = ("correct", f'"{interview.known}"') if match is None else ("correct a stale revision", match)
    path = f"/v1/submissions/{interview.id}"
    answer = await line.ask(act, "PUT", path, body, ends=(200, 409, 412), If_Match=asked)
    _keep(interview, content, answer.status, answer.read())


async def _correct_stale(line: Line, interview: Interview) -> None:
    await _correct(line, interview, _STALE)


async def _conflict(line: Line, interview: Interview) -> None:
    content = Content(_draw_other(interview, line.random), interview.village)
    answer = await line.ask("conflict", "PUT", f"/v1/submissions/{interview.id}", content.body, ends=(409,))
    _keep(interview, content, answer.status, answer.read())


_ACTS: Final[Mapping[Callable[[Line, Interview], Awaitable[None]], tuple[int, str]]] = {
    _correct: (60, f"{_PUT} If-Match"),
    _correct_stale: (15, "GET /v1/held-submissions"),
    _conflict: (25, "GET /v1/held-submissions"),
}
"""How often each act comes, and what of the service it needs."""


def _keep(interview: Interview, content: Content, status: int, told: Mapping[str, Any]) -> None:
    """Keeps what the service acknowledged: a new revision, or content that is held."""
    if status == 200:
        content.revision, content.receipt = told["revision"], told["receipt"]
        interview.known = max(interview.known, told["revision"])
    elif (held := told.get("held")) is not None:
        content.held = held["id"]
    else:
        # A round was closed or settled, so nothing is kept.
        return
    interview.others.append(content)


def _draw_other(interview: Interview, random: Random) -> dict[str, Any]:
    """The same interview with other answers, or only another salt where its people are the family's."""
    body = {**interview.body, "salt": str(uuid4())}
    if "people" in body["family"]:
        return body
    _, other = draw_submission(
        instrument(FILE), interview.village, datetime(2025, 3, 1, tzinfo=UTC), random, lambda _: 0.5
    )
    told = {name: other["family"][name] for name in ("head_sex", "members")}
    return {**body, "family": {**body["family"], **told}, "answers": other["answers"]}
