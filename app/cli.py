"""The `ikk` command. Every subcommand explains itself with an example; exit status 0 means it was done."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

_COMMANDS: Final = {
    "serve": ("serving", "Serves the API until it is told to stop"),
    "demo": ("demonstrating", "Shows the service at work"),
    "migrate": ("migrating", "Brings the database's tables to this version"),
    "regions": ("regions:region", "Kemendagri region codes"),
    "instrument": ("instruments:instrument", "Questionnaires with their scoring"),
    "agency": ("agencies:agency", "Organisations with credentials"),
    "person": ("people:person", "People with an account, their roles and one-time codes"),
    "requests": ("subject_requests:requests", "What families asked for by right, with its clock"),
    "audit": ("audit:audit", "The audit log: check it, keep its head elsewhere, read it"),
    "keys": ("keys:keys", "The key ring"),
}
"""By name: the module in `app/commands`, with its typer.Typer where that has another name, and a line for the list."""


class _Subcommands(TyperGroup):
    """Loads the module of a subcommand when it is called, and none to list them: help must not take a second.

    Any: the types that typer passes are its own copies of click's, and private.
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
    """Takes families' answers, scores them, and serves the Family Quality Index of every region and year.

    `ikk COMMAND --help` explains a command with an example.
    """


def main() -> None:
    """Entry point of the `ikk` command."""
    ikk()


if __name__ == "__main__":
    main()
