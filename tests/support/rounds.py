"""Rounds of interviews in tests."""

from typing import Any, Final

from tests.support.factories import LANDASAN_ULIN_SELATAN, Client

ROUNDS: Final = "/v1/rounds"


def make_round(*villages: str, expected: int | None = 10, **changed: Any) -> dict[str, Any]:
    """The body of a round of July 2025. `changed` replaces members of it."""
    named = villages or (LANDASAN_ULIN_SELATAN,)
    return {
        "name": "Pendataan Juli",
        "instrument": "ikk-29",
        "version": "2025.1",
        "design": "census",
        "opens_on": "2025-07-01",
        "closes_on": "2025-07-31",
        "villages": [{"region": each, "expected": expected} for each in named],
        **changed,
    }


async def plan_round(client: Client, *villages: str, **changed: Any) -> str:
    """Plans a round and returns its id."""
    answer = await client.http.post(ROUNDS, json=make_round(*villages, **changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def settle(client: Client, round_id: str) -> dict[str, Any]:
    """Settles a round and returns it."""
    answer = await client.http.post(f"{ROUNDS}/{round_id}/settle")
    assert answer.status_code == 200, answer.text
    settled: dict[str, Any] = answer.json()
    return settled
