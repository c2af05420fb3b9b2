"""`ikk audit` checks, anchors, seals and lists the audit log."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from app.access import COMMAND
from app.commands.base import errors, open_ring, out, read_settings, stop, with_database, with_session
from app.jobs.sealing import seal_queue
from app.platform.database import EVERYWHERE, Database
from app.platform.encryption import Vault
from app.platform.key_ring import KeyRing
from app.regions.codes import undot
from app.schemas.audit.entry import AuditEntryOut
from app.schemas.moments import EARLIEST_YEAR, LATEST_YEAR
from app.schemas.shapes import Page
from app.services.access.key_use import judge_ring
from app.services.audit.chain import START, Checker, Finding, Head
from app.services.audit.reading import Wanted, list_entries
from app.services.audit.sealing import StrangeChainError, read_head
from app.services.audit.verifying import is_guarded, read_links

_SHOWN = 20
_FIRST = -(2**63)

audit = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Checks, anchors, seals and lists the audit log.",
)


def _ring() -> KeyRing:
    """The servers' key ring."""
    file = read_settings().key_ring_file
    if not file.exists():
        stop(f"no key ring at {file}; set IKK_KEYS_FILE to the servers' key ring")
    return open_ring(file)


def _read_anchor(text: str) -> Head:
    try:
        return Head.read(text)
    except ValueError:
        raise typer.BadParameter("give POSITION:HASH as ikk audit head prints it") from None


