"""The mean of a village's families beside its counts leaves every count at least `base` values, and so do two means."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from app.protection.limits import few_width
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import Protected, ProtectedIndex, ProtectedIndicator
from app.protection.secrets import Secrets
from app.protection.villages import protect
from tests.protection.drawn import PARAMETERS, YEAR, DrawnVillage, ikk, village_of

PLAN = Plan.of(ikk())
CODES = [each.code for each in ikk().main.indicators]
SIZES = Counter(each.group for each in ikk().main.indicators)
COSTS = [Fraction(20, SIZES[each.group]) for each in ikk().main.indicators]
"""By indicator, what a family loses of 100 that does not fulfil it. There are five dimensions."""


def draw(random: Random, usual: str, other: str) -> DrawnVillage:
    """A village whose families all have an index, and nearly all of them the same outcome of each indicator."""
    shares = [random.choice((0.0, 0.02, 0.1)) for _ in COSTS]
    letters = [
        "".join(other if random.random() < share else usual for share in shares) for _ in range(random.randint(50, 120))
    ]
    return village_of("6301011001", letters)


def loss_of(counts: list[int], n: int) -> Fraction:
    return sum((cost * count for cost, count in zip(COSTS, counts, strict=True)), Fraction(0)) / n


def room_left(village: ProtectedIndex, families: int, *, at_top: bool) -> Fraction:
    """What the mean leaves in the case that tells most: one count at the end of `base` values, all others lowest."""
    assert village.mean is not None
    away = Fraction(village.mean, 10) if not at_top else 100 - Fraction(village.mean, 10)
    counts = [each.unfulfilled if at_top else each.fulfilled for each in village.indicators]
    lowest, rooms = [], []
    for each, count, of, cost in zip(village.indicators, counts, PLAN.main.indicators, COSTS, strict=True):
        # Few that fulfil are rounded to 0 or to this, and then are 1 at least.
        few = few_width(families - each.missing, each.missing, 0, of)
        lowest.append(1 if not at_top and count == few else max(0, (count or 0) - of.base + 1))
        rooms.append(cost * (of.base - 1))
    return away + Fraction(1, 20) - loss_of(lowest, families) - max(rooms) / families


@pytest.mark.parametrize(("usual", "other", "at_top"), [("F", "U", True), ("U", "F", False)])
def test_every_count_keeps_its_values_though_all_families_have_an_index(
    usual: str, other: str, *, at_top: bool
) -> None:
    random, limited = Random(7), 0
    for number in range(250):
        drawn = draw(random, usual, other)
        found = protect(drawn.exact, PLAN, year=YEAR, secrets=Secrets(bytes([number])), parameters=PARAMETERS)
        assert found is not None
        index, exact = found.indices[0], drawn.exact.indices[0]
        if index.mean is None:
            continue
        assert room_left(index, found.families, at_top=at_top) >= 0
        wanted = loss_of([int(each.unfulfilled) for each in exact.indicators], found.families)
        limited += abs(100 - wanted - Fraction(index.mean, 10)) > Fraction(1, 20)
    assert limited > 5, "some means would have told too much"


@pytest.mark.parametrize("usual", [0, 0.03, 0.08, 0.25, 0.75, 0.92, 0.97, 1])
@pytest.mark.parametrize("leaving", [False, True])
def test_two_means_leave_every_count_of_the_families_between_them_its_values(usual: float, *, leaving: bool) -> None:
    """usual: how likely a newcomer lacks an indicator. leaving: they were there before and left"""
    random, withheld = Random(int(usual * 100)), Counter[bool]()
    for number in range(60):
        size, batch = random.randint(30, 90), random.randint(10, 25)
        letters = draw_letters(random, size, [random.uniform(0.05, 0.5) for _ in COSTS])
        more = letters + draw_letters(random, batch, [usual] * len(COSTS))
        villages = [village_of("6301011001", each).exact for each in (letters, more)]
        first, second = reversed(villages) if leaving else villages
        how: Any = {"year": YEAR, "secrets": Secrets(bytes([number])), "parameters": PARAMETERS}
        before = protect(first, PLAN, **how)
        assert before is not None
        alone, after = protect(second, PLAN, **how), protect(second, PLAN, earlier=[before], **how)
        assert alone is not None
        assert after is not None
        assert alone.indices[0]._replace(mean=None) == after.indices[0]._replace(mean=None)
        assert before.indices[0].mean is not None
        withheld[after.indices[0].mean is None] += 1
        if after.indices[0].mean is not None:
            assert after == alone
            few, many = sorted((before, after), key=lambda each: each.families)
            for name in ("fulfilled", "unfulfilled"):
                assert room_of_newcomers(few, many, name) >= 0
    if usual in {0, 1}:
        assert withheld[True] == 60
    elif usual in {0.25, 0.75}:
        assert withheld[False] == 60
    else:
        assert withheld[True]


def draw_letters(random: Random, families: int, lacking: Sequence[float]) -> list[str]:
    return ["".join("U" if random.random() < each else "F" for each in lacking) for _ in range(families)]


def room_of_newcomers(few: Protected, many: Protected, name: str) -> Fraction:
    """What two means leave of the families between them, as `room_left` says it of a village."""
    total = Fraction(many.families + few.families, 20)
    for sign, each in ((1, many), (-1, few)):
        index = each.indices[0]
        assert index.mean is not None
        mean = Fraction(index.mean, 10)
        total += sign * each.families * (mean if name == "fulfilled" else 100 - mean)
    rooms = []
    of_indicators = (few.indices[0].indicators, many.indices[0].indicators, PLAN.main.indicators, COSTS)
    for fewer, more, of, cost in zip(*of_indicators, strict=True):
        # Where nearly nobody fulfils it, or too few answered, the counts say little of what changed.
        if not any(tells_little(each, of) for each in (fewer, more)):
            total -= cost * max(0, getattr(more, name) - getattr(fewer, name) - of.base + 1)
        rooms.append(cost * (of.base - 1))
    return total - max(rooms)


def tells_little(each: ProtectedIndicator, of: IndicatorPlan) -> bool:
    assert each.not_applicable == 0
    if each.fulfilled is None or each.unfulfilled is None:
        return True
    return each.fulfilled in (0, few_width(each.fulfilled + each.unfulfilled, each.missing, 0, of))


BESIDE = [
    ("KKSB3", ["KKSB1"], "N", (Fraction(20, 6), Fraction(4))),
    ("KLS1", ["KLS2"], "M", (Fraction(20, 3), Fraction(10))),
    ("KLS1", ["KLS2", "KLS3"], "M", (Fraction(20, 3), Fraction(10), Fraction(20))),
    ("KKE1", ["KLS1", "KLS2", "KLS3"], "M", (Fraction(20, 8), Fraction(25, 8))),
]
"""An indicator, others that few families answer and how, and its cost by how many parts beside it nobody answered.

