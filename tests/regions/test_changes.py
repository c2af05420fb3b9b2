"""A file of changes makes the list of an edition from the list before. Every fault is found, with its line."""

from collections.abc import Iterable

import pytest

from app.regions.changes import ChangeFaults, apply_changes
from app.regions.editions import ListedRegion
from tests.support.small_regions import CHANGED, WHOLE, rows_of


def listed(text: str, before: Iterable[ListedRegion] = ()) -> dict[str, ListedRegion]:
    made = apply_changes({each.code: each for each in before}, rows_of(text))
    return {each.code: each for each in made.regions}


BASE = listed(WHOLE)


def faults_of(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ChangeFaults) as found:
        apply_changes(BASE, rows_of(text))
    return [(each.line, each.message) for each in found.value.faults]


def test_it_works() -> None:
    made = apply_changes(BASE, rows_of(CHANGED))
    after = {each.code: each for each in made.regions}
    assert made.ended == ["6372012002", "6372012003", "6372012004"]
    assert after.keys() - BASE.keys() == {"6372012006", "6372012007", "6372072002"}
    names = {code: after[code].name for code in after if code not in BASE or after[code] != BASE[code]}
    assert names == {
        "6372012005": "Tanjung Indah",
        "6372012006": "Sukamaju Baru",
        "6372012007": "Harapan Bersatu",
        "6372072002": "Karang Jaya",
    }
    assert (after["6372072002"].parent, after["6372072002"].kind) == ("637207", "desa")
    assert made.changes == [
        ("6372012001", "6372012001", "split"),
        ("6372012001", "6372012006", "split"),
        ("6372012002", "6372012007", "merge"),
        ("6372012003", "6372012007", "merge"),
        ("6372012004", "6372072002", "recode"),
        ("6372012005", "6372012005", "rename"),
    ]


def test_before_every_edition_there_is_nothing_and_the_country_needs_no_row() -> None:
    assert (BASE["ID"].level, BASE["6372012001"].parent) == ("country", "637201")
    assert next(iter(BASE)) == "ID"
    assert len(BASE) == 11


def test_nothing_ends_without_a_row() -> None:
    made = apply_changes(BASE, rows_of("rename,637201,,Contoh Hulu"))
    assert (made.ended, len(made.regions)) == ([], len(BASE))


def test_a_district_ends_with_the_villages_that_go_on_elsewhere() -> None:
    made = apply_changes(BASE, rows_of("merge,637207,637201,\nmerge,637201,637201,\nrecode,6372072001,6372012009,"))
    assert made.ended == ["637207", "6372072001"]


def test_a_code_can_pass_to_another_region_in_the_same_file() -> None:
    made = apply_changes(BASE, rows_of("recode,6372012001,6372012009,\nrecode,6372012002,6372012001,"))
    names = {each.code: each.name for each in made.regions}
    assert (names["6372012009"], names["6372012001"]) == ("Sukamaju", "Harapan")
    assert made.ended == ["6372012002"]


def test_a_village_that_is_split_can_get_another_name_in_its_own_row() -> None:
    made = apply_changes(BASE, rows_of("split,6372012001,6372012001,Elok\nsplit,6372012001,6372012006,Baru"))
    names = {each.code: each.name for each in made.regions}
    assert (names["6372012001"], names["6372012006"]) == ("Elok", "Baru")


def test_a_part_can_go_to_a_region_that_exists() -> None:
    made = apply_changes(BASE, rows_of("split,6372012001,6372012001,\nsplit,6372012001,6372012002,"))
    assert (made.ended, len(made.regions)) == ([], len(BASE))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("divide,6372012001,6372012002,", "must be one of split, merge, recode, rename, new, end"),
        (",6372012001,6372012002,", "must be one of"),
        ("split,,6372012006,Baru", "old: a row split needs a code"),
        ("recode,6372012001,,", "new: a row recode needs a code"),
        ("new,6372012001,6372012006,Baru", "old: a row new has no code here"),
        ("end,6372012001,6372012006,", "new: a row end has no code here"),
        ("rename,6372012001,6372012002,Lain", "new: a row rename has no code here"),
        ("end,637201200,,", "637201200 is no region code"),
        ("end,ID,,", "ID is no region code"),
        ("end,6372.01,,", "6372.01 is no region code"),
        ("end,٦٣,,", "is no region code"),
        ("new,,637208x,Baru", "637208x is no region code"),
        ("end,6372012099,,", "63.72.01.2099 is not in force on the day before"),
        ("new,,6372019001,Baru", "63.72.01.9001 has digits of no kind of village"),
        ("new,,6370,Baru", "63.70 has digits of no kind of regency"),
        ("recode,6372012001,637208,", "63.72.01.2001 is a village and 63.72.08 a district"),
        ("recode,6372012001,6372012001,", "a recode needs another code"),
        ("new,,6372012006,", "name: a row new needs a name"),
        ("rename,6372012001,,", "name: a row rename needs a name"),
        ("new,,6372012006," + "a" * 101, "name: at most 100 printable characters"),
        ("new,,6372012006,a\u202eb", "name: at most 100 printable characters"),
        ("end,6372012001,,\nend,6372012001,,", "repeats a line before it"),
        ("end,6372012001,,\nrename,6372012001,,Lain", "63.72.01.2001 has rows of more than one kind"),
        ("recode,6372012001,6372012006,\nrecode,6372012001,6372012008,", "more than one code; that is a split"),
        ("split,6372012001,6372012006,Baru", "a split of 63.72.01.2001 needs two rows or more"),
        ("merge,6372012001,6372012006,Baru", "a merge into 63.72.01.2006 needs two rows or more"),
        ("new,,6372012006,Baru\nnew,,6372012006,Lain", "repeats a line before it"),
        ("recode,6372012001,6372012006,\nrecode,6372012002,6372012006,", "63.72.01.2006 is made by more than one row"),
        ("new,,6372012001,Baru", "63.72.01.2001 is already in force on the day before"),
        ("recode,6372012001,6372012002,", "63.72.01.2002 is already in force on the day before"),
        ("merge,6372012001,6372012006,Satu\nmerge,6372012002,6372012006,Dua", "63.72.01.2006 has more than one name"),
        ("merge,6372012001,6372012006,\nmerge,6372012002,6372012006,", "name: 63.72.01.2006 is new and needs a name"),
        (
            "split,6372012001,6372012001,\nsplit,6372012001,6372012002,Paksa",
            "name: 63.72.01.2002 is Harapan; a new name is a row rename",
        ),
        ("new,,6372082001,Baru", "63.72.08.2001 would have no district 63.72.08 above it"),
        ("end,637207,,", "63.72.07.2001 would have no district 63.72.07 above it"),
        ("new,,6401,Baru", "64.01 would have no province 64 above it"),
    ],
    ids=lambda each: each.replace("\n", " ")[:40],
)
def test_a_wrong_row_is_a_fault(text: str, said: str) -> None:
    found = faults_of(text)
    assert [line for line, message in found if said in message], found


def test_all_faults_are_listed_by_line() -> None:
    found = faults_of("divide,,,\nnew,,6372019001,\nend,6372012099,,\nend,6372012001,,\nend,6372012001,,")
    assert [line for line, _ in found] == [2, 3, 3, 4, 6]
