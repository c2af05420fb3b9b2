"""A valid file of format 2 gives the instrument that it describes."""

import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.scoring import conditions as c
from app.scoring.instrument import Complete, Index, Instrument, Points, Range
from app.scoring.reading.files import check_instrument_file, read_instrument
from app.scoring.reading.keys import CONDITIONS, FORMULAS, KEYS
from tests.scoring.format_2 import EXAMPLES, complete, example


def read(name: str) -> Instrument:
    return read_instrument(example(name).encode("utf-8"))


def index(instrument: Instrument, code: str) -> Index:
    found = instrument.index(code)
    assert found is not None
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_read_without_a_fault_or_warning_of_form(name: str) -> None:
    checked = check_instrument_file(example(name).encode("utf-8"))
    assert checked.faults == ()
    assert checked.instrument is not None


def test_the_example_of_everything_has_every_key() -> None:
    seen = set(_keys(tomllib.loads(example("everything"))))
    wanted = {key for keys in KEYS.values() for key in keys} | set(CONDITIONS) | set(FORMULAS)
    assert wanted - seen == set()


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from _keys(each)


def test_questions_keep_what_the_file_says() -> None:
    found = read("everything").question
    assert found["members"].maximum == 30
    assert found["members"].required
    assert found["members"].same_as == "members"
    assert found["insured"].at_most == "members"
    assert found["area"].maximum == Fraction(1999, 2)
    assert found["area"].digits == 1
    assert found["assets"].alone == ("none",)
    assert found["assets"].maximum_chosen == 3
    assert found["born"].earliest == date(1900, 1, 1)
    assert found["married"].earliest == "born"
    assert found["married"].latest == "interview"
    assert found["code"].only_digits
    assert found["farm"].when_not_asked == "n"
    assert found["imm"].roster == "p"
    assert found["violence"].sensitive


def test_an_option_that_asks_for_a_text_makes_a_question_after_its_own() -> None:
    instrument = read("everything")
    codes = [each.code for each in instrument.questions]
    assert codes[codes.index("water") + 1] == "water_specify"
    text = instrument.question["assets_specify"]
    assert (text.type, text.specify_of) == ("text", "assets")
    assert text.ask_when == c.All((c.Answered("assets"), c.Includes("assets", ("95",))))


def test_conditions_and_facts_keep_what_the_file_says() -> None:
    instrument = read("everything")
    fact = {code: each.formula for code, each in instrument.fact.items()}
    assert fact["twice"] == c.Arithmetic(
        "sum", (c.Named("members"), c.Named("insured", Fraction(1, 2)), c.Constant(Fraction(1)))
    )
    assert fact["worth"] == c.Values("water", {"1": Fraction(3), "2": Fraction(1), "95": Fraction(1, 2)})
    assert fact["sex_of_head"] == c.Pick(c.Rows("p", c.Equal("relation", "head"), None), "sex")
    assert fact["rate"] == c.First(((c.Equal("farm", "y"), c.Named("land")), (None, c.Constant(Fraction(0)))))
    assert instrument.question["imm"].ask_when == c.All(
        (
            c.Compare(c.Named("age"), ">=", c.Constant(Fraction(12))),
            c.Compare(c.Named("age"), "<=", c.Constant(Fraction(23))),
        )
    )


def test_points_have_the_bounds_of_their_table_unless_said() -> None:
    found = {each.code: each.points for each in index(read("everything"), "m").indicators}
    assert found["w1"] == Points(
        Fraction(0), Fraction(5), "water", {"1": Fraction(4), "2": Fraction(2), "95": Fraction(0)}
    )
    each = {"01": Fraction(1), "02": Fraction(5), "03": Fraction(0), "95": Fraction(0), "none": Fraction(0)}
    assert found["w2"] == Points(Fraction(0), Fraction(6), "assets", each=each)
    ranges = (Range(Fraction(5), Fraction(0)), Range(None, Fraction(2)))
    assert found["w3"] == Points(Fraction(0), Fraction(2), "members", ranges=ranges)
    assert found["w4"] == Points(Fraction(0), Fraction(10), "members", number=True)


def test_an_index_keeps_its_tree_and_its_region() -> None:
    found = index(read("everything"), "m")
    assert [(each.code, each.parent, each.weight) for each in found.groups] == [
        ("W", None, Fraction(1, 3)),
        ("V", 0, 1),
    ]
    assert [each.group for each in found.indicators] == [1, 0, 0, 0, 0, 0]
    assert found.complete == Complete(2, Fraction(1, 2), 1, (0,), True)
    assert found.groups[1].complete == Complete(minimum_answered=1)
    assert (found.region.headline, found.region.share_of, found.region.weigh_by) == ("share", (0,), "members")
    assert [(each.code, each.bound, each.included) for each in found.region.categories] == [
        ("few", 20, False),
        ("some", 50, True),
        ("many", None, False),
    ]
    assert found.region.minimum_coverage == Fraction(4, 5)


def test_a_region_takes_what_the_method_and_the_index_have() -> None:
    instrument = read("everything")
    assert index(instrument, "c").region.headline == "adjusted"
    assert index(instrument, "s").region.headline is None
    plain = read_instrument(
        complete(
            'option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]\n'
            'question = [{ code = "q", type = "choice", options = "yn" }]\n'
            'index = [{ code = "i", method = "mean", scale = 1 }]\n'
            'indicator = [{ code = "a", fulfilled_when.equal = ["q", "y"] }]\n'
            'category = [{ code = "low", below = 0.5 }, { code = "high" }]\n'
        ).encode("utf-8")
    ).main
    assert plain.region.headline == "mean"
    assert plain.region.scale == 1
    assert plain.region.categories == plain.categories


def test_an_entry_without_an_index_belongs_to_every_one() -> None:
    instrument = read("roster")
    assert [[each.code for each in found.indicators] for found in instrument.indices] == [["1", "2"], ["1", "2"]]
    assert instrument.indices[0].only == {"p": c.In("rel", ("head", "spouse", "child"))}


def test_sensitive_questions_mark_what_reads_them() -> None:
    instrument = read("everything")
    assert index(instrument, "m").sensitive == {0}
    assert index(instrument, "c").sensitive == {2}
    assert index(instrument, "r").reveals
    assert not index(instrument, "m").reveals


def test_a_case_takes_over_the_answers_of_its_base() -> None:
    small, other = read("everything").cases
    assert set(small.answers) - set(other.answers) == {"born"}
    assert other.answers["violence"] == "y"
    assert other.interview == date(2026, 6, 15)
    assert other.answers["area"] == Decimal("20.5")


def test_the_content_is_the_file_as_json() -> None:
    content = read("everything").content
    assert content["valid_from"] == "2026-01-01"
    assert content["follows"]["comparable"] == ["W", "w1"]
    assert content["question"][5]["maximum"] == 999.5


def test_english_repeats_indonesian_where_the_file_has_none() -> None:
    assert read("stages").title.en == "Contoh"
    assert read("everything").title.model_extra == {"bjn": "Cuntuh"}
