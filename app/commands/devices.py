"""`ikk device` sets up phones of people with ODK Collect, and revokes them."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app.access import COMMAND
from app.commands.base import note, read_settings, stop, tell, with_session
from app.commands.lists import Form, show_list
from app.language.catalogue import say
from app.pages.device_slip import write_device_slip
from app.services.access import devices

device = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Phones with ODK Collect, each of a person."
)


def _missing(username: str) -> str:
    return say("no person {username}; ikk person list shows them", username=username)


@device.command("add")
def add(
    username: str,
    name: Annotated[str, typer.Option(help="By which you know the phone")],
    slip: Annotated[
        Path | None, typer.Option(help="Also writes a slip to print, with the QR code to scan, into this new HTML file")
    ] = None,
) -> None:
    """Sets up a phone of a person, and prints its address and app password. They are shown only this once.

    Example: `ikk device add siti.aminah --name "Samsung A05 merah" --slip slip.html`
    """
    if slip is not None:
        try:
            os.close(os.open(slip, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            stop(say("{file} cannot be made: {reason}", file=slip, reason=error.strerror))
    try:
        made = with_session(
            lambda session: devices.create_device(session, COMMAND, username, {"name": name}),
            missing=_missing(username),
        )
    except BaseException:
        if slip is not None:
            with suppress(OSError):
                slip.unlink()
        raise
    address = read_settings().issuer
    added = devices.set_up(made, address)
    tell(say("device        {device}", device=added.id))
    tell(say("server URL    {url}", url=added.server_url))
    tell(say("username      {username}", username=added.username))
    tell(say("app password  {secret}", secret=added.secret))
    if slip is not None:
        slip.write_text(write_device_slip(added, made.name, made.places, address), "utf-8")
    note(say("Both are shown this once. Whoever has them can send interviews in this person's name."))
    if not address.startswith("https://"):
        note(say("The address is not https. Phones then send the secret in clear, so use it for a trial alone."))


@device.command("list")
def list_devices(username: str, form: Form = "table") -> None:
    """Lists the phones of a person, also revoked ones, the newest first. Times are in UTC.

    Example: `ikk device list siti.aminah`
    """
    found = with_session(
        lambda session: devices.list_devices(session, COMMAND, username), missing=_missing(username)
    ).items
    rows = [
        {
            "name": each.name,
            "created_at": each.created_at,
            "last_used_on": each.last_used_on,
            "ended_at": each.ended_at,
            "device": each.id,
        }
        for each in found
    ]
    show_list(rows, form, heading=1)


@device.command("end")
def end(
    username: str,
    device: Annotated[UUID, typer.Argument(help="The device's id, as ikk device list shows it")],
) -> None:
    """Revokes a phone at once, for example a lost one. It fetches and sends nothing more.

    Example: `ikk device end siti.aminah 6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11`
    """
    missing = say(
        "no device {device} of a person {username}; ikk device list shows them", device=device, username=username
    )
    with_session(lambda session: devices.end_device(session, COMMAND, username, device=device), missing=missing)
    tell(say("device {device} is revoked", device=device))
