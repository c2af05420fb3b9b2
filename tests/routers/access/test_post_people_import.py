"""POST /v1/people/import creates accounts for everybody in a file, or for nobody."""

import asyncio
import csv
import io
import time

import pytest

from app.platform.codes import digest_code
from app.platform.database import Connection
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, body_of, post, post_file
from tests.support.factories import Client, codes_of

HEAD = "username,name,role,region\n"
SITI = f"siti.aminah,Siti Aminah,kader,{VILLAGE}\n"
BUDI = f"budi,Budi,kader,{VILLAGE}\n"


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


async def is_empty(connection: Connection) -> bool:
    counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in ("person", "role_grant")]
    return counts == [0, 0]


async def test_it_works(admin: Client, connection: Connection) -> None:
    answer = await post_file(admin, HEAD + SITI + BUDI + "siti.aminah,Siti Aminah,supervisor,637206\n")
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    siti, budi = answer.json()["people"]
    assert (siti["username"], siti["name"], budi["username"]) == ("siti.aminah", "Siti Aminah", "budi")
    for each in (siti, budi):
        digest = await connection.fetchval("SELECT code_digest FROM person WHERE username = $1", each["username"])
        assert digest == digest_code(each["code"])
    held = (await admin.get(f"/v1/people/{siti['id']}")).json()["grants"]
    assert sorted((each["role"], each["region"]) for each in held) == [("kader", VILLAGE), ("supervisor", "637206")]


async def test_a_file_of_an_office_program_is_taken(admin: Client) -> None:
    heading = "\ufeffregion;role;name;username;valid_until"
    text = f"{heading}\r\n63.72.06.1004;kader;Siti Aminah;siti.aminah;2099-12-31\r\n;;;;\r\n"
    (person,) = (await post_file(admin, text)).json()["people"]
    (grant,) = (await admin.get(f"/v1/people/{person['id']}")).json()["grants"]
    assert (grant["region"], grant["valid_until"]) == (VILLAGE, "2099-12-31T16:00:00Z")


async def test_the_codes_come_as_csv_where_that_is_asked_for(admin: Client) -> None:
    answer = await post_file(
        admin, HEAD + SITI + f'budi,"=HYPERLINK(""http://x"")",kader,{VILLAGE}\n', Accept="text/csv"
    )
    assert (answer.status_code, answer.headers["content-type"]) == (201, "text/csv; charset=utf-8")
    siti, budi = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""))
    assert (siti["username"], siti["name"]) == ("siti.aminah", "Siti Aminah")
    assert len(siti["code"]) == 19
    assert budi["name"] == '\'=HYPERLINK("http://x")', "no formula"


async def test_it_is_audited(admin: Client, connection: Connection) -> None:
    await post_file(admin, HEAD + SITI + BUDI)
    kinds = await connection.fetch(
        "SELECT kind, detail::text FROM audit_queue UNION ALL SELECT kind, detail::text FROM audit_log"
    )
    assert sorted(row["kind"] for row in kinds) == ["grant.create"] * 2 + ["person.create"] * 2
    assert "Siti" not in " ".join(row["detail"] for row in kinds)


async def test_every_fault_is_named_with_its_line_and_nobody_gets_an_account(
    admin: Client, connection: Connection
) -> None:
    lines = [
        "username,name,role,region,valid_until",
        f"siti.aminah,Sarifah Ainun,kader,{VILLAGE},",
        f"SITI,Sarifah Ainun,kader,{VILLAGE},",
        f",Budi,kader,{VILLAGE},",
        f"budi,,kader,{VILLAGE},",
        f"ani,Ani,queen,{VILLAGE},",
        "ani,Ani,kader,6372,",
        "ani,Ani,kader,desa,",
        "ani,Ani,kader,6372991999,",
        f"ani,Ani,kader,{VILLAGE},2020-01-01",
        "",
        f"ani,Ani Lain,kader,{VILLAGE},besok",
        f"siti.aminah,Sarifah Ainun,kader,{VILLAGE},2099-01-01",
        f"6372010101900001,Tini,kader,{VILLAGE},",
    ]
    answer = await post_file(admin, "\n".join(lines))
    assert answer.status_code == 422
    assert codes_of(answer) == {
        "/3/username": "bad_format",
        "/4/username": "missing",
        "/5/name": "missing",
        "/6/role": "not_allowed",
        "/7/region": "wrong_level",
        "/8/region": "bad_format",
        "/9/region": "not_in_force",
        "/10/valid_until": "bad_validity",
        "/12/name": "name_differs",
        "/12/valid_until": "bad_format",
        "/13/role": "repeated",
        "/14/username": "looks_like_nik",
    }
    assert [int(each["pointer"].split("/")[1]) for each in answer.json()["faults"]] == [
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        12,
        12,
        13,
        14,
    ]
    messages = {each["pointer"]: each["message"] for each in answer.json()["faults"]}
    assert messages["/6/role"].startswith("Line 6, column role: This role is not known. Use one of: kader, supervisor,")
    assert messages["/12/valid_until"] == (
        "Line 12, column valid until: This date cannot be read. Write day/month/year with four digits of the year, "
        "such as 31/12/2027."
    )
    assert not any(secret in answer.text for secret in ("Sarifah", "Ani Lain", "Tini", "6372010101900001"))
    assert await is_empty(connection)


