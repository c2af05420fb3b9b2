"""Faults and warnings of NIK and No KK, and a family's identity after another interview."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.identity.checks import check_family
from app.identity.merging import Identity, Merged, make_identity, merge_identities, numbers_of, restate_identity
from app.identity.numbers import birth_dates, card_fault, holds_number, nik_fault, sex_of

DISTRICTS = frozenset(("637206", "637202"))
CARD = "6372061201100001"
BORN = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def nik_of(born: date, sex: str, serial: int = 1, district: str = "637206") -> str:
    return f"{district}{born.day + (40 if sex == 'female' else 0):02}{born:%m%y}{serial:04}"


def found_in(family: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    found = check_family({"head_sex": "male", "members": 4, **family}, DISTRICTS)
    return found.faults, found.warnings


@given(BORN, st.sampled_from(["female", "male"]), st.integers(1, 9999))
def test_whoever_was_born_on_a_date_has_a_nik_of_it(born: date, sex: str, serial: int) -> None:
    nik = nik_of(born, sex, serial)
    assert nik_fault(nik) is None
    assert born.isoformat() in birth_dates(nik)
    assert sex_of(nik) == sex
    person = {"nik": nik, "sex": sex, "birth_date": born.isoformat()}
    assert found_in({"people": [person]}) == ([], [])


@given(st.from_regex(r"\A[0-9]{16}\Z"))
def test_any_digits_either_stand_for_a_date_or_are_a_fault(nik: str) -> None:
    day, month = int(nik[6:8]), int(nik[8:10])
    possible = (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12
    assert possible or nik_fault(nik) == "nik_without_date"
    assert (nik_fault(nik) is None) == bool(birth_dates(nik) and nik[12:] != "0000")
    assert all(f"{date.fromisoformat(each):%y}" == nik[10:12] for each in birth_dates(nik))


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        ("010190", None),
        ("310190", None),
        ("410190", None),
        ("710190", None),
        ("000190", "nik_without_date"),
        ("320190", "nik_without_date"),
        ("400190", "nik_without_date"),
        ("720190", "nik_without_date"),
        ("990190", "nik_without_date"),
        ("310490", "nik_without_date"),
        ("710490", "nik_without_date"),
        ("010090", "nik_without_date"),
        ("011390", "nik_without_date"),
        ("290200", None),  # 2000 was a leap year, though 1900 was not
        ("690200", None),
        ("290204", None),
        ("290201", "nik_without_date"),
        ("300200", "nik_without_date"),
    ],
)
def test_the_date_in_a_nik_has_to_exist_in_one_century(digits: str, fault: str | None) -> None:
    assert nik_fault(f"637206{digits}0001") == fault


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        ("010110", None),
        ("310110", None),
        ("410110", "card_without_date"),
        ("710110", "card_without_date"),
        ("000110", "card_without_date"),
        ("290211", "card_without_date"),
        ("290212", None),
    ],
)
def test_nothing_is_added_to_the_day_in_a_card_number(digits: str, fault: str | None) -> None:
    assert card_fault(f"637206{digits}0001") == fault


def test_a_serial_begins_with_0001() -> None:
    assert nik_fault("6372060101900000") == card_fault("6372060101100000") == "serial_zero"
    assert nik_fault("6372060101909999") is None


@pytest.mark.parametrize(
    "number", ["0101900001", "637206010190001", "63720601019000011", "６３７２０６０１０１９００００１", 6372, None]
)
def test_what_has_not_the_shape_of_a_number_is_left_to_the_shape(number: object) -> None:
    assert found_in({"card_number": number, "people": [{"nik": number}, number]}) == ([], [])


def test_a_prefix_that_no_edition_has_is_a_warning() -> None:
    people = [{"nik": nik_of(date(1990, 1, 1), "male", district="910101")}]
    faults, warnings = found_in({"card_number": "6372010101100001", "people": people})
    assert faults == []
    assert warnings == [("card_region_unknown", ("card_number",)), ("nik_region_unknown", ("people", 0, "nik"))]


def test_a_nik_that_is_the_card_number_is_a_fault() -> None:
    assert found_in({"card_number": CARD, "people": [{"nik": CARD}]})[0] == [("nik_is_card", ("people", 0, "nik"))]


def test_a_nik_twice_is_a_fault_at_the_second() -> None:
    person = {"nik": nik_of(date(1990, 1, 1), "male")}
    assert found_in({"people": [person, {}, person, person]})[0] == [
        ("repeated_nik", ("people", 2, "nik")),
        ("repeated_nik", ("people", 3, "nik")),
    ]


def test_a_second_head_is_a_fault() -> None:
    people = [{"relation": "head"}, {"relation": "spouse"}, {"relation": "head"}]
    assert found_in({"people": people})[0] == [("second_head", ("people", 2, "relation"))]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"sex": "female"}, "nik_sex_differs"),
        ({"birth_date": "1990-01-02"}, "nik_birth_date_differs"),
        ({"birth_date": "1991-01-01"}, "nik_birth_date_differs"),
    ],
)
def test_what_differs_from_the_nik_is_a_warning(told: dict[str, str], code: str) -> None:
    person = {"nik": nik_of(date(1990, 1, 1), "male"), **told}
    assert found_in({"people": [person]}) == ([], [(code, ("people", 0, next(iter(told))))])


@pytest.mark.parametrize("born", ["1908-02-29", "2008-02-29"])
def test_the_century_is_the_declared_one_s(born: str) -> None:
    assert found_in({"people": [{"nik": "6372062902080001", "birth_date": born}]}) == ([], [])


@pytest.mark.parametrize("head", [{"sex": "female"}, {"nik": nik_of(date(1990, 1, 1), "female")}])
def test_a_head_of_another_sex_than_head_sex_is_a_warning(head: dict[str, str]) -> None:
    assert found_in({"people": [{"relation": "head", **head}]})[1] == [("head_sex_differs", ("people", 0, "sex"))]


def test_more_people_than_members_is_a_warning() -> None:
    assert found_in({"members": 2, "people": [{}, {}]}) == ([], [])
    assert found_in({"members": 1, "people": [{}, {}]}) == ([], [("more_people_than_members", ("people",))])


@pytest.mark.parametrize(
    "text",
    [
        "6372060101900001",
        "no 6372.0601 0190-0001 x",
        "6 3 7 2 0 6 0 1 0 1 9 0 0 0 0 1",
        "6372\u00a00601\u202f0190\u30000001",
        "6372\u200b0601\u200d0190\u2060\ufeff0001",
        "6372\n0601\r\n0190\t0001",
        "(6372) 0601, 0190: 0001",
        "6372–0601—0190−0001",
        "6372|0601|0190|0001",
        "６３７２０６０１０１９００００１",
        "٦٣٧٢٠٦٠١٠١٩٠٠٠٠١",
        "۶۳۷۲۰۶۰۱۰۱۹۰۰۰۰۱",
        "𝟔𝟑𝟕𝟐𝟎𝟔𝟎𝟏𝟎𝟏𝟗𝟎𝟎𝟎𝟎𝟏",
        "⁶³⁷²⁰⁶⁰¹⁰¹⁹⁰⁰⁰⁰¹",
        "⑥③⑦②⓪⑥⓪①⓪①⑨⓪⓪⓪⓪①",
        "6\u03013\u03017\u03012060101900001",
        "6372'0601\"0190*0001",
        "NIK6372060101900001NIK",
        "0163720601019000010",
    ],
)
def test_sixteen_digits_are_seen_however_they_are_written(text: str) -> None:
    assert holds_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "surat 460/112/2026",
        "6372060101900",
        "63720601 dan 01900001",
        "",
        "Jalan Contoh 1",
        "Ⅻ" * 16,
    ],
)
def test_fewer_digits_are_no_number(text: str) -> None:
    assert not holds_number(text)


def identity(day: int, **told: Any) -> Identity:
    made = make_identity(told, datetime(2025, 7, day, tzinfo=UTC))
    assert made is not None
    return made


def test_who_tells_nothing_has_no_identity() -> None:
    assert make_identity({"head_sex": "male", "members": 3, "people": []}, datetime(2025, 7, 1, tzinfo=UTC)) is None


def test_a_later_interview_counts_and_what_it_does_not_tell_stays() -> None:
    first = identity(1, card_number=CARD, address="Jalan A", people=[{"name": "A"}, {"name": "B"}])
    later = identity(2, card_number=CARD, people=[{"name": "B"}])
    merged = merge_identities(first, later)
    assert merged == Merged(
        {**later, "address": "Jalan A", "days": {"address": first["as_of"], "first": first["as_of"]}}
    )
    assert merge_identities(later, first) == merged


def test_cards_that_are_no_longer_in_use_are_kept_the_latest_first() -> None:
    cards = [f"637206010110000{number}" for number in range(1, 4)]
    known = identity(1, card_number=cards[0])
    for day, card in enumerate(cards[1:], 2):
        known = merge_identities(known, identity(day, card_number=card)).identity
    assert (known["card_number"], known["earlier_cards"]) == (cards[2], [cards[1], cards[0]])
    merged = merge_identities(known, identity(9, card_number=cards[0])).identity
    assert merged["earlier_cards"] == [cards[2], cards[1]]


TOLD = st.builds(
    lambda day, card, people: identity(day, card_number=CARD[:-1] + str(card), people=people),
    st.integers(1, 28),
    st.integers(1, 5),
    st.lists(
        st.builds(lambda serial: {"nik": nik_of(date(1990, 1, 1), "male", serial)}, st.integers(1, 5)), max_size=3
    ),
)


@given(st.lists(TOLD, min_size=1, max_size=6))
def test_no_card_is_ever_forgotten_and_none_stands_twice(told: list[Identity]) -> None:
    known = told[0]
    for each in told[1:]:
        known = merge_identities(known, each).identity
    cards = [number for kind, number in numbers_of(known) if kind == "card"]
    assert sorted(cards) == sorted({each["card_number"] for each in told})
    assert len(set(numbers_of(known))) == len(numbers_of(known))


NAMES = ("Siti", "Budi", "Ani")
MEMBERS_TOLD = st.fixed_dictionaries(
    {"basis": st.just("public_task")},
    optional={
        "card_number": st.integers(1, 3).map(lambda number: f"{CARD[:-1]}{number}"),
        "address": st.sampled_from(("Jalan A", "Jalan B", "Jalan C")),
        "people": st.lists(st.sampled_from(NAMES[1:]), unique=True).map(
            lambda others: [{"name": NAMES[0]}, *({"name": each} for each in others)]
        ),
    },
)
"""What interviews of the same people tell. Siti is in every list."""


def told_on(day: int, members: Mapping[str, Any]) -> Identity | None:
    basis = members.get("basis") if members.keys() & {"people", "address"} else None
    return make_identity(members, datetime(2025, 7, day, tzinfo=UTC), basis)


def merge_all(told: Sequence[Identity]) -> tuple[Identity, list[Identity]]:
    """The identity after these interviews, and those kept aside."""
    known, aside = told[0], []
    for each in told[1:]:
        merged = merge_identities(known, each)
        known = merged.identity
        aside += [] if merged.earlier is None else [merged.earlier]
    return known, aside


@settings(deadline=None)
@given(st.lists(MEMBERS_TOLD, min_size=2, max_size=5))
def test_the_identity_does_not_depend_on_the_order_of_arrival(interviews: list[dict[str, Any]]) -> None:
    every = [told_on(day, members) for day, members in enumerate(interviews, 1)]
    told = [each for each in every if each is not None]
    for arrival in permutations(told) if told else ():
        assert merge_all(arrival) == merge_all(told)


@settings(deadline=None)
@given(st.lists(MEMBERS_TOLD, min_size=1, max_size=4), st.integers(0, 4), st.lists(MEMBERS_TOLD, max_size=1))
def test_of_other_people_the_later_are_in_use_in_every_order(
    interviews: list[dict[str, Any]], at: int, before: list[dict[str, Any]]
) -> None:
    others = {"basis": "consent", "people": [{"name": "Tono"}]}
    named = [{**members, "people": members.get("people", [{"name": "Siti"}])} for members in before]
    later = [{**members, "people": [{"name": "Tono"}]} if "people" in members else members for members in interviews]
    untold = [{name: value for name, value in members.items() if name != "people"} for members in later[:at]]
    every = [told_on(day, members) for day, members in enumerate([*named, *untold, others, *later[at:]], 1)]
    told = [each for each in every if each is not None]
    known, _ = merge_all(told)
    lists = [each for each in told if each.get("people") == [{"name": "Tono"}]]
    for arrival in permutations(told):
        found, _ = merge_all(arrival)
        assert [each["name"] for each in found["people"]] == ["Tono"]
        # Until the first list of the others is known, what was told after it seems to be told by those before.
        if arrival.index(lists[0]) == min(map(arrival.index, lists)):
            assert found == known


def test_an_interview_without_people_does_not_make_older_people_the_latest() -> None:
    first = told_on(1, {"people": [{"name": "Siti"}, {"name": "Budi"}], "card_number": CARD, "address": "Jalan A"})
    second = told_on(5, {"people": [{"name": "Tono"}], "card_number": CARD})
    third = told_on(8, {"card_number": CARD, "address": "Jalan B"})
    assert first is not None
    assert second is not None
    assert third is not None
    known, aside = merge_all([first, third, second])
    assert (known["people"], known["address"], known["as_of"]) == ([{"name": "Tono"}], "Jalan B", third["as_of"])
    assert [each["people"] for each in aside] == [first["people"]]


BEFORE: Identity = {
    "as_of": "2025-03-01T00:00:00+00:00",
    "basis": "consent",
    "card_number": "6372010101100001",
    "earlier_cards": ["6372010101100009"],
    "address": "Jalan Mawar 12",
    "people": [{"name": "Siti", "sex": "female", "relation": "head"}],
    "days": {"cards": ["2025-03-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00"]},
}


def test_a_restated_identity_keeps_what_is_not_stated() -> None:
    stated: Identity = {"as_of": "2025-04-01T00:00:00+00:00", "card_number": "6372010101100002"}
    now = restate_identity(BEFORE, stated)
    assert (now["people"], now["address"], now["basis"]) == (BEFORE["people"], "Jalan Mawar 12", "consent")
    assert now["days"]["people"] == now["days"]["address"] == BEFORE["as_of"]


def test_it_drops_the_card_number_that_was_stated_before() -> None:
    stated: Identity = {"as_of": "2025-04-01T00:00:00+00:00", "card_number": "6372010101100002"}
    now = restate_identity(BEFORE, stated)
    assert (now["card_number"], now["earlier_cards"]) == ("6372010101100002", ["6372010101100009"])


def test_it_takes_other_people_without_keeping_the_first() -> None:
    ani = [{"name": "Ani", "sex": "female", "relation": "head"}]
    now = restate_identity(BEFORE, {"as_of": BEFORE["as_of"], "people": ani})
    assert (now["people"], now["card_number"]) == (ani, BEFORE["card_number"])


def test_of_nothing_known_it_is_what_is_stated() -> None:
    assert restate_identity({}, BEFORE) == BEFORE
