"""What each method of an index needs and has no use for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.scoring.instrument import Headline, Method


@dataclass(frozen=True, slots=True)
class MethodRule:
    """What a file may say with a method.

    index, group, indicator: keys without meaning there
    bound: how a category says its bound
    headlines: figures of a region that there are, the first is the default (None: none)
    """

    index: tuple[str, ...]
    group: tuple[str, ...]
    indicator: tuple[str, ...]
    bound: tuple[str, ...]
    headlines: tuple[Headline, ...]
    default: Headline | None


_VALUES: Final = ("below", "up_to")
METHODS: Final[Mapping[Method, MethodRule]] = {
    "mean": MethodRule(("cut_off",), (), (), _VALUES, ("mean", "of_indicators", "share"), "mean"),
    "geometric-mean": MethodRule(("cut_off", "combine"), ("combine",), (), _VALUES, ("mean", "share"), "mean"),
    "points-sum": MethodRule(
        ("cut_off", "combine", "scale"),
        ("combine",),
        ("fulfilled_when", "deprived_when"),
        _VALUES,
        ("mean", "of_indicators", "share"),
        "mean",
    ),
    "counting": MethodRule(
        (),
        (),
        ("points", "reverse"),
        _VALUES,
        ("mean", "of_indicators", "share", "headcount", "intensity", "adjusted"),
        "adjusted",
    ),
    "stages": MethodRule(
        ("cut_off", "combine", "scale", "decimals"),
        ("combine", "weight"),
        ("points", "reverse", "weight"),
        ("after",),
        ("share",),
        None,
    ),
    "rule": MethodRule(
        ("cut_off", "combine", "scale", "decimals", "direction"),
        ("combine", "weight"),
        ("weight",),
        ("when",),
        ("share",),
        None,
    ),
}
