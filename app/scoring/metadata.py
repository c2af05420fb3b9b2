"""The metadata that Satu Data Indonesia asks for beside each figure, as far as an instrument states them.

Fields: forms MS-Ind and MS-Var of Peraturan BPS 5/2020 (Petunjuk Teknis Metadata Statistik), which Perpres 39/2019 on
Satu Data Indonesia builds on. MS-Ind has nama indikator, konsep, definisi, interpretasi, metode/rumus penghitungan,
ukuran, satuan, klasifikasi penyajian, indikator komposit, indikator pembangun, variabel pembangun, level estimasi and
dapat diakses umum. As explained in https://id.scribd.com/document/719540392/445-pedoman-pembuatan-metadata-statistik.

Definition, formula and unit follow from the rules of the file, and its `about` adds to them. What neither says is None.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.scoring import figure_wording as figures
from app.scoring import formula_wording as formulas
from app.scoring.instrument import Group, Index, Indicator, Instrument, Source
from app.scoring.metadata_parts import (
    Part,
    before,
    indicators_within,
    instead,
    sources_of,
    status_note,
    status_of,
    told,
    variables_of,
)
from app.scoring.parts import Status, Text
from app.scoring.wording import Wording

Kind = Literal["index", "group", "indicator"]
EstimationLevel = Literal["village", "district", "regency", "province", "country"]
ESTIMATION_LEVELS: Final[tuple[EstimationLevel, ...]] = ("village", "district", "regency", "province", "country")
"""Levels of regions that figures are made for."""
_REGION: Final = Text(id="Wilayah", en="Region")
_OF_REGION: Final[Mapping[str, Text]] = {
    "region.kind": Text(id="Kelurahan atau desa", en="Kelurahan or desa"),
    "region.urban": Text(id="Perkotaan atau perdesaan", en="Urban or rural"),
}


@dataclass(frozen=True, slots=True)
class FigureMetadata:
    """The metadata of an index, a group or an indicator.

    parent: code of the group that it is in
    concept: konsep, only where the file's `about` has one
    measure, unit: ukuran and satuan. Of an index they are those of its headline
    classification: klasifikasi penyajian, by what the figures are divided
    components: indikator pembangun, codes of the groups and indicators directly below. Empty for an indicator
    variables: variabel pembangun, codes of the questions that it reads, also through facts
    status: the weakest of its own and of all that it is made of. instrument_status: that of the file
    status_note: what to say beside each figure. None only if both are official
    note: what the author knows and assumes, in the author's language
    public: dapat diakses umum. None if nobody said so
    """

    kind: Kind
    index: str
    code: str
    parent: str | None
    name: Text
    concept: Text | None
    definition: Text
    interpretation: Text | None
    formula: Text
    measure: Text
    unit: Text
    classification: tuple[Text, ...]
    components: tuple[str, ...]
    variables: tuple[str, ...]
    sources: tuple[Source, ...]
    status: Status
    instrument_status: Status
    status_note: Text | None
    note: str | None
    sensitive: bool
    public: bool | None
    estimation_levels: tuple[EstimationLevel, ...] = ESTIMATION_LEVELS

    @property
    def composite(self) -> bool:
        """Indikator komposit."""
        return bool(self.components)


def figure_metadata(
    instrument: Instrument, *, breakdowns: Sequence[Text] = (), public: bool | None = None
) -> tuple[FigureMetadata, ...]:
    """A row for each index, each followed by its groups and indicators as they stand in each other.

    breakdowns: names of what the figures are divided by besides what the instrument names
    public: whether everybody may read the figures
    """
    divided = (_REGION, *breakdowns, *_breakdowns(instrument))
    rows = _Rows(instrument, tuple({each.id: each for each in divided}.values()), public)
    return tuple(row for index in instrument.indices for row in rows.of(index))


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of a figure in one language."""

    definition: str
    interpretation: str | None
    formula: str
    measure: str
    unit: str


