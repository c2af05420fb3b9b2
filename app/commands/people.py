"""`ikk person` manages accounts of people. You create the first operator this way."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from app.access import COMMAND, ROLES
from app.commands.base import note, read_place, read_settings, tell, with_session
from app.commands.lists import Form, show_list
from app.commands.training import import_file, new_codes
from app.language.catalogue import say
from app.schemas.access.person import NewCodeGrantOut
from app.services.access import appointing, people
from app.services.access.appointing import add_grant, create_person

person = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="People with an account, their roles and one-time codes.",
)

person.command("import")(import_file)
person.command("codes")(new_codes)

Role = Annotated[str, typer.Option(help="One of " + ", ".join(ROLES))]
Region = Annotated[str, typer.Option(help="A code includes all regions below it. ID is the country")]
From = Annotated[str | None, typer.Option("--from", help="First day (2026-12-01) or time. Default: now")]
Until = Annotated[str | None, typer.Option(help="Last day or time. Default: until you end it")]

_ALL = 1_000_000


def _missing(username: str) -> str:
    return say("no person {username}; ikk person list shows them", username=username)


def _grant(role: str, region: str, start: str | None, until: str | None) -> dict[str, str | None]:
    return {"role": role, "region": region, "valid_from": start, "valid_until": until}


@person.command("create")
def create(
    username: str,
    name: Annotated[str, typer.Option(help="The person's name")],
    role: Role,
    region: Region,
    start: From = None,
    until: Until = None,
) -> None:
    """Creates an account with one role and prints a one-time code for it. The code is shown only this once.

    Example: `ikk person create rahmat.operator --name "Rahmat" --role operator --region ID`
    """
    days = read_settings().code_days
    wanted = {"username": username, "name": name, "grants": [_grant(role, region, start, until)]}
    created = with_session(lambda session: create_person(session, COMMAND, wanted, code_days=days))
    _show_code(username, created.code, created.code_expires_at)


@person.command("list")
def list_people(
    region: Annotated[str | None, typer.Option(help="With a role in this region or below it")] = None,
    role: Annotated[str | None, typer.Option(help="With this role there")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether the account is enabled and has a valid role")
    ] = None,
    signed_in: Annotated[
        bool | None, typer.Option("--signed-in/--not-signed-in", help="Whether the person has set a password")
    ] = None,
    training: Annotated[
        bool | None, typer.Option("--training/--no-training", help="Whether the account is in training")
    ] = None,
    form: Form = "table",
) -> None:
    """Lists people with their roles, also those that have ended. Times are in UTC.

    Example: `ikk person list --region 6372 --role kader --active`
    """
    code = read_place(region, role)
    page = with_session(
        lambda session: people.list_people(
            session,
            COMMAND,
            region=code,
            role=role,
            active=active,
            signed_in=signed_in,
            training=training,
            limit=_ALL,
        )
    )
    rows = []
    for each in page.items:
        state = "disabled" if each.disabled_at else "" if each.has_password else "no password yet"
        for grant in each.grants:
            until = grant.ended_at or grant.valid_until
            rows.append(
                {
                    "username": each.username,
                    "name": each.name,
                    "role": grant.role,
                    "region": grant.region,
                    "until": until,
                    "ended": until is not None and until <= datetime.now(until.tzinfo),
                    "account": state,
                    "training": each.training,
                    "grant": grant.id,
                }
            )
    show_list(rows, form, heading=4, words=["account"])


@person.command("grant")
def grant_role(username: str, role: Role, region: Region, start: From = None, until: Until = None) -> None:
    """Grants one more role to a person. Prints a new one-time code if the role is beyond whoever made the last one.

    Example: `ikk person grant siti.aminah --role supervisor --region 6372 --until 2027-12-31`
    """
    wanted, days = _grant(role, region, start, until), read_settings().code_days
    added = with_session(
        lambda session: add_grant(session, COMMAND, username, wanted, code_days=days), missing=_missing(username)
    )
    tell(say("grant {grant}", grant=added.id))
    if isinstance(added, NewCodeGrantOut):
        note(say("Whoever made the last code could not grant this role, so the password and all sign-ins ended."))
        _show_code(username, added.code, added.code_expires_at)


@person.command("end")
def end_grant(
    username: str, grant: Annotated[UUID, typer.Argument(help="The grant's id, as ikk person list shows it")]
) -> None:
    """Ends a role before its time. Tokens that carry it end within about a second.

    Example: `ikk person end siti.aminah 6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11`
    """
    missing = say("no grant {grant} of a person {username}; ikk person list shows them", grant=grant, username=username)
    with_session(lambda session: appointing.end_grant(session, COMMAND, username, grant=grant), missing=missing)
    tell(say("grant {grant} is ended", grant=grant))


@person.command("code")
def give_code(username: str) -> None:
    """Prints a new one-time code for a person. Their password and all their sign-ins end.

    Example: `ikk person code siti.aminah`
    """
    days = read_settings().code_days
    given = with_session(
        lambda session: people.give_code(session, COMMAND, username, code_days=days), missing=_missing(username)
    )
    _show_code(username, given.code, given.code_expires_at)


@person.command("training")
def set_training(
    username: str,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether what the person sends is for training from now on")],
) -> None:
    """Puts an account in training, or takes it out. The person's access tokens end, and their app gets a new one.

    No interview that an account in training sends ever counts. It is erased after IKK_TRAINING_DAYS.
    Example: `ikk person training siti.aminah --on`
    """
    with_session(
        lambda session: people.change_person(session, COMMAND, username, {"training": on}), missing=_missing(username)
    )
    tell(say("{name} is in training", name=username) if on else say("{name} is not in training", name=username))


second_factor = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Second factors of people.")
person.add_typer(second_factor, name="second-factor")


@second_factor.command("reset")
def reset_second_factor(username: str) -> None:
    """Removes the second factor of somebody who lost the phone, and prints a new one-time code.

    The password and all sign-ins end too. This also lets the last operator in again.
    Example: `ikk person second-factor reset siti.aminah`
    """
    days = read_settings().code_days
    given = with_session(
        lambda session: people.reset_factor(session, COMMAND, username, code_days=days), missing=_missing(username)
    )
    _show_code(username, given.code, given.code_expires_at)


@person.command("disable")
def disable(username: str) -> None:
    """Ends all sign-ins of a person. They cannot sign in again until you enable them.

    Example: `ikk person disable siti.aminah`
    """
    with_session(lambda session: people.disable_person(session, COMMAND, username), missing=_missing(username))
    tell(say("{name} is disabled", name=username))


@person.command("enable")
def enable(username: str) -> None:
    """Lets a disabled person sign in again.

    Example: `ikk person enable siti.aminah`
    """
    with_session(lambda session: people.enable_person(session, COMMAND, username), missing=_missing(username))
    tell(say("{name} is enabled", name=username))


def _show_code(username: str, code: str, expires_at: datetime | None) -> None:
    tell(say("username  {username}", username=username))
    tell(say("code      {code}", code=code))
    until = expires_at.isoformat(timespec="minutes") if expires_at else ""
    note(say("The code is shown this once. It can be exchanged for a password until {until}.", until=until))
