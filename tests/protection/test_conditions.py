"""What decides whether an indicator applies is one secret, however an instrument writes it."""

import pytest

from app.protection.parameters import Parameters
from app.protection.plan import Plan, resolve
from app.scoring.conditions import All, AnyOf, Asked, Condition, Not
from tests.support.factories import instrument

FILES = ["ikk-29-2025.1", "ikk-29-2025.2", "ikk-29-2026.1", "ikk-29-2026.2"]
COUPLE = instrument(FILES[-1]).question["spouses_live_together"].ask_when
assert COUPLE is not None


@pytest.mark.parametrize("file", FILES)
def test_indicators_of_questions_that_the_same_families_are_asked_share_one(file: str) -> None:
    """Otherwise each would round the same families anew, and all of them together would tell their number."""
    plan = Plan.of(instrument(file)).main
    couples = {each.applies for each in plan.indicators if each.code in ("KLS1", "KLS3", "KKSP4", "KKSP5", "KKSB5")}
    assert len(couples) == 1
    assert len({each.applies for each in plan.indicators if not each.everywhere}) == 7
    # Whether it is asked hangs on nothing that is sensitive.
    assert {each.applies_base for each in plan.indicators} == {1, Parameters().base}


def test_versions_and_instruments_share_it_too() -> None:
    first, *others = [Plan.of(instrument(file)).main.indicators for file in (*FILES, "ketahanan-24-2016.3")]
    told = {each.applies for each in first}
    for each in others[:-1]:
        assert {of.applies for of in each} == told
    assert len({of.applies for of in others[-1]} & told) > 3


@pytest.mark.parametrize(
    ("condition", "resolved"),
    [
        (Asked("spouses_live_together"), COUPLE),
        (All((Asked("spouses_live_together"), Asked("meals_enough"))), COUPLE),
        (AnyOf((Asked("spouses_live_together"), Asked("meals_enough"))), None),
        (AnyOf((Asked("spouses_live_together"), COUPLE)), AnyOf((COUPLE, COUPLE))),
        (Not(Asked("spouses_live_together")), Not(COUPLE)),
        (Asked("meals_enough"), None),
        (COUPLE, COUPLE),
        (None, None),
    ],
    ids=repr,
)
def test_a_question_stands_for_what_decides_whether_it_is_asked(
    condition: Condition | None, resolved: Condition | None
) -> None:
    assert resolve(condition, instrument(FILES[-1])) == resolved
