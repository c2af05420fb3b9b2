"""Every text of the command line has both languages, and nothing is printed that the catalogue does not have."""

import ast
import re
from collections import Counter

from app.commands.keys import _CURES
from app.language.catalogue import CATALOGUES, OWN, catalogue, choose_language, read, translate
from app.problems.fault_texts import FAULT_TEXTS
from tests.support.source import files_of, name_of, tree_of
from tests.support.texts import WORDS, foreign, headings, helps, said

LIBRARIES = CATALOGUES / "libraries.toml"
FAULTS = CATALOGUES / "faults.toml"
DYNAMIC = {"<_CURES[key.purpose]>", "<value>", "<name.replace('_', ' ')>"}
"""What `say` is called with beside texts. Headings and words of lists are read from the lists."""
LISTED = {*_CURES.values(), "disabled", "no password yet", "kept"}
"""The texts behind them."""
PARTS = {
    "{0}: {2}",
    "{0} must be one of {2}",
    "earlier question",
    "missing",
    "One of {roles}",
    "Repeatable. One of {scopes}",
}
"""Pieces of which other rooms make sentences, and helps that name a list of ours."""
PRINTING = {
    "tell",
    "warn",
    "note",
    "stop",
    "stop_with",
    "echo",
    "secho",
    "print",
    "BadParameter",
    "status",
    "update",
} | {"add_task", "add_column", "add_row", "Table", "input", "confirm", "prompt", "rule", "log"}
PROTOCOL = ("f'client_id ", "f'client_secret ", "f'\\n  curl ")
"""What is the same in both languages, because programs read it."""
QUIET = {"title_justify", "style", "justify", "box", "timespec", "end", "code", "field"}


def gaps(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{\w+(?::[^{}]*)?\}", text))


def test_every_text_of_the_command_line_has_both_languages() -> None:
    wanted = {**said(), **helps(), **headings(), **dict.fromkeys(LISTED, "")}
    assert {text: where for text, where in wanted.items() if text not in DYNAMIC and not known(text)} == {}
    assert {text for text in wanted if text.startswith("<")} <= DYNAMIC


def known(text: str) -> bool:
    choose_language("id")
    return text in catalogue() or translate(text) != text


def test_every_sentence_of_other_rooms_has_both_languages() -> None:
    assert {text: where for text, where in foreign().items() if text not in catalogue()} == {}


def test_the_catalogue_has_nothing_else() -> None:
    wanted = {*said(), *helps(), *headings(), *foreign(), *LISTED, *PARTS}
    assert [text for text in catalogue() if text not in wanted and text not in read(LIBRARIES)] == []


def test_both_languages_have_the_same_gaps() -> None:
    for file in CATALOGUES.glob("*.toml"):
        for english, indonesian in read(file).items():
            if file in (OWN, FAULTS):
                assert gaps(english) == gaps(indonesian), english
            else:
                assert gaps(indonesian).keys() <= gaps(english).keys(), english


def test_no_text_is_in_two_catalogues() -> None:
    texts = Counter(text for file in CATALOGUES.glob("*.toml") for text in read(file))
    assert [text for text, count in texts.items() if count > 1] == []


def test_nothing_is_printed_that_is_not_in_the_catalogue() -> None:
    """A literal text in a call that prints, outside of `say` and `translate`."""
    found = []
    for file in (*files_of("app/commands"), *files_of("app/demo")):
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in PRINTING:
                for argument in (*node.args, *(each.value for each in node.keywords if each.arg not in QUIET)):
                    found += [f"{name_of(file)}:{node.lineno}: {text}" for text in literals(argument)]
    assert found == []


def literals(node: ast.AST) -> list[str]:
    """The words in an expression, but for what it hands to a call, and for names of the protocol."""
    if isinstance(node, ast.Call | ast.Compare) or ast.unparse(node).startswith(PROTOCOL):
        return []
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and WORDS.search(node.value) else []
    return [text for each in ast.iter_child_nodes(node) for text in literals(each)]


def test_faults_of_the_api_are_recognised_with_their_values() -> None:
    choose_language("id")
    for code, (indonesian, english) in FAULT_TEXTS.items():
        limits = dict.fromkeys(re.findall(r"\{(\w+)", english), 7)
        assert translate(english.format(**limits)) == indonesian.format(**limits), code
