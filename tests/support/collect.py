"""What ODK Collect takes as its settings, as far as this service sets them.

The names and values are those of `client-settings.schema.json` of github.com/getodk/collect (version 2026.3). The
schema there allows members that it does not know. This one does not, so that a misspelt name is found.
"""

from typing import Any, Final

from jsonschema import Draft202012Validator

_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _members(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_PROTECTED: Final = (
    *("edit_saved", "send_finalized", "view_sent", "get_blank", "delete_saved", "change_server"),
    *("change_project_display", "change_app_theme", "change_app_language", "change_font_size", "change_navigation"),
    *("maps", "form_update_mode", "periodic_form_updates_check", "automatic_update", "hide_old_form_versions"),
    *("change_autosend", "delete_after_send", "change_constraint_behavior", "high_resolution", "image_size"),
    *("guidance_hint", "external_app_recording", "instance_form_sync", "change_form_metadata", "analytics"),
    *("moving_backwards", "access_settings", "change_language", "jump_to", "save_mid"),
)
_SETTINGS: Final = {
    **_members(
        project=_members(name=_TEXT, icon=_TEXT, color=_TEXT),
        general=_members(
            server_url=_TEXT,
            username=_TEXT,
            password=_TEXT,
            app_language=_TEXT,
            navigation=_one_of("swipe", "buttons", "swipe_buttons"),
            form_update_mode=_one_of("manual", "previously_downloaded", "match_exactly"),
            periodic_form_updates_check=_one_of(
                "every_fifteen_minutes", "every_one_hour", "every_six_hours", "every_24_hours"
            ),
            automatic_update=_FLAG,
            hide_old_form_versions=_FLAG,
            autosend=_one_of("off", "wifi_only", "cellular_only", "wifi_and_cellular"),
            delete_send=_FLAG,
            constraint_behavior=_one_of("on_swipe", "on_finalize"),
            guidance_hint=_one_of("no", "yes", "yes_collapsed"),
            analytics=_FLAG,
            metadata_username=_TEXT,
            background_location=_FLAG,
            background_recording=_FLAG,
        ),
        admin=_members(admin_pw=_TEXT, **dict.fromkeys(_PROTECTED, _FLAG)),
    ),
    "required": ["general", "admin"],
}


def faults_of_settings(settings: Any) -> list[str]:
    """What Collect would not take. Empty if it takes the settings."""
    return [error.message for error in Draft202012Validator(_SETTINGS).iter_errors(settings)]
