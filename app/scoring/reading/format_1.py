"""Reads a file of format 1 into its classes, or lists all faults of the file with their lines."""

import hashlib
import re
import tomllib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pydantic import ValidationError

from app.scoring.conditions import WITHHELD
from app.scoring.parts import Status
from app.scoring.reading.faults import FileFault, InstrumentFaults
from app.scoring.reading.format_1_classes import Instrument, codes_of
from app.scoring.reading.format_1_conditions import Compare, Equal, In, Multiple, Rule, leaves
from app.scoring.reading.places import Path


def read_format_1(file: bytes) -> Instrument:
    """The Instrument in the bytes of a TOML file, with its digest. Raises InstrumentFaults.

    A byte order mark before the text is no part of the file, because editors add it unasked.
    """
    file = file.removeprefix(BOM_UTF8)
    try:
        text = file.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InstrumentFaults([FileFault(file[: error.start].count(b"\n") + 1, "the file is not UTF-8")]) from None
    try:
        written = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: numbers of thousands of digits and brackets nested thousands deep fail otherwise.
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InstrumentFaults([FileFault(line, f"not TOML: {error}")]) from None
    line_of = _Lines(text).line_of
    if "digest" in written:
        raise InstrumentFaults(
            [FileFault(line_of(("digest",)), "digest: is computed from the file, never written in it")]
        )
    written["digest"] = "sha-256:" + hashlib.sha256(file).hexdigest()
    try:
        instrument = Instrument.model_validate(written)
    except ValidationError as error:
        raise InstrumentFaults(
            FileFault(line_of(each["loc"]), f"{_say(each['loc'])}: {each['msg'].removeprefix('Value error, ')}")
            for each in error.errors(include_url=False, include_input=False)
        ) from None
    faults = [FileFault(line_of(path), message) for path, message in _disagreements(instrument)]
    if faults:
        raise InstrumentFaults(faults)
    return instrument


def line_in(file: bytes, path: Path) -> int:
    """The line of a part of a valid file."""
    return _Lines(file.decode("utf-8-sig")).line_of(path)


def _say(path: Path) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in path)


