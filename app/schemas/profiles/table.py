"""Profiles as rows of a table. Cases, victims and perpetrators have a column each, because they are different units."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from app.formats.sheets import Cells
from app.schemas.aggregates.card_text import shown
from app.schemas.profiles.profile import CaseYearOut, ProfileOut
from app.schemas.statistics.case_report import PeriodReportOut
from app.schemas.statistics.figure import FigureOut
from app.schemas.statistics.source import SourceOut
from app.statistics.code_lists import CODE_LISTS
from app.statistics.counts import UNITS

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "region": ("Kode wilayah Kemendagri", "Kemendagri code of the region"),
    "dotted": ("Kode dengan titik", "The code with dots"),
    "name": ("Nama wilayah", "Name of the region"),
    "level": ("Tingkat wilayah", "Level of the region"),
    "parent": ("Kode wilayah di atasnya", "Code of the region above"),
    "year": ("Tahun profil", "Year of the profile"),
    "section": (
        "index, dimension, weak_indicator, coverage, cases atau context",
        "index, dimension, weak_indicator, coverage, cases or context",
    ),
    "code": ("Kode indeks, dimensi, indikator atau rincian", "Code of the index, dimension, indicator or breakdown"),
    "text_id": ("Nama dalam bahasa Indonesia", "Name in Indonesian"),
    "text_en": ("Nama dalam bahasa Inggris", "Name in English"),
    "measure": ("Yang diukur", "What is measured"),
    "value": ("Angka. Kosong bukan nol", "The figure. Empty is not zero"),
    "category": ("Kode kategori, atau yes/no", "Code of the category, or yes/no"),
    "unit": ("Satuan angka", "Unit of the figure"),
    "cases": ("Kasus", "Cases"),
    "victims": ("Korban", "Victims"),
    "perpetrators": ("Pelaku", "Perpetrators"),
    "hidden": (
        "Jumlah yang dilaporkan tetapi disembunyikan karena kecil",
        "Counts that were reported but are hidden because they are small",
    ),
    "of": ("Keluarga yang menjadi dasar angka", "Families that the figure rests on"),
    "period": ("Tahun atau periode angka", "Year or period of the figure"),
    "through": ("Hari terakhir yang dihitung, jika tidak sampai akhir", "Last day that is counted, if not to the end"),
    "status": (
        "official atau provisional untuk indeks, verified atau provisional untuk angka lain",
        "official or provisional for the index, verified or provisional for other figures",
    ),
    "source": ("Sumber", "Source"),
    "url": ("Tautan sumber", "Link of the source"),
    "published_on": ("Hari terbit", "Day of publication"),
    "as_of": ("Kapan angka dibaca atau diterima", "When the figure was read or received"),
    "reason": ("Mengapa kosong", "Why it is empty"),
    "basis": (
        "Wawancara yang dihitung untuk indeks dan cakupan: reported, approved atau mixed",
        "The interviews that are counted for the index and coverage: reported, approved or mixed",
    ),
    "release": (
        "Nomor rilis yang memuat indeks. Kosong: angka pasti, atau belum dirilis",
        "Number of the release that has the index. Empty: exact figures, or none released yet",
    ),
    "release_id": ("Id rilis itu", "Id of this release"),
    "release_made_at": ("Kapan rilis itu dibuat", "When this release was made"),
}
"""The columns in their order, with their meaning in Indonesian and English."""


def profile_rows(profile: ProfileOut) -> Iterator[Cells]:
    """The rows of a region and year, with the cells of COLUMNS."""
    region = profile.region
    first = (region.code, region.dotted, region.name, region.level, region.parent, profile.year)
    rest = tuple(COLUMNS)[len(first) :]
    for row in chain(_index(profile), _coverage(profile), _cases(profile), _context(profile)):
        yield (*first, *(row.get(name) for name in rest))


Row = Mapping[str, Any]


def _index(profile: ProfileOut) -> Iterator[Row]:
    index = profile.index
    instrument = index.instrument
    told: dict[str, Any] = {
        "period": str(profile.year),
        "status": instrument.status,
        "source": f"{instrument.code} {instrument.version}",
        "as_of": index.as_of.isoformat(),
        "basis": index.basis,
    }
    if index.release is not None:
        made_at = shown(index.release.made_at)
        told |= {"release": index.release.number, "release_id": str(index.release.id), "release_made_at": made_at}
    for each in index.indices:
        headline, names = each.headline, {"text_id": each.name.id, "text_en": each.name.en}
        if headline is not None:
            category = None if headline.category is None else headline.category.code
            yield {
                **told,
                **names,
                "section": "index",
                "code": each.code,
                "measure": headline.figure,
                "value": headline.value,
                "category": category,
                "of": each.families_of_mean if headline.figure == "mean" else each.families.scored,
                "reason": each.reason if headline.value is None else None,
            }
        for group in each.groups:
            yield {
                **told,
                "section": "dimension",
                "code": group.code,
                "measure": "mean",
                "value": group.mean,
                "text_id": group.name.id,
                "text_en": group.name.en,
                "of": group.families,
                "reason": group.reason if group.mean is None else None,
            }
    for weak in index.weak_indicators or ():
        names = {"text_id": weak.name.id, "text_en": weak.name.en}
        figure = {"measure": "share", "value": weak.share, "unit": "percent", "of": weak.answered}
        yield {**told, **names, **figure, "section": "weak_indicator", "code": weak.code}


def _coverage(profile: ProfileOut) -> Iterator[Row]:
    coverage, told = (
        profile.coverage,
        {"section": "coverage", "period": str(profile.year), "basis": profile.index.basis},
    )
    yield {
        **told,
        "measure": "interviewed",
        "value": coverage.families,
        "unit": "families",
        "text_id": "Keluarga yang diwawancarai",
        "text_en": "Families interviewed",
        "as_of": profile.index.as_of.isoformat(),
    }
    if coverage.registered is not None:
        yield {
            **told,
            **_told(coverage.registered),
            "measure": "share",
            "value": coverage.share,
            "unit": "percent",
            "text_id": "Bagian keluarga terdaftar",
            "text_en": "Share of the registered families",
            "of": coverage.registered.value,
        }


def _cases(profile: ProfileOut) -> Iterator[Row]:
    for year in profile.cases:
        yield {
            "section": "cases",
            "measure": "total",
            "period": ", ".join(year.periods),
            "status": year.status,
            "text_id": "Semua periode yang dilaporkan",
            "text_en": "All reported periods",
            **{unit: getattr(year, unit) for unit in UNITS},
            **_seen(year),
            "source": "; ".join(each.name for each in year.sources),
        }
        yield from chain.from_iterable(map(_report, year.reports))


def _seen(year: CaseYearOut) -> Row:
    hidden = ", ".join(year.hidden) or None
    return {
        "hidden": hidden,
        "reason": "small" if hidden else None,
        "through": year.through,
        "as_of": year.received_at.isoformat(),
    }


def _report(report: PeriodReportOut) -> Iterator[Row]:
    told = {
        "section": "cases",
        "measure": "report",
        "period": report.period,
        "status": report.status,
        "through": report.through,
        "as_of": report.received_at.isoformat(),
        **_of_source(report.source),
    }
    for count in report.counts:
        codes = count.codes
        entries = [CODE_LISTS[name].codes.get(code) for name, code in codes.items()]
        texts = [entry.name for entry in entries if entry is not None]
        hidden = ", ".join(count.hidden or ()) or None
        yield {
            **told,
            "code": ", ".join(f"{name}={code}" for name, code in codes.items()) or None,
            "text_id": ", ".join(each[0] for each in texts),
            "text_en": ", ".join(each[1] for each in texts),
            **{unit: getattr(count, unit) for unit in UNITS},
            "hidden": hidden,
            "reason": "small" if hidden else None,
        }


def _context(profile: ProfileOut) -> Iterator[Row]:
    for each in profile.context:
        present = None if each.present is None else "yes" if each.present else "no"
        yield {
            **_told(each),
            "section": "context",
            "code": each.indicator,
            "text_id": each.name.id,
            "text_en": each.name.en,
            "measure": each.kind,
            "value": each.value,
            "category": each.category or present,
            "unit": each.unit,
        }


def _told(figure: FigureOut) -> Row:
    return {
        "period": str(figure.year),
        "status": figure.status,
        "as_of": figure.received_at.isoformat(),
        **_of_source(figure.source),
    }


def _of_source(source: SourceOut) -> Row:
    return {"source": source.name, "url": source.url, "published_on": source.published_on}
