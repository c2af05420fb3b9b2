"""The JSON that is joined from parts is that of SubmissionOut, for random submissions."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.problems.warning_texts import WARNING_TEXTS
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import ReceiptOut, SubmissionOut
from app.schemas.intake.submission_json import write_submission
from app.scoring.answers import check_answers
from app.scoring.instrument import Instrument
from app.scoring.score import score
from tests.support.factories import instrument, make_body
from tests.support.strategies import DAY

SHIPPED = ("ikk-29-2025.1", "ikk-29-2025.2", "ikk-29-2026.1", "ikk-29-2026.2", "ketahanan-24-2016.3")
SIGNATURES = st.none() | st.from_regex(r"[A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{40}\.[A-Za-z0-9_-]{86}", fullmatch=True)
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)


def warnings_of(instrument: Instrument) -> st.SearchStrategy[list[str]]:
    """Warnings in every stored form."""
    pointers = st.sampled_from(("/family/card_number", "/family/people/0/nik", "/family/people/49/name", "/salt"))
    codes = st.sampled_from([each for each in WARNING_TEXTS if each != "implausible"])
    questions = st.sampled_from([each.code for each in instrument.questions])
    forms = [st.builds("{} {}".format, codes, pointers), questions]
    if instrument.checks:
        forms.append(st.sampled_from([f"implausible {each.code}" for each in instrument.checks]))
    return st.lists(st.one_of(forms), max_size=5)


@cache
def score_of(seed: int, file: str) -> ScoreOut:
    """The score of a drawn family."""
    body = make_body(seed, file=file)
    answers, faults = check_answers(body["answers"], instrument(file), DAY, body["family"].get("people"))
    assert faults == []
    return ScoreOut.of(score(answers, instrument(file), DAY), instrument(file))


@pytest.mark.parametrize("file", SHIPPED)
@given(st.data())
def test_it_is_the_same_submission(file: str, data: st.DataObject) -> None:
    shipped = instrument(file)
    told = score_of(data.draw(st.integers(0, 9)), file)
    named: dict[str, Any] = {
        "received_at": data.draw(MOMENTS | st.just(datetime(2026, 1, 1, tzinfo=UTC))),
        "code": "7KQ-X2M-9RTV",
        "content_hash": data.draw(
            st.none() | st.binary(min_size=32, max_size=32).map(lambda it: f"sha-256:{it.hex()}")
        ),
        "signature": data.draw(SIGNATURES),
    }
    of_row: dict[str, Any] = {
        "warnings": data.draw(warnings_of(shipped)),
        "instrument": shipped,
        "uncounted": data.draw(st.sampled_from((None, *get_args(Uncounted)))),
        "purpose": data.draw(st.sampled_from(get_args(Purpose))),
        "revision": data.draw(st.integers(1, 3)),
    }
    sent, family = data.draw(st.uuids(allow_nil=True)), data.draw(st.uuids())

    whole = SubmissionOut.of(sent, family, ReceiptOut(**named), told, **of_row).model_dump_json()

    assert write_submission(id=sent, family=family, score=told.model_dump_json(), **named, **of_row) == whole


def test_a_moment_has_its_own_offset() -> None:
    shipped = instrument()
    named: dict[str, Any] = {
        "received_at": datetime(2025, 7, 29, 9, 12, tzinfo=timezone(timedelta(hours=8))),
        "code": "7KQ-X2M-9RTV",
        "content_hash": None,
        "signature": None,
    }
    told = score_of(1, "ikk-29-2025.1")
    rest: dict[str, Any] = {"warnings": [], "instrument": shipped, "uncounted": None, "purpose": "interview"}

    whole = SubmissionOut.of(UUID(int=1), UUID(int=2), ReceiptOut(**named), told, **rest).model_dump_json()

    assert write_submission(id=UUID(int=1), family=UUID(int=2), score=told.model_dump_json(), **named, **rest) == whole
