"""An example for every body, of families that do not exist. The service's own code makes the responses."""

from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from app.examples.access import make_account_examples
from app.examples.batch import make_batch_examples
from app.examples.context import make_context_examples, make_context_figure
from app.examples.families import make_family_examples
from app.examples.held import make_held_examples
from app.examples.ids import (
    AUDIT_POSITION,
    FAMILY,
    PERSON,
    RECEIPT,
    RECEIPT_CODE,
    RECEIVED_AT,
    SALT,
    SUBMISSION,
    SURVEYED_AT,
    TOKEN_ID,
    VILLAGE,
)
from app.examples.reconcile import make_reconcile_examples
from app.examples.releases import make_release_examples
from app.examples.reviews import make_review_examples
from app.examples.rounds import make_round_examples
from app.examples.statistics import make_statistics_examples
from app.examples.subject_requests import make_rights_examples
from app.examples.tokens import make_token_examples
from app.regions.codes import dot, kind_of, level_of, parent_of
from app.regions.editions import CURRENT
from app.regions.local_time import zone_of
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, AggregateSummaryOut, RegionRefOut, TrendOut
from app.schemas.aggregates.available import AvailableOut, AvailableYearOut
from app.schemas.aggregates.fields import FieldName
from app.schemas.audit.address import AddressOut
from app.schemas.audit.entry import AuditCallerOut, AuditEntryOut
from app.schemas.health import LiveOut, ReadyOut
from app.schemas.intake.receipt import ReceiptClaimsOut, VerdictOut
from app.schemas.intake.score import CategoryOut, ScoreOut
from app.schemas.intake.submission import ReceiptOut, SubmissionOut, SubmissionRowOut
from app.schemas.profiles.profile import ProfileOut
from app.schemas.reference.instrument import InstrumentOut, InstrumentWholeOut
from app.schemas.reference.region import RegionNameOut, RegionOut
from app.schemas.reviews.export import CodebookOut, ExportColumnOut
from app.schemas.shapes import Page
from app.scoring.basis_text import write_bases
from app.scoring.catalogue import Catalogue, Published
from app.scoring.disclosure import disclose
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.region import estimate
from app.scoring.schema import schema_of
from app.scoring.score import Score, score
from app.scoring.sums import add
from app.scoring.versions import Versions
from app.synthetic import draw_submission, name_family

_PROFILE_FIELDS: Final[tuple[FieldName, ...]] = ("indicators",)
INSTRUMENT_FILE: Final = Path(__file__).parents[1] / "instruments" / "ikk-29-2025.2.toml"


