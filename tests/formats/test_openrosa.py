"""OpenRosa XML, as ODK Collect parses it."""

from xml.etree.ElementTree import fromstring

from app.formats.openrosa import ListedForm, MediaFile, write_form_list, write_manifest, write_response

ODD = "a < b & \"c\" 'd' \x00\x0b\ud800 \u202e 🙂 ]]> é"
KEPT = "a < b & \"c\" 'd' \ufffd\ufffd\ufffd \u202e 🙂 ]]> é"


def test_a_list_of_forms() -> None:
    form = ListedForm("ikk-29", "2025.1-1", ODD, "0" * 32, "https://a/?b=1&c=2", "https://a/m")
    root = fromstring(write_form_list([form]))
    space = "{http://openrosa.org/xforms/xformsList}"
    assert root.tag == f"{space}xforms"
    assert [(each.tag.removeprefix(space), each.text) for each in root[0]] == [
        ("formID", "ikk-29"),
        ("name", KEPT),
        ("version", "2025.1-1"),
        ("hash", f"md5:{'0' * 32}"),
        ("downloadUrl", "https://a/?b=1&c=2"),
        ("manifestUrl", "https://a/m"),
    ]


def test_a_manifest() -> None:
    root = fromstring(write_manifest([MediaFile("villages.csv", "1" * 32, "https://a/v")]))
    space = "{http://openrosa.org/xforms/xformsManifest}"
    assert root.tag == f"{space}manifest"
    assert [(each.tag.removeprefix(space), each.text) for each in root[0]] == [
        ("filename", "villages.csv"),
        ("hash", f"md5:{'1' * 32}"),
        ("downloadUrl", "https://a/v"),
    ]


def test_a_response() -> None:
    space = "{http://openrosa.org/http/response}"
    for failed, nature in ((False, "submit_success"), (True, "submit_error")):
        [message] = fromstring(write_response(ODD, failed=failed))
        assert (message.tag, message.attrib, message.text) == (f"{space}message", {"nature": nature}, KEPT)


def test_it_begins_as_xml_does() -> None:
    assert write_form_list([]).startswith(b'<?xml version="1.0" encoding="utf-8"?>')
