"""Shows stored answers with the words of their instrument, for the export of a family."""

from dataclasses import dataclass, field
from typing import Any, Final

from app.schemas.intake.submission import tells_sensitive
from app.schemas.subject_requests.export import ExportedAnswerOut, ExportedPersonOut, ExportedRowOut
from app.scoring.conditions import DONT_KNOW, REFUSED
from app.scoring.evaluation import Answers, Row
from app.scoring.instrument import Instrument, Question, Roster
from app.scoring.parts import Text
from app.services.intake.answers import as_sent

_WITHHELD: Final = {
    REFUSED: Text(id="Tidak bersedia menjawab", en="Refused to answer"),
    DONT_KNOW: Text(id="Tidak tahu", en="Does not know"),
}
_NOT_STORED: Final = Text(id="Tidak disimpan lagi", en="No longer stored")


@dataclass
class ShownAnswers:
    """Shows answers. `withheld` counts those that it left out.

    sensitive: whether answers to sensitive questions are shown
    people: whether rosters of people are shown
    """

    instrument: Instrument
    sensitive: bool
    people: bool
    withheld: int = field(default=0, init=False)

    def of(self, answers: Answers) -> list[ExportedAnswerOut]:
        """The answers that are shown."""
        shown = []
        for code, answer in answers.items():
            entry: Question | Roster = self.instrument.question.get(code) or self.instrument.roster[code]
            if self._leaves_out(entry):
                self.withheld += 1
            elif isinstance(entry, Question):
                shown.append(self._answer(entry, answer))
            else:
                shown.append(self._roster(entry, answer))
        return shown

    def shows_warning(self, stored: str) -> bool:
        """Whether a stored warning tells nothing of the answers that are left out."""
        return self.sensitive or not tells_sensitive(stored, self.instrument)

    def _leaves_out(self, entry: Question | Roster) -> bool:
        if isinstance(entry, Roster):
            if entry.people and not self.people:
                return True
            # Whether there are rows, and how many, tells what these questions say.
            read = self.instrument.questions_read(entry.ask_when) | {entry.rows}
        else:
            read = frozenset((entry.code,))
        return not self.sensitive and bool(read & self.instrument.sensitive_questions)

    def _answer(self, question: Question, answer: Any) -> ExportedAnswerOut:
        options = {each.code: each.text for each in self.instrument.option_lists.get(question.options or "", ())}
        told, text = as_sent(answer), None
        if question.type == "text":
            told, text = (None, _NOT_STORED) if answer == "" else (answer, _WITHHELD.get(answer))
        elif isinstance(answer, str):
            text = {**_WITHHELD, **options}[answer]
        texts = [options[each] for each in answer] if isinstance(answer, tuple) else None
        return ExportedAnswerOut(
            question=question.code, text=question.text, answer=told, answer_text=text, option_texts=texts
        )

    def _roster(self, roster: Roster, said: Any) -> ExportedAnswerOut:
        if isinstance(said, str):
            return ExportedAnswerOut(question=roster.code, text=roster.name, answer=said, answer_text=_WITHHELD[said])
        rows = [self._row(each) for each in said]
        return ExportedAnswerOut(question=roster.code, text=roster.name, answer=None, answer_text=None, rows=rows)

    def _row(self, row: Row) -> ExportedRowOut:
        person = row.person and ExportedPersonOut(
            sex=row.person.sex, relation=row.person.relation, age_months=row.person.age_months
        )
        return ExportedRowOut(person=person, answers=self.of(row.answers))
