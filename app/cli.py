"""The `ikk` command. The help of every subcommand shows an example. Exit status 0 means success."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

_COMMANDS: Final = {
    "serve": ("serve:serving", "Serves the API until you stop it"),
    "demo": ("demo:demonstrating", "Shows the service at work"),
    "migrate": ("migrate:migrating", "Brings the database's tables to this version"),
    "regions": ("regions:region", "Kemendagri region codes"),
    "instrument": ("instruments:instrument", "Questionnaires with their scoring"),
    "agency": ("agencies:agency", "Organisations with credentials"),
    "person": ("people:person", "People with an account, their roles and one-time codes"),
    "outside": ("outside:outside", "People of the outside issuer (single sign-on)"),
    "requests": ("subject_requests:requests", "Families' subject requests with their clock"),
    "retention": ("retention:retention", "What is older than the province keeps it"),
    "audit": ("audit:audit", "Checks, anchors, seals and lists the audit log"),
    "keys": ("keys:keys", "The key ring"),
}
"""For each name, the module in `app/commands` and a line for the list. After a colon comes its typer.Typer."""


class _Subcommands(TyperGroup):
    """Loads the module of a subcommand only when it is called, so that help does not take a second.

    The types are Any because typer passes its own private copies of click's types.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command = typer.main.get_command(getattr(import_module(f"app.commands.{module}"), name or module))
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


ikk = typer.Typer(cls=_Subcommands, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@ikk.callback()
def explain() -> None:
    """Stores and scores families' interviews, and serves the Family Quality Index of every region and year.

    `ikk COMMAND --help` explains a command with an example.
    """


def main() -> None:
    """Entry point of the `ikk` command."""
    ikk()


if __name__ == "__main__":
    main()
