"""Fills the XForm of an instrument with the interview of a body, as a phone does that asks its questions."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from app.xforms import names

_XFORMS: Final = "{http://www.w3.org/2002/xforms}"
_REFUSALS: Final = frozenset(("refused", "dont_know"))


def fill_form(
    xform: bytes,
    body: Mapping[str, Any],
    instance: str,
    *,
    edits: str | None = None,
    shown: tuple[int | None, str | None] | None = None,
    refused: bool = False,
) -> bytes:
    """The XML of the instance. Answers to questions that the form does not have are left out.

    instance, edits: as they stand in the meta block
    shown: the score that the phone computed, in the smallest unit that is shown, and its category
    """
    root = _instance_of(fromstring(xform))
    _fill(root, _values_of(body, shown, refused=refused))
    meta = next(each for each in root if each.tag == "meta")
    for each in list(meta):
        meta.remove(each)
    SubElement(meta, "instanceID").text = instance
    if edits is not None:
        SubElement(meta, "deprecatedID").text = edits
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _instance_of(form: Element) -> Element:
    """The empty primary instance, without the namespace of XForms, as JavaRosa writes it."""
    holder = next(form.iter(f"{_XFORMS}instance"))
    root = deepcopy(next(iter(holder)))
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
        each.attrib = {name: value for name, value in each.attrib.items() if not name.endswith("}template")}
        each.text = each.tail = None
    return root


def _values_of(
    body: Mapping[str, Any], shown: tuple[int | None, str | None] | None, *, refused: bool
) -> dict[str, Any]:
    family = body.get("family") or {}
    units, category = shown or (None, None)
    return {
        names.START: body.get("started_at") or body.get("surveyed_at"),
        names.DONE: body.get("surveyed_at"),
        names.CONSENT: "no" if refused else "yes",
        names.SALT: body.get("salt"),
        names.VILLAGE: body.get("region"),
        names.CARD: family.get("card_number"),
        names.HEAD_SEX: family.get("head_sex"),
        names.MEMBERS: family.get("members"),
        names.STATE: None if shown is None else "scored",
        names.HUNDREDTHS: units,
        names.CATEGORY: category,
        **_answers_of(body.get("answers") or {}),
    }


def _answers_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for code, answer in answers.items():
        values[names.asked(code)] = "1"
        if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
            values[code] = [_answers_of(row) for row in answer]
            values[names.count(code)] = values[names.rows(code)] = len(answer)
        else:
            values[code] = " ".join(answer) if isinstance(answer, list) else answer
    return values


def _fill(parent: Element, values: Mapping[str, Any]) -> None:
    for each in list(parent):
        if isinstance(values.get(each.tag), list):
            _repeat(parent, each, values[each.tag])
        elif len(each):
            _fill(each, values)
            _say_why(each, values)
        elif values.get(each.tag) is not None:
            each.text = _written(values[each.tag])


def _repeat(parent: Element, row: Element, rows: list[Mapping[str, Any]]) -> None:
    place = list(parent).index(row)
    parent.remove(row)
    if any(each.tag == row.tag for each in parent):
        # pyxform writes a template and an empty row.
        return
    for number, values in enumerate(rows):
        copy = deepcopy(row)
        _fill(copy, values)
        parent.insert(place + number, copy)


def _say_why(group: Element, values: Mapping[str, Any]) -> None:
    """A number, date or text that was not answered says why in a node beside it."""
    for each in group:
        code = each.tag.removeprefix(names.why(""))
        if code != each.tag and values.get(code) in _REFUSALS:
            each.text = values[code]
            answer = next(other for other in group if other.tag == code)
            answer.text = None


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
