"""The year of a submission: the year in which it counts."""

from datetime import datetime

from app.regions.local_time import local_zone


def survey_year(surveyed_at: datetime, region: str) -> int:
    """Returns the calendar year of the interview in the region's local time, whenever the submission arrives."""
    return surveyed_at.astimezone(local_zone(region)).year
