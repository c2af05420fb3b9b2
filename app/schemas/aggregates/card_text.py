"""The JSON of an aggregate, and where the moment of reading stands in it.

A released card is stored as JSON. The release and the progress are put behind its members, and nothing of it is read.
"""

from datetime import datetime
from typing import NamedTuple

from app.schemas.aggregates.aggregate import AggregateOut
from app.schemas.releases.release import ProgressOut, ReleaseRefOut

_MOMENT = '"as_of":"%s"'


class CardText(NamedTuple):
    """A JSON object with the moment between each two of its parts."""

    parts: tuple[bytes, ...]
    moment: bytes

    @classmethod
    def of(cls, text: str, at: datetime) -> "CardText":
        """at: the moment of reading. Figures that are older have moments of their own, which stay in the parts."""
        moment = shown(at)
        before, _, after = _MOMENT.partition("%s")
        pieces = text.split(_MOMENT % moment)
        parts = [piece if not position else after + piece for position, piece in enumerate(pieces)]
        parts = [*(part + before for part in parts[:-1]), parts[-1]]
        return cls(tuple(part.encode() for part in parts), moment.encode())

    @property
    def body(self) -> bytes:
        """The whole JSON."""
        return self.moment.join(self.parts)

    @property
    def figures(self) -> bytes:
        """The same without the moment, which is new each time."""
        return b"".join(self.parts)


def shown(at: datetime) -> str:
    """A moment in UTC as JSON has it."""
    return at.isoformat().replace("+00:00", "Z")


def write_exact(aggregate: AggregateOut) -> CardText:
    """The JSON of exact figures."""
    return CardText.of(aggregate.model_dump_json(), aggregate.as_of)


def write_released(card: str, release: ReleaseRefOut | None, progress: ProgressOut) -> CardText:
    """The JSON of released figures. card: the JSON of a card, without its release and progress"""
    reference = "null" if release is None else release.model_dump_json()
    return CardText.of(f'{card[:-1]},"release":{reference},"progress":{progress.model_dump_json()}}}', progress.as_of)
