"""What JavaRosa fills is stored, and the service's score is the one that the phone showed."""

from pathlib import Path
from random import Random

import pytest

from app.platform.database import Connection
from app.problems.stored_warnings import read_warnings
from tests.support.javarosa import missing, running
from tests.support.phones import Phone, message_of
from tests.xforms.test_javarosa import bodies, shipped
from tests.xforms.typed import typed

pytestmark = [pytest.mark.foreign, pytest.mark.skipif(missing() is not None, reason=str(missing()))]


@pytest.mark.parametrize("name", ["ikk-29-2026.1", "ketahanan-24-2016.3"])
async def test_interviews_are_stored_with_the_score_of_the_phone(
    name: str, phone: Phone, connection: Connection, tmp_path: Path
) -> None:
    instrument = shipped(name)
    xform = (await phone.get(f"/forms/{instrument.code}/{instrument.version}-1.xml")).content
    drawn = bodies(instrument, 6, 21)
    random = Random(21)
    with running(tmp_path) as javarosa:
        filled = javarosa.fill(xform, [[typed(each, instrument)] for each in drawn])
    for each in filled:
        assert (each.refused, each.held) == ((), None)
        answer = await phone.send(each.xml)
        assert answer.status_code == 201, message_of(answer)
        if random.random() < 0.5:
            assert (await phone.send(each.xml)).content == answer.content
    rows = await connection.fetch("SELECT warnings FROM submission")
    assert len(rows) == len(drawn)
    found = {each.partition(" ")[0] for row in rows for each in read_warnings(row["warnings"])}
    assert "phone_score_differs" not in found, found
