"""An export shows answers of every kind, with the words of the instrument, and counts what it leaves out."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

from app.schemas.subject_requests.export import ExportedAnswerOut
from app.scoring.conditions import Compare, Constant, Equal, Named
from app.scoring.evaluation import Answers, Person, Row
from app.scoring.instrument import Check, Instrument, Question, Roster
from app.services.subject_requests.exported_answers import ShownAnswers
from tests.scoring.drawn import draw_instrument, words


def ask(code: str, type: str, **keys: object) -> Question:
    return Question(code, type, words(code), **keys)  # type: ignore[arg-type]


ASKED: Instrument = replace(
    draw_instrument(Random(1), method="mean"),
    questions=(
        ask("n", "integer", maximum=Fraction(9)),
        ask("area", "decimal", minimum=Fraction(0), maximum=Fraction(99), digits=1),
        ask("assets", "several", options="many"),
        ask("born", "date"),
        ask("wall", "choice", options="many", sensitive=True),
        ask("wall_specify", "text", maximum=Fraction(20), specify_of="wall", ask_when=Equal("wall", "04")),
        ask("name", "text", maximum=Fraction(20)),
        ask("school", "choice", options="yn", roster="p"),
        ask("hit", "choice", options="yn", roster="p", sensitive=True),
        ask("kind", "choice", options="yn", roster="cow"),
    ),
    rosters=(
        Roster("p", words("p"), 9, people=True),
        Roster("cow", words("cow"), 9, ask_when=Equal("wall", "04")),
    ),
    facts=(),
    indices=(),
)
ANSWERS: Answers = {
    "n": 3,
    "area": Fraction(365, 10),
    "assets": ("01", "03"),
    "born": date(2025, 6, 15),
    "wall": "04",
    "wall_specify": "bambu",
    "name": "refused",
    "p": (
        Row({"school": "yes", "hit": "no"}, Person("female", "child", 130)),
        Row({"school": "dont_know"}, None),
    ),
    "cow": "refused",
}


def shown(answers: Answers = ANSWERS, *, sensitive: bool = True, people: bool = True) -> tuple[dict[str, Any], int]:
    each = ShownAnswers(ASKED, sensitive, people)
    return by_question(each.of(answers)), each.withheld


def by_question(answers: list[ExportedAnswerOut]) -> dict[str, Any]:
    return {each.question: each.model_dump() for each in answers}


def test_it_works() -> None:
    found, withheld = shown()
    assert withheld == 0
    assert {code: each["answer"] for code, each in found.items()} == {
        "n": 3,
        "area": 36.5,
        "assets": ["01", "03"],
        "born": "2025-06-15",
        "wall": "04",
        "wall_specify": "bambu",
        "name": "refused",
        "p": None,
        "cow": "refused",
    }
    texts = {code: each["answer_text"]["en"] for code, each in found.items() if each["answer_text"]}
    assert texts == {"wall": "04", "name": "Refused to answer", "cow": "Refused to answer"}
    assert [each["en"] for each in found["assets"]["option_texts"]] == ["01", "03"]
    first, second = found["p"]["rows"]
    assert first["person"] == {"sex": "female", "relation": "child", "age_months": 130}
    assert [(each["question"], each["answer"]) for each in first["answers"]] == [("school", "yes"), ("hit", "no")]
    assert (second["person"], second["answers"][0]["answer_text"]["en"]) == (None, "Does not know")


def test_sensitive_answers_and_what_is_asked_because_of_them_are_left_out_in_rows_too() -> None:
    found, withheld = shown(sensitive=False)
    assert found.keys() == {"n", "area", "assets", "born", "name", "p"}
    assert [each["question"] for each in found["p"]["rows"][0]["answers"]] == ["school"]
    assert withheld == len(("wall", "wall_specify", "cow", "hit"))


def test_rows_of_people_are_left_out_if_the_request_names_some_of_them() -> None:
    found, withheld = shown(people=False)
    assert "p" not in found
    assert withheld == 1


def test_a_warning_that_tells_of_a_sensitive_answer_is_left_out_with_it() -> None:
    checked = replace(
        ASKED,
        checks=(
            Check("bamboo", Equal("wall", "04"), words("bamboo"), "warn"),
            Check("crowded", Compare(Named("n"), ">", Constant(Fraction(8))), words("crowded"), "warn"),
        ),
    )
    stored = ["implausible bamboo", "implausible crowded", "wall", "n", "card_region_unknown /family/card_number"]
    assert [each for each in stored if ShownAnswers(checked, True, True).shows_warning(each)] == stored
    assert [each for each in stored if ShownAnswers(checked, False, True).shows_warning(each)] == [
        "implausible crowded",
        "n",
        "card_region_unknown /family/card_number",
    ]


def test_a_text_that_is_no_longer_stored_says_so() -> None:
    found, _ = shown({"name": ""})
    assert (found["name"]["answer"], found["name"]["answer_text"]["id"]) == (None, "Tidak disimpan lagi")


def test_a_text_that_reads_like_an_option_is_still_a_text() -> None:
    found, _ = shown({"name": "01"})
    assert (found["name"]["answer"], found["name"]["answer_text"]) == ("01", None)
