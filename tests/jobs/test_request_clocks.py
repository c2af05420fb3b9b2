"""The clocks of subject requests, as `ikk requests list` and the metrics show them."""

import pytest
from fastapi import FastAPI

from app.jobs.request_clocks import show_clocks
from tests.commands.test_commands import Command, ikk, printed_by
from tests.support.factories import EVERYTHING, Client
from tests.support.subject_requests import ask, hours_ago, send_family, serve

__all__ = ["ikk"]


@pytest.fixture
async def asked(caller: Client) -> dict[str, str]:
    """Ids of an open, an overdue and a closed subject request."""
    family = (await send_family(caller))["family"]
    closed = (await serve(caller, family, "lift"))["request"]["id"]
    return {
        "open": await ask(caller, family, "export"),
        "overdue": await ask(caller, family, "correct", received_at=hours_ago(80)),
        "closed": closed,
    }


async def test_it_works(ikk: Command, asked: dict[str, str]) -> None:
    printed = printed_by(ikk.start("requests", "list"))
    assert printed.index(asked["overdue"]) < printed.index(asked["open"])
    assert asked["closed"] not in printed
    assert asked["closed"] in ikk.done("requests", "list", "--all")


async def test_overdue_ones_make_an_exit_status_of_their_own(ikk: Command, asked: dict[str, str]) -> None:
    ran = ikk("requests", "list", "--overdue")
    assert ran.returncode == 3
    assert asked["overdue"] in ran.stdout
    assert asked["open"] not in ran.stdout
    assert ikk("requests", "list", "--overdue", "--region", "63.71").returncode == 0


async def test_a_region_that_is_none_is_refused(ikk: Command) -> None:
    assert "no such region code" in ikk.stopped("requests", "list", "--region", "6x", status=2)


async def test_the_metrics_count_those_that_are_open_and_overdue(
    app: FastAPI, caller: Client, asked: dict[str, str]
) -> None:
    assert len(asked) == 3
    await show_clocks(app.state.database, app.state.metrics)
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    text = (await caller.get("/metrics")).text
    assert 'ikk_subject_requests{state="open"} 2.0' in text
    assert 'ikk_subject_requests{state="overdue"} 1.0' in text
