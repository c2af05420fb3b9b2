"""A fault carries what its text says to be right as members too, for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.problems import Expected, Fault
from app.problems.expected import expect
from app.problems.wording import AsTyped, Year

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=ZoneInfo("Asia/Makassar"))


@pytest.mark.parametrize(
    ("limits", "members"),
    [
        ({"maximum": NOON}, {"maximum": "2026-11-27T12:00:00+08:00"}),
        ({"minimum": date(2026, 1, 1), "maximum": Year(2026)}, {"minimum": "2026-01-01", "maximum": 2026}),
        ({"minimum": Decimal("0.5")}, {"minimum": 0.5}),
        ({"first_day": date(2026, 1, 1)}, {"first_day": "2026-01-01"}),
        ({"last_day": date(2026, 1, 1)}, {"last_day": "2026-01-01"}),
        ({"example": AsTyped({"victims": 49}, quoted=True)}, {"example": {"victims": 49}}),
        ({"options": ["a", "b"]}, {"options": ["a", "b"], "options_total": 2}),
        ({"options": [str(each) for each in range(12)]}, {"options": [*"0123456789"], "options_total": 12}),
        # Texts are for people.
        ({"options": [("ya (Ya)", "ya (Yes)")], "question": ("Umur", "Age")}, {}),
    ],
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_limit_is_a_member(limits: dict[str, Any], members: dict[str, Any], language: Any) -> None:
    told = Fault("missing", "/answers", limits=limits).render(language)
    assert {name: told[name] for name in told.keys() - {"pointer", "code", "message"}} == members


def test_a_member_of_its_own_comes_first() -> None:
    fault = Fault("surveyed_before_instrument", "", limits={"minimum": NOON.date()}, members={"minimum": "2026"})
    assert fault.render("en")["minimum"] == "2026"


@pytest.mark.parametrize("options", ["i, n", ("ya, tidak", "yes, no"), {"a": 1}.keys()])
def test_options_that_are_no_list_are_refused(options: Any) -> None:
    """A text would be shown letter by letter, and a pair of texts as two options."""
    with pytest.raises(TypeError):
        Fault("unknown_figure", parameter="figure", limits={"options": options})
    with pytest.raises(TypeError):
        Fault("unknown_figure", parameter="figure", members={"options": options})


def test_options_that_are_expected_are_a_tuple() -> None:
    with pytest.raises(TypeError):
        Expected(options="latest")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alternatives", "options"),
    [
        ([{"const": "latest"}, {"type": "null"}], ("latest",)),
        ([{"enum": ["a", "b"]}, {"type": "null"}], ("a", "b")),
        ([{"const": "latest"}, {"type": "string", "format": "uuid"}], ()),
    ],
)
def test_single_values_beside_others_are_not_all_that_is_allowed(alternatives: Any, options: tuple[str, ...]) -> None:
    assert expect({"anyOf": alternatives}, (), {}).options == options