class _Lines:
    """Line numbers of a TOML document's tables and keys. tomllib does not keep them."""

    _HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?\s*(#.*)?$")
    _KEY = re.compile(r"^\s*([\w\-]+)\s*(\.[\w\-.]+)?\s*=")
    _SIGN = re.compile(r'"""|' + r"'''" + r'|"(?:[^"\\]|\\.)*"|' + r"'[^']*'" + r"|#.*|[\[\]{}]")
    _ENDS: Final = {'"""': re.compile(r'(?:\\.|[^\\])*?"{3,5}'), "'''": re.compile(r".*?'{3,5}")}

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        table: Path = ()
        seen: Counter[str] = Counter()
        depth = 0
        quote = ""
        # Not splitlines, because it also splits at characters such as U+2028, which TOML allows inside a line.
        for number, line in enumerate(text.split("\n"), start=1):
            if not quote and depth == 0:
                header = self._HEADER.match(line)
                key = self._KEY.match(line)
                if header:
                    table = self._path_of(header[1], header[2], seen)
                    self._lines.setdefault(table, number)
                elif key:
                    self._lines.setdefault((*table, key[1]), number)
            quote, depth = self._carry(line, quote, depth)

    @staticmethod
    def _path_of(brackets: str, name: str, seen: "Counter[str]") -> Path:
        if brackets == "[[":
            seen[name] += 1
        path: list[str | int] = []
        steps = name.split(".")
        for end, step in enumerate(steps, start=1):
            path.append(step)
            count = seen[".".join(steps[:end])]
            if count:
                path.append(count - 1)
        return tuple(path)

    @classmethod
    def _carry(cls, line: str, quote: str, depth: int) -> tuple[str, int]:
        """What is still open at the end of the line: a multi-line quote ("" if none) and a number of brackets."""
        column = 0
        while True:
            found = cls._ENDS[quote].match(line, column) if quote else cls._SIGN.search(line, column)
            if found is None:
                return quote, max(depth, 0)
            column = found.end()
            sign = found[0]
            if quote:
                quote = ""
            elif sign in cls._ENDS:
                quote = sign
            else:
                depth += (sign in "[{") - (sign in "]}")

    def line_of(self, path: Path) -> int:
        """The line of the path, or of the nearest step above it that has a line."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


def _disagreements(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    """Faults between entries that are valid on their own."""
    yield from _repeats(instrument)
    yield from _dangling(instrument)
    yield from _rules(instrument)
    yield from _numbers(instrument)
    yield from _claims(instrument)
    yield from _follows(instrument)


def _repeats(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    tables = ("source", "option_list", "section", "question", "dimension", "indicator", "category")
    for table in tables:
        seen: set[str] = set()
        for position, entry in enumerate(getattr(instrument, table)):
            if entry.code in seen:
                yield (table, position, "code"), f"{table} '{entry.code}' is there twice"
            seen.add(entry.code)
    for position, each in enumerate(instrument.option_list):
        codes = [option.code for option in each.options]
        for code in sorted(code for code, count in Counter(codes).items() if count > 1):
            yield ("option_list", position, "options"), f"option '{code}' is there twice"
        for code in sorted(WITHHELD.intersection(codes)):
            yield (
                ("option_list", position, "options"),
                f"option '{code}' has a fixed meaning and belongs to every question already",
            )


def _dangling(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    sections = {section.code for section in instrument.section}
    dimensions = {dimension.code for dimension in instrument.dimension}
    sources = {source.code for source in instrument.source}
    for position, question in enumerate(instrument.question):
        if question.section not in sections:
            yield ("question", position, "section"), f"no section '{question.section}'"
        if question.type == "choice" and question.options not in instrument.options:
            yield ("question", position, "options"), f"no option_list '{question.options or ''}'"
    for position, indicator in enumerate(instrument.indicator):
        if indicator.dimension not in dimensions:
            yield ("indicator", position, "dimension"), f"no dimension '{indicator.dimension}'"
    measured = {indicator.dimension for indicator in instrument.indicator}
    for position, dimension in enumerate(instrument.dimension):
        if dimension.code not in measured:
            yield ("dimension", position, "code"), f"dimension '{dimension.code}' has no indicator"
    for table in ("dimension", "indicator", "category"):
        for position, entry in enumerate(getattr(instrument, table)):
            yield from _unknown_sources((table, position, "sources"), entry.sources, sources)
    yield from _unknown_sources(("scoring", "sources"), instrument.scoring.sources, sources)


def _unknown_sources(path: Path, named: tuple[str, ...], known: set[str]) -> Iterator[tuple[Path, str]]:
    for code in named:
        if code not in known:
            yield path, f"no source '{code}'"


def _rules(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    earlier: set[str] = set()
    for position, question in enumerate(instrument.question):
        if question.ask_when is not None:
            path: Path = ("question", position, "ask_when")
            for message in _rule_faults(question.ask_when, instrument, earlier, "earlier question"):
                yield path, message
        if question.at_most is not None and question.type == "integer":
            other = instrument.questions.get(question.at_most)
            if question.at_most not in earlier or other is None or other.type != "integer":
                yield ("question", position, "at_most"), f"no earlier number '{question.at_most}'"
        earlier.add(question.code)
    for position, indicator in enumerate(instrument.indicator):
        for key in ("applies_when", "fulfilled_when"):
            rule = getattr(indicator, key)
            if rule is not None:
                for message in _rule_faults(rule, instrument, earlier, "question"):
                    yield ("indicator", position, key), message


def _rule_faults(rule: Rule, instrument: Instrument, known: set[str], kind: str) -> Iterator[str]:
    for leaf in leaves(rule):
        named = [leaf.question]
        if isinstance(leaf, Compare) and isinstance(leaf.bound, Multiple):
            named.append(leaf.bound.question)
        for code in named:
            if code not in known:
                yield f"no {kind} '{code}'"
            elif isinstance(leaf, Compare) and instrument.questions[code].type != "integer":
                yield f"compare needs a number, and question '{code}' is a choice"
        if leaf.question in known and isinstance(leaf, Equal | In):
            values = (leaf.value,) if isinstance(leaf, Equal) else leaf.values
            yield from _unknown_options(leaf.question, values, instrument)


def _unknown_options(code: str, values: tuple[str, ...], instrument: Instrument) -> Iterator[str]:
    question = instrument.questions[code]
    if question.type != "choice":
        yield f"question '{code}' is a number: use compare"
        return
    options = instrument.options.get(question.options or "", values)
    for value in values:
        if value in WITHHELD:
            yield f"'{value}' makes a condition unknown and cannot be compared with; use answered"
        elif value not in options:
            yield f"question '{code}' has no option '{value}'"


def _numbers(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    for position, question in enumerate(instrument.question):
        if question.type == "integer":
            if question.options is not None:
                yield ("question", position, "options"), "a number has no options"
            if question.minimum is None or question.maximum is None:
                yield ("question", position, "code"), "a number needs minimum and maximum"
            elif question.minimum > question.maximum:
                yield ("question", position, "minimum"), "minimum is above maximum"
        elif {question.minimum, question.maximum, question.at_most} != {None}:
            yield ("question", position, "type"), "a choice has no minimum, maximum or at_most"
    if instrument.scoring.minimum_answered > len(instrument.indicator):
        yield ("scoring", "minimum_answered"), "more than there are indicators"
    for position, dimension in enumerate(instrument.dimension):
        size = sum(indicator.dimension == dimension.code for indicator in instrument.indicator)
        if size and dimension.minimum_answered > size:
            yield ("dimension", position, "minimum_answered"), "more than the dimension has indicators"
    yield from _thresholds(instrument)


def _thresholds(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    last = len(instrument.category) - 1
    bound = Decimal(0)
    for position, category in enumerate(instrument.category):
        bounds = [each for each in (category.below, category.up_to) if each is not None]
        path: Path = ("category", position, "code")
        if len(bounds) != (0 if position == last else 1):
            yield (
                path,
                "the last category has no bound" if position == last else "one of below and up_to is needed",
            )
        elif bounds:
            if not bound < bounds[0] < 100:
                yield path, "bounds must rise from category to category, between 0 and 100"
            bound = bounds[0]


_TRUST: Final[Sequence[Status]] = ("official", "literature", "provisional")


def _claims(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    claims = [
        instrument.scoring.weak_status,
        *(each.status for each in instrument.dimension),
        *(each.status for each in instrument.indicator),
        *(each.status for each in instrument.category),
    ]
    weakest = max(claims, key=_TRUST.index)
    if _TRUST.index(instrument.status) < _TRUST.index(weakest):
        yield ("status",), f"cannot be '{instrument.status}' while an entry in the file is {weakest}"


def _follows(instrument: Instrument) -> Iterator[tuple[Path, str]]:
    follows = instrument.follows
    if follows is None:
        return
    if follows.version == instrument.version:
        yield ("follows", "version"), "a version cannot follow itself"
    if follows.comparable != "none" and follows.note is None:
        yield ("follows", "note"), "note is needed, and says what changed"
    if isinstance(follows.comparable, tuple):
        known = codes_of(instrument)
        for code, count in Counter(follows.comparable).items():
            if count > 1:
                yield ("follows", "comparable"), f"'{code}' is there twice"
            if code not in known:
                yield ("follows", "comparable"), f"no dimension or indicator '{code}'"
