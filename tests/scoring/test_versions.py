"""Which versions a figure counts, where a comparison breaks, and which versions a file may follow."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.catalogue import Catalogue, Published
from app.scoring.follows import follow_faults
from app.scoring.reading.faults import InstrumentFaults
from app.scoring.reading.files import read_instrument
from app.scoring.reading.files import read_instrument as read_any
from app.scoring.versions import Break, Families, Sensitive, Taken, Versions, break_between
from tests.scoring.small import SMALL, SMALL_2, changed

NOTE = 'note = { id = "Lain", en = "Other" }'


def follower(version: str, follows: str, comparable: str, text: str = SMALL) -> str:
    """The small instrument as another version that follows an earlier one. comparable is written as in TOML."""
    line = f'follows = {{ version = "{follows}", comparable = {comparable}, {NOTE} }}'
    return changed('version = "1.0"', f'version = "{version}"\n{line}', text)


def published(*files: str) -> Catalogue:
    """A catalogue of these files, published a day after each other. Their ids count from 1."""
    catalogue = Catalogue()
    for number, file in enumerate(files, start=1):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        catalogue.add(Published(number, read_instrument(file.encode("utf-8")), at))
    return catalogue


def taken(catalogue: Catalogue, families: Families, named: str | None = None, year: int = 2025) -> Taken:
    versions = Versions.of(catalogue, "small", None if named is None else catalogue.find("small", named))
    return versions.take(versions.choose(families, year), families, year)


def names(found: Taken) -> tuple[dict[str, int], dict[str, int]]:
    shown = [
        {each.version.instrument.version: each.families for each in part} for part in (found.versions, found.others)
    ]
    return shown[0], shown[1]


CHAIN = (
    SMALL,
    follower("1.1", "1.0", '"all"'),
    follower("2.0", "1.1", '["HEALTH", "M1"]'),
    follower("2.1", "2.0", '"all"'),
    follower("3.0", "2.1", '["M1", "H1"]'),
    follower("4.0", "3.0", '"none"'),
)


def test_it_works() -> None:
    chain = published(*CHAIN)
    assert [[each.instrument.version for each in group] for group in chain.groups("small")] == [
        ["4.0"], ["3.0"], ["2.1", "2.0"], ["1.1", "1.0"],
    ]  # fmt: skip
    found = taken(chain, {1: 3, 2: 2, 3: 4})
    assert names(found) == ({"1.1": 2, "1.0": 3}, {"2.0": 4})
    assert found.instrument.version == "1.1"
    assert names(taken(chain, {1: 3, 2: 2, 3: 4, 4: 2})) == ({"2.1": 2, "2.0": 4}, {"1.1": 2, "1.0": 3})


def test_of_equals_the_latest_version_with_families_counts() -> None:
    assert names(taken(published(*CHAIN), {1: 3, 3: 3, 6: 2})) == ({"2.0": 3}, {"4.0": 2, "1.0": 3})


def test_a_named_version_counts_alone() -> None:
    assert names(taken(published(*CHAIN), {1: 3, 2: 2, 3: 4}, named="1.0")) == ({"1.0": 3}, {"2.0": 4, "1.1": 2})
    assert names(taken(published(*CHAIN), {1: 3}, named="4.0")) == ({"4.0": 0}, {"1.0": 3})


@pytest.mark.parametrize(("year", "version"), [(2023, "1.0"), (2024, "1.0"), (2025, "1.1"), (2026, "1.1")])
def test_without_families_the_version_in_force_that_year_is_named(year: int, version: str) -> None:
    newer = changed("2024-01-01", "2025-07-01", CHAIN[1])
    found = taken(published(SMALL, newer), {}, year=year)
    assert names(found) == ({version: 0}, {})


def test_what_any_comparable_version_marks_as_sensitive_is_so_in_all() -> None:
    marked = CHAIN[1].replace('code = "savings"\nsection', 'code = "savings"\nsensitive = true\nsection')
    catalogue = published(SMALL, marked)
    for named in (None, "1.0", "1.1"):
        assert taken(catalogue, {1: 40}, named).sensitive == (Sensitive(frozenset({2}), False),)


@pytest.mark.parametrize(
    ("families", "named", "smallest"),
    [
        ({1: 40, 2: 5}, None, 45),
        ({1: 40, 2: 5}, "1.0", 5),
        ({1: 40, 2: 5}, "1.1", 5),
        ({1: 40, 3: 5}, "1.0", 40),
        ({1: 40}, "1.0", 40),
        ({1: 40, 2: 35}, "1.1", 35),
    ],
)
def test_one_version_of_several_is_as_small_as_the_smallest(
    families: dict[int, int], named: str | None, smallest: int
) -> None:
    """The figure of all less that of one gives the others."""
    assert taken(published(*CHAIN), families, named).smallest == smallest


BREAKS = [
    ("1.0", "1.1", None),
    ("1.1", "1.0", None),
    ("2.0", "2.1", None),
    ("1.0", "2.1", ("HEALTH", "M1")),
    ("2.1", "1.0", ("HEALTH", "M1")),
    ("2.0", "3.0", ("H1", "M1")),
    ("1.1", "3.0", ("M1",)),
    ("1.0", "4.0", "none"),
    ("3.0", "4.0", "none"),
]


@pytest.mark.parametrize(("earlier", "later", "comparable"), BREAKS)
def test_only_what_every_step_leaves_comparable_is_so(earlier: str, later: str, comparable: Any) -> None:
    catalogue = published(*CHAIN)
    one, other = catalogue.find("small", earlier), catalogue.find("small", later)
    assert one is not None
    assert other is not None
    found = break_between(one, other, catalogue)
    if comparable is None:
        assert found is None
    else:
        assert found is not None
        assert (found.from_version, found.to_version, found.comparable) == (earlier, later, comparable)
        assert found.note is not None
        assert found.note.en == "Other"


def test_versions_that_do_not_name_each_other_break() -> None:
    catalogue = published(SMALL, changed('version = "1.0"', 'version = "2.0"'))
    assert break_between(catalogue[1], catalogue[2], catalogue) == Break("1.0", "2.0", "none", None)


def test_versions_that_follow_the_same_one_are_joined_by_it() -> None:
    catalogue = published(SMALL, follower("1.1", "1.0", '"all"'), follower("1.2", "1.0", '"all"'))
    assert break_between(catalogue[2], catalogue[3], catalogue) is None
    assert names(taken(catalogue, {2: 1, 3: 1})) == ({"1.2": 1, "1.1": 1}, {})


VILLAGES = ("A", "B", "C")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Sequence[str], dict[str, dict[int, int]]]:
    """Files of versions, each of which may follow any earlier one, and families by village and version."""
    count = draw(st.integers(1, 5))
    files = [SMALL]
    for number in range(1, count):
        follows = draw(st.integers(0, number - 1))
        comparable = draw(st.sampled_from(['"all"', '"none"', '["M1"]', '["HEALTH", "H1"]', None]))
        name = f"1.{number}"
        files.append(
            changed('version = "1.0"', f'version = "{name}"')
            if comparable is None
            else follower(name, f"1.{follows}", comparable)
        )
    numbers = st.dictionaries(st.integers(1, count), st.integers(0, 3))
    return files, {village: draw(numbers) for village in VILLAGES}


@given(histories(), st.integers(2023, 2026))
def test_publishing_empties_no_figure_and_rows_add_up(
    history: tuple[Sequence[str], dict[str, dict[int, int]]], year: int
) -> None:
    files, sent = history
    known = {version for families in sent.values() for version, count in families.items() if count}
    whole = {version: sum(families.get(version, 0) for families in sent.values()) for version in known}
    before: dict[str, list[int]] = {}
    # The catalogue grows by the versions without families too, from the last one that has some.
    for length in range(max(known, default=1), len(files) + 1):
        versions = Versions.of(published(*files[:length]), "small", None)
        group = versions.choose(whole, year)
        parent = versions.take(group, whole, year)
        rows = [versions.take(group, families, year) for families in sent.values()]
        for version in known:
            assert whole[version] == sum(
                each.families for each in (*parent.versions, *parent.others) if each.version.id == version
            )
            of_rows = [each.families for row in rows for each in row.versions if each.version.id == version]
            of_parent = [each.families for each in parent.versions if each.version.id == version]
            assert sum(of_rows) == sum(of_parent)
        for place, families in {"": whole, **sent}.items():
            found = versions.take(versions.choose(families, year), families, year)
            assert (sum(each.families for each in found.versions) > 0) == (sum(families.values()) > 0)
            counted = [each.version.id for each in found.versions if each.families]
            assert before.setdefault(place, counted) == counted


FOLLOW_FAULTS = [
    ('"all"', ("weak_below = 60", "weak_below = 61"), 'comparable = "all" needs the same weak_below as small 1.0'),
    ('"all"', ("minimum_answered = 2", "minimum_answered = 1\n"), "needs the same minimum_answered as"),
    ('"all"', ("weight = 3", "weight = 4"), "needs the same dimensions"),
    ('"all"', ("minimum_answered = 1\n", ""), None),
    ('"all"', ("weight = 1.5", "weight = 2"), "needs the same indicators"),
    ('"all"', ('code = "H2"', 'code = "H3"'), "needs the same indicators"),
    ('"all"', ("below = 50", "below = 51"), "needs the same categories"),
    ('"all"', ("below = 50", "up_to = 50"), "needs the same categories"),
    ('"all"', ('code = "middle"', 'code = "mid"'), "needs the same categories"),
    ('"all"', ('"insured", ">", 0', '"insured", ">", 1'), None),
    ('"all"', ("Somebody insured", "Anybody insured"), None),
    ('"none"', ("weight = 3", "weight = 4"), None),
    ('["H1"]', ("weight = 3", "weight = 4"), None),
    ('["H3"]', ('code = "H2"', 'code = "H3"'), "small 1.0 has no dimension or indicator 'H3'"),
    ('"all"', ("2024-01-01", "2023-12-31"), "small 1.0 is valid from 2024-01-01, which is later"),
]


@pytest.mark.parametrize(("comparable", "change", "message"), FOLLOW_FAULTS)
def test_what_is_added_up_must_have_the_same_fields(
    comparable: str, change: tuple[str, str], message: str | None
) -> None:
    newer = read_instrument(changed(*change, follower("1.1", "1.0", comparable)).encode("utf-8"))
    found = list(follow_faults(newer, read_instrument(SMALL.encode("utf-8"))))
    assert len(found) == (message is not None)
    assert message is None or message in found[0]


def test_a_version_that_nobody_published_cannot_be_followed() -> None:
    newer = read_instrument(follower("1.1", "1.0", '"none"').encode("utf-8"))
    assert list(follow_faults(newer, None)) == ["no small 1.0 is published"]


BROKEN = [
    ('"all"', "1.1", NOTE, "a version cannot follow itself"),
    ('"all"', "1.0", 'note = { id = "Lain" }', "follows.note.en: Field required"),
    ('"every"', "1.0", NOTE, 'write "all", "none", or a list of codes'),
    ("true", "1.0", NOTE, 'write "all", "none", or a list of codes'),
    ("[]", "1.0", NOTE, 'write "all", "none", or a list of codes'),
    ("[1]", "1.0", NOTE, 'write "all", "none", or a list of codes'),
    ('["M1", ""]', "1.0", NOTE, 'write "all", "none", or a list of codes'),
    ('["M1", "X1"]', "1.0", NOTE, "no dimension or indicator 'X1'"),
    ('["M1", "M1"]', "1.0", NOTE, "'M1' is there twice"),
    ('"all"', "", NOTE, "should match pattern"),
]


@pytest.mark.parametrize(("comparable", "follows", "note", "message"), BROKEN)
def test_a_fault_in_what_a_file_follows_is_named_with_its_line(
    comparable: str, follows: str, note: str, message: str
) -> None:
    text = follower("1.1", follows, comparable).replace(NOTE, note)
    with pytest.raises(InstrumentFaults) as found:
        read_instrument(text.encode("utf-8"))
    assert [each.line for each in found.value.faults if message in each.message] == [4]


@pytest.mark.parametrize(("comparable", "needed"), [('"all"', True), ('["M1"]', True), ('"none"', False)])
def test_a_note_is_needed_where_something_stays_comparable(comparable: str, needed: bool) -> None:
    text = follower("1.1", "1.0", comparable).replace(f", {NOTE}", "")
    if needed:
        with pytest.raises(InstrumentFaults, match="note is needed"):
            read_instrument(text.encode("utf-8"))
    else:
        assert read_instrument(text.encode("utf-8")).follows is not None


IN_FORMAT_2 = [
    ("minimum_families = 2", "minimum_families = 5\nminimum_coverage = 0.5", None),
    ('headline = "mean"', 'headline = "mean"\ndecimals = 1', None),
    ('method = "mean"', 'method = "geometric-mean"', "method"),
    ('method = "mean"', 'method = "mean"\ncombine = "minimum"', "combine"),
    ('method = "mean"', 'method = "mean"\ndirection = "down"', "direction"),
    ("complete.minimum_answered = 2", "complete.minimum_share = 0.5", "complete"),
    ("below = 60", "below = 61", "weak_below"),
    ("weight = 3 }", "weight = 2 }", "groups"),
    ("weight = 3 }", 'weight = 3, combine = "minimum" }', "groups"),
    ("weight = 3 }", "weight = 3, complete.maximum_missing = 0 }", "groups"),
    ("weight = 1.5", "weight = 2", "indicators"),
    (
        'fulfilled_when.equal = ["savings", "yes"]',
        'points = { of = "savings", options = { yes = 1, no = 0 } }',
        "indicators",
    ),
    ("below = 50", "up_to = 50", "categories"),
    ('headline = "mean"', 'headline = "of_indicators"', "region"),
    ('headline = "mean"', 'headline = "mean"\nweigh_by = "members"', "region"),
    ('headline = "mean"', 'headline = "mean"\ncategory = [{ code = "all", name = { id = "S", en = "A" } }]', "region"),
    ('[[index]]\ncode = "small"', '[[index]]\ncode = "other"', "indices"),
]


@pytest.mark.parametrize(("old", "new", "part"), IN_FORMAT_2)
def test_a_file_of_a_later_format_can_follow_if_its_sums_mean_the_same(old: str, new: str, part: str | None) -> None:
    later = read_any(changed(old, new, SMALL_2).encode("utf-8"))
    found = [
        message.split(" needs the same ")[1].split()[0] for message in follow_faults(later, read_any(SMALL.encode()))
    ]
    assert found == ([] if part is None else [part])


def test_an_index_can_stay_comparable_when_all_is_not() -> None:
    listed = changed('comparable = "all"', 'comparable = ["small", "M1"]', SMALL_2)
    assert list(follow_faults(read_any(listed.encode("utf-8")), read_any(SMALL.encode("utf-8")))) == []
    catalogue = published(SMALL)
    catalogue.add(Published(2, read_any(listed.encode("utf-8")), datetime(2026, 2, 1, tzinfo=UTC)))
    found = break_between(catalogue[1], catalogue[2], catalogue)
    assert found is not None
    assert found.comparable == ("M1", "small")
