"""Plays one round of the demo from its interviews to its settlement, and settles that of the year before.

A supervisor returns an interview, its kader corrects it, the supervisor chooses between two contents of another one,
approves all, and settles the round. A second run finds the round settled, and tells the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from app.demo.accounts import KADER
from app.demo.rounds import ROUNDS, DemoRound, draw_round
from app.language.catalogue import language, say
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument

_SURVEYED: Final = next(each for each in ROUNDS if (each.region, each.year) == ("6372061004", 2025))
_BEFORE: Final = tuple(each for each in ROUNDS if each.year == 2024)
_QUESTION: Final = "savings"


def settle_round(http: httpx.Client, tokens: Mapping[str, str], supervisor: str, instruments: Path) -> Iterator[str]:
    """Plays the round unless it is settled already. Tells in sentences what became of it.

    `tokens` are those of the kader by username, and `supervisor` is that of a supervisor of the village.
    """
    instrument = read_instrument((instruments / f"{_SURVEYED.instrument}.toml").read_bytes())
    kader = next(username for username, village in KADER.items() if village == _SURVEYED.region)
    # A village's families are shared out, so every second one is this kader's.
    saving = [
        (key, body)
        for key, body in draw_round(_SURVEYED, instrument)[::2]
        if body["answers"].get(_QUESTION) in ("yes", "no")
    ]
    corrected, disputed = saving[:2]
    reviewing, sending = _speaker(http, supervisor), _speaker(http, tokens[kader])
    found = reviewing("GET", f"/v1/rounds?region={_SURVEYED.region}&year={_SURVEYED.year}")["items"]
    if not found:
        found = [_open_round(reviewing, instrument, [_SURVEYED], 2, ("07-01", "08-31"))]
    if found[0]["status"] != "settled":
        _review(reviewing, sending, corrected, disputed)
        _settle(reviewing, found[0])
    yield _tell_correction(reviewing, corrected[0], kader)
    yield _tell_choice(reviewing, disputed[0], kader)
    yield _tell_round(reviewing, found[0]["id"])


def settle_year_before(http: httpx.Client, supervisor: str, instruments: Path) -> None:
    """Approves all interviews of 2024 and settles their round, so that they are broken down by groups of families."""
    instrument = read_instrument((instruments / f"{_BEFORE[0].instrument}.toml").read_bytes())
    reviewing = _speaker(http, supervisor)
    found = reviewing("GET", f"/v1/rounds?year={_BEFORE[0].year}")["items"]
    if not found:
        found = [_open_round(reviewing, instrument, _BEFORE, 0, ("10-01", "10-31"))]
    if found[0]["status"] != "settled":
        for each in _BEFORE:
            _move_all(reviewing, each, "accepted", "in_review")
            _move_all(reviewing, each, "in_review", "approved")
        _settle(reviewing, found[0])


def _speaker(http: httpx.Client, token: str) -> Any:
    """Returns a function that sends a request with a token and returns the JSON of the response."""

    def speak(method: str, path: str, body: object = None, *, revision: int | None = None, status: int = 0) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language()}
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        answer = http.request(method, path, json=body, headers=headers)
        if answer.status_code != status:
            answer.raise_for_status()
        return answer.json()

    return speak


def _open_round(
    reviewing: Any, instrument: Instrument, villages: Sequence[DemoRound], not_met: int, days: tuple[str, str]
) -> dict[str, Any]:
    """not_met: families of each village that were not interviewed. days: month and day of the first and the last one"""
    year = villages[0].year
    wanted = {
        "name": f"Demo: locus {year}",
        "instrument": instrument.code,
        "version": instrument.version,
        "design": "census",
        "opens_on": f"{year}-{days[0]}",
        "closes_on": f"{year}-{days[1]}",
        "villages": [{"region": each.region, "expected": each.families + not_met} for each in villages],
    }
    opened: dict[str, Any] = reviewing("POST", "/v1/rounds", wanted)
    return opened


def _review(
    reviewing: Any, sending: Any, corrected: tuple[UUID, dict[str, Any]], disputed: tuple[UUID, dict[str, Any]]
) -> None:
    """Lets the kader correct what was returned, and a second phone send other content, and approves everything."""
    _move_all(reviewing, _SURVEYED, "accepted", "in_review")
    path = f"/v1/submissions/{corrected[0]}"
    told = [{"question": _QUESTION, "text": "Tanyakan lagi, keluarga ini punya celengan."}]
    reviewing("POST", f"{path}/review", {"status": "returned", "revision": 1, "comments": told})
    sending("PUT", path, {**_flipped(corrected[1]), "correction": {"reason": "returned"}}, revision=1)
    path = f"/v1/submissions/{disputed[0]}"
    held = sending("PUT", path, _flipped(disputed[1]), status=httpx.codes.CONFLICT)["held"]["id"]
    reviewing("POST", f"/v1/held-submissions/{held}/settle", {"choose": "held", "revision": 1})
    _move_all(reviewing, _SURVEYED, "accepted", "in_review")
    _move_all(reviewing, _SURVEYED, "in_review", "approved")


def _move_all(reviewing: Any, of: DemoRound, status: str, to: str) -> None:
    wanted = {"region": of.region, "year": of.year, "status": status}
    reviewing("POST", "/v1/submissions/reviews", {"status": to, "filter": wanted})


def _flipped(body: dict[str, Any]) -> dict[str, Any]:
    """The same interview with the other answer to one question."""
    other = "no" if body["answers"][_QUESTION] == "yes" else "yes"
    return {**body, "answers": {**body["answers"], _QUESTION: other}}


def _settle(reviewing: Any, opened: Mapping[str, Any]) -> None:
    if opened["status"] == "open":
        reviewing("POST", f"/v1/rounds/{opened['id']}/close")
    reviewing("POST", f"/v1/rounds/{opened['id']}/settle")


def _tell_correction(reviewing: Any, key: UUID, kader: str) -> str:
    revisions = reviewing("GET", f"/v1/submissions/{key}/revisions")["items"]
    return say(
        "A supervisor returns an interview of {kader} with a comment. Corrected, it is revision {revision}",
        kader=kader,
        revision=revisions[0]["revision"],
    )


def _tell_choice(reviewing: Any, key: UUID, kader: str) -> str:
    stored = reviewing("GET", f"/v1/submissions/{key}")
    return say(
        "A second phone of {kader} sends other content under one id. It is held until the supervisor chooses: revision "
        "{revision} is {status}",
        kader=kader,
        revision=stored["revision"],
        status=stored["status"],
    )


def _tell_round(reviewing: Any, key: str) -> str:
    found = reviewing("GET", f"/v1/rounds/{key}")
    totals = found["totals"]
    return say(
        "Round {name}: {interviewed} of {expected} families interviewed, {approved} interviews approved, {status}",
        name=found["name"],
        interviewed=totals["interviewed"],
        expected=totals["expected"],
        approved=totals["approved"],
        status=found["status"],
    )
