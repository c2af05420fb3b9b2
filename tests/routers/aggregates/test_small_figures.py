"""GET /v1/aggregates shows exact figures to reviewers alone, and of sensitive outcomes only to those who read them."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.parts import cut
from tests.support.releases import release
from tests.support.sums import insert_sums, sums_of_family

FILE = "ikk-29-2025.1"
LARGE, FEW = LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS
LEVELS = (LARGE, FEW, LARGE[:6], FEW[:6], "6372", "63")
OF_FEW = (FEW, FEW[:6])
REVIEWERS = [("supervisor", "6372"), ("agency_administrator", "63"), ("operator", "ID")]
OTHERS = [("analyst", "63"), ("sensitive_reader", "63"), ("analyst", "ID"), ("sensitive_reader", "6372")]
OF_MIXTURES = (
    *("/index/of_indicators", "/index/category_of_indicators", "/index/reason"),
    *("/indices/0/of_indicators", "/indices/0/reason"),
)
"""What mixes all sensitive indicators with the others. `index.reason` says so, and no pointer."""
OF_FAMILIES = tuple(f"/indices/0/{name}" for name in ("mean", "headline/", "families/", "families_of_mean"))
"""The same of the first index as in `index`, whose pointer stands for both."""
PARTS = ("index", "categories", "dimensions", "indicators", "weak_indicators")


@pytest.fixture
async def surveyed(client: Client, connection: Connection) -> Client:
    """A client with 30 families in one village and 29 in another district's village, each with half of everything."""
    shipped = instrument(FILE)
    outcomes = "".join("FU"[place % 2] for place in range(len(shipped.main.indicators)))
    one = sums_of_family(outcomes, shipped)
    for region, families in ((LARGE, 30), (FEW, 29)):
        for year in (2024, 2025):
            await insert_sums(connection, shipped, [families * each for each in one], region=region, year=year)
    return client


def within(held: str) -> list[str]:
    return [region for region in LEVELS if held == "ID" or region.startswith(held)]


