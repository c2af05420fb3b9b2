"""PUT /v1/statistics/context/{indicator}/{region}/{year} stores a figure with its source and keeps every revision."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.platform.database import Connection
from app.regions.local_time import local_day
from tests.support.accounts import act_as
from tests.support.context import SOURCE, address, figure, put
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.small_regions import SPLIT

COLUMNS = "revision, current, value, category, present, status, source_name, note, sender_id, withdrawn_at IS NOT NULL"


async def rows_of(connection: Connection) -> list[Any]:
    return [tuple(row) for row in await connection.fetch(f"SELECT {COLUMNS} FROM context_figure ORDER BY revision")]


async def test_it_works(caller: Client, connection: Connection) -> None:
    answer = await put(caller, address(), value=10.53, note="Turun dari 15,30")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "region": {"code": "63", "dotted": "63", "name": "Kalimantan Selatan", "level": "province", "parent": "ID"},
        "year": 2022,
        "indicator": "child-marriage",
        "name": {"id": "Perkawinan anak", "en": "Child marriage"},
        "kind": "number",
        "value": 10.53,
        "unit": "percent",
        "unit_name": {"id": "%", "en": "%"},
        "category": None,
        "category_name": None,
        "present": None,
        "status": "verified",
        "source": SOURCE,
        "note": "Turun dari 15,30",
        "revision": 1,
        "received_at": answer.json()["received_at"],
        "outcome": "created",
        "replaced": None,
    }
    assert await connection.fetchval("SELECT value FROM context_figure") == Decimal("10.53")


@pytest.mark.parametrize(
    ("indicator", "region", "member", "value"),
    [
        ("kla-award", "6372", "category", "madya"),
        ("kla-award", "6372", "category", "none"),
        ("puspaga", "6372", "present", True),
        ("patbm", LANDASAN_ULIN_SELATAN, "present", False),
        ("population", "6372", "value", 258_753),
        ("kla-self-score", "6372", "value", 946.45),
        ("kla-self-score", "6372", "value", 0),
    ],
)
async def test_every_kind_of_figure_is_taken(
    caller: Client, indicator: str, region: str, member: str, value: object
) -> None:
    answer = await put(caller, address(indicator, region, 2023), **{member: value})
    assert answer.status_code == 201, answer.text
    found = (await caller.get(address(indicator, region, 2023))).json()
    assert found[member] == value
    assert [found[name] for name in ("value", "category", "present") if name != member] == [None, None]
    if isinstance(value, int):
        assert f'"{member}":{json.dumps(value)},' in (await caller.get(address(indicator, region, 2023))).text


async def test_a_code_with_dots_and_the_country_are_taken(client: Client) -> None:
    await act_as(client, ("operator", "ID"))
    assert (await put(client, address("population", "63.72", 2023), value=5)).json()["region"]["code"] == "6372"
    assert (await put(client, address(region="ID"), value=8.06)).json()["region"]["level"] == "country"


async def test_the_same_again_changes_nothing(caller: Client, connection: Connection) -> None:
    first = (await put(caller, address(), value=10.53)).json()
    for spelled in ("10.53", "10.530", "1053e-2"):
        body = json.dumps(figure(value=0)).replace('"value": 0', f'"value": {spelled}').encode()
        answer = await put(caller, address(), content=body)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "unchanged")
        assert (answer.json()["revision"], answer.json()["received_at"]) == (1, first["received_at"])
    assert len(await rows_of(connection)) == 1


async def test_another_content_replaces_it_and_keeps_the_revision(caller: Client, connection: Connection) -> None:
    await put(caller, address(), value=10.33, note="Dikutip surat kabar")
    answer = await put(caller, address(), value=10.53, status="provisional")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "replaced")
    assert (answer.json()["revision"], answer.json()["replaced"]) == (2, 1)
    me, name = caller.agency_id, SOURCE["name"]
    assert await rows_of(connection) == [
        (1, False, Decimal("10.33"), None, None, "verified", name, "Dikutip surat kabar", me, False),
        (2, True, Decimal("10.53"), None, None, "provisional", name, None, me, False),
    ]


async def test_the_self_score_and_the_award_are_two_facts(caller: Client) -> None:
    """Banjarbaru reported 946.45, which lies in the published band KLA, and was awarded another category."""
    await put(caller, address("kla-self-score", "6372", 2023), value=946.45)
    await put(caller, address("kla-award", "6372", 2023), category="madya")
    score = (await caller.get(address("kla-self-score", "6372", 2023))).json()
    award = (await caller.get(address("kla-award", "6372", 2023))).json()
    assert (score["value"], score["category"]) == (946.45, None)
    assert (award["value"], award["category"], award["category_name"]["id"]) == (None, "madya", "Madya")


async def test_of_many_at_once_each_is_a_revision(caller: Client, connection: Connection) -> None:
    answers = await asyncio.gather(*(put(caller, address(), value=each) for each in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert sorted(answer.json()["revision"] for answer in answers) == list(range(1, 9))
    assert [row[:2] for row in await rows_of(connection)] == [*((each, False) for each in range(1, 8)), (8, True)]


async def test_a_new_figure_after_a_withdrawal_is_the_next_revision(caller: Client, connection: Connection) -> None:
    await put(caller, address(), value=10.53)
    assert (await caller.http.delete(address())).status_code == 204
    answer = await put(caller, address(), value=10.53)
    assert (answer.status_code, answer.json()["revision"], answer.json()["replaced"]) == (201, 2, None)
    assert [row[1] for row in await rows_of(connection)] == [False, True]


async def test_it_is_audited(caller: Client, connection: Connection) -> None:
    await put(caller, address(), value=10.53)
    await put(caller, address(), value=10.53)
    (entry,) = await connection.fetch("SELECT kind, region, detail FROM audited WHERE kind LIKE 'context%'")
    assert (entry["kind"], entry["region"]) == ("context.report", "63")
    assert json.loads(entry["detail"]) == {"indicator": "child-marriage", "year": 2022, "revision": 1}


@pytest.mark.parametrize("text", ['"10.53"', "true", "[]", "{}", '"10,53"', '""'])
async def test_a_number_that_is_no_number_shows_the_right_form(caller: Client, text: str) -> None:
    body = json.dumps(figure(value=0)).replace('"value": 0', f'"value": {text}').encode()
    answer = await put(caller, address(), content=body)
    assert codes_of(answer) == {"/value": "wrong_type"}
    (fault,) = answer.json()["faults"]
    assert (fault["message"], fault["example"]) == ("This must be a number, such as 10.53.", 10.53)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400", "010", "10.", ".5", "0x1"])
async def test_what_is_no_json_number_is_refused(caller: Client, connection: Connection, text: str) -> None:
    body = json.dumps(figure(value=0)).replace('"value": 0', f'"value": {text}').encode()
    answer = await put(caller, address(), content=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ikk:problem:malformed-json")
    assert await rows_of(connection) == []


@pytest.mark.parametrize(
    ("value", "code"),
    [(-0.01, "out_of_range"), (100.01, "out_of_range"), (1e300, "out_of_range"), (1e-300, "too_many_digits")],
)
async def test_a_value_outside_of_its_bounds_is_refused(caller: Client, value: float, code: str) -> None:
    answer = await put(caller, address(), value=value)
    assert codes_of(answer) == {"/value": code}
    if value in (-0.01, 100.01):
        assert answer.json()["faults"][0]["message"] == "Use a value between 0 and 100, such as 10.54."


async def test_nothing_without_a_source_is_accepted(caller: Client) -> None:
    for source, expected in (
        (None, {"/source": "missing"}),
        ({}, {"/source/name": "missing", "/source/url": "missing"}),
        ({"name": "BPS"}, {"/source/url": "missing"}),
        ({"url": "https://example.go.id"}, {"/source/name": "missing"}),
        ({"name": " \u200b ", "url": "https://example.go.id"}, {"/source/name": "bad_format"}),
    ):
        assert codes_of(await put(caller, address(), value=1, source=source)) == expected, source


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.go.id/x",
        "//example.go.id/x",
        "example.go.id",
        "https://",
        "https:///x",
        "https://siti:rahasia@example.go.id/",
        "https://siti@example.go.id",
        "https://example.go.id\\@other.go.id",
        "https://example.go.id/a b",
        "https://example.go.id/<b>",
        'https://example.go.id/"x',
        "https://example.go.id/\n",
        " https://example.go.id",
        "https://example.go.id:port/",
        "https://exa mple.go.id/",
    ],
)
async def test_only_links_of_the_web_without_credentials_are_taken(caller: Client, url: str) -> None:
    answer = await put(caller, address(), value=1, source={"name": "BPS", "url": url})
    assert codes_of(answer) == {"/source/url": "bad_format"}
    assert answer.json()["faults"][0]["message"].startswith("It is not written correctly. Use, for example: https://")


async def test_no_sixteen_digits_hide_in_a_link_or_a_text(caller: Client) -> None:
    newspaper = "https://nasional.kompas.com/read/2021/06/11/13575521/menteri?page=2#isi"
    assert (await put(caller, address(), value=1, source={"name": "Kompas", "url": newspaper})).status_code == 201
    number = "6372010101900001"
    for told in (f"https://example.go.id/{number}", f"https://example.go.id/?q=%36{number[1:]}"):
        answer = await put(caller, address(), value=1, source={"name": "BPS", "url": told})
        assert codes_of(answer) == {"/source/url": "looks_like_nik"}
    assert codes_of(await put(caller, address(), value=1, note=number)) == {"/note": "looks_like_nik"}


async def test_texts_are_cleaned_and_html_stays_text(caller: Client) -> None:
    name = "<script>alert('x')</script>\u200b  Dinas\n PPPA"
    answer = await put(caller, address(), value=1, source={**SOURCE, "name": name}, note="<b>sementara</b>")
    assert answer.json()["source"]["name"] == "<script>alert('x')</script> Dinas PPPA"
    assert answer.json()["note"] == "<b>sementara</b>"
    assert codes_of(await put(caller, address(), value=1, note="a\x00b")) == {"/note": "unreadable"}


async def test_the_year_must_have_begun(caller: Client) -> None:
    this_year = local_day(datetime.now(UTC), "63").year
    assert (await put(caller, address(year=this_year), value=1)).status_code == 201
    answer = await put(caller, address(year=this_year + 1), value=1)
    assert codes_of(answer) == {"year": "year_ahead"}
    assert answer.json()["faults"][0]["message"] == f"The year has not begun. Use {this_year} at the latest."
    assert codes_of(await put(caller, address(year=1999), value=1)) == {"year": "too_small"}


async def test_an_unknown_indicator_and_region_are_named_together(caller: Client) -> None:
    answer = await put(caller, address("child-mariage", "6399"), value="x", status="ok")
    assert codes_of(answer) == {
        "region": "not_in_force",
        "indicator": "unknown_indicator",
        "/value": "wrong_type",
        "/status": "not_allowed",
    }
    assert "child-marriage, families-registered" in answer.text


async def test_a_region_must_have_been_in_force_in_the_year(regions: Client) -> None:
    before, after, second = SPLIT.year - 1, SPLIT.year, SPLIT.year + 1
    gone, new = "6372012002", "6372012007"
    for region, year, expected in (
        (gone, before, 201),
        (gone, after, 201),
        (gone, second, 422),
        (new, before, 422),
        (new, after, 201),
        (new, second, 201),
    ):
        answer = await put(regions, address("patbm", region, year), present=True)
        assert answer.status_code == expected, (region, year, answer.text)
        if expected == 422:
            assert codes_of(answer) == {"region": "region_ended" if region == gone else "region_not_yet"}


async def test_only_the_callers_regions_are_written(caller: Client) -> None:
    for region in ("64", "ID"):
        answer = await put(caller, address(region=region), value=1)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")
