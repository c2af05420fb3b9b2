"""POST /odk/k/{token}/submission: what becomes of interviews that ODK Collect and Enketo send."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncByteStream

from app.platform.database import Connection, Database
from tests.support.accounts import VILLAGE
from tests.support.corrections import a_kader, a_supervisor
from tests.support.factories import GUNTUNG_MANGGIS, Client, instrument, make_body
from tests.support.phones import (
    ASKED,
    DEVICE_ID,
    FORM,
    VERSION,
    Phone,
    add_phone,
    make_faulty,
    make_phone,
    message_of,
    post,
    revoke,
    write_instance,
)

CODE = "Kode tanda terima: "


async def count(connection: Connection, table: str) -> int:
    found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def held_of(connection: Connection) -> list[tuple[str, str, UUID]]:
    rows = await connection.fetch("SELECT * FROM held_submission ORDER BY received_at, id")
    return [(row["kind"], row["status"], row["submission_id"]) for row in rows]


async def sample(client: Client, name: str, **labels: str) -> float:
    return client.app.state.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_it_works(phone: Phone, connection: Connection) -> None:
    uuid = uuid4()
    greeted = await phone.http.head(f"{phone.server}/submission{DEVICE_ID}")
    assert (greeted.status_code, greeted.headers["x-openrosa-accept-content-length"]) == (204, "524288")
    assert greeted.headers["x-openrosa-version"] == "1.0"
    answer = await phone.send(write_instance(make_body(1), uuid))
    assert answer.status_code == 201, answer.text
    row = await connection.fetchrow("SELECT * FROM submission")
    assert (row["id"], row["sent_by"], row["revision"]) == (uuid, UUID(phone.person), 1)
    message = message_of(answer)
    assert message.startswith("Tersimpan.\nIndeks ")
    code = message.partition(CODE)[2].split()[0]
    assert code.replace("-", "") == row["code"]
    assert ": " in message.splitlines()[1]


async def test_the_same_again_gets_the_same_answer(phone: Phone, connection: Connection) -> None:
    """getodk/collect#3517: people send what was sent already."""
    xml = write_instance(make_body(1), uuid4())
    first = await phone.send(xml)
    for _ in range(3):
        again = await phone.send(xml)
        assert (again.status_code, again.content) == (201, first.content)
    assert await count(connection, "submission") == 1
    assert await held_of(connection) == []


