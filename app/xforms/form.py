"""Makes the form of an instrument: the XForm that phones fill, and the XLSForm that people read. Frozen bytes.

The same instrument and generator always make the same bytes. A change of this package that changes bytes needs the
next GENERATOR, because phones tell forms apart by id and version.
"""

from dataclasses import dataclass
from hashlib import md5
from typing import Any, Final

from app.formats.xlsx import WorkbookWriter
from app.problems.fault_texts import Texts
from app.scoring.instrument import Instrument
from app.scoring.reading.faults import FileFault
from app.xforms import names, words
from app.xforms.conditions import Compiler
from app.xforms.questions import Questionnaire
from app.xforms.result import Result
from app.xforms.survey import Row, Survey, name_of
from app.xforms.xpath import InexactError, negated, ref

GENERATOR: Final = 1
"""Counts the ways in which forms were made."""
CONSENT_VERSION: Final = "phone-1"
"""The version of the consent that the form reads out (`words.CONSENT`)."""
VILLAGES: Final = "villages.csv"


@dataclass(frozen=True, slots=True)
class Form:
    """scores: whether it shows the score. md5: of the XForm, in hexadecimal digits"""

    form_id: str
    version: str
    xform: bytes
    xlsform: bytes
    md5: str
    scores: bool


class CannotCarryError(Exception):
    """A phone cannot ask something of the instrument. `reasons` are pairs of Indonesian and English."""

    def __init__(self, reasons: tuple[Texts, ...]) -> None:
        super().__init__("; ".join(english for _, english in reasons))
        self.reasons = reasons


def make_form(instrument: Instrument) -> Form:
    """The form of an instrument. Raises CannotCarryError if a phone cannot ask something as the file has it."""
    survey, settings, scores = make_rows(instrument)
    xform = _xform(survey, settings)
    return Form(
        settings["form_id"],
        settings["version"],
        xform,
        _xlsform(survey, settings),
        # Phones know a form by its MD5. Nothing is protected by it.
        md5(xform, usedforsecurity=False).hexdigest(),
        scores,
    )


def faults_of(error: CannotCarryError) -> tuple[FileFault, ...]:
    """The reasons as faults of the instrument's file."""
    return tuple(
        FileFault(
            1,
            f"A phone cannot carry this questionnaire. {english}.",
            indonesian=f"Kuesioner ini tidak dapat dijalankan di ponsel. {indonesian}.",
        )
        for indonesian, english in error.reasons
    )


def form_version(instrument: Instrument) -> str:
    return f"{instrument.version}-{GENERATOR}"


def make_rows(instrument: Instrument) -> tuple[Survey, Row, bool]:
    """The rows of the XLSForm, its settings, and whether it shows the score. Raises CannotCarryError."""
    survey, compiler = Survey(instrument), Compiler(instrument)
    _begin(survey)
    questionnaire = Questionnaire(instrument, survey, compiler)
    questionnaire.add_all()
    _ask_family_again(instrument, survey, compiler)
    _add_checks(instrument, survey, compiler)
    if questionnaire.reasons:
        raise CannotCarryError(tuple(questionnaire.reasons))
    scores = _add_result(instrument, survey, compiler)
    survey.add("acknowledge", names.FINISHED, label=words.END)
    survey.close_part("group")
    survey.calculate(names.DONE, f"once(if({ref(names.FINISHED)} = 'OK', now(), ''))")
    time = f"format-date-time({ref(names.START)}, '%Y-%m-%d %H:%M')"
    settings = {
        "form_title": instrument.title.id,
        "form_id": instrument.code,
        "version": form_version(instrument),
        "default_language": name_of("id"),
        "instance_name": f"concat({ref(names.PLACE)}, ' ', {time})",
        "client_editable": "yes",
    }
    return survey, settings, scores


