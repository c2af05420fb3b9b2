"""The texts of the command line, read from the code: what `say` says, helps, headings, and sentences of other rooms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from app import cli
from app.language.catalogue import choose_language, paragraphs, split_example
from tests.support.factories import PROJECT
from tests.support.source import files_of, name_of, tree_of

SPEAKING = (*files_of("app/commands"), *files_of("app/demo"), *files_of("app/language"), PROJECT / "app" / "cli.py")
"""The files whose texts people read."""
FOREIGN = (
    "app/config.py",
    "app/embedded/__init__.py",
    "app/embedded/data_folder.py",
    "app/platform/database_address.py",
    "app/platform/key_ring.py",
    "app/regions/changes.py",
    "app/scoring/follows.py",
    "app/scoring/parts.py",
    "app/scoring/reading/format_1.py",
    "app/scoring/reading/format_1_classes.py",
    "app/scoring/reading/format_1_conditions.py",
    "app/services/audit/chain.py",
    "app/services/audit/sealing.py",
    "app/services/reference/change_file.py",
    "app/services/reference/instruments.py",
    "app/services/reference/regions.py",
    "app/services/reference/urban.py",
)
"""Files of other rooms whose sentences commands print. They stay English in the code and in the log."""
SENTENCES = ("message", "text", "faults", "gone", "back", "warnings")
"""Names of values that are sentences in those files."""
NO_SENTENCES = ("Value error, ", "create database ", " template template0")
WORDS = re.compile(r"[A-Za-z]{2}")


def as_template(node: ast.expr) -> str | None:
    """A text or an f-string as a text with gaps, which are named by their place. None for everything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else f"{{{place}}}" for place, part in enumerate(node.values)
        ]
        return "".join(map(str, parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and (left := as_template(node.left)):
        return left + (as_template(node.right) or "{9}")
    return None


def _calls(file: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func).split(".")[-1]


def said() -> dict[str, str]:
    """Each text that `say` is called with, and where. A call with anything else is under the code of what it says."""
    found = {}
    for file in SPEAKING:
        for call, name in _calls(file):
            if name == "say":
                text = as_template(call.args[0])
                found[text if text is not None else f"<{ast.unparse(call.args[0])}>"] = name_of(file)
    return {text: where for text, where in found.items() if WORDS.search(re.sub(r"\{[^{}]*\}", "", text))}


def helps() -> dict[str, str]:
    """Each paragraph of a help without its example, and each name of an argument or of the kind of a value."""
    choose_language("en")
    found = {}
    for path, command in commands():
        for each in (command.help, *(param.help for param in command.params if getattr(param, "help", None))):
            for paragraph in paragraphs(each or ""):
                found[split_example(paragraph)[0]] = path
        for param in command.params:
            if param.param_type_name == "argument":
                found[param.name] = path
    found |= dict.fromkeys((line for _, line in cli._COMMANDS.values()), "ikk")
    return {text: where for text, where in found.items() if text}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its path, the groups too. typer makes the types, which are private."""
    root = typer.main.get_command(cli.ikk)
    yield "", root
    for name in root.list_commands(None):  # type: ignore[attr-defined]
        yield from _below(name, root.get_command(None, name))  # type: ignore[attr-defined]


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from _below(f"{path} {name}", each)


def headings() -> dict[str, str]:
    """The names of values in the lists of commands, as a table heads them, and words that a table translates."""
    found = {}
    for file in files_of("app/commands"):
        for function in (node for node in ast.walk(tree_of(file)) if isinstance(node, ast.FunctionDef)):
            if "show_list(" in ast.unparse(function) and function.name != "show_list":
                for node in ast.walk(function):
                    names: list[ast.expr | None] = []
                    if isinstance(node, ast.Dict):
                        names = [*node.keys]
                    elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "names":
                        assert isinstance(node.value, ast.Tuple)
                        names = [*node.value.elts]
                    for each in names:
                        if isinstance(each, ast.Constant):
                            found[str(each.value).replace("_", " ")] = name_of(file)
    return found


def foreign() -> dict[str, str]:
    """The sentences of other rooms: what they raise, yield, return and find, and those that are values of a module."""
    found: dict[str, str] = {}
    for each in FOREIGN:
        for expression in _sentences_in(tree_of(PROJECT / each)):
            parts = [
                text for part in ast.walk(expression) if isinstance(part, ast.expr) and (text := as_template(part))
            ]
            found |= dict.fromkeys(
                (text for text in parts if text.count(" ") > 1 and not text.startswith(NO_SENTENCES)), each
            )
    pieces = {piece for text in found for piece in re.split(r"\{\d+\}", text) if piece != text}
    pieces |= {text.removesuffix("{9}") for text in found if text.endswith("{9}")}
    return {text: where for text, where in found.items() if text not in pieces}


def _sentences_in(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from node.exc.args
        elif isinstance(node, ast.Yield | ast.Return | ast.AugAssign) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "Finding",
            "ChangeFault",
            "FileFault",
            "faults.append",
            "super().__init__",
        ):
            yield from node.args
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in SENTENCES:
            yield node.value
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            yield from node.value.values
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            yield node.value
