"""Settings of ODK Collect for a QR code: JSON, compressed with zlib, in Base64.

Collect's own schema of the settings is `client-settings.schema.json` in github.com/getodk/collect. A setting that is
left out is reset to Collect's default when the code is scanned.
"""

import base64
import json
import zlib
from typing import Any, Final

_GENERAL: Final[dict[str, Any]] = {
    # Android's old code of Indonesian, which Collect still uses.
    "app_language": "in",
    # The phone has exactly the forms that the service lists, and drops a version that was retired.
    "form_update_mode": "match_exactly",
    "periodic_form_updates_check": "every_one_hour",
    "automatic_update": True,
    "hide_old_form_versions": True,
    "autosend": "wifi_and_cellular",
    # A returned interview is corrected on the phone, which needs what was sent.
    "delete_send": False,
    "constraint_behavior": "on_swipe",
    "navigation": "swipe_buttons",
    "guidance_hint": "yes_collapsed",
    # Nothing about families goes to others, and no exact place is kept.
    "analytics": False,
    "background_location": False,
    "background_recording": False,
}
_ADMIN: Final[dict[str, Any]] = {
    # No admin_pw. A password that everybody in a training knows protects nothing, and a forgotten one locks the phone.
    "edit_saved": True,
    "send_finalized": True,
    "view_sent": True,
    "delete_saved": True,
    # What would cut the phone off, show stale forms or send something elsewhere is not in its menus.
    "change_server": False,
    "form_update_mode": False,
    "periodic_form_updates_check": False,
    "automatic_update": False,
    "hide_old_form_versions": False,
    "change_form_metadata": False,
    "analytics": False,
    # A kader who pays for mobile internet may choose to send over Wi-Fi alone.
    "change_autosend": True,
}


def make_settings(server_url: str, username: str) -> dict[str, Any]:
    """The settings of the phone of a person, whose address holds the secret. So they hold no password.

    The project has the person's user name, so that a phone of two people shows whose interviews it sends.
    """
    return {
        "general": {"server_url": server_url, "metadata_username": username, **_GENERAL},
        "admin": _ADMIN,
        "project": {"name": f"IKK {username}", "icon": "I", "color": "#0b4f5c"},
    }


def pack_settings(settings: dict[str, Any]) -> str:
    """The text of the QR code. The same settings always make the same text."""
    written = json.dumps(settings, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(zlib.compress(written.encode(), 9)).decode("ascii")
