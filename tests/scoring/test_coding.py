"""Stored answers decode to exactly the answers that were given, for every kind of question."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.coding import decode_answers, encode_answer, encode_answers
from app.scoring.evaluation import Answers, Person, Row, Value
from app.scoring.instrument import Instrument, Question, Roster
from tests.scoring.drawn import draw_answers, draw_instrument, words
from tests.support.factories import instrument, make_body

DRAWN = draw_instrument(Random(1), method="mean")


def of_questions(*questions: Question, roster: Roster | None = None) -> Instrument:
    return replace(DRAWN, questions=questions, rosters=() if roster is None else (roster,), facts=(), indices=())


def ask(code: str, type: str, **keys: object) -> Question:
    return Question(code, type, words(code), **keys)  # type: ignore[arg-type]


AREA = ask("area", "decimal", minimum=Fraction(1, 2), maximum=Fraction(999), digits=1)
ASSETS = ask("assets", "several", options="many")
BORN = ask("born", "date", earliest=date(2020, 1, 1), latest="interview")
MARRIED = ask("married", "date", earliest="born")
NAME = ask("name", "text", maximum=Fraction(20))
SCHOOL = ask("school", "choice", options="yn", roster="p")
GIVEN_NAME = ask("given_name", "text", maximum=Fraction(20), roster="p")
PEOPLE = Roster("p", words("p"), 100, people=True)


@given(st.integers(0, 2**32))
def test_what_was_given_comes_back(seed: int) -> None:
    random = Random(seed)
    drawn = draw_instrument(random)
    answers = draw_answers(drawn, random)
    stored, texts = encode_answers(answers, drawn)
    assert decode_answers(stored, texts, drawn) == answers


@pytest.mark.parametrize(
    ("question", "answer", "stored"),
    [
        (AREA, None, [0]),
        (AREA, "refused", [1]),
        (AREA, "dont_know", [2]),
        (AREA, Fraction(1, 2), [3]),
        (AREA, Fraction(73, 10), [3 + 73 - 5]),
        (AREA, Fraction(999), [(3 + 9990 - 5) % 128 + 128, (3 + 9990 - 5) // 128]),
        (ASSETS, (), [3]),
        (ASSETS, ("01", "03"), [3 + 0b101]),
        (BORN, date(2020, 1, 1), [3]),
        (MARRIED, date(1900, 1, 2), [4]),
        (SCHOOL, "no", [4]),
    ],
)
def test_one_answer_takes_the_bytes_that_are_written_down(
    question: Question, answer: Value | None, stored: list[int]
) -> None:
    assert list(encode_answer(question, answer, DRAWN)) == stored
    if question.roster is None:
        alone = of_questions(question)
        assert decode_answers(bytes(stored), (), alone).get(question.code) == answer


def test_texts_are_apart_and_rows_hold_people_and_answers() -> None:
    asked = of_questions(NAME, SCHOOL, GIVEN_NAME, roster=PEOPLE)
    rows = (
        Row({"school": "yes", "given_name": "Siti"}, Person("female", "child", 130)),
        Row({"given_name": "refused"}, Person(None, None, None)),
        Row({}, None),
    )
    answers: Answers = {"name": "Rumah Betang", "p": rows}
    stored, texts = encode_answers(answers, asked)
    assert texts == ("Rumah Betang", "Siti")
    assert not any(each.encode() in stored for each in texts)
    # Name, three rows; sex, relation, age in months (130 + 1), school, name; nothing known of the second and third.
    assert list(stored) == [3, 3 + 3, 2, 3, 131, 1, 3, 4, 1, 0, 0, 0, 1, 0, 0, 0]
    assert decode_answers(stored, texts, asked) == answers
    unread = decode_answers(stored, None, asked)
    assert (unread["name"], unread["p"][0].answers["given_name"]) == ("", "")


@pytest.mark.parametrize("said", ["refused", "dont_know", (), None])
def test_a_roster_that_is_empty_withheld_or_left_out_stays_so(said: object) -> None:
    asked = of_questions(SCHOOL, roster=PEOPLE)
    answers = {} if said is None else {"p": said}
    stored, texts = encode_answers(answers, asked)  # type: ignore[arg-type]
    assert (len(stored), decode_answers(stored, texts, asked)) == (1, answers)


def test_a_family_of_the_shipped_questionnaire_takes_about_51_bytes() -> None:
    shipped = instrument("ikk-29-2025.2")
    sizes = []
    for seed in range(200):
        answers = make_body(seed, file="ikk-29-2025.2")["answers"]
        stored, texts = encode_answers(answers, shipped)
        assert (texts, decode_answers(stored, (), shipped)) == ((), answers)
        sizes.append(len(stored))
    assert max(sizes) <= 60


@pytest.mark.parametrize("stored", [[3], [3, 3, 0], [3, 131], [5, 3], [3, 3 + 16]])
def test_bytes_of_another_instrument_are_refused(stored: list[int]) -> None:
    with pytest.raises(ValueError, match="stored answers"):
        decode_answers(bytes(stored), (), of_questions(replace(SCHOOL, roster=None), ASSETS))


def test_nothing_is_left_of_taken_answers() -> None:
    assert decode_answers(b"", None, DRAWN) == {}


@pytest.mark.parametrize(
    ("question", "answer"),
    [(AREA, Fraction(73, 100)), (AREA, Fraction(0)), (BORN, date(2019, 12, 31)), (NAME, "Siti"), (SCHOOL, "maybe")],
)
def test_an_answer_that_is_not_valid_is_never_stored_as_another(question: Question, answer: Value) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (each has its own words)
        encode_answer(question, answer, DRAWN)
