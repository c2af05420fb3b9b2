"""`ikk keys`: the key ring."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.reencryption import reencrypt
from app.commands.running import errors, out, read_settings, stop, with_session
from app.platform.key_ring import PURPOSES, Key, KeyRing, KeyRingError, Purpose, rotate_key, withdraw_key
from app.services.access import key_use

keys = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The key ring: `signing` (access tokens), `identity` (who families are), `matching` (finding a family by its "
    "numbers), `audit` (the chain of the log). The newest of each is in use; older ones still read what they made.",
)


def _ring_file() -> Path:
    file = read_settings().key_ring_file
    if not file.exists():
        stop(f"no key ring at {file}; see IKK_KEYS_FILE")
    return file


@keys.command("list")
def list_keys() -> None:
    """Lists the keys by purpose, the one in use first; never a secret.

    Example: `ikk keys list`
    """
    ring = KeyRing(_ring_file())
    table = Table("purpose", "id", "made", "")
    for purpose in PURPOSES:
        for number, key in enumerate(ring.all(purpose)):
            table.add_row(purpose, key.id, key.made_at, "in use" if number == 0 else "")
    out.print(table)


@keys.command("rotate")
def rotate(purpose: Purpose) -> None:
    """Adds a key, which is in use from now on: running servers see it within a second or two.

    Tokens and rows made with the key before stay good. Example: `ikk keys rotate signing`
    """
    try:
        key = rotate_key(_ring_file(), purpose)
    except KeyRingError as error:
        stop(str(error))
    out.print(f"{key.id} is the {purpose} key in use")
    _put_on_record(lambda session: key_use.record_rotation(session, key))


@keys.command("withdraw")
def withdraw(id: str) -> None:
    """Takes a key out of the ring for good: tokens that were signed with it end within a second or two.

    A key that rows in the database still need is kept. Example: `ikk keys withdraw 3f9a0c51be72`
    """
    file = _ring_file()
    key = next((each for purpose in PURPOSES for each in KeyRing(file).all(purpose) if each.id == id), None)
    if key is not None and key.purpose != "signing":
        _keep_if_needed(key)
    try:
        withdrawn = withdraw_key(file, id)
    except KeyRingError as error:
        stop(str(error))
    out.print(f"{id} is withdrawn")
    _put_on_record(lambda session: key_use.record_withdrawal(session, withdrawn))


keys.command("reencrypt")(reencrypt)


_CURES: Final[Mapping[str, str]] = {
    "identity": "ikk keys reencrypt moves them to the key in use",
    "matching": "ikk keys reencrypt moves them to the key in use",
    "receipts": "receipts need it as long as they are kept",
    "audit": "ikk audit verify needs it",
}


def _keep_if_needed(key: Key) -> None:
    count = with_session(lambda session: key_use.count_rows(session, key))
    if count:
        stop(f"{count:,} rows were made with {key.id} and are lost without it; {_CURES[key.purpose]}")


def _put_on_record(work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """The ring is a file and was changed, whatever the database does."""
    try:
        with_session(work)
    except typer.Exit:
        errors.print("done, but not on record: the database could not be reached", style="yellow")
