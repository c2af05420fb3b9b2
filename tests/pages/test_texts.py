"""Every text of a page has both languages, and nothing else is in the catalogue."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from app.pages import rendering
from app.pages.texts import CATALOGUE, say, texts, write_number
from tests.support.source import files_of, tree_of

TEMPLATES = sorted((Path(rendering.__file__).parent / "templates").rglob("*.html"))
_SAID = re.compile(r'\bt\("([^"]*)"')
_WORD = re.compile(r"[A-Za-z]{3,}")
_TAGS = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
_OURS = {"IKK", "English", "Bahasa", "Indonesia"}
"""The name of the index, and what the languages call themselves."""


def said_by_code() -> set[str]:
    """Texts of routers, which templates say under another name."""
    return {
        node.value
        for file in files_of("app/routers/pages")
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in texts()
    }


def test_every_text_has_both_languages_and_is_in_use() -> None:
    said = {text for file in TEMPLATES for text in _SAID.findall(file.read_text("utf-8"))}
    assert said | said_by_code() == texts().keys()


def test_both_languages_have_the_same_gaps() -> None:
    for english, indonesian in texts().items():
        gaps = [Counter(re.findall(r"\{(\w+)\}", each)) for each in (english, indonesian)]
        assert gaps[0] == gaps[1], english
        assert "{" not in re.sub(r"\{\w+\}", "", english + indonesian), (
            "a gap has no form, which a text could not choose"
        )


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_says_anything_itself(file: Path) -> None:
    words = _WORD.findall(_TAGS.sub(" ", file.read_text("utf-8").replace("&nbsp;", " ")))
    assert {each for each in words if each not in _OURS} == set()


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_templates_escape_everything_and_hold_no_style_and_no_script(file: Path) -> None:
    text = file.read_text("utf-8")
    kept = re.findall(r"'[^'{}]*' \| safe\b", text)
    assert text.count("| safe") == text.count("|safe") + len(kept), "only a text that stands in the template is safe"
    assert not re.search(r"autoescape|<script|<style|\sstyle=|\son[a-z]+=|https?:", text)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert write_number(1234.5, "id", 2) == "1.234,50"
    assert write_number(1234.5, "en", 2) == "1,234.50"
    assert write_number(0, "id") == "0"
    assert write_number(None, "id", 2) == "–"


def test_a_text_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("Nobody wrote this", "id")
    assert CATALOGUE.exists()
