"""The storm at small scale: 300 devices at once, a killed server, a crashed database and broken connections."""

import re
from copy import deepcopy
from dataclasses import asdict, replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.config import Settings
from app.platform.key_ring import KeyRing
from app.platform.receipts import ReceiptSigner
from tests.storm.checks import Verdict, check_receipts, check_rows, check_takings, count_doubles, find_lost
from tests.storm.interviews import Interview, draw_interviews
from tests.storm.ledger import Ledger
from tests.storm.run import blow
from tests.storm.scale import SMALL
from tests.storm.stage import ISSUER
from tests.support.keys import good_ring


@pytest.mark.process
async def test_nothing_is_lost_or_doubled(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = await blow(SMALL)
    said = capsys.readouterr().out
    assert verdict.good, said
    sent = SMALL.devices * SMALL.interviews
    assert said.splitlines()[-1] == f"sent {sent}, acknowledged {sent}, lost 0, doubled 0"
    for name in SMALL.disturbances:
        assert re.search(rf"after [\d,]+ receipts: {name}", said)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return good_ring(tmp_path_factory.mktemp("storm") / "keys.json")


@pytest.fixture(scope="module")
def jwks(ring: KeyRing) -> dict[str, Any]:
    return {"keys": ReceiptSigner(Settings(issuer=ISSUER), ring).published_keys()}


@pytest.fixture(scope="module")
def drawn(ring: KeyRing) -> list[Interview]:
    signer = ReceiptSigner(Settings(issuer=ISSUER), ring)
    found = [each for device in draw_interviews(20, 10, Random(1)) for each in device]
    for number, each in enumerate(found):
        moment = datetime(2026, 11, 27, 1, microsecond=number, tzinfo=UTC)
        receipt = signer.make(each.id, 1, each.village, moment, "7KQ-X2M-9RTV", each.content_hash)
        each.receipts.append({"receipt": {**asdict(receipt), "signature": signer.sign(receipt)}})
    return found


@pytest.fixture
def interviews(drawn: list[Interview]) -> list[Interview]:
    """Interviews of devices that hold their receipts."""
    return deepcopy(drawn)


@pytest.fixture
def rows(interviews: list[Interview]) -> list[dict[str, Any]]:
    """The rows that the service should have stored for them."""
    counting = [each for each in interviews if each.purpose == "interview"]
    last = {each.counts_with: each.id for each in sorted(counting, key=lambda each: each.moment)}
    families: dict[object, UUID] = {}
    for each in interviews:
        families.setdefault((each.village, each.card or each.id), uuid4())
    return [
        {
            "id": each.id,
            "region": each.village,
            "year": each.year,
            "surveyed_at": each.moment,
            "received_at": each.received_at,
            "family_id": families[each.village, each.card or each.id],
            "purpose": each.purpose,
            "uncounted": uncounted(each, last),
            "in_approved": False,
            "review": None,
            "after_settlement": None,
            "revision": 1,
        }
        for each in interviews
    ]


def uncounted(interview: Interview, last: dict[object, UUID]) -> str | None:
    if interview.purpose != "interview":
        return interview.purpose
    return None if last[interview.counts_with] == interview.id else "later_interview"


def test_what_is_stored_as_it_should_be_passes(interviews: list[Interview], rows: list[dict[str, Any]]) -> None:
    assert list(find_lost(interviews, rows)) == []
    assert count_doubles(interviews, rows) == 0
    assert list(check_rows(interviews, rows)) == []
    assert list(check_takings(rows, {f"submission:{row['id']}": 1 for row in rows}, "events")) == []


def test_a_receipt_without_its_row_is_lost(interviews: list[Interview], rows: list[dict[str, Any]]) -> None:
    assert list(find_lost(interviews, rows[1:])) == [interviews[0]]
    rows[1]["received_at"] = rows[2]["received_at"]
    assert list(find_lost(interviews, rows)) == [interviews[1]]


def test_a_second_row_of_an_interview_is_doubled(interviews: list[Interview], rows: list[dict[str, Any]]) -> None:
    rows.append({**rows[0], "id": uuid4(), "uncounted": "later_interview"})
    assert count_doubles(interviews, rows) == 1
    assert any("never sent" in each for each in check_rows(interviews, rows))


def test_a_family_that_counts_twice_is_doubled(interviews: list[Interview], rows: list[dict[str, Any]]) -> None:
    other = next(row for row in rows if row["uncounted"] == "later_interview")
    other["uncounted"] = None
    assert count_doubles(interviews, rows) == 1


@pytest.mark.parametrize("purpose", ["reinterview", "training"])
def test_what_is_no_interview_and_counts_is_wrong(
    interviews: list[Interview], rows: list[dict[str, Any]], purpose: str
) -> None:
    next(row for row in rows if row["purpose"] == purpose)["uncounted"] = None
    assert any("may not count" in each for each in check_rows(interviews, rows))


def test_a_card_of_two_families_is_wrong(interviews: list[Interview], rows: list[dict[str, Any]]) -> None:
    next(row for row in rows if row["uncounted"] == "later_interview")["family_id"] = uuid4()
    assert any("became 2 families" in each for each in check_rows(interviews, rows))


def test_receipts_that_are_signed_verify(interviews: list[Interview], jwks: dict[str, Any]) -> None:
    assert list(check_receipts(interviews, jwks)) == []


@pytest.mark.parametrize(
    ("member", "value"),
    [("content_hash", "sha-256:" + "0" * 64), ("received_at", "2026-11-27T02:00:00Z"), ("code", "AAA-AAA-AAAA")],
)
def test_a_receipt_that_signs_something_else_is_wrong(
    interviews: list[Interview], jwks: dict[str, Any], member: str, value: str
) -> None:
    interviews[0].receipts[0]["receipt"][member] = value
    if member == "content_hash":
        interviews[0].body["salt"] = str(uuid4())
    assert len(list(check_receipts(interviews, jwks))) == 1


def test_a_receipt_without_a_signature_is_wrong(interviews: list[Interview], jwks: dict[str, Any]) -> None:
    told = interviews[0].receipts[0]["receipt"]
    for signature in ("", told["signature"][:-4] + "AAAA", "a.b.c", interviews[1].receipts[0]["receipt"]["signature"]):
        told["signature"] = signature
        assert len(list(check_receipts(interviews[:1], jwks))) == 1


def test_two_receipts_that_differ_are_wrong(interviews: list[Interview], jwks: dict[str, Any]) -> None:
    interviews[0].receipts.append(interviews[1].receipts[0])
    assert any("differ" in each for each in check_receipts(interviews, jwks))


def test_a_taking_too_many_or_too_few_is_wrong(rows: list[dict[str, Any]]) -> None:
    takings = {f"submission:{row['id']}": 1 for row in rows[1:]}
    assert len(list(check_takings(rows, takings, "events"))) == 1
    assert len(list(check_takings(rows[2:], takings, "events"))) == 1
    assert len(list(check_takings(rows[1:], {**takings, f"submission:{rows[1]['id']}": 2}, "events"))) == 1


@pytest.mark.parametrize(
    ("status", "wait", "told"),
    [(503, "7", 7), (429, 7, 7), (429, None, None), (503, "soon", None), (503, "0", None), (500, "7", None)],
)
def test_only_a_429_or_503_that_names_a_wait_is_right(status: int, wait: object, told: int | None) -> None:
    ledger = Ledger()
    assert ledger.refuse(status, {"type": "urn:ikk:problem:unavailable"}, wait) == told
    assert ledger.answers == {f"{status} unavailable": 1}
    assert bool(ledger.wrong) == (told is None)


def test_the_same_wait_for_all_is_noticed() -> None:
    assert Ledger(waits={"unavailable": [5] * 30, "contended": [1, 2] * 20}).unspread() == ["unavailable"]


@pytest.mark.parametrize("change", [{"lost": 1}, {"doubled": 1}, {"wrong": ["sums"]}, {"acknowledged": 9}])
def test_the_verdict_is_good_only_if_everything_is(change: dict[str, Any]) -> None:
    verdict = Verdict(10, 10)
    assert verdict.good
    assert not replace(verdict, **change).good
    assert str(replace(verdict, lost=2, doubled=3)) == "sent 10, acknowledged 10, lost 2, doubled 3"
