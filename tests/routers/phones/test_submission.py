"""POST /odk/k/{token}/submission: interviews that ODK Collect sends."""

from uuid import UUID, uuid4

from app.platform.database import Connection
from tests.support.factories import make_body
from tests.support.phones import Phone, message_of, write_instance


async def test_it_works(phone: Phone, connection: Connection) -> None:
    uuid = uuid4()
    answer = await phone.send(write_instance(make_body(1), uuid))
    assert answer.status_code == 201, answer.text
    row = await connection.fetchrow("SELECT * FROM submission")
    assert (row["id"], row["sent_by"], row["revision"]) == (uuid, UUID(phone.person), 1)
    message = message_of(answer)
    assert message.startswith("Tersimpan.\nIndeks ")
    assert "Kode tanda terima: " in message
    again = await phone.send(write_instance(make_body(1), uuid))
    assert (again.status_code, message_of(again)) == (201, message)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1
