"""`ikk agency` manages organisations with credentials."""

from typing import Annotated
from uuid import UUID

import typer

from app.access import COMMAND, SCOPES
from app.commands.base import note, tell, with_session
from app.commands.lists import Form, show_list
from app.language.catalogue import say
from app.services.access import agencies

agency = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Organisations with credentials."
)

_ALL = 1_000_000


def _missing(client_id: str) -> str:
    return say("no agency {client_id}; ikk agency list shows them", client_id=client_id)


@agency.command("create")
def create_agency(
    client_id: str,
    name: Annotated[str, typer.Option(help="The organisation's full name")],
    scope: Annotated[list[str], typer.Option(help="Repeatable. One of " + ", ".join(SCOPES))],
    region: Annotated[
        list[str], typer.Option(help="Repeatable. A code includes all regions below it. ID is the country")
    ],
) -> None:
    """Creates an agency and prints its secret. The secret is shown only this once.

    Example: `ikk agency create dp3a-kalsel --name "DP3A Kalimantan Selatan" --scope aggregates:read --region 63`
    """
    wanted = {"client_id": client_id, "name": name, "scopes": scope, "regions": region}
    created = with_session(lambda session: agencies.create_agency(session, COMMAND, wanted))
    _show_secret(client_id, created.client_secret)


@agency.command("list")
def list_agencies(form: Form = "table") -> None:
    """Lists agencies with their scopes, their regions and the number of their valid secrets.

    Example: `ikk agency list`
    """
    rows = [
        {
            "client_id": each.client_id,
            "name": each.name,
            "scopes": list(each.scopes),
            "regions": list(each.regions),
            "secrets": len(each.secrets),
            "disabled_at": each.disabled_at,
        }
        for each in with_session(lambda session: agencies.list_agencies(session, COMMAND, limit=_ALL)).items
    ]
    show_list(rows, form, heading=2)


@agency.command("rotate")
def rotate_secret(
    client_id: str,
    end: Annotated[
        UUID | None, typer.Option(help="The secret that ends for it, as ikk agency secrets lists it")
    ] = None,
) -> None:
    """Gives an agency a new secret. The old one stays valid until you end it.

    An agency has at most two. If it has two already, name the one to end. Example: `ikk agency rotate dp3a-kalsel`
    """
    secret = with_session(
        lambda session: agencies.add_secret(session, COMMAND, client_id, end=end), missing=_missing(client_id)
    )
    _show_secret(client_id, secret.client_secret)


@agency.command("secrets")
def list_secrets(client_id: str) -> None:
    """Lists the valid secrets of an agency by id, with the time they were made. The secrets themselves are not shown.

    Example: `ikk agency secrets dp3a-kalsel`
    """
    found = with_session(lambda session: agencies.find_agency(session, COMMAND, client_id), missing=_missing(client_id))
    for each in found.secrets:
        tell(f"{each.id}  {each.created_at.isoformat(timespec='seconds')}")


@agency.command("end")
def end_secret(
    client_id: str, secret: Annotated[UUID, typer.Argument(help="The secret's id, as ikk agency secrets lists it")]
) -> None:
    """Ends one secret of an agency. Use it when the agency has changed to the new secret, or when one leaked.

    Example: `ikk agency end dp3a-kalsel 6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11`
    """
    missing = say(
        "no secret {secret} of an agency {client_id}; ikk agency secrets shows them", secret=secret, client_id=client_id
    )
    with_session(lambda session: agencies.end_secret(session, COMMAND, client_id, secret=secret), missing=missing)
    tell(say("secret {secret} is ended", secret=secret))


@agency.command("disable")
def disable_agency(client_id: str) -> None:
    """Ends an agency's secrets at once, and the tokens it holds within about a second.

    Example: `ikk agency disable dp3a-kalsel`
    """
    with_session(lambda session: agencies.disable_agency(session, COMMAND, client_id), missing=_missing(client_id))
    tell(say("{name} is disabled", name=client_id))


def _show_secret(client_id: str, secret: str) -> None:
    tell(f"client_id      {client_id}")
    tell(f"client_secret  {secret}")
    note(say("The secret is shown this once. The service stores only its hash."))