def _read_log(file: Path) -> Iterator[Head]:
    """Heads that servers logged. It ignores other lines, and whatever comes before the JSON on a line."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                found = json.loads(line[line.index("{") :])
                if found["event"] == "audit head":
                    yield Head(int(found["position"]), bytes.fromhex(found["hash"]))
            except (ValueError, KeyError, TypeError):
                continue


def _make_checker(since: Head | None, anchors: Sequence[Head]) -> tuple[Checker, int]:
    """A checker, and the position after which to read.

    Checking `since` itself needs the hash of the entry before it, so reading begins one entry earlier.
    """
    keys = {key.id: key.raw for key in _ring().all("audit")}
    first = 1 if since is None else max(1, since.position)
    kept: dict[int, set[bytes]] = {}
    for head in [*anchors, *([] if since is None else [since])]:
        if head.position >= first:
            kept.setdefault(head.position, set()).add(head.hash)
    if first == 1:
        return Checker(keys.get, kept), _FIRST
    return Checker(keys.get, kept, Head(first - 2, START), known=first == 2), first - 2


@audit.command("verify")
def verify_chain(
    since: Annotated[
        str | None, typer.Option(help="POSITION:HASH of an earlier `ikk audit head`. Checks only later entries")
    ] = None,
    logs: Annotated[
        list[Path] | None,
        typer.Option(
            "--log", exists=True, dir_okay=False, help="A log of the servers. Every head in it must be in the chain"
        ),
    ] = None,
) -> None:
    """Checks every entry of the audit log. Prints which ones were altered, moved, inserted, removed or cut off.

    The exit status is 1 if anything is wrong or cannot be checked. Example: `ikk audit verify --log api.log`
    """
    anchors = [head for log in logs or () for head in _read_log(log)]
    checker, after = _make_checker(None if since is None else _read_anchor(since), anchors)
    shown, total = with_database(lambda database: check_chain(database, checker, after))
    for finding in shown:
        out.print(str(finding), markup=False, highlight=False, soft_wrap=True)
    if total > len(shown):
        out.print(f"and {total - len(shown):,} more")
    if total:
        stop(f"{checker.checked:,} entries checked: the audit log is not as it was sealed")
    out.print(f"{checker.checked:,} entries checked, all as they were sealed; {len(checker.anchors)} anchors found")
    out.print(f"head {checker.head}", soft_wrap=True, highlight=False)


async def check_chain(database: Database, checker: Checker, after: int) -> tuple[list[Finding], int]:
    """The first findings, and how many there are.

    Each page is a transaction of its own, because a long transaction keeps dead rows from removal.
    """
    shown, total = [], 0
    async with database.session(EVERYWHERE) as session:
        if not await is_guarded(session):
            shown, total = [Finding(0, "the database no longer refuses changes: its trigger refuse_change is off")], 1
    with errors.status("checking the audit log") as status:
        while True:
            async with database.session(EVERYWHERE) as session:
                links = await read_links(session, after)
            found = checker.read(links) if links else checker.finish()
            shown = [*shown, *found][:_SHOWN]
            total += len(found)
            if not links:
                return shown, total
            after = links[-1].position
            status.update(f"{checker.checked:,} entries checked")


@audit.command("head")
def show_head() -> None:
    """Prints POSITION:HASH of the last entry. Keep it elsewhere, and it proves all entries up to it.

    Example: `ikk audit head`
    """
    head = with_session(read_head)
    if not head.position:
        stop("the audit log has no entry yet")
    out.print(str(head), soft_wrap=True, highlight=False)


@audit.command("seal")
def seal_entries() -> None:
    """Seals the entries that wait, as every server does each second.

    Example: `ikk audit seal`
    """
    keys = _ring()
    try:
        count = with_database(lambda database: seal_queue(database, keys))
    except StrangeChainError as error:
        stop(f"{error}; restore the right key ring, or see ikk keys accept-loss")
    out.print(f"{count:,} entries sealed")


@audit.command("list")
def show_entries(
    caller: Annotated[UUID | None, typer.Option(help="Id of the agency or person")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of entry, as in docs/audit.md")] = None,
    region: Annotated[str | None, typer.Option(help="A region code, with all regions below it")] = None,
    subject: Annotated[str | None, typer.Option(help="What the entry is about, as noun:id")] = None,
    first: Annotated[datetime | None, typer.Option("--from", help="UTC, included")] = None,
    last: Annotated[datetime | None, typer.Option("--to", help="UTC, included")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """Lists entries, with the newest first. Reading the log is itself audited.

    Example: `ikk audit list --kind identity.read --region 6372 --from 2026-11-01`
    """
    code = None if region is None else undot(region)
    if region is not None and code is None:
        raise typer.BadParameter("not a region code")
    times = [None if each is None else each.replace(tzinfo=UTC) for each in (first, last)]
    if any(each is not None and not EARLIEST_YEAR <= each.year <= LATEST_YEAR for each in times):
        raise typer.BadParameter(f"give times from {EARLIEST_YEAR} to {LATEST_YEAR}")
    wanted = Wanted(caller, code, kind, subject, *times)
    page = with_session(lambda session: list_entries(session, COMMAND, wanted=wanted, limit=limit, cursor=None))
    table = Table("position", "at (UTC)", "kind", "caller", "region", "subject", "detail")
    for each in page.items:
        at, who = each.at.astimezone(UTC).isoformat(" ", "seconds")[:19], each.caller.name or each.caller.id
        detail = json.dumps(each.detail, ensure_ascii=False)
        table.add_row(str(each.position), at, each.kind, who, each.region or "", each.subject or "", detail)
    out.print(table)


@audit.command("receipt")
def check_receipt(
    submission: Annotated[UUID, typer.Argument(help="The submission's id")],
    content_hash: Annotated[str, typer.Argument(help="The receipt's content hash, sha-256:…")],
) -> None:
    """Looks a receipt up in the audit log. Prints when its content was stored and when it was corrected.

    The exit status is 1 if the audit log has no such receipt.
    Example: `ikk audit receipt 0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20 sha-256:e56f…`
    """
    try:
        told = bytes.fromhex(content_hash.removeprefix("sha-256:"))
    except ValueError:
        raise typer.BadParameter("give sha-256: and 64 hexadecimal digits") from None
    keys, wanted = _ring(), Wanted(subject=f"submission:{submission}")

    async def work(database: Database) -> tuple[list[str], Page[AuditEntryOut]]:
        await judge_ring(database, keys)
        async with database.session(EVERYWHERE) as session:
            page = await list_entries(session, COMMAND, wanted=wanted, limit=1000, cursor=None)
        return Vault(keys).marks(submission, told), page

    marks, page = with_database(work)
    found = 0
    for each in reversed(page.items):
        states = {"stored": each.detail, **{name: each.detail.get(name) or {} for name in ("before", "after")}}
        for name, state in states.items():
            if state.get("receipt") in marks:
                found += 1
                out.print(f"{each.at.isoformat()}  {each.kind}  {name}, entry {each.position}", highlight=False)
    if not found:
        stop("no entry of the audit log has this receipt")
