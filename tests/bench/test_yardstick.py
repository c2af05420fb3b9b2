"""`make bench` runs from end to end, and its yardsticks are as they were when the targets were set."""

import hashlib
import subprocess
import sys

import pytest

from bench import frozen
from bench.frozen import FROZEN, check_frozen
from bench.load import LoadError
from bench.verdict import Row
from tests.support.factories import PROJECT


@pytest.mark.parametrize("name", FROZEN)
def test_a_bare_route_is_as_it_was(name: str) -> None:
    assert hashlib.sha256((PROJECT / "bench" / name).read_bytes()).hexdigest() == FROZEN[name]


def test_the_benchmark_refuses_a_yardstick_that_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_frozen()
    monkeypatch.setattr(frozen, "FROZEN", {**FROZEN, "bare.py": "0" * 64})
    with pytest.raises(LoadError, match=r"bench/bare\.py"):
        check_frozen()


@pytest.mark.parametrize(
    ("found", "at_most", "verdict"),
    [
        ([0.5, 0.6, 0.1], False, "ok"),
        ([0.4, 0.6, 0.1], False, "falls short"),
        ([0.5, 0.6, 0.1], True, "ok"),
        ([0.6, 0.6, 0.1], True, "falls short"),
    ],
)
def test_the_verdict_follows_from_the_median(found: list[float], at_most: bool, verdict: str) -> None:
    assert Row("a row", found, 0.5, at_most=at_most).verdict == verdict


@pytest.mark.process
def test_the_tiniest_run_works_and_agrees() -> None:
    command = [sys.executable, "-m", "bench.http", "--rounds", "1", "--seconds", "0.05", "--interviews", "1000"]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "Acknowledged = stored = audited = in the sums" in run.stdout
    for row in (
        "PUT, ikk-29 ÷ bare, 64",
        "÷ bare with an INSERT",
        "known family",
        "one village",
        "Batch of 500",
        "loop",
    ):
        assert row in run.stdout


@pytest.mark.process
def test_the_tiniest_run_beside_many_stored_works_and_agrees() -> None:
    command = [sys.executable, "-m", "bench.large", "--few", "500", "--many", "1000", "--rounds", "1"]
    run = subprocess.run([*command, "--seconds", "0.05"], cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "at 1,000 stored ÷ at 500" in run.stdout
