"""Instruments of every method, from families to cards, lists and trends of every level. Each figure is recounted."""

import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection
from app.schemas.aggregates.fields import FieldName
from app.schemas.aggregates.table import rows_per_region
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Index, Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.score import Basis, IndexScore, Score, score_bases
from app.scoring.sums import add
from tests.routers.aggregates.test_tables import read_csv
from tests.scoring.format_2 import EXAMPLES, complete, example, written
from tests.support.factories import Client
from tests.support.recount_any import recount_index
from tests.support.small_service import serving
from tests.support.sums import insert_sums
from tests.support.workbooks import read_sheets

MORE = {
    "geometric": """
question = [
  { code = "n", type = "integer", minimum = 1, maximum = 30 },
  { code = "m", type = "integer", minimum = 0, maximum = 10 },
]
group = [{ code = "x" }, { code = "y", weight = 2 }]
indicator = [
  { code = "a", group = "x", points = { of = "n", minimum = 0, maximum = 30 } },
  { code = "b", group = "y", points = { of = "m", minimum = -2, maximum = 10 } },
]
category = [{ code = "low", below = "1/2" }, { code = "high" }]
[[index]]
code = "g"
method = "geometric-mean"
scale = 1
decimals = 3
region = { headline = "mean", minimum_families = 2 }
""",
    "rule": """
question = [{ code = "n", type = "integer", minimum = 1, maximum = 30 }]
indicator = [{ code = "a", fulfilled_when.compare = ["n", "<", 5] }]
category = [{ code = "crowded", when.compare = ["n", ">", 6] }, { code = "roomy" }]
[[index]]
code = "r"
method = "rule"
applies_when.compare = ["n", ">", 1]
[index.region]
headline = "share"
share_of = ["crowded"]
scale = 1
decimals = 3
category = [{ code = "few", below = "1/2" }, { code = "many" }]
""",
    "coverage": """
question = [{ code = "n", type = "integer", minimum = 1, maximum = 30 }]
indicator = [
  { code = "a", fulfilled_when.compare = ["n", "<", 5] },
  { code = "b", fulfilled_when.compare = ["n", "<", 9] },
]
category = [{ code = "low", below = 50 }, { code = "high" }]
[[index]]
code = "c"
method = "mean"
complete.maximum_missing = 0
region = { headline = "of_indicators", minimum_coverage = "9/10" }
""",
    "apart": """
question = [{ code = "n", type = "integer", minimum = 1, maximum = 30 }]
indicator = [
  { code = "a", fulfilled_when.compare = ["n", "<", 5] },
  { code = "b", fulfilled_when.compare = ["n", "<", 9] },
  { code = "c", fulfilled_when.compare = ["n", "<", 12] },
]
[[index]]
code = "m"
method = "mean"
scale = 1
decimals = 1
region.scale = 100
region.decimals = 3
region.category = [{ code = "low", below = 50 }, { code = "high" }]
[[index]]
code = "s"
method = "mean"
scale = 1
region = { headline = "of_indicators", scale = 1000, decimals = 0 }
[[index]]
code = "d"
method = "mean"
region.decimals = 5
[[index]]
code = "same"
method = "mean"
""",
    "apart-points": """
question = [{ code = "n", type = "integer", minimum = 1, maximum = 30 }]
indicator = [{ code = "a", points = { of = "n", minimum = 1, maximum = 30 } }]
index = [{ code = "p", method = "points-sum", decimals = 0, region.decimals = 4 }]
""",
}
"""What the other examples lack."""
VILLAGES = ("6372061004", "6372061001", "6372021005", "6371011002")
PARENTS = {"6372061004": ("6372", "637206"), "637206": ("63", "6372"), "6372": ("63",), "63": ("ID",), "ID": ()}
"""Regions of every level, and those whose lists have them."""


def text_of(name: str) -> str:
    """The file of an instrument that follows no other one."""
    code = f"method-{name}"
    text = complete(MORE[name], code=code) if name in MORE else example(name, code=code)
    tables = tomllib.loads(text, parse_float=Decimal)
    return "".join(f"{key} = {written(value)}\n" for key, value in tables.items() if key != "follows")


