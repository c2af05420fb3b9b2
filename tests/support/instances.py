"""Fills the XForm of an instrument with the interview of a body, as a phone does that asks its questions."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

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
    consent = body.get("consent") or {}
    return {
        "started_at": body.get("started_at") or body.get("surveyed_at"),
        "ended_at": body.get("surveyed_at"),
        "done_at": body.get("surveyed_at"),
        "agreed_at": consent.get("given_at") or body.get("surveyed_at"),
        "consent": "no" if refused else "yes",
        "salt": body.get("salt"),
        "region": body.get("region"),
        "card_number": family.get("card_number"),
        "family_head_sex": family.get("head_sex"),
        "family_members": family.get("members"),
        "shown_hundredths": units,
        "shown_category": category,
        **_answers_of(body.get("answers") or {}),
    }


def _answers_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for code, answer in answers.items():
        values[f"a_{code}"] = "1"
        if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
            values[f"r_{code}"] = [_answers_of(row) for row in answer]
            values[f"n_{code}"] = len(answer)
        else:
            values[f"q_{code}"] = " ".join(answer) if isinstance(answer, list) else answer
    return values


def _fill(parent: Element, values: Mapping[str, Any]) -> None:
    for each in list(parent):
        if each.tag.startswith("r_"):
            _repeat(parent, each, values.get(each.tag) or [])
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
        if each.tag.startswith("w_") and values.get(f"q_{each.tag[2:]}") in _REFUSALS:
            each.text = values[f"q_{each.tag[2:]}"]
            answer = next(other for other in group if other.tag == f"q_{each.tag[2:]}")
            answer.text = None


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
