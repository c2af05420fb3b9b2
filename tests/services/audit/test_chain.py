"""The chain without a database. Sealed entries pass the check, and changes are found."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.services.audit.chain import START, Checker, Head, Link, canonical, hash_of

KEY = bytes(range(32))
KEYS = {"k1": KEY, "k2": bytes(32)}
AT = datetime(2026, 11, 22, 1, 2, 3, 4, tzinfo=UTC)


def make_links(count: int = 20, key_id: str = "k1") -> list[Link]:
    return [
        Link(
            0,
            AT + timedelta(seconds=number),
            "submission.take",
            "agency",
            "c",
            "6372061004",
            f"submission:{number}",
            None,
            json.dumps({"n": number}),
            key_id,
        )
        for number in range(count)
    ]


def seal(links: Iterable[Link], head: Head, key: bytes) -> Iterator[Link]:
    """Yields the links in their order, with the positions and hashes that follow the head."""
    for position, link in enumerate(links, head.position + 1):
        head = Head(position, hash_of(canonical(link), position, head.hash, key))
        yield replace(link, position=position, hash=head.hash)


def make_chain(count: int = 20) -> list[Link]:
    return list(seal(make_links(count), Head(0, START), KEY))


def check(links: list[Link], page: int = 7, **anchors: object) -> dict[int, str]:
    """Findings by position. The links are read in pages, to test findings at the edges of pages too."""
    checker = Checker(KEYS.get, **anchors)  # type: ignore[arg-type]
    found = [each for start in range(0, len(links), page) for each in checker.read(links[start : start + page])]
    return {each.position: each.text for each in [*found, *checker.finish()]}


def test_it_works() -> None:
    assert check(make_chain()) == {}
    assert [link.position for link in make_chain()] == list(range(1, 21))


def test_the_hash_is_what_the_decision_says() -> None:
    link = make_chain(1)[0]
    content = (
        '{"at":"2026-11-22T01:02:03.000004+00:00","caller_id":"c","caller_kind":"agency","detail":{"n":0},'
        '"key_id":"k1","kind":"submission.take","region":"6372061004","request_id":null,"subject":"submission:0"}'
    )
    assert canonical(link) == content.encode()
    assert link.hash == hash_of(content.encode(), 1, START, KEY)


def plain(link: Link) -> bytes:
    """The canonical JSON as decision 0013 defines it, without any shortcut."""
    names = ("kind", "caller_kind", "caller_id", "region", "subject", "request_id", "key_id")
    entry = {name: getattr(link, name) for name in names}
    entry["at"] = link.at.astimezone(UTC).isoformat(timespec="microseconds")
    entry["detail"] = json.loads(link.detail)
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['"', "\\", "\x7f", "\u2028", "é", "null", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DETAILS = st.dictionaries(TEXTS, VALUES, max_size=4)
ONE = st.tuples(
    st.sampled_from(["receipt", "restricted", "a_b", ""]), VALUES | st.from_regex("[0-9A-Za-z:._-]*", fullmatch=True)
)


@given(
    detail=DETAILS | ONE.map(lambda pair: dict([pair])),
    ascii_only=st.booleans(),
    spaced=st.booleans(),
    at=st.datetimes(timezones=st.timezones()),
    names=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS | st.none(), TEXTS | st.none(), TEXTS | st.none()),
    key_id=TEXTS,
)
def test_the_canonical_json_is_that_of_the_plain_definition(
    detail: dict[str, Any],
    ascii_only: bool,
    spaced: bool,
    at: datetime,
    names: tuple[str, str, str, str | None, str | None, str | None],
    key_id: str,
) -> None:
    assume(datetime(1, 1, 3, tzinfo=UTC) < at < datetime(9999, 12, 29, tzinfo=UTC))
    written = json.dumps(detail, ensure_ascii=ascii_only, separators=None if spaced else (",", ":"))
    link = Link(1, at, *names, written, key_id)
    assert canonical(link) == plain(link)


@pytest.mark.parametrize("detail", ["{", '{"n":' + "9" * 5000 + "}", '{"a":"\\ud800"}', '{"a":NaN'])
def test_a_detail_that_is_no_json_still_has_a_canonical_form(detail: str) -> None:
    link = replace(make_links(1)[0], detail=detail)
    assert json.loads(canonical(link))["detail"] == [detail]


def test_another_order_of_names_or_another_offset_is_the_same_entry() -> None:
    link = make_links(1)[0]
    eastern = link.at.astimezone(tz=None)
    assert canonical(replace(link, detail='{"b": 1, "a": "x"}')) == canonical(replace(link, detail='{"a":"x","b":1}'))
    assert canonical(replace(link, at=eastern)) == canonical(link)


@pytest.mark.parametrize("page", [1, 2, 7, 100])
@pytest.mark.parametrize("place", [0, 6, 7, 13, 19])
def test_an_altered_entry_is_named_alone(place: int, page: int) -> None:
    links = make_chain()
    links[place] = replace(links[place], kind="submission.read")
    found = check(links, page)
    assert list(found) == [place + 1]
    assert found[place + 1].startswith("altered")


@pytest.mark.parametrize("page", [1, 2, 7, 100])
@pytest.mark.parametrize("place", [0, 6, 7, 13])
def test_a_replaced_hash_is_named_alone(place: int, page: int) -> None:
    links = make_chain()
    links[place] = replace(links[place], hash=bytes(32))
    found = check(links, page)
    assert set(found) == {place + 1}


def test_a_replaced_hash_is_told_from_altered_content() -> None:
    links = make_chain()
    links[3] = replace(links[3], hash=bytes(32))
    assert check(links) == {4: "its hash was replaced; the rest of it is as it was sealed"}


@pytest.mark.parametrize("page", [1, 7, 100])
def test_missing_entries_are_one_finding(page: int) -> None:
    links = make_chain()
    assert check(links[:4] + links[5:], page) == {5: "missing"}
    assert check(links[:4] + links[9:], page) == {5: "missing, as all up to entry 9"}
    assert check(links[3:], page) == {1: "missing, as all up to entry 3"}


def test_exchanged_entries_are_named_with_where_they_came_from() -> None:
    links = make_chain()
    links[3], links[4] = replace(links[4], position=4), replace(links[3], position=5)
    assert check(links) == {
        4: "moved here: it was sealed as entry 5",
        5: "moved here: it was sealed as entry 4",
        6: "as it was sealed, but after another entry than the one that stands before it now",
    }


def test_renumbering_after_a_removal_is_found() -> None:
    links = make_chain()
    found = check([*links[:4], *(replace(link, position=link.position - 1) for link in links[5:])], 100)
    assert found[5].startswith("altered")
    assert all(found[place] == f"moved here: it was sealed as entry {place + 1}" for place in range(6, 20))


def test_an_entry_put_in_is_found() -> None:
    links = make_chain()
    forged = replace(links[5], kind="family.erase", position=6, hash=bytes(31) + b"1")
    found = check([*links[:5], forged, *(replace(link, position=link.position + 1) for link in links[5:])], 100)
    assert found[6].startswith("altered or put in")
    assert found[7] == "moved here: it was sealed as entry 6"


def test_an_entry_added_at_the_end_is_found() -> None:
    links = make_chain()
    assert set(check([*links, replace(links[-1], position=21)])) == {21}


def test_two_entries_of_one_position_are_found() -> None:
    links = make_chain()
    assert 4 in check([*links[:4], links[3], *links[4:]])


def test_a_cut_end_is_found_by_an_anchor_only() -> None:
    links = make_chain()
    kept = {20: {links[19].hash}}
    assert check(links[:15]) == {}
    assert check(links[:15], anchors=kept) == {16: "missing, as all after entry 15: entry 20 was there once"}
    assert check(links, anchors=kept) == {}


def test_a_chain_that_was_sealed_anew_does_not_have_the_anchor() -> None:
    links = make_chain()
    other = [replace(link, kind="submission.read") for link in make_links()]
    anew = list(seal(other, Head(0, START), KEY))
    assert check(anew) == {}
    assert set(check(anew, anchors={7: {links[6].hash}})) == {7}


def test_two_anchors_of_one_position_cannot_both_be_right() -> None:
    links = make_chain()
    assert set(check(links, anchors={7: {links[6].hash, bytes(32)}})) == {7}


def test_an_entry_of_a_key_that_is_gone_cannot_be_checked_and_is_said_so() -> None:
    head = make_chain()[-1]
    more = list(seal(make_links(5, "gone"), Head(20, head.hash), bytes(32)))
    last = list(seal(make_links(5, "k2"), Head(25, more[-1].hash), KEYS["k2"]))
    found = check([*make_chain(), *more, *last])
    assert found == {21: "5 from here on cannot be checked: the key ring has no audit key 'gone'"}


def test_after_a_rotation_each_entry_is_checked_under_its_own_key() -> None:
    links = make_chain()
    more = list(seal(make_links(5, "k2"), Head(20, links[-1].hash), KEYS["k2"]))
    assert check([*links, *more]) == {}
    assert set(check([*links, replace(more[0], key_id="k1"), *more[1:]])) == {21}


@pytest.mark.parametrize("detail", ["9" * 5000, "[" * 100_000, "1e400", '{"a": 1.50}'])
def test_a_detail_that_nobody_wrote_stops_no_check(detail: str) -> None:
    links = make_chain()
    assert set(check([*links[:4], replace(links[4], detail=detail), *links[5:]])) == {5}


@pytest.mark.parametrize("text", ["", "5", "5:", "5:zz", "5:" + "00" * 31, "-1:" + "00" * 32, "x:" + "00" * 32])
def test_a_head_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Head.read(text)


def test_a_head_is_read_as_it_is_written() -> None:
    head = Head(7, bytes(range(32)))
    assert Head.read(str(head)) == head
