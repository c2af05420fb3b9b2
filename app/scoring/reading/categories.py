"""Reads the categories of an index, and how the figures of a region are made."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

from app.scoring.conditions import Condition
from app.scoring.instrument import Category, Headline, RegionRule, Weak
from app.scoring.reading.bands import rising, shown
from app.scoring.reading.facts import last_without_when
from app.scoring.reading.groups import Claims
from app.scoring.reading.members import Members
from app.scoring.reading.methods import METHODS
from app.scoring.reading.terms import NameReader, Scope
from app.scoring.reading.written import Entry, code_of, in_broken_list

Reach = tuple[Fraction, Fraction] | None
"""The least and the most that a value can be. None if it cannot be known, because something else is broken."""
_BOUNDS: Final = ("below", "up_to", "after", "when")
_HEADLINES: Final[tuple[Headline, ...]] = ("mean", "of_indicators", "share", "headcount", "intensity", "adjusted")


def categories_of(
    members: Members,
    method: str | None,
    reach: Reach,
    condition: Callable[[Entry, str], Condition | None],
    claims: Claims,
) -> tuple[Category, ...]:
    rule = METHODS.get(method)  # type: ignore[call-overload]
    found = []
    for each in members.categories:
        for key in _BOUNDS:
            if rule is not None and key in each and key not in rule.bound:
                each.fault("key_without_meaning", each.at(key), key=True, name=key, method=method)
        found.append(_category(each, members, condition, claims))
    if rule is None or members.stray["category"]:
        return tuple(found)
    if rule.bound == ("when",):
        last_without_when(list(members.categories))
    elif rule.bound == ("after",):
        _check_stages(members, found)
    else:
        check_bands(members.categories, reach)
    return tuple(found)


def _category(
    entry: Entry, members: Members, condition: Callable[[Entry, str], Condition | None], claims: Claims
) -> Category:
    status, sources = claims.of(entry)
    below, up_to = entry.number("below"), entry.number("up_to")
    return Category(
        code=code_of(entry),
        name=entry.texts("name"),
        status=status,
        sources=sources,
        bound=up_to if below is None else below,
        included=below is None and up_to is not None,
        after=members.position(entry, "after", "group"),
        when=condition(entry, "when"),
    )


def _check_stages(members: Members, found: Sequence[Category]) -> None:
    """The first category is that of families that passed no group. The others follow the order of the groups."""
    if in_broken_list(members.categories):
        return
    before = -1
    for position, (entry, category) in enumerate(zip(members.categories, found, strict=True)):
        if position == 0 and "after" in entry:
            entry.fault("first_stage_after", entry.at("after"), key=True)
        elif position and "after" not in entry:
            entry.fault("key_missing", entry.path, name="after", table=entry.told)
        elif category.after is not None:
            group = members.groups[category.after]
            if "parent" in group:
                entry.fault("stage_inside", entry.at("after"), code=code_of(group))
            elif category.after <= before:
                entry.fault("stage_order", entry.at("after"), code=code_of(group))
            before = max(before, category.after)


def check_bands(entries: Sequence[Entry], reach: Reach) -> None:
    """Says where bands do not fit the scale, also if all lie on a scale of 0 to 1 though it is longer."""
    low, high = reach or (None, None)
    rising(entries, ("below", "up_to"), low, high)
    bounds = [each.number(key) for each in entries for key in ("below", "up_to") if key in each]
    known = [each for each in bounds if each is not None]
    if low == 0 and high is not None and high >= 10 and known and all(0 < each <= 1 for each in known):
        first = next(each for each in entries if "below" in each or "up_to" in each)
        key = "below" if "below" in first else "up_to"
        first.fault("bands_of_one", first.at(key), high=shown(high), cure=shown(known[0] * high))


def region_rule(
    index: Entry,
    method: str | None,
    scale: Fraction,
    reach: Reach,
    members: Members,
    categories: Sequence[Category],
    reader: NameReader,
    claims: Claims,
) -> RegionRule:
    rule = METHODS.get(method)  # type: ignore[call-overload]
    default = None if rule is None else rule.default
    decimals = 2
    entry = index.inner("region", "region")
    if entry is None:
        return RegionRule(default, scale=scale, decimals=decimals, categories=_inherited(default, categories))
    headline: Headline | None = entry.one_of("headline", _HEADLINES, default)
    if rule is not None and "headline" in entry and headline is not None and headline not in rule.headlines:
        entry.fault(
            "headline_of_other", entry.at("headline"), name=headline, method=method, allowed=", ".join(rule.headlines)
        )
    share_of = _share_of(entry, headline, members)
    own = entry.positive("scale", scale)
    bands = entry.entries("category", "band")
    if bands:
        _check_own_bands(entry, bands, headline, method, own, reach)
    found = tuple(_band(each, claims) for each in bands)
    number = entry.whole("decimals", 0, 6)
    return RegionRule(
        headline=headline,
        share_of=share_of,
        weigh_by=_weigh_by(entry, reader),
        scale=own,
        decimals=decimals if number is None else number,
        categories=found if "category" in entry else _inherited(headline, categories),
        minimum_families=entry.whole("minimum_families", 1, 10**6, 1) or 1,
        minimum_coverage=entry.share("minimum_coverage"),
        weak=_weak(entry, claims),
    )


def _inherited(headline: Headline | None, categories: Sequence[Category]) -> tuple[Category, ...]:
    """Without own bands, the index's categories hold for figures that are values of the index."""
    return tuple(categories) if headline in ("mean", "of_indicators") else ()


