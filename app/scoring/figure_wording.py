"""Says what the figure of an index, a group or an indicator is, how to read it, and in which unit it stands."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from app.scoring.conditions import Condition, When
from app.scoring.formula_wording import parts_of, sentences
from app.scoring.instrument import Category, Index, Indicator
from app.scoring.wording import Wording


def indicator_definition(wording: Wording, index: Index, indicator: Indicator) -> str:
    """What the share of an indicator counts, with its conditions and the facts that they read."""
    points = indicator.points
    said = [wording.say("indicator" if points is None else "valued")]
    for key in ("fulfilled_when", "deprived_when"):
        condition: Condition | None = getattr(indicator, key)
        if condition is not None:
            said.append(wording.say(key, condition=wording.condition(condition)))
    if points is not None:
        said.append(wording.say("points", points=wording.points(points, reverse=indicator.reverse)))
    if indicator.applies_when is not None:
        said.append(wording.say("applies_when", condition=wording.condition(indicator.applies_when)))
    return _with_facts(wording, [*said, *_of_index(wording, index)])


def conditions_of(indicator: Indicator) -> list[Condition | None]:
    """What the outcome of an indicator reads, except the question or fact that its points are `of`."""
    first = () if indicator.points is None else indicator.points.first
    return [
        *(indicator.applies_when, indicator.fulfilled_when, indicator.deprived_when),
        *(condition for condition, _ in first),
    ]


def group_definition(wording: Wording, index: Index, at: int) -> str:
    """What the value of a group is made of."""
    key: str = "stage" if index.method in ("stages", "rule") else index.groups[at].combine
    if index.method in ("points-sum", "counting") and key == "mean":
        key = index.method
    return sentences([wording.say(key, parts=_parts(wording, index, at))])


def index_definition(wording: Wording, index: Index) -> str:
    """What the index is made of, and which families and rows it concerns."""
    key: str = index.method
    if key in ("mean", "counting") and index.combine != "mean":
        key = index.combine
    return _with_facts(wording, [wording.say(key, parts=_parts(wording, index, None)), *_of_index(wording, index)])


def indicator_interpretation(wording: Wording, index: Index, indicator: Indicator) -> str:
    """How to read the share of an indicator."""
    said = [wording.say("more_fulfil" if indicator.points is None else "more_points")]
    weak = index.region.weak
    if weak is not None:
        said.append(wording.say("weak", bound=wording.number(weak.below), status=wording.say(weak.status)))
    return sentences(said)


def group_interpretation(wording: Wording, index: Index) -> str:
    """How to read the value of a group."""
    return sentences([wording.say("more_fulfil" if index.method in ("stages", "rule") else index.direction)])


def index_interpretation(wording: Wording, index: Index) -> str | None:
    """How to read the index, with the bounds of its categories and their status. None if the file says nothing."""
    # A share of families in a category may be bad news where a high value of the index is good.
    of = "_of_family" if index.region.headline == "share" else ""
    said = [] if index.method == "rule" else [wording.say(f"{index.direction}{of}")]
    if index.categories:
        said.append(wording.say("family_categories", categories=_categories(wording, index, index.categories)))
    if index.region.categories and index.region.categories != index.categories:
        said.append(wording.say("region_categories", categories=_categories(wording, index, index.region.categories)))
    return sentences(said) or None


def measure_and_unit(wording: Wording, index: Index, group: int | None) -> tuple[str, str]:
    """Ukuran and satuan of the headline of the index (None) or of the value of a group."""
    if group is not None:
        if index.method in ("stages", "rule"):
            return wording.say("percentage"), wording.say("percent")
        return _of_points(wording, index.scale, summed=index.method == "points-sum")
    headline, scale = index.region.headline, index.region.scale
    if headline in ("share", "headcount", "intensity"):
        if scale == 100:
            return wording.say("percentage"), wording.say("percent")
        return wording.say("proportion"), wording.say("part_of", scale=wording.number(scale))
    if headline is None and index.method in ("stages", "rule"):
        return wording.say("percentage"), wording.say("percent")
    return _of_points(wording, scale, summed=index.method == "points-sum")


def share_measure(wording: Wording) -> tuple[str, str]:
    """Ukuran and satuan of the share of an indicator."""
    return wording.say("percentage"), wording.say("percent")


def _of_points(wording: Wording, scale: Fraction, *, summed: bool) -> tuple[str, str]:
    if summed:
        return wording.say("score"), wording.say("score_points")
    return wording.say("index"), wording.say("points_to", scale=wording.number(scale))


def _parts(wording: Wording, index: Index, group: int | None) -> str:
    return ", ".join(f"{wording.spoken(each.name)} ({each.code})" for each in parts_of(index, group))


def _of_index(wording: Wording, index: Index) -> Iterator[str]:
    """Which families and which rows of rosters the index concerns."""
    if index.applies_when is not None:
        yield wording.say("index_applies_when", condition=wording.condition(index.applies_when))
    for roster, condition in index.only.items():
        yield wording.say("only", roster=wording.named(roster), condition=wording.condition(condition))


def _with_facts(wording: Wording, said: list[str]) -> str:
    """The sentences, and what the computed facts are that they name. Named conditions are written out already."""
    left = {wording.named(each.code): each for each in wording.instrument.facts if not isinstance(each.formula, When)}
    while found := next((name for name in left if any(name in each for each in said)), None):
        said.append(wording.say("where", name=found, formula=wording.formula(left.pop(found).formula)))
    return sentences(said)


def _categories(wording: Wording, index: Index, categories: Sequence[Category]) -> str:
    told = []
    for at, each in enumerate(categories):
        bound = _bound(wording, index, each, first=at == 0)
        status = wording.say(each.status)
        told.append(wording.say("category", name=wording.spoken(each.name), bound=bound, status=status))
    return "; ".join(told)


def _bound(wording: Wording, index: Index, category: Category, *, first: bool) -> str:
    if category.bound is not None:
        return wording.say("up_to" if category.included else "under", bound=wording.number(category.bound))
    if category.after is not None:
        return wording.say("after", group=wording.spoken(index.groups[category.after].name))
    if index.method == "rule":
        return wording.say("by_condition")
    return wording.say("before_all" if first and index.method == "stages" else "above")
