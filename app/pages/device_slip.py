"""The slip with which a phone is set up: a QR code of Collect's settings, and what to do with it."""

from collections.abc import Sequence
from typing import Any, Final

from app.pages.slips import PAGES, STYLE
from app.regions.codes import dot
from app.schemas.access.device import NewDeviceOut
from app.schemas.access.person import SlipGrantOut

MOST_PLACES: Final = 6
"""So many villages are named, so that the slip stays one page."""


def write_device_slip(device: NewDeviceOut, name: str, places: Sequence[SlipGrantOut], address: str) -> str:
    """The page of a slip. name: the person's, address: the public one of the service

    The QR code holds the secret, because Collect reads all settings from it alone. So the slip says to destroy it.
    """
    import segno

    # Collect's own codes have the lowest level too. A higher one would make the points too small for cheap cameras.
    picture = segno.make_qr(device.settings, error="l", boost_error=False)
    return PAGES.get_template("device-slip.html").render(
        style=STYLE,
        qr=picture.svg_inline(omitsize=True, svgclass=None, border=4),
        qr_size=picture.symbol_size(border=4)[0],
        device=device,
        name=name,
        villages=[_title(each) for each in places[:MOST_PLACES]],
        more=max(0, len(places) - MOST_PLACES),
        address=address,
        typed=device.server_url.partition("/k/")[0],
    )


def _title(place: SlipGrantOut) -> Any:
    named = ", ".join(each for each in (place.name, place.district) if each)
    return f"{named} ({dot(place.region)})".strip()
