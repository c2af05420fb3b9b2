"""`ikk keys reencrypt` encrypts identities, texts and second factors, and digests numbers, again under new keys."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import errors, note, open_ring, read_settings, stop, tell, warn, with_database
from app.language.catalogue import say
from app.platform.database import EVERYWHERE, Database
from app.platform.encryption import Vault
from app.platform.key_ring import KeyRing
from app.services.access.key_use import judge_ring
from app.services.access.second_factors import reencrypt_factors
from app.services.families.reencryption import Reencrypted, count_stale, reencrypt_batch
from app.services.intake.text_reencryption import count_stale_texts, reencrypt_texts


class _Reencrypt(Protocol):
    def __call__(self, session: AsyncSession, vault: Vault, *, after: UUID) -> Awaitable[Reencrypted]: ...


@dataclass(frozen=True, slots=True)
class _Kind:
    """What of the families is encrypted again. count: families that it is left to do for"""

    count: Callable[[AsyncSession, Vault], Awaitable[int]]
    reencrypt: _Reencrypt


_FAMILIES: Final = _Kind(count_stale, reencrypt_batch)
_TEXTS: Final = _Kind(count_stale_texts, reencrypt_texts)


def reencrypt() -> None:
    """Encrypts identities, texts and second factors again, and digests numbers again, under the keys in use.

    Run it after you rotate one of these keys, and before you withdraw the old key. Servers may keep running. If it is
    interrupted, run it again and it continues. Example: `ikk keys reencrypt`
    """
    keys = open_ring(read_settings().key_ring_file)
    done, unreadable = with_database(lambda database: _reencrypt(database, keys, _FAMILIES))
    texts, unreadable_texts = with_database(lambda database: _reencrypt(database, keys, _TEXTS))
    # Loaded only here, because with it comes what signs receipts.
    from app.services.intake.held import count_stale_held, reencrypt_held

    of_held = _Kind(count_stale_held, reencrypt_held)
    held, unreadable_held = with_database(lambda database: _reencrypt(database, keys, of_held))
    factors, unreadable_factors = with_database(lambda database: _reencrypt_factors(database, keys))
    tell(
        say(
            "{count:,} families, texts of {texts:,} families and {factors:,} second factors encrypted under the keys "
            "in use",
            count=done,
            texts=texts,
            factors=factors,
        )
    )
    if held:
        tell(say("{count:,} held submissions encrypted under the keys in use", count=held))
    if unreadable_held:
        warn(say("{count:,} held submissions cannot be decrypted", count=unreadable_held))
    if unreadable_factors:
        warn(
            say(
                "{count:,} second factors cannot be decrypted; see ikk person second-factor reset",
                count=unreadable_factors,
            )
        )
    if unreadable_texts:
        warn(say("texts of {count:,} families cannot be decrypted", count=unreadable_texts))
    if unreadable:
        stop(
            say(
                "{count:,} families cannot be decrypted: their key is not in the ring, or they were altered",
                count=unreadable,
            )
        )


async def _reencrypt(database: Database, keys: KeyRing, kind: _Kind) -> tuple[int, int]:
    """How many families were encrypted again, and how many could not be decrypted."""
    await judge_ring(database, keys)
    vault = Vault(keys)
    if (seconds := vault.settles_in()) > 0:
        # A server that has not read the new key yet would still store and look up under the old one.
        note(say("waiting {seconds:.0f} s until every server knows the new keys", seconds=seconds))
        await asyncio.sleep(seconds)
    done = 0
    async with database.session(EVERYWHERE) as session:
        total = await kind.count(session, vault)
    with Progress(console=errors, disable=not errors.is_terminal) as progress:
        task = progress.add_task(say("encrypting families"), total=total)
        while True:
            changed, unreadable = await _pass(database, vault, kind, lambda count: progress.advance(task, count))
            done += changed
            if not changed:
                return done, unreadable


async def _reencrypt_factors(database: Database, keys: KeyRing) -> tuple[int, int]:
    """How many second factors were encrypted again, and how many could not be decrypted."""
    await judge_ring(database, keys)
    async with database.session(EVERYWHERE) as session:
        return await reencrypt_factors(session, Vault(keys))


async def _pass(database: Database, vault: Vault, kind: _Kind, advance: Callable[[int], None]) -> tuple[int, int]:
    """One pass through all families in the order of their ids. Returns the counts of this pass."""
    after, done, unreadable = UUID(int=0), 0, 0
    while True:
        async with database.session(EVERYWHERE) as session:
            batch = await kind.reencrypt(session, vault, after=after)
        if batch.last is None:
            return done, unreadable
        after, done, unreadable = batch.last, done + batch.families, unreadable + batch.unreadable
        advance(batch.families)