async def test_many_at_once_store_one(phone: Phone, connection: Connection) -> None:
    """kobotoolbox/kpi#5047: two simultaneous sends made two rows."""
    xml = write_instance(make_body(1), uuid4())
    answers = await asyncio.gather(*(phone.send(xml) for _ in range(8)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert await count(connection, "submission") == 1


async def test_ids_are_read_in_any_case(phone: Phone, connection: Connection) -> None:
    uuid = uuid4()
    for written in (str(uuid), str(uuid).upper()):
        assert (await phone.send(write_instance(make_body(1), written))).status_code == 201
    assert await count(connection, "submission") == 1


async def test_a_message_in_english(phone: Phone) -> None:
    answer = await phone.send(write_instance(make_body(1)), **{"Accept-Language": "en"})
    assert message_of(answer).startswith("Stored.\nIndex ")


async def test_warnings_are_told(phone: Phone) -> None:
    body = make_body(1)
    body["started_at"] = body["surveyed_at"]
    assert "Perhatikan: " in message_of(await phone.send(write_instance(body)))


async def test_faults_are_held(phone: Phone, connection: Connection) -> None:
    uuid = uuid4()
    answer = await phone.send(write_instance(make_faulty(), uuid))
    assert answer.status_code == 202
    assert instrument().question[ASKED].text.id in message_of(answer)
    assert await held_of(connection) == [("faulty", "open", uuid)]
    again = await phone.send(write_instance(make_faulty(), uuid))
    assert (again.status_code, again.content) == (202, answer.content)
    assert len(await held_of(connection)) == 1


async def test_a_clock_in_the_future_is_held(phone: Phone, connection: Connection) -> None:
    answer = await phone.send(write_instance(make_body(1, surveyed_at="2031-01-01T08:00:00+08:00")))
    assert answer.status_code == 202
    assert len(await held_of(connection)) == 1


async def test_other_content_is_kept_beside_what_is_stored(phone: Phone, connection: Connection) -> None:
    """getodk/collect#5317: sending was cancelled, the form was changed and sent again: never a dead end."""
    uuid = uuid4()
    await phone.send(write_instance(make_body(1), uuid))
    answer = await phone.send(write_instance(make_body(2), uuid))
    assert answer.status_code == 202
    assert CODE in message_of(answer)
    again = await phone.send(write_instance(make_body(2), uuid))
    assert again.content == answer.content
    assert await held_of(connection) == [("conflict", "open", uuid)]
    assert await count(connection, "submission") == 1
    assert (await phone.send(write_instance(make_body(1), uuid))).status_code == 201


async def test_a_family_that_said_no(phone: Phone, connection: Connection) -> None:
    answer = await phone.send(write_instance(make_body(1), refused=True))
    assert answer.status_code == 202
    assert "Hapus dari HP" in message_of(answer)
    for table in ("submission", "held_submission", "family"):
        assert await count(connection, table) == 0


async def test_a_village_of_others_is_kept_in_an_own_one(phone: Phone, connection: Connection) -> None:
    uuid = uuid4()
    answer = await phone.send(write_instance(make_body(1, region=GUNTUNG_MANGGIS), uuid))
    assert answer.status_code == 202
    assert "bukan wilayah Anda" in message_of(answer)
    assert await held_of(connection) == [("faulty", "open", uuid)]
    assert await connection.fetchval("SELECT region FROM held_submission") == VILLAGE
    again = await phone.send(write_instance(make_body(1, region=GUNTUNG_MANGGIS), uuid))
    assert (again.content, len(await held_of(connection))) == (answer.content, 1)
    # Corrected on the phone, it is stored, and the other one is closed.
    assert (await phone.send(write_instance(make_body(1), uuid4(), edits=uuid))).status_code == 201
    assert await held_of(connection) == [("faulty", "repaired", uuid)]


@pytest.mark.parametrize("region", ["9999999999", "abc", "", None, 7])
async def test_no_village_at_all_is_held(phone: Phone, connection: Connection, region: Any) -> None:
    body = make_body(1)
    body["region"] = region
    assert (await phone.send(write_instance(body))).status_code == 202
    assert len(await held_of(connection)) == 1


async def test_the_id_of_somebody_else(
    phone: Phone, client: Client, database: Database, connection: Connection
) -> None:
    """A phone that was handed on sends what its first owner had sent. Equal or not, the answer is the same."""
    uuid = uuid4()
    await phone.send(write_instance(make_body(1), uuid))
    other = await make_phone(client.http, database, username="lain")
    equal = await other.send(write_instance(make_body(1), uuid))
    differs = await other.send(write_instance(make_body(2), uuid))
    assert (equal.status_code, differs.status_code) == (202, 202)
    told = [message_of(each).partition(CODE)[0] for each in (equal, differs)]
    assert told[0] == told[1]
    assert await held_of(connection) == [("conflict", "open", uuid)] * 2
    elsewhere = await make_phone(client.http, database, ("kader", GUNTUNG_MANGGIS), username="jauh")
    away = await elsewhere.send(write_instance(make_body(3, region=GUNTUNG_MANGGIS), uuid))
    assert away.status_code == 202
    assert len(await held_of(connection)) == 3


async def test_what_was_erased_is_not_kept_again(phone: Phone, connection: Connection) -> None:
    """getodk/central#794: a deleted submission that is sent again got an unclear error."""
    uuid = uuid4()
    await connection.execute("INSERT INTO erased_submission VALUES ($1, now(), $2)", uuid, UUID(phone.person))
    for xml in (
        write_instance(make_body(1), uuid),
        write_instance(make_faulty(), uuid),
        write_instance(make_body(1), uuid4(), edits=uuid),
    ):
        answer = await phone.send(xml)
        assert answer.status_code == 202, answer.text
        assert "sudah dihapus" in message_of(answer)
    assert await count(connection, "submission") + len(await held_of(connection)) == 0


async def test_a_form_that_there_is_not(phone: Phone, connection: Connection) -> None:
    for form, version in (("unknown", VERSION), (FORM, "2025.1-99"), (FORM, "")):
        answer = await phone.send(write_instance(make_body(1), form=form, version=version))
        assert answer.status_code == 404, answer.text
        assert message_of(answer)
    assert len(await held_of(connection)) == 0


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml",
        b"<data id='ikk-29' version='2025.1-1'/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><data id='ikk-29' version='2025.1-1'>&b;</data>",
        write_instance(make_body(1), "no-uuid"),
        write_instance(make_body(1), UUID(int=0)),
        write_instance(make_body(1), uuid4())[:-30],
        b"\xff\xfe" + b"\x00<" * 50,
    ],
    ids=["nothing", "text", "no id", "entity", "no uuid", "nil", "cut", "bytes"],
)
async def test_what_nobody_can_read(phone: Phone, connection: Connection, xml: bytes) -> None:
    answer = await phone.send(xml)
    assert answer.status_code == 400, answer.text
    assert message_of(answer)
    assert len(await held_of(connection)) + await count(connection, "submission") == 0


async def test_what_is_no_multipart(phone: Phone) -> None:
    xml, address = write_instance(make_body(1)), f"{phone.server}/submission"
    for headers in (
        {"Content-Type": "text/xml"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "multipart/form-data; boundary=a"},
        {"Content-Type": "multipart/form-data; boundary=" + "a" * 300},
        {},
    ):
        answer = await phone.http.post(address, content=xml, headers=headers)
        assert answer.status_code == 400, headers
        assert message_of(answer)
    answer = await phone.http.post(address, files=[("other", ("a.xml", xml, "text/xml"))])
    assert answer.status_code == 400
    twice = [("xml_submission_file", ("a.xml", xml, "text/xml"))] * 2
    assert (await phone.http.post(address, files=twice)).status_code == 400


