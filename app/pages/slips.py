"""Slips with one-time codes for printing, a page or more for each village."""

import base64
import hashlib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

from app.access import ROLES
from app.regions.codes import dot
from app.regions.local_time import say_local
from app.schemas.access.person import CodesOut, SlipGrantOut, SlipOut

_HERE: Final = Path(__file__).parent
STYLE: Final = (_HERE / "slips.css").read_text("utf-8")
PAGES: Final = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True)
MEDIA_TYPE: Final = "text/html"
POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
    + "'"
)
"""The content security policy of the page. It allows our own style and nothing else."""


def write_page(codes: CodesOut, address: str) -> str:
    """The page with a slip for each person, by village. The QR code holds the server's address and no code.

    A code in an address would stay in the histories of phones, and whoever photographs the slip would need no typing.
    """
    import segno

    picture = segno.make_qr(address, error="m")
    slips = sorted(codes.people, key=lambda each: (each.grants[0].region, each.username))
    villages = [
        {"title": title, "slips": [_describe(each) for each in some]}
        for title, some in groupby(slips, key=lambda each: _title(each.grants[0]))
    ]
    return PAGES.get_template("slips.html").render(
        style=STYLE,
        qr=picture.svg_inline(omitsize=True, svgclass=None),
        qr_size=picture.symbol_size()[0],
        address=address,
        villages=villages,
        ignored_columns=codes.ignored_columns,
        warnings=[each.message.id for each in codes.warnings],
    )


def _title(grant: SlipGrantOut) -> str:
    above = f", {grant.district}" if grant.district else ""
    return f"{grant.name or ''}{above} ({dot(grant.region)})".strip()


def _describe(slip: SlipOut) -> dict[str, Any]:
    return {
        "name": slip.name,
        "username": slip.username,
        "code": slip.code,
        "roles": _say_roles(slip.grants),
        "until": say_local(slip.code_expires_at, slip.grants[0].region),
    }


def _say_roles(grants: Iterable[SlipGrantOut]) -> str:
    return "; ".join(f"{ROLES[each.role].name[0]} – {_title(each)}" for each in grants)
