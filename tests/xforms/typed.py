"""Turns a drawn submission into what a kader types into its form."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.scoring.conditions import WITHHELD
from app.scoring.instrument import Instrument, Question
from app.scoring.people import PERSON
from app.xforms import names

Typed = dict[tuple[str, int], str]


def typed(body: Mapping[str, Any], instrument: Instrument) -> Typed:
    """By node and row, everything that is typed for a family that agrees to the interview."""
    family = body["family"]
    return {
        (names.VILLAGE, 0): body["region"],
        (names.CONSENT, 0): "yes",
        (names.CARD, 0): family.get("card_number", ""),
        (names.MEMBERS, 0): str(family["members"]),
        (names.HEAD_SEX, 0): family["head_sex"],
        **dict(typed_answers(body["answers"], instrument)),
    }


def typed_answers(answers: Mapping[str, Any], instrument: Instrument) -> Iterator[tuple[tuple[str, int], str]]:
    nodes = names.node_names(instrument)
    for code, answer in answers.items():
        if code in instrument.question:
            yield _typed(instrument.question[code], nodes[code], 0, answer)
        elif isinstance(answer, list):
            if instrument.roster[code].rows is None:
                yield (names.rows(nodes[code]), 0), str(len(answer))
            for at, row in enumerate(answer):
                for name, each in row.items():
                    if name == PERSON:
                        for part, value in each.items():
                            yield (names.person(part, nodes[code]), at), value
                    else:
                        yield _typed(instrument.question[name], nodes[name], at, each)


def _typed(question: Question, node: str, row: int, answer: Any) -> tuple[tuple[str, int], str]:
    if isinstance(answer, str) and answer in WITHHELD and question.type not in ("choice", "several"):
        return (names.why(node), row), answer
    return (node, row), " ".join(answer) if isinstance(answer, list | tuple) else str(answer)
