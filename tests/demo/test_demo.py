"""Runs `ikk demo` twice as a newcomer would, and compares its picture in the docs with what it prints.

The second run goes on serving. Every example of its documentation page works as it stands.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from app.demo.accounts import KADER
from app.demo.rounds import ROUNDS, VILLAGES, shown_regions
from tests.demo.visitor import NOT_THERE, Visitor, fill, remember, requests_of, turn_of
from tests.support.databases import fresh_database
from tests.support.factories import PROJECT
from tests.support.pages import proof_of, words_of
from tests.support.programs import free_port, started
from tests.support.wire import eventually
from tests.test_openapi import operations

FAMILIES = sum(each.families for each in ROUNDS)
COUNTS = """
    SELECT (SELECT count(*) FROM submission WHERE year < 2026),
           (SELECT max(received_at) FROM submission WHERE year < 2026),
           (SELECT count(*) FROM village_sums WHERE year < 2026),
           (SELECT sum(sums) FROM village_sums WHERE year < 2026),
           (SELECT string_agg(concat_ws(' ', instrument, year, number, digest), ', ' ORDER BY year) FROM release),
           (SELECT count(*) FROM agency_secret JOIN agency ON agency.id = agency_id WHERE name <> 'Demo: contoh')
"""
"""What the story stores. The examples of the documentation are of 2026, and their agency has another name."""


def environment_of(dsn: str, folder: Path, port: int = 0) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATABASE_URL": dsn, "IKK_FOLDER": str(folder), "IKK_PORT": str(port)}


def call_demo(dsn: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "demo", "--once"]
    environment = environment_of(dsn, folder)
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=180)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
async def demo_dsn(server_dsn: str, worker_id: str) -> AsyncIterator[str]:
    """The database of all runs, which is empty before the first."""
    async with fresh_database(server_dsn, f"ikk_test_demo_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
async def first(demo_dsn: str, folder: Path) -> tuple[str, Any]:
    """What the first run printed, and what it stored."""
    ran = call_demo(demo_dsn, folder)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, await counts(demo_dsn)


@pytest.fixture(scope="module")
async def second(first: tuple[str, Any], demo_dsn: str, folder: Path) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    """What a second run printed, which goes on serving, and a client of it."""
    port, log = free_port(), folder / "log"

    async def is_told() -> bool:
        assert demo.poll() is None, log.read_text("utf-8")
        return "Ctrl-C" in log.read_text("utf-8")

    command = [sys.executable, "-m", "app.cli", "demo"]
    with started(command, log, environment_of(demo_dsn, folder, port)) as demo:
        await eventually(is_told, 180)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            yield log.read_text("utf-8"), http


async def counts(dsn: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchrow(COUNTS)
    finally:
        await connection.close()


@pytest.mark.process
async def test_it_tells_its_story(first: tuple[str, Any], folder: Path) -> None:
    told, stored = first
    assert f"families: {FAMILIES} stored, 0 sent before" in told
    refused = "demo-kader-1, of 6372021005, sends a family of 6372061004: 403, Outside your regions"
    assert refused in told
    assert (
        "demo-kader-2 interviews a family that demo-kader-1 interviewed before (interviewed_before). The first "
        "interview no longer counts (later_interview): 102 interviews of Guntung Manggis are 101 families"
    ) in told
    assert (
        "demo-kader-7 sends an interview of 2025-09-03 under 6303062017: 422, region_ended, followed by 6303062901 "
        "Mandiangin Hulu and 6303062902 Mandiangin Hilir"
    ) in told
    assert re.search(
        r"Release 1 of \d{4}: a dashboard reads that (\d*[05]) families of .* do not fulfil .*, rounded at random to a "
        r"multiple of 5. The team reads \d+",
        told,
    )
    assert re.search(
        r"Kalimantan Selatan 2024, .*: .* is fulfilled by \(percent\): .* [\d.]+, .* [\d.]+",
        told,
    )
    a_split_village_and_its_parts_add_up(rows_of(told))
    every_row_says_something_new(rows_of(told))
    regencies_differ_from_their_villages(rows_of(told))
    assert sorted(compact(line) for line in table_of(told)) == sorted(drawn_rows())
    assert stored[0] == FAMILIES + 1
    assert not (folder / "postgres").exists()  # DATABASE_URL is set, so it starts no server


@pytest.mark.process
async def test_families_of_another_version_end_it_in_one_sentence(
    first: tuple[str, Any], server_dsn: str, demo_dsn: str, folder: Path
) -> None:
    name = urlsplit(demo_dsn).path[1:]
    async with fresh_database(server_dsn, f"{name}_other", name) as other:
        connection = await asyncpg.connect(other)
        await connection.execute("UPDATE submission SET sent_by = gen_random_uuid()")
        await connection.close()
        refused = call_demo(other, folder)
    assert refused.returncode == 1
    assert refused.stderr.startswith("the database holds families of another version of the demo")
    assert "Traceback" not in refused.stderr


@pytest.mark.process
async def test_a_second_run_changes_nothing(
    first: tuple[str, Any], second: tuple[str, httpx.AsyncClient], demo_dsn: str
) -> None:
    (before, stored), (again, _) = first, second
    assert f"families: 0 stored, {FAMILIES} sent before" in again
    assert table_of(again) == table_of(before)
    assert [line for line in again.splitlines() if "demo-kader-" in line] == [
        line for line in before.splitlines() if "demo-kader-" in line
    ]
    for output in (before, again):
        assert re.search(r"audit log: [0-9,]+ entries, all as they were sealed", output)
    assert await counts(demo_dsn) == stored


@pytest.mark.process
async def test_every_example_of_the_documentation_works_as_it_stands(
    second: tuple[str, httpx.AsyncClient], folder: Path
) -> None:
    visitor = Visitor(second[1], json.loads((folder / "demo-secrets.json").read_text("utf-8")))
    document = (await visitor.http.get("/openapi.json")).raise_for_status().json()
    failed = []
    tried = set()
    for place, operation in sorted(operations(document), key=turn_of):
        name = operation["operationId"]
        for query, body in requests_of(place, operation):
            answer = await visitor.send(place, operation, query, await fill(visitor, body))
            expected = [int(status) for status in operation["responses"] if status < "300"]
            tried.add(name)
            remember(visitor, name, body, answer)
            if name in NOT_THERE:
                assert answer.json()["type"].endswith(NOT_THERE[name])
            elif answer.status_code not in expected:
                failed.append(f"{name} {query} {body[0]}: {answer.status_code} {answer.text[:300]}")
    assert not failed, "\n".join(failed)
    assert tried == {operation["operationId"] for _, operation in operations(document)}


@pytest.mark.process
async def test_it_ends_with_a_page_to_open_and_an_account_for_it(second: tuple[str, httpx.AsyncClient]) -> None:
    told, http = second
    address, username, password = (
        found[1]
        for pattern in (r"as pages:  (\S+)", r"Sign in there as (\S+)", r"with the password (\S+)")
        if (found := re.search(pattern, told)) is not None
    )
    headers = {"Accept": "text/html", "Origin": address.rstrip("/")}
    form = await http.get(address, headers=headers, follow_redirects=True)
    filled = {"form": proof_of(form), "username": username, "password": password, "next": "/regions/63/2025"}
    page = await http.post(f"{address}sign-in", data=filled, headers=headers, follow_redirects=True)
    assert page.status_code == 200
    assert all(each in words_of(page.text) for each in ("Kalimantan Selatan 2025", *REGENCIES))


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
