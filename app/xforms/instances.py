"""Reads what a phone sends, and writes it as the body that a device sends with `PUT /v1/submissions/{id}`.

What a form computes is not believed, except that the score it showed is compared. Whether a question was asked is
decided by the instrument again, because some engines keep the answers that were taken back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

# Only the type. defusedxml reads.
from xml.etree.ElementTree import Element  # nosec B405

from app.scoring.answer_values import read_answer
from app.scoring.conditions import DONT_KNOW, REFUSED, WITHHELD
from app.scoring.evaluation import Reading, Row
from app.scoring.instrument import Instrument, Question, Roster
from app.scoring.people import PERSON, person_of
from app.xforms import names
from app.xforms.form import CONSENT_VERSION

_DEEPEST: Final = 12
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_HOURS: Final = re.compile(r"(.*[+-][0-9]{2})(?::?([0-9]{2}))?", re.ASCII | re.DOTALL)
_UUID: Final = re.compile(r"(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_STEPS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)

Values = Mapping[str, Any]
"""The answers of an instance by node: a text, the nodes of a group or row, or a list of either."""


class UnreadableInstanceError(Exception):
    """It is no XML, has entities or a DTD, or says neither which form nor which instance it is."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What a phone sent. deprecated_id: the instance that it edits"""

    form_id: str
    version: str
    instance_id: UUID
    deprecated_id: UUID | None
    values: Values


@dataclass(frozen=True, slots=True)
class Shown:
    """The score that the phone showed. hundredths: None if it showed none"""

    hundredths: int | None
    category: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """refused: whether the family did not agree to the interview. shown: None if the form shows no score"""

    body: dict[str, Any]
    refused: bool
    shown: Shown | None


def read_instance(xml: bytes) -> Instance:
    """Raises UnreadableInstanceError."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (DefusedXmlException, SyntaxError, ValueError, LookupError) as error:
        raise UnreadableInstanceError("no XML that is read") from error
    form_id = root.get("id")
    if not form_id:
        raise UnreadableInstanceError("no form id")
    values = _nodes(root, 0)
    meta = next((each for each in _listed(values.get("meta")) if isinstance(each, Mapping)), {})
    instance_id = _id(meta.get("instanceID"))
    if instance_id is None:
        raise UnreadableInstanceError("no instanceID")
    return Instance(form_id, root.get("version") or "", instance_id, _id(meta.get("deprecatedID")), values)


def _id(text: object) -> UUID | None:
    found = _UUID.fullmatch(text.strip()) if isinstance(text, str) else None
    return None if found is None else UUID(found[1])


def _nodes(element: Element, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise UnreadableInstanceError("nested too deeply")
    found: dict[str, Any] = {}
    for each in element:
        # Comments and instructions have no name.
        if not isinstance(each.tag, str):
            continue
        name = each.tag.rpartition("}")[2]
        value: Any = _nodes(each, depth + 1) if len(each) else (each.text or "").strip()
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def body_of(instance: Instance, instrument: Instrument) -> Told:
    """The body of the submission. A value that does not fit its type stays a text, so that it is found as a fault."""
    values = _flat(instance.values, frozenset(names.node_names(instrument)[each.code] for each in instrument.rosters))
    about: dict[str, Any] = {"instrument": instrument.code, "version": instrument.version}
    if values.get(names.CONSENT) != "yes":
        return Told(about, refused=True, shown=None)
    begun = _moment(values.get(names.START))
    done = _moment(values.get(names.DONE))
    answers = _Answers(instrument, values, _day(begun)).read()
    body = {
        **about,
        "region": _plain(values.get(names.VILLAGE)),
        # Without the tick at the end, nobody knows how long the interview took.
        "started_at": None if done is None else begun,
        "surveyed_at": begun if done is None else done,
        "family": _family(instrument, values, answers),
        "consent": {"version": CONSENT_VERSION, "given_at": begun, "channel": "in_person"},
        "answers": answers,
        "salt": _plain(values.get(names.SALT)),
    }
    return Told({name: each for name, each in body.items() if each is not None}, refused=False, shown=_shown(values))


def _flat(values: Values, rosters: frozenset[str]) -> dict[str, Any]:
    """The nodes without their groups. Rosters keep their rows."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in rosters:
            found[name] = [_flat(each, frozenset()) if isinstance(each, Mapping) else {} for each in _listed(value)]
        elif isinstance(value, Mapping):
            if name != "meta":
                found |= _flat(value, rosters)
        elif value != "":
            found[name] = value
    return found


def _plain(value: object) -> Any:
    """A text, or what a form cannot send, so that the service finds the fault."""
    return value or None


def _moment(value: object) -> str | None:
    """A moment with the minutes of its offset, which some engines leave out."""
    if not isinstance(value, str) or not value:
        return None
    found = _HOURS.fullmatch(value) if "T" in value else None
    return value if found is None else f"{found[1]}:{found[2] or '00'}"


def _day(moment: str | None) -> date | None:
    try:
        return date.fromisoformat((moment or "")[:10])
    except ValueError:
        return None


