"""Bodies of case statistics."""

from typing import Any, Final

SOURCE: Final = {"name": "Simfoni PPA, Ringkasan 2023", "url": "https://kekerasan.kemenpppa.go.id/ringkasan"}
PUBLISHED: Final = (
    {"cases": 69},
    {"victims": 76},
    {"age_status": "child", "victims": 49},
    {"age_status": "adult", "sex": "female", "victims": 27},
)
"""What Kalimantan Selatan published for January and February 2023, with the total that both parts make."""


def report(*rows: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The body of a report, with these rows of counts."""
    counts = [dict(each) for each in rows or PUBLISHED]
    return {"status": "verified", "source": dict(SOURCE), "counts": counts, **changed}


def path_of(region: str, period: str) -> str:
    return f"/v1/statistics/cases/{region}/{period}"
