"""Reads the head of a file: what it is, since when it is valid, in which languages, and which version it follows."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from app.scoring.conditions import Condition, Formula
from app.scoring.instrument import (
    Disclosure,
    Fact,
    Follows,
    Index,
    Question,
    Roster,
    Source,
    questions_read,
    sensitive_questions,
)
from app.scoring.reading.meant import meant
from app.scoring.reading.names import ANY, Names
from app.scoring.reading.written import Entry

_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
OF_REGION: Final = ("region.kind", "region.urban")


def languages(file: Entry) -> tuple[str, ...] | None:
    listed = file.texts_in("languages", needed=True)
    for code, path in listed:
        if not _LANGUAGE.fullmatch(code):
            file.fault("language_form", path, language=code[:20])
    codes = tuple(code for code, _ in listed)
    if any(path[:1] == ("languages",) for path in file.written.faulty):
        return None
    if listed and "id" not in codes:
        file.fault("languages_without_id", file.at("languages"))
        return None
    return codes or None


def source(entry: Entry) -> Source:
    code = _formed(entry, "code", _SOURCE, "source_form")
    return Source(code or "", entry.text("title", needed=True) or "", entry.text("url"))


def _formed(entry: Entry, key: str, pattern: re.Pattern[str], kind: str, *, needed: bool = True) -> str | None:
    value = entry.text(key, needed=needed)
    if value is not None and not pattern.fullmatch(value):
        entry.fault(kind, entry.at(key), code=value[:60])
    return value


def head(file: Entry, names: Names, indices: Sequence[Index]) -> dict[str, Any]:
    """The values of an Instrument that stand at the top of the file."""
    version = _formed(file, "version", _VERSION, "version_form")
    starts, ends = file.day("valid_from", needed=True), file.day("valid_to")
    if starts is not None and ends is not None and ends < starts:
        file.fault("valid_to_before", file.at("valid_to"), starts=starts.isoformat())
    replaced_by = _formed(file, "replaced_by", _VERSION, "version_form", needed=False)
    if replaced_by is not None and replaced_by == version:
        file.fault("version_itself", file.at("replaced_by"))
    if replaced_by is not None and "valid_to" not in file:
        file.fault("replaced_without_end", file.at("replaced_by"), key=True)
    return {
        "code": _formed(file, "code", _CODE, "file_code_form") or "",
        "version": version or "",
        "valid_from": starts or date.min,
        "valid_to": ends,
        "replaced_by": replaced_by,
        "title": file.texts("title"),
        "description": file.texts_or_none("description"),
        "follows": _follows(file, version, indices),
        "disclosure": _disclosure(file),
        "breakdowns": _breakdowns(file, names),
    }


def _follows(file: Entry, version: str | None, indices: Sequence[Index]) -> Follows | None:
    entry = file.inner("follows", "follows")
    if entry is None:
        return None
    followed = _formed(entry, "version", _VERSION, "version_form")
    if followed is not None and followed == version:
        entry.fault("version_itself", entry.at("version"))
    raw = entry.get("comparable", needed=True)
    comparable: Any = "none"
    if isinstance(raw, list):
        codes = [each.code for index in indices for each in index.groups]
        codes += [each.code for index in indices for each in index.indicators]
        codes += [index.code for index in indices]
        listed = entry.texts_in("comparable")
        for code, path in listed:
            if not entry.written.unsure & {"index", "group", "indicator"}:
                entry.is_known(code, path, "group / indicator", codes)
        comparable = tuple(code for code, _ in listed)
    elif raw is not None:
        comparable = entry.one_of("comparable", ("all", "none"), "none")
    if comparable != "none" and "note" not in entry:
        entry.get("note", needed=True)
    return Follows(followed or "", comparable, entry.texts_or_none("note"))


def _disclosure(file: Entry) -> Disclosure:
    entry = file.inner("disclosure", "disclosure")
    default = Disclosure()
    if entry is None:
        return default
    families, base, sensitive_base, group = (
        entry.whole(key, 1, 1_000_000, getattr(default, key)) or getattr(default, key)
        for key in ("families", "base", "sensitive_base", "group")
    )
    if sensitive_base < base:
        entry.fault("minimum_above", entry.at("base"), low="base", high="sensitive_base")
    return Disclosure(families, base, sensitive_base, group)


def _breakdowns(file: Entry, names: Names) -> tuple[str, ...]:
    found = []
    choices = [each.code for each in names.every.values() if each.kind == "choice" and each.roster is None]
    for code, path in file.texts_in("breakdowns", empty=True):
        name = names.get(code)
        if code in OF_REGION or name is None:
            if code not in OF_REGION and not file.written.unsure & {"question", "fact"}:
                file.fault("name_unknown", path, code=code[:60], meant=meant(code, (*choices, *OF_REGION)))
        elif name.roster not in (None, ANY) or name.kind not in ("choice", None):
            file.fault("breakdown_kind", path, code=code)
        names.read.add(code)
        found.append(code)
    return tuple(found)


def sensitive(
    index: Index, rosters: tuple[Roster, ...], questions: tuple[Question, ...], facts: tuple[Fact, ...]
) -> frozenset[int]:
    """Positions of the indicators that are marked, or that read a sensitive question."""
    reads = _Sensitive(rosters, questions, facts)
    return frozenset(
        position
        for position, each in enumerate(index.indicators)
        if each.sensitive or reads.any(*parts_of(index, position))
    )


def parts_of(index: Index, position: int) -> list[Condition | Formula | None]:
    """Everything that the outcome of an indicator is read from."""
    from app.scoring.conditions import Answered

    indicator = index.indicators[position]
    parts: list[Condition | Formula | None] = [
        indicator.applies_when,
        indicator.fulfilled_when,
        indicator.deprived_when,
    ]
    if indicator.points is not None:
        parts += [when for when, _ in indicator.points.first]
        parts += [Answered(indicator.points.of)] if indicator.points.of is not None else []
    return parts


def reveals(
    index: Index, rosters: tuple[Roster, ...], questions: tuple[Question, ...], facts: tuple[Fact, ...]
) -> bool:
    """Whether something beside the indicators reads a sensitive question."""
    from app.scoring.conditions import Answered

    weighed = [Answered(index.region.weigh_by)] if index.region.weigh_by is not None else []
    parts = [index.applies_when, *index.only.values(), *(each.when for each in index.categories), *weighed]
    return _Sensitive(rosters, questions, facts).any(*parts)


class _Sensitive:
    def __init__(self, rosters: tuple[Roster, ...], questions: tuple[Question, ...], facts: tuple[Fact, ...]) -> None:
        self.found = sensitive_questions(questions, rosters, facts)
        self.tables = (
            {each.code: each for each in questions},
            {each.code: each for each in rosters},
            {each.code: each for each in facts},
        )

    def any(self, *parts: Condition | Formula | None) -> bool:
        return bool(self.found and self.found & questions_read(parts, *self.tables))
