"""`ikk migrate` brings the database's tables to this version."""

import asyncio
from collections import Counter
from pathlib import Path
from uuid import UUID

import typer

from app.commands.base import reach_database, read_settings, saying_why, stop, tell
from app.language.catalogue import say
from app.platform.migrations import make_owner_engine, owner_session
from app.platform.migrations import migrate as run_migrations
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.aggregates.basis import REPORTED
from app.scoring.catalogue import Catalogue
from app.services.intake.doubles import settle_batch
from app.services.reference.instruments import UnreadableInstrumentError, refresh_catalogue
from app.services.statistics.indicators import load_shipped_indicators

migrating = typer.Typer(add_completion=False, rich_markup_mode=None)


@migrating.command()
def migrate() -> None:
    """Brings the database's tables to this version. Safe to repeat. Makes the key ring of a new database.

    It also lets every family count once a year, as older versions counted each interview, and prints what changed.
    It stores the context indicators that come with this version. Those that an office changed stay as they are.
    Example: `ikk migrate`
    """
    settings = read_settings()
    with saying_why(), reach_database(settings) as dsn:
        migrate_with_keys(dsn, settings.key_ring_file)
        tell(say("tables are at the head of the migrations"))
        report_counts(asyncio.run(count_once(dsn)))
        if codes := asyncio.run(load_indicators(dsn)):
            tell(say("context indicators stored: {codes}", codes=", ".join(codes)))


async def load_indicators(dsn: str) -> list[str]:
    """Stores the shipped context indicators. Returns the codes of those that are new or changed."""
    engine = make_owner_engine(dsn)
    try:
        async with owner_session(engine) as session:
            return await load_shipped_indicators(session)
    finally:
        await engine.dispose()


async def count_once(dsn: str) -> list[AffectedOut]:
    """Lets every family count once a year, in batches. Returns the aggregates of villages that changed."""
    engine, catalogue = make_owner_engine(dsn), Catalogue()
    after: UUID | None = UUID(int=0)
    affected = list[AffectedOut]()
    try:
        async with owner_session(engine) as session:
            await refresh_catalogue(session, catalogue)
        while after is not None:
            async with owner_session(engine) as session:
                batch = await settle_batch(session, catalogue, after=after)
            after = batch.last
            affected += batch.affected
    except UnreadableInstrumentError as error:
        stop(say("this version of the service cannot read the instruments {names}", names=error))
    finally:
        await engine.dispose()
    return affected


def report_counts(affected: list[AffectedOut]) -> None:
    """Prints how many interviews no longer count among the reported ones, by year and instrument."""
    gone, villages = Counter[tuple[int, str]](), dict[tuple[int, str], set[str]]()
    for each in affected:
        if each.basis != REPORTED:
            continue
        key = each.year, f"{each.instrument} {each.version}"
        gone[key] += each.families.before - each.families.after
        villages.setdefault(key, set()).add(each.region)
    for (year, instrument), number in sorted(gone.items()):
        tell(
            say(
                "{when}: {count:,} of the interviews no longer count, in {villages:,} of the villages",
                when=f"{year}, {instrument}",
                count=number,
                villages=len(villages[year, instrument]),
            )
        )
    if gone:
        tell(say("GET /v1/submissions?counts=false lists them; nothing was deleted"))


def migrate_with_keys(dsn: str, file: Path) -> None:
    """Migrates, and makes the key ring of a new database. Ends the command if the ring lacks keys of the database."""
    if lacking := asyncio.run(run_migrations(dsn, key_ring_file=file)):
        found = (
            say("the tables are migrated, but the key ring at {file} lacks keys that the database names", file=file)
            if file.exists()
            else say(
                "the tables are migrated, but there is no key ring at {file} with keys that the database names",
                file=file,
            )
        )
        remedy = say("Restore the right key ring (IKK_KEYS_FILE). If it is lost for good, see ikk keys init --help")
        stop(f"{found}: {', '.join(lacking)}. {remedy}")
