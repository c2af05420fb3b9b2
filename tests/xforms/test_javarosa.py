"""Forms in JavaRosa, the engine of ODK Collect: the score on the phone is the server's, and what it sends is taken."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.regions.local_time import local_day
from app.schemas.intake.submission import SubmissionIn
from app.scoring.answers import check_answers
from app.scoring.conditions import Compare, Constant, Named
from app.scoring.instrument import Check, Instrument, Method
from app.scoring.reading.files import read_instrument
from app.scoring.score import score
from app.synthetic import draw_submission
from app.xforms import names
from app.xforms.form import CannotCarryError, Form, make_form
from app.xforms.instances import Instance, Told, body_of, read_instance
from tests.scoring.drawn import draw_answers, draw_instrument
from tests.scoring.format_2 import EXAMPLES, example
from tests.scoring.wire import wire_of
from tests.support.javarosa import VILLAGES, Filled, JavaRosa, jar, missing, running
from tests.xforms.typed import Typed, typed

pytestmark = [pytest.mark.foreign, pytest.mark.skipif(missing() is not None, reason=str(missing()))]
REGION = "6372061004"
SHIPPED = sorted(file.stem for file in SHIPPED_INSTRUMENTS.glob("*.toml"))
FAMILIES = 25


@pytest.fixture(scope="module")
def javarosa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaRosa]:
    with running(tmp_path_factory.mktemp("javarosa")) as engine:
        yield engine


def shipped(name: str) -> Instrument:
    return read_instrument((SHIPPED_INSTRUMENTS / f"{name}.toml").read_bytes())


def bodies(instrument: Instrument, number: int, seed: int) -> list[dict[str, Any]]:
    random = Random(seed)
    now = datetime.now(UTC)
    return [draw_submission(instrument, REGION, now, random, lambda _: random.random())[1] for _ in range(number)]


def flat(values: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        found |= flat(value) if isinstance(value, Mapping) else {name: value} if isinstance(value, str) else {}
    return found


def told(filled: Filled, instrument: Instrument) -> tuple[Instance, Told]:
    instance = read_instance(filled.xml)
    return instance, body_of(instance, instrument)


def assert_same_score(filled: Filled, form: Form, instrument: Instrument) -> None:
    """The phone's outcomes, value and category are those of the body that it sends. The body has no faults."""
    instance, found = told(filled, instrument)
    day = local_day(datetime.fromisoformat(found.body["surveyed_at"]), REGION)
    answers, faults = check_answers(found.body["answers"], instrument, day)
    assert faults == []
    if not form.scores:
        assert found.shown is None
        return
    expected, index = score(answers, instrument, day).main, instrument.main
    values = flat(instance.values)
    assert "".join(values[f"_outcome_{each.code}"] for each in index.indicators) == expected.basis.outcomes
    assert values[names.STATE] == expected.state
    assert found.shown is not None
    assert found.shown.hundredths == (None if expected.shown is None else expected.shown * 100)
    category = None if expected.category is None else index.categories[expected.category].code
    assert found.shown.category == category


@pytest.mark.parametrize("name", SHIPPED)
def test_families_of_a_shipped_instrument(name: str, javarosa: JavaRosa) -> None:
    instrument = shipped(name)
    form = make_form(instrument)
    assert form.scores
    drawn = bodies(instrument, FAMILIES, 5)
    for body, filled in zip(
        drawn, javarosa.fill(form.xform, [[typed(each, instrument)] for each in drawn]), strict=True
    ):
        assert (filled.refused, filled.held) == ((), None)
        sent = told(filled, instrument)[1].body
        assert sent["answers"] == body["answers"]
        assert sent["family"] == body["family"]
        assert sent["region"] == body["region"]
        assert_same_score(filled, form, instrument)


@pytest.mark.parametrize("name", SHIPPED[2::3])
def test_answers_that_are_taken_back(name: str, javarosa: JavaRosa) -> None:
    """A family is filled in, then another one over it, so that questions are no longer asked that have answers."""
    instrument = shipped(name)
    form = make_form(instrument)
    first, second = bodies(instrument, FAMILIES, 6), bodies(instrument, FAMILIES, 7)
    walks = [[typed(one, instrument), typed(other, instrument)] for one, other in zip(first, second, strict=True)]
    for body, filled in zip(second, javarosa.fill(form.xform, walks), strict=True):
        assert filled.held is None
        assert told(filled, instrument)[1].body["answers"].keys() >= body["answers"].keys()
        assert_same_score(filled, form, instrument)


def plainer(instrument: Instrument) -> Instrument:
    """The same instrument with a main index of a kind that phones can compute, unless its conditions read rosters."""
    main = instrument.main
    kept = tuple(each for each in main.indicators if each.points is None)
    if not kept:
        return instrument
    groups = tuple(replace(each, combine="mean", complete=replace(each.complete, required=())) for each in main.groups)
    complete = replace(main.complete, required=())
    index = replace(
        main,
        combine="mean",
        complete=complete,
        decimals=2,
        only={},
        groups=groups,
        indicators=kept,
        sensitive=frozenset(),
    )
    return replace(instrument, indices=(index,))


