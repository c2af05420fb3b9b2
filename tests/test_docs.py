"""The documents: what they name exists, and what they show works. Their prose: tests/test_prose.py."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.access import ROLES
from app.cli import ikk
from app.config import Settings
from app.pages.texts import texts
from app.platform.json_reading import read_object
from app.problems.warning_texts import WARNING_TEXTS
from app.scoring.cases import CASE_KEYS, REGION_KEYS
from app.scoring.reading.keys import CONDITIONS, FORMULAS, KEYS, LISTS, TYPES
from app.scoring.reading.methods import METHODS
from app.services.intake.content_hash import content_hash
from tests.support.documents import DOCUMENTS
from tests.support.factories import Client
from tests.support.guide import PAGES
from tools import write_access
from tools.write_problems import PAGE, openapi, operations, render

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "guides"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SETTING = re.compile(r"\bIKK_[A-Z_]*[A-Z]")
_COMMAND = re.compile(r"(?:^|(?<=[\s/]))ikk ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?", re.MULTILINE)
_TARGET = re.compile(r"^\s*make ([a-z-]+)", re.MULTILINE)
_OPERATION = re.compile(r"\b(GET|PUT|POST|PATCH|DELETE) (/(?:v1|health|metrics)[^\s`\"'?),;|]*)")
_PATH = re.compile(r"`((?:app|bench|docs|migrations|tests|tools)/[\w./*-]+)`")
_TOOL = re.compile(r"\bpython -m ((?:tools|bench)\.\w+)")
_ADDRESS = re.compile(r"\$ADDRESS(/[^\s`\"'?]+)")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def text_of(document: Path) -> str:
    return document.read_text("utf-8")


def code_of(document: Path) -> Iterator[str]:
    """All text marked as code, first the fenced blocks, then the spans within lines."""
    text = text_of(document)
    yield from (block[2] for block in _FENCED.finditer(text))
    yield from (span[1] for span in _INLINE.finditer(_FENCED.sub("", text)))


def blocks_of(guide: str, language: str) -> list[str]:
    return [block[2] for block in _FENCED.finditer(text_of(GUIDES / guide)) if block[1] == language]


def block_of(guide: str, language: str) -> str:
    """The only fenced block of a language in a guide."""
    blocks = blocks_of(guide, language)
    assert len(blocks) == 1
    return blocks[0]


def anchors_of(document: Path) -> set[str]:
    """The anchors of links to the document, as GitHub makes them from headings."""
    headings = _HEADING.findall(_FENCED.sub("", text_of(document)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def known_operations() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Method and path pattern of every operation in the OpenAPI document."""
    pairs = (name.split(" ") for name in operations(openapi()))
    return tuple((method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path))) for method, path in pairs)


@cache
def known_commands() -> dict[str, Any]:
    """The subcommands of `ikk` by name, as typer makes them."""
    root: Any = get_command(ikk)
    return {name: root.get_command(None, name) for name in root.list_commands(None)}


def exists(path: str, method: str | None = None) -> bool:
    return any(pattern.fullmatch(path) for name, pattern in known_operations() if method in (None, name))