@pytest.fixture
async def http(settings: Settings, dsn: str, name: str) -> AsyncIterator[Client]:
    async with serving(settings, dsn, [text_of(name)], regions=["ID"]) as client:
        yield client


def draw_basis(index: Index, random: Random) -> Basis:
    """Outcomes as a family may have them."""
    letters, points = "", []
    for each in index.indicators:
        form = each.points
        letter = random.choice("FFUUUM" if form is None else "VVVVM")
        letter = "N" if each.applies_when is not None and random.random() < 0.3 else letter
        letters += letter
        # Sums hold values to 10⁻⁸. Eighths have no further decimals, so no rounding of a share is in doubt.
        steps = Fraction(random.randint(0, 8), 8)
        points.append(form.least + steps * (form.most - form.least) if form is not None and letter == "V" else None)
    return Basis(
        letters,
        tuple(points),
        True if index.applies_when is None else random.choice((True, True, True, False, None)),
        random.choice((*range(len(index.categories)), None)) if index.method == "rule" else None,
        Fraction(1) if index.region.weigh_by is None else random.choice((None, *map(Fraction, range(1, 9)))),
    )


def draw_families(instrument: Instrument, random: Random, number: int) -> list[Score]:
    return [score_bases([draw_basis(index, random) for index in instrument.indices], instrument) for _ in range(number)]


