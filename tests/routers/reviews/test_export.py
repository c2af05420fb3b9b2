"""Exports of submissions as CSV, NDJSON and workbooks, read back by other programs and compared with what was sent."""

import csv
import gzip
import io
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from app.config import Settings
from app.platform.database import Connection, Database
from app.services.reviews import export as service
from tests.routers.subject_requests.test_every_type_of_answer import ANSWERS, FILE, body
from tests.scoring.format_2 import complete
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import put
from tests.support.small_service import serving

ADDRESS = "/v1/submissions/export"
REGENCY = "6372"
MINE = {"region": REGENCY, "instrument": "every-type", "export_purpose": "checking"}


@pytest.fixture
async def http(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    assert database is not None
    async with serving(settings, dsn, [complete(FILE, code="every-type")], regions=["63"]) as client:
        yield client


async def rows_of(client: Client, **query: Any) -> list[dict[str, str]]:
    found = await client.get(ADDRESS, **{**MINE, "format": "csv", **query})
    assert found.status_code == 200, found.text
    mark = ";" if query.get("separator") == "semicolon" else ","
    return list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"), newline=""), delimiter=mark))


async def objects_of(client: Client, **query: Any) -> list[dict[str, Any]]:
    found = await client.get(ADDRESS, **{**MINE, "format": "ndjson", **query})
    assert found.status_code == 200, found.text
    return [json.loads(each) for each in found.text.splitlines()]


async def test_it_works(http: Client) -> None:
    sent = await put(http, body())
    [row] = await rows_of(http)
    assert {name: row[name] for name in ("id", "family", "region", "village", "status", "counts", "year")} == {
        "id": sent["id"],
        "family": sent["family"],
        "region": LANDASAN_ULIN_SELATAN,
        "village": "Landasan Ulin Selatan",
        "status": "accepted",
        "counts": "true",
        "year": "2026",
    }
    assert row["surveyed_at"] == "2026-06-15T11:00:00+08:00"
    told = {name.removeprefix("answer."): each for name, each in row.items() if name.startswith("answer.")}
    assert told == {
        "n": "2",
        "area": "36.5",
        "wall": "95",
        "built": "01 95",
        "moved": "2025-06-15",
        "p": "2",
    }
    score = sent["score"]["indices"][0]
    assert float(row["index"]) == score["value"]
    assert row["outcome.small"] == score["indicators"][0]["outcome"]


async def test_ndjson_equals_what_was_sent_but_for_texts(http: Client) -> None:
    await put(http, body())
    [found] = await objects_of(http)
    kept = {code: each for code, each in ANSWERS.items() if code not in ("wall_specify", "remark")}
    assert found["answers"] == {**kept, "p": [{"weight": 51.5}, {}]}
    assert found["counts"] is True
    assert found["warnings"] == []


async def test_rosters_are_a_table_of_their_own_in_csv(http: Client) -> None:
    sent = await put(http, body())
    rows = await rows_of(http, table="rosters")
    assert [(each["id"], each["roster"], each["row"], each["answer.weight"]) for each in rows] == [
        (sent["id"], "p", "1", "51.5"),
        (sent["id"], "p", "2", ""),
    ]
    assert not any("age" in name or "sex" in name or "nick" in name for name in rows[0])


async def test_a_workbook_has_both_and_opens(http: Client) -> None:
    sent = await put(http, body())
    found = await http.get(ADDRESS, **MINE, format="xlsx")
    book = load_workbook(io.BytesIO(found.content))
    [heading, row] = [[each.value for each in cells] for cells in book["interviews"].iter_rows()]
    told = dict(zip(heading, row, strict=True))
    assert (told["id"], told["answer.area"], told["answer.wall"], told["counts"]) == (sent["id"], 36.5, "95", True)
    assert [each.value for each in book["rosters"][3]][-1] is None
    assert book["rosters"].max_row == 3


async def test_nothing_that_a_family_said_in_words_is_in_any_format(http: Client) -> None:
    await put(http, body())
    for name in ("csv", "ndjson"):
        found = await http.get(ADDRESS, **MINE, format=name)
        assert not any(each in found.text for each in ("Zubaidah", "Contoh", "1990-01-01"))


async def test_withheld_answers_have_their_word_and_labels_their_text(http: Client) -> None:
    await put(http, body({**ANSWERS, "built": "refused", "moved": "dont_know", "area": 4}))
    [row] = await rows_of(http)
    assert (row["answer.built"], row["answer.moved"], row["answer.area"]) == ("refused", "dont_know", "4")
    [row] = await rows_of(http, labels="en")
    assert {"Refused to answer", "Does not know", "Accepted", "Female"} <= set(row.values())
    [row] = await rows_of(http, labels="id")
    assert {"Tidak bersedia menjawab", "Diterima", "Perempuan"} <= set(row.values())


async def test_semicolons_are_for_office_programs(http: Client) -> None:
    await put(http, body())
    [row] = await rows_of(http, separator="semicolon")
    assert row["answer.area"] == "36,5"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"year": 2026}, 1),
        ({"year": 2025}, 0),
        ({"status": "accepted"}, 1),
        ({"status": "approved"}, 0),
        ({"counts": "true"}, 1),
        ({"counts": "false"}, 0),
        ({"since": "2026-01-01T00:00:00Z"}, 1),
        ({"until": "2026-01-01T00:00:00Z"}, 0),
        ({"region": GUNTUNG_MANGGIS}, 0),
        ({"version": "1"}, 1),
    ],
)
async def test_filters(http: Client, query: dict[str, Any], found: int) -> None:
    await put(http, body())
    assert len(await rows_of(http, **query)) == found


