"""The `ikk` command. The help of every subcommand shows an example. Exit status 0 means success."""

import gc
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException

from app.language.catalogue import LANGUAGES, VARIABLES, choose_language, say
from app.language.frame import SpokenContext, show_error, speak

_COMMANDS: Final = {
    "serve": ("serve:serving", "Serves the API until you stop it"),
    "demo": ("demo:demonstrating", "Shows the service at work"),
    "migrate": ("migrate:migrating", "Brings the database's tables to this version"),
    "regions": ("regions:region", "Kemendagri region codes"),
    "instrument": ("instruments:instrument", "Questionnaires with their scoring"),
    "agency": ("agencies:agency", "Organisations with credentials"),
    "person": ("people:person", "People with an account, their roles and one-time codes"),
    "device": ("devices:device", "Phones with ODK Collect, each of a person"),
    "outside": ("outside:outside", "People of the outside issuer (single sign-on)"),
    "requests": ("subject_requests:requests", "Families' subject requests with their clock"),
    "release": ("releases:release", "Releases of figures"),
    "retention": ("retention:retention", "What is older than the province keeps it"),
    "audit": ("audit:audit", "Checks, anchors, seals and lists the audit log"),
    "keys": ("keys:keys", "The key ring"),
}
"""For each name, the module in `app/commands` and a line for the list. After a colon comes its typer.Typer."""
_LANGUAGE: Final = "--language"


class _Subcommands(TyperGroup):
    """Loads the module of a subcommand only when it is called, so that help does not take a second.

    The types are Any because typer passes its own private copies of click's types.
    """

    context_class = SpokenContext

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        # A collection while modules are loaded finds nothing to free, and would take a third of the time.
        gc.disable()
        loaded = import_module(f"app.commands.{module}")
        gc.enable()
        command = typer.main.get_command(getattr(loaded, name or module))
        command.name = cmd_name
        speak(command)
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Chooses the language before anything speaks, and takes `--language` wherever it stands."""
        named, rest = _take_language(args)
        option: Any = next(each for each in self.params if each.name == "language")
        choose_language(named[-1] if named and named[-1] in LANGUAGES else option.value_from_envvar(ctx))
        speak(self)
        return super().parse_args(ctx, [*named, *rest])

    def main(self, *args: Any, **extra: Any) -> Any:
        """As typer does it, but with errors in the language of the command line."""
        alone = {**extra, "standalone_mode": False}
        if not extra.get("standalone_mode", True):
            return super().main(*args, **alone)
        try:
            status = super().main(*args, **alone)
        except Abort:
            typer.echo(say("Aborted!"), err=True)
            sys.exit(1)
        except TyperException as error:
            show_error(error)
            sys.exit(getattr(error, "exit_code", 1))
        sys.exit(status if isinstance(status, int) else 0)


def _take_language(args: list[str]) -> tuple[list[str], list[str]]:
    """`--language` and its value, if they are among the arguments, and the other arguments."""
    end = args.index("--") if "--" in args else len(args)
    for place, each in enumerate(args[:end]):
        if each == _LANGUAGE and place + 1 < end:
            return args[place : place + 2], args[:place] + args[place + 2 :]
        if each.startswith(f"{_LANGUAGE}="):
            return [_LANGUAGE, each.partition("=")[2]], args[:place] + args[place + 1 :]
    return [], args


def _check_language(context: typer.Context, value: str | None) -> str | None:
    """Refuses a language that we do not speak. A locale of the machine may name any other, and means English."""
    by_hand = context.get_parameter_source("language")
    if by_hand is not None and by_hand.name == "COMMANDLINE" and value not in LANGUAGES:
        raise typer.BadParameter(say("write id for Indonesian or en for English"), param_hint=f"'{_LANGUAGE}'")
    return value


ikk = typer.Typer(cls=_Subcommands, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@ikk.callback()
def explain(
    language: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(LANGUAGES),
            envvar=[*VARIABLES],
            show_envvar=True,
            callback=_check_language,
            help="The language of texts for people, Indonesian or English. Default: the language of the machine",
        ),
    ] = None,
) -> None:
    """Stores and scores families' interviews, and serves the Family Quality Index of every region and year.

    `ikk COMMAND --help` explains a command with an example.
    """


def main() -> None:
    """Entry point of the `ikk` command."""
    ikk()


if __name__ == "__main__":
    main()
