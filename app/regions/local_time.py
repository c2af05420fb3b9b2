"""Local time at a region, in its time zone, with the year and day of a moment there."""

from datetime import date, datetime, time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

# By province, because Keppres 41/1987 draws the zones along province borders. Each province made since then lies
# entirely in one zone. Asia/Pontianak is not needed, because it differs from Asia/Jakarta only before 1988.
_ZONE_PROVINCES = {
    "Asia/Jakarta": "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 61 62",
    "Asia/Makassar": "51 52 53 63 64 65 71 72 73 74 75 76",
    "Asia/Jayapura": "81 82 91 92 93 94 95 96",
}
_ZONES = {province: zone for zone, provinces in _ZONE_PROVINCES.items() for province in provinces.split()}


def zone_of(code: str) -> str | None:
    """IANA name of the region's time zone (WIB, WITA or WIT). None for the country and unknown provinces.

    Looks only at the first two characters, because it is called once per submission.
    """
    return _ZONES.get(code[:2])


_ABBREVIATIONS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def say_local(moment: datetime, code: str) -> str:
    """Day and time at a region as its offices write them, such as 31/12/2026 16:30 WITA."""
    zone = local_zone(code)
    return f"{moment.astimezone(zone):%d/%m/%Y %H:%M} {_ABBREVIATIONS[zone.key]}"


def at_region(moment: datetime, code: str) -> datetime:
    """The moment as a clock at the region shows it, without parts of a second."""
    return moment.astimezone(local_zone(code)).replace(microsecond=0)


def local_zone(code: str) -> ZoneInfo:
    """The time zone at a region. Western Indonesian time (WIB) if the code gives none."""
    return _zone(zone_of(code) or "Asia/Jakarta")


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(moment: datetime, code: str) -> date:
    """The calendar day of a moment at a region."""
    return moment.astimezone(local_zone(code)).date()


def start_of_day(day: date, code: str) -> datetime:
    """The first moment of a day at a region, in the region's time zone.

    It is not converted to UTC, because that fails at the ends of the calendar.
    """
    return _start_of_day(day, local_zone(code))


@lru_cache(maxsize=1024)
def _start_of_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
