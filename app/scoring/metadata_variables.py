"""The metadata of the questions that figures are made of: form MS-Var of Peraturan BPS 5/2020.

MS-Var has nama variabel, alias, konsep, definisi, referensi pemilihan, referensi waktu, tipe data, klasifikasi isian,
aturan validasi, kalimat pertanyaan and dapat diakses umum. An instrument says only some of it, and the rest is None.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from app.scoring.instrument import Bound, Instrument, Question, QuestionType
from app.scoring.metadata_parts import variables_of
from app.scoring.parts import Text
from app.scoring.wording import Wording


@dataclass(frozen=True, slots=True)
class VariableMetadata:
    """The metadata of a question.

    question: kalimat pertanyaan
    classification: klasifikasi isian, the texts of its options
    validation: aturan validasi. None if every answer of its type is valid
    roster: the name of the roster in whose rows it is asked
    asked_when: whom it is asked. None if everybody
    indicators: index and code of the indicators that read it
    public: dapat diakses umum. Answers of families never are
    """

    code: str
    question: Text
    type: QuestionType
    unit: str | None
    classification: tuple[Text, ...]
    validation: Text | None
    roster: Text | None
    asked_when: Text | None
    sensitive: bool
    indicators: tuple[tuple[str, str], ...]
    public: bool = False


def variable_metadata(instrument: Instrument) -> tuple[VariableMetadata, ...]:
    """A row for each question, in the order of the questionnaire."""
    speakers = Wording(instrument, "id"), Wording(instrument, "en")
    used: dict[str, list[tuple[str, str]]] = {}
    for index in instrument.indices:
        for each in index.indicators:
            for code in variables_of(instrument, index, each):
                used.setdefault(code, []).append((index.code, each.code))
    return tuple(_variable(instrument, speakers, each, used.get(each.code, [])) for each in instrument.questions)


def _variable(
    instrument: Instrument,
    speakers: tuple[Wording, Wording],
    question: Question,
    used: list[tuple[str, str]],
) -> VariableMetadata:
    when = question.ask_when
    options = instrument.option_lists[question.options] if question.options is not None else ()
    return VariableMetadata(
        code=question.code,
        question=question.text,
        type=question.type,
        unit=question.unit,
        classification=tuple(each.text for each in options),
        validation=_both(speakers, lambda wording: ", ".join(_bounds(wording, question))),
        roster=None if question.roster is None else instrument.roster[question.roster].name,
        asked_when=None if when is None else _both(speakers, lambda wording: wording.condition(when)),
        sensitive=question.code in instrument.sensitive_questions,
        indicators=tuple(used),
    )


def _bounds(wording: Wording, question: Question) -> Iterator[str]:
    """The bounds of a valid answer. Those of a text are its length."""
    kind = "length_" if question.type == "text" else ""
    for key, bound in (("least", question.minimum), ("most", question.maximum)):
        if bound is not None:
            yield wording.say(f"{kind}{key}", bound=wording.number(bound))
    for key, day in (("earliest", question.earliest), ("latest", question.latest)):
        if day is not None:
            yield wording.say(key, bound=_day(wording, day))
    if question.digits:
        yield wording.say("digits", digits=question.digits)
    if question.at_most is not None:
        yield wording.say("most", bound=wording.named(question.at_most))
    if question.maximum_chosen is not None:
        yield wording.say("most_chosen", bound=question.maximum_chosen)


def _day(wording: Wording, bound: Bound) -> str:
    if isinstance(bound, date):
        return bound.isoformat()
    return wording.say("interview") if bound == "interview" else wording.named(bound or "")


def _both(speakers: tuple[Wording, Wording], say: Callable[[Wording], str]) -> Text | None:
    indonesian, english = (say(each) for each in speakers)
    return Text(id=indonesian, en=english) if indonesian else None
