"""The key ring is one file that only its owner can read. It is replaced as a whole, and read again when it changes."""

import json
import threading
from pathlib import Path

import pytest

from app.platform.key_ring import (
    PURPOSES,
    SIGNING,
    KeyRing,
    KeyRingError,
    StrayKeysError,
    UnjudgedKeysError,
    make_ring,
    read_keys,
    rotate_key,
    withdraw_key,
)
from tests.support.keys import good_ring


def test_it_is_made_once_for_its_owners_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "below" / "keys.json"
    ring = make_ring(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert make_ring(file).all("signing") == ring.all("signing")
    assert {purpose: len(ring.all(purpose)) for purpose in PURPOSES} == dict.fromkeys(PURPOSES, 1)
    assert all(len(ring.current(purpose).raw) == 32 for purpose in PURPOSES if purpose not in SIGNING)


def test_many_at_once_make_one_ring(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    found: list[str] = []

    def make() -> None:
        start.wait()
        found.append(make_ring(tmp_path / "keys.json").current("signing").id)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_rotated_key_is_in_use_and_the_one_before_still_reads(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    before = ring.current("identity")
    key = rotate_key(tmp_path / "keys.json", "identity")
    ring.look()
    assert ring.current("identity") == key
    assert ring.find("identity", before.id) == before
    assert len(ring.all("signing")) == 1


def test_a_withdrawn_key_is_gone(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    before = ring.current("signing")
    rotate_key(tmp_path / "keys.json", "signing")
    version = ring.version
    withdraw_key(tmp_path / "keys.json", before.id)
    ring.look()
    assert ring.find("signing", before.id) is None
    assert ring.version == version + 1


def test_the_key_in_use_cannot_be_withdrawn(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    with pytest.raises(KeyRingError, match="rotate first"):
        withdraw_key(tmp_path / "keys.json", ring.current("audit").id)
    with pytest.raises(KeyRingError, match="no key"):
        withdraw_key(tmp_path / "keys.json", "another")
    assert make_ring(tmp_path / "keys.json").all("audit") == ring.all("audit")


def test_many_rotations_at_once_all_stand(tmp_path: Path) -> None:
    make_ring(tmp_path / "keys.json")
    threads = [threading.Thread(target=rotate_key, args=(tmp_path / "keys.json", "signing")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(make_ring(tmp_path / "keys.json").all("signing")) == 9


def test_a_file_that_breaks_meanwhile_changes_nothing(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    key = ring.current("signing")
    (tmp_path / "keys.json").write_text("{")
    ring.look()
    assert ring.current("signing") == key
    with pytest.raises(KeyRingError, match="not a key ring"):
        KeyRing(tmp_path / "keys.json")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": 7}', '{"keys": [7]}', '{"keys": [{"id": "x"}]}', "\xff"])
def test_a_file_that_is_no_ring_is_not_opened_and_not_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content, "latin-1")
    for open_it in (KeyRing, make_ring):
        with pytest.raises(KeyRingError, match="not a key ring"):
            open_it(file)
    assert file.read_text("latin-1") == content


def test_opening_makes_no_ring(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError, match=r"no key ring at .*keys\.json; see IKK_KEYS_FILE"):
        KeyRing(tmp_path / "keys.json")
    assert not list(tmp_path.iterdir())


def leave_out(file: Path, *purposes: str) -> None:
    kept = [key for key in json.loads(file.read_text())["keys"] if key["purpose"] not in purposes]
    file.write_text(json.dumps({"keys": kept}))


def test_a_ring_of_an_earlier_version_is_completed_but_not_by_opening_it(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    before = make_ring(file)
    leave_out(file, "receipts", "audit")
    with pytest.raises(KeyRingError, match="has no receipts key; run ikk migrate"):
        KeyRing(file)
    before.look()
    assert before.current("audit").purpose == "audit"
    after = make_ring(file)
    assert after.current("identity") == before.current("identity")
    assert after.current("audit") != before.current("audit")


def test_a_ring_that_an_editor_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    make_ring(file)
    before = read_keys(file)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_keys(file) == before != []


def test_a_whole_ring_is_not_written_again(tmp_path: Path) -> None:
    make_ring(tmp_path / "keys.json")
    before = (tmp_path / "keys.json").stat()
    make_ring(tmp_path / "keys.json")
    assert (tmp_path / "keys.json").stat() == before


def test_nothing_may_be_used_before_somebody_has_judged_the_ring(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    with pytest.raises(UnjudgedKeysError):
        ring.require()
    ring.settle(ring.newest(), ["lost"])
    with pytest.raises(StrayKeysError, match="lacks keys that the database names: lost"):
        ring.require()
    ring.settle(ring.newest(), [])
    ring.require()


def test_a_rotation_needs_no_judge_and_a_ring_without_a_key_does(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    ring = good_ring(file)
    older = file.read_bytes()
    before, new = ring.current("identity"), rotate_key(file, "identity")
    ring.look()
    ring.require()
    assert ring.current("identity") == new

    file.write_bytes(older)
    ring.look()
    assert ring.waits
    ring.require()
    assert ring.current("identity") == new, "until somebody has judged the older ring, the good keys stay in use"
    ring.settle(ring.newest(), [new.id])
    with pytest.raises(StrayKeysError):
        ring.require()
    assert ring.current("identity") == new

    ring.settle(ring.newest(), [])
    ring.require()
    assert ring.current("identity") == before


def test_the_right_ring_put_back_is_good_at_once(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    ring = good_ring(file)
    right = file.read_bytes()
    file.unlink()
    make_ring(file)
    ring.look()
    ring.settle(ring.newest(), [ring.current("identity").id])
    file.write_bytes(right)
    ring.look()
    ring.require()
    assert not ring.waits


def test_a_judgement_of_keys_that_changed_meanwhile_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    ring = make_ring(file)
    judged = ring.newest()
    rotate_key(file, "identity")
    ring.look()
    ring.settle(judged, [])
    with pytest.raises(UnjudgedKeysError):
        ring.require()
