"""Says in a response that a region was another one in an earlier year, and whether its figures could be restated."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from pydantic import Field

from app.regions.lineage import Change, LineageKind
from app.regions.restating import Gap, RegionBreak, Restated
from app.schemas.shapes import Out
from app.scoring.parts import Text

_NOTES: Final[Mapping[str, Text]] = {
    "began": Text(
        id="Wilayah ini belum ada pada tahun yang lebih awal. Jangan bandingkan angkanya.",
        en="The region did not exist in the earlier year. Do not compare its figures.",
    ),
    "ended": Text(
        id="Wilayah ini sudah tidak ada pada tahun yang lebih akhir. Jangan bandingkan angkanya.",
        en="The region no longer exists in the later year. Do not compare its figures.",
    ),
    "changed": Text(
        id="Wilayah ini bertambah atau berkurang di antara kedua tahun. Perbedaan angkanya dapat berasal dari itu.",
        en="The region gained or lost area between the two years. Its figures may differ because of that.",
    ),
    "unknown": Text(
        id="Tidak diketahui apakah wilayah ini sama pada kedua tahun, karena asal atau kelanjutan satu desa atau "
        "kelurahan di dekatnya tidak tercatat.",
        en="Nobody knows whether the region is the same in both years, because it is not recorded where a village near "
        "it comes from or went to.",
    ),
}
_GAPS: Final[Mapping[Gap, Text]] = {
    "split": Text(
        id="Satu desa atau kelurahan dari tahun itu terbagi antara wilayah ini dan wilayah lain.",
        en="A village of that year was split between this region and another one.",
    ),
    "unknown": Text(
        id="Asal atau kelanjutan satu desa atau kelurahan di dekatnya tidak tercatat.",
        en="It is not recorded where a village near it comes from or went to.",
    ),
}


class RegionChangeOut(Out):
    """A change of a village from a day on."""

    day: date
    kind: LineageKind
    old: str
    new: str

    @classmethod
    def of(cls, change: Change) -> "RegionChangeOut":
        return cls(day=change.day, kind=change.kind, old=change.old, new=change.new)


class RegionBreakOut(Out):
    """The area of a region differs between two years, so their figures are not of the same region."""

    reason: Literal["began", "ended", "changed", "unknown"]
    note: Text
    gained: list[str] = Field(description="Villages of the earlier year that came, each whole or in part")
    lost: list[str] = Field(description="Villages of the earlier year that went, each whole or in part")
    changes: list[RegionChangeOut]

    @classmethod
    def of(cls, found: RegionBreak) -> "RegionBreakOut":
        return cls(
            reason=found.reason,
            note=_NOTES[found.reason],
            gained=list(found.gained),
            lost=list(found.lost),
            changes=[RegionChangeOut.of(each) for each in found.changes],
        )


class RestatedOut(Out):
    """Whether the figures of a past year can be given for a region of today."""

    region: str
    villages: list[str] | None = Field(description="Villages of that year that add up to it. null if there are none")
    reason: Gap | None
    note: Text | None = Field(description="Why there are none")

    @classmethod
    def of(cls, found: Restated) -> "RestatedOut":
        return cls(
            region=found.region,
            villages=None if found.villages is None else list(found.villages),
            reason=found.reason,
            note=None if found.reason is None else _GAPS[found.reason],
        )
