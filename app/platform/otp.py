"""Codes by time (TOTP, RFC 6238) from an app on a person's phone. A code has six digits and lasts 30 seconds."""

from datetime import datetime
from typing import Final

import pyotp

_NEAR: Final = (0, -1, 1)
"""The steps around the current one whose codes are taken, because a phone's clock may be wrong by half a minute."""


def make_otp_secret() -> str:
    """A secret of 160 random bits in base32."""
    return pyotp.random_base32()


def address_of_secret(secret: str, username: str, issuer: str) -> str:
    """The otpauth URI with which an authenticator app takes over the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def draw_qr(address: str) -> str:
    """The QR code of an address as an SVG element, for a page or an app to show."""
    import segno

    return segno.make_qr(address).svg_inline(scale=4)


def find_step(secret: str, code: str, now: datetime, *, after: int | None) -> int | None:
    """The number of the time step whose code this is, or None. Steps up to `after` are used up."""
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    # All are compared, so that the time does not show which one it was.
    steps = [current + each for each in _NEAR]
    found = [step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), code)]
    return next((step for step in found if after is None or step > after), None)
