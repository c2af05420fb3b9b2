"""Examples of releases of figures. Their numbers are invented."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from app.examples.ids import EARLIER_RELEASE, RECEIVED_AT, RELEASE, VILLAGE
from app.protection.grouping import groupings_of
from app.regions.restating import Restated
from app.schemas.aggregates.aggregate import InstrumentRefOut, RegionRefOut
from app.schemas.aggregates.breakdowns import (
    BreakdownOut,
    BreakdownsOut,
    GroupedIndicatorOut,
    GroupFigureOut,
    GroupNameOut,
    GroupRoundingOut,
)
from app.schemas.aggregates.figures import UncertaintyOut
from app.schemas.aggregates.ranks import RankOut
from app.schemas.aggregates.restated import RestatedAggregateOut
from app.schemas.reference.region import RegionNameOut
from app.schemas.releases.metadata import ReleaseMetadataOut
from app.schemas.releases.region_break import RestatedOut
from app.schemas.releases.release import ReleaseOut, ReleaseRefOut, RulesOut
from app.schemas.shapes import Page
from app.scoring.instrument import Instrument


def make_release_examples(instrument: Instrument) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id. There are no requests with bodies."""
    release = ReleaseOut(
        id=RELEASE,
        number=12,
        instrument=instrument.code,
        year=2025,
        status="made",
        cause="daily",
        requested_at=RECEIVED_AT + timedelta(hours=9),
        made_at=RECEIVED_AT + timedelta(hours=9, minutes=1),
        digest=f"sha-256:{'3c' * 32}",
        previous=EARLIER_RELEASE,
        villages=26,
        changed=3,
        stage=None,
        done=None,
        rules=RulesOut(
            method="fixed random rounding, additive",
            families=30,
            base=5,
            sensitive_base=10,
            group=50,
            batch=10,
            version=instrument.version,
            digest=instrument.digest,
        ),
    )
    ref = ReleaseRefOut(id=RELEASE, number=12, made_at=RECEIVED_AT, digest=release.digest or "")
    metadata = ReleaseMetadataOut.of(instrument, year=2025)
    responses: dict[str, BaseModel] = {
        "getRelease": release,
        "listReleases": Page(items=[release], next=None),
        "getReleaseMetadata": metadata.model_copy(
            update={"release": ref, "indicators": metadata.indicators[-2:], "variables": metadata.variables[:2]}
        ),
        "listRanks": Page(
            items=[
                RankOut(
                    region=RegionNameOut.named(VILLAGE, "Guntung Manggis"),
                    value=78.4,
                    rank=2,
                    low=1,
                    high=3,
                    ranked=4,
                )
            ],
            next=VILLAGE,
        ),
        "getBreakdowns": _make_breakdowns(instrument, release),
        "getRestatedAggregate": RestatedAggregateOut.of(
            RegionRefOut.of(VILLAGE, "Guntung Manggis"),
            2025,
            RestatedOut.of(Restated(VILLAGE, None, "split")),
            ref,
            None,
            [],
        ),
    }
    return {}, {name: body.model_dump(mode="json", by_alias=True) for name, body in responses.items()}


def _make_breakdowns(instrument: Instrument, release: ReleaseOut) -> BreakdownsOut:
    """One indicator of a village by the sex of the head."""
    shown = instrument.main.indicators[0]
    groups = [
        _group("female", (40, 10, 50), 80.0, {"standard_error": 4.55, "low": 70.09, "high": 89.91, "within": 55.87}),
        _group("male", (166, 35, 201), 82.6, {"standard_error": 1.56, "low": 79.28, "high": 85.9, "within": 8.7}),
    ]
    sexes = groupings_of(instrument)[0]
    return BreakdownsOut(
        region=RegionRefOut.of(VILLAGE, "Guntung Manggis"),
        year=2025,
        instrument=InstrumentRefOut.of(instrument),
        release=ReleaseRefOut(id=release.id, number=release.number, made_at=RECEIVED_AT, digest=release.digest or ""),
        families=276,
        as_of=RECEIVED_AT,
        breakdowns=[
            BreakdownOut(
                code=sexes.code,
                name=sexes.name,
                groups=[GroupNameOut(code=code, name=name) for code, name in sexes.groups.items()],
                indicators=[
                    GroupedIndicatorOut(
                        code=shown.code,
                        name=shown.name,
                        status=shown.status,
                        base=5,
                        groups=groups,
                        adds_up=True,
                        reason=None,
                    )
                ],
            )
        ],
    )


def _group(code: str, counts: tuple[int, int, int], share: float, error: dict[str, float]) -> GroupFigureOut:
    """counts: fulfilled, unfulfilled and answered families"""
    fulfilled, unfulfilled, answered = counts
    uncertainty = UncertaintyOut(
        **error,
        relative=round(100 * error["standard_error"] / share, 1),
        mark=None,
        method="rounding",
        reason=None,
        degrees_of_freedom=None,
        step=round(50 / answered, 2),
    )
    return GroupFigureOut(
        group=code,
        fulfilled=fulfilled,
        unfulfilled=unfulfilled,
        answered=answered,
        share=share,
        share_at_least=None,
        share_at_most=None,
        reason=None,
        rounding=GroupRoundingOut(fulfilled=32, unfulfilled=8, answered=24),
        uncertainty=uncertainty,
    )
