"""Reads a file of format 2 into an Instrument, with everything that is wrong in one round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.scoring.instrument import Index, Instrument, Question
from app.scoring.reading import head
from app.scoring.reading.cases import read_cases, read_region_cases
from app.scoring.reading.conditions import ConditionReader
from app.scoring.reading.facts import FactReader
from app.scoring.reading.faults import Found
from app.scoring.reading.groups import TRUST, Claims, Members
from app.scoring.reading.indices import IndexReader
from app.scoring.reading.keys import KEYS, LISTS
from app.scoring.reading.names import collect_names
from app.scoring.reading.questions import QuestionReader, option_list, section, specify_of, standing_apart
from app.scoring.reading.warnings import Read
from app.scoring.reading.written import Entry, Written, code_of, entries_of

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
        self.names = collect_names(self.written, self.entries)
        self.conditions = ConditionReader(self.written, self.names)

    def read(self, digest: str, content: Mapping[str, Any]) -> Instrument:
        file = self.file
        sources = tuple(head.source(each) for each in self.entries["source"])
        self._unique("source")
        status = file.one_of("status", TRUST, needed=True)
        known = tuple(each.code for each in sources)
        own = tuple(
            code
            for code, path in file.texts_in("sources", needed=True, empty=True)
            if file.is_known(code, path, "source", known)
        )
        claims = Claims(status, own, known)
        lists = {code_of(each): option_list(each) for each in self.entries["option_list"]}
        for table in ("option_list", "section", "check", "index"):
            self._unique(table)
        sections = tuple(section(each) for each in self.entries["section"])
        reader = QuestionReader(
            self.conditions,
            {code: tuple(option.code for option in options) or None for code, options in lists.items()},
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

    def _unique(self, table: str, entries: Sequence[Entry] | None = None) -> None:
        """Says which codes are not rightly written or there twice."""
        seen: set[str] = set()
        for entry in self.entries[table] if entries is None else entries:
            code = entry.code()
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
        questions: list[Question] = []
        for position, each in enumerate(self.entries["question"]):
            question = reader.question(each, position)
            specify = specify_of(question)
            questions += [question] if specify is None else [question, specify]
        standing_apart(self.entries["question"])
        if not questions:
            self.file.fault("no_questions", ())
        return _Asked(tuple(reader.roster(each) for each in self.entries["roster"]), tuple(questions), facts)

    def _indices(self, questions: Sequence[Question], claims: Claims) -> tuple[Index, ...]:
        entries = self.entries["index"]
        if not entries:
            self.file.fault("no_index", ())
        if len(entries) > MOST_INDICES:
            self.file.fault("too_many_indices", entries[MOST_INDICES].path, most=MOST_INDICES)
        codes = [code_of(each) for each in entries]
        for table in ("group", "indicator", "category"):
            for each in self.entries[table]:
                named = each.text("index")
                if named is not None:
                    each.is_known(named, each.at("index"), "index", codes)
        reader = IndexReader(self.conditions, claims, {each.code: each for each in questions})
        return tuple(
            reader.index(each, self._members(code, codes))
            for each, code in zip(entries[:MOST_INDICES], codes, strict=False)
        )

    def _members(self, index: str, codes: Sequence[str]) -> Members:
        """The entries of an index: those that name it, name none, or name one that there is not."""
        tables = []
        for table in ("group", "indicator", "category"):
            mine = [
                e for e in self.entries[table] if e.table.get("index") == index or e.table.get("index") not in codes
            ]
            self._unique(table, mine)
            tables.append(mine)
        return Members(*tables)


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
    """The entries of a list, also those that stand below a header by mistake, which was said already."""
    found = file.entries(table, table) if table in file else []
    for other in LISTS:
        listed = file.table.get(other)
        for position, each in enumerate(listed if isinstance(listed, list) else ()):
            inner = each.get(table) if isinstance(each, dict) else None
            if isinstance(inner, list) and table not in KEYS[other]:
                found += entries_of(file.written, inner, (other, position, table), table)
    return found


def _whole_or(value: Any, default: int) -> int:
    return value if type(value) is int and 0 < value <= default else default


def _marked(index: Index, asked: _Asked) -> Index:
    """The index with what follows from sensitive questions."""
    return replace(
        index,
        sensitive=head.sensitive(index, asked.rosters, asked.questions, asked.facts),
        reveals=head.reveals(index, asked.rosters, asked.questions, asked.facts),
    )
