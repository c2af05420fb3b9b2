"""Responses with the metadata of the figures of a release, in the fields that Satu Data Indonesia asks for."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from pydantic import Field

from app.schemas.releases.release import ReleaseRefOut
from app.schemas.shapes import Out
from app.scoring.instrument import Instrument, QuestionType, Source
from app.scoring.metadata import EstimationLevel, FigureMetadata, Kind, figure_metadata
from app.scoring.metadata_parts import status_note
from app.scoring.metadata_variables import VariableMetadata, variable_metadata
from app.scoring.parts import Status, Text

FREQUENCY: Final = Text(
    id="Tahunan, menurut tahun wawancara. Setiap keluarga dihitung sekali setahun",
    en="Yearly, by the year of the interview. Each family counts once a year",
)
_PUBLIC: Final = "`dapat diakses umum`. null if nobody said so"


class MetadataSourceOut(Out):
    """A source that the instrument names."""

    code: str
    title: str
    url: str | None

    @classmethod
    def of(cls, source: Source) -> "MetadataSourceOut":
        return cls(code=source.code, title=source.title, url=source.url)


class IndicatorMetadataOut(Out):
    """The metadata of an index, a group or an indicator: form MS-Ind of Peraturan BPS 5/2020.

    What neither the rules of the instrument nor its author say is null.
    """

    kind: Kind
    index: str = Field(description="Code of the index")
    code: str
    parent: str | None = Field(description="Code of the group that it is in")
    name: Text = Field(description="`nama indikator`")
    concept: Text | None = Field(description="`konsep`, if the author of the instrument wrote one")
    definition: Text = Field(description="`definisi`, with the conditions in words")
    interpretation: Text | None = Field(description="`interpretasi`, with the categories and their status")
    formula: Text = Field(
        description="`metode/rumus penghitungan`. The first sentence is the formula, in which `[code]` stands for the "
        "value of the part with that code"
    )
    measure: Text = Field(description="`ukuran`. Of an index, that of its headline")
    unit: Text = Field(description="`satuan`")
    classification: list[Text] = Field(description="`klasifikasi penyajian`, by what figures are divided")
    composite: bool = Field(description="`indikator komposit`")
    components: list[str] = Field(description="`indikator pembangun`, codes of what stands directly below")
    variables: list[str] = Field(description="`variabel pembangun`, codes of the questions that decide it")
    estimation_levels: list[EstimationLevel] = Field(description="`level estimasi`")
    public: bool | None = Field(description=_PUBLIC)
    sources: list[MetadataSourceOut]
    status: Status = Field(description="The weakest status of all that makes the figure")
    instrument_status: Status
    status_note: Text | None = Field(description="Say this beside every figure. null only if it is official")
    note: str | None = Field(description="What the author of the instrument knows and assumes, in one language")
    sensitive: bool = Field(description="It depends on an answer that is given in private")

    @classmethod
    def of(cls, row: FigureMetadata) -> "IndicatorMetadataOut":
        return cls(
            kind=row.kind,
            index=row.index,
            code=row.code,
            parent=row.parent,
            name=row.name,
            concept=row.concept,
            definition=row.definition,
            interpretation=row.interpretation,
            formula=row.formula,
            measure=row.measure,
            unit=row.unit,
            classification=list(row.classification),
            composite=row.composite,
            components=list(row.components),
            variables=list(row.variables),
            estimation_levels=list(row.estimation_levels),
            public=row.public,
            sources=[MetadataSourceOut.of(each) for each in row.sources],
            status=row.status,
            instrument_status=row.instrument_status,
            status_note=row.status_note,
            note=row.note,
            sensitive=row.sensitive,
        )


class IndicatorOfVariableOut(Out):
    """An indicator that reads a question."""

    index: str
    code: str


class VariableMetadataOut(Out):
    """The metadata of a question: form MS-Var of Peraturan BPS 5/2020. Answers of families are never public."""

    code: str
    question: Text = Field(description="`kalimat pertanyaan`")
    type: QuestionType = Field(description="`tipe data`")
    unit: str | None = Field(description="`satuan`")
    classification: list[Text] = Field(description="`klasifikasi isian`, the options")
    validation: Text | None = Field(description="`aturan validasi`")
    roster: Text | None = Field(description="The roster in whose rows it is asked")
    asked_when: Text | None = Field(description="Whom it is asked. null for everybody")
    sensitive: bool
    indicators: list[IndicatorOfVariableOut]
    public: bool = Field(description="`dapat diakses umum`")

    @classmethod
    def of(cls, row: VariableMetadata) -> "VariableMetadataOut":
        return cls(
            code=row.code,
            question=row.question,
            type=row.type,
            unit=row.unit,
            classification=list(row.classification),
            validation=row.validation,
            roster=row.roster,
            asked_when=row.asked_when,
            sensitive=row.sensitive,
            indicators=[IndicatorOfVariableOut(index=index, code=code) for index, code in row.indicators],
            public=row.public,
        )


class ReleaseMetadataOut(Out):
    """The metadata of all figures of a release, with what its instrument says of the survey."""

    standard: Literal["Peraturan BPS 5/2020"] = "Peraturan BPS 5/2020"
    instrument: str
    version: str
    title: Text = Field(description="`nama kegiatan`, the title of the instrument")
    description: Text | None
    status: Status
    status_note: Text | None = Field(description="Say this beside every figure. null only if it is official")
    digest: str = Field(description="Hash of the bytes of the instrument's file")
    valid_from: date
    valid_to: date | None
    year: int | None = Field(description="The year that the figures are of")
    release: ReleaseRefOut | None = Field(default=None, description="The release that publishes the figures")
    frequency: Text
    indicators: list[IndicatorMetadataOut]
    variables: list[VariableMetadataOut]

    @classmethod
    def of(
        cls,
        instrument: Instrument,
        *,
        year: int | None = None,
        breakdowns: Sequence[Text] = (),
        public: bool | None = None,
    ) -> "ReleaseMetadataOut":
        """breakdowns: names of what the release divides figures by. public: whether everybody may read it"""
        rows = figure_metadata(instrument, breakdowns=breakdowns, public=public)
        return cls(
            instrument=instrument.code,
            version=instrument.version,
            title=instrument.title,
            description=instrument.description,
            status=instrument.status,
            status_note=status_note(instrument.status, instrument.status),
            digest=instrument.digest,
            valid_from=instrument.valid_from,
            valid_to=instrument.valid_to,
            year=year,
            frequency=FREQUENCY,
            indicators=[IndicatorMetadataOut.of(each) for each in rows],
            variables=[VariableMetadataOut.of(each) for each in variable_metadata(instrument)],
        )
