"""The breakdowns of an instrument's figures, and the group of each that a family belongs to.

Two are of every instrument: the sex of the head of the family, and the number of its members. Two are of villages as a
whole: `region.kind` is read from the code of the village, and `region.urban` is what the operator loaded. An instrument
names more in `breakdowns`: choice questions and facts. The bounds of the number of members are our own choice and not
official.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.protection.parameters import Parameters
from app.protection.secrets import Draws
from app.regions.codes import RegionKind, kind_of
from app.scoring.conditions import Classes, OfPerson, Pick
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument
from app.scoring.parts import Text

HEAD_SEX: Final = "head_sex"
FAMILY_SIZE: Final = "family_size"
REGION_KIND: Final = "region.kind"
REGION_URBAN: Final = "region.urban"
UNKNOWN: Final = "unknown"
"""The group of families that did not give the answer, until they are divided among the others (`parted`)."""
NOT_ASKED: Final = "not_asked"
"""The group of families that the question was not for."""
MIXED: Final = "mixed"
"""The group of small villages of several groups, whose figures are made together."""
_SIZES: Final = (("1-2", 2), ("3-4", 4))
_LARGEST: Final = "5+"


@dataclass(frozen=True, slots=True)
class Grouping:
    """A breakdown with its groups in order, by code.

    of_villages: whether all families of a village are in one group
    sensitive: whether a group tells an answer that is given in private
    conditional: whether the question is for some families only
    """

    code: str
    name: Text
    groups: Mapping[str, Text]
    of_villages: bool = False
    sensitive: bool = False
    conditional: bool = False

    @property
    def needed(self) -> frozenset[str]:
        """The groups that every table has. Nobody may conclude that a group which is left out has no families."""
        left_out = {UNKNOWN} if self.conditional else {UNKNOWN, NOT_ASKED}
        return frozenset(self.groups.keys() - left_out)

    def base_of(self, base: int, parameters: Parameters) -> int:
        """The base of the counts of an indicator by these groups, from that of the indicator."""
        return max(base, parameters.sensitive_base) if self.sensitive else base


_TOGETHER: Final = Text(id="Desa kecil yang dihitung bersama", en="Small villages that are counted together")


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
            MIXED: _TOGETHER,
        },
        of_villages=True,
    ),
    Grouping(
        REGION_URBAN,
        Text(id="Perkotaan atau perdesaan", en="Urban or rural"),
        {
            "urban": Text(id="Perkotaan", en="Urban"),
            "rural": Text(id="Perdesaan", en="Rural"),
            MIXED: _TOGETHER,
        },
        of_villages=True,
    ),
)
_UNANSWERED: Final = {
    NOT_ASKED: Text(id="Tidak ditanyakan", en="Not asked"),
    UNKNOWN: Text(id="Tidak dijawab", en="Not answered"),
}
_OF_PERSONS: Final[Mapping[str, Mapping[str, Text]]] = {
    "sex": _EVERYWHERE[0].groups,
    "relation": {
        "head": Text(id="Kepala keluarga", en="Head of the family"),
        "spouse": Text(id="Suami atau istri", en="Husband or wife"),
        "child": Text(id="Anak", en="Child"),
        "other": Text(id="Lainnya", en="Other"),
    },
}


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
    question, fact = instrument.question.get(code), instrument.fact.get(code)
    reads = {code} if fact is None else instrument.questions_read(fact.formula)
    name = instrument.fact[code].name if question is None else question.text
    groups = {**_choices(code, instrument), **_UNANSWERED}
    sensitive = bool(reads & instrument.sensitive_questions)
    return Grouping(
        code, name, groups, sensitive=sensitive, conditional=question is not None and question.ask_when is not None
    )


def _choices(name: str, instrument: Instrument) -> Mapping[str, Text]:
    """What a name of kind choice can be, with texts."""
    question = instrument.question.get(name)
    if question is not None:
        return {each.code: each.text for each in instrument.option_lists[question.options or ""]}
    match instrument.fact[name].formula:
        case Classes(classes=classes):
            return {each.code: Text.model_validate({"en": each.text["id"], **each.text}) for each in classes}
        case Pick(name=of):
            return _choices(of, instrument)
        case OfPerson(part=part):
            return _OF_PERSONS.get(part, {})
    return {}


def size_group(members: int) -> str:
    """The group of a family by its number of members."""
    return next((code for code, most in _SIZES if members <= most), _LARGEST)


def kind_group(village: str) -> RegionKind:
    """The group of a village by its code."""
    return kind_of(village)


def urban_group(urban: bool) -> str:
    """The group of a village by what the operator loaded."""
    return "urban" if urban else "rural"


def joint_group(groups: Iterable[str]) -> str:
    """The group of villages whose figures are made together, from the group of each."""
    found = set(groups)
    return found.pop() if len(found) == 1 else MIXED


def answer_group(grouping: Grouping, reading: Reading) -> str:
    """The group of a family by its answers, in a breakdown that the instrument names."""
    value = reading.value(grouping.code)
    if isinstance(value, str):
        return value
    question = reading.instrument.question.get(grouping.code)
    return UNKNOWN if question is None or reading.asked(question.code) is not False else NOT_ASKED


def parted(families: Mapping[str, Sequence[str]], draws: Draws) -> dict[str, list[str]]:
    """The outcomes of a village's families by group, where those that did not answer are divided among the others.

    Each is drawn in proportion to the families that answered, so that a handful of refusals hides no breakdown. They
    are left as they are where nobody answered.
    """
    found = {code: list(of) for code, of in families.items()}
    known = sorted(found.keys() - {UNKNOWN, NOT_ASKED})
    if known:
        weights = [len(found[code]) for code in known]
        for each in sorted(found.pop(UNKNOWN, [])):
            found[known[draws.pick(weights)]].append(each)
    return found
