"""A server says so if its key ring cannot be read any more, because its next start would fail."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.jobs.key_watch import KeyWatch
from app.platform.database import Database
from tests.support.keys import good_ring


@pytest.mark.parametrize("left", [None, b"", b"{}", b"[]", b'{"keys": [', bytes(range(256))])
async def test_a_file_that_cannot_be_read_is_logged_once_and_the_keys_stay(
    database: Database, tmp_path: Path, left: bytes | None
) -> None:
    file = tmp_path / "keys.json"
    ring = good_ring(file)
    right, watch = file.read_bytes(), KeyWatch(ring)
    with capture_logs() as lines:
        await watch.work(database)
        file.unlink() if left is None else file.write_bytes(left)
        await watch.work(database)
        await watch.work(database)
        ring.require()
        file.write_bytes(right)
        await watch.work(database)
        assert not ring.unread
    told = [each["event"] for each in lines if each["log_level"] == "error"]
    assert told == ["key ring cannot be read; the keys read before stay in use"]
