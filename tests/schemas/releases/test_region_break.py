"""A comparison across a change of regions says so, in both languages."""

from datetime import date
from typing import Literal

import pytest

from app.regions.lineage import Change
from app.regions.restating import Gap, RegionBreak, Restated
from app.schemas.releases.region_break import RegionBreakOut, RestatedOut


def test_a_break_names_what_came_and_went() -> None:
    change = Change(date(2025, 9, 1), "6372012004", "6372072002", "recode")
    shown = RegionBreakOut.of(RegionBreak("637207", "changed", ("6372012004",), (), (change,)))
    assert shown.model_dump(mode="json", exclude={"note"}) == {
        "reason": "changed",
        "gained": ["6372012004"],
        "lost": [],
        "changes": [{"day": "2025-09-01", "kind": "recode", "old": "6372012004", "new": "6372072002"}],
    }


@pytest.mark.parametrize("reason", ["began", "ended", "changed", "unknown"])
def test_every_break_has_a_note(reason: Literal["began", "ended", "changed", "unknown"]) -> None:
    note = RegionBreakOut.of(RegionBreak("637207", reason)).note
    assert note.id != note.en


@pytest.mark.parametrize("reason", ["split", "unknown"])
def test_what_cannot_be_restated_has_a_reason_in_words(reason: Gap) -> None:
    shown = RestatedOut.of(Restated("637207", None, reason))
    assert (shown.villages, shown.reason) == (None, reason)
    assert shown.note is not None


def test_what_is_restated_has_its_villages() -> None:
    shown = RestatedOut.of(Restated("637207", ("6372072001",)))
    assert (shown.villages, shown.reason, shown.note) == (["6372072001"], None, None)
