"""The prose of documents and docstrings keeps to docs/style.md, as far as a machine can tell."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS
from tests.support.factories import PROJECT

GENERATED = {"docs/access.md", "docs/audit.md", "docs/problems.md"}
RULES = "docs/style.md"
PACKAGES = sorted(each for each in (PROJECT / "app").iterdir() if each.suffix == ".py" or list(each.glob("*.py")))

MOST_STOPS = 16
"""Colons and semicolons in 1,000 words of prose."""
FEWEST_WORDS = 120
"""Below so many words a density says nothing."""

# Pattern → what to write. Each is named in docs/style.md.
PATTERNS = {
    r"(?:^|[.!?:;] |\n)(?:- )?Else,": "Otherwise, or turn the sentence round",
    r"\b(?:on|upon) record\b": "audited, or recorded in the audit log",
    r"\bwho (?:a|the) family is\b|\bwho families are\b": "identity",
    r"\banswer(?:s|ed)? (?:with )?(?:an? |as )?[2-5][0-9]{2}\b": "returns 429",
    r"\b(?:is|are|stays?|was|were) good (?:for|until|once|any|again|no more|nowhere)\b|\bstays? good\b": "valid",
    r"\bHowever (?:often|many|much|long)\b": "no matter how",
    r"\bidentit(?:y|ies)\b[^.|]{0,30}\b(?:sealed|unsealed)\b|\bsealed identit": "encrypted",
    r"\bNowhere (?:does|is|do|are)\b": "a subject first",
}

# The word of another text → that of the glossary, which is the only one with the first word.
INDONESIAN = {r"\bpengawas(?:nya)?\b": "penyelia"}
GLOSSARY = "docs/glossary.md"
TEXTS = sorted(
    file
    for folder in ("app", "docs")
    for file in (PROJECT / folder).rglob("*")
    if file.suffix in {".csv", ".html", ".md", ".py", ".toml"} and file.relative_to(PROJECT).as_posix() != GLOSSARY
)

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
_TABLE = re.compile(r"^\s*\|.*$", re.MULTILINE)
_HEADING = re.compile(r"^#.*$", re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
_TARGET = re.compile(r"\]\([^)]*\)")
_STOP = re.compile(r"[:;](?=\s)(?!\s*\n\s*\n)")


def prose_of(document: Path) -> str:
    """A document without code, tables, headings and link targets."""
    text = document.read_text("utf-8")
    for pattern in (_FENCED, _TABLE, _HEADING, _INDENTED, _TARGET):
        text = pattern.sub(" ", text)
    return _CODE.sub("code", text)


def docstrings_of(package: Path) -> Iterator[tuple[str, str]]:
    """Where each stands, and each docstring of modules, classes, functions and, below them, of values."""
    for file in [package] if package.is_file() else sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield f"{file.relative_to(PROJECT)}:{node.lineno}", _CODE.sub("code", node.value.value)


def stops_in(text: str) -> float:
    """Colons and semicolons in 1,000 words."""
    return 1000 * len(_STOP.findall(text)) / max(len(text.split()), 1)


def broken(text: str) -> list[str]:
    text = re.sub(r"\s*\n\s*(?!\s*(?:\n|- ))", " ", text)
    found = ((re.search(pattern, text, re.IGNORECASE), instead) for pattern, instead in PATTERNS.items())
    return [f"{match[0].strip()!r}: write {instead}" for match, instead in found if match is not None]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_documents_keep_to_the_style(document: Path) -> None:
    name = document.relative_to(PROJECT).as_posix()
    if name == RULES:
        return
    prose = prose_of(document)
    assert broken(prose) == []
    if name not in GENERATED and len(prose.split()) >= FEWEST_WORDS:
        assert stops_in(prose) <= MOST_STOPS


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_docstrings_keep_to_the_style(package: Path) -> None:
    every = list(docstrings_of(package))
    assert {where: found for where, text in every if (found := broken(text))} == {}
    whole = "\n".join(text for _, text in every)
    if len(whole.split()) >= FEWEST_WORDS:
        assert stops_in(whole) <= 2 * MOST_STOPS, "docstrings name values with colons, but not that often"


@pytest.mark.parametrize(
    "text",
    [
        "It is checked. Else, it is stored.",
        "Every look is put on record.",
        "The check is made; else, it is stored.",
        "- Else, it is stored.",
        "Every look is put\n    on record.",
        "Who the family is cannot be opened.",
        "It depends on who a family is.",
        "The service answers 429.",
        "It answered with a 404.",
        "It waits, however long it takes.",
        "It is answered 429 then.",
        "A code is good for 14 days.",
        "However often it is sent, it is stored once.",
        "The identity is sealed apart.",
    ],
)
def test_what_the_style_forbids_is_found(text: str) -> None:
    assert broken(text)


def test_a_plain_text_is_left_alone() -> None:
    text = "An interview is stored once, no matter how many times you send it. The audit log is sealed. It returns 429."
    assert broken(text) == []
    assert stops_in(text) == 0
    assert stops_in("One: two; three: four.") > MOST_STOPS


@pytest.mark.parametrize(
    "pattern", ["Else,", "put on record", "who a family is", "is answered 429", "good", "1,000 words"]
)
def test_the_style_names_what_is_checked(pattern: str) -> None:
    assert pattern in (PROJECT / RULES).read_text("utf-8")


@pytest.mark.parametrize(("pattern", "instead"), INDONESIAN.items())
def test_indonesian_texts_have_the_words_of_the_glossary(pattern: str, instead: str) -> None:
    found = [
        f"{file.relative_to(PROJECT)}: {match[0]!r}: write {instead}"
        for file in TEXTS
        if (match := re.search(pattern, file.read_text("utf-8"), re.IGNORECASE)) is not None
    ]
    assert found == []
    assert re.search(rf"^\| supervisor \| {instead} \|", (PROJECT / GLOSSARY).read_text("utf-8"), re.MULTILINE)
    assert re.search(pattern, "Hanya yang disetujui pengawas yang dihitung.", re.IGNORECASE)
