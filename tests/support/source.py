"""Reads the code of the service: its files, what each imports, and which tables each writes."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from sqlmodel import SQLModel

import app.models
from tests.support.factories import PROJECT

APP = PROJECT / "app"
FILES = sorted(APP.rglob("*.py"))


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imports(file: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, and of the names that it imports from them."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(file: Path) -> str:
    return file.relative_to(PROJECT).as_posix()


def module_of(file: Path) -> str:
    return name_of(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def files_of(folder: str) -> list[Path]:
    found = [file for file in FILES if name_of(file) == folder or name_of(file).startswith(folder + "/")]
    assert found, folder
    return found


def files_that_import(*modules: str) -> list[str]:
    return [name_of(file) for file in FILES if any(within(name, modules) for name in imports(file))]


PURE = ("app.scoring",)
"""Rooms whose classes are no models, even under the name of one."""
TABLES = {each.name: each for each in SQLModel.metadata.sorted_tables}
MODELS = {
    name: each.__tablename__
    for name in app.models.__all__
    if hasattr(each := getattr(app.models, name), "__tablename__")
}
_VERB = r"\b(?:INSERT\s+INTO|MERGE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s+(?:TABLE\s+)?(?:ONLY\s+)?"
_WRITE = re.compile(_VERB + r"""(?:"?public"?\.)?"?([a-z_]+)""", re.IGNORECASE)
_WRITE_OF_A_NAME = re.compile(_VERB + r"\{")
_WRITING_CALLS = {"insert", "update", "delete", "copy_records_to_table", "bulk_insert_mappings", "bulk_save_objects"}


def text_in(node: ast.AST) -> str | None:
    """The text of a string. `{}` stands for each value in an f-string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def table_of(node: ast.expr, aliases: Mapping[str, str]) -> str | None:
    """The table that an expression names: `Model`, `models.Model`, `Model.__table__`, or the table's name."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and node.value in TABLES else None
    if isinstance(node, ast.Attribute) and node.attr == "__table__":
        return table_of(node.value, aliases)
    return MODELS.get(last_name(node, aliases))


def last_name(node: ast.expr, aliases: Mapping[str, str]) -> str:
    """The name of what an expression names, also if it was imported under another."""
    return aliases.get(node.id, node.id) if isinstance(node, ast.Name) else getattr(node, "attr", "")


def written_tables(tree: ast.Module) -> Iterator[str]:
    """Tables that a module writes, in SQL, by a statement of SQLAlchemy, or by creating a row of a model."""
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    aliases = {alias.asname: alias.name for node in imported for alias in node.names if alias.asname}
    pure = (node for node in imported if isinstance(node, ast.ImportFrom) and within(node.module or "", PURE))
    aliases |= {alias.asname or alias.name: "" for node in pure for alias in node.names}
    for node in ast.walk(tree):
        if (text := text_in(node)) is not None:
            yield from (name for name in _WRITE.findall(text) if name in TABLES)
            assert not _WRITE_OF_A_NAME.search(text), f"{text.strip()[:60]}: name the table, so that a reader finds it"
        elif isinstance(node, ast.Call):
            called = last_name(node.func, aliases)
            owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            candidates = (
                [node.func] if called in MODELS else [*node.args[:1], *owner] if called in _WRITING_CALLS else []
            )
            yield from (table for each in candidates if (table := table_of(each, aliases)) is not None)


@cache
def writers() -> dict[str, set[str]]:
    """Per table the files that write it."""
    found: dict[str, set[str]] = {table: set() for table in TABLES}
    for file in FILES:
        for table in written_tables(tree_of(file)):
            found[table].add(name_of(file))
    return found
