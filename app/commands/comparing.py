"""`ikk instrument diff` writes the release note of a new version."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.commands.base import tell
from app.commands.instrument_files import read_or_stop
from app.commands.written import spoken
from app.language.catalogue import say, translate
from app.scoring.difference import Change, Detail, changes
from app.scoring.follows import follow_faults
from app.scoring.instrument import Follows, Instrument
from app.scoring.notation import write_value
from app.scoring.parts import Text
from app.scoring.unchanged import Unchanged, find_unchanged

_QUESTIONS: Final = ("section", "question", "roster", "check")
_File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


def compare_instruments(old: _File, new: _File) -> None:
    """Writes the release note of a new version as Markdown, from the files of both versions.

    It says what changed in questions, scoring and texts, and which figures mean the same in both versions.
    Example: `ikk instrument diff my-index-2026.toml my-index-2027.toml > release-note.md`
    """
    for line in write_note(read_or_stop(old), read_or_stop(new)):
        tell(line)


def write_note(old: Instrument, new: Instrument) -> Iterator[str]:
    """The lines of the release note."""
    yield f"# {new.code} {new.version}"
    yield ""
    yield say("Compared with {old}. Valid from {day}.", old=f"{old.code} {old.version}", day=new.valid_from)
    if new.follows is not None and new.follows.note is not None:
        yield ""
        yield spoken(new.follows.note)
    found = changes(old, new)
    questions = [each for each in found if each.table in _QUESTIONS]
    scoring = [each for each in found if each.table not in _QUESTIONS]
    yield from _section(say("Questions"), _lines(questions, texts=False))
    yield from _section(say("Scoring"), _lines(scoring, texts=False))
    yield from _section(say("Texts"), _lines(found, texts=True))
    yield from _section(say("What stays comparable"), _comparable(find_unchanged(old, new), old, new))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    listed = list(lines)
    yield ""
    yield f"## {title}"
    yield ""
    yield from listed or [say("Nothing changed.")]


def _lines(found: Sequence[Change], *, texts: bool) -> Iterator[str]:
    """Changes of texts, or all others."""
    for each in found:
        details = [detail for detail in each.details if detail.is_text == texts]
        if details or (not texts and each.kind != "changed"):
            yield f"- {_head(each)}"
            yield from (f"  - {_detail(detail)}" for detail in details)


def _head(change: Change) -> str:
    table = _TABLES[change.table]()
    text = f" ({spoken(change.text)})" if change.text is not None else ""
    said = {
        "added": say("{table} {code}{text} is new", table=table, code=f"`{change.code}`", text=text),
        "removed": say("{table} {code}{text} is gone", table=table, code=f"`{change.code}`", text=text),
        "changed": say("{table} {code}{text} changed", table=table, code=f"`{change.code}`", text=text),
        "moved": say(
            "{table} {code}{text} and others stand in another order", table=table, code=f"`{change.code}`", text=text
        ),
    }
    return said[change.kind]


_TABLES: Final = {
    "instrument": lambda: say("instrument"),
    "section": lambda: say("section"),
    "question": lambda: say("question"),
    "roster": lambda: say("roster"),
    "fact": lambda: say("fact"),
    "check": lambda: say("check"),
    "index": lambda: say("index"),
    "group": lambda: say("group"),
    "indicator": lambda: say("indicator"),
    "category": lambda: say("category"),
}


def _detail(detail: Detail) -> str:
    key = f"`{detail.key}`"
    if detail.is_text:
        return "; ".join(_in_languages(detail))
    if isinstance(detail.old, list) and isinstance(detail.new, list):
        return f"{key}: {_difference(detail.old, detail.new)}"
    return f"{key}: {_plain(detail.old)} → {_plain(detail.new)}"


def _in_languages(detail: Detail) -> Iterator[str]:
    """A text in each language in which it differs. English that repeats the Indonesian text is left out."""
    old, new = _by_language(detail.old), _by_language(detail.new)
    for language in dict.fromkeys((*old, *new)):
        if old.get(language) != new.get(language):
            yield f"`{detail.key}.{language}`: {_quoted(old.get(language))} → {_quoted(new.get(language))}"


def _by_language(text: Text | None) -> dict[str, str]:
    said: dict[str, str] = {} if text is None else text.model_dump()
    return {language: each for language, each in said.items() if language != "en" or each != said["id"]}


def _quoted(text: str | None) -> str:
    return say("none") if text is None else f"“{text}”"


def _plain(value: Any) -> str:
    return say("none") if value in (None, {}, []) else f"`{write_value(value)}`"


def _difference(old: Sequence[Any], new: Sequence[Any]) -> str:
    """What a list gained and lost. If it did neither, the order is another one."""
    gained, lost = [each for each in new if each not in old], [each for each in old if each not in new]
    said = [say("new {entries}", entries=_plain(gained))] if gained else []
    said += [say("without {entries}", entries=_plain(lost))] if lost else []
    return "; ".join(said) or say("another order, {entries}", entries=_plain(new))


def _comparable(same: Unchanged, old: Instrument, new: Instrument) -> Iterator[str]:
    if old.code != new.code:
        yield say("Nothing. Only versions of one instrument can follow each other.")
        return
    joined = replace(new, follows=Follows(old.version, "all"))
    hindrances = [translate(each) for each in follow_faults(joined, old)]
    if not hindrances:
        yield say('`comparable = "all"` is allowed. It is your word that all figures mean the same.')
    else:
        yield say('`comparable = "all"` is not allowed:')
        yield from (f"- {each}" for each in hindrances)
    yield ""
    yield from _same(same, new)


def _same(same: Unchanged, new: Instrument) -> Iterator[str]:
    if same.codes:
        yield say("The same answers give the same result in:")
        yield ""
        yield from _listed(say("indices"), same.indices)
        yield from _listed(say("groups"), same.groups)
        yield from _listed(say("indicators"), same.indicators)
    else:
        yield say("No index, group or indicator gives the same result for the same answers.")
    if same.otherwise:
        yield ""
        yield say(
            "Their questions are worded differently or take other answers, so decide yourself: {codes}",
            codes=_codes(same.otherwise),
        )


def _listed(table: str, codes: Sequence[str]) -> Iterator[str]:
    if codes:
        yield f"- {table}: {_codes(codes)}"


def _codes(codes: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in codes)