async def test_the_same_file_again_says_that_all_are_there(admin: Client, connection: Connection) -> None:
    assert (await post_file(admin, HEAD + SITI + BUDI)).status_code == 201
    before = await connection.fetch("SELECT username, code_digest FROM person ORDER BY username")
    answer = await post_file(admin, HEAD + SITI + BUDI + f"ani,Ani,kader,{VILLAGE}\n")
    assert (answer.status_code, codes_of(answer)) == (422, {"/2/username": "taken", "/3/username": "taken"})
    assert await connection.fetch("SELECT username, code_digest FROM person ORDER BY username") == before


async def test_of_the_same_file_sent_at_once_one_is_taken(admin: Client, connection: Connection) -> None:
    answers = await asyncio.gather(*(post_file(admin, HEAD + SITI + BUDI) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert await connection.fetchval("SELECT count(*) FROM role_grant") == 2


async def test_one_line_beyond_the_administrator_stops_the_file(admin: Client, connection: Connection) -> None:
    beyond = f"ani,Ani,kader,{OTHER_VILLAGE}\nani,Ani,operator,6372\nani,Ani,data_protection_officer,{VILLAGE}\n"
    answer = await post_file(admin, HEAD + SITI + beyond)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:ikk:problem:grant-beyond-caller"
    assert codes_of(answer) == dict.fromkeys(("/3/region", "/4/region", "/5/region"), "beyond_caller")
    assert await is_empty(connection)


async def test_a_person_who_is_there_gets_no_role_by_a_file(admin: Client, connection: Connection) -> None:
    await post(admin, "", body_of())
    answer = await post_file(admin, HEAD + "siti.aminah,Siti Aminah,analyst,6372\n")
    assert codes_of(answer) == {"/2/username": "taken"}
    assert await connection.fetchval("SELECT count(*) FROM role_grant") == 1


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", {"/1/username", "/1/name", "/1/role", "/1/region", "/2"}),
        ("username,name,role\nsiti,Siti,kader\n", {"/1/region"}),
        (HEAD.strip() + ",nik\n" + SITI.strip() + ",6372010101900001\n", {"/1/nik"}),
        (HEAD + SITI + "budi,Budi,kader\n", {"/3/region"}),
        (HEAD + SITI + f"budi,Budi, S.Pd.,kader,{VILLAGE}\n", {"/3"}),
    ],
)
async def test_a_file_of_other_columns_is_refused(admin: Client, text: str, faults: set[str]) -> None:
    answer = await post_file(admin, text)
    assert answer.status_code == 422
    assert codes_of(answer).keys() == faults
    assert "6372010101900001" not in answer.text


async def test_two_thousand_lines_are_the_most(admin: Client) -> None:
    lines = "".join(f"k{number:05},Kader,kader,{VILLAGE}\n" for number in range(2001))
    answer = await post_file(admin, HEAD + lines)
    assert [(each["pointer"], each["code"]) for each in answer.json()["faults"]] == [("", "too_many_lines")]


async def test_a_file_is_at_most_half_a_mebibyte(admin: Client) -> None:
    answer = await post_file(admin, HEAD + "x" * 512 * 1024)
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 512 * 1024)


async def test_json_is_not_taken_for_a_file(admin: Client) -> None:
    answer = await admin.http.post("/v1/people/import", json=body_of())
    assert (answer.status_code, answer.json()["expected"]) == (415, "text/csv")


async def give_all(admin: Client, count: int) -> set[str]:
    lines = "".join(f"kader.{number:04},Kader {number},kader,{VILLAGE}\n" for number in range(count))
    answer = await post_file(admin, HEAD + lines)
    assert answer.status_code == 201, answer.text
    return {each["code"] for each in answer.json()["people"]}


@pytest.mark.usefixtures("real_hashes")
async def test_all_kader_of_a_training_get_their_codes_at_once(admin: Client, connection: Connection) -> None:
    started = time.process_time()
    assert len(await give_all(admin, 500)) == 500
    took = time.process_time() - started
    assert await connection.fetchval("SELECT count(*) FROM role_grant") == 500
    # Far more than it takes. The test fails if each line begins to cost a slow hash.
    assert took < 20, f"{took:.1f} s"


async def test_the_longest_file_is_taken(admin: Client) -> None:
    assert len(await give_all(admin, 2000)) == 2000
