"""OpenRosa XML: the list of forms, the manifest of a form, and the response to a submission."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# It only writes.
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405

MEDIA_TYPE: Final = "text/xml; charset=utf-8"
"""ODK Collect refuses a list whose media type does not hold `text/xml`."""
_LIST: Final = "http://openrosa.org/xforms/xformsList"
_MANIFEST: Final = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE: Final = "http://openrosa.org/http/response"
_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form in the list. `md5` has hexadecimal digits, and both addresses are absolute."""

    form_id: str
    version: str
    name: str
    md5: str
    address: str
    manifest: str


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that a form needs. `md5` has hexadecimal digits, and the address is absolute."""

    name: str
    md5: str
    address: str


def write_form_list(forms: Iterable[ListedForm]) -> bytes:
    """Returns the list of forms. A form without one of the members would spoil the whole list for ODK Collect."""
    root = Element("xforms", xmlns=_LIST)
    for form in forms:
        members = {
            "formID": form.form_id,
            "name": form.name,
            "version": form.version,
            "hash": f"md5:{form.md5}",
            "downloadUrl": form.address,
            "manifestUrl": form.manifest,
        }
        _add(SubElement(root, "xform"), members)
    return _write(root)


def write_manifest(files: Iterable[MediaFile]) -> bytes:
    """Returns the manifest with the files of a form."""
    root = Element("manifest", xmlns=_MANIFEST)
    for file in files:
        members = {"filename": file.name, "hash": f"md5:{file.md5}", "downloadUrl": file.address}
        _add(SubElement(root, "mediaFile"), members)
    return _write(root)


def write_response(message: str, *, failed: bool = False) -> bytes:
    """Returns the response to a submission, whose message the phone shows."""
    root = Element("OpenRosaResponse", xmlns=_RESPONSE)
    shown = SubElement(root, "message", nature="submit_error" if failed else "submit_success")
    shown.text = _clean(message)
    return _write(root)


def _add(parent: Element, members: dict[str, str]) -> None:
    for name, text in members.items():
        SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)


def _write(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written
