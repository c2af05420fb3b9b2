"""Exports of submissions: why they are made, what they hold, and the codebook of their columns."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from app.schemas.shapes import Out
from app.scoring.parts import Text

ExportPurpose = Literal["checking", "supervision", "statistics", "evaluation"]
EXPORT_PURPOSES: Final[Mapping[ExportPurpose, Text]] = MappingProxyType(
    {
        "checking": Text(id="Memeriksa mutu wawancara.", en="To check the quality of interviews."),
        "supervision": Text(id="Mendampingi kader dan memantau putaran.", en="To supervise kader and follow a round."),
        "statistics": Text(id="Menghitung statistik.", en="To compute statistics."),
        "evaluation": Text(id="Mengevaluasi instrumen atau program.", en="To evaluate an instrument or a programme."),
    }
)
"""Why somebody exports submissions. The audit log keeps the code."""
if set(get_args(ExportPurpose)) != set(EXPORT_PURPOSES):
    raise AssertionError("ExportPurpose names every purpose of an export")

ExportFormat = Literal["csv", "ndjson", "xlsx"]
ExportLabels = Literal["codes", "id", "en"]
ExportTable = Literal["interviews", "rosters"]
LeftOut = Literal["sensitive", "text"]
ColumnType = Literal[
    "id",
    "code",
    "codes",
    "region",
    "name",
    "moment",
    "flag",
    "outcome",
    "roster",
    "choice",
    "several",
    "integer",
    "decimal",
    "date",
    "text",
]
WordedPurpose = Annotated[
    ExportPurpose,
    Field(
        description="Why you export, from a fixed list. The audit log keeps the code. "
        + " ".join(f"`{code}`: {text.en}" for code, text in EXPORT_PURPOSES.items())
    ),
]


class ColumnOptionOut(Out):
    """A code that a column can hold, with its label in both languages."""

    code: str
    id: str
    en: str | None


class ExportColumnOut(Out):
    """A column of an export, or a question that the export leaves out."""

    column: str = Field(description="The name of the column. With labels, headings begin with another text")
    table: ExportTable = Field(description="`rosters` has a row for each row of a roster, and `interviews` all others")
    type: ColumnType
    id: str = Field(description="What the column means, or the text of the question, in Indonesian")
    en: str | None = Field(description="The same in English. null if the instrument has no English text")
    unit: str | None
    options: list[ColumnOptionOut] = Field(description="The codes of a choice, also `refused` and `dont_know`")
    sensitive: bool = Field(description="Whether it tells something of a question that is asked in private")
    versions: list[str] = Field(description="The versions of the instrument that have it")
    left_out: LeftOut | None = Field(
        description="Why your export has no such column. `sensitive`: you do not hold `submissions:sensitive` in the "
        "whole region. `text`: what families said in their own words is never exported. null if it has the column"
    )


class CodebookOut(Out):
    instrument: str
    versions: list[str] = Field(description="The versions whose interviews are exported together, the latest first")
    columns: list[ExportColumnOut]
