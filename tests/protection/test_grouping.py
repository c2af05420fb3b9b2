"""The breakdowns of an instrument with the names of their groups, and the group that a family belongs to."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from app.protection.grouping import (
    MIXED,
    NOT_ASKED,
    UNKNOWN,
    Grouping,
    answer_group,
    groupings_of,
    joint_group,
    parted,
    size_group,
    urban_group,
)
from app.protection.parameters import Parameters
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument
from app.scoring.reading.files import check_instrument_file
from tests.protection.drawn import SECRETS
from tests.support.factories import instrument

HEAD = """
format = 2
code = "grouped"
version = "1"
status = "provisional"
sources = ["own"]
valid_from = 2026-01-01
languages = ["id"]
title.id = "Kelompok"
breakdowns = ["water", "ill", "served", "age_class", "region.urban", "head_sex"]
source = [{ code = "own", title = "Own" }]
option_list = [
  { code = "yes_no", options = [{ code = "yes", text.id = "Ya" }, { code = "no", text.id = "Tidak" }] },
  { code = "sex", options = [{ code = "female", text.id = "Perempuan" }, { code = "male", text.id = "Laki-laki" }] },
]
question = [
  { code = "members", type = "integer", text.id = "Berapa?", minimum = 1, maximum = 30, same_as = "members" },
  { code = "head_sex", type = "choice", options = "sex", text.id = "KK?", same_as = "head_sex" },
  { code = "head_age", type = "integer", text.id = "Umur?", minimum = 0, maximum = 120 },
  { code = "water", type = "choice", options = "yes_no", text.id = "Air?" },
  { code = "ill", type = "choice", options = "yes_no", text.id = "Sakit?", sensitive = true },
  { code = "served", type = "choice", options = "yes_no", text.id = "?", ask_when.equal = ["ill", "yes"] },
]
index = [{ code = "i", name.id = "Indeks", method = "mean" }]
indicator = [{ code = "W", name.id = "Air", fulfilled_when.equal = ["water", "yes"] }]
[[fact]]
code = "age_class"
name.id = "Kelompok umur"
class.of = "head_age"
class.classes = [{ code = "young", text.id = "Muda", below = 40 }, { code = "old", text.id = "Tua" }]
"""


@pytest.fixture(scope="module")
def grouped() -> Instrument:
    checked = check_instrument_file(HEAD.encode())
    assert checked.faults == ()
    assert checked.instrument is not None
    return checked.instrument


def by_code(of: Instrument) -> dict[str, Grouping]:
    return {each.code: each for each in groupings_of(of)}


def group(of: Instrument, breakdown: str, **answers: Any) -> str:
    return answer_group(by_code(of)[breakdown], Reading(of, answers, date(2026, 6, 1)))


def test_every_instrument_has_those_of_head_size_and_villages() -> None:
    codes = ["head_sex", "family_size", "region.kind", "region.urban"]
    for file in ("ikk-29-2025.1", "ikk-29-2026.1", "ketahanan-24-2016.3"):
        assert list(by_code(instrument(file))) == codes
    assert list(by_code(instrument("ikk-29-2026.2"))) == [*codes, "has_children", "has_elderly", "has_difficulty"]


def test_groups_have_names_in_both_languages() -> None:
    for grouping in groupings_of(instrument("ikk-29-2026.2")):
        for name in (grouping.name, *grouping.groups.values()):
            assert name.id
            assert name.en
            assert name.id != name.en or name.id in ("Kelurahan", "Desa", "Desa adat")
    names = by_code(instrument("ikk-29-2026.2"))["has_difficulty"].groups
    assert [names[code].en for code in ("no", "yes")] == ["No disabled member", "With a disabled member"]


def test_a_group_that_tells_a_sensitive_answer_has_the_wider_base(grouped: Instrument) -> None:
    found = by_code(grouped)
    assert {code for code, each in found.items() if each.sensitive} == {"ill", "served"}
    assert [found[code].base_of(5, Parameters()) for code in ("water", "ill")] == [5, 10]
    assert found["ill"].base_of(12, Parameters()) == 12
    assert [each.code for each in groupings_of(instrument("ikk-29-2026.2")) if each.sensitive] == ["has_difficulty"]


def test_names_of_choices_and_classes(grouped: Instrument) -> None:
    found = by_code(grouped)
    assert {code: name.id for code, name in found["age_class"].groups.items()} == {
        "young": "Muda",
        "old": "Tua",
        NOT_ASKED: "Tidak ditanyakan",
        UNKNOWN: "Tidak dijawab",
    }
    assert found["age_class"].groups["old"].en == "Tua"
    assert found["water"].groups["yes"].id == "Ya"


def test_the_group_of_a_family(grouped: Instrument) -> None:
    assert group(grouped, "water", water="yes") == "yes"
    assert group(grouped, "water", water="refused") == UNKNOWN
    assert group(grouped, "water") == UNKNOWN
    assert group(grouped, "served", ill="no") == NOT_ASKED
    assert group(grouped, "served", ill="refused") == UNKNOWN
    assert [group(grouped, "age_class", head_age=age) for age in (39, 40)] == ["young", "old"]
    assert group(grouped, "age_class") == UNKNOWN


@pytest.mark.parametrize(
    ("answers", "children", "elderly", "difficulty"),
    [
        ({"children_0_17": 0, "members_60_up": 0, "difficulty": "some"}, "no", "no", "no"),
        ({"children_0_17": 1, "members_60_up": 2, "difficulty": "a_lot"}, "yes", "yes", "yes"),
        ({"children_0_17": 4, "members_60_up": 1, "difficulty": "cannot"}, "yes", "yes", "yes"),
        ({"children_0_17": 4, "members_60_up": 1, "difficulty": "none"}, "yes", "yes", "no"),
        ({"children_0_17": 4, "members_60_up": 1, "difficulty": "dont_know"}, "yes", "yes", UNKNOWN),
        ({}, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_the_groups_of_ikk_29(answers: dict[str, Any], children: str, elderly: str, difficulty: str) -> None:
    of = instrument("ikk-29-2026.2")
    found = [group(of, breakdown, **answers) for breakdown in ("has_children", "has_elderly", "has_difficulty")]
    assert found == [children, elderly, difficulty]


def test_families_that_did_not_answer_are_divided_among_the_others() -> None:
    families = {"no": ["F"] * 300, "yes": ["U"] * 100, UNKNOWN: [f"{at:04}" for at in range(2_000)], NOT_ASKED: ["M"]}
    found = parted(families, SECRETS.generator("unanswered"))
    assert found.keys() == {"no", "yes", NOT_ASKED}
    assert sum(map(len, found.values())) == 2_401
    assert found[NOT_ASKED] == ["M"]
    assert 1_350 < len(found["no"]) - 300 < 1_650
    assert set(families[UNKNOWN]) <= {*found["no"], *found["yes"]}
    again = {**families, UNKNOWN: families[UNKNOWN][::-1]}
    assert parted(again, SECRETS.generator("unanswered")) == found


def test_where_nobody_answered_they_stay_a_group() -> None:
    assert parted({UNKNOWN: ["F"]}, SECRETS.generator("unanswered")) == {UNKNOWN: ["F"]}


def test_groups_of_sizes_and_villages() -> None:
    assert Counter(map(size_group, range(1, 9))) == {"1-2": 2, "3-4": 2, "5+": 4}
    assert [urban_group(each) for each in (True, False)] == ["urban", "rural"]
    assert joint_group(["desa", "desa"]) == "desa"
    assert joint_group(["desa", "kelurahan"]) == MIXED
