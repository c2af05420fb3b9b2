"""What differs between two versions of an instrument, entry by entry and key by key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal

from app.scoring.conditions import Condition, Formula
from app.scoring.instrument import Category, Complete, Index, Instrument, Points, Question
from app.scoring.notation import write_condition, write_formula, write_points
from app.scoring.parts import Text

Kind = Literal["added", "removed", "changed", "moved"]
ABSENT: Final = None
_POSITIONS: Final = frozenset(("group", "parent", "after"))
"""Fields that hold the position of a group."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A key of an entry with its old and new value, as the file has them. A text is its languages."""

    key: str
    old: Any
    new: Any

    @property
    def is_text(self) -> bool:
        return isinstance(self.old, Text) or isinstance(self.new, Text)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that was added, removed, moved or changed. text names it to people."""

    table: str
    code: str
    kind: Kind
    text: Text | None = None
    details: tuple[Detail, ...] = ()


def changes(old: Instrument, new: Instrument) -> list[Change]:
    """All changes, by table in the order of a file."""
    found = [
        *_of_table("instrument", _file(old, new.code), _file(new, new.code)),
        *_of_table("section", _plain(old.sections), _plain(new.sections)),
        *_of_table("question", _questions(old), _questions(new)),
        *_of_table("roster", _plain(old.rosters), _plain(new.rosters)),
        *_of_table("fact", _plain(old.facts), _plain(new.facts)),
        *_of_table("check", _plain(old.checks), _plain(new.checks)),
        *_of_table("index", _indices(old), _indices(new)),
    ]
    for index in new.indices:
        before = old.index(index.code)
        if before is not None:
            found += _of_index(before, index, named=len(new.indices) > 1)
    return found


def _of_index(old: Index, new: Index, *, named: bool) -> Iterator[Change]:
    above = f"{new.code} " if named else ""
    for table, of in (("group", _groups), ("indicator", _indicators), ("category", _categories)):
        for each in _of_table(table, of(old), of(new)):
            yield Change(each.table, above + each.code, each.kind, each.text, each.details)


Entries = Mapping[str, tuple[Text | None, Mapping[str, Any]]]
"""By code the text that names an entry, and its values by key."""


def _of_table(table: str, old: Entries, new: Entries) -> Iterator[Change]:
    for code, (text, _) in new.items():
        if code not in old:
            yield Change(table, code, "added", text)
    for code, (text, _) in old.items():
        if code not in new:
            yield Change(table, code, "removed", text)
    shared_old = [code for code in old if code in new]
    shared_new = [code for code in new if code in old]
    for code in shared_new:
        details = tuple(_details(old[code][1], new[code][1]))
        if details:
            yield Change(table, code, "changed", new[code][0], details)
    if shared_old != shared_new:
        moved = next(code for code, other in zip(shared_new, shared_old, strict=True) if code != other)
        yield Change(table, moved, "moved", new[moved][0])


def _details(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Detail]:
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if before != after:
            yield Detail(key, before, after)


# -------------------------------------------------------------------------------------------------- entries as tables


_OF_FILE: Final = ("status", "valid_to", "replaced_by", "languages", "title", "description", "breakdowns", "disclosure")


def _file(instrument: Instrument, code: str) -> Entries:
    return {code: (instrument.title, {key: _value(getattr(instrument, key), key, None) for key in _OF_FILE})}


def _plain(entries: Sequence[Any]) -> Entries:
    return {each.code: (_text_of(each), _values(each)) for each in entries}


def _questions(instrument: Instrument) -> Entries:
    return {each.code: (each.text, {**_values(each), **_options(each, instrument)}) for each in instrument.questions}


def _options(question: Question, instrument: Instrument) -> dict[str, Any]:
    """Each option of a question with its text, instead of the code of its list."""
    if question.options is None:
        return {}
    listed = instrument.option_lists[question.options]
    return {"options": [each.code for each in listed], **{f"options.{each.code}": each.text for each in listed}}


def _indices(instrument: Instrument) -> Entries:
    left_out = ("groups", "indicators", "categories", "sensitive", "reveals")
    found = {}
    for index in instrument.indices:
        values = {key: each for key, each in _values(index).items() if key not in left_out}
        values["complete"] = _complete(index.complete, index)
        values["only"] = {roster: write_condition(each) for roster, each in index.only.items()}
        region = _values(index.region)
        region["share_of"] = [index.categories[at].code for at in index.region.share_of]
        own = index.region.categories != index.categories
        region["category"] = own and [_category(each, index) for each in index.region.categories]
        del region["categories"]
        values |= {f"region.{key}": each for key, each in region.items()}
        del values["region"]
        found[index.code] = (index.name, values)
    return found


def _groups(index: Index) -> Entries:
    return {
        each.code: (each.name, {**_values(each, index), "complete": _complete(each.complete, index)})
        for each in index.groups
    }


def _indicators(index: Index) -> Entries:
    return {each.code: (each.name, _values(each, index)) for each in index.indicators}


def _categories(index: Index) -> Entries:
    return {each.code: (each.name, {**_category(each, index), "name": each.name}) for each in index.categories}


def _category(category: Category, index: Index) -> dict[str, Any]:
    bound = {} if category.bound is None else {"up_to" if category.included else "below": category.bound}
    after = {} if category.after is None else {"after": index.groups[category.after].code}
    when = {} if category.when is None else {"when": write_condition(category.when)}
    entry = {"status": category.status, "sources": list(category.sources)}
    return {"code": category.code, **bound, **after, **when, **entry}


def _complete(complete: Complete, index: Index) -> dict[str, Any]:
    found = {key: each for key, each in _values(complete).items() if each not in (None, False, [])}
    if complete.required:
        found["required"] = [index.indicators[at].code for at in complete.required]
    return found


def _text_of(entry: Any) -> Text | None:
    named = (getattr(entry, key, None) for key in ("name", "title", "text"))
    return next((text for text in named if text is not None), None)


def _values(entry: Any, index: Index | None = None) -> dict[str, Any]:
    """The fields of an entry as a file has them."""
    return {each.name: _value(getattr(entry, each.name), each.name, index) for each in fields(entry)}


def _value(value: Any, key: str, index: Index | None) -> Any:
    if key in _POSITIONS and index is not None and isinstance(value, int):
        return index.groups[value].code
    if isinstance(value, Points):
        return write_points(value)
    if isinstance(value, Condition):
        return write_condition(value)
    if isinstance(value, Formula):
        return write_formula(value)
    if isinstance(value, tuple):
        return [_value(each, "", index) for each in value]
    return _values(value) if is_dataclass(value) and not isinstance(value, type) else value
