"""Runs `ikk demo` twice as a newcomer would, and compares its picture in the docs with what it prints."""

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import asyncpg
import pytest

from app.demo.accounts import KADER
from app.demo.rounds import ROUNDS, VILLAGES, shown_regions
from tests.support.factories import PROJECT

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
    refused = (
        "demo-kader-1, of 6372021005, sends a family of 6372061004: 403, The region lies outside this token's regions"
    )
    assert refused in first
    assert (
        "demo-kader-2 interviews a family that demo-kader-1 interviewed before (interviewed_before). The first "
        "interview no longer counts (later_interview): 102 interviews of Guntung Manggis are 101 families"
    ) in first
    assert (
        "demo-kader-7 sends an interview of 2025-09-03 under 6303062017: 422, region_ended, followed by 6303062901 "
        "Mandiangin Hulu and 6303062902 Mandiangin Hilir"
    ) in first
    a_split_village_and_its_parts_add_up(rows_of(first))
    every_row_says_something_new(rows_of(first))
    regencies_differ_from_their_villages(rows_of(first))
    assert sorted(compact(line) for line in table_of(first)) == sorted(drawn_rows())
    connection = await asyncpg.connect(empty_dsn)
    stored = await connection.fetchrow(COUNTS)
    assert stored is not None
    assert stored[0] == FAMILIES + 1
    second = run_demo(empty_dsn, tmp_path)
    assert f"families: 0 stored, {FAMILIES} sent before" in second
    assert table_of(second) == table_of(first)
    assert [line for line in second.splitlines() if "demo-kader-" in line] == [
        line for line in first.splitlines() if "demo-kader-" in line
    ]
    for output in (first, second):
        assert re.search(r"audit log: [0-9,]+ entries, all as they were sealed", output)
    assert await connection.fetchrow(COUNTS) == stored
    assert not (tmp_path / "postgres").exists()  # DATABASE_URL is set, so it starts no server
    await connection.execute("UPDATE role_grant SET region = '6303012012' WHERE role = 'kader'")
    await connection.close()
    third = call_demo(empty_dsn, tmp_path)
    assert third.returncode == 1
    assert third.stderr.startswith("the database holds families of another version of the demo")
    assert "Traceback" not in third.stderr


Row = dict[str, str]
CELLS = ("region", "year", "instrument", "families", "index", "of_indicators", "category", "weak")
REGENCIES = {
    "Kabupaten Banjar": {"Aluh Aluh Besar", "Mandiangin Timur", "Mandiangin Hulu", "Mandiangin Hilir"},
    "Kota Banjarbaru": {"Guntung Manggis", "Landasan Ulin Selatan"},
}


def table_of(output: str) -> list[str]:
    return [line for line in output.splitlines() if "ikk-29" in line or "ketahanan-24" in line]


def rows_of(output: str) -> list[Row]:
    return [dict(zip(CELLS, re.split(r" {2,}", line.strip()), strict=True)) for line in table_of(output)]


def every_row_says_something_new(rows: list[Row]) -> None:
    figures = [(row["year"], row["families"], row["index"].split()[0], row["weak"]) for row in rows]
    assert len(set(figures)) == len(figures) == sum(len(shown_regions(year)) for year in (2022, 2024, 2025))
    villages = set().union(*REGENCIES.values())
    assert {row["region"] for row in rows} == {"Kalimantan Selatan", "Karang Intan", *REGENCIES, *villages}


def regencies_differ_from_their_villages(rows: list[Row]) -> None:
    for regency in (row for row in rows if row["region"] in REGENCIES):
        inside = [each for each in rows if each["region"] in REGENCIES[regency["region"]]]
        villages = [each for each in inside if each["year"] == regency["year"]]
        assert int(regency["families"]) == sum(int(village["families"]) for village in villages)
        assert all(regency["index"].split()[0] != village["index"].split()[0] for village in villages)
        assert all(regency["weak"] != village["weak"] for village in villages)


def a_split_village_and_its_parts_add_up(rows: list[Row]) -> None:
    families = {row["region"]: int(row["families"]) for row in rows if row["year"] == "2025"}
    parts = ("Mandiangin Timur", "Mandiangin Hulu", "Mandiangin Hilir")
    assert families["Karang Intan"] == sum(families[each] for each in parts) == 83 + 46 + 39


def compact(line: str) -> str:
    return "".join(line.split())


def drawn_rows() -> list[str]:
    """The rows of the table in docs/pictures/demo.svg, as python -m tools.draw_demo wrote it."""
    picture = (PROJECT / "docs" / "pictures" / "demo.svg").read_text("utf-8")
    lines: dict[str, str] = {}
    for height, text in re.findall(r'<text [^>]*\by="([^"]+)"[^>]*>([^<]*)</text>', picture):
        lines[height] = lines.get(height, "") + unescape(text)
    return [compact(line) for line in lines.values() if "ikk-29" in line or "ketahanan-24" in line]


def test_the_picture_loads_nothing() -> None:
    picture = (PROJECT / "docs" / "pictures" / "demo.svg").read_text("utf-8")
    assert re.findall(r"[a-z]+://[^\s\"')]+", picture) == ["http://www.w3.org/2000/svg"]
    assert "@import" not in picture
    assert "<script" not in picture


def test_the_readme_names_what_the_demo_sends() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert f"all {FAMILIES} families" in readme
    assert f"`demo-kader-1` to `demo-kader-{len(KADER)}`" in readme


def test_a_region_is_shown_where_it_adds_up_two_of_those_shown() -> None:
    assert shown_regions(2022) == ["6372021005", "6372061004", "6372"]
    assert shown_regions(2025) == [*sorted(VILLAGES), "630306", "6303", "6372", "63"]


def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    ran = call_demo("postgresql://nobody@127.0.0.1:1/none", tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.startswith("the database cannot be reached")
    assert "Traceback" not in ran.stderr
