"""`ikk outside` blocks people of the outside issuer, whose accounts are not here."""

from typing import Annotated
from uuid import UUID

import typer

from app.access import COMMAND
from app.commands.base import read_settings, stop, tell, with_session
from app.language.catalogue import say
from app.platform.outside_issuer import outsider_id
from app.services.access import outsiders

outside = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="People of the outside issuer (single sign-on). Their accounts are at the issuer.",
)

_OURS = "outside:"

Subject = Annotated[
    str, typer.Argument(help="What `sub` says in the person's tokens, or outside:ID with the id from the audit log")
]


@outside.command("block")
def block(subject: Subject) -> None:
    """Refuses all tokens of a person here, within about a second and until you lift the block.

    Block the account at the issuer too. Example: `ikk outside block 8d2c6b1e-5a0f-4d0e-9b57-1f4f6a3b9a77`
    """
    outsider = _id_of(subject)
    with_session(lambda session: outsiders.block_outsider(session, COMMAND, outsider))
    tell(say("{person} is blocked", person=f"{_OURS}{outsider}"))


@outside.command("unblock")
def unblock(subject: Subject) -> None:
    """Lifts a block.

    Example: `ikk outside unblock outside:3f0f3c0e-6a35-5f0a-8c3e-0f6f1f6b7d11`
    """
    outsider = _id_of(subject)
    missing = say("{person} is not blocked; ikk outside list shows who is", person=f"{_OURS}{outsider}")
    with_session(lambda session: outsiders.unblock_outsider(session, COMMAND, outsider), missing=missing)
    tell(say("{person} is not blocked any more", person=f"{_OURS}{outsider}"))


@outside.command("list")
def list_blocked() -> None:
    """Lists everybody who is blocked, with the time of the block.

    Example: `ikk outside list`
    """
    for each in with_session(outsiders.list_blocked):
        tell(f"{_OURS}{each.id}  {each.blocked_at.isoformat(timespec='seconds')}")


def _id_of(subject: str) -> UUID:
    """The id of a subject here. Ends the command if no outside issuer is set."""
    if subject.startswith(_OURS):
        try:
            return UUID(subject.removeprefix(_OURS))
        except ValueError:
            stop(say("give outside: and the id as the audit log shows it"), 2)
    issuer = read_settings().oidc_issuer
    if issuer is None:
        stop(say("no outside issuer is set; see IKK_OIDC_ISSUER"), 2)
    return UUID(outsider_id(issuer, subject))
