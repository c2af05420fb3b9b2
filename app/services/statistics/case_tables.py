"""The sheets of case statistics, for people who work in an office program."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.formats.sheets import Sheet, notes_sheet
from app.problems import Fault, Problem, kinds
from app.schemas.reference.region import Level, RegionNameOut
from app.schemas.statistics.case_report import RegionCasesOut
from app.schemas.statistics.case_table import COLUMNS, rows_of
from app.services.statistics.case_reading import NamedRegion, ReadReport, list_below, read_cases
from app.statistics.code_lists import CODE_LISTS

MOST_ROWS: Final = 40_000
"""The longest table."""
_MOST_REGIONS: Final = 10_000

_WIDTHS: Final = {"source": 30, "url": 30, "note": 30, "code": 22, "text_id": 30, "text_en": 30}
_CODEBOOK: Final = ("list", "code", "text_id", "text_en", "source", "url")
_NOTES: Final = (
    (
        "Kasus, korban, dan pelaku adalah satuan yang berbeda. Jangan dijumlahkan satu sama lain.",
        "Cases, victims and perpetrators are different units. Never add one to another.",
    ),
    (
        "Satu korban dapat tercatat di bawah beberapa jenis, layanan, atau hubungan.",
        "One victim may count under several kinds, services or relations.",
    ),
    (
        "Sel kosong berarti belum dilaporkan atau disembunyikan, bukan nol. Lihat kolom hidden.",
        "An empty cell was not reported or is hidden, and is not zero. See the column hidden.",
    ),
)


class WholeList:
    """All regions below another one with their reports of a year, read and not yet written."""

    def __init__(self, regions: Sequence[NamedRegion], reports: dict[str, list[ReadReport]], year: int) -> None:
        self._regions, self._reports, self._year = regions, reports, year
        self.length = sum(max(1, sum(len(each.row.counts) for each in reports[code])) for code, _ in regions)

    def __iter__(self) -> Iterator[RegionCasesOut]:
        for code, name in self._regions:
            reports = [each.out() for each in self._reports[code]]
            yield RegionCasesOut(region=RegionNameOut.named(code, name), year=self._year, reports=reports)


async def read_whole(session: AsyncSession, caller: Caller, *, parent: str, level: Level, year: int) -> WholeList:
    """Reads the whole list. Raises region-outside-caller, and the fault `table_too_long`."""
    if not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    regions = await list_below(session, parent=parent, level=level, year=year, most=_MOST_REGIONS + 1, cursor=None)
    found = WholeList([], {}, year)
    if len(regions) <= _MOST_REGIONS:
        found = WholeList(regions, await read_cases(session, caller, [code for code, _ in regions], year), year)
    if len(regions) > _MOST_REGIONS or found.length > MOST_ROWS:
        limits = {"limit": MOST_ROWS, "regions": _MOST_REGIONS}
        raise Problem(kinds.FAULTS, faults=[Fault("table_too_long", parameter="parent", limits=limits)])
    return found


def sheets_of(whole: WholeList) -> list[Sheet]:
    """The figures, the code lists, and notes."""
    codes = [
        (listed.code, code.code, *code.name, listed.source, listed.url)
        for listed in CODE_LISTS.values()
        for code in listed.codes.values()
    ]
    return [
        Sheet("figures", tuple(COLUMNS), (row for region in whole for row in rows_of(region)), _WIDTHS),
        Sheet("codes", _CODEBOOK, codes, _WIDTHS),
        notes_sheet(COLUMNS, _NOTES),
    ]
