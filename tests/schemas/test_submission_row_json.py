"""The rows of a list of submissions, written from tables, are those of SubmissionRowOut, byte for byte."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.problems.stored_warnings import read_warnings
from app.regions.codes import dot
from app.schemas.intake.score import CategoryOut
from app.schemas.intake.submission import ReceiptOut, SubmissionRowOut, WarningOut
from app.schemas.intake.submission_row_json import NO_PROOF, Proof, RowWriter, write_page, write_place
from app.schemas.shapes import Page
from app.scoring.basis_text import write_bases
from app.scoring.disclosure import ProtectedIndex, protect
from app.scoring.instrument import Instrument
from app.scoring.main_index import MainIndexTables, plain_main_index
from app.scoring.reading.files import read_instrument
from app.scoring.rounding import shown
from app.scoring.score import Basis, bases_of, score_bases
from tests.scoring.drawn import DAY, draw_answers, draw_instrument

SHIPPED = [read_instrument(each.read_bytes()) for each in sorted(SHIPPED_INSTRUMENTS.glob("*.toml"))]
MOMENTS = st.datetimes(timezones=st.just(UTC)).filter(lambda each: 1900 < each.year < 9999)
TEXTS = st.text(max_size=30)


def draw_texts(instrument: Instrument, random: Random, count: int) -> Iterator[tuple[tuple[Basis, ...], str]]:
    for _ in range(count):
        bases = bases_of(draw_answers(instrument, random), instrument, DAY)
        yield bases, write_bases(bases, instrument)


def score_members(bases: tuple[Basis, ...], instrument: Instrument, *, whole: bool) -> dict[str, Any]:
    """The members that tell the score, from the plain evaluation and `protect`."""
    main = instrument.main
    results = (None if whole else protect(bases, instrument)) or score_bases(bases, instrument).indices
    first = results[0]
    bounds = first.bounds if isinstance(first, ProtectedIndex) else None
    return {
        "withheld": any(isinstance(each, ProtectedIndex) for each in results),
        "index": None if isinstance(first, ProtectedIndex) else shown(first.shown, main.decimals),
        "lowest": None if bounds is None else shown(bounds.lowest, main.decimals),
        "highest": None if bounds is None else shown(bounds.highest, main.decimals),
        "category": CategoryOut.at(first.category, main),
    }


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["mean", None]))
def test_the_first_index_of_random_instruments_is_equal(seed: int, method: str | None) -> None:
    random = Random(seed)
    instrument = draw_instrument(random, method=method)  # type: ignore[arg-type]
    tables = MainIndexTables(instrument)
    for _, text in draw_texts(instrument, random, 4):
        for whole in (True, False, True, False):
            assert tables.read(text, whole=whole) == plain_main_index(text, instrument, whole=whole)


@pytest.mark.parametrize("instrument", SHIPPED, ids=lambda each: f"{each.code}-{each.version}")
def test_the_first_index_of_every_shipped_instrument_is_equal(instrument: Instrument) -> None:
    tables = MainIndexTables(instrument)
    for _, text in draw_texts(instrument, Random(29), 60):
        for whole in (True, False):
            assert tables.read(text, whole=whole) == plain_main_index(text, instrument, whole=whole)


@settings(deadline=None)
@given(st.data(), st.sampled_from(SHIPPED), st.integers(0, 2**32), st.booleans(), st.booleans())
def test_a_row_is_that_of_the_model(
    data: st.DataObject, instrument: Instrument, seed: int, whole: bool, restricted: bool
) -> None:
    [(bases, text)] = draw_texts(instrument, Random(seed), 1)
    members: dict[str, Any] = data.draw(
        st.fixed_dictionaries(
            {
                "id": st.uuids(),
                "family": st.uuids(),
                "revision": st.integers(1, 32767),
                "region": st.sampled_from(["6372061004", "3578", "ID"]),
                "edition": TEXTS,
                "year": st.integers(0, 9999),
                "surveyed_at": MOMENTS,
                "purpose": st.sampled_from(["interview", "reinterview", "training"]),
                "uncounted": st.sampled_from([None, "later_interview", "restricted", "training", "reinterview"]),
                "moved": st.sampled_from([None, True, False]),
            }
        )
    )
    received_at: datetime = data.draw(MOMENTS)
    proof: Proof = data.draw(st.sampled_from([NO_PROOF, (f"sha-256:{'5f' * 32}", "a.b.c"), (None, "a.b.c")]))
    review = data.draw(st.sampled_from([None, "in_review", "approved", "returned", "rejected"]))
    scored = {"withheld": False, "index": None, "category": None}
    scored = scored if restricted else score_members(bases, instrument, whole=whole)
    stored = data.draw(st.sampled_from(["", "k", "ab0b12lk", "=members\nkh"]))
    told = list(dict.fromkeys(WarningOut.of(each, instrument).code for each in read_warnings(stored)))
    plain = SubmissionRowOut(
        **members,
        **scored,
        status="restricted" if restricted else review or "accepted",
        dotted=dot(members["region"]),
        counts=members["uncounted"] is None,
        warnings=told,
        instrument=instrument.code,
        version=instrument.version,
        instrument_status=instrument.status,
        receipt=ReceiptOut(received_at=received_at, code="A9H-XZD-SBDD", content_hash=proof[0], signature=proof[1]),
    )
    main = None if restricted else MainIndexTables(instrument).read(text, whole=whole)
    place = write_place(members.pop("region"), members.pop("edition"))

    writer = RowWriter(instrument)
    flags = writer.codes(stored, True)
    shown: dict[str, Any] = {
        "received_at": received_at,
        "code": "A9HXZDSBDD",
        "proof": proof,
        "warnings": flags,
        "review": review,
    }
    written = writer.write(**members, place=place, main=main, **shown)

    assert written == plain.model_dump_json()
    for following in (None, "WyI2MyJd"):
        page = Page[SubmissionRowOut](items=[plain, plain], next=following)
        assert write_page([written, written], following) == page.model_dump_json()


def test_a_row_of_another_instrument_is_refused() -> None:
    with pytest.raises(ValueError, match="do not belong"):
        MainIndexTables(SHIPPED[0]).read("FUN", whole=True)
