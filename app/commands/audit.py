"""`ikk audit` checks, anchors, seals and lists the audit log."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from app.access import COMMAND
from app.commands.audit_verify import verify_chain
from app.commands.base import read_ring, stop, tell, with_database, with_session
from app.commands.lists import Form, show_list
from app.jobs.sealing import seal_queue
from app.language.catalogue import say, translate
from app.platform.database import EVERYWHERE, Database
from app.platform.encryption import MARK_LENGTH, Vault
from app.regions.codes import undot
from app.schemas.audit.entry import AuditEntryOut, is_subject
from app.schemas.moments import EARLIEST_YEAR, LATEST_YEAR
from app.schemas.shapes import Page
from app.services.access.key_use import judge_ring
from app.services.audit.addresses import list_addresses
from app.services.audit.reading import Wanted, list_by_letter, list_entries
from app.services.audit.sealing import StrangeChainError, read_head

audit = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Checks, anchors, seals and lists the audit log.",
)


audit.command("verify")(verify_chain)


@audit.command("head")
def show_head() -> None:
    """Prints POSITION:HASH of the last entry. Keep it elsewhere, and it proves all entries up to it.

    Example: `ikk audit head`
    """
    head = with_session(read_head)
    if not head.position:
        stop(say("the audit log has no entry yet"))
    tell(str(head))


@audit.command("seal")
def seal_entries() -> None:
    """Seals the entries that wait, as every server does each second.

    Example: `ikk audit seal`
    """
    keys = read_ring()
    try:
        count = with_database(lambda database: seal_queue(database, keys))
    except StrangeChainError as error:
        stop(say("{fault}; restore the right key ring, or see ikk keys accept-loss", fault=translate(str(error))))
    tell(say("{count:,} entries sealed", count=count))


@audit.command("list")
def show_entries(
    caller: Annotated[UUID | None, typer.Option(help="Id of the agency or person")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of entry, as in docs/audit.md")] = None,
    region: Annotated[str | None, typer.Option(help="A region code, with all regions below it")] = None,
    subject: Annotated[str | None, typer.Option(help="What the entry is about, as noun:id")] = None,
    first: Annotated[datetime | None, typer.Option("--from", help="UTC, included")] = None,
    last: Annotated[datetime | None, typer.Option("--to", help="UTC, included")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many entries at most")] = 50,
    form: Form = "table",
) -> None:
    """Lists entries, with the newest first. Times are in UTC. Reading the log is itself audited.

    Example: `ikk audit list --kind identity.read --region 6372 --from 2026-11-01`
    """
    code = None if region is None else undot(region)
    if region is not None and code is None:
        raise typer.BadParameter(say("not a region code"))
    if subject is not None and not is_subject(subject):
        raise typer.BadParameter(say("give a subject as noun:id, such as the one of another entry"))
    times = [None if each is None else each.replace(tzinfo=UTC) for each in (first, last)]
    if any(each is not None and not EARLIEST_YEAR <= each.year <= LATEST_YEAR for each in times):
        raise typer.BadParameter(say("give times from {first} to {last}", first=EARLIEST_YEAR, last=LATEST_YEAR))
    wanted = Wanted(caller, code, kind, subject, *times)
    page = with_session(lambda session: list_entries(session, COMMAND, wanted=wanted, limit=limit, cursor=None))
    rows = [
        {
            "position": each.position,
            "at": each.at,
            "kind": each.kind,
            "region": each.region,
            "caller": f"{each.caller.kind} {each.caller.id}",
            "name": each.caller.name,
            "subject": each.subject,
            "detail": each.detail,
            "request_id": each.request_id,
            "hash": each.hash,
        }
        for each in page.items
    ]
    show_list(rows, form, heading=4, hidden=["request_id", "hash"])


@audit.command("addresses")
def show_addresses(
    caller: Annotated[UUID | None, typer.Option(help="Id of the agency or person")] = None,
    token: Annotated[UUID | None, typer.Option(help="The jti of an access token, as in token.issue")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many addresses at most")] = 50,
    form: Form = "table",
) -> None:
    """Lists from which addresses a caller or a token was used, the last seen first. Times are in UTC.

    Reading them is itself audited.

    Example: `ikk audit addresses --caller 7c9e6679-7425-40de-944b-e07fc1f90ae7`
    """
    if caller is None and token is None:
        raise typer.BadParameter(say("give --caller or --token"))
    page = with_session(
        lambda session: list_addresses(session, COMMAND, caller_id=caller, token_id=token, limit=limit, cursor=None)
    )
    rows = [
        {
            "address": each.address,
            "first_seen_at": each.first_seen_at,
            "last_seen_at": each.last_seen_at,
            "uses": each.uses,
            "sign_in_refused": each.refused,
            "caller": f"{each.caller_kind} {each.caller}",
            "token": each.token,
        }
        for each in page.items
    ]
    show_list(rows, form, heading=5)


@audit.command("letter")
def find_letter(
    letter: Annotated[str, typer.Argument(help="The letter's number, exactly as it was stated")],
) -> None:
    """Lists the entries whose purpose named this letter. The audit log holds only a keyed mark of the number.

    The exit status is 1 if there is none. Example: `ikk audit letter 460/112/DINSOS/XI/2026`
    """
    keys = read_ring()

    async def work(database: Database) -> list[AuditEntryOut]:
        await judge_ring(database, keys)
        async with database.session(EVERYWHERE) as session:
            return await list_by_letter(session, COMMAND, Vault(keys).letter_marks(letter))

    found = with_database(work)
    for each in found:
        about = each.subject or ""
        entry = say("entry {position}", position=each.position)
        tell(f"{each.at.isoformat()}  {each.kind}  {each.caller.id}  {about}, {entry}")
    if not found:
        stop(say("no entry of the audit log names this letter"))


@audit.command("receipt")
def check_receipt(
    submission: Annotated[UUID, typer.Argument(help="The submission's id")],
    content_hash: Annotated[str, typer.Argument(help="The receipt's content hash, sha-256:…")],
) -> None:
    """Looks a receipt up in the audit log. Prints when its content was stored and when it was corrected.

    The exit status is 1 if the audit log has no such receipt.
    Example: `ikk audit receipt 0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20 sha-256:8203…`
    """
    try:
        told = bytes.fromhex(content_hash.removeprefix("sha-256:"))
    except ValueError:
        raise typer.BadParameter(say("give sha-256: and 64 hexadecimal digits")) from None
    keys, wanted = read_ring(), Wanted(subject=f"submission:{submission}")

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
            if str(state.get("receipt"))[:MARK_LENGTH] in marks:
                found += 1
                entry = say("entry {position}", position=each.position)
                tell(f"{each.at.isoformat()}  {each.kind}  {name}, {entry}")
    if not found:
        stop(say("no entry of the audit log has this receipt"))