def _family(instrument: Instrument, values: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    told = {each.same_as: answers.get(each.code) for each in instrument.asking_again if each.roster is None}
    family: dict[str, Any] = {
        "card_number": _plain(values.get(names.CARD)),
        "head_sex": told.get("head_sex") if _is_substantive(told.get("head_sex")) else values.get(names.HEAD_SEX),
        "members": told.get("members")
        if _is_substantive(told.get("members"))
        else _number(values.get(names.MEMBERS), whole=True),
    }
    return {name: each for name, each in family.items() if each is not None}


def _is_substantive(answer: object) -> bool:
    return answer is not None and answer not in WITHHELD


def _shown(values: Mapping[str, Any]) -> Shown | None:
    if names.STATE not in values:
        return None
    steps = values.get(names.HUNDREDTHS)
    known = isinstance(steps, str) and _STEPS.fullmatch(steps)
    category = values.get(names.CATEGORY)
    return Shown(int(steps) if known else None, category if isinstance(category, str) else None)  # type: ignore[arg-type]


class _Answers:
    """Reads the answers in the instrument's order, so that those before tell whether the next was asked."""

    def __init__(self, instrument: Instrument, values: Mapping[str, Any], day: date | None) -> None:
        self.instrument, self.values, self.day = instrument, values, day
        self.names = names.node_names(instrument)
        self.valid: dict[str, Any] = {}
        self.faulty: set[str] = set()

    def read(self) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for entry in self.instrument.asked:
            if isinstance(entry, Roster):
                found = self._rows(entry)
            else:
                found = self._answer(entry, self.values, self.valid, None)
            if found is not None:
                answers[entry.code] = found
        return answers

    def _is_asked(self, entry: Question | Roster, row: Row | None) -> bool:
        """Whether it is asked, or may be because the answer that decides has a fault."""
        if entry.ask_when is None:
            return True
        valid, read = dict(self.valid), None
        if row is not None and isinstance(entry, Question) and entry.roster is not None:
            valid[entry.roster] = (row,)
            reading = Reading(self.instrument, valid, self.day)
            # The row stands alone, as its place says nothing of whether a question of it is asked.
            read = reading.rows(entry.roster)[0]
        else:
            reading = Reading(self.instrument, valid, self.day)
        asked = reading.asked(entry.code, read)
        return bool(asked) or (asked is None and bool(self.faulty & self.instrument.names_read(entry.ask_when)))

    def _answer(self, question: Question, values: Mapping[str, Any], valid: dict[str, Any], row: Row | None) -> Any:
        name = self.names[question.code]
        sent = values.get(name)
        told = values.get(names.why(name)) if sent is None else convert(sent, question)
        if told is None or not self._is_asked(question, row):
            return None
        answer, faults = read_answer(told, question, self.instrument, ())
        if faults:
            self.faulty.add(question.code)
        else:
            valid[question.code] = answer
        return told

    def _rows(self, roster: Roster) -> list[dict[str, Any]] | None:
        name = self.names[roster.code]
        rows, number = self.values.get(name, []), self.values.get(names.count(name))
        if not self._is_asked(roster, None) or number is None:
            return None
        if isinstance(number, str) and _STEPS.fullmatch(number):
            # Engines keep rows that were filled before the number of rows became smaller.
            rows = rows[: int(number)]
        found, valid = [], []
        for values in rows:
            told = dict(self._person(values, name)) if roster.people else {}
            person = person_of(told, self.day) if told else None
            answers: dict[str, Any] = {}
            row = Row(answers, person)
            sent: dict[str, Any] = {PERSON: told} if told else {}
            for question in self.instrument.row_questions[roster.code]:
                answer = self._answer(question, values, answers, row)
                if answer is not None:
                    sent[question.code] = answer
            found.append(sent)
            valid.append(row)
        self.valid[roster.code] = tuple(valid)
        return found

    def _person(self, values: Mapping[str, Any], roster: str) -> Iterator[tuple[str, Any]]:
        for part in ("sex", "relation", "birth_date"):
            value = values.get(names.person(part, roster))
            if value is not None:
                yield part, value


def convert(sent: Any, question: Question) -> Any:
    """The answer of a node as JSON has it."""
    if not isinstance(sent, str) or sent in WITHHELD:
        return sent
    match question.type:
        case "several":
            chosen = sent.split()
            return chosen[0] if chosen in ([REFUSED], [DONT_KNOW]) else chosen
        case "integer":
            return _number(sent, whole=True)
        case "decimal":
            return _number(sent, whole=False)
        case "date":
            return sent[:10] if _DAY.match(sent) and sent[10:11] in ("", "T") else sent
    return sent


def _number(sent: Any, *, whole: bool) -> Any:
    """A number as any engine writes it, such as 1.0E9. The text itself if it is none."""
    if not isinstance(sent, str) or not _NUMBER.fullmatch(sent):
        return sent
    number = Decimal(sent)
    if number == number.to_integral_value():
        return int(number)
    return sent if whole else float(number)