def test_random_instruments(javarosa: JavaRosa) -> None:
    """Conditions, facts and groups of every kind, as far as phones carry them."""
    shown = 0
    for seed in range(100):
        random = Random(seed)
        method: Method = "mean" if seed % 2 else "counting"
        instrument = plainer(draw_instrument(random, method=method))
        try:
            form = make_form(instrument)
        except CannotCarryError:
            continue
        shown += form.scores
        families: list[list[Typed]] = []
        for _ in range(4):
            walks = []
            for _ in range(2):
                answers = wire_of(draw_answers(instrument, random))
                family = {"head_sex": "female", "members": 3}
                walks.append(typed({"region": REGION, "family": family, "answers": answers}, instrument))
            families.append(walks)
        for filled in javarosa.fill(form.xform, families):
            assert_same_score(filled, form, instrument)
    assert shown > 20


def test_without_consent_nothing_else_is_asked_and_the_form_stays_open(javarosa: JavaRosa) -> None:
    instrument = shipped("ikk-29-2026.1")
    walk = typed(bodies(instrument, 1, 8)[0], instrument) | {(names.CONSENT, 0): "no"}
    [filled] = javarosa.fill(make_form(instrument).xform, [[walk]])
    assert filled.refused == (names.CONSENT,)
    assert set(filled.asked) == {names.VILLAGE, names.CONSENT}
    assert filled.held == names.CONSENT
    instance, found = told(filled, instrument)
    assert found.refused
    assert "answers" not in found.body
    assert flat(instance.values).keys().isdisjoint({*instrument.question, names.CARD, names.HUNDREDTHS})


def test_the_tick_at_the_end_says_when_the_interview_was_done(javarosa: JavaRosa) -> None:
    instrument = shipped("ikk-29-2026.1")
    walk = typed(bodies(instrument, 1, 11)[0], instrument)
    form = make_form(instrument)
    [done] = javarosa.fill(form.xform, [[walk | {(names.FINISHED, 0): "OK"}, {("meals_enough", 0): "no"}]])
    [open_] = javarosa.fill(None, [[walk]])
    body = SubmissionIn.model_validate(told(done, instrument)[1].body)
    assert body.started_at is not None
    assert body.started_at <= body.surveyed_at
    assert body.surveyed_at.utcoffset() == timedelta(hours=8)
    assert "started_at" not in told(open_, instrument)[1].body
    instance = read_instance(done.xml)
    assert re.fullmatch(r"LANDASAN ULIN SELATAN .*[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", name_of(instance))


def name_of(instance: Instance) -> str:
    """What the phone calls the interview."""
    name = instance.values["meta"]["instanceName"]
    assert isinstance(name, str)
    return name


def test_a_check_that_refuses_holds_the_form_back(javarosa: JavaRosa) -> None:
    instrument = shipped("ikk-29-2026.1")
    check = Check("odd", Compare(Named("members"), ">", Constant(Fraction(40))), instrument.title, "refuse")
    strict = replace(instrument, checks=(check,))
    body = bodies(instrument, 1, 9)[0]
    fill = typed(body, strict)
    form = make_form(strict)
    [held] = javarosa.fill(form.xform, [[fill | {("members", 0): "41"}]])
    assert held.held == "_check_odd"
    [free] = javarosa.fill(None, [[fill | {("members", 0): "41"}, fill]])
    assert free.held is None


def test_answers_beyond_the_limits_are_refused(javarosa: JavaRosa) -> None:
    instrument = shipped("ikk-29-2026.1")
    fill = typed(bodies(instrument, 1, 10)[0], instrument)
    odd = {
        ("members", 0): "51",
        ("income_month", 0): "1000000000.5",
        (names.CARD, 0): "63720101",
        ("protein_days", 0): "8",
    }
    [filled] = javarosa.fill(
        make_form(instrument).xform, [[fill, odd, {("members", 0): "1", ("children_0_17", 0): "2"}]]
    )
    assert {*filled.refused} >= {"members", "income_month", names.CARD, "protein_days", "children_0_17"}


@pytest.mark.parametrize("name", [*SHIPPED, *EXAMPLES])
def test_odk_validate_accepts_the_form(name: str, tmp_path: Path) -> None:
    instrument = shipped(name) if name in SHIPPED else read_instrument(example(name).encode())
    (tmp_path / "form.xml").write_bytes(make_form(instrument).xform)
    (tmp_path / "villages.csv").write_text(VILLAGES, "utf-8")
    command = ["java", "-XX:TieredStopAtLevel=1", "-jar", str(jar()), str(tmp_path / "form.xml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Xform is valid" in done.stdout + done.stderr, done.stdout + done.stderr