The last one is the whole of a dimension, which is one part.
"""


@pytest.mark.parametrize(("code", "beside", "letter", "costs"), BESIDE)
def test_an_indicator_costs_more_where_few_families_answered_what_stands_beside_it(
    code: str, beside: list[str], letter: str, costs: tuple[Fraction, ...]
) -> None:
    """Of 120 families few answered it, so most that lack the indicator lose more for that."""
    few, at = [CODES.index(each) for each in beside], CODES.index(code)
    village = [
        answers({**(dict.fromkeys(few, letter) if place >= 18 else {}), at: "U" if place >= 27 else "F"})
        for place in range(120)
    ]
    shown = 0
    for number in range(60):
        found = tell(village, number)
        index = found.indices[0]
        if index.mean is None:
            continue
        shown += 1
        lost = 120 * (100 - Fraction(index.mean, 10)) + 6
        values = values_left(index.indicators, 120, lost, at, few, costs)
        assert len(values) >= PLAN.main.indicators[at].base, (number, values)
    assert shown


def test_an_indicator_costs_more_though_only_others_tell_how_few_families_answered_what_stands_beside_it() -> None:
    """KLS1 and KLS3 are left out, because so few are couples. KKSP4 and KKSB5 concern the same families."""
    couples, at = [CODES.index(each) for each in ("KLS1", "KLS3", "KKSP4", "KKSB5")], CODES.index("KLS2")
    village = [
        answers({**(dict.fromkeys(couples, "N") if place >= 26 else {}), at: "U" if place < 32 else "F"})
        for place in range(66)
    ]
    shown = 0
    for number in range(60):
        index = tell(village, number).indices[0]
        told = index.indicators[couples[2]]
        if index.mean is None or told.fulfilled is None or index.indicators[couples[0]].fulfilled is not None:
            continue
        shown += 1
        lost = 66 * (100 - Fraction(index.mean, 10)) + Fraction(33, 10)
        concerned = most_that_answered(told, PLAN.main.indicators[couples[2]], 66)
        of, count = PLAN.main.indicators[at], index.indicators[at].unfulfilled or 0
        values = [
            each
            for each in range(max(0, count - of.base + 1), count + of.base)
            if Fraction(20, 3) * min(each, concerned) + 20 * max(0, each - concerned) <= lost
        ]
        assert len(values) >= of.base, (number, values)
    assert shown


@pytest.mark.parametrize("lacking", [10, 14, 22, 28, 34])
@pytest.mark.parametrize(("code", "beside", "letter", "costs"), BESIDE[1:])
def test_newcomers_who_left_questions_out_keep_their_values_beside_two_means(
    code: str, beside: list[str], letter: str, costs: tuple[Fraction, ...], lacking: int
) -> None:
    """They lack one indicator and fulfil all others that they answered."""
    few, at = [CODES.index(each) for each in beside], CODES.index(code)
    before = draw_letters(Random(lacking), 40, [0.25] * len(CODES))
    came = [answers({**dict.fromkeys(few, letter), at: "U" if each < lacking else "F"}) for each in range(39)]
    for number in range(30):
        first = tell(before, number)
        both = [each.indices[0] for each in (first, tell(before + came, number, first))]
        if both[0].mean is None or both[1].mean is None:
            continue
        lost = 79 * (100 - Fraction(both[1].mean, 10)) - 40 * (100 - Fraction(both[0].mean, 10)) + Fraction(119, 20)
        changes = [
            ProtectedIndicator(0, (y.unfulfilled or 0) - (x.unfulfilled or 0), y.missing - x.missing, 0)
            for x, y in zip(both[0].indicators, both[1].indicators, strict=True)
        ]
        values = values_left(changes, 39, lost, at, few, costs)
        assert len(values) >= PLAN.main.indicators[at].base, (number, values)


def test_newcomers_without_an_index_do_not_hide_what_the_others_lost() -> None:
    before = draw_letters(Random(3), 60, [0.25] * len(CODES))
    perfect, without = ["F" * len(CODES)] * 10, ["M" * 20 + "F" * (len(CODES) - 20)] * 10
    withheld = Counter[str]()
    for number in range(40):
        first = tell(before, number)
        second = tell(before + perfect + without, number, first)
        withheld["come"] += second.indices[0].mean is None
        # The number of families stays the same if those without an index are asked again.
        third = tell(before + without, number)
        withheld["corrected"] += tell(before + perfect, number, third).indices[0].mean is None
    # Where the rounding says so, ten families more have an index or at least ten fewer than came.
    assert withheld["come"] > 10, withheld
    assert withheld["corrected"] > 10, withheld


def answers(changed: Mapping[int, str]) -> str:
    return "".join(changed.get(each, "F") for each in range(len(CODES)))


def tell(letters: Sequence[str], number: int, *earlier: Protected) -> Protected:
    """The protected counts of a village under a key of this number."""
    exact, secrets = village_of("6301011001", letters).exact, Secrets(bytes([number]))
    found = protect(exact, PLAN, year=YEAR, secrets=secrets, parameters=PARAMETERS, earlier=earlier)
    assert found is not None
    return found


def values_left(
    indicators: Sequence[ProtectedIndicator],
    families: int,
    lost: Fraction,
    at: int,
    beside: Sequence[int],
    costs: Sequence[Fraction],
) -> list[int]:
    """What the number of families can be that do not fulfil an indicator, if all families lost no more than this.

    They lose least if as many of them as possible answered what stands beside it.
    """
    most = sorted(most_that_answered(indicators[each], PLAN.main.indicators[each], families) for each in beside)
    if len(costs) == 2:
        most = [min(families, sum(most))]
    of, count = PLAN.main.indicators[at], indicators[at].unfulfilled or 0
    steps = [*most, families]
    found = []
    for number in range(max(0, count - of.base + 1), count + of.base):
        least, before = Fraction(0), 0
        for cost, end in zip(costs, steps, strict=True):
            least += cost * max(0, min(number, end) - before)
            before = max(before, min(number, end))
        if least <= lost:
            found.append(number)
    return found


def most_that_answered(each: ProtectedIndicator, of: IndicatorPlan, families: int) -> int:
    if each.fulfilled is None:
        return of.fewest + of.most_below
    return families - max(0, each.missing - of.base + 1) - max(0, each.not_applicable - of.applies_base + 1)
