"""Writes the formula of an index, a group and an indicator, with its weights, for the field metode/rumus penghitungan.

In a formula `[code]` stands for the value of the part with that code. The first sentence is the formula alone, so that
a program can compute with it. The others say what its letters mean.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from app.scoring.instrument import Complete, Group, Index, Indicator
from app.scoring.region import BY_SHARES, is_apart
from app.scoring.wording import Wording

Part = Group | Indicator


def sentences(said: Sequence[str]) -> str:
    """Several sentences as one text, each with a full stop."""
    return " ".join(f"{each}." for each in said)


def parts_of(index: Index, group: int | None) -> list[Part]:
    """What stands directly below a group or the index (None), groups first."""
    node = index.nodes[group]
    return [*(index.groups[at] for at in node.groups), *(index.indicators[at] for at in node.indicators)]


def indicator_formula(wording: Wording, index: Index, indicator: Indicator) -> str:
    """How the share of an indicator in a region comes about."""
    points = indicator.points
    if points is None:
        said = [wording.say("share")]
    else:
        bounds = {"least": wording.number(points.least), "most": wording.number(points.most)}
        said = [wording.say("share_of_values", **bounds)]
    return sentences([*said, *_measured(wording, index)])


def group_formula(wording: Wording, index: Index, at: int) -> str:
    """How the value of a group comes about, of a family and of a region."""
    expression = _expression(wording, index, at)
    said = [f"[{index.groups[at].code}] = {expression}", *_legend(wording, index, at)]
    of_region = _by_shares(wording, index) if index.method in BY_SHARES else wording.say("mean_of_families")
    said += [of_region, *_complete(wording, index, index.groups[at].complete)]
    return sentences(said)


def index_formula(wording: Wording, index: Index) -> str:
    """How the value or the category of a family and the figures of a region come about."""
    return sentences([*_of_family(wording, index), *_of_region(wording, index)])


def _of_family(wording: Wording, index: Index) -> Iterator[str]:
    if index.method == "rule":
        named = [
            f"{wording.spoken(each.name)} ({each.code}): {wording.condition(each.when)}"
            for each in index.categories
            if each.when is not None
        ]
        rest = [f"{wording.spoken(each.name)} ({each.code})" for each in index.categories if each.when is None]
        yield wording.say("first_true", categories="; ".join([*named, *rest]))
    elif index.method == "stages":
        yield wording.say("stages", parts=", ".join(f"[{each.code}]" for each in parts_of(index, None)))
        yield wording.say("passed")
    else:
        yield f"[{index.code}] = {_expression(wording, index, None)}"
        yield from _legend(wording, index, None)
    yield from _complete(wording, index, index.complete)
    if index.method == "counting" and index.cut_off is not None:
        yield wording.say("poor", cut_off=wording.number(index.cut_off * index.scale))


def _of_region(wording: Wording, index: Index) -> Iterator[str]:
    rule = index.region
    if index.method in BY_SHARES:
        yield _by_shares(wording, index)
    if index.method not in ("stages", "rule"):
        yield wording.say("mean_of_families")
    elif index.categories:
        yield wording.say("by_category")
    scale = wording.number(rule.scale)
    if rule.headline in ("mean", "of_indicators") and is_apart(index) and rule.scale != index.scale:
        yield wording.say(f"headline_{rule.headline}", factor=wording.number(rule.scale / index.scale))
    elif rule.headline == "share":
        named = [wording.spoken(index.categories[at].name) for at in rule.share_of]
        yield wording.say("headline_share", scale=scale, categories=", ".join(named))
    elif rule.headline in ("headcount", "intensity", "adjusted"):
        yield wording.say(f"headline_{rule.headline}", scale=scale)
    yield from _measured(wording, index)


def _by_shares(wording: Wording, index: Index) -> str:
    return wording.say("of_points" if index.method == "points-sum" else "of_indicators")


def _expression(wording: Wording, index: Index, group: int | None) -> str:
    """The formula of a node over its parts."""
    parts = parts_of(index, group)
    codes = [f"[{each.code}]" for each in parts]
    weights = [each.weight for each in parts]
    if index.method == "points-sum":
        return " + ".join(_weighed(wording, weight, code) for weight, code in zip(weights, codes, strict=True))
    if index.method == "geometric-mean" and group is None:
        total = sum(weights, Fraction(0))
        powers = [f"{code}^({wording.number(weight / total)})" for weight, code in zip(weights, codes, strict=True)]
        return _weighed(wording, index.scale, " × ".join(powers))
    scale = Fraction(100) if index.method in ("stages", "rule") else index.scale
    combine = index.nodes[group].combine
    if combine != "mean" and len(codes) > 1:
        return _weighed(wording, scale, f"{combine[:3]}({', '.join(codes)})")
    return _mean(wording, scale, codes, weights)


def _mean(wording: Wording, scale: Fraction, codes: list[str], weights: list[Fraction]) -> str:
    if len(codes) == 1:
        return _weighed(wording, scale, codes[0])
    if len(set(weights)) == 1:
        total = " + ".join(codes)
        return f"{_weighed(wording, scale, f'({total})')} ÷ {len(codes)}"
    total = " + ".join(f"{wording.number(weight)} × {code}" for weight, code in zip(weights, codes, strict=True))
    return f"{_weighed(wording, scale, f'({total})')} ÷ ({' + '.join(wording.number(each) for each in weights)})"


def _weighed(wording: Wording, weight: Fraction, what: str) -> str:
    return what if weight == 1 else f"{wording.number(weight)} × {what}"


def _legend(wording: Wording, index: Index, group: int | None) -> Iterator[str]:
    """What the codes of the formula of a node stand for."""
    if index.method == "points-sum":
        yield wording.say("parts_summed")
        yield wording.say("complete", needs=wording.say("every_part"))
        return
    yield wording.say("parts_deprived" if index.method == "counting" else "parts_of_one")
    if any(isinstance(each, Indicator) and each.points is not None for each in parts_of(index, group)):
        yield wording.say("parts_of_points")
    if any(isinstance(each, Group) for each in parts_of(index, group)) and index.scale != 1:
        yield wording.say("parts_groups", scale=wording.number(index.scale))
    yield wording.say("without_value")


def _complete(wording: Wording, index: Index, complete: Complete) -> Iterator[str]:
    """What must be answered. Nothing where one answer is enough."""
    needs = []
    if complete.minimum_answered is not None and complete.minimum_answered > 1:
        needs.append(wording.say("minimum_answered", number=wording.number(complete.minimum_answered)))
    if complete.minimum_share is not None:
        needs.append(wording.say("minimum_share", number=wording.number(complete.minimum_share)))
    if complete.maximum_missing == 0:
        needs.append(wording.say("none_missing"))
    elif complete.maximum_missing is not None:
        needs.append(wording.say("maximum_missing", number=wording.number(complete.maximum_missing)))
    if complete.required:
        codes = ", ".join(index.indicators[at].code for at in complete.required)
        needs.append(wording.say("required", codes=codes))
    if complete.every_group:
        needs.append(wording.say("every_group"))
    if needs:
        yield wording.say("complete", needs=wording.say("and").join(needs))


def _measured(wording: Wording, index: Index) -> Iterator[str]:
    if index.region.weigh_by is not None:
        yield wording.say("measured", name=wording.named(index.region.weigh_by))
