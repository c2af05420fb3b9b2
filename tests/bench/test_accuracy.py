"""The comparison of released figures with exact ones runs from end to end."""

import sys

import pytest

from bench import accuracy, pool


def test_it_prints_both_tables(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(pool, "_POOL", 80)
    monkeypatch.setattr(sys, "argv", ["accuracy", "--sized", "2", "--villages", "3", "--keys", "1"])
    accuracy.draw_ordered.cache_clear()
    accuracy.main()
    accuracy.draw_ordered.cache_clear()
    first, second = capsys.readouterr().out.strip().split("\n\n")
    assert first.splitlines()[0].split()[-4:] == ["30-49", "50-99", "100-149", "150-212"]
    assert second.splitlines()[0].split() == ["level", "village", "district", "regency", "province"]
    for table in (first, second):
        assert table.count("  dimension from shares  ") == 3
        assert table.count("  listed ones that are weak  ") == 1


def test_codes_are_those_of_a_province() -> None:
    codes = accuracy.codes(2_016)
    assert len(set(codes)) == 2_016
    assert codes == sorted(codes)
    assert [len({each[:digits] for each in codes}) for digits in (2, 4, 6)] == [1, 13, 155]
