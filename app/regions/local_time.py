"""Local time at a region: its zone, and the year and day of a moment there."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

# By province, because Keppres 41/1987 draws the zones along province borders; provinces made since lie
# whole in one zone. Asia/Pontianak is not needed: it differs from Asia/Jakarta only before 1988.
_ZONE_PROVINCES = {
    "Asia/Jakarta": "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 61 62",
    "Asia/Makassar": "51 52 53 63 64 65 71 72 73 74 75 76",
    "Asia/Jayapura": "81 82 91 92 93 94 95 96",
}
_ZONES = {province: zone for zone, provinces in _ZONE_PROVINCES.items() for province in provinces.split()}


def zone_of(code: str) -> str | None:
    """IANA name of the region's time zone (WIB, WITA or WIT); None for the country and unknown provinces.

    Looks at the first two characters and nothing else, being called once per submission.
    """
    return _ZONES.get(code[:2])


def local_zone(code: str) -> ZoneInfo:
    """The time zone at a region; western Indonesian time (WIB) where the code tells none."""
    return ZoneInfo(zone_of(code) or "Asia/Jakarta")


def local_year(moment: datetime, code: str) -> int:
    """The calendar year of a moment at a region: the year that an interview counts in."""
    return moment.astimezone(local_zone(code)).year


def local_day(moment: datetime, code: str) -> date:
    """The calendar day of a moment at a region."""
    return moment.astimezone(local_zone(code)).date()


def start_of_day(day: date, code: str) -> datetime:
    """The first moment of a day at a region, in its zone: at the calendar's ends it could not be converted."""
    return datetime.combine(day, time.min, local_zone(code))
