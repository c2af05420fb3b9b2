"""The village that docs/guides/releases.md works by hand, recomputed by the functions of production."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from typing import Any, Final

import pytest

from app.protection.assessed import assess
from app.protection.breakdowns import RegionRows, Unit, make_units
from app.protection.columns import Columns
from app.protection.exact import ExactIndex, ExactIndicator, ExactVillage
from app.protection.group_errors import GroupErrors
from app.protection.groups import GroupCounts
from app.protection.parameters import Parameters
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import IndicatorOfRegion, add_up
from app.protection.rounding import FINE
from app.protection.secrets import Draws, Secrets
from app.protection.uncertainty import CENSUS
from app.protection.villages import protect
from app.schemas.aggregates.aggregate import RegionRefOut
from app.schemas.aggregates.released import make_card
from app.scoring.reading.files import read_instrument
from app.scoring.rounding import shown
from tests.support.factories import PROJECT

GUIDE: Final = (PROJECT / "docs" / "guides" / "releases.md").read_text("utf-8")
INSTRUMENT: Final = read_instrument((PROJECT / "app" / "instruments" / "ikk-29-2026.1.toml").read_bytes())
PLAN: Final = Plan.of(INSTRUMENT)
RULE: Final = PLAN.main.indicators[PLAN.position["KLS2"]].rule
YEAR: Final = 2026
PLACES: Final = {"A": "6372021005", "B": "6372061004"}
GROUPS: Final = ["female", "male"]
LETTERS: Final = {"not applicable": "N", "missing": "M", "unfulfilled": "U"}
Row = Mapping[str, str]


@cache
def tables() -> tuple[list[Row], ...]:
    """The tables of the guide, each a list of rows by the names of its columns."""
    found: list[list[Row]] = []
    for block in re.findall(r"(?:^\|.*\n)+", GUIDE, re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append([dict(zip(head, row, strict=False)) for row in rows])
    return tuple(found)


def table(*columns: str) -> list[Row]:
    """The only table of the guide with exactly these columns."""
    (found,) = [each for each in tables() if tuple(each[0]) == columns]
    return found


def exact() -> dict[str, Row]:
    return {
        row["Place"]: row
        for row in table(*["Place", "Families", "Not applicable", "Missing", "Unfulfilled", "Fulfilled", "Share"])
    }


def rounded() -> list[Row]:
    return table("Village", "Count", "Exact", "Secret", "Exact + secret", "Rounded")


def released() -> dict[str, Row]:
    columns = "Place,Families,Not applicable,Missing,Unfulfilled,Fulfilled,Answered,Share"
    return {row["Place"]: row for row in table(*columns.split(","))}


class SecretsOfGuide(Secrets):
    """The secrets that the guide names for KLS2, and others for what it does not show."""

    def __init__(self) -> None:
        super().__init__(bytes(32))
        self._chosen = {(PLACES[row["Village"]], LETTERS[row["Count"]]): int(row["Secret"]) for row in rounded()}

    def offset(self, base: int, *what: str) -> int:
        if what[-1] == "A":
            # Of sizes the secret may be a fraction.
            return split_secrets()[name_of(what[3])] * FINE
        if what[-1] == "split":
            return split_secrets()["U"] if RULE in what else super().offset(base, *what)
        place, _, _, count = what
        return self._chosen.get((place, count), 0)

    def generator(self, *what: str) -> Draws:
        if what[-1] == "order":
            return DrawsOfGuide([])
        if RULE in what:
            return DrawsOfGuide(flips_of(what[3]) if what[-1] == "flip" else [])
        return super().generator(*what)


class DrawsOfGuide(Draws):
    """Families of these groups, and groups in the order female, male. What cannot be drawn is an error."""

    def __init__(self, groups: Sequence[str]) -> None:
        super().__init__(bytes(32))
        self._groups = list(groups)

    def pick(self, weights: Sequence[int]) -> int:
        at = GROUPS.index(self._groups.pop(0))
        assert weights[at] > 0
        return at

    def order(self, count: int) -> list[int]:
        return list(range(count))


def name_of(place: str) -> str:
    (found,) = [name for name, code in PLACES.items() if code == place]
    return found


def flips_of(place: str) -> list[str]:
    """The groups of the families of a village that are counted on the other side."""
    rows = [row for row in changes() if PLACES[row["Village"]] == place]
    return [row["Group"] for row in rows for _ in range(abs(int(row["Changed to"]) - int(row["Unfulfilled"])))]


def changes() -> list[Row]:
    return table("Village", "Group", "Truly answered", "Unfulfilled", "Changed to")


def sizes() -> list[Row]:
    return table("Village", "Group", "Families", "Rounded", "Not applicable", "Missing", "Answered")


def split_secrets() -> dict[str, int]:
    """The secrets of the splits: of the sizes by village, and of the unfulfilled families."""
    section = GUIDE.partition("### Step 3")[2].partition("\n## ")[0]
    found = {name: int(secret) for secret, name in re.findall(r"the secret (\d) for ([AB])", section)}
    (unfulfilled,) = re.findall(r"the secret (\d),", section)
    return {**found, "U": int(unfulfilled)}


def exact_village(name: str) -> ExactVillage:
    """A village in which every indicator has the counts of the guide. The guide shows one of them."""
    row = exact()[name]
    counts = [int(row[each]) for each in ("Fulfilled", "Unfulfilled", "Missing", "Not applicable")]
    families = int(row["Families"])
    of_index = (families, *[0] * (PLAN.main.cells - 1))
    index = ExactIndex((ExactIndicator(*counts),) * len(PLAN.main.indicators), of_index, None, 0, 0)
    return ExactVillage(PLACES[name], families, (index,))


def groups_of(name: str) -> dict[str, GroupCounts]:
    """The groups of a village by the sex of the head, with the counts of the guide for every indicator."""
    width, found = len(PLAN.main.indicators), dict[str, GroupCounts]()
    for size, change in zip(sizes(), changes(), strict=True):
        if size["Village"] == name:
            counts = (change["Truly answered"], change["Unfulfilled"], size["Missing"].partition(" ")[0])
            found[size["Group"]] = GroupCounts(int(size["Families"]), *((int(each),) * width for each in counts))
    return found


@cache
def protected(name: str) -> Protected:
    made = protect(exact_village(name), PLAN, year=YEAR, secrets=SecretsOfGuide(), parameters=Parameters.of(INSTRUMENT))
    assert made is not None
    return made


def indicator_of(place: str) -> IndicatorOfRegion:
    """KLS2 of a village or of the regency."""
    villages = [protected(name) for name in (PLACES if place == "Regency" else [place])]
    return add_up(villages, PLAN).main.indicators[PLAN.position["KLS2"]]


def percent(value: Fraction | None) -> str:
    return str(shown(value, 1))


@pytest.mark.parametrize("place", ["A", "B", "Regency"])
def test_it_works(place: str) -> None:
    row, found = released()[place], indicator_of(place)
    counts = found.rounded
    assert (
        counts.not_applicable,
        counts.missing,
        counts.unfulfilled,
        counts.fulfilled,
        found.answered,
        found.families,
    ) == (
        *(int(row[each]) for each in ("Not applicable", "Missing", "Unfulfilled", "Fulfilled", "Answered", "Families")),
    )
    bound = percent(found.share_at_least)
    assert row["Share"] == (percent(found.share) if found.share is not None else f"at least {bound}")


@pytest.mark.parametrize("place", ["A", "B", "Regency"])
def test_the_exact_counts_add_up(place: str) -> None:
    row = {name: cell for name, cell in exact()[place].items() if name not in ("Place", "Share")}
    families, *outcomes = [int(cell) for cell in row.values()]
    unfulfilled, fulfilled = outcomes[-2:]
    assert families == sum(outcomes)
    assert exact()[place]["Share"] == percent(Fraction(100 * fulfilled, fulfilled + unfulfilled))
    if place == "Regency":
        assert all(int(cell) == sum(int(exact()[each][name]) for each in PLACES) for name, cell in row.items())


def test_each_count_is_rounded_as_the_guide_says() -> None:
    assert len(rounded()) == 6
    for row in rounded():
        column = row["Count"].capitalize()
        assert row["Exact"] == exact()[row["Village"]][column]
        assert int(row["Exact + secret"]) == int(row["Exact"]) + int(row["Secret"])
        assert int(row["Rounded"]) == int(row["Exact + secret"]) // 5 * 5
        assert row["Rounded"] == released()[row["Village"]][column]


def test_the_groups_of_the_guide_add_up_to_its_villages() -> None:
    for name in PLACES:
        row, parts = exact()[name], groups_of(name).values()
        assert sum(each.families for each in parts) == int(row["Families"])
        assert sum(each.answered[0] for each in parts) == int(row["Fulfilled"]) + int(row["Unfulfilled"])
        assert sum(each.unfulfilled[0] for each in parts) == int(row["Unfulfilled"])
        changed = [int(each["Changed to"]) for each in changes() if each["Village"] == name]
        assert sum(changed) == int(released()[name]["Unfulfilled"])


@pytest.mark.parametrize("name", PLACES)
def test_the_rounded_groups_of_the_guide_add_up_to_its_villages(name: str) -> None:
    rows = [row for row in sizes() if row["Village"] == name]
    for column in ("Not applicable", "Missing"):
        exact_part, rounded_part = zip(*(map(int, row[column].split(" → ")) for row in rows), strict=True)
        assert sum(exact_part) == int(exact()[name][column])
        assert sum(rounded_part) == int(released()[name][column])
    assert sum(int(row["Rounded"]) for row in rows) == int(released()[name]["Families"])
    assert sum(int(row["Answered"]) for row in rows) == int(released()[name]["Answered"])
    for row in rows:
        others = [int(row[column].split(" → ")[1]) for column in ("Not applicable", "Missing")]
        assert int(row["Answered"]) == int(row["Rounded"]) - sum(others)
        truly = [change for change in changes() if (change["Village"], change["Group"]) == (name, row["Group"])]
        exact_others = [int(row[column].split(" → ")[0]) for column in ("Not applicable", "Missing")]
        assert int(truly[0]["Truly answered"]) == int(row["Families"]) - sum(exact_others)


def test_the_groups_of_village_b_are_rounded_as_the_guide_says() -> None:
    """Where 20 answers are enough for a table. Those of A are the rest of the regency."""
    units = make_units(
        {PLACES["B"]: protected("B")},
        {PLACES["B"]: groups_of("B")},
        PLAN,
        instrument="ikk-29",
        breakdown="head_sex",
        year=YEAR,
        secrets=SecretsOfGuide(),
        parameters=replace(Parameters.of(INSTRUMENT), group=20),
    )
    (unit,) = [each for each in units if each.indicator == "KLS2"]
    made = {code: each.answered for code, each in unit.groups.items()}
    assert made == {row["Group"]: int(row["Answered"]) for row in sizes() if row["Village"] == "B"}


@cache
def unit_of_guide() -> Unit:
    units = make_units(
        {PLACES[name]: protected(name) for name in PLACES},
        {PLACES[name]: groups_of(name) for name in PLACES},
        PLAN,
        instrument="ikk-29",
        breakdown="head_sex",
        year=YEAR,
        secrets=SecretsOfGuide(),
        parameters=Parameters.of(INSTRUMENT),
    )
    (unit,) = [each for each in units if each.indicator == "KLS2"]
    return unit


def test_the_uncertainty_of_the_groups_is_what_the_guide_says() -> None:
    columns = Columns(PLAN, [protected(name) for name in PLACES])
    rows = RegionRows(columns, [each.base for each in PLAN.main.indicators])
    rows.add(unit_of_guide())
    row = rows.rows["KLS2"]
    errors = GroupErrors(columns, CENSUS).of("KLS2", row.groups, row.splits)
    female, male = (errors[each].share for each in GROUPS)
    said = " ".join(GUIDE.split())
    standard, ends = (f"{female.standard_error:.1f}", f"{male.standard_error:.1f}"), (female, male)
    assert f"standard errors are {standard[0]} points for female and {standard[1]} for male" in said
    assert (
        "intervals are {:.1f} to {:.1f} and {:.1f} to {:.1f}".format(
            *(end for each in ends for end in (each.low, each.high))
        )
        in said
    )


def test_the_breakdown_is_made_as_the_guide_says() -> None:
    unit = unit_of_guide()
    assert (unit.level, set(unit.members)) == ("regency", set(PLACES.values()))
    *rows, whole = table("Group", "Answered", "Unfulfilled", "Share", "Exact share")
    assert [row["Group"] for row in rows] == list(unit.groups) == GROUPS
    for row in rows:
        made, true = unit.groups[row["Group"]], [groups_of(name)[row["Group"]] for name in PLACES]
        assert (made.answered, made.unfulfilled) == (int(row["Answered"]), int(row["Unfulfilled"]))
        assert row["Share"] == percent(Fraction(100 * (made.answered - made.unfulfilled), made.answered))
        answered, without = sum(each.answered[0] for each in true), sum(each.unfulfilled[0] for each in true)
        assert row["Exact share"] == percent(Fraction(100 * (answered - without), answered))
    for column in ("Answered", "Unfulfilled"):
        assert sum(int(row[column]) for row in rows) == int(whole[column]) == int(released()["Regency"][column])


def test_the_json_of_the_guide_is_what_the_service_sends() -> None:
    villages = [protected("A")]
    figures = add_up(villages, PLAN)
    card = make_card(
        RegionRefOut.of(PLACES["A"], "A"),
        YEAR,
        INSTRUMENT,
        figures,
        counted=[(INSTRUMENT, 124)],
        basis="approved",
        as_of=datetime(2026, 11, 27, tzinfo=UTC),
        uncertain=assess(villages, figures, CENSUS),
    )
    (block,) = re.findall(r"^```json\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    shown_in_guide: dict[str, Any] = json.loads(block)
    sent = json.loads(card.indicators[PLAN.position["KLS2"]].model_dump_json())
    assert {name: sent[name] for name in shown_in_guide} == shown_in_guide
    assert sent.keys() == shown_in_guide.keys()


def test_the_parameters_of_the_guide_are_those_of_the_service() -> None:
    each = Parameters()
    bases = f"base {each.base} and {each.sensitive_base}"
    assert f"{each.families} families, {bases}, groups of {each.group}, batches of {each.batch}" in GUIDE
