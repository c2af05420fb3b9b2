"""The table of the released figures of all villages, a row for each village and indicator of the first index."""

from typing import Final

from app.protection.regions import IndicatorOfRegion
from app.scoring.rounding import shown

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
    "base": ("Kelipatan pembulatan", "Base of the rounding"),
    "reason": (
        "small: terlalu sedikit untuk ditampilkan. Sel kosong bukan nol",
        "small: too few to be shown. An empty cell is not zero",
    ),
}
"""The columns in their order, with their meaning in Indonesian and English."""
_DECIMALS: Final = 1


def write_cells(each: IndicatorOfRegion) -> str:
    """The cells of a row from `fulfilled` to `reason`, as CSV."""
    entered = each.ratio is not None
    return ",".join(
        (
            *map(_written, (each.fulfilled, each.unfulfilled, each.answered)),
            *map(_written, (each.missing, each.not_applicable) if entered else (None, None)),
            *(_written(shown(share, _DECIMALS)) for share in (each.share, each.share_at_least, each.share_at_most)),
            str(each.plan.base),
            "" if each.share is not None else "small",
        )
    )


def _written(number: float | None) -> str:
    return "" if number is None else str(number)
