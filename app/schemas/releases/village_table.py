"""The table of the released figures of all villages, a row for each village and indicator of the first index."""

from collections.abc import Callable, Sequence
from typing import Final

from app.protection.assessed import assess_village
from app.protection.indicators import IndicatorOfRegion, add_indicator
from app.protection.plan import Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.regions import add_up
from app.scoring.rounding import shown_least, shown_most

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "region": ("Kode desa", "Code of the village"),
    "indicator": ("Kode indikator", "Code of the indicator"),
    "families": ("Keluarga yang terhitung", "Families that count"),
    "fulfilled": ("Keluarga yang memenuhi", "Families that fulfil it"),
    "unfulfilled": ("Keluarga yang tidak memenuhi", "Families that do not fulfil it"),
    "answered": ("Keluarga yang menjawab", "Families that answered"),
    "missing": ("Keluarga yang tidak menjawab", "Families that did not answer"),
    "not_applicable": ("Keluarga yang tidak berkaitan", "Families that it does not concern"),
    "share": ("Persentase yang memenuhi", "Percentage that fulfils it"),
    "share_at_least": ("Persentase paling sedikit", "The percentage is not lower"),
    "share_at_most": ("Persentase paling banyak", "The percentage is not higher"),
    "standard_error": (
        "Galat baku persentase, dari pembulatan saja",
        "Standard error of the percentage, of the rounding alone",
    ),
    "low": ("Batas bawah selang 95 % persentase", "Lower end of the interval of the percentage with 95 %"),
    "high": ("Batas atas selang itu", "Upper end of this interval"),
    "mark": (
        "use_with_care: galat baku relatif di atas 25 %. not_reliable: di atas 50 %",
        "use_with_care: relative standard error above 25 %. not_reliable: above 50 %",
    ),
    "base": ("Kelipatan pembulatan", "Base of the rounding"),
    "fulfilled_within": (
        "Paling banyak selisih pembulatan pada fulfilled",
        "By so many families the rounding can have moved fulfilled",
    ),
    "unfulfilled_within": ("Selisih itu pada unfulfilled", "The same of unfulfilled"),
    "missing_within": ("Selisih itu pada missing", "The same of missing"),
    "not_applicable_within": ("Selisih itu pada not_applicable", "The same of not_applicable"),
    "reason": (
        "small: terlalu sedikit untuk ditampilkan. Sel kosong bukan nol",
        "small: too few to be shown. An empty cell is not zero",
    ),
    "weak": (
        "yes: indikator lemah di desa ini. Kosong jika instrumen tidak mengenal indikator lemah, atau jika terlalu "
        "sedikit yang menjawab",
        "yes: the indicator is weak in this village. Empty if the instrument has no weak indicators, or if too few "
        "families answered",
    ),
}
"""The columns in their order, with their meaning in Indonesian and English."""
_DECIMALS: Final = 1
_ERROR_DECIMALS: Final = 2

_MOST_KEPT: Final = 8_000
"""Written figures of each indicator that are kept. Villages of like size have the same rounded counts."""


class VillageWriter:
    """Writes the rows of villages as CSV. Figures that were written before are written once more as they were."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._plans = plan.main.indicators
        rule = plan.main.index.region
        self._weak_below = None if rule.weak is None else rule.weak.below
        self._never_weak = rule.weigh_by is not None
        self._may_lack_index = rule.minimum_families > 1 or rule.minimum_coverage is not None
        self._known: dict[bool, list[dict[tuple[int, ...], str]]] = {
            never: [{} for _ in self._plans] for never in (False, True)
        }

    def write(self, place: str, values: Sequence[int], read: Callable[[], Protected]) -> str:
        """The rows of a village, one for each indicator of the first index.

        values: as they are stored (`Protected.to_values`), of which only equality is looked at; read: reads them
        """
        families, head, lines = values[0], f'"{place}"', []
        protected: Protected | None = None
        never_weak = self._never_weak
        if self._may_lack_index and not never_weak:
            protected = read()
            never_weak = add_up([protected], self._plan).main.absent is not None
        for at, (plan, known) in enumerate(zip(self._plans, self._known[never_weak], strict=True)):
            key = (families, *values[3 * at + 1 : 3 * at + 4])
            cells = known.get(key)
            if cells is None:
                if len(known) >= _MOST_KEPT:
                    known.clear()
                protected = protected or read()
                own = protected.indices[0].indicators[at]
                each = add_indicator([own], [families], plan)
                weak = self._mark(each, never_weak=never_weak)
                cells = known[key] = f'"{plan.code}",{families},{_write(each, own)},{weak}\r\n'
            lines.append(f"{head},{cells}")
        return "".join(lines)

    def _mark(self, each: IndicatorOfRegion, *, never_weak: bool) -> str:
        """The cell `weak`. A share is compared where only its bound is shown too."""
        if self._weak_below is None or each.ratio is None:
            return ""
        fulfilled, answered = each.ratio
        return "yes" if not never_weak and 100 * fulfilled < self._weak_below * answered else "no"


def _write(each: IndicatorOfRegion, own: ProtectedIndicator) -> str:
    """The cells from `fulfilled` to `reason`. Shares are made of whole numbers, because fractions take longest."""
    fulfilled, unfulfilled, ratio, base = each.fulfilled, each.unfulfilled, each.ratio, each.plan.base
    if ratio is None:
        return ",,,,,,,,,,,,,,,,,small"
    head = f"{_written(fulfilled)},{_written(unfulfilled)},{ratio[1]},{_written(each.missing)},"
    head += f"{_written(each.not_applicable)},"
    rounding = f"{base},{','.join(map(str, each.within))}"
    if fulfilled is None or unfulfilled is None:
        least, most = shown_least(each.share_at_least, _DECIMALS), shown_most(each.share_at_most, _DECIMALS)
        return f"{head},{_written(least)},{_written(most)},,,,,{rounding},small"
    tenths = (2000 * ratio[0] + ratio[1]) // (2 * ratio[1])
    found = assess_village(own, each.plan)
    numbers = (found.standard_error, found.low, found.high)
    error = ",".join("" if number is None else str(round(number, _ERROR_DECIMALS)) for number in numbers)
    return f"{head}{tenths / 10},,,{error},{found.mark or ''},{rounding},"


def _written(number: float | None) -> str:
    return "" if number is None else str(number)
