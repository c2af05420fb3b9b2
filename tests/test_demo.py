"""`ikk demo`: the whole story, twice, as a newcomer's command runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.demo.rounds import ROUNDS
from tests.factories import PROJECT

FAMILIES = sum(each.families for each in ROUNDS)
COUNTS = """
    SELECT (SELECT count(*) FROM submission), (SELECT count(*) FROM village_sums), (SELECT count(*) FROM agency_secret),
           (SELECT sum(sums) FROM village_sums), (SELECT max(received_at) FROM submission)
"""


def call_demo(dsn: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": dsn, "IKK_FOLDER": str(folder), "IKK_PORT": "0"}
    command = [sys.executable, "-m", "app.cli", "demo", "--once"]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=180)


def run_demo(dsn: str, folder: Path) -> str:
    ran = call_demo(dsn, folder)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.process
async def test_it_tells_its_story_and_a_second_run_changes_nothing(empty_dsn: str, tmp_path: Path) -> None:
    first = run_demo(empty_dsn, tmp_path)
    assert f"families: {FAMILIES} stored, 0 sent before" in first
    for shown in ("Guntung Manggis", "Landasan Ulin Selatan", "Kota Banjarbaru", "Kalimantan Selatan", "Indonesia"):
        assert shown in first
    refused = (
        "demo-kader-1, of 6372021005, sends a family of 6372061004: 403, The region lies outside this token's regions"
    )
    assert refused in first
    connection = await asyncpg.connect(empty_dsn)
    stored = await connection.fetchrow(COUNTS)
    assert stored is not None
    assert stored[0] == FAMILIES
    second = run_demo(empty_dsn, tmp_path)
    assert f"families: 0 stored, {FAMILIES} sent before" in second
    assert table_of(second) == table_of(first)
    for output in (first, second):
        assert re.search(r"audit log: [0-9,]+ entries, all as they were sealed", output)
    assert await connection.fetchrow(COUNTS) == stored
    await connection.close()
    assert not (tmp_path / "postgres").exists()  # DATABASE_URL is set: no server of its own


def table_of(output: str) -> list[str]:
    return [line for line in output.splitlines() if "ikk-29" in line or "ketahanan-24" in line]


def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    ran = call_demo("postgresql://nobody@127.0.0.1:1/none", tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.startswith("the database cannot be reached")
    assert "Traceback" not in ran.stderr
