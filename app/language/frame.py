"""What the library typer writes around the texts of commands: usage, headings and errors, in both languages."""

import re
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer._click.formatting import HelpFormatter  # typer offers no other place for the words around a help

from app.language.catalogue import say, translate, translate_help

_EXTRA: Final = re.compile(r"(?s)(?P<help>.*?)(?:(?:^|  )\[(?P<extra>[^\[\]]*)\])?$")
_TYPE: Final = re.compile(r"<([^<>]+)>")


class SpokenFormatter(HelpFormatter):
    """Writes the words around a help in the language of the command."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        spoken = " ".join(translate(each) for each in re.split(r" (?!\[ARGS\])", args))
        super().write_usage(prog, spoken, prefix or say("Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(translate(heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_speak_name(first), _speak_help(second)) for first, second in rows], col_max, col_spacing)


def _speak_name(name: str) -> str:
    """The name of an option or argument, with the kind of its value."""
    return _TYPE.sub(lambda found: f"<{translate(found[1])}>", name)


def _speak_help(written: str) -> str:
    """The help of an option. Its default and whether it is required follow in brackets."""
    found = _EXTRA.match(written)
    assert found is not None  # noqa: S101 (the pattern matches every text)
    extra = "; ".join(translate(each) for each in found["extra"].split("; ")) if found["extra"] else ""
    return "  ".join(filter(None, (translate_help(found["help"]), f"[{extra}]" if extra else "")))


class SpokenContext(typer.Context):
    """The context of every command, so that its help is written by SpokenFormatter."""

    formatter_class = SpokenFormatter


def speak(command: Any) -> None:
    """Puts a command and all below it into the language of the command line. typer has made it for this call alone."""
    command.context_class = SpokenContext
    command.help = translate_help(command.help)
    for each in command.params:
        if each.metavar is not None or each.param_type_name == "argument":
            each.metavar = translate(each.metavar or each.name)
    for each in getattr(command, "commands", {}).values():
        speak(each)


def show_error(error: Any) -> None:
    """Prints what is wrong with the words that were typed, in the form in which typer prints it."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    if context is not None:
        hint = say("Try '{command} --help' for help.", command=context.command_path)
        typer.echo(f"{context.get_usage()}\n{hint}\n", err=True)
    typer.echo(say("Error: {error}", error=translate(error.format_message())), err=True)