async def test_a_restricted_family_is_left_out(http: Client, connection: Connection) -> None:
    await put(http, body())
    await connection.execute("UPDATE family SET restricted_at = now()")
    assert await rows_of(http) == []


async def test_training_is_left_out_unless_it_is_asked_for(http: Client) -> None:
    training = body(people=[])
    training["purpose"] = "training"
    del training["basis"], training["family"]["people"]
    training["answers"] = {**ANSWERS, "p": [{"weight": 51.5}, {}]}
    await put(http, training)
    assert await rows_of(http) == []
    assert len(await rows_of(http, training="true")) == 1


async def test_answers_that_retention_took_are_empty(http: Client, connection: Connection) -> None:
    await put(http, body())
    await connection.execute("UPDATE submission SET answers = ''")
    [row] = await rows_of(http)
    assert row["answer.n"] == ""
    assert row["outcome.small"]


async def test_pages_follow_one_another(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_PAGE", 2)
    monkeypatch.setattr(service, "_TURN", 1)
    sent = {(await put(http, body()))["id"] for _ in range(5)}
    rows = await rows_of(http)
    assert len(rows) == 5
    assert {each["id"] for each in rows} == sent
    assert await rows_of(http, status="approved") == []


async def test_another_region_is_refused(http: Client) -> None:
    await http.sign_in(scopes=EVERYTHING, regions=["6371"])
    assert (await http.get(ADDRESS, **MINE)).status_code == 403
    assert (await http.get(f"{ADDRESS}/codebook", region=REGENCY)).status_code == 403


async def test_a_purpose_is_required_and_listed(http: Client) -> None:
    without = {name: each for name, each in MINE.items() if name != "export_purpose"}
    assert (await http.get(ADDRESS, **without)).status_code == 422
    assert (await http.get(ADDRESS, **without, export_purpose="curiosity")).status_code == 422


async def test_a_round_without_villages_there_is_not_found(http: Client) -> None:
    assert (await http.get(ADDRESS, **MINE, round=str(uuid4()))).status_code == 404


async def test_a_workbook_that_is_too_long_is_refused_first(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SHEET_ROWS", 1)
    for _ in range(2):
        await put(http, body())
    found = await http.get(ADDRESS, **MINE, format="xlsx")
    assert found.status_code == 422
    assert found.json()["faults"][0]["code"] == "export_too_long"


async def test_it_is_audited_before_and_after_without_answers(http: Client, connection: Connection) -> None:
    await put(http, body())
    await rows_of(http, status="accepted")
    query = "SELECT kind, detail FROM audited WHERE kind LIKE 'submission.export%' ORDER BY kind"
    [(_, began), (_, ended)] = await connection.fetch(query)
    assert json.loads(began)["export_purpose"] == "checking"
    assert json.loads(began)["status"] == "accepted"
    told = json.loads(ended)
    assert (told["submissions"], told["complete"]) == (1, True)


async def test_an_export_that_breaks_off_is_audited_and_gives_its_turn_back(
    http: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the database has gone")

    await put(http, body())
    monkeypatch.setattr(service.Export, "_read_names", broken)
    for _ in range(4):
        try:
            found = await http.get(ADDRESS, **MINE)
            assert found.text.count("\n") <= 1
        except RuntimeError:
            pass
    ended = await connection.fetch("SELECT detail FROM audited WHERE kind = 'submission.exported'")
    assert [json.loads(each[0])["complete"] for each in ended] == [False] * 4


async def test_it_is_compressed_if_the_client_takes_that(http: Client) -> None:
    await put(http, body())
    async with http.http.stream("GET", ADDRESS, params=MINE, headers={"Accept-Encoding": "gzip"}) as found:
        raw = b"".join([each async for each in found.aiter_raw()])
    assert found.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).startswith(b'"id","family"')


async def test_head_makes_no_export(http: Client, connection: Connection) -> None:
    found = await http.http.head(ADDRESS, params=MINE)
    assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, "text/csv")
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind LIKE 'submission.export%'") == 0


async def test_sensitive_columns_need_their_scope_in_the_whole_region(caller: Client) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    sent = await put(caller, make_body())
    asked = {"region": REGENCY, "export_purpose": "statistics", "year": 2025}
    whole = (await caller.get(ADDRESS, **asked)).text
    book = (await caller.get(f"{ADDRESS}/codebook", region=REGENCY, year=2025)).json()
    sensitive = {each["column"] for each in book["columns"] if each["sensitive"]}
    assert sensitive
    assert all(each["left_out"] is None for each in book["columns"])
    assert sent["id"] in whole
    [row] = list(csv.DictReader(io.StringIO(whole, newline="")))
    assert sensitive <= row.keys()
    assert float(row["index"]) == sent["score"]["indices"][0]["value"]
    told = {name.removeprefix("answer."): each for name, each in row.items() if name.startswith("answer.") and each}
    assert told == {code: str(each) for code, each in make_body()["answers"].items()}
    await caller.sign_in(scopes=["submissions:review"], regions=["63"])
    [row] = list(csv.DictReader(io.StringIO((await caller.get(ADDRESS, **asked)).text, newline="")))
    assert not sensitive & row.keys()
    book = (await caller.get(f"{ADDRESS}/codebook", region=REGENCY, year=2025)).json()
    assert {each["column"] for each in book["columns"] if each["left_out"] == "sensitive"} == sensitive


async def test_the_codebook_as_a_table(http: Client) -> None:
    found = await http.get(f"{ADDRESS}/codebook", region=REGENCY, instrument="every-type", format="csv")
    rows = list(csv.DictReader(io.StringIO(found.text, newline="")))
    assert {("answer.wall", "95"), ("answer.wall", "refused"), ("answer.remark", "")} <= {
        (each["column"], each["code"]) for each in rows
    }
    assert {each["left_out"] for each in rows if each["column"] == "answer.remark"} == {"text"}
    names = set((await rows_of(http, table="rosters") or [{}])[0]) | set((await rows_of(http) or [{}])[0])
    assert names <= {each["column"] for each in rows}
