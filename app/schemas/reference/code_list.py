"""Responses with the code lists of case statistics."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.schemas.shapes import Out, is_null
from app.scoring.parts import Text
from app.statistics.code_lists import DIMENSIONS, Code, CodeList
from app.statistics.counts import DIVIDED_BY, UNITS, Unit, counts_several


class CodeEntryOut(Out):
    code: str
    name: Text
    age_status: Literal["child", "adult"] | None = Field(
        default=None, exclude_if=is_null, description="Of an age group: the age status that it lies in"
    )
    withdrawn: date | None = Field(
        default=None, exclude_if=is_null, description="The first day of the periods that may not use the code any more"
    )
    use: str | None = Field(default=None, exclude_if=is_null, description="The code that takes its place")

    @classmethod
    def of(cls, code: Code) -> "CodeEntryOut":
        return cls.model_validate(
            {
                "code": code.code,
                "name": Text(id=code.name[0], en=code.name[1]),
                "age_status": code.age_status,
                "withdrawn": code.withdrawn,
                "use": code.use,
            }
        )


class CodeListOut(Out):
    """The codes by which counts of some units are broken down."""

    code: str
    name: Text
    units: list[Unit] = Field(description="The units that may be broken down by it")
    several: list[Unit] = Field(
        description="The units of which one may count under several codes, so that the sum of the codes may exceed it"
    )
    source: str
    url: str
    codes: list[CodeEntryOut]

    @classmethod
    def of(cls, listed: CodeList) -> "CodeListOut":
        dimension = next(each for each in DIMENSIONS if each == listed.code)
        units = [unit for unit in UNITS if dimension in DIVIDED_BY[unit]]
        return cls(
            code=listed.code,
            name=Text(id=listed.name[0], en=listed.name[1]),
            units=units,
            several=[unit for unit in units if counts_several(unit, dimension)],
            source=listed.source,
            url=listed.url,
            codes=[CodeEntryOut.of(each) for each in listed.codes.values()],
        )
