"""The groups of families by what they answered, in the breakdowns that an instrument names."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from app.protection.grouping import Grouping, answer_group
from app.scoring.coding import decode_answers, read_numbers
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument, Question

_MOST_KNOWN: Final = 10_000


class AnswerGroups:
    """The groups of families that answered one version. Their meaning is that of the head.

    Families with the same answers to the questions that are read are in the same groups. So most are not decoded.
    """

    def __init__(self, head: Instrument, own: Instrument, groupings: Sequence[Grouping]) -> None:
        self._head, self._own, self._groupings = head, own, groupings
        self._places = _places(head, own, groupings)
        self._known: dict[tuple[int, ...], tuple[str, ...]] = {}

    def of(self, stored: bytes | None, day: date) -> tuple[str, ...]:
        """The group in each breakdown. stored: the answers as they are kept, empty where they were erased"""
        if self._places is None or not stored:
            return self._read(stored or b"", day)
        numbers = read_numbers(stored)
        key = tuple([numbers[at] for at in self._places])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._read(stored, day)
        return found

    def _read(self, stored: bytes, day: date) -> tuple[str, ...]:
        reading = Reading(self._head, decode_answers(stored, None, self._own), day)
        return tuple(answer_group(each, reading) for each in self._groupings)


def _places(head: Instrument, own: Instrument, groupings: Sequence[Grouping]) -> tuple[int, ...] | None:
    """Where the stored answers have what the groups are read from. None if that is not fixed, or if the day matters."""
    needed, left = set[str](), [each.code for each in groupings]
    while left:
        code = left.pop()
        if code not in needed:
            needed.add(code)
            fact, question = head.fact.get(code), head.question.get(code)
            left += head.questions_read(
                None if question is None else question.ask_when, None if fact is None else fact.formula
            )
    questions = [each for each in own.asked if isinstance(each, Question)]
    if len(questions) < len(own.asked) or any(each.type == "date" for each in questions if each.code in needed):
        return None
    return tuple(at for at, each in enumerate(questions) if each.code in needed)
