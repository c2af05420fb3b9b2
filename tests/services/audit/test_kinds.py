"""Kinds of audit entries. Each one is used in the code and explained."""

import ast
from functools import cache
from pathlib import Path

import pytest

from app.services.audit.kinds import KINDS
from tests.support.factories import PROJECT
from tools.write_audit import PAGE, render


@cache
def texts_of(file: Path) -> set[str]:
    """The quoted texts in a file, including those inside an SQL statement."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_page_of_kinds_is_the_list_in_the_code() -> None:
    assert PAGE.read_text("utf-8") == render(), "run: python -m tools.write_audit"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_audited_somewhere(kind: str) -> None:
    catalogue, examples = PROJECT / "app" / "services" / "audit" / "kinds.py", PROJECT / "app" / "examples"
    files = [each for each in (PROJECT / "app").rglob("*.py") if each != catalogue and examples not in each.parents]
    assert [file for file in files if any(kind == text or f"'{kind}'" in text for text in texts_of(file))]


def test_every_kind_is_a_noun_and_a_verb_with_its_meaning() -> None:
    for kind, meaning in KINDS.items():
        noun, _, verb = kind.partition(".")
        assert noun.replace("_", "").isalpha(), kind
        assert verb.isalpha(), kind
        assert meaning[0].isupper(), kind
