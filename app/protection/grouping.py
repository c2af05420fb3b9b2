"""The breakdowns of an instrument's figures, and the group of each that a family belongs to.

Two are of every instrument: the sex of the head of the family, and the number of its members. An instrument names more
in `breakdowns`: choice questions and facts. `region.kind` is read from the code of the village. The bounds of the
number of members are our own choice and not official.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.regions.codes import RegionKind, kind_of
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument
from app.scoring.parts import Text

HEAD_SEX: Final = "head_sex"
FAMILY_SIZE: Final = "family_size"
REGION_KIND: Final = "region.kind"
UNKNOWN: Final = "unknown"
"""The group of families that did not give the answer."""
_SIZES: Final = (("1-2", 2), ("3-4", 4))
_LARGEST: Final = "5+"


@dataclass(frozen=True, slots=True)
class Grouping:
    """A breakdown with its groups in order, by code. of_villages: whether all families of a village are in one group"""

    code: str
    name: Text
    groups: Mapping[str, Text]
    of_villages: bool = False


_EVERYWHERE: Final = (
    Grouping(
        HEAD_SEX,
        Text(id="Jenis kelamin kepala keluarga", en="Sex of the head of the family"),
        {"female": Text(id="Perempuan", en="Female"), "male": Text(id="Laki-laki", en="Male")},
    ),
    Grouping(
        FAMILY_SIZE,
        Text(id="Jumlah anggota keluarga", en="Number of family members"),
        {
            "1-2": Text(id="1–2 orang", en="1–2 people"),
            "3-4": Text(id="3–4 orang", en="3–4 people"),
            _LARGEST: Text(id="5 orang atau lebih", en="5 people or more"),
        },
    ),
    Grouping(
        REGION_KIND,
        Text(id="Kelurahan atau desa", en="Kelurahan or desa"),
        {
            "kelurahan": Text(id="Kelurahan", en="Kelurahan"),
            "desa": Text(id="Desa", en="Desa"),
            "desa adat": Text(id="Desa adat", en="Desa adat"),
        },
        of_villages=True,
    ),
)
_NOT_ANSWERED: Final = Text(id="Tidak dijawab", en="Not answered")


@lru_cache(maxsize=256)
def groupings_of(instrument: Instrument) -> tuple[Grouping, ...]:
    """All breakdowns of an instrument, those of every instrument first."""
    return _EVERYWHERE + tuple(
        _named(code, instrument) for code in instrument.breakdowns if _is_named(code, instrument)
    )


def _is_named(code: str, instrument: Instrument) -> bool:
    """Whether it is a choice of the instrument that every instrument does not have already."""
    return code != HEAD_SEX and (code in instrument.question or code in instrument.fact)


def _named(code: str, instrument: Instrument) -> Grouping:
    if code in instrument.question:
        question = instrument.question[code]
        options = instrument.option_lists[question.options or ""]
        groups = {each.code: each.text for each in options}
        return Grouping(code, question.text, {**groups, UNKNOWN: _NOT_ANSWERED})
    fact = instrument.fact[code]
    return Grouping(code, fact.name, {UNKNOWN: _NOT_ANSWERED})


def size_group(members: int) -> str:
    """The group of a family by its number of members."""
    return next((code for code, most in _SIZES if members <= most), _LARGEST)


def kind_group(village: str) -> RegionKind:
    """The group of a village by its code."""
    return kind_of(village)


def answer_group(grouping: Grouping, reading: Reading) -> str:
    """The group of a family by its answers, in a breakdown that the instrument names."""
    value = reading.value(grouping.code)
    return value if isinstance(value, str) else UNKNOWN
