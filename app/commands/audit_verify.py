"""`ikk audit verify` checks the chain of the audit log, against the heads in the servers' log."""

import zlib
from collections.abc import Mapping, Sequence
from gzip import GzipFile
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Annotated, cast

import typer

from app.commands.base import SHOWN, errors, read_ring, stop, tell, with_database
from app.language.catalogue import say, translate
from app.platform.database import EVERYWHERE, Database
from app.services.audit.anchors import find_anchors
from app.services.audit.chain import START, Checker, Finding, Head
from app.services.audit.verifying import is_guarded, read_links

_FIRST = -(2**63)
_GZIP = b"\x1f\x8b"


def _read_anchor(text: str) -> Head:
    try:
        return Head.read(text)
    except ValueError:
        raise typer.BadParameter(say("give POSITION:HASH as ikk audit head prints it")) from None


def _read_log(file: Path) -> list[Head]:
    """The heads in a log of the servers, which may be compressed with gzip. An unreadable file ends the command."""
    try:
        with file.open("rb") as raw:
            plain = cast(IO[bytes], GzipFile(fileobj=raw) if raw.peek(2)[:2] == _GZIP else raw)
            with TextIOWrapper(plain, "utf-8-sig", errors="replace") as lines:
                return list(find_anchors(lines))
    except (OSError, EOFError, zlib.error) as error:
        stop(say("cannot read {file}: {reason}", file=file, reason=type(error).__name__), 2)


def _make_checker(since: Head | None, anchors: Sequence[Head]) -> tuple[Checker, int]:
    """A checker, and the position after which to read.

    Checking `since` itself needs the hash of the entry before it, so reading begins one entry earlier.
    """
    keys = {key.id: key.raw for key in read_ring().all("audit")}
    first = 1 if since is None else max(1, since.position)
    kept: dict[int, set[bytes]] = {}
    for head in [*anchors, *([] if since is None else [since])]:
        if head.position >= first:
            kept.setdefault(head.position, set()).add(head.hash)
    if first == 1:
        return Checker(keys.get, kept), _FIRST
    return Checker(keys.get, kept, Head(first - 2, START), known=first == 2), first - 2


def verify_chain(
    since: Annotated[
        str | None, typer.Option(help="POSITION:HASH of an earlier `ikk audit head`. Checks only later entries")
    ] = None,
    logs: Annotated[
        list[Path] | None,
        typer.Option(
            "--log",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A log of the servers, also compressed with gzip. Every head in it must be in the chain",
        ),
    ] = None,
) -> None:
    """Checks every entry of the audit log. Prints which ones were altered, moved, inserted, removed or cut off.

    The exit status is 1 if anything is wrong or cannot be checked, and 3 if the logs hold no anchor to compare with.
    Example: `ikk audit verify --log api.log`
    """
    found = {log: _read_log(log) for log in logs or ()}
    earlier = None if since is None else _read_anchor(since)
    checker, after = _make_checker(earlier, [head for heads in found.values() for head in heads])
    shown, total = with_database(lambda database: check_chain(database, checker, after))
    for finding in shown:
        tell(say("entry {position}: {finding}", position=finding.position, finding=translate(finding.text)))
    if total > len(shown):
        tell(say("and {count:,} more", count=total - len(shown)))
    if total:
        stop(say("{count:,} entries checked: the audit log is not as it was sealed", count=checker.checked))
    _tell_anchors(checker, found, earlier)
    tell(say("head {head}", head=checker.head))


def _tell_anchors(checker: Checker, found: Mapping[Path, Sequence[Head]], since: Head | None) -> None:
    """Prints what the chain was compared with. Ends the command with status 3 if the logs had nothing for that."""
    checked = say("{count:,} entries checked, all as they were sealed", count=checker.checked)
    first = 1 if since is None else since.position
    empty = [str(log) for log, heads in found.items() if not any(head.position >= first for head in heads)]
    if found and len(empty) == len(found):
        tell(f"{checked}; {say('head {head}', head=checker.head)}")
        stop(
            say(
                "nothing was anchored: no head of this audit log in {files}. It is the wrong file, it was "
                "emptied, or its servers log less than info. Nobody can tell whether the end was cut off",
                files=", ".join(empty),
            ),
            3,
        )
    if not checker.anchors:
        more = say("nothing was anchored, so give the servers' log as --log to detect a cut end")
        tell(f"{checked}; {more}")
        return
    later = checker.head.position - max(checker.anchors)
    more = say(
        "{anchors:,} anchors found, {later:,} entries after the last of them", anchors=len(checker.anchors), later=later
    )
    tell(f"{checked}; {more}")
    for log in empty:
        tell(say("no anchor in {file}", file=log))


async def check_chain(database: Database, checker: Checker, after: int) -> tuple[list[Finding], int]:
    """The first findings, and how many there are.

    Each page is a transaction of its own, because a long transaction keeps dead rows from removal.
    """
    shown, total = [], 0
    async with database.session(EVERYWHERE) as session:
        if not await is_guarded(session):
            shown, total = (
                [Finding(0, say("the database no longer refuses changes: its trigger refuse_change is off"))],
                1,
            )
    with errors.status(say("checking the audit log")) as status:
        while True:
            async with database.session(EVERYWHERE) as session:
                links = await read_links(session, after)
            found = checker.read(links) if links else checker.finish()
            shown = [*shown, *found][:SHOWN]
            total += len(found)
            if not links:
                return shown, total
            after = links[-1].position
            status.update(say("{count:,} entries checked", count=checker.checked))
