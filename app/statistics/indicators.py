"""Context indicators: what a definition may say, and which figures fit it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from app.problems import Expected, Fault, pointer, shaped
from app.problems.fault_texts import FaultCode, Texts

IndicatorKind = Literal["number", "category", "present"]
FigureMember = Literal["value", "category", "present"]

SHIPPED_INDICATORS: Final = Path(__file__).with_name("context_indicators.toml")
MOST_DECIMALS: Final = 4
MOST_DIGITS: Final = 15
"""The digits that every program keeps of a number, also one that reads it as a double."""
UNITS: Final[Mapping[str, Texts]] = {
    "percent": ("%", "%"),
    "per_mille": ("‰", "‰"),
    "people": ("orang", "people"),
    "families": ("keluarga", "families"),
    "score": ("nilai", "score"),
    "index": ("indeks", "index"),
    "none": ("", ""),
}
"""Units that have a name here. A definition with another unit names it itself."""

_MEMBER: Final[Mapping[IndicatorKind, FigureMember]] = {"number": "value", "category": "category", "present": "present"}
_NEEDED: Final[Mapping[IndicatorKind, Sequence[str]]] = {
    "number": ("unit", "decimals"),
    "category": ("categories",),
    "present": (),
}
_ALLOWED: Final[Mapping[IndicatorKind, Sequence[str]]] = {
    "number": ("unit", "unit_name", "decimals", "minimum", "maximum", "bands"),
    "category": ("categories",),
    "present": (),
}
_OF_KINDS: Final = ("unit", "unit_name", "decimals", "minimum", "maximum", "categories", "bands")


@dataclass(frozen=True, slots=True)
class Figure:
    """What was reported. One member is filled in, by the kind of the indicator."""

    value: Decimal | int | None = None
    category: str | None = None
    present: bool | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A context indicator. `definition` holds every member as it was sent, without those that were left out."""

    code: str
    definition: Mapping[str, Any]

    @property
    def kind(self) -> IndicatorKind:
        kind: IndicatorKind = self.definition["kind"]
        return kind

    @property
    def member(self) -> FigureMember:
        """The member that a figure fills in."""
        return _MEMBER[self.kind]

    @property
    def name(self) -> Texts:
        return _texts(self.definition["name"])

    @property
    def unit(self) -> str | None:
        unit: str | None = self.definition.get("unit")
        return unit

    @property
    def unit_name(self) -> Texts | None:
        named = self.definition.get("unit_name")
        return _texts(named) if named is not None else None if self.unit is None else UNITS[self.unit]

    @property
    def decimals(self) -> int:
        return int(self.definition.get("decimals", 0))

    @property
    def categories(self) -> dict[str, Texts]:
        """The names by code, in their order."""
        return {each["code"]: _texts(each["name"]) for each in self.definition.get("categories", ())}

    @property
    def bounds(self) -> tuple[Decimal | int, Decimal | int]:
        """The smallest and the largest value. Without bounds of its own, they are the largest of MOST_DIGITS digits."""
        largest = Decimal(10 ** (MOST_DIGITS) - 1).scaleb(-self.decimals)
        return self.definition.get("minimum", -largest), self.definition.get("maximum", largest)

    @property
    def example(self) -> int | float | str | bool:
        """A figure that fits."""
        if self.kind == "category":
            return next(iter(self.categories))
        if self.kind == "present":
            return True
        lowest, highest = self.bounds
        usual = Decimal("10.5375").quantize(Decimal(1).scaleb(-self.decimals))
        return plain_number(usual if lowest <= usual <= highest else lowest)


def _texts(named: Mapping[str, str]) -> Texts:
    return named["id"], named["en"]


def plain_number(number: Decimal | int) -> int | float:
    """The number as JSON has it. It is exact up to MOST_DIGITS digits."""
    return int(number) if number == int(number) else float(number)


def read_definition(text: str) -> dict[str, Any]:
    """A stored definition, whose numbers are exact."""
    found: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return found