class _Rows:
    """Makes the rows of one instrument."""

    def __init__(self, instrument: Instrument, classification: tuple[Text, ...], public: bool | None) -> None:
        self.instrument, self.classification, self.public = instrument, classification, public
        self._speakers = Wording(instrument, "id"), Wording(instrument, "en")

    def of(self, index: Index) -> Iterator[FigureMetadata]:
        """The row of an index and of all that is in it."""
        yield self._row(index, index, None)
        yield from self._below(index, None)

    def _below(self, index: Index, group: int | None) -> Iterator[FigureMetadata]:
        parent = None if group is None else index.groups[group].code
        for at in index.nodes[group].groups:
            yield self._row(index, index.groups[at], parent)
            yield from self._below(index, at)
        for at in index.nodes[group].indicators:
            yield self._row(index, index.indicators[at], parent)

    def _row(self, index: Index, part: Part, parent: str | None) -> FigureMetadata:
        said = [_say(each, index, part) for each in self._speakers]
        about = None if isinstance(part, Group) else part.about
        status = status_of(self.instrument, index, part)
        return FigureMetadata(
            kind=_kind(part),
            index=index.code,
            code=part.code,
            parent=parent,
            name=part.name,
            concept=told(about, "concept"),
            definition=before(about, "definition", _text(*(each.definition for each in said))),
            interpretation=_interpretation(about, *(each.interpretation for each in said)),
            formula=_text(*(each.formula for each in said)),
            measure=instead(about, "measure", _text(*(each.measure for each in said))),
            unit=instead(about, "unit", _text(*(each.unit for each in said))),
            classification=self.classification,
            components=_components(index, part),
            variables=variables_of(self.instrument, index, part),
            sources=sources_of(self.instrument, index, part),
            status=status,
            instrument_status=self.instrument.status,
            status_note=status_note(status, self.instrument.status),
            note=part.note if isinstance(part, Indicator) else None,
            sensitive=_is_sensitive(index, part),
            public=self.public,
        )


def _say(wording: Wording, index: Index, part: Part) -> _Said:
    if isinstance(part, Indicator):
        return _Said(
            figures.indicator_definition(wording, index, part),
            figures.indicator_interpretation(wording, index, part),
            formulas.indicator_formula(wording, index, part),
            *figures.share_measure(wording),
        )
    if isinstance(part, Group):
        at = index.groups.index(part)
        return _Said(
            figures.group_definition(wording, index, at),
            figures.group_interpretation(wording, index),
            formulas.group_formula(wording, index, at),
            *figures.measure_and_unit(wording, index, at),
        )
    return _Said(
        figures.index_definition(wording, index),
        figures.index_interpretation(wording, index),
        formulas.index_formula(wording, index),
        *figures.measure_and_unit(wording, index, None),
    )


def _text(indonesian: str, english: str) -> Text:
    return Text(id=indonesian, en=english)


def _interpretation(about: Mapping[str, object] | None, indonesian: str | None, english: str | None) -> Text | None:
    if indonesian is None or english is None:
        return told(about, "interpretation")
    return instead(about, "interpretation", _text(indonesian, english))


def _kind(part: Part) -> Kind:
    return "index" if isinstance(part, Index) else "group" if isinstance(part, Group) else "indicator"


def _components(index: Index, part: Part) -> tuple[str, ...]:
    if isinstance(part, Indicator):
        return ()
    return tuple(each.code for each in formulas.parts_of(index, _position(index, part)))


def _is_sensitive(index: Index, part: Part) -> bool:
    """Whether the figure depends on an answer that is given in private."""
    if isinstance(part, Indicator):
        return index.indicators.index(part) in index.sensitive
    of_index = isinstance(part, Index) and index.reveals
    return of_index or any(at in index.sensitive for at in indicators_within(index, _position(index, part)))


def _position(index: Index, part: Index | Group) -> int | None:
    return None if isinstance(part, Index) else index.groups.index(part)


def _breakdowns(instrument: Instrument) -> Iterator[Text]:
    """Names of what the file says that figures are divided by."""
    for code in instrument.breakdowns:
        if code in instrument.question:
            yield instrument.question[code].text
        elif code in instrument.fact:
            yield instrument.fact[code].name
        elif code in _OF_REGION:
            yield _OF_REGION[code]
