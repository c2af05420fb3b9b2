"""Reads the points of an indicator, and their bounds."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from app.scoring.instrument import Points, Question, Range
from app.scoring.reading.bands import rising, shown
from app.scoring.reading.conditions import ConditionReader
from app.scoring.reading.facts import last_without_when
from app.scoring.reading.names import Name
from app.scoring.reading.terms import Scope
from app.scoring.reading.written import Entry, in_broken_list

NO_POINTS: Final = Points(Fraction(0), Fraction(1))
"""Stands for points that cannot be read. A file with them gives no instrument."""
_FORMS: Final = ("options", "each", "ranges", "first")


class PointsReader:
    def __init__(self, reader: ConditionReader, questions: Mapping[str, Question]) -> None:
        self.reader, self.questions = reader, questions

    def points(self, entry: Entry) -> Points:
        forms = [key for key in _FORMS if key in entry]
        if not forms and ("minimum" in entry or "maximum" in entry):
            return self._number(entry)
        if len(forms) != 1:
            if forms:
                entry.fault("one_of_too_many", entry.at(forms[1]), key=True, keys=", ".join(forms))
            else:
                entry.fault("points_form", entry.path)
            return NO_POINTS
        for key in ("minimum", "maximum", *(("of",) if forms == ["first"] else ())):
            if key in entry:
                entry.fault("one_of_too_many", entry.at(key), key=True, keys=f"{forms[0]}, {key}")
        return {"options": self._options, "each": self._each, "ranges": self._ranges, "first": self._first}[forms[0]](
            entry
        )

    def _of(self, entry: Entry, kind: str) -> Name | None:
        raw = entry.get("of", needed=True)
        return None if raw is None else self.reader.name(raw, entry.at("of"), Scope(), kind)  # type: ignore[arg-type]

    def _bounded(self, entry: Entry, least: Fraction, most: Fraction) -> tuple[Fraction, Fraction]:
        """Least and most as the file says them, or as they follow from the table."""
        said_least, said_most = entry.number("least"), entry.number("most")
        for key, said, wrong in (("least", said_least, "above"), ("most", said_most, "below")):
            if said is not None and (said > least if wrong == "above" else said < most):
                follows = least if key == "least" else most
                entry.fault("points_beyond", entry.at(key), name=key, points=shown(follows))
        found = (least if said_least is None else said_least, most if said_most is None else said_most)
        if found[0] == found[1]:
            entry.fault("points_equal", entry.path)
        return found

    def _options(self, entry: Entry) -> Points:
        of = self._of(entry, "choice")
        numbers = self.reader.by_option(entry, "options", of, every=True)
        if of is None or not numbers:
            return NO_POINTS
        return Points(*self._bounded(entry, min(numbers.values()), max(numbers.values())), of=of.code, options=numbers)

    def _each(self, entry: Entry) -> Points:
        of = self._of(entry, "several")
        numbers = self.reader.by_option(entry, "each", of, every=False)
        if of is None or numbers is None or of.options is None:
            return NO_POINTS
        every = {option: numbers.get(option, Fraction(0)) for option in of.options}
        return Points(*self._bounded(entry, *self._reach(every, of.code)), of=of.code, each=every)

    def _reach(self, numbers: Mapping[str, Fraction], code: str) -> tuple[Fraction, Fraction]:
        """The least and most points that any choice of options gives."""
        question = self.questions.get(code)
        alone = question.alone if question is not None else ()
        most = question.maximum_chosen if question is not None else None
        together = sorted(number for option, number in numbers.items() if option not in alone)
        single = [numbers[option] for option in alone if option in numbers]
        low = sum((each for each in together[:most] if each < 0), Fraction(0))
        high = sum((each for each in together[::-1][:most] if each > 0), Fraction(0))
        return min([low, *single]), max([high, *single])

    def _ranges(self, entry: Entry) -> Points:
        of = self._of(entry, "number")
        entries = entry.entries("ranges", "range")
        rising(entries, ("below",))
        found = [
            Range(each.number("below"), points)
            for each in entries
            if (points := each.number("points", needed=True)) is not None
        ]
        if of is None or not found or len(found) < len(entries) or in_broken_list(entries):
            return NO_POINTS
        numbers = [each.points for each in found]
        return Points(*self._bounded(entry, min(numbers), max(numbers)), of=of.code, ranges=tuple(found))

    def _number(self, entry: Entry) -> Points:
        of = self._of(entry, "number")
        low, high = entry.number("minimum", needed=True), entry.number("maximum", needed=True)
        for key in ("least", "most"):
            if key in entry:
                entry.fault("bound_beside", entry.at(key), key=True, name=key)
        if low is not None and high is not None and low >= high:
            entry.fault("minimum_above", entry.at("minimum"), low="minimum", high="maximum")
            return NO_POINTS
        if of is None or low is None or high is None:
            return NO_POINTS
        return Points(low, high, of=of.code, number=True)

    def _first(self, entry: Entry) -> Points:
        entries = entry.entries("first", "first_points")
        last_without_when(entries)
        found = []
        for each in entries:
            when = self.reader.condition(each.table["when"], each.at("when"), Scope()) if "when" in each else None
            points = each.number("points", needed=True)
            if points is not None:
                found.append((when, points))
        numbers: Sequence[Fraction] = [points for _, points in found]
        if not numbers or len(numbers) < len(entries) or in_broken_list(entries):
            return NO_POINTS
        return Points(*self._bounded(entry, min(numbers), max(numbers)), first=tuple(found))