def _begin(survey: Survey) -> None:
    """What comes before the questions: the village, the consent, and the family card."""
    survey.rows.append({"type": "start", "name": names.START})
    survey.calculate(names.DAY, f"substr(string({ref(names.START)}), 0, 10)")
    survey.calculate(names.SALT, "once(uuid())")
    survey.add(
        f"select_one_from_file {VILLAGES}", names.VILLAGE, label=words.VILLAGE, required="yes", appearance="minimal"
    )
    survey.calculate(names.PLACE, f"instance('villages')/root/item[name = {ref(names.VILLAGE)}]/label")
    agreed = survey.choice_list("_consent", (("yes", words.YES), ("no", words.NO)))
    survey.add(
        f"select_one {agreed}",
        names.CONSENT,
        label=words.CONSENT,
        required="yes",
        # So the interview of a family that says no cannot be finished, and nothing of it is sent.
        constraint=". = 'yes'",
        constraint_message=words.ENDED,
    )
    survey.open_part("group", names.INTERVIEW, relevant=f"{ref(names.CONSENT)} = 'yes'")
    survey.add(
        "text",
        names.CARD,
        label=words.CARD,
        hint=words.CARD_HINT,
        constraint="string-length(.) = 16 and regex(., '^[0-9]+$')",
        constraint_message=words.CARD_RULE,
        appearance="numbers",
    )


def _ask_family_again(instrument: Instrument, survey: Survey, compiler: Compiler) -> None:
    """Asks what the service must know of every family, where no question of the instrument has told it."""
    told = {each.same_as: each for each in instrument.asking_again if each.roster is None}
    for fact in ("members", "head_sex"):
        same = told.get(fact)
        if same is not None and same.required and same.ask_when is None:
            continue
        relevant = "" if same is None else negated(compiler.said(same.code))
        if fact == "members":
            survey.add(
                "integer",
                names.MEMBERS,
                label=words.MEMBERS,
                required="yes",
                relevant=relevant,
                constraint=". >= 1 and . <= 50",
                constraint_message=words.from_to("1", "50"),
            )
        else:
            sexes = survey.choice_list("_sex", (("female", words.FEMALE), ("male", words.MALE)))
            survey.add(f"select_one {sexes}", names.HEAD_SEX, label=words.HEAD_SEX, required="yes", relevant=relevant)


def _add_checks(instrument: Instrument, survey: Survey, compiler: Compiler) -> None:
    """Implausible answers. A note that is required holds an interview back until they are changed."""
    named = names.unique_names([each.code for each in instrument.checks])
    for check in instrument.checks:
        try:
            truth = compiler.truth(check.when)
        except InexactError:
            # The service finds it.
            continue
        said = {
            code: f"{words.CHECK.model_dump().get(code, words.CHECK.id)}{text}"
            for code, text in check.text.model_dump().items()
        }
        survey.note(
            f"_check_{named[check.code]}",
            type(check.text)(**said),
            truth.true,
            "yes" if check.effect == "refuse" else "",
        )


def _add_result(instrument: Instrument, survey: Survey, compiler: Compiler) -> bool:
    try:
        result = Result(instrument.main, compiler)
    except InexactError:
        survey.note("_score_after_sending", words.SCORE_AFTER_SENDING)
        return False
    result.add(survey)
    return True


def _xform(survey: Survey, settings: Row) -> bytes:
    # It takes a moment to load, and a server that publishes nothing never needs it.
    from pyxform.xls2xform import convert

    sheets: dict[str, Any] = {
        "survey": survey.rows,
        "choices": survey.choices,
        "settings": [settings],
        "survey_header": [dict.fromkeys(survey.columns)],
        "choices_header": [dict.fromkeys(_columns(survey.choices))],
        "settings_header": [dict.fromkeys(settings)],
    }
    return str(convert(xlsform=sheets, form_name="data").xform).encode()


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row))


def _xlsform(survey: Survey, settings: Row) -> bytes:
    """The workbook with the same rows."""
    book = WorkbookWriter(settings["form_title"])
    for name, columns, rows in (
        ("survey", survey.columns, survey.rows),
        ("choices", _columns(survey.choices), survey.choices),
        ("settings", list(settings), [settings]),
    ):
        book.begin_sheet(name, columns, {}, wrap=True)
        for row in rows:
            book.add([row.get(column, "") for column in columns])
    return book.close()
