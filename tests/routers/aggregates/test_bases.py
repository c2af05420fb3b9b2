"""`basis` chooses between reported and approved figures, and tells no sensitive outcome of few families."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.platform.database import Connection
from app.scoring.catalogue import Catalogue, Published
from app.scoring.disclosure import FEW_FAMILIES
from app.scoring.versions import Versions
from tests.routers.aggregates.test_tables import read_csv
from tests.support.accounts import act_as
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.sums import insert_sums, sums_of_family

VILLAGE = LANDASAN_ULIN_SELATAN
FILE = "ikk-29-2025.1"
CARD = f"/v1/aggregates/{VILLAGE}/2025"
PUBLISHED_AT = datetime(2025, 1, 1, tzinfo=UTC)


async def survey(connection: Connection, reported: int, approved: int, *, changed: int = 0, file: str = FILE) -> None:
    """Stores so many families of each basis. `changed` of those that are approved have other outcomes there."""
    shipped = instrument(file)
    size = len(shipped.main.indicators)
    usual = sums_of_family(("FU" * size)[:size], shipped)
    other = sums_of_family("F" * size, shipped)
    both = [(approved - changed) * one + changed * two for one, two in zip(usual, other, strict=True)]
    await insert_sums(connection, shipped, [reported * each for each in usual], region=VILLAGE)
    if approved:
        await insert_sums(connection, shipped, both, region=VILLAGE, basis="approved")


async def read(client: Client, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(CARD, **query)).json()
    return found


def hides_mean(aggregate: dict[str, Any]) -> bool:
    """Whether a figure that mixes sensitive outcomes with others is hidden. One of a single outcome always is."""
    main = instrument(FILE).main
    sensitive = {main.indicators[place].code for place in main.sensitive}
    assert {each["code"] for each in aggregate["indicators"] if each["reason"] == "small"} == sensitive
    assert aggregate["index"]["of_indicators"] is None
    index, categories = aggregate["index"], aggregate["categories"]
    hidden = index["mean"] is None
    assert (index["families"] is None, index["category"] is None) == (hidden, hidden)
    assert {each["reason"] for each in categories} == {"small" if hidden else None}
    return hidden


async def test_it_works(client: Client, connection: Connection) -> None:
    await act_as(client, ("agency_administrator", "63"))
    await survey(connection, 100, 60)
    reported, approved = await read(client), await read(client, basis="approved")
    assert (reported["basis"], reported["families"]) == ("reported", 100)
    assert (approved["basis"], approved["families"]) == ("approved", 60)
    assert approved["index"]["mean"] == reported["index"]["mean"]
    assert approved["index"]["families"] == 60
    assert reported == {**(await read(client, basis="reported")), "as_of": reported["as_of"]}


async def test_a_list_a_trend_and_a_profile_have_the_same(client: Client, connection: Connection) -> None:
    await act_as(client, ("agency_administrator", "63"))
    await survey(connection, 100, 60)
    card = await read(client, basis="approved")
    below = {"parent": VILLAGE[:6], "level": "village", "year": 2025}
    rows = (await client.get("/v1/aggregates", **below, basis="approved")).json()["items"]
    trend = (
        await client.get(f"/v1/aggregates/{VILLAGE}/trend", **{"from": 2024, "to": 2025, "basis": "approved"})
    ).json()
    assert trend["basis"] == "approved"
    assert {each["basis"] for each in (*rows, *trend["years"])} == {"approved"}
    row = next(each for each in rows if each["region"]["code"] == VILLAGE)
    for each in (row, trend["years"][-1]):
        assert (each["families"], each["index"], each["dimensions"]) == (60, card["index"], card["dimensions"])
    assert [each["region"]["code"] for each in rows] == [
        each["region"]["code"] for each in (await client.get("/v1/aggregates", **below)).json()["items"]
    ]
    profile = (await client.get(f"/v1/regions/{VILLAGE}/profile/2025", basis="approved")).json()
    assert (profile["index"]["basis"], profile["index"]["families"]) == ("approved", 60)
    assert (await client.get(f"/v1/regions/{VILLAGE}/profile/2025")).json()["index"]["basis"] == "reported"
    (profile,) = [
        each
        for each in (await client.get("/v1/profiles", **below, basis="approved")).json()["items"]
        if each["region"]["code"] == VILLAGE
    ]
    assert profile["index"]["families"] == 60


async def test_tables_say_the_basis(client: Client, connection: Connection) -> None:
    await act_as(client, ("agency_administrator", "63"))
    await survey(connection, 100, 60)
    for path, query in (
        (CARD, {}),
        (f"/v1/aggregates/{VILLAGE}/trend", {"from": 2025, "to": 2025}),
        ("/v1/aggregates", {"parent": VILLAGE[:6], "level": "village", "year": 2025}),
    ):
        for basis, families in (("reported", "100"), ("approved", "60")):
            answer = await client.get(path, **query, format="csv", basis=basis)
            assert ("-approved." in answer.headers["content-disposition"]) == (basis == "approved")
            rows = read_csv(answer)
            assert {row["basis"] for row in rows} == {basis}
            own = [row for row in rows if row["region"] == VILLAGE and row["measure"] == "families"]
            assert [row["value"] for row in own] == [families]
    rows = read_csv(await client.get(f"/v1/regions/{VILLAGE}/profile/2025", format="csv", basis="approved"))
    assert {row["basis"] for row in rows if row["section"] in ("index", "coverage")} == {"approved"}


async def test_each_basis_has_an_etag_of_its_own(client: Client, connection: Connection) -> None:
    await act_as(client, ("agency_administrator", "63"))
    await survey(connection, 100, 100)
    tags = [(await client.get(CARD, basis=basis)).headers["etag"] for basis in ("reported", "approved", "approved")]
    assert tags[0] != tags[1] == tags[2]
    again = await client.http.get(f"{CARD}?basis=approved", headers={"If-None-Match": tags[0]})
    assert again.status_code == 200
    assert (await client.http.get(f"{CARD}?basis=approved", headers={"If-None-Match": tags[1]})).status_code == 304


@pytest.mark.parametrize(
    ("reported", "approved", "changed", "hidden"),
    [
        (100, 70, 0, False),
        (100, 71, 0, True),
        (100, 99, 0, True),
        (100, 100, 0, False),
        (100, 100, 1, True),
        (100, 70, 5, False),
        (100, 29, 0, True),
        (100, 30, 0, False),
        (29, 29, 0, True),
    ],
)
async def test_the_mean_of_approved_figures_is_hidden_if_few_families_are_not_in_both(
    client: Client, connection: Connection, reported: int, approved: int, changed: int, hidden: bool
) -> None:
    await survey(connection, reported, approved, changed=changed)
    await act_as(client, ("agency_administrator", "63"))
    found = await read(client, basis="approved")
    assert (hides_mean(found), found["families"]) == (hidden, approved)
    assert hides_mean(await read(client)) == (reported < 30)
    below = {"parent": VILLAGE[:6], "level": "village", "year": 2025, "basis": "approved", "fields": "indicators"}
    rows = (await client.get("/v1/aggregates", **below)).json()["items"]
    row = next(each for each in rows if each["region"]["code"] == VILLAGE)
    assert (row["index"], row["indicators"]) == (found["index"], found["indicators"])
    await act_as(client, ("sensitive_reader", VILLAGE), ("agency_administrator", "63"))
    whole = await read(client, basis="approved")
    assert (whole["suppressed"], whole["index"]["families"]) == ([], approved)


async def test_nothing_approved_is_no_figure_and_no_zero(client: Client, connection: Connection) -> None:
    await act_as(client, ("agency_administrator", "63"))
    await survey(connection, 100, 0)
    found = await read(client, basis="approved")
    assert (found["families"], found["index"]["mean"], found["index"]["reason"]) == (0, None, None)
    assert found["suppressed"] == []


def versions_of(named: int | None) -> Versions:
    """Versions 1 and 2 are comparable, and version 3 is of another instrument."""
    catalogue = Catalogue()
    for number, file in ((1, "ikk-29-2025.1"), (2, "ikk-29-2025.2"), (3, "ketahanan-24-2016.1")):
        catalogue.add(Published(number, instrument(file), PUBLISHED_AT))
    return Versions.of(catalogue, "ikk-29", None if named is None else catalogue[named])


VERSIONS = {named: versions_of(named) for named in (None, 1, 2)}


@pytest.mark.parametrize(
    ("apart", "named", "smallest"),
    [
        ({}, None, 100),
        ({1: 5}, None, 5),
        ({1: -5}, None, 5),
        ({1: 35, 2: 40}, None, 35),
        ({1: 35, 2: -40}, None, 5),
        ({1: 0}, None, 0),
        ({1: 5, 2: 40}, None, 5),
        ({1: 5, 2: 40}, 2, 5),
        ({1: 35, 2: 40}, 2, 35),
        ({2: 3}, 1, 3),
        ({3: 3}, None, 100),
    ],
)
def test_the_smallest_part_of_a_group_is_also_one_between_the_bases(
    apart: dict[int, int], named: int | None, smallest: int
) -> None:
    versions = VERSIONS[named]
    families = {1: 60, 2: 40}
    taken = versions.take(versions.choose(families, 2025), families, 2025, apart)
    assert taken.smallest == min(smallest, 100 if named is None else 40)
    assert versions.take(versions.choose(families, 2025), families, 2025).smallest == (100 if named is None else 40)


NUMBERS = st.one_of(st.just(0), st.integers(1, 3), st.integers(28, 32), st.integers(0, 90))
PARTS_OF_VERSION = st.fixed_dictionaries({"both": NUMBERS, "reported": NUMBERS, "approved": NUMBERS})


@given(st.fixed_dictionaries({1: PARTS_OF_VERSION, 2: PARTS_OF_VERSION}))
@settings(max_examples=300)
def test_no_sum_and_no_difference_of_what_is_shown_is_of_few_families(parts: dict[int, dict[str, int]]) -> None:
    """`parts`: how many families each version has in both bases alike, and only in one of them."""
    # Whoever is approved is reported too, be it in another version.
    assume(sum(each["reported"] - each["approved"] for each in parts.values()) >= 0)
    atoms = [(version, name) for version in parts for name in ("both", "reported", "approved")]
    shown = []
    for basis, named in product(("reported", "approved"), (None, 1, 2)):
        families = {version: each["both"] + each[basis] for version, each in parts.items()}
        differing = {version: each for version, each in parts.items() if each["reported"] or each["approved"]}
        apart = {version: each["reported"] - each["approved"] for version, each in differing.items()}
        taken = VERSIONS[named].take(
            VERSIONS[named].choose(families, 2025), families, 2025, apart if basis == "approved" else None
        )
        whole = sum(each.families for each in taken.versions)
        if whole and min(whole, taken.smallest) >= FEW_FAMILIES:
            ids = [each.version.id for each in taken.versions]
            shown.append([version in ids and name in ("both", basis) for version, name in atoms])
    for signs in product((-1, 0, 1), repeat=len(shown)):
        found = [sum(sign * figure[at] for sign, figure in zip(signs, shown, strict=True)) for at in range(len(atoms))]
        told = sum(parts[version][name] for (version, name), times in zip(atoms, found, strict=True) if times)
        assert told == 0 or told >= FEW_FAMILIES, (signs, shown)
