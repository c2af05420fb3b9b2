"""Texts that are sent many times: whole and compressed, at any moment."""

import gzip
import random

import pytest

from app.platform.prepared import Prepared, Shown
from app.platform.recent import Recent

MOMENT = b"2026-11-27T20:00:00.123456Z"


@pytest.mark.parametrize(
    "parts",
    [(b'{"as_of":"', b'"}'), (b"", b""), (b"alone",), (b"x" * 70_000, b"y", b"z" * 40_000)],
    ids=["short", "empty", "without a moment", "long"],
)
def test_it_works(parts: tuple[bytes, ...]) -> None:
    prepared = Prepared(parts, "application/json")
    for moment in (MOMENT, b"", b"2026-11-27T20:00:01Z"):
        shown = Shown(prepared, moment)
        assert shown.body == moment.join(parts)
        assert gzip.decompress(shown.gzip) == shown.body
        assert shown.etag == prepared.etag


def test_a_compressed_body_is_short() -> None:
    text = random.Random(1).randbytes(2_000).hex().encode()
    prepared = Prepared((text * 10, text), "application/json")
    assert len(prepared.gzip(MOMENT)) < len(prepared.body(MOMENT)) / 4


def test_the_tag_is_that_of_the_parts_and_the_type() -> None:
    tags = {Prepared(parts, kind).etag for parts in ((b"a", b"b"), (b"a", b"c")) for kind in ("text/csv", "text/html")}
    assert len(tags) == 4


def test_what_was_not_used_for_the_longest_time_is_forgotten_first() -> None:
    recent = Recent[str, int](100)
    for key in "abc":
        recent.keep(key, ord(key), 30)
    assert recent.find("a") == ord("a")
    recent.keep("d", ord("d"), 30)
    assert [recent.find(key) for key in "abcd"] == [ord("a"), None, ord("c"), ord("d")]
    recent.keep("a", 1, 70)
    assert [recent.find(key) for key in "acd"] == [1, None, ord("d")]
    recent.keep("e", 2, 101)
    assert len(recent) == 0
