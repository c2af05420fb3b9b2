"""The secret of a year's figures comes from one key of the ring and the year, and from nothing else."""

from pathlib import Path

import pytest

from app.platform.figure_keys import derive_key
from app.platform.key_ring import KeyRing, StrayKeysError, UnjudgedKeysError, make_ring, rotate_key
from tests.support.keys import good_ring


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make_ring(tmp_path / "keys.json")
    return tmp_path / "keys.json"


def test_it_works(file: Path) -> None:
    ring = good_ring(file)
    key = ring.current("figures")
    found = derive_key(ring, key.id, 2025)
    assert len(found) == 32
    assert found == derive_key(good_ring(file), key.id, 2025)
    assert found != key.raw


def test_each_year_has_a_secret_of_its_own(file: Path) -> None:
    ring = good_ring(file)
    key = ring.current("figures").id
    assert len({derive_key(ring, key, year) for year in range(2000, 2101)}) == 101


def test_a_year_keeps_its_secret_after_a_rotation(file: Path) -> None:
    before = good_ring(file)
    key = before.current("figures").id
    kept = derive_key(before, key, 2025)
    rotated = rotate_key(file, "figures")
    after = good_ring(file)
    assert after.current("figures").id == rotated.id != key
    assert derive_key(after, key, 2025) == kept
    assert derive_key(after, rotated.id, 2025) != kept


def test_keys_of_other_purposes_make_no_secret(file: Path) -> None:
    ring = good_ring(file)
    with pytest.raises(StrayKeysError):
        derive_key(ring, ring.current("identity").id, 2025)


def test_a_key_that_is_lost_makes_no_secret(file: Path) -> None:
    with pytest.raises(StrayKeysError) as lost:
        derive_key(good_ring(file), "000000000000", 2025)
    assert "000000000000" in str(lost.value)


def test_a_ring_that_nobody_judged_makes_no_secret(file: Path) -> None:
    ring = KeyRing(file)
    with pytest.raises(UnjudgedKeysError):
        derive_key(ring, ring.current("figures").id, 2025)


def test_a_ring_that_lacks_any_key_that_rows_name_makes_no_secret(file: Path) -> None:
    ring = KeyRing(file)
    ring.settle(ring.newest(), ["another-key"])
    with pytest.raises(StrayKeysError):
        derive_key(ring, ring.current("figures").id, 2025)