def make_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id. Lists are cut to what shows their form."""
    instrument = read_instrument(INSTRUMENT_FILE.read_bytes())
    random = Random(1)
    families = [draw_submission(instrument, VILLAGE, SURVEYED_AT, random, lambda _: 0.6) for _ in range(40)]
    body = families[0][1]
    scores = [score(each["answers"], instrument, SURVEYED_AT.date()) for _, each in families]
    score_out = ScoreOut.of(scores[0], instrument)
    receipt = ReceiptOut(
        content_hash="sha-256:" + "5f" * 32, received_at=RECEIVED_AT, code=RECEIPT_CODE, signature=RECEIPT
    )
    warnings = ["card_region_unknown /family/card_number"]
    submission = SubmissionOut.of(
        SUBMISSION, FAMILY, receipt, _cut(score_out), warnings, instrument, uncounted=None, purpose="interview"
    )
    row = SubmissionRowOut(
        id=SUBMISSION,
        family=FAMILY,
        revision=1,
        status="accepted",
        region=VILLAGE,
        dotted=dot(VILLAGE),
        edition=CURRENT.code,
        year=2025,
        surveyed_at=SURVEYED_AT,
        purpose="interview",
        counts=True,
        uncounted=None,
        moved=False,
        warnings=["card_region_unknown"],
        instrument=instrument.code,
        version=instrument.version,
        instrument_status=instrument.status,
        withheld=False,
        index=score_out.index,
        category=CategoryOut.at(scores[0].main.category, instrument.main),
        receipt=_seen(receipt),
    )
    village = _village()
    region = RegionRefOut.of(village.code, village.name)
    result = estimate(add((sums_of(each, instrument) for each in scores), instrument), instrument)
    catalogue = Catalogue()
    catalogue.add(Published(1, instrument, RECEIVED_AT))
    versions = Versions.of(catalogue, instrument.code, None)
    taken = versions.take(versions.every, {1: result.families}, 2025)
    figures = disclose(result, taken, sensitive=False)
    summary = _cut(AggregateSummaryOut.of(region, 2025, figures))
    whole = _cut(AggregateOut.whole_of(region, 2025, figures, RECEIVED_AT))
    row_out = AggregateRowOut.row_of(region, 2025, figures, _PROFILE_FIELDS)
    profile = ProfileOut.of(row_out, RECEIVED_AT, (), [make_context_figure(region)])
    trend = TrendOut.of({2025: region}, {2025: figures}, catalogue)
    trend = trend.model_copy(update={"years": [_cut(each) for each in trend.years]})
    published = InstrumentOut.of(instrument, RECEIVED_AT)
    content = instrument.content
    responses: dict[str, BaseModel] = {
        "getLive": LiveOut(),
        "getReady": ReadyOut(),
        "putSubmission": submission,
        "getSubmission": _seen_by_another(submission, scores[0], instrument),
        "listAuditEntries": Page(items=[_entry()], next=str(AUDIT_POSITION)),
        "listAddresses": Page(items=[_address()], next=None),
        "listSubmissions": Page(items=[row], next=None),
        "getExportCodebook": _codebook(instrument),
        "computeScore": _cut(score_out),
        "verifyReceipt": VerdictOut.genuine(_claims(), "current"),
        "getAggregate": whole,
        "listAggregates": Page(items=[summary], next=VILLAGE),
        "getProfile": profile,
        "listProfiles": Page(items=[profile], next=None),
        "listAvailable": Page(
            items=[
                AvailableOut(
                    region=RegionNameOut.named(village.code, village.name),
                    years=[AvailableYearOut(year=2025, instrument=instrument.code, versions=[instrument.version])],
                )
            ],
            next=None,
        ),
        "getTrend": trend,
        "getRegion": village,
        "listRegions": Page(items=[village], next=None),
        "listInstruments": Page(items=[published], next=None),
        "getInstrument": InstrumentWholeOut(
            **dict(published), content={**content, **{name: content[name][:1] for name in _LISTS}}
        ),
    }
    named = name_family(body, random)
    requests: dict[str, Any] = {
        "putSubmission": {**named, "salt": str(SALT)},
        "computeScore": {name: body[name] for name in ("instrument", "version", "answers")},
        "verifyReceipt": {"receipt": RECEIPT},
    }
    shown: dict[str, Any] = {
        name: response.model_dump(mode="json", by_alias=True) for name, response in responses.items()
    }
    shown["getInstrumentSchema"] = _schema(instrument)
    for more in (
        make_account_examples(),
        make_token_examples(),
        make_context_examples(),
        make_family_examples(SUBMISSION, FAMILY, named, RECEIVED_AT),
        make_rights_examples(submission, named, instrument),
        make_statistics_examples(),
        make_round_examples(),
        make_release_examples(instrument),
        make_batch_examples(submission, body),
        make_reconcile_examples(body),
        make_review_examples(),
        make_held_examples(body),
    ):
        requests |= more[0]
        shown |= more[1]
    return requests, shown


_LISTS: Final = ("source", "option_list", "section", "question", "dimension", "indicator", "category")


Shape = TypeVar("Shape", bound=BaseModel)


def _codebook(instrument: Instrument) -> CodebookOut:
    question = instrument.questions[0]
    column = ExportColumnOut(
        column=f"answer.{question.code}",
        table="interviews",
        type=question.type,
        id=question.text.id,
        en=question.text.en,
        unit=question.unit,
        options=[],
        sensitive=False,
        versions=[instrument.version],
        left_out=None,
    )
    return CodebookOut(instrument=instrument.code, versions=[instrument.version], columns=[column])


def _cut(shape: Shape) -> Shape:
    """The same with one dimension, two indicators and three weak indicators, in every index."""
    lists = {"dimensions": 1, "groups": 1, "indicators": 2, "weak_indicators": 3}
    present = {name: getattr(shape, name)[:count] for name, count in lists.items() if getattr(shape, name, None)}
    if hasattr(shape, "indices"):
        present["indices"] = [_cut(each) for each in shape.indices]
    return shape.model_copy(update=present)


def _seen_by_another(submission: SubmissionOut, result: Score, instrument: Instrument) -> SubmissionOut:
    """The submission as it looks to a reader who neither sent it nor may read sensitive outcomes."""
    score_out = ScoreOut.of_outcomes(write_bases(result.bases, instrument), instrument, whole=False)
    return submission.model_copy(update={"receipt": _seen(submission.receipt), "score": _cut(score_out)})


def _seen(receipt: ReceiptOut) -> ReceiptOut:
    """The receipt as everybody but the sender sees it."""
    return receipt.model_copy(update={"content_hash": None, "signature": None})


def _entry() -> AuditEntryOut:
    return AuditEntryOut(
        position=AUDIT_POSITION,
        at=RECEIVED_AT,
        kind="identity.read",
        caller=AuditCallerOut(kind="person", id="7c9e6679-7425-40de-944b-e07fc1f90ae7", name="dpo.banjarbaru"),
        region=VILLAGE,
        subject="family:0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001",
        request_id="5f0c2a8e-3f6d-4c1b-8a3e-2b1f0c9d7e60",
        detail={"identification": "9b2d5c1e-8f4a-4d3b-b6a7-1c2d3e4f5a6b"},
        hash="5f" * 32,
    )


def _claims() -> ReceiptClaimsOut:
    """What the receipt of the examples says."""
    return ReceiptClaimsOut(
        iss="https://ikk.example.go.id",
        id=str(SUBMISSION),
        revision=1,
        region=VILLAGE,
        received_at="2025-07-29T09:40:12.345678Z",
        code=RECEIPT_CODE,
        content_hash="sha-256:" + "5f" * 32,
    )


def _address() -> AddressOut:
    return AddressOut(
        caller_kind="person",
        caller=PERSON,
        token=str(TOKEN_ID),
        refused=False,
        address="192.0.2.17",
        uses=41,
        first_seen_at=RECEIVED_AT,
        last_seen_at=RECEIVED_AT,
    )


def _village() -> RegionOut:
    return RegionOut(
        code=VILLAGE,
        dotted=dot(VILLAGE),
        name="Guntung Manggis",
        level=level_of(VILLAGE),
        kind=kind_of(VILLAGE),
        parent=parent_of(VILLAGE),
        bps_code="6372010007",
        time_zone=zone_of(VILLAGE),
        edition=CURRENT.code,
        valid_from=CURRENT.valid_from,
        valid_to=None,
        predecessors=[],
        successors=[],
    )


def _schema(instrument: Instrument) -> dict[str, Any]:
    schema: dict[str, Any] = schema_of(instrument)
    first = next(iter(schema["properties"]))
    return {**schema, "properties": {first: schema["properties"][first]}, "required": [first]}
