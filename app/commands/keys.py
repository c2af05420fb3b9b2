"""`ikk keys` makes the key ring, lists, rotates and withdraws its keys, and encrypts identities again."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import open_ring, read_settings, stop, tell, warn, with_database, with_session
from app.commands.lists import Form, show_list
from app.commands.reencryption import reencrypt
from app.language.catalogue import say, translate
from app.platform.database import EVERYWHERE, Database
from app.platform.key_ring import (
    PURPOSES,
    SIGNING,
    Key,
    KeyRing,
    KeyRingError,
    Purpose,
    make_ring,
    read_keys,
    rotate_key,
    withdraw_key,
)
from app.platform.named_keys import find_lacking, find_named_keys
from app.services.access import key_use

keys = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="The key ring. It has keys for `signing` (access tokens), `receipt-signing` (receipts), `identity` "
    "(identities of families), `matching` (finding a family by its numbers), `receipts` (content hashes), `factors` "
    "(secrets of second factors), `audit` (the chain of the audit log) and `figures` (the rounding of released "
    "figures). The newest key of each is in use. Older keys still read and verify what was made with them.",
)


def _ring_file() -> Path:
    """The file of the key ring, which exists and is complete."""
    return open_ring(read_settings().key_ring_file).file


@keys.command("init")
def init(
    although_lost: Annotated[
        bool,
        typer.Option("--although-keys-are-lost", help="Accept the loss of every key that the database names"),
    ] = False,
) -> None:
    """Makes the key ring of a database that names no key yet. Adds kinds of key that an older ring lacks.

    If the database names keys that the ring lacks, the command refuses. Look for a copy of the ring first. What lost
    keys encrypted can never be read again. Example: `ikk keys init`
    """
    file = read_settings().key_ring_file

    async def work(database: Database) -> int:
        async with database.session(EVERYWHERE) as session:
            lacking = await _find_lacking(session, file)
            if lacking and not although_lost:
                raise KeyRingError(
                    say(
                        "the database names keys that {file} lacks: {keys}. Restore the right key ring "
                        "(IKK_KEYS_FILE). If it is lost for good, give --although-keys-are-lost",
                        file=file,
                        keys=", ".join(lacking),
                    )
                )
            await key_use.accept_loss(session, lacking)
        make_ring(file)
        return len(lacking)

    lost = with_database(work)
    told = say("{file} has a key of each kind", file=file)
    tell(told if not lost else f"{told}; {say('{count:,} keys are accepted as lost', count=lost)}")


@keys.command("accept-loss")
def accept_loss(id: str) -> None:
    """Accepts that a key is lost for good, so that servers work again without it. It cannot be undone.

    Families whose identities it encrypted stay without a readable identity, and entries of the audit log that it sealed
    cannot be checked. A ring that has the key can still read them. Example: `ikk keys accept-loss 3f9a0c51be72`
    """
    file = _ring_file()

    async def work(session: AsyncSession) -> tuple[int, Purpose]:
        lacking = await _find_lacking(session, file)
        if id not in lacking:
            raise KeyRingError(say("the database names no key {key} that the ring lacks", key=id))
        count = await key_use.count_rows(session, id, lacking[id])
        await key_use.accept_loss(session, {id: lacking[id]})
        return count, lacking[id]

    count, purpose = with_session(work)
    tell(
        say(
            "{purpose} key {key} is accepted as lost; {count:,} rows were made with it",
            purpose=purpose,
            key=id,
            count=count,
        )
    )


async def _find_lacking(session: AsyncSession, file: Path) -> dict[str, Purpose]:
    named = await find_named_keys(session)
    return {each: named[each] for each in find_lacking(named, read_keys(file))}


@keys.command("list")
def list_keys(form: Form = "table") -> None:
    """Lists the keys by purpose, with the key in use first. It never shows a secret.

    Example: `ikk keys list`
    """
    ring = open_ring(read_settings().key_ring_file)
    rows = [
        {"purpose": purpose, "id": key.id, "made_at": key.made_at, "in_use": number == 0}
        for purpose in PURPOSES
        for number, key in enumerate(ring.all(purpose))
    ]
    show_list(rows, form, heading=4)


@keys.command("rotate")
def rotate(purpose: Purpose) -> None:
    """Adds a key, which is in use from now on. Running servers see it within a second or two.

    Tokens, receipts and rows made with the key before stay valid. Example: `ikk keys rotate signing`
    """
    try:
        key = rotate_key(_ring_file(), purpose)
    except KeyRingError as error:
        stop(translate(str(error)))
    tell(say("{key} is the {purpose} key in use", key=key.id, purpose=purpose))
    _audit_change(lambda session: key_use.record_rotation(session, key))


@keys.command("withdraw")
def withdraw(
    id: str,
    although_receipts_fail: Annotated[
        bool,
        typer.Option("--although-receipts-fail", help="Accept that receipts signed with this key no longer verify"),
    ] = False,
) -> None:
    """Removes a key from the ring for good. Tokens that were signed with it end within a second or two.

    The command refuses if rows in the database still need the key. It also refuses to remove a key that signed
    receipts, because nobody could verify them any more. Remove such a key only if somebody else may have it.
    Example: `ikk keys withdraw 3f9a0c51be72`
    """
    file = _ring_file()
    key = next((each for purpose in PURPOSES for each in KeyRing(file).all(purpose) if each.id == id), None)
    if key is not None and key.purpose == "receipt-signing" and not although_receipts_fail:
        stop(
            say(
                "receipts that were signed with {key} no longer verify without it. If somebody else may have it, give "
                "--although-receipts-fail",
                key=id,
            )
        )
    if key is not None and key.purpose not in SIGNING:
        _keep_if_needed(key)
    try:
        withdrawn = withdraw_key(file, id)
    except KeyRingError as error:
        stop(translate(str(error)))
    tell(say("{key} is withdrawn", key=id))
    _audit_change(lambda session: key_use.record_withdrawal(session, withdrawn))


keys.command("reencrypt")(reencrypt)


_CURES: Final[Mapping[str, str]] = {
    "identity": "ikk keys reencrypt moves them to the key in use",
    "matching": "ikk keys reencrypt moves them to the key in use",
    "factors": "ikk keys reencrypt moves them to the key in use",
    "receipts": "receipts need it as long as they are kept",
    "audit": "ikk audit verify needs it",
    "figures": "later releases of the same years need it",
}


def _keep_if_needed(key: Key) -> None:
    count = with_session(lambda session: key_use.count_rows(session, key.id, key.purpose))
    if count:
        stop(
            say(
                "{count:,} rows were made with {key} and are lost without it; {cure}",
                count=count,
                key=key.id,
                cure=say(_CURES[key.purpose]),
            )
        )


def _audit_change(work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Audits a change of the ring. The file has already changed, so an unreachable database only causes a warning."""
    try:
        with_session(work)
    except typer.Exit:
        warn(say("done, but not audited: the database could not be reached"))