async def card(client: Client, region: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/aggregates/{region}/2025")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def views(client: Client, region: str) -> list[dict[str, Any]]:
    """The region and year as card, as row of a list, and as year of a trend, with what all three have."""
    whole = await card(client, region)
    length = {10: 6, 6: 4, 4: 2, 2: 2}[len(region)]
    level = {10: "village", 6: "district", 4: "regency", 2: None}[len(region)]
    found = [whole]
    trend = (await client.get(f"/v1/aggregates/{region}/trend", **{"from": 2024, "to": 2025})).json()
    assert [(each.pop("break"), each.pop("region_break")) for each in trend["years"]] == [(None, None)] * 2
    found += [{**each, "year": 2025} for each in trend["years"][whole["protected"] :]]
    query = {"parent": region[:length], "level": level, "year": 2025}
    if level is not None and (answer := await client.get("/v1/aggregates", **query)).status_code == 200:
        found += [each for each in answer.json()["items"] if each["region"]["code"] == region]
    for each in (*found, trend["years"][1]):
        # The moment of reading is new each time.
        (each["progress"] or {}).pop("as_of", None)
    return [cut(each, trend["years"][1]) for each in found]


def figures_in(node: Any) -> list[Any]:
    """Every number, truth and code of a category in a part, without names and codes of the instrument."""
    if isinstance(node, dict):
        return [
            each
            for name, value in node.items()
            if name not in ("code", "name", "status", "dimension", "parent", "figure")
            for each in figures_in(value)
        ]
    if isinstance(node, list):
        return [each for value in node for each in figures_in(value)]
    return [node]


def differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """The pointers of all values in which two bodies differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from differing(one.get(name), other.get(name), f"{path}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differing(left, right, f"{path}/{at}")
    elif one != other:
        yield path


def hidden_codes() -> set[str]:
    main = instrument(FILE).main
    return {main.indicators[place].code for place in main.sensitive}


@pytest.mark.parametrize("region", LEVELS)
async def test_it_works(surveyed: Client, region: str) -> None:
    """A reviewer lacks the sensitive indicators and what is made of them, at every level, and nothing else."""
    await act_as(surveyed, ("agency_administrator", "63"))
    found = await card(surveyed, region)
    assert not found["protected"]
    assert {each["code"] for each in found["indicators"] if each["reason"] == "small"} == hidden_codes()
    assert {each["code"]: each["reason"] for each in found["dimensions"]} == {
        "KLS": "small", "KKF": "small", "KKE": None, "KKSP": "small", "KKSB": "small",
    }  # fmt: skip
    assert found["index"]["of_indicators"] is None
    assert not hidden_codes() & set(found["weak_indicators"])
    assert len(found["weak_indicators"]) > 3
    few = region in OF_FEW
    assert (found["index"]["mean"] is None, found["index"]["families"] is None) == (few, few)
    assert {each["reason"] for each in found["categories"]} == {"small" if few else None}
    assert found["families"] == {LARGE[:6]: 30, FEW[:6]: 29}.get(region[:6], 59)


@pytest.mark.parametrize(("role", "held"), REVIEWERS)
async def test_what_is_not_suppressed_is_what_a_reader_of_sensitive_outcomes_gets(
    surveyed: Client, role: str, held: str
) -> None:
    for region in within(held):
        await act_as(surveyed, (role, held), ("sensitive_reader", "63"))
        whole = await card(surveyed, region)
        assert (whole["protected"], whole["suppressed"], whole["index"]["reason"]) == (False, [], None)
        await act_as(surveyed, (role, held))
        found = await card(surveyed, region)
        for path in differing(whole, found):
            told = path.startswith(("/suppressed", "/as_of", "/weak_indicators")) or path in OF_MIXTURES
            told = told or ("/index" in found["suppressed"] and path.startswith(OF_FAMILIES))
            assert told or any(path.startswith(f"{each}/") for each in found["suppressed"]), (region, path)
        assert found["indices"][0]["of_indicators"] is found["index"]["of_indicators"] is None
        assert found["weak_indicators"] == [each for each in whole["weak_indicators"] if each not in hidden_codes()]


@pytest.mark.parametrize(("role", "held"), REVIEWERS)
async def test_a_card_a_list_and_a_trend_hide_the_same(surveyed: Client, role: str, held: str) -> None:
    await act_as(surveyed, (role, held))
    for region in within(held)[:5]:
        shown = await views(surveyed, region)
        assert len(shown) >= 3
        assert all(each == shown[0] for each in shown), region
        assert shown[0]["index"]["reason"] == "small", region
        assert (shown[0]["index"]["mean"] is None) == (region in OF_FEW)


async def test_a_reader_of_sensitive_outcomes_gets_everything_there_and_only_there(surveyed: Client) -> None:
    await act_as(surveyed, ("sensitive_reader", FEW), ("agency_administrator", "63"))
    few, large = await card(surveyed, FEW), await card(surveyed, LARGE)
    assert (few["suppressed"], few["index"]["reason"], few["index"]["families"]) == ([], None, 29)
    assert large["suppressed"] != []
    rows = (await surveyed.get("/v1/aggregates", parent="6372", level="village", year=2025)).json()["items"]
    reasons = {each["region"]["code"]: each["index"]["reason"] for each in rows if each["families"]}
    assert reasons == {FEW: None, LARGE: "small"}


async def test_an_agency_that_reviews_and_reads_sensitive_outcomes_gets_everything(surveyed: Client) -> None:
    await surveyed.sign_in(scopes=EVERYTHING, regions=["63"])
    for region in LEVELS:
        found = await card(surveyed, region)
        assert (found["protected"], found["suppressed"]) == (False, [])
        assert {each["reason"] for name in ("categories", "dimensions", "indicators") for each in found[name]} == {None}


async def test_the_pointers_of_what_is_suppressed_lead_to_what_is_null(surveyed: Client) -> None:
    await act_as(surveyed, ("agency_administrator", "63"))
    for region in LEVELS:
        found = await card(surveyed, region)
        named = []
        for path in found["suppressed"]:
            node: Any = found
            for step in path[1:].split("/"):
                node = node[int(step)] if isinstance(node, list) else node[step]
            assert set(figures_in(node)) <= {None, "small"}, (region, path)
            named.append(path)
        assert len(named) == len(set(named))
        assert ("/index" in named) == (region in OF_FEW)


async def test_nothing_is_hidden_where_nobody_was_surveyed(surveyed: Client) -> None:
    await act_as(surveyed, ("agency_administrator", "63"))
    found = (await surveyed.get("/v1/aggregates/6372061004/2023")).json()
    assert (found["families"], found["index"]["families"], found["weak_indicators"]) == (0, 0, [])
    assert found["suppressed"] == []


@pytest.mark.parametrize(("role", "held"), OTHERS)
async def test_who_does_not_review_gets_no_exact_figure(surveyed: Client, role: str, held: str) -> None:
    """Before a release there is none. Afterwards every figure of a region comes from it, in each output."""
    await act_as(surveyed, (role, held))
    for region in within(held):
        for each in await views(surveyed, region):
            assert set(figures_in([each[name] for name in PARTS if name in each])) <= {None, 0, "not_released"}
    await release(surveyed.app)
    for region in within(held)[:5]:
        shown = await views(surveyed, region)
        assert len(shown) >= 2
        assert all(each == shown[0] for each in shown), region
        assert shown[0]["families"] == (0 if region in OF_FEW else 30), region
        assert (shown[0]["progress"]["families"], shown[0]["protected"]) == (
            {LARGE[:6]: 30, FEW[:6]: 29}.get(region[:6], 59),
            True,
        )


async def test_a_village_of_few_families_is_in_no_released_figure(surveyed: Client) -> None:
    await release(surveyed.app)
    await act_as(surveyed, ("analyst", "63"))
    village, district, regency = [await card(surveyed, region) for region in (LARGE, LARGE[:6], "6372")]
    assert district["indicators"] == regency["indicators"] == village["indicators"]
    few = await card(surveyed, FEW)
    assert set(figures_in([few[name] for name in PARTS])) <= {None, 0, "small"}
