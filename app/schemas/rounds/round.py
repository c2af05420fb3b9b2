"""Requests and responses about rounds of interviews."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from app.schemas.intake.change_kinds import ChangeKind
from app.schemas.lines import Line
from app.schemas.moments import Day
from app.schemas.rounds.states import Design, RoundStatus
from app.schemas.shapes import WITHOUT_NUMBER, In, InstrumentCode, InstrumentVersion, Out, RegionCode

MOST_VILLAGES: Final = 5000
_MOST_EXPECTED: Final = 100_000

RoundName = Annotated[str, Line(200), WITHOUT_NUMBER, Field(examples=["Pendataan IKK 2026 Kota Banjarbaru"])]


class RoundVillageIn(In):
    """A village in which families are interviewed."""

    region: RegionCode
    expected: (
        Annotated[
            int,
            Field(
                strict=True,
                ge=1,
                le=_MOST_EXPECTED,
                description="How many families are to be interviewed: all of the village, or those of the sample",
                examples=[240],
            ),
        ]
        | None
    ) = None


class RoundIn(In):
    """A round of interviews: which villages, with which instrument, and from which day to which."""

    name: RoundName
    instrument: InstrumentCode
    version: InstrumentVersion
    design: Annotated[
        Design, Field(description="`census` if every family is to be interviewed, `sample` if only some are")
    ]
    opens_on: Annotated[Day, Field(description="The first day of interviews, in the time of each village")]
    closes_on: Annotated[
        Day, Field(description="The last day of interviews, in the same year as `opens_on`. It is a day of the round")
    ]
    villages: Annotated[list[RoundVillageIn], Field(min_length=1, max_length=MOST_VILLAGES)]


_ONLY_READERS: Final = "null for whoever may only send submissions there"


class RoundCoverageOut(Out):
    """How many interviews of a round there are, in one village or in several together."""

    expected: int | None = Field(description="null if nobody said how many for one of the villages")
    interviewed: int = Field(description="Families that count in the aggregates with an interview of this round")
    coverage: float | None = Field(
        description="interviewed ÷ expected. It is above 1 if there are more than expected, and null without `expected`"
    )
    accepted: int | None = Field(description=f"Interviews that nobody has taken up for review. {_ONLY_READERS}")
    in_review: int | None = Field(description=_ONLY_READERS)
    approved: int | None = Field(description=_ONLY_READERS)
    returned: int | None = Field(description=_ONLY_READERS)
    rejected: int | None = Field(description=_ONLY_READERS)
    late: int | None = Field(description=f"Interviews that arrived after the round was closed. {_ONLY_READERS}")
    after_settlement: int | None = Field(
        description=f"Interviews that arrived after the round was settled. {_ONLY_READERS}"
    )
    held: int | None = Field(
        description=f"Open held submissions that arrived since the round opened there. {_ONLY_READERS}"
    )

    @classmethod
    def members_of(cls, row: Any, *, whole: bool) -> dict[str, Any]:
        """The members, from a row of counts. `whole` says whether the reader gets all of them."""
        expected, interviewed = row["expected"], row["interviewed"]
        shown = {name: row[name] if whole else None for name in STATES}
        coverage = None if expected is None else round(interviewed / expected, 4)
        return {"expected": expected, "interviewed": interviewed, "coverage": coverage, **shown}


STATES: Final = ("accepted", "in_review", "approved", "returned", "rejected", "late", "after_settlement", "held")
"""The counts that whoever only sends submissions is not told."""


class RoundRowOut(Out):
    """A round in a list."""

    id: UUID
    name: str
    span: str = Field(description="The smallest region that holds all its villages")
    instrument: str
    version: str
    design: Design
    year: int
    opens_on: date
    closes_on: date
    status: RoundStatus = Field(
        description="`planned` before its first day, `open` until its last day or until somebody closes it, `closed` "
        "until somebody settles it, then `settled`"
    )
    closed_at: datetime | None = Field(description="When somebody closed it before the end of its last day")
    settled_at: datetime | None
    created_at: datetime
    villages: int = Field(description="How many of its villages lie in your regions")


class RoundOut(RoundRowOut):
    """A round with the counts of all its villages in your regions together."""

    totals: RoundCoverageOut


class RoundVillageOut(RoundCoverageOut):
    """A village of a round with its counts."""

    region: str
    dotted: str
    opens_at: datetime = Field(description="An interview belongs to the round if it was held from then on")
    ends_at: datetime = Field(description="An interview belongs to the round if it was held before")
    late_from: datetime = Field(description="What the service receives from then on is late")


class RoundChangeOut(Out):
    """A change to an interview of a round after the round was settled."""

    kind: ChangeKind
    submission: UUID = Field(description="Its id. After it was erased, nothing else is known of it")
    region: str
    at: datetime
