"""Requests and responses with definitions of context indicators."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from app.problems.fault_texts import Texts
from app.schemas.decimals import ExactNumber, PlainNumber
from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In, Out
from app.schemas.statistics.source import LinkedSourceIn, SourceOut
from app.scoring.parts import Text
from app.statistics.indicators import MOST_DECIMALS, Indicator, IndicatorKind, plain_number

IndicatorCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="Code of the context indicator",
        examples=["child-marriage"],
    ),
    WITHOUT_NUMBER,
]
PartCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", examples=["madya"]), WITHOUT_NUMBER]
UnitCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z_]{0,29}$",
        description="`percent`, `per_mille`, `people`, `families`, `score`, `index`, `none`, or another one that "
        "`unit_name` names",
        examples=["percent"],
    ),
]


class NameIn(In):
    """A name in both languages."""

    id: Annotated[str, Line(200), WITHOUT_NUMBER, Field(examples=["Perkawinan anak"])]
    en: Annotated[str, Line(200), WITHOUT_NUMBER, Field(examples=["Child marriage"])]


class MeaningIn(In):
    """A definition in both languages."""

    id: Annotated[str, Line(1000), WITHOUT_NUMBER, Field(examples=["Persentase perempuan yang menikah di bawah umur"])]
    en: Annotated[str, Line(1000), WITHOUT_NUMBER, Field(examples=["Share of women who married as children"])]


class CategoryIn(In):
    code: PartCode
    name: NameIn


class BandIn(In):
    """A published band of values. It begins with `from` and ends before `below`."""

    code: PartCode
    name: NameIn
    first: Annotated[ExactNumber, Field(alias="from", description="The first value of the band", examples=[601])]
    below: Annotated[ExactNumber, Field(description="The first value after the band", examples=[701])] | None = None


class IndicatorIn(In):
    """The definition of a context indicator."""

    kind: Annotated[
        IndicatorKind,
        Field(description="What a figure is: a `number`, a `category` of a list, or whether something is `present`"),
    ]
    name: NameIn
    definition: MeaningIn
    source: Annotated[LinkedSourceIn, Field(description="Where the definition and its bands were published")]
    status: Annotated[
        Literal["official", "provisional"],
        Field(description="`official` is a ministry's or the statistics office's own definition"),
    ]
    unit: Annotated[UnitCode, Field(description="Only of a number")] | None = None
    unit_name: Annotated[NameIn, Field(description="Only of a number. Needed for a unit of your own")] | None = None
    decimals: (
        Annotated[
            int,
            Field(strict=True, ge=0, le=MOST_DECIMALS, description="The most decimal places of a number", examples=[2]),
        ]
        | None
    ) = None
    minimum: Annotated[ExactNumber, Field(description="The smallest number", examples=[0])] | None = None
    maximum: Annotated[ExactNumber, Field(description="The largest number", examples=[100])] | None = None
    categories: (
        Annotated[list[CategoryIn], Field(min_length=1, max_length=50, description="Only of a category, in order")]
        | None
    ) = None
    bands: (
        Annotated[
            list[BandIn],
            Field(
                min_length=1,
                max_length=50,
                description="Published bands of a number, from the lowest on",
                examples=[[{"code": "madya", "name": {"id": "Madya", "en": "Madya"}, "from": 601, "below": 701}]],
            ),
        ]
        | None
    ) = None

    def definition_of(self) -> dict[str, Any]:
        """The members that were sent, as the service keeps them."""
        return self.model_dump(mode="python", by_alias=True, exclude_none=True)


class CategoryOut(Out):
    code: str
    name: Text


class BandOut(Out):
    """A published band of values. It begins with `from` and ends before `below`."""

    code: str
    name: Text
    first: PlainNumber = Field(alias="from")
    below: PlainNumber | None


class IndicatorOut(Out):
    """A context indicator and its definition."""

    code: str
    kind: IndicatorKind
    name: Text
    definition: Text
    source: SourceOut
    status: Literal["official", "provisional"]
    unit: str | None = Field(description="null for a category and for what is present or not")
    unit_name: Text | None
    decimals: int | None
    minimum: PlainNumber | None
    maximum: PlainNumber | None
    categories: list[CategoryOut] | None
    bands: list[BandOut] | None = Field(
        description="What was published about values. No figure gets a band or a category from it"
    )
    changed_at: datetime

    @classmethod
    def of(cls, indicator: Indicator, changed_at: datetime) -> "IndicatorOut":
        kept = {name: _plain(value) for name, value in indicator.definition.items()}
        kept["bands"] = [{"below": None, **each} for each in kept["bands"]] if "bands" in kept else None
        absent = dict.fromkeys(("unit", "decimals", "minimum", "maximum", "categories"))
        unit_name = text_of(indicator.unit_name)
        made = {**absent, **kept, "code": indicator.code, "unit_name": unit_name, "changed_at": changed_at}
        return cls.model_validate(made)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return plain_number(value) if isinstance(value, Decimal) else value


def text_of(texts: Texts | None) -> Text | None:
    """Both texts as a response has them."""
    return None if texts is None else Text(id=texts[0] or "–", en=texts[1] or "–")