def _share_of(entry: Entry, headline: Headline | None, members: Members) -> tuple[int, ...]:
    if headline == "share" and "share_of" not in entry:
        entry.fault("method_needs", entry.path, method="share", name="share_of")
    if headline not in ("share", None) and "share_of" in entry:
        entry.fault("needs_key", entry.at("share_of"), key=True, name="share_of", other='headline = "share"')
    listed = entry.texts_in("share_of")
    found = [members.find(entry, code, path, "category") for code, path in listed]
    known = tuple(each for each in found if each is not None)
    if known and len(known) == len(members.categories):
        entry.fault("share_of_all", entry.at("share_of"))
    return known


def _check_own_bands(
    entry: Entry, bands: Sequence[Entry], headline: Headline | None, method: str | None, scale: Fraction, reach: Reach
) -> None:
    if headline is None and "headline" not in entry:
        entry.fault("needs_key", entry.at("category"), key=True, name="category", other="headline")
    points = method == "points-sum" and headline in ("mean", "of_indicators")
    check_bands(bands, reach if points else None if entry.at("scale") in entry.written.faulty else (Fraction(0), scale))
    seen: set[str] = set()
    for each in bands:
        code = each.code()
        if code is not None and code in seen:
            each.fault("code_twice", each.at("code"), code=code, other=code)
        seen |= {code} if code is not None else set()


def _band(entry: Entry, claims: Claims) -> Category:
    status, sources = claims.of(entry)
    below, up_to = entry.number("below"), entry.number("up_to")
    return Category(
        code_of(entry),
        entry.texts("name"),
        status,
        sources,
        up_to if below is None else below,
        below is None and up_to is not None,
    )


def _weigh_by(entry: Entry, reader: NameReader) -> str | None:
    raw = entry.table.get("weigh_by")
    name = None if raw is None else reader.name(raw, entry.at("weigh_by"), Scope(), "number")
    if name is not None and name.low is not None and name.low < 0:
        entry.fault("weight_negative", entry.at("weigh_by"), code=name.code)
    return None if name is None else name.code


def _weak(entry: Entry, claims: Claims) -> Weak | None:
    inner = entry.inner("weak", "weak")
    if inner is None:
        return None
    below = inner.number("below", needed=True)
    if below is not None and not 0 < below <= 100:
        inner.fault("number_outside", inner.at("below"), name="below", least=0, most=100)
    elif below is not None and below <= 1:
        inner.fault("bands_of_one", inner.at("below"), high="100", cure=shown(below * 100))
    status, sources = claims.of(inner)
    return Weak(below or Fraction(100), status, sources)
