"""What metadata of a figure take from an instrument without words: its sources, status and questions, and `about`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.scoring.conditions import Answered, Condition
from app.scoring.instrument import Category, Group, Index, Indicator, Instrument, Source
from app.scoring.parts import Status, Text

Part = Index | Group | Indicator
_TRUST: Final[Sequence[Status]] = ("official", "literature", "provisional")
_NOTES: Final[Mapping[str, Text]] = {
    "provisional": Text(
        id="Sementara: asumsi kerja, bukan indikator resmi. Sebutkan itu di samping setiap angka.",
        en="Provisional: a working assumption, not an official indicator. Say so beside every figure.",
    ),
    "literature": Text(
        id="Dari literatur, bukan indikator resmi. Sebutkan itu di samping setiap angka.",
        en="From literature, not an official indicator. Say so beside every figure.",
    ),
    "file": Text(
        id="Bagian ini resmi, tetapi instrumennya tidak. Angkanya bukan angka resmi. Sebutkan itu di samping setiap "
        "angka.",
        en="This part is official, but its instrument is not. So its figure is not official. Say so beside every "
        "figure.",
    ),
}


def groups_within(index: Index, group: int | None) -> Iterator[int]:
    """Positions of the groups in a group or in the index (None), at any depth."""
    for at in index.nodes[group].groups:
        yield at
        yield from groups_within(index, at)


def indicators_within(index: Index, group: int | None) -> Iterator[int]:
    """Positions of the indicators in a group or in the index (None), at any depth."""
    for each in (group, *groups_within(index, group)):
        yield from index.nodes[each].indicators


def entries_of(index: Index, part: Part) -> list[Group | Indicator | Category]:
    """The entries of the file that make a figure, each with a status and sources of its own."""
    if isinstance(part, Indicator):
        return [part]
    group = None if isinstance(part, Index) else index.groups.index(part)
    own: list[Group | Indicator | Category] = [*part.categories] if isinstance(part, Index) else [part]
    groups = [index.groups[at] for at in groups_within(index, group)]
    return [*own, *groups, *(index.indicators[at] for at in indicators_within(index, group))]


def status_of(instrument: Instrument, index: Index, part: Part) -> Status:
    """The weakest status of all that makes a figure. An index has that of its file besides."""
    found = [each.status for each in entries_of(index, part)]
    return max([*found, *([instrument.status] if isinstance(part, Index) else [])], key=_TRUST.index)


def status_note(status: Status, of_file: Status) -> Text | None:
    """What to say beside the figure. None only if the figure and its file are official."""
    if status == "official":
        return None if of_file == "official" else _NOTES["file"]
    return _NOTES[status]


def sources_of(instrument: Instrument, index: Index, part: Part) -> tuple[Source, ...]:
    """The sources of all that makes a figure, in the order of the file."""
    named = {code for each in entries_of(index, part) for code in each.sources}
    return tuple(each for each in instrument.sources if each.code in named)


def variables_of(instrument: Instrument, index: Index, part: Part) -> tuple[str, ...]:
    """Codes of the questions that decide a figure, also through facts, in the order of the questionnaire."""
    read: list[Condition | None] = [index.applies_when, *index.only.values()]
    entries = entries_of(index, part)
    for each in entries:
        if isinstance(each, Indicator):
            read += conditions_of(each)
        elif isinstance(each, Category):
            read.append(each.when)
    if index.region.weigh_by is not None:
        read.append(Answered(index.region.weigh_by))
    found = instrument.questions_read(*read)
    # What decides whether a question of a condition is asked decides the outcome too.
    asked = [each.ask_when for each in instrument.questions if each.code in found]
    found |= instrument.questions_read(*asked)
    return tuple(each.code for each in instrument.questions if each.code in found)


def conditions_of(indicator: Indicator) -> list[Condition | None]:
    """What the outcome of an indicator reads."""
    points = indicator.points
    read: list[Condition | None] = [indicator.applies_when, indicator.fulfilled_when, indicator.deprived_when]
    if points is not None:
        read += [condition for condition, _ in points.first]
        read += [Answered(points.of)] if points.of is not None else []
    return read


def told(about: Mapping[str, Any] | None, key: str) -> Text | None:
    """A text that the author wrote into `about`, as { id, en } or as one text for both. None for anything else."""
    found = (about or {}).get(key)
    if isinstance(found, str) and found.strip():
        return Text(id=found, en=found)
    if isinstance(found, Mapping) and isinstance(found.get("id"), str) and found["id"].strip():
        english = found.get("en")
        return Text(id=found["id"], en=english if isinstance(english, str) and english.strip() else found["id"])
    return None


def instead(about: Mapping[str, Any] | None, key: str, derived: Text) -> Text:
    """The author's text, or what follows from the rules. A text that says the same in one language has both."""
    found = told(about, key)
    return derived if found is None or {found.id, found.en} <= {derived.id, derived.en} else found


def before(about: Mapping[str, Any] | None, key: str, derived: Text) -> Text:
    """The author's text with what follows from the rules behind it, so that no condition is lost."""
    found = told(about, key)
    return derived if found is None else Text(id=f"{found.id} {derived.id}", en=f"{found.en} {derived.en}")
