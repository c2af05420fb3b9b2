"""Reads and scores interviews of an instrument, by tables where it has them and plainly elsewhere.

The tables are made once when the instrument is loaded. `answers.py`, `score.py` and `coding.py` define what they give.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from app.scoring.answers import AnswerFault, check_answers, implausible
from app.scoring.coding import encode_answer, encode_answers
from app.scoring.compiled_answers import CompiledAnswers, Taken
from app.scoring.compiled_atoms import NotTabular
from app.scoring.compiled_score import tables_of
from app.scoring.evaluation import Answers
from app.scoring.instrument import Instrument
from app.scoring.score import Basis, bases_of


class PlainlyTaken:
    """Valid answers of one interview, as `Taken` has them."""

    def __init__(self, answers: Answers, instrument: Instrument, day: date | None) -> None:
        self.answers = answers
        self._instrument, self._day = instrument, day

    @property
    def implausible(self) -> list[str]:
        """The codes of the checks that warn and are true, none if nobody knows the day."""
        return (
            [] if self._day is None else [each.code for each in implausible(self.answers, self._instrument, self._day)]
        )

    @cached_property
    def bases(self) -> tuple[Basis, ...]:
        return bases_of(self.answers, self._instrument, self._day)

    @property
    def stored(self) -> tuple[bytes, tuple[str, ...]]:
        return encode_answers(self.answers, self._instrument)


class Compiled:
    """An instrument with its tables."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.scores = tables_of(instrument)
        try:
            self._tables: CompiledAnswers | None = CompiledAnswers(
                instrument, lambda question, value: encode_answer(question, value, instrument)
            )
        except NotTabular:
            self._tables = None

    def take(
        self, sent: Mapping[str, Any], day: date | None, people: Sequence[Mapping[str, Any]] | None = None
    ) -> tuple[Taken | PlainlyTaken, list[AnswerFault]]:
        """What follows from answers as they were sent, and all their faults.

        day: the local day of the interview, None if nobody knows it
        """
        taken = None if self._tables is None or day is None else self._tables.take(sent, day)
        if taken is not None:
            return taken, []
        return self._check(sent, day, people)

    def take_plainly(
        self, sent: Mapping[str, Any], day: date, people: Sequence[Mapping[str, Any]] | None = None
    ) -> Taken | PlainlyTaken | None:
        """As `take`, but None for answers with faults, and for some without. It takes no time to find them."""
        if self._tables is not None:
            return self._tables.take(sent, day)
        taken, faults = self._check(sent, day, people)
        return None if faults else taken

    def _check(
        self, sent: Mapping[str, Any], day: date | None, people: Sequence[Mapping[str, Any]] | None
    ) -> tuple[PlainlyTaken, list[AnswerFault]]:
        answers, faults = check_answers(sent, self.instrument, day, people)
        return PlainlyTaken(answers, self.instrument, day), faults
