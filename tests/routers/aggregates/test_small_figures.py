"""GET /v1/aggregates hides figures of few families, and of sensitive indicators below the regency."""

from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.parts import cut
from tests.support.sums import insert_sums, sums_of_family

FILE = "ikk-29-2025.1"
LARGE, FEW = LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS
LEVELS = (LARGE, FEW, LARGE[:6], FEW[:6], "6372", "63")
PLAIN = ["supervisor", "analyst", "agency_administrator", "operator"]


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


async def views(client: Client, region: str) -> list[dict[str, Any]]:
    """The region and year as card, as row of a list, and as year of a trend, with what all three have."""
    card = (await client.get(f"/v1/aggregates/{region}/2025")).json()
    length = {10: 6, 6: 4, 4: 2, 2: 2}[len(region)]
    level = {10: "village", 6: "district", 4: "regency", 2: None}[len(region)]
    found = [card]
    trend = (await client.get(f"/v1/aggregates/{region}/trend", **{"from": 2024, "to": 2025})).json()
    assert [each.pop("break") for each in trend["years"]] == [None, None]
    found += [{**each, "year": 2025} for each in trend["years"]]
    query = {"parent": region[:length], "level": level, "year": 2025}
    if level is not None and (answer := await client.get("/v1/aggregates", **query)).status_code == 200:
        found += [each for each in answer.json()["items"] if each["region"]["code"] == region]
    return [cut(each, trend["years"][0]) for each in found]


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


async def test_it_works(surveyed: Client) -> None:
    await act_as(surveyed, ("analyst", "63"))
    card = (await surveyed.get(f"/v1/aggregates/{FEW}/2025")).json()
    assert card["families"] == 29
    assert set(
        figures_in([card[name] for name in ("index", "categories", "dimensions", "indicators", "weak_indicators")])
    ) == {None, "small"}
    assert {each["reason"] for name in ("categories", "dimensions", "indicators") for each in card[name]} == {"small"}
    large = (await surveyed.get(f"/v1/aggregates/{LARGE}/2025")).json()
    assert large["index"]["mean"] is not None
    hidden = {instrument(FILE).main.indicators[place].code for place in instrument(FILE).main.sensitive}
    assert {each["code"] for each in large["indicators"] if each["reason"] == "small"} == hidden
    assert {each["code"]: each["reason"] for each in large["dimensions"]} == {
        "KLS": "small", "KKF": "small", "KKE": None, "KKSP": "small", "KKSB": "small",
    }  # fmt: skip
    assert not hidden & set(large["weak_indicators"])
    assert len(large["weak_indicators"]) > 3


@pytest.mark.parametrize("role", PLAIN)
async def test_a_card_a_list_and_a_trend_hide_the_same(surveyed: Client, role: str) -> None:
    await act_as(surveyed, (role, "63") if role != "supervisor" else (role, "6372"))
    for region in LEVELS[:5]:
        shown = await views(surveyed, region)
        assert len(shown) >= 3
        assert all(each == shown[0] for each in shown), region
        assert shown[0]["index"]["reason"] == (None if region == "6372" else "small"), region
        assert (shown[0]["weak_indicators"] is None) == region.startswith(FEW[:6])


async def test_from_the_regency_on_figures_are_whole(surveyed: Client) -> None:
    for role in ("analyst", "sensitive_reader"):
        await act_as(surveyed, (role, "63"))
        for region in ("6372", "63"):
            card = (await surveyed.get(f"/v1/aggregates/{region}/2025")).json()
            assert card["families"] == 59
            assert card["suppressed"] == []
            assert {each["reason"] for name in ("categories", "dimensions", "indicators") for each in card[name]} == {
                None
            }


async def test_a_reader_of_sensitive_outcomes_gets_everything_there_and_only_there(surveyed: Client) -> None:
    await act_as(surveyed, ("sensitive_reader", FEW), ("analyst", "63"))
    few, large = [(await surveyed.get(f"/v1/aggregates/{region}/2025")).json() for region in (FEW, LARGE)]
    assert (few["suppressed"], few["index"]["reason"], few["index"]["families"]) == ([], None, 29)
    assert large["suppressed"] != []
    rows = (await surveyed.get("/v1/aggregates", parent="6372", level="village", year=2025)).json()["items"]
    reasons = {each["region"]["code"]: each["index"]["reason"] for each in rows if each["families"]}
    assert reasons == {FEW: None, LARGE: "small"}


async def test_the_pointers_of_what_is_suppressed_lead_to_what_is_null(surveyed: Client) -> None:
    await act_as(surveyed, ("analyst", "63"))
    for region in LEVELS:
        card = (await surveyed.get(f"/v1/aggregates/{region}/2025")).json()
        named = []
        for path in card["suppressed"]:
            node: Any = card
            for step in path[1:].split("/"):
                node = node[int(step)] if isinstance(node, list) else node[step]
            assert set(figures_in(node)) <= {None, "small"}, (region, path)
            named.append(path)
        assert len(named) == len(set(named))
        assert ("/index" in named) == (region in (FEW, FEW[:6]))


async def test_nothing_is_hidden_where_nobody_was_surveyed(surveyed: Client) -> None:
    await act_as(surveyed, ("analyst", "63"))
    card = (await surveyed.get("/v1/aggregates/6372061004/2023")).json()
    assert (card["families"], card["index"]["families"], card["weak_indicators"], card["suppressed"]) == (0, 0, [], [])
