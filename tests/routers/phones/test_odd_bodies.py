"""Bodies that no client sends: each is refused with words, and none breaks anything."""

import gzip
from random import Random

import pytest

from app.platform.database import Connection
from tests.support.factories import make_body
from tests.support.phones import Phone, message_of, post, write_instance

XML = write_instance(make_body(1))
HEAD = b'--x\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="a.xml"\r\n\r\n'
NAMED = b'--x\r\nContent-Disposition: form-data; name="xml_submission_file"'


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"", {400}),
        (b"--x--\r\n", {400}),
        (HEAD + XML, {400}),
        (HEAD + XML + b"\r\n--x", {400}),
        (HEAD + XML + b"\r\n--x--\r\n", {201}),
        (b"preamble\r\n" + HEAD + XML + b"\r\n--x--\r\nepilogue", {201, 400}),
        (HEAD.replace(b"\r\n", b"\n") + XML + b"\n--x--\n", {201, 400}),
        (NAMED + b"\r\n\r\n" + XML + b"\r\n--x--\r\n", {201}),
        (NAMED + b'; filename=""\r\n\r\n' + XML + b"\r\n--x--\r\n", {201}),
        (NAMED + b"; filename*=utf-8''a%ff.xml\r\n\r\n" + XML + b"\r\n--x--\r\n", {201, 400}),
        (NAMED + b"\r\nContent-Type: text/xml; charset=nonsense\r\n\r\n" + XML + b"\r\n--x--\r\n", {201, 400}),
        (b"--x\r\n\r\n" + XML + b"\r\n--x--\r\n", {400}),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n" + XML + b"\r\n--x--\r\n", {400}),
        (b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\n" + XML + b"\r\n--x--\r\n", {400}),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2000 + b"--x--\r\n", {400}),
        (b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1\r\n' * 2000 + b"--x--\r\n", {400}),
        (HEAD + b"\x00" * 100 + b"\r\n--x--\r\n", {400}),
    ],
)
async def test_an_odd_multipart(phone: Phone, body: bytes, statuses: set[int]) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await phone.http.post(f"{phone.server}/submission", content=body, headers=headers)
    assert answer.status_code in statuses, answer.text
    assert message_of(answer)


@pytest.mark.parametrize(
    "media_type",
    [
        "multipart/form-data; charset=nonsense; boundary=x",
        'multipart/form-data; boundary="x"',
        "multipart/form-data; BOUNDARY=x",
        "multipart/form-data; boundary=\xff",
        "multipart/form-data;;;boundary=x;",
        "Multipart/Form-Data; boundary=x",
        "multipart/mixed; boundary=x",
    ],
)
async def test_an_odd_media_type(phone: Phone, media_type: str) -> None:
    headers = {"Content-Type": media_type.encode("latin-1")}
    body = HEAD + XML + b"\r\n--x--\r\n"
    answer = await phone.http.post(f"{phone.server}/submission", content=body, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code in (201, 400), answer.text
    assert message_of(answer)


async def test_bytes_that_were_changed_on_the_way(phone: Phone, connection: Connection) -> None:
    random, whole = Random(7), HEAD + XML + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for _ in range(150):
        body = bytearray(whole)
        for _ in range(random.randint(1, 8)):
            body[random.randrange(len(body))] = random.randrange(256)
        answer = await phone.http.post(f"{phone.server}/submission", content=bytes(body), headers=headers)
        assert answer.status_code in (201, 202, 400, 404), answer.text
        assert message_of(answer)
        if random.random() < 0.2:
            await connection.execute("DELETE FROM held_submission")


async def test_file_names_are_told_as_they_are(phone: Phone) -> None:
    names = ("<b>&'\"\x01.jpg", "🙂" * 300, "a\u202e.jpg")
    more = [(f"f{number}", (name, b"1", "image/jpeg")) for number, name in enumerate(names)]
    answer = await post(phone.http, f"{phone.server}/submission", XML, *more)
    assert answer.status_code == 201
    assert "🙂" in message_of(answer)
    assert len(message_of(answer)) < 1000


async def test_a_packed_body(phone: Phone) -> None:
    body = gzip.compress(HEAD + XML + b"\r\n--x--\r\n")
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    address = f"{phone.server}/submission"
    assert (await phone.http.post(address, content=body, headers=headers)).status_code == 201
    assert (await phone.http.post(address, content=body[:50], headers=headers)).status_code == 400
    bomb = gzip.compress(HEAD + b" " * 10_000_000)
    assert (await phone.http.post(address, content=bomb, headers=headers)).status_code == 413
    other = await phone.http.post(address, content=body, headers={**headers, "Content-Encoding": "br"})
    assert other.status_code == 415
    assert message_of(other)
