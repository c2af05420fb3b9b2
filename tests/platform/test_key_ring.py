"""The key ring is one file that only its owner can read. It is replaced as a whole, and read again when it changes."""

import json
import threading
from pathlib import Path

import pytest

from app.platform.key_ring import PURPOSES, KeyRing, KeyRingError, rotate_key, withdraw_key


def test_it_is_made_once_for_its_owners_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "below" / "keys.json"
    ring = KeyRing(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert KeyRing(file).all("signing") == ring.all("signing")
    assert {purpose: len(ring.all(purpose)) for purpose in PURPOSES} == dict.fromkeys(PURPOSES, 1)
    assert all(len(ring.current(purpose).raw) == 32 for purpose in PURPOSES if purpose != "signing")


def test_many_at_once_make_one_ring(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    found: list[str] = []

    def make() -> None:
        start.wait()
        found.append(KeyRing(tmp_path / "keys.json").current("signing").id)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_rotated_key_is_in_use_and_the_one_before_still_reads(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    before = ring.current("identity")
    key = rotate_key(tmp_path / "keys.json", "identity")
    ring.look()
    assert ring.current("identity") == key
    assert ring.find("identity", before.id) == before
    assert len(ring.all("signing")) == 1


def test_a_withdrawn_key_is_gone(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    before = ring.current("signing")
    rotate_key(tmp_path / "keys.json", "signing")
    version = ring.version
    withdraw_key(tmp_path / "keys.json", before.id)
    ring.look()
    assert ring.find("signing", before.id) is None
    assert ring.version == version + 1


def test_the_key_in_use_cannot_be_withdrawn(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    with pytest.raises(KeyRingError, match="rotate first"):
        withdraw_key(tmp_path / "keys.json", ring.current("audit").id)
    with pytest.raises(KeyRingError, match="no key"):
        withdraw_key(tmp_path / "keys.json", "another")
    assert KeyRing(tmp_path / "keys.json").all("audit") == ring.all("audit")


def test_many_rotations_at_once_all_stand(tmp_path: Path) -> None:
    KeyRing(tmp_path / "keys.json")
    threads = [threading.Thread(target=rotate_key, args=(tmp_path / "keys.json", "signing")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyRing(tmp_path / "keys.json").all("signing")) == 9


def test_a_file_that_breaks_meanwhile_changes_nothing(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    key = ring.current("signing")
    (tmp_path / "keys.json").write_text("{")
    ring.look()
    assert ring.current("signing") == key
    with pytest.raises(json.JSONDecodeError):
        KeyRing(tmp_path / "keys.json")