def test_it_works() -> None:
    names = {document.relative_to(ROOT).as_posix() for document in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md", "docs/guides/operators.md"} <= names


def test_the_page_of_problems_is_the_catalogue() -> None:
    assert text_of(PAGE) == render(), "run: python -m tools.write_problems"


def test_the_page_of_access_is_what_the_routes_require() -> None:
    assert text_of(write_access.PAGE) == write_access.render(), "run: python -m tools.write_access"


@each_document
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    astray = []
    for target in _LINK.findall(_FENCED.sub("", text_of(document))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        linked = (document.parent / path).resolve() if path else document
        if not linked.exists() or (anchor and anchor not in anchors_of(linked)):
            astray.append(target)
    assert astray == []


@each_document
def test_every_file_named_in_code_exists(document: Path) -> None:
    text = text_of(document)
    named = [*_PATH.findall(text), *(f"{module.replace('.', '/')}.py" for module in _TOOL.findall(text))]
    assert [path for path in named if not list(ROOT.glob(path))] == []


@each_document
def test_every_setting_exists(document: Path) -> None:
    known = {f"IKK_{name.upper()}" for name in Settings.model_fields}
    assert set(_SETTING.findall(text_of(document))) - known == set()


@each_document
def test_every_command_exists(document: Path) -> None:
    commands = known_commands()
    unknown = []
    for code in code_of(document):
        for name, below in _COMMAND.findall(code):
            group = getattr(commands.get(name), "commands", None)
            if name not in commands or (group is not None and below and below not in group):
                unknown.append(f"ikk {name} {below}".strip())
    assert unknown == []


@each_document
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {target for code in code_of(document) for target in _TARGET.findall(code)}
    assert named - targets == set()


@each_document
def test_every_path_is_built(document: Path) -> None:
    text = text_of(document)
    missing = [f"{method} {path}" for method, path in _OPERATION.findall(text) if not exists(path.rstrip(".:"), method)]
    missing += [path for path in _ADDRESS.findall(text) if not exists(path) and path != "/openapi.json"]
    assert missing == []


def test_the_guide_for_authors_explains_every_key_of_the_format() -> None:
    guide = "".join(text_of(page) for page in PAGES)
    words = {
        *CONDITIONS,
        *FORMULAS,
        *TYPES,
        *METHODS,
        *CASE_KEYS,
        *REGION_KEYS,
        *(key for keys in KEYS.values() for key in keys),
    }
    assert len(words) > 130
    assert {word for word in words if not re.search(rf"`[^`\n]*(?<![\w-]){word}(?![\w-])[^`\n]*`", guide)} == set()


@pytest.mark.parametrize("table", sorted({*LISTS, "complete", "region", "follows"} - {"option_list"}))
def test_the_guide_for_authors_has_a_row_for_every_key(table: str) -> None:
    rows = "\n".join(re.findall(r"^\| (`[^|]*) \|", "".join(text_of(page) for page in PAGES), re.MULTILINE))
    assert {key for key in KEYS[table] if not re.search(rf"`{key}\b", rows)} == set()


def hash_of_guide(body: dict[str, Any]) -> str:
    """The content hash by the program that the guide for app builders shows."""
    names: dict[str, Any] = {}
    exec(block_of("app-builders.md", "python"), names)
    hashed: str = names["content_hash"](body)
    return hashed


async def test_the_interview_of_the_guide_is_taken_and_hashed_as_it_says(caller: Client) -> None:
    shown = re.search(r"<<'END'\n(.*?)\nEND\n", text_of(GUIDES / "app-builders.md"), re.DOTALL)
    assert shown is not None
    interview = json.loads(shown[1])
    answer = await caller.put(interview)
    assert answer.status_code == 201, answer.text
    assert answer.json()["score"]["index"] is None
    hashed = answer.json()["receipt"]["content_hash"]
    assert hash_of_guide(interview) == hashed
    # Some libraries write whole numbers as decimals, and 0 with a sign.
    interview["family"]["members"] = interview["answers"]["members"] = 3.0
    interview["answers"]["members_60_up"] = -0.0
    again = await caller.put(interview, id=answer.json()["id"])
    assert again.status_code == 200, again.text
    assert hash_of_guide(interview) == hashed


@pytest.mark.parametrize("written", ["3", "3.0", "-0.0", "36.50", "3.65e1", "0.0001", "0.000010", "1e-6", "123456.789"])
def test_the_guide_hashes_every_number_as_the_service_does(written: str) -> None:
    body = f"""{{"region": "63.72.06.1004", "purpose": "interview", "basis": null, "family": {{"members": {written}}},
        "answers": {{"wall_specify": "b\u00e9ton", "area": {written}, "p": [{{"n": {written}}}, {{}}]}}}}"""
    expected = content_hash(read_object(body.encode()), "6372061004").hex()
    assert hash_of_guide(json.loads(body)) == f"sha-256:{expected}"


def test_the_guide_explains_every_warning() -> None:
    table = text_of(GUIDES / "app-builders.md").partition("| Warning (stored")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", re.sub(r"\|[^|]*\|$", "", table, flags=re.MULTILINE))) == WARNING_TEXTS.keys()


def test_the_glossary_names_every_role() -> None:
    (row,) = re.findall(r"^\| role \|.*$", text_of(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    assert [role for role in ROLES if role.replace("_", " ") not in row] == []


def rows_of_where_is_what() -> list[tuple[str, str, str]]:
    text = text_of(ROOT / "docs" / "where-is-what.md")
    return re.findall(r"^\| ([^|]+\?) \| `([^`|]+)` \| ([^|]+) \|$", text, re.MULTILINE)


def test_twenty_questions_are_answered() -> None:
    questions = [question for question, _, _ in rows_of_where_is_what()]
    assert len(questions) == len(set(questions)) == 20


@pytest.mark.parametrize(("question", "file", "found"), rows_of_where_is_what())
def test_what_a_newcomer_looks_for_is_where_the_page_says(question: str, file: str, found: str) -> None:
    text = text_of(ROOT / file)
    for named in re.findall(r"`([^`]+)`", found):
        assert named in text or (ROOT / named).exists(), f"{question} {named}"


def row_of(guide: str, start: str) -> list[str]:
    """The cells of the row of a table that starts with this, without the first one."""
    (row,) = re.findall(rf"^\| {re.escape(start)} \|(.*)\|$", text_of(ROOT / "docs/guides" / guide), re.MULTILINE)
    return [each.strip() for each in row.split("|")]


@pytest.mark.parametrize(
    ("at", "size"), [*enumerate(["30–49 keluarga", "50–99 keluarga", "100–149 keluarga", "150–212 keluarga"])]
)
def test_the_guide_of_district_teams_has_the_errors_that_were_measured(at: int, size: str) -> None:
    measured = [float(row_of("releases.md", f"share, base {base}")[at]) for base in (5, 10)]
    assert row_of("tpk2d.md", f"desa dengan {size}") == [f"{each:.0f} poin" for each in measured]


@pytest.mark.parametrize("guide", ["releases.md", "tpk2d.md"])
def test_the_footnote_of_the_guides_is_that_of_the_pages(guide: str) -> None:
    quoted = " ".join(re.findall(r"^> (.*)$", text_of(ROOT / "docs/guides" / guide), re.MULTILINE))
    (sentence,) = [each for english, each in texts().items() if english.startswith("Numbers of families are rounded")]
    assert sentence.format(base=5, sensitive=10) in quoted
    assert texts()["release number {number} of {day}."].format(number="…", day="…") in quoted
