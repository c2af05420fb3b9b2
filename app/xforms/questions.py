"""The questions of an instrument as rows of a form, with their limits, filters and rosters."""

from fractions import Fraction
from typing import Final

from app.scoring.answer_values import EARLIEST, limit_of
from app.scoring.conditions import DONT_KNOW, REFUSED, OfPerson
from app.scoring.instrument import INTERVIEW, Bound, Instrument, Question, Roster
from app.scoring.parts import Text
from app.scoring.people import RELATIONS
from app.xforms import names, words
from app.xforms.conditions import INTERVIEW_DAY, Compiler, compared, constant, day_number, has_why, read_number
from app.xforms.survey import Survey
from app.xforms.xpath import TRUE, InexactError, Number, both, either, negated, ref, when

Reason = tuple[str, str]
_INTEGER: Final = 999_999_999
"""The largest number that Collect takes in a field for whole numbers."""
_TYPED: Final = 15
"""So many characters fit into Collect's field for decimals."""
_WITHHELD: Final = ((REFUSED, words.REFUSED), (DONT_KNOW, words.DONT_KNOW))


class Questionnaire:
    """Adds the questions of an instrument to a survey. `reasons` has what no phone can ask."""

    def __init__(self, instrument: Instrument, survey: Survey, compiler: Compiler) -> None:
        self.instrument, self.survey, self.compiler = instrument, survey, compiler
        self.reasons: list[Reason] = []
        self._section: str | None = None
        self._sections = names.unique_names([each.code for each in instrument.sections])
        self._entered: list[str] = []

    def add_all(self) -> None:
        for entry in self.instrument.asked:
            first = entry if isinstance(entry, Question) else self._first_of(entry)
            self._enter(None if first is None else first.section)
            try:
                if isinstance(entry, Roster):
                    self._roster(entry)
                else:
                    self._question(entry)
            except InexactError as why:
                self.refuse(entry.code, why)
        self._enter(None)

    def refuse(self, code: str, why: InexactError) -> None:
        indonesian, english = why.texts
        self.reasons.append((f"{code}: {indonesian}", f"{code}: {english}"))

    def _first_of(self, roster: Roster) -> Question | None:
        return next(iter(self.instrument.row_questions[roster.code]), None)

    def _enter(self, section: str | None) -> None:
        if section == self._section:
            return
        if self._section is not None:
            self.survey.close_part("group")
        self._section = section
        if section is not None:
            found = next(each for each in self.instrument.sections if each.code == section)
            # A section may come back after another one, and its second group needs a name of its own.
            self._entered.append(section)
            again, name = self._entered.count(section), self._sections[section]
            self.survey.open_part(
                "group", f"_section_{name}" if again == 1 else f"_again{again}_{name}", label=found.title
            )
            if found.read is not None and again == 1:
                self.survey.note(f"_read_{name}", found.read)

    def _asking(self, entry: Question | Roster) -> str:
        """Adds what says whether it is asked. Returns when it is."""
        if entry.ask_when is None:
            return TRUE
        truth = self.compiler.truth(entry.ask_when)
        node = names.asked(self.compiler.names[entry.code])
        self.survey.calculate(node, when(truth.true, "'1'", when(truth.false, "'0'", "''")))
        return f"{ref(node)} = '1'"

    def _question(self, question: Question) -> None:
        relevant, name = self._asking(question), self.compiler.names[question.code]
        constraint, message = self._limits(question)
        grouped = has_why(question)
        if grouped:
            self.survey.open_part("group", f"_screen_{name}", appearance="field-list", relevant=relevant)
        self.survey.add(
            self._type(question),
            name,
            label=question.text,
            hint=_hint(question),
            relevant="" if grouped else relevant,
            required="yes" if question.required else "",
            constraint=constraint,
            constraint_message=message,
            appearance="thousands-sep" if _is_large(question) else "numbers" if question.only_digits else "",
        )
        if grouped:
            self.survey.add(
                f"select_one {self.survey.choice_list('_withheld', _WITHHELD)}",
                names.why(name),
                label=words.WHY,
                relevant=f"string({ref(name)}) = ''",
                appearance="minimal",
            )
            self.survey.close_part("group")

    def _type(self, question: Question) -> str:
        if question.type in ("choice", "several"):
            options = [(each.code, each.text) for each in self.instrument.option_lists[question.options or ""]]
            listed = question.options or ""
            if not question.required:
                listed, options = f"_or_not_{listed}", [*options, *_WITHHELD]
            kind = "select_one" if question.type == "choice" else "select_multiple"
            return f"{kind} {self.survey.choice_list(listed, options)}"
        if question.type == "integer":
            return "decimal" if _is_large(question) else "integer"
        return question.type

    def _limits(self, question: Question) -> tuple[str, Text | None]:
        """The constraint of an answer and the text that tells of it."""
        match question.type:
            case "several":
                return self._together(question)
            case "integer" | "decimal":
                return self._number_limits(question)
            case "date":
                return self._day_limits(question)
            case "text":
                least, most = int(question.minimum or 1), int(question.maximum or 0)
                length = f"string-length(.) >= {least} and string-length(.) <= {most}"
                digits = "regex(., '^[0-9]+$')" if question.only_digits else TRUE
                kind = ("angka", "digits") if question.only_digits else ("huruf", "characters")
                message = words.text(
                    f"Panjangnya {least} sampai {most} {kind[0]}.", f"It has {least} to {most} {kind[1]}."
                )
                return both(length, digits), message
        return "", None

    def _together(self, question: Question) -> tuple[str, Text | None]:
        alone = [*question.alone, *([] if question.required else [REFUSED, DONT_KNOW])]
        parts = [f"not(selected(., '{each}') and count-selected(.) > 1)" for each in alone]
        texts = ("Ada pilihan yang tidak boleh bersama yang lain.", "Some options cannot stand with others.")
        if question.maximum_chosen is not None:
            parts.append(f"count-selected(.) <= {question.maximum_chosen}")
            texts = (
                f"{texts[0]} Paling banyak {question.maximum_chosen} pilihan.",
                f"{texts[1]} At most {question.maximum_chosen} options.",
            )
        rule = both(*parts)
        return ("", None) if rule == TRUE else (rule, words.text(*texts))

    def _number_limits(self, question: Question) -> tuple[str, Text | None]:
        least, most = (limit_of(each or Fraction(0)) for each in (question.minimum, question.maximum))
        longest = max(len(str(each)) for each in (least, most)) + (question.digits and 1 + question.digits)
        if longest > _TYPED:
            raise InexactError(
                f"angka dengan lebih dari {_TYPED} huruf tidak dapat diketik di ponsel",
                f"a phone takes no number with more than {_TYPED} characters",
            )
        parts = [f". >= {least}", f". <= {most}"]
        if question.digits or _is_large(question):
            unit = 10**question.digits
            parts.append(f"round(. * {unit}) div {unit} = .")
        texts = words.from_to(str(least), str(most))
        if question.at_most is not None:
            other = self.compiler.number(question.at_most)
            typed = read_number(question, ".", TRUE)
            within = compared(typed, "<=", Number(TRUE, other.expression, other.unit, other.least, other.most))
            parts.append(either(negated(other.known), within.true))
            named = self._named(question.at_most)
            texts = words.text(
                f"{texts.id} Tidak lebih dari jawaban “{named.id}”",
                f"{texts.en} Not more than the answer to “{named.en}”",
            )
        return both(*parts), texts

    def _named(self, code: str) -> Text:
        question = self.instrument.question.get(code)
        return self.instrument.fact[code].name if question is None else question.text

    def _day_limits(self, question: Question) -> tuple[str, Text | None]:
        typed = Number(TRUE, day_number("."), 1, 0, 9999_12_31)
        parts = [compared(typed, ">=", constant(EARLIEST)).true]
        texts = [("Tanggalnya terlalu awal atau terlalu akhir.", "The date is too early or too late.")]
        for bound, sign in ((question.earliest, ">="), (question.latest, "<=")):
            if bound is not None:
                other = self._bound(bound)
                within = compared(typed, sign, Number(TRUE, other.expression, 1, other.least, other.most))
                parts.append(either(negated(other.known), within.true))
        return both(*parts), words.text(*texts[0])

    def _bound(self, bound: Bound) -> Number:
        if bound == INTERVIEW:
            return INTERVIEW_DAY
        return self.compiler.number(bound) if isinstance(bound, str) else constant(bound)

    def _roster(self, roster: Roster) -> None:
        relevant, name = self._asking(roster), self.compiler.names[roster.code]
        counted, stated = ref(names.rows(name)), None
        if roster.rows is not None:
            stated = self.compiler.number(roster.rows)
        self.survey.add(
            "integer",
            names.rows(name),
            label=words.put(roster.name, words.HOW_MANY_ROWS),
            relevant=both(relevant, TRUE if stated is None else negated(stated.known)),
            constraint=f". >= 0 and . <= {roster.maximum}",
            constraint_message=words.from_to("0", str(roster.maximum)),
        )
        number = when(f"string({counted}) != ''", counted, "''")
        if stated is not None:
            within = f"{stated.expression} <= {roster.maximum}"
            number = when(stated.known, when(within, stated.expression, str(roster.maximum)), number)
        self.survey.calculate(names.count(name), when(relevant, number, "''"))
        there = ref(names.count(name))
        self.survey.open_part(
            "repeat", name, label=roster.name, repeat_count=f"if({there} = '', 0, number({there}))", relevant=relevant
        )
        if roster.people:
            self._person(name)
        for question in self.instrument.row_questions[roster.code]:
            try:
                self._question(question)
            except InexactError as why:
                self.refuse(question.code, why)
        self.survey.close_part("repeat")

    def _person(self, roster: str) -> None:
        """What rules may read of the person of a row: never a name or a NIK."""
        read = {each.formula.part for each in self.instrument.facts if isinstance(each.formula, OfPerson)}
        sexes = self.survey.choice_list("_sex", (("female", words.FEMALE), ("male", words.MALE)))
        relations = self.survey.choice_list("_relation", [(each, words.RELATIONS[each]) for each in RELATIONS])
        if "relation" in read:
            self.survey.add(f"select_one {relations}", names.person("relation", roster), label=words.RELATION)
        if "sex" in read:
            self.survey.add(f"select_one {sexes}", names.person("sex", roster), label=words.SEX)
        if read & {"age_months", "age_years"}:
            typed = Number(TRUE, day_number("."), 1, 0, 9999_12_31)
            within = both(
                *(compared(typed, sign, end).true for sign, end in ((">=", constant(EARLIEST)), ("<=", INTERVIEW_DAY)))
            )
            self.survey.add("date", names.person("birth_date", roster), label=words.BIRTH_DATE, constraint=within)


def _is_large(question: Question) -> bool:
    """Whether a whole number needs the longer field for decimals."""
    ends = (question.minimum or 0, question.maximum or 0)
    return question.type == "integer" and not -_INTEGER // 10 <= min(ends) <= max(ends) <= _INTEGER


def _hint(question: Question) -> Text | None:
    if not question.sensitive:
        return question.hint
    return words.SENSITIVE if question.hint is None else words.put(words.SENSITIVE, question.hint)
