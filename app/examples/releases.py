"""Examples of releases of figures. Their numbers are invented."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from app.examples.ids import EARLIER_RELEASE, RECEIVED_AT, RELEASE
from app.schemas.releases.release import ReleaseOut, RulesOut
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
    responses: dict[str, BaseModel] = {
        "getRelease": release,
        "listReleases": Page(items=[release], next=None),
    }
    return {}, {name: body.model_dump(mode="json", by_alias=True) for name, body in responses.items()}