def rounded(value: Fraction | None, decimals: int = 2) -> float | None:
    if value is None:
        return None
    exact = Decimal(value.numerator * 10**30 // value.denominator).scaleb(-30)
    return float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def expected(scores: Sequence[IndexScore], index: Index) -> dict[str, Any]:
    """The figures of an index in the form of the JSON."""
    there, rule, own = recount_index(scores, index), index.region, index.decimals
    headline = None
    if rule.headline is not None:
        headline = {
            "figure": rule.headline,
            "value": rounded(there["headline"], rule.decimals),
            "category": there["category"],
        }
    sparse = {name: rounded(there[name], rule.decimals) for name in ("headcount", "intensity", "adjusted")}
    return {
        "headline": headline,
        "families": there["families"],
        "mean": rounded(there["mean"], own),
        "of_indicators": rounded(there["of_indicators"], own),
        **{name: value for name, value in sparse.items() if value is not None},
        "groups": [
            (each["families"], rounded(each["mean"], own), rounded(each["of_indicators"], own))
            for each in there["groups"]
        ],
        "categories": [(n, rounded(share)) for n, share in zip(there["categories"], there["shares"], strict=True)],
        "indicators": [
            (
                *(each[name] for name in ("fulfilled", "unfulfilled", "missing")),
                each["valued"] if index.indicators[at].points is not None else None,
                *(rounded(each["share"]), rounded(each["points"], 4)),
                *(rounded(each["censored"], rule.decimals), rounded(each["part"], rule.decimals)),
                None if rule.weak is None else each["weak"],
            )
            for at, each in enumerate(there["indicators"])
        ],
    }


def answered(found: dict[str, Any]) -> dict[str, Any]:
    """The same from a response."""
    headline = found["headline"]
    if headline is not None:
        headline = {**headline, "category": headline["category"] and headline["category"]["code"]}
    names = ("families", "mean", "of_indicators", "headcount", "intensity", "adjusted")
    counted = ("fulfilled", "unfulfilled", "missing", "valued", "share", "points", "censored", "part", "weak")
    return {
        "headline": headline,
        **{name: found[name] for name in names if name in found},
        "groups": [(each["families"], each["mean"], each["of_indicators"]) for each in found["groups"]],
        "categories": [(each["families"], each["share"]) for each in found.get("categories", [])],
        "indicators": [tuple(each.get(name) for name in counted) for each in found["indicators"]],
    }


async def views(client: Client, code: str, region: str) -> list[dict[str, Any]]:
    """The aggregate of a region and 2025 as a card, as a year of a trend, and as a row of every list that has it."""
    query = {"instrument": code, "fields": "indicators,categories"}
    card = (await client.get(f"/v1/aggregates/{region}/2025", instrument=code)).json()
    trend = (await client.get(f"/v1/aggregates/{region}/trend", **{"from": 2024, "to": 2025}, **query)).json()
    assert (trend["years"][0]["families"], trend["years"][0]["indices"][0]["mean"]) == (0, None)
    found = [card, trend["years"][1]]
    levels = {2: "province", 4: "regency", 6: "district", 10: "village"}
    for parent in PARENTS[region]:
        named = {"parent": parent, "level": levels[len(region)], "year": 2025, "limit": 200}
        answer = await client.get("/v1/aggregates", **named, **query)
        found += [each for each in answer.json()["items"] if each["region"]["code"] == region]
    return found


@pytest.mark.parametrize("name", [*EXAMPLES, *MORE])
async def test_every_figure_equals_a_recount_at_every_level(http: Client, connection: Connection, name: str) -> None:
    text, random = text_of(name), Random(name)
    instrument = read_instrument(text.encode("utf-8"))
    families = {village: draw_families(instrument, random, random.randint(8, 14)) for village in VILLAGES}
    for village, scores in families.items():
        totals = add((sums_of(each, instrument) for each in scores), instrument)
        await insert_sums(connection, instrument, totals, region=village)
    for region, parents in PARENTS.items():
        inside = "" if region == "ID" else region
        scores = [each for village, there in families.items() if village.startswith(inside) for each in there]
        shown = await views(http, instrument.code, region)
        assert len(shown) == 2 + len(parents)
        for view in shown:
            assert view["families"] == len(scores)
            assert [each["code"] for each in view["indices"]] == [each.code for each in instrument.indices]
            for position, index in enumerate(instrument.indices):
                there = expected([each.indices[position] for each in scores], index)
                assert answered(view["indices"][position]) == there, (region, index.code)
            first, main = view["indices"][0], view["index"]
            assert (main["mean"], main["of_indicators"]) == (first["mean"], first["of_indicators"])
            assert main["families"] == first["families"]["scored"]
            figure = first["headline"] and first["headline"]["figure"]
            assert main["category"] == (first["headline"]["category"] if figure == "mean" else None)
            assert [view["dimensions"], view["indicators"]] == [first["groups"], first["indicators"]]


def headlines(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """By index: the value and the category of each row that is marked as its headline."""
    found: dict[str, list[Any]] = {}
    for each in rows:
        if each["headline"] == "yes":
            value = str(each["value"] or "").replace(",", ".")
            found.setdefault(each["index"], []).append((float(value) if value else None, each["category"] or None))
    return found


@pytest.mark.parametrize("name", [*EXAMPLES, *MORE])
async def test_a_table_marks_the_headline_of_json(http: Client, connection: Connection, name: str) -> None:
    text, random = text_of(name), Random(name)
    instrument = read_instrument(text.encode("utf-8"))
    scores = draw_families(instrument, random, 14)
    totals = add((sums_of(each, instrument) for each in scores), instrument)
    await insert_sums(connection, instrument, totals, region=VILLAGES[0])
    village, code = VILLAGES[0], instrument.code
    for path in (
        f"/v1/aggregates/{village}/2025?instrument={code}",
        f"/v1/aggregates/{village}/trend?from=2025&to=2025&instrument={code}",
        f"/v1/aggregates?parent=637206&level=village&year=2025&instrument={code}",
    ):
        body = (await http.http.get(path)).json()
        views = [each for each in body.get("items") or body.get("years") or [body] if each["families"]]
        assert len(views) == 1
        expected = {
            each["code"]: [(each["headline"]["value"], (each["headline"]["category"] or {}).get("code"))]
            for each in views[0]["indices"]
            if each["headline"] is not None
        }
        tables = [
            read_csv(await http.http.get(f"{path}&format=csv")),
            read_csv(await http.http.get(f"{path}&format=csv&separator=semicolon"), ";"),
            read_sheets(await http.http.get(f"{path}&format=xlsx"))["figures"],
        ]
        for table in tables:
            rows = [each for each in table if each["region"] == village]
            assert headlines(rows) == expected, path
            fields: tuple[FieldName, ...] = ("indicators", "categories") if "2025?" in path else ()
            assert len(rows) <= rows_per_region(instrument, fields)
            own = [each["measure"] for each in rows if each["headline"] == "yes"].count("headline")
            assert own == {"apart": 3, "apart-points": 1, "geometric": 1}.get(name, 0)
