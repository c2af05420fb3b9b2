"""The `ikk` command. Every subcommand explains itself with an example; exit status 0 means it was done."""

import asyncio
import signal
import threading
import time
from typing import Annotated

import httpx
import typer
import uvicorn

from app.audit.chain import Checker
from app.background.sealing import seal_queue
from app.commands.agencies import agency
from app.commands.audit import audit, check_chain
from app.commands.instruments import SHIPPED_INSTRUMENTS, instrument, publish_all, shipped_instruments
from app.commands.keys import keys
from app.commands.people import person
from app.commands.requests import requests
from app.commands.running import out, reach_database, read_settings, saying_why, stop, with_session
from app.config import Settings
from app.database import EVERYWHERE, Database
from app.demo import story
from app.demo.accounts import DASHBOARD, Kept, get_token, make_administrator, make_dashboard, sign_in_kader
from app.main import create_app
from app.migrate import migrate as run_migrations
from app.regions import CURRENT
from app.security import KeyRing, Vault
from app.services import regions
from app.telemetry import configure_logging

ikk = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False, help=__doc__)
region = typer.Typer(no_args_is_help=True, help="Kemendagri region codes.")
ikk.add_typer(agency, name="agency")
ikk.add_typer(audit, name="audit")
ikk.add_typer(person, name="person")
ikk.add_typer(instrument, name="instrument")
ikk.add_typer(keys, name="keys")
ikk.add_typer(requests, name="requests")
ikk.add_typer(region, name="regions")


@ikk.command()
def serve() -> None:
    """Serves the API until it is told to stop; running requests finish first.

    Example: `IKK_PORT=8080 ikk serve`
    """
    settings = read_settings()
    configure_logging(settings.log_level)
    with reach_database(settings) as dsn:
        uvicorn.run(
            create_app(settings, dsn),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
        )


@ikk.command("demo")
def run_demo(
    once: Annotated[bool, typer.Option("--once", help="End when the table is printed, instead of staying up")] = False,
) -> None:
    """Shows the service at work: families of four villages in, the index of every region above them out.

    Makes the tables, loads regions and instruments, gives an administrator, eight kader and a dashboard accounts, and
    sends families that do not exist through the HTTP API. A second run changes no figure. Example: `ikk demo --once`
    """
    settings = read_settings()
    # The story is told on the screen; the server's own lines would only stand between.
    configure_logging("error")
    started = time.perf_counter()
    kept = Kept.read(settings.folder / "demo-secrets.json")
    with reach_database(settings) as dsn:
        with saying_why():
            asyncio.run(run_migrations(dsn, vault=Vault(KeyRing(settings.key_ring_file))))
            code = asyncio.run(_prepare_demo(dsn, settings, kept))
        with (
            story.serving(create_app(settings, dsn), settings.host, settings.port) as address,
            httpx.Client(base_url=address, timeout=30) as http,
        ):
            tokens = sign_in_kader(http, kept, code)
            try:
                outcomes = story.send_rounds(address, tokens, SHIPPED_INSTRUMENTS, out)
            except story.OtherDemoError:
                stop("the database holds families of another version of the demo: name an empty one (IKK_FOLDER)")
            reading = get_token(http, DASHBOARD, kept)
            story.show_aggregates(http, reading, out)
            out.print(story.send_elsewhere(http, tokens, SHIPPED_INSTRUMENTS), soft_wrap=True, highlight=False)
            asyncio.run(_tell_audit(dsn, settings))
            counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
            out.print(f"families: {counts}, in {time.perf_counter() - started:.1f} s")
            if not once:
                _stay_up(address, reading)


async def _prepare_demo(dsn: str, settings: Settings, kept: Kept) -> str | None:
    async with Database.open(dsn, settings) as database, database.session(EVERYWHERE) as session:
        await regions.load_regions(session, CURRENT)
        await publish_all(session, shipped_instruments())
        await make_dashboard(session, kept)
        return await make_administrator(session, kept)


async def _tell_audit(dsn: str, settings: Settings) -> None:
    """All that happened is on record, and the record is whole."""
    keys = KeyRing(settings.key_ring_file)
    checker = Checker({key.id: key.raw for key in keys.all("audit")}.get)
    async with Database.open(dsn, settings) as database:
        await seal_queue(database, keys)
        _, wrong = await check_chain(database, checker, 0)
    state = f"{wrong:,} wrong" if wrong else "all as they were sealed"
    out.print(f"audit log: {checker.checked:,} entries, {state}")


def _stay_up(address: str, token: str) -> None:
    out.print(f"\nAPI and its documentation:  {address}/docs")
    out.print("A token to try it with, valid for an hour:")
    out.print(token, soft_wrap=True, highlight=False, markup=False)
    out.print(f'\n  curl -H "Authorization: Bearer $TOKEN" {address}/v1/aggregates/6372061004/2025', markup=False)
    out.print("\nCtrl-C ends it; the data stays for the next time.")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


@ikk.command()
def migrate() -> None:
    """Brings the database's tables to this version. Safe to repeat.

    Example: `ikk migrate`
    """
    settings = read_settings()
    with saying_why(), reach_database(settings) as dsn:
        asyncio.run(run_migrations(dsn, vault=Vault(KeyRing(settings.key_ring_file))))
    out.print("tables are at the head of the migrations")


@region.command("load")
def load_regions() -> None:
    """Loads the shipped edition of the region codes. Safe to repeat.

    Example: `ikk regions load`
    """
    with out.status("loading regions"):
        count = with_session(lambda session: regions.load_regions(session, CURRENT))
    out.print(f"{CURRENT.code}: {f'{count:,} regions loaded' if count else 'already loaded'}")


def main() -> None:
    """Entry point of the `ikk` command."""
    ikk()


if __name__ == "__main__":
    main()
