"""Regions of today are restated for a past year from whole villages of then, or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from random import Random

import pytest

from app.regions.changes import apply_changes
from app.regions.codes import Level
from app.regions.lineage import Change, LineageKind
from app.regions.restating import Listing, RegionBreak, Restated, changed_between, region_of, restate
from tests.support.small_regions import CHANGED, WHOLE, rows_of

FIRST, SECOND, THIRD = date(2024, 1, 1), date(2025, 9, 1), date(2027, 1, 1)
KINDS: Sequence[LineageKind] = ("split", "merge", "recode", "rename")

A, B, C, D = "6372012001", "6372012002", "6372012003", "6372012004"
"""Villages of the district 637201."""
E, F = "6372072001", "6372072002"
"""Villages of the district 637207 in the same regency."""
G = "6371012001"
"""A village of another regency."""


def listing(day: date, *villages: str) -> Listing:
    return Listing(day, frozenset(villages))


def villages_of(restated: Mapping[str, Restated]) -> dict[str, tuple[str, ...] | str | None]:
    return {code: each.reason if each.villages is None else each.villages for code, each in restated.items()}


def restated_on(
    level: Level, before: Iterable[str], after: Iterable[str], *changes: Change
) -> dict[str, tuple[str, ...] | str | None]:
    return villages_of(restate([listing(FIRST, *before), listing(SECOND, *after)], changes, level=level))


def changes_on(day: date, kind: LineageKind, *pairs: tuple[str, str]) -> list[Change]:
    return [Change(day, old, new, kind) for old, new in pairs]


# ------------------------------------------------------------------------------------------------------ one change


@pytest.mark.parametrize("level", ["village", "district", "regency", "province", "country"])
def test_without_changes_every_region_is_itself(level: Level) -> None:
    codes = (A, B, E, G)
    assert restated_on(level, codes, codes) == {
        region_of(code, level): tuple(
            sorted(each for each in codes if region_of(each, level) == region_of(code, level))
        )
        for code in codes
    }


def test_todays_year_is_todays_edition() -> None:
    assert villages_of(restate([listing(FIRST, A, B)], [], level="district")) == {"637201": (A, B)}


def test_a_new_name_changes_no_area() -> None:
    assert restated_on("district", (A, B), (A, B), Change(SECOND, A, A, "rename")) == {"637201": (A, B)}


def test_a_split_within_a_district_leaves_the_district_whole() -> None:
    changes = changes_on(SECOND, "split", (A, A), (A, C))
    assert restated_on("district", (A, B), (A, B, C), *changes) == {"637201": (A, B)}
    assert restated_on("village", (A, B), (A, B, C), *changes) == {A: "split", B: (B,), C: "split"}


def test_a_split_between_districts_leaves_neither_whole() -> None:
    changes = changes_on(SECOND, "split", (A, A), (A, F))
    assert restated_on("district", (A, B, E), (A, B, E, F), *changes) == {"637201": "split", "637207": "split"}
    assert restated_on("regency", (A, B, E), (A, B, E, F), *changes) == {"6372": (A, B, E)}


def test_a_part_that_goes_to_a_village_of_before_is_seen() -> None:
    """E has no row of its own, because its code goes on."""
    changes = changes_on(SECOND, "split", (A, A), (A, E))
    assert restated_on("district", (A, B, E), (A, B, E), *changes) == {"637201": "split", "637207": "split"}


def test_merged_villages_add_up() -> None:
    changes = changes_on(SECOND, "merge", (A, C), (B, C))
    assert restated_on("village", (A, B), (C,), *changes) == {C: (A, B)}
    assert restated_on("district", (A, B), (C,), *changes) == {"637201": (A, B)}


def test_villages_of_two_districts_that_merge_are_whole_in_the_one_that_has_them() -> None:
    changes = changes_on(SECOND, "merge", (A, F), (E, F))
    assert restated_on("district", (A, B, E), (B, F), *changes) == {"637201": (B,), "637207": (A, E)}


def test_a_village_that_moves_to_another_district_moves_whole() -> None:
    assert restated_on("district", (A, B, E), (B, E, F), Change(SECOND, A, F, "recode")) == {
        "637201": (B,),
        "637207": (A, E),
    }
    assert restated_on("village", (A, B, E), (B, E, F), Change(SECOND, A, F, "recode")) == {B: (B,), E: (E,), F: (A,)}


def test_a_new_regency_is_made_of_districts_of_the_old_one() -> None:
    moved = {each: f"6373{each[4:]}" for each in (E, F)}
    changes = [
        Change(SECOND, "637207", "637307", "recode"),
        *changes_on(SECOND, "recode", *moved.items()),
    ]
    after = (A, B, *moved.values())
    assert restated_on("regency", (A, B, E, F), after, *changes) == {"6372": (A, B), "6373": (E, F)}
    assert restated_on("district", (A, B, E, F), after, *changes) == {"637201": (A, B), "637307": (E, F)}
    assert restated_on("province", (A, B, E, F), after, *changes) == {"63": (A, B, E, F)}


def test_codes_that_change_places_are_followed() -> None:
    changes = changes_on(SECOND, "recode", (A, E), (E, A))
    assert restated_on("district", (A, B, E), (A, B, E), *changes) == {"637201": (B, E), "637207": (A,)}


def test_the_file_of_changes_of_an_office_is_followed() -> None:
    whole = apply_changes({}, rows_of(WHOLE))
    changed = apply_changes({each.code: each for each in whole.regions}, rows_of(CHANGED))
    before, after = ([each.code for each in made.regions if each.level == "village"] for made in (whole, changed))
    changes = [Change(SECOND, *each) for each in changed.changes]
    assert restated_on("district", before, after, *changes) == {
        "637201": ("6372012001", "6372012002", "6372012003", "6372012005"),
        "637207": ("6372012004", "6372072001"),
    }
    assert restated_on("village", before, after, *changes) == {
        "6372012001": "split",
        "6372012005": ("6372012005",),
        "6372012006": "split",
        "6372012007": ("6372012002", "6372012003"),
        "6372072001": ("6372072001",),
        "6372072002": ("6372012004",),
    }


# --------------------------------------------------------------------------------------------- changes that nobody told


def test_a_village_from_nowhere_makes_its_neighbours_unknown() -> None:
    assert restated_on("village", (A, B, E), (A, B, C, E)) == {A: "unknown", B: "unknown", C: "unknown", E: (E,)}
    assert restated_on("district", (A, B, E, G), (A, B, C, E, G)) == {
        "637201": "unknown",
        "637207": "unknown",
        "637101": (G,),
    }
    assert restated_on("regency", (A, B, E, G), (A, B, C, E, G)) == {"6372": "unknown", "6371": (G,)}


def test_a_village_that_ends_without_a_successor_makes_its_neighbours_unknown() -> None:
    assert restated_on("village", (A, B, E), (B, E)) == {B: "unknown", E: (E,)}
    assert restated_on("regency", (A, B, E, G), (B, E, G)) == {"6372": "unknown", "6371": (G,)}


def test_a_split_is_named_rather_than_what_is_unknown() -> None:
    changes = changes_on(SECOND, "split", (A, A), (A, F))
    assert restated_on("district", (A, B, E), (A, E, F), *changes) == {"637201": "split", "637207": "split"}


def test_a_successor_that_the_edition_does_not_list_is_unknown() -> None:
    changes = changes_on(SECOND, "split", (A, A), (A, C))
    assert restated_on("district", (A, B), (A, B), *changes) == {"637201": "unknown"}


def test_a_code_that_ends_and_later_names_another_area_is_not_the_same() -> None:
    listings = [listing(FIRST, A, B, G), listing(SECOND, B, G), listing(THIRD, A, B, G)]
    assert villages_of(restate(listings, [], level="regency")) == {"6372": "unknown", "6371": (G,)}


# --------------------------------------------------------------------------------------------------- several editions


def test_changes_are_followed_over_three_editions() -> None:
    changes = [
        *changes_on(SECOND, "split", (A, C), (A, D)),
        *changes_on(THIRD, "merge", (D, F), (E, F)),
        Change(THIRD, C, B, "recode"),
    ]
    listings = [listing(FIRST, A, E, G), listing(SECOND, C, D, E, G), listing(THIRD, B, F, G)]
    assert villages_of(restate(listings, changes, level="district")) == {
        "637201": "split",
        "637207": "split",
        "637101": (G,),
    }
    assert villages_of(restate(listings[1:], changes, level="district")) == {
        "637201": (C,),
        "637207": (D, E),
        "637101": (G,),
    }
    assert villages_of(restate(listings, changes, level="regency")) == {"6372": (A, E), "6371": (G,)}


def test_parts_that_come_together_again_are_whole() -> None:
    changes = [*changes_on(SECOND, "split", (A, A), (A, F)), *changes_on(THIRD, "merge", (A, A), (F, A))]
    listings = [listing(FIRST, A, E), listing(SECOND, A, E, F), listing(THIRD, A, E)]
    assert villages_of(restate(listings, changes, level="village")) == {A: (A,), E: (E,)}


def test_what_is_unknown_stays_unknown_when_codes_change() -> None:
    """C comes from nowhere in the second edition, and the third merges it into a village of another regency."""
    changes = changes_on(THIRD, "merge", (C, G), (G, G))
    listings = [listing(FIRST, A, G), listing(SECOND, A, C, G), listing(THIRD, A, G)]
    assert villages_of(restate(listings, changes, level="regency")) == {"6372": "unknown", "6371": "unknown"}


def test_later_changes_do_not_count() -> None:
    changes = changes_on(THIRD, "split", (A, A), (A, F))
    assert restated_on("district", (A, E), (A, E), *changes) == {"637201": (A,), "637207": (E,)}


def test_a_year_with_two_editions_counts_the_codes_of_both() -> None:
    """Interviews before the change have the code A, and those after it B and C."""
    changes = changes_on(SECOND, "split", (A, B), (A, C))
    listings = [listing(FIRST, A, E), listing(SECOND, B, C, E)]
    assert villages_of(restate(listings, changes, level="district", in_year=2)) == {
        "637201": (A, B, C),
        "637207": (E,),
    }
    assert villages_of(restate(listings, changes, level="village", in_year=2)) == {B: "split", C: "split", E: (E,)}


def test_in_a_year_with_two_editions_a_code_that_lost_a_part_stands_for_all_that_it_was() -> None:
    changes = changes_on(SECOND, "split", (A, A), (A, F))
    listings = [listing(FIRST, A, B, E), listing(SECOND, A, B, E, F)]
    assert villages_of(restate(listings, changes, level="district", in_year=2)) == {
        "637201": "split",
        "637207": "split",
    }


@pytest.mark.parametrize("days", [(), (SECOND, FIRST), (FIRST, FIRST)])
def test_editions_out_of_order_are_refused(days: tuple[date, ...]) -> None:
    with pytest.raises(ValueError, match="in the order"):
        restate([listing(day, A) for day in days], [], level="district")


# ------------------------------------------------------------------------------------------ the same area or another


@pytest.mark.parametrize("region", [A, "637201", "6372", "63", "ID"])
def test_a_region_without_changes_is_the_same(region: str) -> None:
    assert changed_between(region, [listing(FIRST, A, E), listing(SECOND, A, E)], []) is None


def test_a_new_name_breaks_nothing() -> None:
    changes = changes_on(SECOND, "rename", (A, A), ("637201", "637201"))
    assert changed_between("637201", [listing(FIRST, A), listing(SECOND, A)], changes) is None


def test_a_split_breaks_the_village_and_not_its_district() -> None:
    changes = changes_on(SECOND, "split", (A, A), (A, C))
    listings = [listing(FIRST, A, B), listing(SECOND, A, B, C)]
    assert changed_between("637201", listings, changes) is None
    assert changed_between(B, listings, changes) is None
    assert changed_between(A, listings, changes) == RegionBreak(A, "changed", (), (A,), tuple(changes))
    assert changed_between(C, listings, changes) == RegionBreak(C, "began", (A,), (), tuple(changes))


def test_a_village_that_moves_breaks_both_districts_and_not_their_regency() -> None:
    change = Change(SECOND, A, F, "recode")
    listings = [listing(FIRST, A, B, E), listing(SECOND, B, E, F)]
    assert changed_between("637201", listings, [change]) == RegionBreak("637201", "changed", (), (A,), (change,))
    assert changed_between("637207", listings, [change]) == RegionBreak("637207", "changed", (A,), (), (change,))
    assert changed_between("6372", listings, [change]) is None
    assert changed_between(A, listings, [change]) == RegionBreak(A, "ended", (), (A,), (change,))


def test_a_new_regency_breaks_the_old_one() -> None:
    changes = changes_on(SECOND, "recode", (E, "6373072001"))
    listings = [listing(FIRST, A, E), listing(SECOND, A, "6373072001")]
    assert changed_between("6372", listings, changes) == RegionBreak("6372", "changed", (), (E,), tuple(changes))
    assert changed_between("6373", listings, changes) == RegionBreak("6373", "began", (E,), (), tuple(changes))
    assert changed_between("63", listings, changes) is None


def test_all_changes_on_the_way_are_named() -> None:
    changes = [*changes_on(SECOND, "split", (A, C), (A, D)), *changes_on(THIRD, "merge", (D, F), (E, F))]
    listings = [listing(FIRST, A, E), listing(SECOND, C, D, E), listing(THIRD, C, F)]
    found = changed_between("637207", listings, changes)
    assert found == RegionBreak("637207", "changed", (A,), (), tuple(changes[:3]))


def test_a_village_from_nowhere_makes_the_comparison_unknown() -> None:
    listings = [listing(FIRST, A, E, G), listing(SECOND, A, C, E, G)]
    assert changed_between("6372", listings, []) == RegionBreak("6372", "unknown")
    assert changed_between("6371", listings, []) is None


def test_a_village_that_ends_without_a_successor_changes_its_district() -> None:
    listings = [listing(FIRST, A, B), listing(SECOND, B)]
    assert changed_between("637201", listings, []) == RegionBreak("637201", "changed", (), (A,))


def test_a_code_that_no_edition_lists_changes_nothing() -> None:
    assert changed_between("99", [listing(FIRST, A), listing(SECOND, A)], []) is None


# ---------------------------------------------------------------------------- against the ground that villages stand on

Ground = dict[str, frozenset[int]]
"""The pieces of ground of each village. Nothing but changes moves them."""


def change_ground(ground: Ground, day: date, random: Random) -> tuple[Ground, list[Change]]:
    """Some villages are split, merged or moved, each at most once."""
    after, changes, left = dict(ground), list[Change](), sorted(ground)
    random.shuffle(left)
    free = [f"{district}2{number:03}" for district in ("637201", "637207", "637101") for number in range(100, 160)]
    free = [code for code in free if code not in ground]
    random.shuffle(free)
    for _ in range(3):
        kind, old, new = random.choice(KINDS), left.pop(), free.pop()
        pieces = sorted(after.pop(old))
        if kind == "split" and len(pieces) > 1:
            first = random.choice((old, free.pop()))
            after[first], after[new] = frozenset(pieces[:1]), frozenset(pieces[1:])
            changes += changes_on(day, "split", (old, first), (old, new))
        elif kind == "merge":
            other = left.pop()
            after[new] = frozenset(pieces) | after.pop(other)
            changes += changes_on(day, "merge", (old, new), (other, new))
        elif kind == "recode":
            after[new] = frozenset(pieces)
            changes += changes_on(day, "recode", (old, new))
        else:
            after[old] = frozenset(pieces)
    return after, changes


def ground_of(ground: Ground, villages: Iterable[str]) -> list[int]:
    return sorted(piece for code in villages for piece in ground[code])


def draw_grounds(seed: int) -> tuple[list[Ground], list[Change]]:
    """Fifteen villages of three districts and two regencies in three editions, with the changes between them."""
    random, changes = Random(seed), list[Change]()
    codes = [f"{district}2{number:03}" for district in ("637201", "637207", "637101") for number in range(1, 6)]
    grounds = [{code: frozenset(range(at * 4, at * 4 + 4)) for at, code in enumerate(codes)}]
    for day in (SECOND, THIRD):
        after, more = change_ground(grounds[-1], day, random)
        grounds.append(after)
        changes += more
    return grounds, changes


def listings_of(grounds: Sequence[Ground]) -> list[Listing]:
    return [listing(day, *ground) for day, ground in zip((FIRST, SECOND, THIRD), grounds, strict=False)]


def ground_below(ground: Ground, region: str, level: Level) -> list[int]:
    return ground_of(ground, (code for code in ground if region_of(code, level) == region))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("level", ["village", "district", "regency"])
def test_restated_villages_stand_on_the_ground_of_the_region(level: Level, seed: int) -> None:
    grounds, changes = draw_grounds(seed)
    then, now, listings = grounds[0], grounds[-1], listings_of(grounds)
    for region, found in restate(listings, changes, level=level).items():
        here = ground_below(now, region, level)
        if found.villages is None:
            assert found.reason == "split"
        else:
            assert ground_of(then, found.villages) == here
        if changed_between(region, listings, changes) is None:
            assert here == ground_below(then, region, level)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("level", ["village", "district", "regency"])
def test_after_one_change_every_region_of_whole_villages_is_restated(level: Level, seed: int) -> None:
    grounds, changes = draw_grounds(seed)
    then, now = grounds[:2]
    for region, found in restate(listings_of(grounds[:2]), changes, level=level).items():
        here = ground_below(now, region, level)
        whole = [code for code, pieces in then.items() if pieces <= set(here)]
        assert (found.villages is not None) == (ground_of(then, whole) == here)
