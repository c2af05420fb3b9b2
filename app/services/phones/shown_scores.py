"""Compares the score that a phone showed with the service's, which is the one that counts."""

import json
from collections.abc import Sequence
from typing import Final, Literal

from app.problems.warning_texts import WarningCode
from app.services.intake.checking import Checked
from app.services.intake.scores import score_family
from app.services.intake.taking import Remark
from app.xforms.instances import Shown

ScoreOutcome = Literal["equal", "differs", "none"]
_CODE: Final[WarningCode] = "phone_score_differs"
_WARNING: Final = f"{_CODE} /answers"


def compare_with(shown: Shown | None) -> Remark:
    """Returns what warns of a score that differs from the one on the phone, if the phone showed any."""

    def remark(checked: Checked) -> Sequence[str]:
        if shown is None:
            return ()
        instrument = checked.published.instrument
        score = json.loads(score_family(checked.taken.bases, instrument).text)
        category = None if score["category"] is None else score["category"]["code"]
        # Phones count in the smallest unit that is shown, which for all known instruments is a hundredth.
        units = None if score["index"] is None else round(score["index"] * 10**instrument.main.decimals)
        return () if (units, category) == (shown.hundredths, shown.category) else (_WARNING,)

    return remark


def outcome_of(shown: Shown | None, warnings: Sequence[str]) -> ScoreOutcome:
    """Returns how the two compare. `warnings` are the codes of what was stored."""
    if shown is None:
        return "none"
    return "differs" if _CODE in warnings else "equal"
