"""Reads a file of format 2 into an Instrument, with everything that is wrong in one round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.scoring.instrument import Index, Instrument, Option, Question
from app.scoring.reading import head
from app.scoring.reading.cases import read_cases, read_region_cases
from app.scoring.reading.conditions import ConditionReader
from app.scoring.reading.facts import FactReader
from app.scoring.reading.faults import Found
from app.scoring.reading.groups import TRUST, Claims
from app.scoring.reading.indices import IndexReader
from app.scoring.reading.keys import KEYS, LISTS
from app.scoring.reading.members import TABLES, members_of
from app.scoring.reading.names import collect_names
from app.scoring.reading.questions import QuestionReader, option_list, section, specify_of, standing_apart
from app.scoring.reading.warnings import Read
from app.scoring.reading.written import Entry, Written, code_of, entries_of

NEWEST: Final = 2
MOST_INDICES: Final = 10


def read_format_2(
    tables: Mapping[str, Any], digest: str, content: Mapping[str, Any], found: Found
) -> tuple[Instrument, Read]:
    """The instrument, which is worth nothing if `found` has faults afterwards, and what warnings need of its file."""
    reader = _Reader(tables, found)
    instrument = reader.read(digest, content)
    return instrument, Read(reader.entries, reader.names, instrument, found)


class _Reader:
    def __init__(self, tables: Mapping[str, Any], found: Found) -> None:
        self.found = found
        self.written = Written(found)
        self.file = Entry(self.written, tables, (), "file")
        self.written.languages = head.languages(self.file)
        self.entries = {table: _listed(self.file, table) for table in LISTS}
        self.written.unsure |= {table for table in LISTS if _is_unsure(self.file, table, self.entries[table])}
        if "roster" in self.written.unsure:
            # An interview has its rosters beside its questions.
            self.written.unsure.add("question")
        self.names = collect_names(self.written, self.entries)
        self.conditions = ConditionReader(self.written, self.names)

    def read(self, digest: str, content: Mapping[str, Any]) -> Instrument:
        file = self.file
        if type(file.table.get("format")) is not int or file.table["format"] != NEWEST:
            file.fault("format_unknown", file.at("format"))
        sources = tuple(head.source(each) for each in self.entries["source"])
        self._unique(self.entries["source"], form=False)
        status = file.one_of("status", TRUST, needed=True)
        known = tuple(each.code for each in sources)
        own = tuple(
            code
            for code, path in file.texts_in("sources", needed=True, empty=True)
            if file.is_known(code, path, "source", known)
        )
        claims = Claims(status, own, known)
        lists, options = self._option_lists()
        for table in ("option_list", "section", "check", "index"):
            self._unique(self.entries[table])
        sections = tuple(section(each) for each in self.entries["section"])
        reader = QuestionReader(
            self.conditions,
            options,
            {each.code for each in sections},
        )
        asked = self._asked(reader)
        indices = self._indices(asked.questions, claims)
        by_code = {each.code: each for each in indices}
        cases = read_cases(self.entries["case"], by_code, asked.wire)
        region_cases = read_region_cases(self.entries["region_case"], by_code, cases)
        if status is not None and TRUST.index(status) < TRUST.index(claims.weakest):
            file.fault("status_above", ("status",), status=status, weakest=claims.weakest)
        return Instrument(
            **head.head(file, self.names, indices),
            format=2,
            status=status or "provisional",
            languages=self.written.languages or ("id",),
            sources=sources,
            option_lists=lists,
            sections=sections,
            rosters=asked.rosters,
            questions=asked.questions,
            facts=asked.facts,
            checks=tuple(reader.check(each) for each in self.entries["check"]),
            indices=indices if self.found.faults else tuple(_marked(each, asked) for each in indices),
            digest=digest,
            content=content,
            cases=cases,
            region_cases=region_cases,
        )

    def _option_lists(self) -> tuple[dict[str, tuple[Option, ...]], dict[str, tuple[str, ...] | None]]:
        """By code the options of each list, and their codes, which are None where nobody knows all of them."""
        lists: dict[str, tuple[Option, ...]] = {}
        codes: dict[str, tuple[str, ...] | None] = {}
        for entry in self.entries["option_list"]:
            options, code = option_list(entry), code_of(entry)
            known = tuple(each.code for each in options)
            broken = entry.at("options") in self.written.broken_lists or not all(known)
            codes[code] = None if broken or code in lists else known or None
            lists[code] = options
        return lists, codes

    def _unique(self, entries: Sequence[Entry], *, form: bool = True) -> None:
        """Says which codes are there twice, or not rightly written. form: whether the latter"""
        seen: set[str] = set()
        for entry in entries:
            code = entry.code() if form else code_of(entry) or None
            if code is not None and code in seen:
                entry.fault("code_twice", entry.at("code"), code=code, other=code)
            seen |= {code} if code is not None else set()

    def _asked(self, reader: QuestionReader) -> "_Asked":
        for each in self.entries["question"]:
            reader.prepare(each)
        # Facts come first, because conditions of questions read them. A fact says which questions it reads.
        maxima = {code_of(each): _whole_or(each.table.get("maximum"), 100) for each in self.entries["roster"]}
        facts_of = FactReader(self.conditions, maxima)
        facts = tuple(facts_of.fact(each) for each in self.entries["fact"])
        facts_of.tell_later()
        questions: list[Question] = []
        for position, each in enumerate(self.entries["question"]):
            question = reader.question(each, position)
            specify = specify_of(question)
            questions += [question] if specify is None else [question, specify]
        standing_apart(each for each in self.entries["question"] if not self._is_twice(each))
        if not questions and "question" not in self.file:
            self.file.fault("no_questions", ())
        return _Asked(tuple(reader.roster(each) for each in self.entries["roster"]), tuple(questions), facts)

    def _is_twice(self, entry: Entry) -> bool:
        name = self.names.get(code_of(entry))
        return name is not None and name.twice

    def _indices(self, questions: Sequence[Question], claims: Claims) -> tuple[Index, ...]:
        entries = self.entries["index"]
        if not entries and "index" not in self.file:
            self.file.fault("no_index", ())
        if len(entries) > MOST_INDICES:
            self.file.fault("too_many_indices", entries[MOST_INDICES].path, most=MOST_INDICES)
            self.written.unsure.add("index")
        codes = [code_of(each) for each in entries]
        for table in TABLES:
            for each in self.entries[table]:
                named = each.text("index")
                if named is not None:
                    each.is_known(named, each.at("index"), "index", codes)
        reader = IndexReader(self.conditions, claims, {each.code: each for each in questions})
        *members, stray = members_of(self.written, self.entries, codes)
        for of_index in (*members, stray):
            for mine in (of_index.groups, of_index.indicators, of_index.categories):
                self._unique(mine)
        reader.stray(stray)
        # Cases may expect something of them.
        self.written.unsure |= {table for table in TABLES if stray.codes[table]}
        found = tuple(
            reader.index(entry, of_index)
            for at, (entry, of_index) in enumerate(zip(entries[:MOST_INDICES], members, strict=False))
            if codes[at] not in codes[:at]
        )
        regions = [path[3:4] for path in self.written.faulty if path[:1] == ("index",) and path[2:3] == ("region",)]
        if () in regions or ("category",) in regions:
            self.written.unsure.add("category")
        return found


@dataclass(frozen=True, slots=True)
class _Asked:
    rosters: tuple[Any, ...]
    questions: tuple[Question, ...]
    facts: tuple[Any, ...]

    @property
    def wire(self) -> list[str]:
        """What an interview may have at its top."""
        return [each.code for each in self.questions if each.roster is None] + [each.code for each in self.rosters]


def _listed(file: Entry, table: str) -> list[Entry]:
    """The entries of a list, also those below a misspelt or wrong header, which was said already."""
    found = file.entries(table, table) if table in file else []
    for key in [misspelt for near, misspelt in file.doubled if near == table]:
        listed = file.table[key]
        found += entries_of(file.written, listed if isinstance(listed, list) else (), (key,), table)
        found.sort(key=lambda each: file.written.found.places.value(each.path))
    for other in LISTS:
        listed = file.table.get(other)
        for position, each in enumerate(listed if isinstance(listed, list) else ()):
            inner = each.get(table) if isinstance(each, dict) else None
            if isinstance(inner, list) and table not in KEYS[other]:
                found += entries_of(file.written, inner, (other, position, table), table)
    return found


def _is_unsure(file: Entry, table: str, entries: Sequence[Entry]) -> bool:
    """Whether some entry of a list has no code that can be read, so that what names it looks wrong."""
    own = "name" if table == "case" else "code"
    listed = file.table.get(table, [])
    return (
        not isinstance(listed, list)
        or any(not isinstance(each, dict) for each in listed)
        or any(not isinstance(each.table.get(own), str) for each in entries if table != "region_case")
    )


def _whole_or(value: Any, default: int) -> int:
    return value if type(value) is int and 0 < value <= default else default


def _marked(index: Index, asked: _Asked) -> Index:
    """The index with what follows from sensitive questions."""
    return replace(
        index,
        sensitive=head.sensitive(index, asked.rosters, asked.questions, asked.facts),
        reveals=head.reveals(index, asked.rosters, asked.questions, asked.facts),
    )