class Endless(AsyncByteStream):
    """A multipart body of which nobody knows the size."""

    def __init__(self, first: bytes) -> None:
        self.first, self.sent = first, 0

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self.first
        while self.sent < 4_000_000:
            self.sent += 10_000
            yield b"a" * 10_000


async def test_what_is_too_large(phone: Phone) -> None:
    """It is measured while it is read, also if the client does not say how large it is."""
    answer = await post(phone.http, f"{phone.server}/submission", b"<a>" + b" " * 600_000 + b"</a>")
    assert answer.status_code == 413
    assert message_of(answer)
    head = b'--x\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="a.xml"\r\n\r\n'
    body = Endless(head)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await phone.http.post(f"{phone.server}/submission", content=body, headers=headers)
    assert answer.status_code == 413


async def test_files_are_dropped_and_named(phone: Phone, connection: Connection) -> None:
    """getodk/central-backend#299 and #793: files with the same content or the same name."""
    xml, picture = write_instance(make_body(1), uuid4()), ("foto.jpg", b"same", "image/jpeg")
    more = [("foto.jpg", picture), ("foto2.jpg", ("foto2.jpg", b"same", "image/jpeg")), ("foto.jpg", picture)]
    answer = await post(phone.http, f"{phone.server}/submission", xml, *more)
    assert answer.status_code == 201
    assert message_of(answer).endswith("Berkas ini tidak disimpan: foto.jpg, foto2.jpg")
    assert await count(connection, "submission") == 1


async def test_parts_of_one_interview_are_each_complete(phone: Phone, connection: Connection) -> None:
    """enketo/enketo#1405: one of several POSTs failed. Each of them holds the interview."""
    xml, address = write_instance(make_body(1), uuid4()), f"{phone.server}/submission"
    first = await post(phone.http, address, xml, ("a.jpg", ("a.jpg", b"1", "image/jpeg")), ("*isIncomplete*", "yes"))
    last = await post(phone.http, address, xml, ("b.jpg", ("b.jpg", b"2", "image/jpeg")))
    assert (first.status_code, last.status_code) == (201, 201)
    assert await count(connection, "submission") == 1


async def test_too_many_that_wait_are_sent_again_later(phone: Phone, client: Client, connection: Connection) -> None:
    intake = client.app.state.intake
    before, intake._faulty = intake._faulty, 1
    try:
        assert (await phone.send(write_instance(make_faulty(1)))).status_code == 202
        answer = await phone.send(write_instance(make_faulty(2)))
    finally:
        intake._faulty = before
    assert answer.status_code == 429
    assert "retry-after" in answer.headers
    assert len(await held_of(connection)) == 1


async def test_a_revoked_phone_loses_nothing(phone: Phone, database: Database, client: Client) -> None:
    """It is refused with words, keeps what it has, and sends it once it has a new address."""
    xml = write_instance(make_body(1), uuid4())
    await revoke(database, phone)
    assert (await phone.send(xml)).status_code == 403
    fresh = await add_phone(client.http, database, phone.person)
    assert (await fresh.send(xml)).status_code == 201


async def test_an_earlier_version_is_still_taken(phone: Phone, connection: Connection) -> None:
    """getodk/collect#5947: a draft keeps the version of the form with which it was begun."""
    for file in ("ikk-29-2025.1", "ikk-29-2025.2"):
        version = f"{file.removeprefix('ikk-29-')}-1"
        answer = await phone.send(write_instance(make_body(1, file=file), version=version))
        assert answer.status_code in (201, 202)
    assert await count(connection, "submission") + len(await held_of(connection)) == 2


async def test_the_score_of_the_phone_is_compared(phone: Phone, client: Client, connection: Connection) -> None:
    uuid, body = uuid4(), make_body(1)
    before = {each: await sample(client, "ikk_phone_scores_total", outcome=each) for each in ("equal", "differs")}
    differs = await phone.send(write_instance(body, uuid, shown=(1, "rentan")))
    assert "HP menunjukkan nilai yang berbeda" in message_of(differs)
    assert await sample(client, "ikk_phone_scores_total", outcome="differs") == before["differs"] + 1
    again = await phone.send(write_instance(body, uuid, shown=(1, "rentan")))
    assert again.content == differs.content
    assert await sample(client, "ikk_phone_scores_total", outcome="differs") == before["differs"] + 1
    supervisor = await a_supervisor(client)
    listed = (await supervisor.get("/v1/submissions", warning="phone_score_differs")).json()["items"]
    assert [each["id"] for each in listed] == [str(uuid)]
    asked = {"instrument": body["instrument"], "version": body["version"], "answers": body["answers"]}
    score = (await (await a_kader(client)).http.post("/v1/scores", json=asked)).json()
    shown = (round(score["index"] * 100), score["category"]["code"])
    equal = await phone.send(write_instance(make_body(1), uuid4(), shown=shown))
    assert "HP menunjukkan" not in message_of(equal)
    assert await sample(client, "ikk_phone_scores_total", outcome="equal") == before["equal"] + 1
    assert len((await supervisor.get("/v1/submissions", flagged="true")).json()["items"]) >= 1