def write_definition(definition: Mapping[str, Any]) -> str:
    """The stored form of a definition, the same for the same content."""
    return json.dumps(definition, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> int | float | str:
    return plain_number(value) if isinstance(value, Decimal) else str(value)


def decimals_of(number: Decimal | int) -> int:
    """How many decimal places a number has, without zeros at the end."""
    if isinstance(number, int) or not number:
        return 0
    _, digits, exponent = number.as_tuple()
    zeros = next(position for position, digit in enumerate(reversed(digits)) if digit)
    return max(0, -(int(exponent) + zeros))


def misplaced_members(definition: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The members that the kind of a definition needs and that are absent, and those that the kind does not have."""
    kind: IndicatorKind = definition["kind"]
    missing = [name for name in _NEEDED[kind] if name not in definition]
    if definition.get("unit", "none") not in UNITS and "unit_name" not in definition:
        missing.append("unit_name")
    return missing, [name for name in _OF_KINDS if name in definition and name not in _ALLOWED[kind]]


def check_definition(definition: Mapping[str, Any]) -> list[Fault]:
    """What is wrong in a definition whose members are those of its kind."""
    faults = [*_repeated_codes(definition), *_check_decimals(definition)]
    lowest, highest = definition.get("minimum"), definition.get("maximum")
    if lowest is not None and highest is not None and highest <= lowest:
        faults.append(_not_above(("maximum",), lowest))
    return [*faults, *_check_bands(definition.get("bands", ()))]


def _not_above(path: Sequence[str | int], lowest: Decimal | int) -> Fault:
    return shaped("not_above", Expected(example=plain_number(lowest + 1), minimum=lowest), pointer=pointer(path))


def _repeated_codes(definition: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("categories", "bands"):
        seen = set[str]()
        for position, each in enumerate(definition.get(name, ())):
            if each["code"] in seen:
                yield Fault("code_twice", pointer((name, position, "code")))
            seen.add(each["code"])


def _check_decimals(definition: Mapping[str, Any]) -> Iterator[Fault]:
    paths: list[tuple[str | int, ...]] = [("minimum",), ("maximum",)]
    numbers = [definition.get("minimum"), definition.get("maximum")]
    for position, band in enumerate(definition.get("bands", ())):
        paths += [("bands", position, "from"), ("bands", position, "below")]
        numbers += [band["from"], band.get("below")]
    for path, number in zip(paths, numbers, strict=True):
        if number is not None and decimals_of(number) > definition["decimals"]:
            yield _too_many_digits(pointer(path), definition["decimals"], int(number))


def _too_many_digits(where: str, digits: int, example: int | float | str) -> Fault:
    return shaped("too_many_digits", Expected(example=example), pointer=where, own={"digits": digits})


def _check_bands(bands: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """A band ends where the next one begins, or before it. Only the last may have no end."""
    for position, band in enumerate(bands):
        first, below = band["from"], band.get("below")
        following = bands[position + 1]["from"] if position + 1 < len(bands) else None
        if below is None and following is not None:
            where = pointer(("bands", position, "below"))
            yield shaped("missing", Expected(example=plain_number(following)), pointer=where)
        elif below is not None and below <= first:
            yield _not_above(("bands", position, "below"), first)
        elif below is not None and following is not None and following < below:
            yield _too_small(("bands", position + 1, "from"), below)


def _too_small(path: Sequence[str | int], lowest: Decimal | int) -> Fault:
    members = {"minimum": plain_number(lowest), "example": plain_number(lowest)}
    return Fault("too_small", pointer(path), limits={"minimum": lowest}, members=members)


def find_misfits(indicator: Indicator, figure: Figure) -> list[tuple[FigureMember, FaultCode]]:
    """The members of a figure that do not fit, each with the code of its fault."""
    member = indicator.member
    found: list[tuple[FigureMember, FaultCode]] = [
        (name, "other_kind") for name in _MEMBER.values() if name != member and getattr(figure, name) is not None
    ]
    if getattr(figure, member) is None:
        found.append((member, "missing"))
    elif figure.category is not None and member == "category" and figure.category not in indicator.categories:
        found.append((member, "not_allowed"))
    elif figure.value is not None and member == "value":
        lowest, highest = indicator.bounds
        if not lowest <= figure.value <= highest:
            found.append((member, "out_of_range"))
        elif decimals_of(figure.value) > indicator.decimals:
            found.append((member, "too_many_digits"))
    return found


def explain_misfit(indicator: Indicator, member: FigureMember, code: FaultCode, where: str) -> Fault:
    """The fault of a member that does not fit, with what fits."""
    if code == "other_kind":
        return shaped(code, Expected(), pointer=where, own={"member": indicator.member})
    if code == "too_many_digits":
        return _too_many_digits(where, indicator.decimals, indicator.example)
    lowest, highest = indicator.bounds if code == "out_of_range" else (None, None)
    options = tuple(indicator.categories) if code == "not_allowed" else ()
    expected = Expected(example=indicator.example, options=options, minimum=lowest, maximum=highest)
    return shaped(code, expected, pointer=where)


def check_figure(indicator: Indicator, figure: Figure) -> list[Fault]:
    """What is wrong with the figure of a body."""
    found = find_misfits(indicator, figure)
    return [explain_misfit(indicator, member, code, pointer((member,))) for member, code in found]
