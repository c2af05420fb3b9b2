"""`ikk demo` shows the service with invented families."""

import asyncio
import signal
import threading
import time
from typing import Annotated

import httpx
import typer

from app.commands.audit_verify import check_chain
from app.commands.base import out, reach_database, read_settings, saying_why, stop, tell
from app.commands.instruments import SHIPPED_INSTRUMENTS, publish_all, shipped_instruments
from app.commands.migrate import migrate_with_keys
from app.config import Settings
from app.demo import story
from app.demo.accounts import (
    DASHBOARD,
    HEAD,
    KADER,
    OFFICIALS,
    STATISTICS,
    SUPERVISOR,
    TEAM,
    Kept,
    get_token,
    kader_of,
    make_agencies,
    make_officials,
    set_password,
    set_up_phone,
    sign_in,
    sign_in_kader,
)
from app.demo.examples import make_live_examples
from app.demo.published import send_published
from app.demo.releasing import release_all, tell_breakdown, tell_release
from app.demo.rounds import ROUNDS, SPLIT, SPLIT_ROWS
from app.demo.settling import settle_round, settle_year_before
from app.jobs.sealing import seal_queue
from app.language.catalogue import say
from app.main import create_app
from app.platform.database import EVERYWHERE, Database
from app.platform.key_ring import KeyRing
from app.platform.log import configure_logging
from app.services.audit.chain import Checker
from app.services.reference import regions
from app.services.statistics.indicators import load_shipped_indicators

demonstrating = typer.Typer(add_completion=False, rich_markup_mode=None)


@demonstrating.command()
def run_demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop after the table is printed, instead of serving on")
    ] = False,
) -> None:
    """Shows the service at work. It sends invented families of six villages and shows every region's index.

    The demo makes the tables, loads regions and instruments, and gives accounts to five officials, twelve kader, a
    team and a dashboard. It sends the families through the HTTP API. One family is interviewed twice, one village is
    split by a decree that does not exist, and the interviews of one round are reviewed and settled. Then the figures
    are released. A second run changes no figure.
    Example: `ikk demo --once`
    """
    # The demo's accounts belong to nobody, so nobody has a phone for their codes. It asks for its releases itself, so
    # that none is made of half of the families.
    settings = read_settings().model_copy(update={"second_factor_scopes": (), "release_hour": None})
    # The demo prints its own text. The server's log lines would clutter it.
    configure_logging("error")
    started = time.perf_counter()
    kept = Kept.read(settings.folder / "demo-secrets.json")
    with reach_database(settings) as dsn:
        with saying_why():
            migrate_with_keys(dsn, settings.key_ring_file)
            codes = asyncio.run(_prepare_demo(dsn, settings, kept))
        with (
            story.listening(settings.host, settings.port) as socket,
            story.serving(app := create_app(settings.at_port(socket.getsockname()[1]), dsn), socket) as address,
            httpx.Client(base_url=address, timeout=30) as http,
        ):
            for username, code in codes.items():
                set_password(http, username, code, kept)
            # A village's kader have their accounts before it is split. Its parts get theirs after that.
            parts = kader_of({each.new for each in SPLIT_ROWS})
            tokens = sign_in_kader(http, kept, [each for each in KADER if each not in parts])
            asyncio.run(_split_village(dsn, settings))
            tokens |= sign_in_kader(http, kept, parts)
            try:
                outcomes = story.send_rounds(address, tokens, SHIPPED_INSTRUMENTS, out)
            except story.OtherDemoError:
                stop(
                    say("the database holds families of another version of the demo; set IKK_FOLDER to an empty folder")
                )
            team = get_token(http, TEAM, kept)
            again = story.interview_again(http, tokens, team, SHIPPED_INSTRUMENTS)
            supervisor = sign_in(http, SUPERVISOR, kept)
            played = list(settle_round(http, tokens, supervisor, SHIPPED_INSTRUMENTS))
            settle_year_before(http, supervisor, SHIPPED_INSTRUMENTS)
            asyncio.run(_release(dsn, settings))
            story.show_aggregates(http, team, out)
            tell(again)
            latest = max(each.year for each in ROUNDS)
            tell(send_published(http, get_token(http, STATISTICS, kept), team, latest))
            tell(story.send_under_an_ended_code(http, tokens, SHIPPED_INSTRUMENTS))
            tell(story.send_elsewhere(http, tokens, SHIPPED_INSTRUMENTS))
            for line in played:
                tell(line)
            dashboard = get_token(http, DASHBOARD, kept)
            tell(tell_release(http, dashboard, team))
            tell(tell_breakdown(http, dashboard))
            asyncio.run(_tell_audit(dsn, settings))
            seconds = time.perf_counter() - started
            tell(say("families: {new:,} stored, {old:,} sent before, in {seconds:.1f} s", seconds=seconds, **outcomes))
            if not once:
                tokens |= {each: sign_in(http, each, kept) for each in OFFICIALS}
                app.state.live_examples = make_live_examples(http, tokens, SHIPPED_INSTRUMENTS)
                phone = set_up_phone(http, next(iter(KADER)), kept)
                _stay_up(address, dashboard, phone, kept)


async def _prepare_demo(dsn: str, settings: Settings, kept: Kept) -> dict[str, str]:
    async with Database.open(dsn, settings) as database, database.session(EVERYWHERE) as session:
        await regions.load_shipped_regions(session)
        await publish_all(session, shipped_instruments())
        await load_shipped_indicators(session)
        await make_agencies(session, kept)
        return await make_officials(session, kept)


async def _split_village(dsn: str, settings: Settings) -> None:
    """Loads the edition of the regions that splits one of the villages."""
    async with Database.open(dsn, settings) as database, database.session(EVERYWHERE) as session:
        await regions.load_changes(session, SPLIT, SPLIT_ROWS, today=SPLIT.valid_from)


async def _release(dsn: str, settings: Settings) -> None:
    """Makes the releases that a dashboard reads."""
    async with Database.open(dsn, settings) as database:
        await release_all(database, KeyRing(settings.key_ring_file))


async def _tell_audit(dsn: str, settings: Settings) -> None:
    """Prints how many entries the audit log has, and whether the chain is intact."""
    keys = KeyRing(settings.key_ring_file)
    checker = Checker({key.id: key.raw for key in keys.all("audit")}.get)
    async with Database.open(dsn, settings) as database:
        await seal_queue(database, keys)
        _, wrong = await check_chain(database, checker, 0)
    state = say("{count:,} wrong", count=wrong) if wrong else say("all as they were sealed")
    tell(say("audit log: {count:,} entries, {state}", count=checker.checked, state=state))


def _stay_up(address: str, token: str, phone: str, kept: Kept) -> None:
    tell(say("\nAPI and its documentation:  {address}/docs", address=address))
    tell(say("A dashboard's token to try it with, valid for an hour. It reads released figures:"))
    tell(token)
    tell(f'\n  curl -H "Authorization: Bearer $TOKEN" {address}/v1/aggregates/6372061004/2025')
    tell(say("\nThe figures as pages:  {address}/", address=address))
    tell(say("Sign in there as {username} with the password {password}", username=HEAD, password=kept.of[HEAD]))
    told = {"username": SUPERVISOR, "password": kept.of[SUPERVISOR]}
    tell(say("A supervisor's account for the API is {username} with the password {password}", **told))
    tell(say("A kader's phone with ODK Collect has the server URL {phone}", phone=phone))
    tell(say("\nPress Ctrl-C to stop. The data stays for the next time."))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
